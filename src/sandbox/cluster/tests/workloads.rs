//! DaemonSets, volumes, init containers, and pods that cannot be made or placed.

use super::*;
use kube::api::DeleteParams;

fn with(mut object: Value, path: &[&str], value: Value) -> Value {
    object::set(&mut object, path, value);
    object
}

#[tokio::test(start_paused = true)]
async fn a_daemon_set_has_its_pod_and_replaces_it() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let mut agent = deployment("agent", "agent", "agent", "agent:1");
    agent["kind"] = json!("DaemonSet");
    let all_well = |set: &Value| {
        set["status"]["observedGeneration"] == set["metadata"]["generation"]
            && set["status"]["updatedNumberScheduled"] == 1
            && set["status"]["numberAvailable"] == 1
    };
    rig.apply(agent.clone()).await;
    let set = rig.until("DaemonSet", "agent", all_well).await;
    assert_eq!(
        set["status"],
        json!({"currentNumberScheduled": 1, "numberMisscheduled": 0, "desiredNumberScheduled": 1, "numberReady": 1,
            "observedGeneration": 1, "updatedNumberScheduled": 1, "numberAvailable": 1})
    );
    agent["spec"]["template"]["spec"]["containers"][0]["image"] = json!("agent:2");
    rig.apply(agent).await;
    let set = rig.until("DaemonSet", "agent", all_well).await;
    assert_eq!(set["status"]["observedGeneration"], 2);
    assert_eq!(rig.pod("agent-").await["spec"]["containers"][0]["image"], "agent:2");
}

fn claim(class: Option<&str>) -> Value {
    let mut claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    if let Some(class) = class {
        claim["spec"]["storageClassName"] = json!(class);
    }
    claim
}

fn using_data() -> Value {
    let volume = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
    with(deployment("web", "web", "web", "web:1"), &["spec", "template", "spec", "volumes"], volume)
}

#[tokio::test(start_paused = true)]
async fn a_claim_waits_for_its_first_consumer_then_is_bound() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let made = rig.apply(claim(None)).await;
    assert_eq!(
        (&made["spec"]["storageClassName"], &made["status"]["phase"]),
        (&json!("local-path"), &json!("Pending"))
    );
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(rig.get("PersistentVolumeClaim", "data").await["status"]["phase"], "Pending");
    rig.apply(using_data()).await;
    rig.until("Deployment", "web", is_complete).await;
    let bound = rig.get("PersistentVolumeClaim", "data").await;
    assert_eq!(bound["status"]["phase"], "Bound");
    let volume = bound["spec"]["volumeName"].as_str().expect("a volume").to_owned();
    assert_eq!(
        rig.api("PersistentVolume", "").get(&volume).await.expect("there").data["status"]["phase"],
        "Bound"
    );
    let mut reasons: Vec<_> = rig.events().await.into_iter().map(|(reason, _)| reason).collect();
    reasons.retain(|r| r.starts_with("Wait") || r.contains("Provisioning"));
    assert_eq!(
        reasons,
        ["WaitForFirstConsumer", "ExternalProvisioning", "Provisioning", "ProvisioningSucceeded"]
    );

    rig.api("PersistentVolumeClaim", "ns").delete("data", &DeleteParams::default()).await.expect("asked");
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(
        rig.get("PersistentVolumeClaim", "data").await["metadata"]["deletionTimestamp"].is_string(),
        "in use"
    );
    rig.api("Deployment", "ns").delete("web", &DeleteParams::default()).await.expect("deleted");
    tokio::time::sleep(Duration::from_secs(5)).await;
    for kind in ["PersistentVolumeClaim", "PersistentVolume"] {
        assert_eq!(
            rig.api(kind, "").list(&ListParams::default()).await.expect("a list").items.len(),
            0,
            "{kind}"
        );
    }
}

async fn reason_not_scheduled(rig: &Rig) -> String {
    tokio::time::sleep(Duration::from_secs(3)).await;
    let pod = rig.pod("web-").await;
    let condition = &pod["status"]["conditions"][0];
    assert_eq!((&condition["reason"], &pod["status"]["phase"]), (&json!("Unschedulable"), &json!("Pending")));
    condition["message"].as_str().expect("a message").to_owned()
}

#[tokio::test(start_paused = true)]
async fn the_scheduler_says_why_in_its_own_words() {
    let unhelpful = "no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";
    let selector = with(
        deployment("web", "web", "web", "web:1"),
        &["spec", "template", "spec", "nodeSelector"],
        json!({"disk": "ssd"}),
    );
    let mut half = deployment("web", "web", "web", "web:1");
    half["spec"]["replicas"] = json!(2);
    half["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "5"}});
    for (object, class, expected) in [
        (
            selector,
            None,
            format!(
                "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. {unhelpful}"
            ),
        ),
        (
            using_data(),
            None,
            "0/1 nodes are available: persistentvolumeclaim \"data\" not found. not found".to_owned(),
        ),
        (
            using_data(),
            Some("nowhere"),
            "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found".to_owned(),
        ),
    ] {
        let rig = Rig::new(Rollout::Normal);
        rig.namespace().await;
        if class.is_some() {
            rig.apply(claim(class)).await;
        }
        rig.apply(object).await;
        assert_eq!(reason_not_scheduled(&rig).await, expected);
        if class.is_some() {
            let told = (
                "ProvisioningFailed".to_owned(),
                "storageclass.storage.k8s.io \"nowhere\" not found".to_owned(),
            );
            assert!(rig.events().await.contains(&told));
        }
    }
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    rig.apply(half).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let pods = rig.api("Pod", "ns").list(&ListParams::default()).await.expect("a list").items;
    let phases: Vec<_> = pods.iter().map(|pod| pod.data["status"]["phase"].clone()).collect();
    assert!(phases.contains(&json!("Running")) && phases.contains(&json!("Pending")), "one fits: {phases:?}");
}

#[tokio::test(start_paused = true)]
async fn a_pod_that_may_not_be_made_shows_on_its_owners() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let object = with(
        deployment("web", "web", "web", "web:1"),
        &["spec", "template", "spec", "serviceAccountName"],
        json!("robot"),
    );
    rig.apply(object).await;
    let failed = rig.until("Deployment", "web", |d| object::has_condition(d, "ReplicaFailure")).await;
    let condition =
        object::list(&failed, &["status", "conditions"]).iter().find(|c| c["type"] == "ReplicaFailure");
    let message = condition.expect("there")["message"].as_str().expect("a message");
    assert!(
        message.ends_with(
            "is forbidden: error looking up service account ns/robot: serviceaccount \"robot\" not found"
        ),
        "{message}"
    );
    assert!(rig.events().await.iter().any(|(reason, _)| reason == "FailedCreate"));
    rig.apply(json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}})).await;
    let well = rig.until("Deployment", "web", is_complete).await;
    assert!(!object::has_condition(&well, "ReplicaFailure"));
}

#[tokio::test(start_paused = true)]
async fn init_containers_come_first() {
    let rig = Rig::new(Rollout::Normal);
    rig.namespace().await;
    let init = json!([{"name": "init-data", "image": "busybox:1.35"}]);
    let object =
        with(deployment("web", "web", "web", "web:1"), &["spec", "template", "spec", "initContainers"], init);
    rig.apply(object).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    let pod = rig.pod("web-").await;
    assert_eq!(pod["status"]["phase"], "Pending");
    assert_eq!(pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"], "PodInitializing");
    rig.until("Deployment", "web", is_complete).await;
    let pod = rig.pod("web-").await;
    let init = &pod["status"]["initContainerStatuses"][0];
    assert_eq!((&init["state"]["terminated"]["reason"], &init["ready"]), (&json!("Completed"), &json!(true)));
    let present =
        ("Pulled".to_owned(), "Container image \"busybox:1.35\" already present on machine".to_owned());
    assert!(rig.events().await.contains(&present));
    let node = rig.api("Node", "").get("box-1").await.expect("there");
    let images = node.data["status"]["images"].as_array().expect("images");
    assert!(images.iter().any(|image| image["names"][1] == "docker.io/library/web:1"));
}
