//! Where a pod goes, what is set up for it, and which claims are its own.

use super::*;

#[test]
fn a_pod_that_is_held_back_is_not_unschedulable() {
    let mut stage = unplaced("x");
    let condition = &mut stage.pods[0]["status"]["conditions"][0];
    condition["reason"] = json!("SchedulingGated");
    assert_eq!(stage.judged(500), (Kind::SchedulingGate, Class::Waiting));
    stage.pods[0]["status"]["conditions"] = json!([]);
    assert_eq!(stage.judged(500), (Kind::NotScheduledYet, Class::Waiting));
}

#[test]
fn what_no_node_could_ever_give_is_told_apart_from_what_is_taken() {
    let asks = |cpu: &str| {
        let mut stage = unplaced("0/1 nodes are available: 1 Insufficient cpu.");
        stage.pods[0]["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": cpu}});
        stage.sentence(5)
    };
    let taken = ", and other pods have taken too much of it.";
    assert_eq!(
        asks("4"),
        format!("web cannot be placed: it asks for 4 CPU; the largest node has 4 CPU{taken}")
    );
    assert_eq!(asks("5"), "web cannot be placed: it asks for 5 CPU; the largest node has 4 CPU.");
}

#[test]
fn a_readiness_gate_is_named_and_the_worst_container_speaks() {
    let mut stage = Stage::container(json!({"ready": true, "state": {"running": {"startedAt": at(5)}}}));
    stage.pods[0]["status"]["conditions"][1]["reason"] = json!("ReadinessGatesNotReady");
    stage.pods[0]["status"]["conditions"][1]["message"] = json!("lb is not there");
    assert_eq!(stage.sentence(9), "web runs and waits for a readiness gate: lb is not there.");

    let mut two = Stage::waiting("ContainerCreating", "");
    let side = json!({"name": "side", "image": "bad image"});
    two.pods[0]["spec"]["containers"].as_array_mut().unwrap().push(side);
    let side = json!({"name": "side", "state": {"waiting": {"reason": "InvalidImageName"}}});
    let statuses = two.pods[0]["status"]["containerStatuses"].as_array_mut().unwrap();
    statuses.push(side);
    assert_eq!(two.judged(9), (Kind::ImageNameInvalid, Class::Hopeless));
    two.pods[0]["status"]["containerStatuses"].as_array_mut().unwrap().reverse();
    assert_eq!(two.judged(9), (Kind::ImageNameInvalid, Class::Hopeless));
}

#[test]
fn a_step_in_the_same_second_as_the_trouble_came_after_it() {
    let at_second = |second: i64| {
        Stage::waiting("ContainerCreating", "")
            .event("pod-1", "FailedMount", "MountVolume.SetUp failed", 5, 20, 3)
            .event("pod-1", "Pulling", "Pulling image \"shop/web:1\"", second, second, 1)
            .judged(30)
            .0
    };
    assert_eq!((at_second(19), at_second(20)), (Kind::MountFailed, Kind::Pulling));
}

#[test]
fn nothing_is_older_than_the_rollout() {
    let stage = Stage::waiting("ContainerCreating", "").event("pod-1", "FailedMount", "no", -500, 20, 99);
    assert_eq!(stage.at(30).unwrap().evidence.since, Some(at(0)));
}

#[test]
fn without_a_revision_the_newest_replica_set_counts() {
    let mut stage = Stage::waiting("InvalidImageName", "");
    stage.workload["metadata"].as_object_mut().unwrap().remove("annotations");
    let mut old = stage.replicasets[0].clone();
    old["metadata"]["uid"] = json!("set-1");
    old["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = json!("1");
    stage.replicasets.insert(0, old);
    assert_eq!(stage.judged(5).0, Kind::ImageNameInvalid);
    stage.pods[0]["metadata"]["ownerReferences"][0]["uid"] = json!("set-1");
    assert_eq!(stage.judged(5).0, Kind::Rolling);
}

#[test]
fn a_pod_waits_for_its_own_claims() {
    let claim = |name: &str, namespace: &str| {
        json!({"kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": namespace, "uid": name,
            "creationTimestamp": at(0)}, "spec": {"storageClassName": "fast"}, "status": {"phase": "Lost"}})
    };
    let with = |volume: Value, claim: Value| {
        let mut stage =
            unplaced("0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.");
        stage.pods[0]["spec"]["volumes"] = json!([volume]);
        stage.pvcs = vec![claim];
        stage.judged(5).0
    };
    let named = || json!({"name": "data", "persistentVolumeClaim": {"claimName": "data"}});
    assert_eq!(with(named(), claim("data", "demo")), Kind::VolumeLost);
    assert_eq!(with(named(), claim("data", "other")), Kind::VolumePending);
    assert_eq!(with(named(), claim("logs", "demo")), Kind::VolumePending);
    // One that is made for the pod is called after it.
    let own = || json!({"name": "data", "ephemeral": {}});
    assert_eq!(with(own(), claim("web-2-abcde-data", "demo")), Kind::VolumeLost);
    assert_eq!(with(json!({"name": "data"}), claim("web-2-abcde-data", "demo")), Kind::VolumePending);
    let mut bound = claim("data", "demo");
    bound["status"]["phase"] = json!("Bound");
    assert_eq!(with(named(), bound), Kind::VolumePending);
}

#[test]
fn a_claim_that_waited_well_has_its_whole_grace() {
    let mut stage = Stage::new();
    stage.workload = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data",
        "namespace": "demo", "uid": "claim-1", "creationTimestamp": at(0)}, "status": {"phase": "Pending"}});
    let stage = stage.event("claim-1", "WaitForFirstConsumer", "waiting for first consumer", 1, 50, 9);
    let missing = "storageclass.storage.k8s.io \"nowhere\" not found";
    let stage = stage.event("claim-1", "ProvisioningFailed", missing, 60, 70, 3);
    assert_eq!(stage.judged(74), (Kind::StorageClassMissing, Class::Retrying));
    assert_eq!(stage.judged(75), (Kind::StorageClassMissing, Class::Hopeless));
}
