//! At the edges of the rules: the last case that counts, and the first that does not.

use super::*;

/// The ReplicaSet says this of its pods.
fn refused(status: &str, reason: &str, message: &str, second: i64) -> Stage {
    let mut stage = Stage::new();
    stage.replicasets[0]["status"] = json!({"conditions": [{"type": "ReplicaFailure", "status": status,
        "reason": reason, "message": message, "lastTransitionTime": at(second)}]});
    stage
}

const FULL: &str =
    "pods \"x\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=4, limited: pods=4";

#[test]
fn a_refusal_counts_while_it_holds_and_only_of_a_creation() {
    assert_eq!(refused("True", "FailedCreate", FULL, 5).judged(6).0, Kind::Quota);
    assert_eq!(refused("False", "FailedCreate", FULL, 5).judged(6).0, Kind::Rolling);
    assert_eq!(refused("True", "FailedDelete", FULL, 5).judged(6).0, Kind::Rolling);
    // One from before this rollout is as old as the rollout.
    let before = refused("True", "FailedCreate", FULL, -900);
    assert_eq!(before.judged(14).1, Class::Retrying);
    let cause = before.at(15).unwrap();
    assert_eq!((cause.class, cause.evidence.since, cause.timer), (Class::Hopeless, Some(at(0)), None));
}

#[test]
fn sets_and_jobs_that_count_too_few_pods_are_asked_for_the_reason() {
    let of = |kind: &str, spec: Value, status: Value, made: Option<i64>| {
        let mut stage = Stage::new();
        let mut status = status;
        status["observedGeneration"] = json!(1);
        let version = if kind == "Job" { "batch/v1" } else { "apps/v1" };
        stage.workload = json!({"apiVersion": version, "kind": kind, "spec": spec, "status": status,
            "metadata": {"name": "it", "uid": "it", "generation": 1}});
        let stage = stage.event("it", "FailedCreate", FULL, 5, 9, 2);
        let stage = match made {
            Some(second) => {
                stage.event("it", "SuccessfulCreate", "create Pod it-0 successful", second, second, 1)
            }
            None => stage,
        };
        stage.judged(10).0
    };
    let two = || json!({"replicas": 2});
    assert_eq!(of("StatefulSet", two(), json!({"replicas": 1}), None), Kind::Quota);
    assert_eq!(of("StatefulSet", two(), json!({"replicas": 2}), None), Kind::Rolling);
    assert_eq!(of("StatefulSet", two(), json!({"replicas": 1}), Some(9)), Kind::Quota, "in the same second");
    assert_eq!(of("StatefulSet", two(), json!({"replicas": 1}), Some(10)), Kind::Rolling);
    assert_eq!(of("Job", json!({}), json!({}), None), Kind::Quota);
    assert_eq!(of("Job", json!({}), json!({"active": 1}), None), Kind::JobRunning);
}

#[test]
fn a_quota_has_room_from_just_enough_on() {
    let quota = |hard: Value| {
        let mut stage = refused("True", "FailedCreate", FULL, 5);
        stage.quotas =
            vec![json!({"metadata": {"name": "q"}, "status": {"hard": hard, "used": {"pods": "4"}}})];
        stage.judged(10).0
    };
    assert_eq!(quota(json!({"pods": "4"})), Kind::Quota);
    assert_eq!(quota(json!({"pods": "5"})), Kind::CreateRetried);
    assert_eq!(quota(json!({})), Kind::CreateRetried, "no limit on pods any more");
}

#[test]
fn what_is_left_when_the_pods_are_fine() {
    let mut over = Stage::new();
    over.workload["status"]["replicas"] = json!(3);
    assert_eq!(over.judged(10), (Kind::OldPodsTerminating, Class::Waiting));
    assert_eq!(over.sentence(10), "web waits for 2 pods of the earlier version to end.");
    over.workload["status"]["updatedReplicas"] = json!(0);
    assert_eq!(over.judged(10).0, Kind::Rolling, "the new one comes first");

    let mut up = Stage::container(json!({"ready": true, "state": {"running": {"startedAt": at(5)}}}));
    up.pods[0]["status"]["conditions"][1]["status"] = json!("True");
    assert_eq!(up.sentence(10), "web is coming up: 1 of 1 pod ready.");
    up.workload["spec"]["minReadySeconds"] = json!(30);
    assert_eq!(up.sentence(10), "web is ready and has to stay so for 30 s.");
    up.workload["spec"]["replicas"] = json!(2);
    assert_eq!(up.sentence(10), "web is coming up: 1 of 2 pods ready.");

    // A pod of a Job that ended well has nothing to say.
    let mut job = Stage::container(json!({"state": {"terminated": {"exitCode": 0}}}));
    job.workload = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate", "uid": "set-2"},
        "spec": {"completions": 2}, "status": {"startTime": at(0), "succeeded": 1}});
    job.pods[0]["status"]["phase"] = json!("Succeeded");
    assert_eq!(job.sentence(10), "The job migrate is running (1 done).");
}

#[test]
fn a_timer_runs_until_it_is_due() {
    let mut stage = Stage::container(json!({"started": false, "state": {"running": {"startedAt": at(5)}}}));
    stage.pods[0]["spec"]["containers"][0]["startupProbe"] = json!({"tcpSocket": {"port": 1}});
    let due = |now: i64| stage.at(now).unwrap().timer.unwrap().due;
    assert_eq!((due(34), due(35)), (Some(at(35)), None), "3 tries, 10 s apart, unless it says otherwise");
    stage.pods[0]["status"]["containerStatuses"][0]["started"] = json!(true);
    assert_eq!(stage.judged(10).0, Kind::NotReady, "its startup probe has passed");
    // The largest deadline is none.
    stage.workload["spec"]["progressDeadlineSeconds"] = json!(i32::MAX);
    assert_eq!(stage.at(10).unwrap().timer, None);
}

#[test]
fn a_pull_is_running_until_its_end_is_told() {
    let stage = || Stage::waiting("ErrImagePull", "503 Service Unavailable");
    let pulling = |second: i64| {
        let stage = stage().event("pod-1", "Failed", "Failed to pull image \"shop/web:1\": 503", 2, 20, 2);
        stage.event("pod-1", "Pulling", "Pulling image \"shop/web:1\"", 2, second, 2).judged(30).0
    };
    assert_eq!((pulling(20), pulling(21)), (Kind::RegistryUnavailable, Kind::Pulling));
    // What cannot come right is not hidden by another try.
    let unknown = Stage::waiting("ErrImagePull", "manifest unknown");
    let unknown = unknown.event("pod-1", "Pulling", "Pulling image \"shop/web:1\"", 2, 21, 2);
    assert_eq!(unknown.judged(30).0, Kind::ImageNotFound);
    // Its pause is never longer than 5 min, and there is none before the node says so.
    let failed = |reason: &str, tries: i64| {
        let stage = Stage::waiting(reason, "503 Service Unavailable");
        let stage = stage.event("pod-1", "Failed", "Failed to pull image \"shop/web:1\": 503", 20, 20, tries);
        let timer = stage.at(25).unwrap().timer.unwrap();
        (timer.kind, timer.due)
    };
    assert_eq!(failed("ImagePullBackOff", 1), (TimerKind::PullBackOff, Some(at(30))));
    assert_eq!(failed("ImagePullBackOff", 5), (TimerKind::PullBackOff, Some(at(180))));
    assert_eq!(failed("ImagePullBackOff", 40), (TimerKind::PullBackOff, Some(at(320))));
    assert_eq!(failed("ErrImagePull", 1), (TimerKind::Grace, Some(at(140))));
}

#[test]
fn each_trouble_of_a_node_is_named() {
    let on = |kind: &str, status: &str| {
        let mut stage = Stage::container(json!({}));
        stage.pods[0]["status"]["containerStatuses"] = json!([]);
        let mut conditions = vec![json!({"type": kind, "status": status})];
        if kind != "Ready" {
            conditions.push(json!({"type": "Ready", "status": "True"}));
        }
        stage.nodes = vec![node(&conditions.into())];
        stage.sentence(20)
    };
    assert_eq!(on("Ready", "False"), "web waits: its node box-1 is not ready.");
    assert_eq!(on("Ready", "Unknown"), "web waits: its node box-1 is not ready.");
    assert_eq!(on("MemoryPressure", "True"), "web waits: its node box-1 is short of memory.");
    assert_eq!(on("DiskPressure", "True"), "web waits: its node box-1 is short of disk space.");
    assert_eq!(on("PIDPressure", "True"), "web waits: its node box-1 is short of process ids.");
    assert_eq!(on("PIDPressure", "Unknown"), "web is being set up on node box-1.");
    let ended = |reason: &str| {
        let mut stage = Stage::container(json!({}));
        stage.pods[0]["status"] = json!({"phase": "Failed", "reason": reason, "message": "Too bad."});
        (stage.judged(20).0, stage.sentence(20))
    };
    let gone = "web was ended with its node box-1: Too bad.".to_owned();
    for reason in ["NodeLost", "NodeShutdown", "Terminated", "Shutdown"] {
        assert_eq!(ended(reason), (Kind::Evicted, gone.clone()), "{reason}");
    }
    let refused = "web was not admitted by node box-1: Too bad.".to_owned();
    assert_eq!(ended("OutOfcpu"), (Kind::NodeRefused, refused));
}

#[test]
fn of_the_same_trouble_the_older_one_speaks() {
    let waiting = |name: &str, second: i64| {
        let mut pod = pod(json!({"state": {"waiting": {"reason": "ContainerCreating"}}}));
        pod["metadata"]["name"] = json!(name);
        pod["metadata"]["uid"] = json!(name);
        pod["status"]["conditions"][0]["lastTransitionTime"] = json!(at(second));
        pod
    };
    let mut stage = Stage::new();
    for order in [["old", "new"], ["new", "old"]] {
        stage.pods = order.map(|name| waiting(name, if name == "old" { 2 } else { 4 })).to_vec();
        assert_eq!(stage.at(9).unwrap().evidence.object, "pod old");
    }
}
