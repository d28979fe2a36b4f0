//! What `kubectl rollout status` would say.

use super::*;

#[test]
fn kubectl_counts_less() {
    let done = |object: &Value| rolled_out(object);
    let waiting = |text: &str| Some(Rollout::Waiting(text.to_owned()));
    // Neither the Available condition nor ready replicas count.
    assert_eq!(done(&deployment(2, counted([2, 2, 2, 0], json!([])))), Some(Rollout::Done));
    assert_eq!(done(&deployment(2, counted([2, 1, 2, 2], json!([])))), waiting("1 of 2 new replicas"));
    assert_eq!(done(&deployment(2, counted([3, 2, 2, 2], json!([])))), waiting("1 old replicas to end"));
    assert_eq!(
        done(&deployment(2, counted([2, 2, 1, 2], json!([])))),
        waiting("1 of 2 updated replicas available")
    );
    let mut stale = deployment(1, counted([1, 1, 1, 1], healthy()));
    stale["metadata"]["generation"] = json!(3);
    assert_eq!(done(&stale), waiting("the change to be observed"));
    let sts = |spec: Value, updated: i64, revision: &str| {
        apps(
            "StatefulSet",
            spec,
            json!({"observedGeneration": 1, "readyReplicas": 2, "updatedReplicas": updated,
            "currentRevision": "a", "updateRevision": revision}),
        )
    };
    assert_eq!(done(&sts(json!({"replicas": 3}), 3, "a")), waiting("1 pods to be ready"));
    assert_eq!(done(&sts(json!({"replicas": 2}), 1, "b")), waiting("the update to reach every pod"));
    // With rollingUpdate set, kubectl asks for no more than the partition.
    let partition = |partition: i64| json!({"replicas": 2, "updateStrategy": {"rollingUpdate": {"partition": partition}}});
    assert_eq!(done(&sts(partition(0), 1, "b")), waiting("1 of 2 new pods"));
    assert_eq!(done(&sts(partition(1), 1, "b")), Some(Rollout::Done));
    let by_hand =
        apps("DaemonSet", json!({"updateStrategy": {"type": "OnDelete"}}), json!({"observedGeneration": 1}));
    assert!(matches!(done(&by_hand), Some(Rollout::Error(_))));
    assert_eq!(done(&pod(json!({}))), None);
}

#[test]
fn kubectl_gives_up_only_at_the_deadline() {
    let late = conditions(&[("Progressing", "False", "ProgressDeadlineExceeded")]);
    let done = |object: &Value| rolled_out(object);
    assert_eq!(
        done(&deployment(2, counted([2, 2, 2, 2], late.clone()))),
        Some(Rollout::Error("progress deadline".to_owned()))
    );
    let mut stale = deployment(2, counted([2, 2, 2, 2], late));
    stale["metadata"]["generation"] = json!(3);
    assert!(matches!(done(&stale), Some(Rollout::Waiting(_))), "that was of the change before");
    // Where no number is asked for, none is awaited.
    let mut any = deployment(0, counted([0, 0, 0, 0], json!([])));
    any["spec"].as_object_mut().unwrap().remove("replicas");
    assert_eq!(done(&any), Some(Rollout::Done));
}

#[test]
fn kubectl_counts_the_pods_of_daemon_and_stateful_sets() {
    let daemon = |counters: [i64; 3]| {
        let [desired, updated, available] = counters;
        let spec = json!({"updateStrategy": {"type": "RollingUpdate"}});
        rolled_out(&apps(
            "DaemonSet",
            spec,
            json!({"observedGeneration": 1, "desiredNumberScheduled": desired,
            "updatedNumberScheduled": updated, "numberAvailable": available}),
        ))
    };
    let waiting = |text: &str| Some(Rollout::Waiting(text.to_owned()));
    assert_eq!(daemon([2, 1, 2]), waiting("1 of 2 new pods"));
    assert_eq!(daemon([2, 2, 1]), waiting("1 of 2 updated pods available"));
    assert_eq!(daemon([2, 2, 2]), Some(Rollout::Done));
    assert_eq!(daemon([0, 0, 0]), Some(Rollout::Done));
    let stateful = |status: Value| rolled_out(&apps("StatefulSet", json!({"replicas": 1}), status));
    let unseen = json!({"readyReplicas": 1});
    assert_eq!(stateful(unseen), waiting("the change to be observed"));
    let old =
        json!({"observedGeneration": 1, "readyReplicas": 1, "currentRevision": "a", "updateRevision": "b"});
    assert_eq!(stateful(old), waiting("the update to reach every pod"));
    let new =
        json!({"observedGeneration": 1, "readyReplicas": 1, "currentRevision": "a", "updateRevision": "a"});
    assert_eq!(stateful(new), Some(Rollout::Done));
}
