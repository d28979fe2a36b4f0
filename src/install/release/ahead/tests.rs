use super::*;

fn node(name: &str, labels: &Value, images: &[&str]) -> Value {
    let ready = json!([{ "type": "Ready", "status": "True" }]);
    json!({
        "metadata": { "name": name, "labels": labels },
        "status": { "images": [{ "names": images }], "conditions": ready },
    })
}

fn workload(kind: &str, pod: &Value) -> Value {
    json!({ "kind": kind, "spec": { "template": { "spec": pod } } })
}

/// Where each Job's pod may go, and its images.
fn told(jobs: &[Value]) -> Vec<(String, Vec<String>)> {
    let pod = "/spec/template/spec";
    let place = |job: &Value| {
        let pinned =
            "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0";
        let value = job.pointer(&format!("{pod}{pinned}/matchFields/0/values/0")).and_then(Value::as_str);
        value.unwrap_or("anywhere").to_owned()
    };
    let images = |job: &Value| {
        let containers = items(job, "/spec/template/spec/containers");
        containers.iter().map(|one| text_at(one, "/image").to_owned()).collect()
    };
    jobs.iter().map(|job| (place(job), images(job))).collect()
}

fn expected(told: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
    let owned = |images: &[&str]| images.iter().map(|image| (*image).to_owned()).collect();
    told.iter().map(|(place, images)| ((*place).to_owned(), owned(images))).collect()
}

#[test]
fn a_job_pulls_what_a_workload_lacks_on_some_node_it_may_go_to() {
    let gpu = json!({ "gpu": "yes" });
    let nodes = [
        node("a", &json!({}), &["docker.io/library/web:1", "docker.io/library/init:1"]),
        node("b", &gpu, &["docker.io/library/web:1"]),
    ];
    let web = json!({ "containers": [{ "name": "web", "image": "web:1" }] });
    let both = json!({
        "initContainers": [{ "name": "init", "image": "init:1" }],
        "containers": [{ "name": "web", "image": "web:1" }, { "name": "again", "image": "library/init:1" }],
    });
    let chosen = json!({ "nodeSelector": gpu, "containers": [{ "name": "x", "image": "x:1" }] });
    let nowhere = json!({ "nodeSelector": { "gpu": "no" }, "containers": [{ "name": "x", "image": "x:1" }] });
    let agent = json!({ "containers": [{ "name": "agent", "image": "agent:1" }] });
    for (kind, pod, jobs) in [
        ("Deployment", &web, &[][..]),
        ("Deployment", &both, &[("anywhere", &["init:1"][..])]),
        ("StatefulSet", &chosen, &[("anywhere", &["x:1"])]),
        ("Deployment", &nowhere, &[]),
        ("DaemonSet", &agent, &[("a", &["agent:1"]), ("b", &["agent:1"])]),
        ("DaemonSet", &both, &[("b", &["init:1"])]),
        ("DaemonSet", &chosen, &[("b", &["x:1"])]),
    ] {
        assert_eq!(told(&super::jobs(&[workload(kind, pod)], &nodes)), expected(jobs), "{kind} {pod}");
    }
    // The same pulls are one Job, a workload that is to have no pods has none, and without nodes nothing is known.
    let (one, mut none) = (workload("Deployment", &agent), workload("Deployment", &agent));
    none["spec"]["replicas"] = json!(0);
    assert_eq!(super::jobs(&[one.clone(), one.clone()], &nodes).len(), 1);
    assert_eq!(super::jobs(&[none], &nodes), [json!(null); 0]);
    assert_eq!(super::jobs(&[one], &[]), [json!(null); 0]);
}

#[test]
fn no_job_is_made_for_a_node_that_takes_no_pods_of_it() {
    let agent = json!({ "containers": [{ "name": "agent", "image": "agent:1" }] });
    let mut tolerant = agent.clone();
    tolerant["tolerations"] =
        json!([{ "key": "node-role.kubernetes.io/control-plane", "operator": "Exists" }]);
    let open = || node("open", &json!({}), &[]);
    let (mut tainted, mut down, mut closed) = (open(), open(), open());
    tainted["metadata"]["name"] = json!("tainted");
    tainted["spec"]["taints"] =
        json!([{ "key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule" }]);
    down["status"]["conditions"][0]["status"] = json!("Unknown");
    closed["spec"]["unschedulable"] = json!(true);
    let nodes = [open(), tainted, down, closed];
    for (pod, jobs) in [
        (&agent, &[("open", &["agent:1"][..])][..]),
        (&tolerant, &[("open", &["agent:1"]), ("tainted", &["agent:1"])]),
    ] {
        assert_eq!(told(&super::jobs(&[workload("DaemonSet", pod)], &nodes)), expected(jobs), "{pod}");
    }
}

#[test]
fn a_daemon_set_on_a_big_cluster_pulls_by_itself() {
    let agent = json!({ "containers": [{ "name": "agent", "image": "agent:1" }] });
    let nodes: Vec<Value> = (0..=NODES).map(|n| node(&n.to_string(), &json!({}), &[])).collect();
    let objects = [workload("DaemonSet", &agent)];
    assert_eq!((jobs(&objects, &nodes).len(), jobs(&objects, &nodes[1..]).len()), (0, NODES));
}

#[test]
fn a_pod_of_it_holds_nothing_and_goes_by_itself() {
    let pod = json!({
        "serviceAccountName": "manager", "priorityClassName": "high", "hostNetwork": true,
        "imagePullSecrets": [{ "name": "regcred" }],
        "tolerations": [{ "operator": "Exists" }],
        "affinity": { "nodeAffinity": { "a": 1 }, "podAntiAffinity": { "b": 2 } },
        "volumes": [{ "name": "data", "persistentVolumeClaim": { "claimName": "data" } }],
        "containers": [{
            "name": "api", "image": "api:1", "args": ["serve"],
            "env": [{ "name": "CLIENT_PASSWORD", "valueFrom": { "secretKeyRef": { "name": "s", "key": "k" } } }],
            "resources": { "requests": { "cpu": "4" } },
        }],
    });
    let labels =
        json!({ "app.kubernetes.io/managed-by": "landfall", "app.kubernetes.io/component": "image-pull" });
    let notes = json!({ "kubernetes.io/description": DESCRIPTION });
    let mut made = jobs(&[workload("Deployment", &pod)], &[node("a", &json!({}), &[])]);
    let name = made[0]["metadata"]["name"].take();
    assert!(
        name.as_str().is_some_and(|name| name.starts_with("landfall-pull-") && name.len() == 30),
        "{name}"
    );
    assert_eq!(
        made,
        [json!({
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": { "name": null, "namespace": "kube-system", "labels": labels, "annotations": notes },
            "spec": {
                "backoffLimit": 0,
                "activeDeadlineSeconds": 600,
                "ttlSecondsAfterFinished": 60,
                "template": {
                    "metadata": { "labels": labels, "annotations": notes },
                    "spec": {
                        "restartPolicy": "Never",
                        "automountServiceAccountToken": false,
                        "enableServiceLinks": false,
                        "securityContext": {
                            "runAsNonRoot": true,
                            "runAsUser": 65534,
                            "seccompProfile": { "type": "RuntimeDefault" },
                        },
                        "tolerations": [{ "operator": "Exists" }],
                        "affinity": { "nodeAffinity": { "a": 1 } },
                        "containers": [{
                            "name": "api",
                            "image": "api:1",
                            "imagePullPolicy": "IfNotPresent",
                            "command": ["/dev/null"],
                            "securityContext": {
                                "allowPrivilegeEscalation": false,
                                "capabilities": { "drop": ["ALL"] },
                                "readOnlyRootFilesystem": true,
                            },
                        }],
                    },
                },
            },
        })]
    );
}

#[test]
fn the_first_word_of_being_ready_waits_and_bad_news_does_not() {
    use crate::model::{Images, Reporter, Row, RowState, Sight};
    let snapshot = |state| Snapshot {
        sight: Sight::Clear,
        rows: vec![Row {
            kind: "Deployment".into(),
            name: "web".into(),
            state,
            ready: 0,
            desired: 1,
            note: "".into(),
            sentence: "".into(),
            evidence: Vec::new(),
            next: "".into(),
            happenings: Vec::new(),
            log: Vec::new(),
            since: None,
            timer: None,
        }],
        images: Images::default(),
        happenings: Vec::new(),
        reporter: Reporter::Unknown,
    };
    let (gate, told) = (Gate::default(), Mutex::new(Vec::new()));
    let tell = |snapshot: Snapshot| told.lock().unwrap().push(snapshot.rows[0].state);
    for state in [RowState::Working, RowState::Ready, RowState::Retrying, RowState::Ready] {
        gate.pass(snapshot(state), tell);
    }
    assert_eq!(*told.lock().unwrap(), [RowState::Working, RowState::Retrying]);
    gate.open(tell);
    gate.pass(snapshot(RowState::Ready), tell);
    assert_eq!(told.lock().unwrap()[2..], [RowState::Ready, RowState::Ready]);
}
