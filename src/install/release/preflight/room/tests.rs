use serde_json::json;

use super::*;

fn node(name: &str, cpu: &str, memory: &str) -> Value {
    json!({
        "metadata": {"name": name, "labels": {}},
        "spec": {},
        "status": {
            "allocatable": {"cpu": cpu, "memory": memory},
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    })
}

fn workload(kind: &str, name: &str, cpu: &str, memory: &str) -> Value {
    let requests = json!({"requests": {"cpu": cpu, "memory": memory}});
    json!({
        "kind": kind, "metadata": {"name": name},
        "spec": {"replicas": 1, "template": {"spec": {"containers": [{"resources": requests}]}}},
    })
}

fn state(nodes: &[Value], taken: &[(&str, u64, u64)], objects: &[Value]) -> (CheckState, String) {
    let taken = taken
        .iter()
        .map(|(node, cpu, gib)| ((*node).to_owned(), Size { cpu: *cpu, memory: gib << 30, pods: 1 }));
    let found = judge(nodes, Some(&taken.collect()), objects);
    (found.state, found.words.to_string())
}

#[test]
fn a_pod_needs_one_node_whole() {
    let two = [node("a", "1", "4Gi"), node("b", "1", "4Gi")];
    // Together they have two cores; no node has one and a half.
    let wide = [workload("Deployment", "wide", "1500m", "1Gi")];
    assert_eq!(
        state(&two, &[], &wide),
        (
            CheckState::Fail,
            "Deployment wide asks for 1.50 CPU and 1.00 Gi; the most that is free is 1.00 CPU and 4.00 Gi on a".into()
        )
    );
    let halves = [workload("Deployment", "x", "750m", "1Gi"), workload("Deployment", "y", "750m", "1Gi")];
    assert_eq!(state(&two, &[], &halves).0, CheckState::Pass);
    assert_eq!(state(&two[..1], &[], &halves).0, CheckState::Fail);
    assert_eq!(state(&two, &[("a", 500, 0)], &halves).0, CheckState::Fail);
}

#[test]
fn what_runs_there_takes_room_and_the_release_itself_does_not() {
    let pod = |namespace: &str, phase: &str| {
        serde_json::from_value::<Running>(json!({
            "metadata": {"namespace": namespace},
            "spec": {"nodeName": "a", "containers": [{"resources": {"requests": {"cpu": "500m"}}}, {}]},
            "status": {"phase": phase},
        }))
        .unwrap()
    };
    let pods = [pod("lab", "Running"), pod("other", "Running"), pod("other", "Succeeded")];
    let plan = |place| Plan { objects: &[], slug: "lab", place, by_helm: false };
    assert_eq!(taken(&pods, &plan(Some("lab")))["a"], Size { cpu: 500, memory: 0, pods: 1 });
    assert_eq!(taken(&pods, &plan(None))["a"], Size { cpu: 1000, memory: 0, pods: 2 });
}

#[test]
fn in_another_namespace_the_owner_tells_whose_a_pod_is() {
    let pod = |owner: &str| {
        serde_json::from_value::<Running>(json!({
            "metadata": {"namespace": "agents", "ownerReferences": [{"name": owner}]},
            "spec": {"nodeName": "a", "containers": [{"resources": {"requests": {"cpu": "100m"}}}]},
        }))
        .unwrap()
    };
    let pods = ["monitor", "web-5d9b7c", "webhook-1", "other"].map(pod);
    let mut objects = [workload("DaemonSet", "monitor", "1", "1"), workload("Deployment", "web", "1", "1")];
    for object in &mut objects {
        object["metadata"]["namespace"] = json!("agents");
    }
    let plan = Plan { objects: &objects, slug: "lab", place: Some("lab"), by_helm: false };
    assert_eq!(taken(&pods, &plan)["a"], Size { cpu: 200, memory: 0, pods: 2 });
}

#[test]
fn what_prepares_a_pod_takes_room_as_well() {
    let mut pod = workload("Deployment", "x", "100m", "64Mi");
    pod["spec"]["template"]["spec"]["initContainers"] =
        json!([{"resources": {"requests": {"cpu": "1500m", "memory": "32Mi"}}}]);
    let objects = [pod];
    let size = pods(&objects)[0].size;
    assert_eq!(size, Size { cpu: 1500, memory: 64 << 20, pods: 1 });
}

#[test]
fn taints_selectors_and_readiness_count() {
    let small = workload("Deployment", "x", "100m", "64Mi");
    let mut tainted = node("a", "8", "32Gi");
    tainted["spec"]["taints"] = json!([{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]);
    let (found, words) = state(&[tainted.clone()], &[], std::slice::from_ref(&small));
    assert_eq!((found, words.contains("taints")), (CheckState::Fail, true), "{words}");
    for (toleration, wanted) in [
        (json!({"operator": "Exists"}), CheckState::Pass),
        (json!({"key": "gpu", "operator": "Exists"}), CheckState::Pass),
        (json!({"key": "gpu", "value": "yes", "effect": "NoSchedule"}), CheckState::Pass),
        (json!({"key": "gpu", "value": "no"}), CheckState::Fail),
        (json!({"key": "other", "operator": "Exists"}), CheckState::Fail),
        (json!({"key": "gpu", "operator": "Exists", "effect": "NoExecute"}), CheckState::Fail),
    ] {
        let mut tolerant = small.clone();
        tolerant["spec"]["template"]["spec"]["tolerations"] = json!([toleration]);
        assert_eq!(state(&[tainted.clone()], &[], &[tolerant]).0, wanted, "{toleration}");
    }
    let mut picky = small.clone();
    picky["spec"]["template"]["spec"]["nodeSelector"] = json!({"disk": "fast"});
    assert_eq!(state(&[node("a", "8", "32Gi")], &[], &[picky]).0, CheckState::Fail);
    let mut down = node("a", "8", "32Gi");
    down["status"]["conditions"][0]["status"] = json!("Unknown");
    assert_eq!(state(&[down], &[], std::slice::from_ref(&small)).1, "no node is ready to take pods");
    let mut growing = node("a", "50m", "32Gi");
    growing["metadata"]["labels"]["karpenter.sh/nodepool"] = json!("default");
    assert_eq!(state(&[growing], &[], &[small]).0, CheckState::Warn);
}

#[test]
fn a_daemon_set_needs_room_on_every_node_that_takes_it() {
    let agent = [workload("DaemonSet", "agent", "100m", "64Mi")];
    assert_eq!(state(&[node("a", "1", "1Gi"), node("b", "1", "1Gi")], &[], &agent).0, CheckState::Pass);
    assert_eq!(state(&[node("a", "1", "1Gi"), node("b", "50m", "1Gi")], &[], &agent).0, CheckState::Fail);
}

#[test]
fn a_node_takes_only_so_many_pods() {
    let small = [workload("Deployment", "x", "100m", "64Mi"), workload("Deployment", "y", "100m", "64Mi")];
    let mut full = node("a", "8", "32Gi");
    full["status"]["allocatable"]["pods"] = json!("2");
    assert_eq!(state(std::slice::from_ref(&full), &[], &small).0, CheckState::Pass);
    assert_eq!(
        state(&[full], &[("a", 0, 0)], &small),
        (CheckState::Fail, "Deployment y finds no node that takes one pod more; a is full".into())
    );
}

#[test]
fn what_a_running_pod_was_prepared_by_still_takes_room() {
    let requests = |cpu: &str| json!({"resources": {"requests": {"cpu": cpu}}});
    let pod: Running = serde_json::from_value(json!({
        "metadata": {"namespace": "other"},
        "spec": {
            "nodeName": "a", "containers": [requests("100m")], "initContainers": [requests("900m")],
            "overhead": {"cpu": "50m"},
        },
    }))
    .unwrap();
    let plan = Plan { objects: &[], slug: "lab", place: None, by_helm: false };
    assert_eq!(taken(&[pod], &plan)["a"], Size { cpu: 950, memory: 0, pods: 1 });
}
