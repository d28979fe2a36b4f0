#![expect(clippy::needless_pass_by_value, reason = "rows of a table read better without borrows")]

use serde_json::json;

use super::*;

mod jobs;
mod kinds;
mod kubectl;
mod unreadable;
mod words;

fn now() -> Timestamp {
    "2026-01-01T00:01:00Z".parse().unwrap()
}

fn deployment(replicas: i64, status: Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"generation": 2},
        "spec": {"replicas": replicas, "progressDeadlineSeconds": 600}, "status": status,
    })
}

fn conditions(list: &[(&str, &str, &str)]) -> Value {
    list.iter()
        .map(|(kind, status, reason)| json!({"type": kind, "status": status, "reason": reason}))
        .collect::<Vec<_>>()
        .into()
}

fn healthy() -> Value {
    conditions(&[("Available", "True", ""), ("Progressing", "True", "NewReplicaSetAvailable")])
}

/// Deployment counters in the order replicas, updated, available, ready.
fn counted(counters: [i64; 4], conditions: Value) -> Value {
    let [replicas, updated, available, ready] = counters;
    json!({
        "observedGeneration": 2, "replicas": replicas, "updatedReplicas": updated,
        "availableReplicas": available, "readyReplicas": ready, "conditions": conditions,
    })
}

fn apps(kind: &str, spec: Value, status: Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"generation": 1}, "spec": spec, "status": status})
}

fn core(kind: &str, spec: Value, status: Value) -> Value {
    json!({"apiVersion": "v1", "kind": kind, "metadata": {"creationTimestamp": "2026-01-01T00:00:50Z"},
        "spec": spec, "status": status})
}

fn job(spec: Value, status: Value) -> Value {
    json!({"apiVersion": "batch/v1", "kind": "Job", "spec": spec, "status": status})
}

fn pod(status: Value) -> Value {
    core("Pod", json!({}), status)
}

fn check(rows: &[(Value, Status, &str)]) {
    for (object, wanted, reason) in rows {
        let verdict = status(object, now());
        assert_eq!((verdict.status, verdict.reason.as_ref()), (*wanted, *reason), "{object:#}");
    }
}

#[test]
fn generic_rules_come_first_and_in_order() {
    let custom = |metadata: Value, status: Value| json!({"apiVersion": "x.y/v1", "kind": "Thing", "metadata": metadata, "status": status});
    let gone = json!({"deletionTimestamp": "2026-01-01T00:00:00Z", "generation": 2});
    check(&[
        (custom(gone, json!({"observedGeneration": 1})), Status::Terminating, "Deleting"),
        (
            custom(
                json!({"generation": 2}),
                json!({"observedGeneration": 1, "conditions": conditions(&[("Stalled", "True", "x")])}),
            ),
            Status::InProgress,
            "LatestGenerationNotObserved",
        ),
        // One of the two missing: the rule is skipped.
        (custom(json!({"generation": 2}), json!({})), Status::Current, ""),
        (custom(json!({}), json!({"observedGeneration": 1})), Status::Current, ""),
        (
            custom(json!({}), json!({"conditions": conditions(&[("Reconciling", "True", "Busy")])})),
            Status::InProgress,
            "Busy",
        ),
        (
            custom(json!({}), json!({"conditions": conditions(&[("Stalled", "True", "Stuck")])})),
            Status::Failed,
            "Stuck",
        ),
        // They count for kinds with rules of their own, too.
        (
            deployment(1, counted([1, 1, 1, 1], conditions(&[("Stalled", "True", "Stuck")]))),
            Status::Failed,
            "Stuck",
        ),
        (
            custom(
                json!({}),
                json!({"conditions": conditions(&[("Stalled", "False", "x"), ("Ready", "True", "")])}),
            ),
            Status::Current,
            "",
        ),
        (
            custom(json!({}), json!({"conditions": conditions(&[("Ready", "False", "No")])})),
            Status::InProgress,
            "No",
        ),
        (
            custom(json!({}), json!({"conditions": conditions(&[("Ready", "Unknown", "Hm")])})),
            Status::InProgress,
            "Hm",
        ),
        (
            json!({"apiVersion": "v1", "kind": "Namespace", "status": {"phase": "Active"}}),
            Status::Current,
            "",
        ),
        (json!({}), Status::Current, ""),
        // The first that holds decides.
        (
            custom(
                json!({}),
                json!({"conditions": conditions(&[("Reconciling", "True", "Busy"), ("Stalled", "True", "Stuck")])}),
            ),
            Status::InProgress,
            "Busy",
        ),
        // A Ready condition without one of the three states says nothing.
        (
            custom(
                json!({}),
                json!({"conditions": conditions(&[("Ready", "", "x"), ("Ready", "False", "No")])}),
            ),
            Status::InProgress,
            "No",
        ),
    ]);
}

#[test]
fn deployments_by_the_first_shortfall() {
    let late = conditions(&[("Progressing", "False", "ProgressDeadlineExceeded"), ("Available", "True", "")]);
    let busy = conditions(&[("Available", "True", ""), ("Progressing", "True", "ReplicaSetUpdated")]);
    let absent = conditions(&[("Available", "False", ""), ("Progressing", "True", "NewReplicaSetAvailable")]);
    let refused = conditions(&[("ReplicaFailure", "True", "FailedCreate")]);
    let held_up =
        conditions(&[("Available", "True", ""), ("Progressing", "False", "NewReplicaSetAvailable")]);
    let twice = conditions(&[
        ("Available", "False", ""),
        ("Available", "True", ""),
        ("Progressing", "True", "ReplicaSetUpdated"),
        ("Progressing", "True", "NewReplicaSetAvailable"),
    ]);
    let mut endless = deployment(1, counted([1, 1, 1, 1], conditions(&[("Available", "True", "")])));
    check(&[
        (deployment(2, counted([2, 2, 2, 2], healthy())), Status::Current, ""),
        (deployment(0, counted([0, 0, 0, 0], healthy())), Status::Current, ""),
        (deployment(2, counted([2, 2, 2, 2], late)), Status::Failed, "ProgressDeadlineExceeded"),
        (deployment(2, counted([1, 1, 1, 1], healthy())), Status::InProgress, "LessReplicas"),
        (deployment(2, counted([0, 0, 0, 0], refused)), Status::InProgress, "LessReplicas"),
        (deployment(2, counted([3, 1, 2, 2], healthy())), Status::InProgress, "LessUpdated"),
        (deployment(2, counted([3, 2, 2, 2], healthy())), Status::InProgress, "ExtraPods"),
        (deployment(2, counted([2, 2, 1, 1], healthy())), Status::InProgress, "LessAvailable"),
        (deployment(2, counted([2, 2, 2, 1], healthy())), Status::InProgress, "LessReady"),
        (deployment(2, counted([2, 2, 2, 2], busy)), Status::InProgress, "ReplicaSetNotAvailable"),
        (deployment(2, counted([2, 2, 2, 2], absent)), Status::InProgress, "DeploymentNotAvailable"),
        (deployment(1, json!({})), Status::InProgress, "LessReplicas"),
        // The new ReplicaSet counts only while the condition holds.
        (deployment(2, counted([2, 2, 2, 2], held_up)), Status::InProgress, "ReplicaSetNotAvailable"),
        (deployment(2, counted([2, 2, 2, 2], twice)), Status::Current, ""),
    ]);
    // Without a deadline, or with the largest, no Progressing condition is asked for.
    for deadline in [Value::Null, json!(i32::MAX)] {
        endless["spec"]["progressDeadlineSeconds"] = deadline;
        assert_eq!(status(&endless, now()).status, Status::Current);
    }
    endless["spec"].as_object_mut().unwrap().remove("replicas");
    assert_eq!(status(&endless, now()).status, Status::Current, "one replica by default");
}

#[test]
fn replica_sets_stateful_sets_and_daemon_sets() {
    let set = |counters: [i64; 4]| {
        let [labelled, available, ready, replicas] = counters;
        apps(
            "ReplicaSet",
            json!({"replicas": 2}),
            json!({"fullyLabeledReplicas": labelled, "availableReplicas": available,
            "readyReplicas": ready, "replicas": replicas}),
        )
    };
    let failing = json!({"conditions": conditions(&[("ReplicaFailure", "True", "FailedCreate")])});
    let stateful = |spec: Value, counters: [i64; 4], update: &str| {
        let [replicas, ready, current, updated] = counters;
        apps(
            "StatefulSet",
            spec,
            json!({"replicas": replicas, "readyReplicas": ready, "currentReplicas": current,
            "updatedReplicas": updated, "currentRevision": "a", "updateRevision": update}),
        )
    };
    let partition = json!({"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": 1}}});
    let daemon = |counters: [i64; 5]| {
        let [desired, current, updated, available, ready] = counters;
        apps(
            "DaemonSet",
            json!({}),
            json!({"observedGeneration": 1, "desiredNumberScheduled": desired,
            "currentNumberScheduled": current, "updatedNumberScheduled": updated, "numberAvailable": available, "numberReady": ready}),
        )
    };
    check(&[
        (set([2, 2, 2, 2]), Status::Current, ""),
        (set([1, 2, 2, 2]), Status::InProgress, "LessLabelled"),
        (set([2, 1, 2, 2]), Status::InProgress, "LessAvailable"),
        (set([2, 2, 1, 2]), Status::InProgress, "LessReady"),
        (set([2, 2, 2, 3]), Status::InProgress, "ExtraPods"),
        (apps("ReplicaSet", json!({}), failing), Status::InProgress, "ReplicaFailure"),
        (stateful(json!({"updateStrategy": {"type": "OnDelete"}}), [0; 4], "a"), Status::Current, ""),
        (stateful(json!({"replicas": 2}), [1, 1, 1, 1], "a"), Status::InProgress, "LessReplicas"),
        (stateful(json!({"replicas": 2}), [2, 1, 2, 2], "a"), Status::InProgress, "LessReady"),
        (stateful(json!({"replicas": 2}), [3, 2, 2, 2], "a"), Status::InProgress, "ExtraPods"),
        (stateful(json!({"replicas": 2}), [2, 2, 1, 1], "b"), Status::InProgress, "LessCurrent"),
        (stateful(json!({"replicas": 2}), [2, 2, 2, 2], "b"), Status::InProgress, "RevisionMismatch"),
        (stateful(json!({"replicas": 2}), [2, 2, 2, 2], "a"), Status::Current, ""),
        (stateful(partition.clone(), [3, 3, 1, 1], "b"), Status::InProgress, "PartitionRollout"),
        (stateful(partition, [3, 3, 1, 2], "b"), Status::Current, ""),
        (
            apps("DaemonSet", json!({}), json!({"desiredNumberScheduled": 0})),
            Status::InProgress,
            "NoObservedGeneration",
        ),
        (json!({"apiVersion": "apps/v1", "kind": "DaemonSet"}), Status::InProgress, "NoGeneration"),
        (
            apps("DaemonSet", json!({}), json!({"observedGeneration": 1})),
            Status::InProgress,
            "NoDesiredNumber",
        ),
        (daemon([2, 1, 2, 2, 2]), Status::InProgress, "LessCurrent"),
        (daemon([2, 2, 1, 2, 2]), Status::InProgress, "LessUpdated"),
        (daemon([2, 2, 2, 1, 2]), Status::InProgress, "LessAvailable"),
        (daemon([2, 2, 2, 2, 1]), Status::InProgress, "LessReady"),
        (daemon([2; 5]), Status::Current, ""),
        (daemon([0; 5]), Status::Current, ""),
    ]);
}

#[test]
fn pods_claims_services_and_definitions() {
    let waiting = |reason: &str| json!([{"name": "a", "state": {"waiting": {"reason": reason}}}]);
    let unplaced =
        json!({"phase": "Pending", "conditions": conditions(&[("PodScheduled", "False", "Unschedulable")])});
    let crd = |list: &[(&str, &str, &str)]| json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "status": {"conditions": conditions(list)}});
    check(&[
        (pod(json!({"phase": "Succeeded"})), Status::Current, ""),
        (pod(json!({"phase": "Failed"})), Status::Current, ""),
        (
            pod(json!({"phase": "Running", "conditions": conditions(&[("Ready", "True", "")])})),
            Status::Current,
            "",
        ),
        (
            pod(json!({"phase": "Running", "containerStatuses": waiting("CrashLoopBackOff")})),
            Status::Failed,
            "ContainerCrashLooping",
        ),
        (
            pod(json!({"phase": "Running", "containerStatuses": waiting("ImagePullBackOff")})),
            Status::InProgress,
            "PodRunningNotReady",
        ),
        (
            pod(json!({"phase": "Running", "initContainerStatuses": waiting("CrashLoopBackOff")})),
            Status::InProgress,
            "PodRunningNotReady",
        ),
        (
            pod(json!({"phase": "Pending", "containerStatuses": waiting("CrashLoopBackOff")})),
            Status::InProgress,
            "PodPending",
        ),
        (pod(unplaced.clone()), Status::InProgress, "PodNotScheduled"),
        (
            pod(
                json!({"phase": "Pending", "conditions": conditions(&[("PodScheduled", "False", "SchedulingGated")])}),
            ),
            Status::InProgress,
            "PodPending",
        ),
        (pod(json!({})), Status::InProgress, "PodNotObserved"),
        (pod(json!({"phase": "Odd"})), Status::Unknown, "UnknownPhase"),
        (core("PersistentVolumeClaim", json!({}), json!({"phase": "Bound"})), Status::Current, ""),
        (
            core("PersistentVolumeClaim", json!({}), json!({"phase": "Pending"})),
            Status::InProgress,
            "NotBound",
        ),
        (core("PersistentVolumeClaim", json!({}), json!({"phase": "Lost"})), Status::InProgress, "NotBound"),
        (core("PersistentVolumeClaim", json!({}), json!({})), Status::InProgress, "NotBound"),
        (core("Service", json!({"type": "LoadBalancer"}), json!({})), Status::InProgress, "NoIPAssigned"),
        (
            core("Service", json!({"type": "LoadBalancer", "clusterIP": "10.0.0.1"}), json!({})),
            Status::Current,
            "",
        ),
        (core("Service", json!({}), json!({})), Status::Current, ""),
        (core("Secret", json!({}), json!({})), Status::Current, ""),
        (json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget"}), Status::Current, ""),
        (crd(&[]), Status::InProgress, "Installing"),
        (crd(&[("NamesAccepted", "False", "Taken")]), Status::Failed, "Taken"),
        (
            crd(&[("NamesAccepted", "True", ""), ("Established", "False", "Installing")]),
            Status::InProgress,
            "Installing",
        ),
        (crd(&[("Established", "False", "Broken")]), Status::Failed, "Broken"),
        (crd(&[("NamesAccepted", "True", ""), ("Established", "True", "")]), Status::Current, ""),
    ]);
    let placed_at: Timestamp = "2026-01-01T00:01:05Z".parse().unwrap();
    assert_eq!(recheck_at(&pod(unplaced.clone())), Some(placed_at));
    let mut other = pod(unplaced.clone());
    other["kind"] = json!("Thing");
    let mut up = pod(unplaced.clone());
    up["status"]["phase"] = json!("Running");
    let mut placed = pod(unplaced.clone());
    placed["status"]["conditions"][0]["status"] = json!("True");
    assert_eq!([other, up, placed].map(|pod| recheck_at(&pod)), [None; 3]);
    let just_before = placed_at - jiff::SignedDuration::from_millis(1);
    assert_eq!(status(&pod(unplaced.clone()), just_before).status, Status::InProgress);
    assert_eq!(status(&pod(unplaced), placed_at).reason, "PodUnschedulable");
}

#[test]
fn failed_pods_fail_their_stateful_set_but_not_their_deployment() {
    let looping = pod(
        json!({"phase": "Running", "containerStatuses": [{"name": "a", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}),
    );
    let with = |object: &Value| with_pods(object, status(object, now()), [&looping], now()).status;
    assert_eq!(with(&apps("StatefulSet", json!({}), json!({}))), Status::Failed);
    assert_eq!(with(&apps("ReplicaSet", json!({}), json!({}))), Status::Failed);
    assert_eq!(with(&deployment(1, json!({}))), Status::InProgress);
    assert_eq!(with(&apps("StatefulSet", json!({"replicas": 0}), json!({}))), Status::Current);
}

#[test]
fn the_aggregate_takes_the_worst() {
    use Status::{Current, Failed, InProgress, NotFound, Terminating, Unknown};
    for (statuses, desired, wanted) in [
        (vec![], Current, Current),
        (vec![Current, Current], Current, Current),
        (vec![Current, InProgress], Current, InProgress),
        (vec![Unknown, InProgress, Failed], Current, Failed),
        (vec![InProgress, Unknown], Current, Unknown),
        (vec![NotFound, NotFound], NotFound, NotFound),
        (vec![NotFound, Terminating], NotFound, InProgress),
    ] {
        assert_eq!(aggregate(statuses.clone(), desired), wanted, "{statuses:?}");
    }
}
