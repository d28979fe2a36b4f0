//! What may count as evidence, and whose.

use super::*;

const NOT_FOUND: &str = r#"Failed to pull image "shop/web:1": not found"#;

#[test]
fn what_is_current_has_no_cause_whatever_events_and_logs_say() {
    let mut stage = Stage::container(json!({"ready": true, "state": {"running": {"startedAt": at(5)}}}))
        .event("pod-1", "Failed", NOT_FOUND, 2, 8, 4)
        .event("pod-1", "BackOff", "Back-off restarting failed container main", 2, 8, 4);
    stage.log = vec!["authentication failed".to_owned()];
    stage.pods[0]["status"]["conditions"][1]["status"] = json!("True");
    // Not counted by the Deployment yet: still only waiting.
    assert_eq!(stage.judged(500), (Kind::Rolling, Class::Waiting));
    stage.workload["status"] = json!({"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1,
        "availableReplicas": 1, "conditions": [{"type": "Available", "status": "True"},
        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}]});
    assert_eq!(stage.at(500), None);
}

#[test]
fn events_and_logs_alone_are_never_fatal() {
    let starting = || Stage::waiting("ContainerCreating", "");
    for reason in ["Failed", "BackOff", "Unhealthy", "FailedCreatePodSandBox", "FailedScheduling", "Evicted"]
    {
        let stage = starting().event("pod-1", reason, NOT_FOUND, 2, 300, 40);
        assert_ne!(stage.judged(500).1, Class::Hopeless, "{reason}");
    }
    for message in
        ["MountVolume.SetUp failed: exit status 32", r#"MountVolume.SetUp failed : secret "x" not found"#]
    {
        let stage = starting().event("pod-1", "FailedMount", message, 2, 500, 40);
        assert_eq!(stage.judged(500).1, Class::Retrying, "{message}");
    }
    let refused = "Error creating: pods is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1";
    for uid in ["deploy-1", "set-2"] {
        assert_ne!(starting().event(uid, "FailedCreate", refused, 2, 300, 40).judged(500).1, Class::Hopeless);
    }
    let mut running = Stage::container(json!({"state": {"running": {"startedAt": at(5)}}}));
    running.log = vec!["Authentication failed for user".to_owned()];
    assert_eq!(running.judged(500), (Kind::CredentialRejected, Class::Retrying));
}

#[test]
fn events_count_only_for_the_same_object_and_this_rollout() {
    let stage = Stage::waiting("ContainerCreating", "")
        .event("pod-of-same-name-before", "FailedMount", "MountVolume.SetUp failed", 2, 300, 9)
        .event("pod-1", "FailedMount", "MountVolume.SetUp failed", -300, -2, 9);
    assert_eq!(stage.judged(400), (Kind::ContainerStarting, Class::Waiting));
    // Whole seconds: an event of the second in which the rollout started counts.
    let same_second = Stage::waiting("ContainerCreating", "").event(
        "pod-1",
        "FailedMount",
        "MountVolume.SetUp failed",
        -1,
        -1,
        1,
    );
    assert_eq!(same_second.judged(1).0, Kind::MountFailed);
}

#[test]
fn events_of_the_newer_api_are_read_too() {
    let mut stage = Stage::waiting("ContainerCreating", "");
    stage.events = vec![
        json!({"regarding": {"uid": "pod-1"}, "reason": "Pulling", "note": "Pulling image \"shop/web:1\"",
        "eventTime": at(2), "series": {"count": 2, "lastObservedTime": at(30)}}),
    ];
    let cause = stage.at(42).unwrap();
    assert_eq!((cause.kind, cause.class), (Kind::Pulling, Class::Slow));
    assert_eq!(cause.sentence, "web is pulling its image shop/web:1 again, for 12 s now.");
}

#[test]
fn pods_are_found_by_owner_and_revision_not_by_name_or_label() {
    let mut stage = Stage::waiting("ContainerCreating", "");
    let mut foreign = pod(json!({"state": {"waiting": {"reason": "InvalidImageName"}}}));
    foreign["metadata"]["ownerReferences"][0]["uid"] = json!("set-of-another");
    let mut old = foreign.clone();
    old["metadata"]["ownerReferences"][0]["uid"] = json!("set-1");
    let mut ready = old.clone();
    ready["status"]["conditions"][1]["status"] = json!("True");
    let mut set = stage.replicasets[0].clone();
    set["metadata"]["uid"] = json!("set-1");
    set["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = json!("1");
    stage.replicasets.push(set);
    stage.pods.extend([foreign, old, ready]);
    assert_eq!(stage.judged(5).0, Kind::ContainerStarting);
    assert!(
        stage.sentence(5).ends_with("1 pod of the earlier version still serves."),
        "{}",
        stage.sentence(5)
    );
}

#[test]
fn grace_begins_with_the_trouble_not_with_the_pod() {
    let message = r#"secret "web" not found"#;
    let stage = Stage::waiting("CreateContainerConfigError", message).event(
        "pod-1",
        "Pulled",
        "Successfully pulled image \"shop/web:1\" in 5m",
        300,
        300,
        1,
    );
    assert_eq!(stage.judged(310), (Kind::MissingSecret, Class::Retrying), "after a long pull");
    let stage = stage.event("pod-1", "Failed", &format!("Error: {message}"), 301, 312, 3);
    assert_eq!(stage.judged(315).1, Class::Retrying);
    assert_eq!(stage.judged(316).1, Class::Hopeless);
    assert_eq!(stage.at(310).unwrap().timer.unwrap().due, Some(at(316)));
}

#[test]
fn a_pull_that_failed_late_gets_its_whole_grace_before_the_event_of_it_has_come() {
    let mut stage = Stage::waiting("ErrImagePull", "503 Service Unavailable");
    assert_eq!(stage.judged(200), (Kind::RegistryUnavailable, Class::Hopeless), "as far as the pod tells");
    stage.noticed = Some(190);
    assert_eq!(stage.judged(200), (Kind::RegistryUnavailable, Class::Retrying));
    assert_eq!(stage.judged(310).1, Class::Hopeless);
}

#[test]
fn a_program_that_ends_for_want_of_another_is_given_time() {
    let end = json!({"exitCode": 1, "startedAt": at(70), "finishedAt": at(72)});
    let mut stage = Stage::container(json!({
        "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": end},
    }));
    let mut class = |others_ready| {
        stage.others_ready = others_ready;
        stage.judged(80)
    };
    assert_eq!(class(Some(0)), (Kind::CrashLoop, Class::Hopeless), "nothing else is awaited");
    assert_eq!(class(None), (Kind::CrashLoop, Class::Retrying), "something else is on its way");
    assert_eq!(class(Some(75)), (Kind::CrashLoop, Class::Retrying), "not tried again since");
    assert_eq!(class(Some(70)), (Kind::CrashLoop, Class::Hopeless), "tried, and ended again");
}

#[test]
fn the_worst_pod_speaks_for_the_workload() {
    let mut stage = Stage::waiting("ContainerCreating", "");
    let mut other = pod(json!({"state": {"waiting": {"reason": "InvalidImageName", "message": "bad"}}}));
    other["metadata"]["uid"] = json!("pod-2");
    stage.pods.push(other);
    assert_eq!(stage.judged(5), (Kind::ImageNameInvalid, Class::Hopeless));
    stage.pods.reverse();
    assert_eq!(stage.judged(5), (Kind::ImageNameInvalid, Class::Hopeless));
}

#[test]
fn hostile_text_never_gets_through() {
    let hostile = "\u{1b}]0;x\u{7}\u{202e}evil\u{200b}\n\u{9b}31m".repeat(200);
    let mut stages = vec![
        Stage::waiting("ErrImagePull", &hostile),
        Stage::waiting(&hostile, &hostile),
        Stage::waiting("CreateContainerConfigError", &format!("secret \"{hostile}\" not found")),
        crashed(3, json!({"exitCode": 1, "reason": hostile, "message": hostile})),
        unplaced(&hostile),
        Stage::waiting("ContainerCreating", "").event("pod-1", "FailedMount", &hostile, 2, 3, 1),
    ];
    for stage in &mut stages {
        stage.workload["metadata"]["name"] = json!(hostile);
        stage.workload["metadata"]["namespace"] = json!("a; rm -rf /");
        stage.pods[0]["metadata"]["name"] = json!("$(reboot)");
        stage.pods[0]["spec"]["containers"][0]["image"] = json!(hostile);
        stage.log = vec![hostile.clone(); 20];
        let cause = stage.at(60).unwrap();
        let all = serde_json::to_string(&cause).unwrap();
        let bad = ['\u{1b}', '\u{7}', '\u{202e}', '\u{200b}', '\u{9b}', '\n'];
        assert!(!all.contains(bad) && !all.contains("\\u00"), "{all}");
        assert!(all.chars().count() < 5000, "{}", all.chars().count());
        assert!(!cause.next.contains("rm -rf") && !cause.next.contains("$("), "{}", cause.next);
    }
}

#[test]
fn what_is_paused_is_not_running_however_ready_it_is() {
    let mut stage = Stage::new();
    stage.workload["status"] = json!({
        "observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1,
        "conditions": [
            {"type": "Available", "status": "True"},
            {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable", "lastUpdateTime": at(0)},
        ],
    });
    assert_eq!(stage.at(20), None);
    stage.workload["spec"]["paused"] = json!(true);
    assert_eq!(stage.judged(14), (Kind::Paused, Class::Waiting));
    assert_eq!(stage.judged(15), (Kind::Paused, Class::Hopeless));
}
