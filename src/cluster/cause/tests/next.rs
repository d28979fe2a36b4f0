//! What to do next: the right thing, and a command that can be copied.

use super::*;

fn next(stage: &Stage) -> String {
    stage.at(20).unwrap().next
}

#[test]
fn pulls_can_be_tried_on_the_node() {
    let pull = |image: &str, message: &str| {
        let mut stage = Stage::waiting("ErrImagePull", message);
        stage.pods[0]["spec"]["containers"][0]["image"] = json!(image);
        next(&stage)
    };
    let [hub, own] = ["shop/web:1", "r.example:5000/shop/web:1"];
    for (image, message, wanted) in [
        (
            hub,
            "dial tcp: lookup x: no such host",
            "Check the node's DNS servers and its network. To see it on the node: getent hosts registry-1.docker.io",
        ),
        (
            own,
            "dial tcp: lookup x: no such host",
            "Check the node's DNS servers and its network. To see it on the node: getent hosts r.example",
        ),
        (
            own,
            "x509: certificate signed by unknown authority",
            "Check the node's clock, and add the CA of the inspecting proxy to the node's container runtime. To see it on the node: curl -v https://r.example:5000/v2/",
        ),
        (
            hub,
            "no route to host",
            "Check the node's network, its firewall and whether it needs a proxy. To see it on the node: curl -v https://registry-1.docker.io/v2/",
        ),
        (
            "$(reboot).example/web",
            "no route to host",
            "Check the node's network, its firewall and whether it needs a proxy.",
        ),
        (
            "r.example:99999/web",
            "i/o timeout",
            "Check the node's network, its firewall and whether it needs a proxy.",
        ),
        (hub, "manifest unknown", "Check image and version in the profile's values."),
        (
            hub,
            "no space left on device",
            "Free disk space on the node; images that nothing uses go with: crictl rmi --prune",
        ),
    ] {
        assert_eq!(pull(image, message), wanted, "{image}: {message}");
    }
}

#[test]
fn placement_says_how_the_nodes_can_be_changed() {
    let mut stage = unplaced("0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.");
    stage.pods[0]["spec"]["nodeSelector"] = json!({"a.b/disk": "ssd", "gpu": ""});
    assert_eq!(next(&stage), "Label the node as asked: kubectl label node box-1 a.b/disk=ssd gpu=");
    let general = "Label a node as asked, or change the profile's values. What they carry: kubectl get nodes --show-labels";
    let mut hostile = stage.clone();
    hostile.pods[0]["spec"]["nodeSelector"] = json!({"disk": "$(reboot)"});
    assert_eq!(next(&hostile), general);
    stage.nodes.push(node(&json!([])));
    assert_eq!(next(&stage), general, "which of two is for the person to say");
    stage.nodes.clear();
    assert_eq!(next(&stage), general);

    let mut stage = unplaced("0/1 nodes are available: 1 node(s) were unschedulable.");
    let which = "Open one of the closed nodes again with kubectl uncordon. Which they are: kubectl get nodes";
    assert_eq!(next(&stage), which);
    stage.nodes[0]["spec"] = json!({"unschedulable": true});
    assert_eq!(next(&stage), "Open the node again: kubectl uncordon box-1");

    let message = |message: &str| unplaced(&format!("0/1 nodes are available: {message}."));
    for (told, sentence, wanted) in [
        (
            r#"persistentvolumeclaim "data" not found"#,
            "web cannot be placed: its volume claim data does not exist.",
            "The next run makes the volume claim; if it is missing again, the release is at fault.",
        ),
        (
            r#"persistentvolumeclaim "data" is being deleted"#,
            "web cannot be placed: its volume claim data is being deleted.",
            "Wait until it has gone.",
        ),
        (
            r#"persistentvolumeclaim "data" bound to non-existent persistentvolume "pv""#,
            "web cannot be placed: the volume that its claim was bound to has gone.",
            "The data may be lost: restore the volume, or make a new claim. What volumes there are: kubectl get pv",
        ),
        (
            "pod has unbound immediate PersistentVolumeClaims",
            "web cannot be placed: its volume is not there yet.",
            "Nothing to do yet.",
        ),
        (
            "1 node(s) had volume node affinity conflict",
            "web cannot be placed: its volume is on a node or in a zone where it cannot run.",
            "See where its volume may be used: kubectl describe pv",
        ),
    ] {
        let cause = message(told).at(5).unwrap();
        assert_eq!((cause.sentence.as_str(), cause.next.as_str()), (sentence, wanted));
    }
}

#[test]
fn refusals_say_who_refused_and_where_to_look() {
    let refused = |message: &str| {
        let mut stage = Stage::new();
        stage.replicasets[0]["status"] = json!({"conditions": [{"type": "ReplicaFailure", "status": "True",
            "reason": "FailedCreate", "message": message, "lastTransitionTime": at(5)}]});
        let cause = stage.at(20).unwrap();
        (cause.sentence, cause.next)
    };
    let told = |sentence: &str, next: &str| (sentence.to_owned(), next.to_owned());
    assert_eq!(
        refused("pods \"x\" is forbidden: failed quota: q: must specify limits.memory for: main"),
        told(
            "web gets no pod: failed quota: q: must specify limits.memory for: main.",
            "Ask whoever runs the cluster to widen the quota, or lower what the release asks for. How full it is: kubectl -n demo describe quota"
        )
    );
    assert_eq!(
        refused("pods \"x\" is forbidden: maximum memory usage per Container is 512Mi, but limit is 1Gi"),
        told(
            "web gets no pod: the namespace's limit range forbids it: maximum memory usage per Container is 512Mi, but limit is 1Gi.",
            "Change the requests and limits in the profile's values to fit the limit range: kubectl -n demo describe limitrange"
        )
    );
    assert_eq!(
        refused("admission webhook \"a.b\" denied the request: no latest"),
        told(
            "web gets no pod: the admission webhook a.b denies it: no latest.",
            "Ask whoever set this admission policy."
        )
    );
    assert_eq!(
        refused("admission webhook \"a.b\" denied the request without explanation").0,
        "web gets no pod: the admission webhook a.b denies it."
    );
    assert_eq!(
        refused("pods \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no latest").0,
        "web gets no pod: the admission policy p denies it: no latest."
    );
    assert_eq!(
        refused("Pod \"x\" is invalid").1,
        "The cluster tries again by itself; if it lasts, see what it says: kubectl -n demo get events --sort-by=.lastTimestamp"
    );
}

#[test]
fn volumes_and_nodes_can_be_looked_at() {
    let mut stage = Stage::new();
    stage.workload = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data",
        "namespace": "demo", "uid": "claim-1", "creationTimestamp": at(0)}, "status": {"phase": "Pending"}});
    let claim = |reason: &str, message: &str| {
        let cause = stage.clone().event("claim-1", reason, message, 2, 20, 2).at(20).unwrap();
        (cause.sentence, cause.next)
    };
    let external = "Waiting for a volume to be created either by the external provisioner 'x.csi' or manually by the system administrator.";
    let (sentence, next_step) = claim("ExternalProvisioning", external);
    assert_eq!(
        sentence,
        "The volume claim data waits: the provisioner x.csi of the default storage class has not made it."
    );
    assert_eq!(
        next_step,
        "Check that the storage provisioner's own pod runs. Which it is: kubectl describe storageclass"
    );
    let (sentence, next_step) = claim("ProvisioningFailed", "failed to provision volume: disk on fire");
    assert_eq!(
        sentence,
        "The volume claim data waits: making it failed: failed to provision volume: disk on fire."
    );
    assert_eq!(next_step, "The provisioner tries again. What it says: kubectl -n demo describe pvc data");

    let mounting = Stage::waiting("ContainerCreating", "").event(
        "pod-1",
        "FailedMount",
        r#"MountVolume.SetUp failed for volume "share" : exit status 32"#,
        10,
        19,
        2,
    );
    assert_eq!(
        next(&mounting),
        "The node tries again by itself; check the storage and the node's way to it. What it says: kubectl -n demo describe pod web-2-abcde"
    );
    let mut down = Stage::waiting("ContainerCreating", "");
    down.nodes = vec![node(&json!([{"type": "Ready", "status": "Unknown"}]))];
    assert_eq!(
        next(&down),
        "Check the node: is it on, is its kubelet running, does its network work? What it says of itself: kubectl describe node box-1"
    );
}

#[test]
fn a_suspended_job_can_be_let_run() {
    let mut stage = Stage::new();
    stage.workload = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate", "uid": "job-1",
        "namespace": "demo", "creationTimestamp": at(0)}, "spec": {"suspend": true}});
    assert_eq!(stage.judged(14), (Kind::Suspended, Class::Waiting));
    assert_eq!(stage.judged(15), (Kind::Suspended, Class::Hopeless));
    assert_eq!(
        next(&stage),
        r#"Let it run: kubectl -n demo patch job migrate -p '{"spec":{"suspend":false}}'"#
    );
}
