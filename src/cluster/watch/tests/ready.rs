//! What counts as ready of what was applied, and what does not.

use serde_json::json;

use super::*;

/// The rows of these objects after they were applied at generation 1, a minute after the rollout began: state,
/// note, ready of desired.
fn row(kind: &'static Kind, object: Value) -> String {
    let expected = [Expected {
        kind: kind.name,
        namespace: "box".into(),
        name: "it".into(),
        uid: "it".into(),
        generation: 1,
    }];
    let since = Timestamp::UNIX_EPOCH;
    let mut picture = Picture::new(&expected, Vault::default(), since);
    picture.take(News::Listed(kind, vec![Lean(object)]));
    told(&mut picture)
}

fn told(picture: &mut Picture) -> String {
    picture.take(News::Hidden(&kind::QUOTA));
    let now = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(60);
    let snapshot = picture.beat(now + SignedDuration::from_secs(1)).or_else(|| picture.beat(now)).unwrap();
    let row = &snapshot.rows[0];
    format!("{:?} {} {}/{}", row.state, row.note, row.ready, row.desired)
}

fn object(kind: &Kind, spec: &Value, status: &Value) -> Value {
    json!({
        "apiVersion": kind.api_version(), "kind": kind.name,
        "metadata": {"name": "it", "uid": "it", "generation": 1, "creationTimestamp": Timestamp::UNIX_EPOCH},
        "spec": spec, "status": status,
    })
}

fn deployment(spec: &Value, counters: [i64; 4]) -> Value {
    let [replicas, updated, ready, available] = counters;
    let status = json!({
        "observedGeneration": 1, "replicas": replicas, "updatedReplicas": updated, "readyReplicas": ready,
        "availableReplicas": available, "conditions": [
            {"type": "Available", "status": "True"},
            {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
        ],
    });
    object(&kind::DEPLOYMENT, spec, &status)
}

#[test]
fn a_deployment_is_ready_with_all_its_pods_and_at_least_one() {
    let row = |object: Value| row(&kind::DEPLOYMENT, object);
    let one = || deployment(&json!({"replicas": 1}), [1; 4]);
    assert_eq!(row(one()), "Ready ready 1/1");
    assert_eq!(row(deployment(&json!({"replicas": 2}), [2, 2, 1, 1])), "Working coming up 1/2");
    assert_eq!(row(deployment(&json!({"replicas": 0}), [0; 4])), "Waiting scaled to nothing 0/0");
    assert_eq!(row(deployment(&json!({"replicas": 1, "paused": true}), [1; 4])), "Failed paused 1/1");
    // As it was before it was applied, and another one of the same name.
    let mut before = one();
    before["metadata"]["generation"] = json!(0);
    before["status"]["observedGeneration"] = json!(0);
    assert_eq!(row(before), "Working coming up 1/1");
    let mut other = one();
    other["metadata"]["uid"] = json!("other");
    assert_eq!(row(other), "Failed gone 0/1");
    let mut going = one();
    going["metadata"]["deletionTimestamp"] = json!(Timestamp::UNIX_EPOCH);
    assert_eq!(row(going), "Working being deleted 1/1");
    let mut odd = one();
    odd["status"]["conditions"] = json!("fine");
    assert_eq!(row(odd), "Unknown cannot be judged 1/1");
}

#[test]
fn sets_are_ready_with_a_pod_each_whatever_kstatus_says_of_them() {
    let daemon = |count: i64| {
        let status = json!({"observedGeneration": 1, "desiredNumberScheduled": count, "currentNumberScheduled": count,
            "updatedNumberScheduled": count, "numberAvailable": count, "numberReady": count});
        row(&kind::DAEMON_SET, object(&kind::DAEMON_SET, &json!({}), &status))
    };
    assert_eq!([daemon(0), daemon(2)], ["Waiting waiting for a node 0/0", "Ready ready 2/2"]);
    // Updated by hand: current by kstatus, without any pod.
    let stateful = |ready: i64| {
        let spec = json!({"replicas": 1, "updateStrategy": {"type": "OnDelete"}});
        let status = json!({"observedGeneration": 1, "replicas": ready, "readyReplicas": ready});
        row(&kind::STATEFUL_SET, object(&kind::STATEFUL_SET, &spec, &status))
    };
    assert_eq!([stateful(0), stateful(1)], ["Working coming up 0/1", "Ready ready 1/1"]);
}

#[test]
fn a_volume_is_ready_when_it_is_bound() {
    let claim = |phase: &str| {
        row(&kind::VOLUME_CLAIM, object(&kind::VOLUME_CLAIM, &json!({}), &json!({"phase": phase})))
    };
    assert_eq!(claim("Bound"), "Ready bound 1/1");
    assert_eq!(claim("Pending"), "Working volume being made 0/1");
    assert_eq!(claim("Lost"), "Failed volume is gone 0/1");
}

fn job(spec: &Value, status: &Value) -> Value {
    object(&kind::JOB, spec, status)
}

#[test]
fn a_job_is_ready_when_it_is_complete() {
    let row = |spec: Value, status: Value| row(&kind::JOB, job(&spec, &status));
    assert_eq!(row(json!({}), ended("Complete")), "Ready complete 1/1");
    assert_eq!(
        row(json!({"completions": 3}), ended("Complete")),
        "Ready complete 1/3",
        "by its success policy"
    );
    assert_eq!(
        row(json!({}), json!({"active": 1, "startTime": "1970-01-01T00:00:01Z"})),
        "Working running 0/1"
    );
    assert_eq!(row(json!({}), ended("Failed")), "Failed failed 1/1");
    assert_eq!(row(json!({"suspend": true}), json!({})), "Failed paused 0/1");
}

/// The status of a Job that ended so.
fn ended(kind: &str) -> Value {
    json!({"succeeded": 1, "conditions": [{"type": kind, "status": "True"}]})
}

#[test]
fn a_job_that_removes_itself_when_it_is_done_is_done() {
    let expected = [Expected {
        kind: "Job",
        namespace: "box".into(),
        name: "it".into(),
        uid: "it".into(),
        generation: 1,
    }];
    let after = |spec: Value, status: Value, gone: &dyn Fn(Value) -> News| {
        let mut picture = Picture::new(&expected, Vault::default(), Timestamp::UNIX_EPOCH);
        let object = job(&spec, &status);
        picture.take(News::Listed(&kind::JOB, vec![Lean(object.clone())]));
        picture.take(gone(object));
        told(&mut picture)
    };
    let brief = || json!({"ttlSecondsAfterFinished": 5, "completions": 2});
    let watched = |object| News::Gone(&kind::JOB, Lean(object));
    let relisted = |_| News::Listed(&kind::JOB, Vec::new());
    let running = || json!({"active": 1, "startTime": "1970-01-01T00:00:01Z"});
    for gone in [&watched as &dyn Fn(Value) -> News, &relisted] {
        assert_eq!(after(brief(), ended("Complete"), gone), "Ready complete 2/2");
        assert_eq!(after(brief(), ended("Failed"), gone), "Failed failed 0/2", "it expires, too");
        assert_eq!(
            after(brief(), running(), gone),
            "Unknown gone, its end was not seen 0/2",
            "somebody may have deleted it"
        );
        assert_eq!(after(json!({}), running(), gone), "Failed gone 0/1");
    }
}
