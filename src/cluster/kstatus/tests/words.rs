//! The numbers behind a verdict.

use super::*;

#[test]
fn the_message_tells_how_many_of_how_many() {
    let ended = |kind: &str| {
        json!({"succeeded": 2, "failed": 1, "active": 3, "startTime": "2026-01-01T00:00:00Z",
        "conditions": conditions(&[(kind, "True", "")])})
    };
    let names = json!([{"name": "a", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}, {"name": "b"},
        {"name": "c", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]);
    for (object, wanted) in [
        (deployment(3, counted([2, 2, 2, 2], healthy())), "replicas: 2/3"),
        (deployment(3, counted([3, 2, 2, 2], healthy())), "updated: 2/3"),
        (deployment(1, counted([3, 1, 1, 1], healthy())), "pending termination: 2"),
        (deployment(3, counted([3, 3, 1, 1], healthy())), "available: 1/3"),
        (deployment(3, counted([3, 3, 3, 1], healthy())), "ready: 1/3"),
        (deployment(1, counted([1, 1, 1, 1], healthy())), "available, replicas: 1"),
        (job(json!({"completions": 2}), ended("Complete")), "complete, succeeded: 2/2"),
        (job(json!({"parallelism": 4}), ended("Failed")), "failed: 1/4"),
        (job(json!({}), ended("Failed")), "failed: 1/1"),
        (job(json!({}), ended("Other")), "running, succeeded: 2, active: 3, failed: 1"),
        (pod(json!({"phase": "Running", "containerStatuses": names})), "in a crash loop: a,c"),
        (core("PersistentVolumeClaim", json!({}), json!({"phase": "Pending"})), "not bound, phase: Pending"),
    ] {
        assert_eq!(status(&object, now()).message, wanted, "{object:#}");
    }
    let stale = json!({"metadata": {"generation": 3}, "status": {"observedGeneration": 1}});
    assert_eq!(status(&stale, now()).message, "generation 3, the controller has seen 1");
}

#[test]
fn a_verdict_in_the_words_of_a_condition_quotes_it() {
    let stuck = json!({"status": {"conditions": [{"type": "Stalled", "status": "True", "reason": "Stuck", "message": "no key"}]}});
    assert_eq!(status(&stuck, now()), Verdict::failed("Stuck", "no key"));
}
