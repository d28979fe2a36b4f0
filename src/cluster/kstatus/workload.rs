//! The rules for what runs pods.

use serde_json::Value;

use super::field::{flag, holds, items, number, text};
use super::{Jobs, Verdict};

/// Counters that a controller has not written yet are zero.
fn count(object: &Value, pointer: &str) -> i64 {
    number(object, pointer).unwrap_or(0)
}

/// The controller takes one replica where the object names none.
fn wanted(object: &Value) -> i64 {
    number(object, "/spec/replicas").unwrap_or(1)
}

/// "have of want", when there are fewer than wanted.
fn fewer(reason: &'static str, what: &str, have: i64, want: i64) -> Option<Verdict> {
    (have < want).then(|| Verdict::in_progress(reason, format!("{what}: {have}/{want}")))
}

/// Pods beyond what is wanted, still to go.
fn extra(have: i64, want: i64) -> Option<Verdict> {
    (have > want).then(|| Verdict::in_progress("ExtraPods", format!("pending termination: {}", have - want)))
}

/// (kstatus, `core.go`, deploymentConditions)
///
/// Failed only when the progress deadline has passed; a crash loop or ReplicaFailure alone stays InProgress.
/// Without a deadline the controller writes no Progressing condition, so none is asked for.
pub(super) fn deployment(object: &Value) -> Verdict {
    let progressing = || {
        items(object, "/status/conditions")
            .iter()
            .filter(|condition| text(condition, "/type") == "Progressing")
    };
    if progressing().any(|condition| text(condition, "/reason") == "ProgressDeadlineExceeded") {
        return Verdict::failed("ProgressDeadlineExceeded", "the progress deadline has passed");
    }
    let deadline = number(object, "/spec/progressDeadlineSeconds").unwrap_or(i64::from(i32::MAX));
    let has_replica_set = |condition: &Value| {
        text(condition, "/status") == "True" && text(condition, "/reason") == "NewReplicaSetAvailable"
    };
    let progressed = deadline == i64::from(i32::MAX) || progressing().any(has_replica_set);

    let want = wanted(object);
    let replicas = count(object, "/status/replicas");
    let updated = count(object, "/status/updatedReplicas");
    fewer("LessReplicas", "replicas", replicas, want)
        .or_else(|| fewer("LessUpdated", "updated", updated, want))
        .or_else(|| extra(replicas, want))
        .or_else(|| fewer("LessAvailable", "available", count(object, "/status/availableReplicas"), updated))
        .or_else(|| fewer("LessReady", "ready", count(object, "/status/readyReplicas"), want))
        .or_else(|| {
            (!progressed).then(|| Verdict::in_progress("ReplicaSetNotAvailable", "ReplicaSet not available"))
        })
        .or_else(|| {
            (!holds(object, "Available"))
                .then(|| Verdict::in_progress("DeploymentNotAvailable", "Deployment not available"))
        })
        .unwrap_or_else(|| Verdict::current(format!("available, replicas: {replicas}")))
}

/// (kstatus, `core.go`, replicasetConditions)
pub(super) fn replica_set(object: &Value) -> Verdict {
    if holds(object, "ReplicaFailure") {
        return Verdict::in_progress("ReplicaFailure", "a pod could not be created or deleted");
    }
    let want = wanted(object);
    let replicas = count(object, "/status/replicas");
    fewer("LessLabelled", "labelled", count(object, "/status/fullyLabeledReplicas"), want)
        .or_else(|| fewer("LessAvailable", "available", count(object, "/status/availableReplicas"), want))
        .or_else(|| fewer("LessReady", "ready", count(object, "/status/readyReplicas"), want))
        .or_else(|| extra(replicas, want))
        .unwrap_or_else(|| Verdict::current(format!("available, replicas: {replicas}")))
}

/// (kstatus, `core.go`, stsConditions)
///
/// The object itself never says that it has failed; see [`super::with_pods`].
pub(super) fn stateful_set(object: &Value) -> Verdict {
    if text(object, "/spec/updateStrategy/type") == "OnDelete" {
        return Verdict::current("updated by hand (OnDelete)");
    }
    let want = wanted(object);
    let replicas = count(object, "/status/replicas");
    let updated = count(object, "/status/updatedReplicas");
    let short = fewer("LessReplicas", "replicas", replicas, want)
        .or_else(|| fewer("LessReady", "ready", count(object, "/status/readyReplicas"), want))
        .or_else(|| extra(replicas, want));
    if let Some(verdict) = short {
        return verdict;
    }
    if let Some(partition) = number(object, "/spec/updateStrategy/rollingUpdate/partition") {
        return fewer("PartitionRollout", "updated", updated, want - partition)
            .unwrap_or_else(|| Verdict::current(format!("partition updated: {updated}")));
    }
    if let Some(verdict) = fewer("LessCurrent", "current", count(object, "/status/currentReplicas"), want) {
        return verdict;
    }
    if text(object, "/status/currentRevision") != text(object, "/status/updateRevision") {
        return Verdict::in_progress("RevisionMismatch", "the update has not reached every pod");
    }
    Verdict::current(format!("all as asked for, replicas: {replicas}"))
}

/// (kstatus, `core.go`, daemonsetConditions and checkGenerationSet)
///
/// Never Failed. A controller that has looked at the object has written both generations, so they are required.
pub(super) fn daemon_set(object: &Value) -> Verdict {
    if number(object, "/metadata/generation").is_none() {
        return Verdict::in_progress("NoGeneration", "metadata.generation is missing");
    }
    if number(object, "/status/observedGeneration").is_none() {
        return Verdict::in_progress("NoObservedGeneration", "the controller has not seen the object yet");
    }
    let Some(want) = number(object, "/status/desiredNumberScheduled") else {
        return Verdict::in_progress("NoDesiredNumber", "status.desiredNumberScheduled is missing");
    };
    fewer("LessCurrent", "current", count(object, "/status/currentNumberScheduled"), want)
        .or_else(|| fewer("LessUpdated", "updated", count(object, "/status/updatedNumberScheduled"), want))
        .or_else(|| fewer("LessAvailable", "available", count(object, "/status/numberAvailable"), want))
        .or_else(|| fewer("LessReady", "ready", count(object, "/status/numberReady"), want))
        .unwrap_or_else(|| Verdict::current(format!("on every node it belongs to: {want}")))
}

/// (kstatus, `core.go`, jobConditions; for the deviations see [`Jobs`])
pub(super) fn job(object: &Value, jobs: Jobs) -> Verdict {
    let completions =
        number(object, "/spec/completions").or_else(|| number(object, "/spec/parallelism")).unwrap_or(1);
    let suspended = flag(object, "/spec/suspend");
    if suspended && jobs == Jobs::CompletedOrSuspended {
        return Verdict::current("suspended");
    }
    for condition in items(object, "/status/conditions") {
        if text(condition, "/status") != "True" {
            continue;
        }
        match text(condition, "/type") {
            "Complete" => {
                let done = count(object, "/status/succeeded");
                return Verdict::current(format!("complete, succeeded: {done}/{completions}"));
            }
            "Failed" => {
                let failed = count(object, "/status/failed");
                return Verdict::failed("JobFailed", format!("failed: {failed}/{completions}"));
            }
            "Suspended" if suspended && jobs == Jobs::Started => return Verdict::current("suspended"),
            _ => {}
        }
    }
    if text(object, "/status/startTime").is_empty() {
        return Verdict::in_progress("JobNotStarted", "not started");
    }
    let progress = format!(
        "running, succeeded: {}, active: {}, failed: {}",
        count(object, "/status/succeeded"),
        count(object, "/status/active"),
        count(object, "/status/failed"),
    );
    match jobs {
        Jobs::Started => Verdict::current(progress),
        Jobs::Completed | Jobs::CompletedOrSuspended => Verdict::in_progress("JobInProgress", progress),
    }
}
