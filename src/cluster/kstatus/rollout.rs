//! What `kubectl rollout status` would say of one object. (kubectl, `pkg/polymorphichelpers/rollout_status.go`)

use serde_json::Value;

use super::field::{at, condition, group_kind, number, text};

/// The answer of `kubectl rollout status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rollout {
    /// Rolled out.
    Done,
    /// Still waiting, and for what.
    Waiting(String),
    /// kubectl would end with an error.
    Error(String),
}

/// Judges a Deployment, DaemonSet or StatefulSet as kubectl does; for other kinds kubectl has no answer.
///
/// kubectl counts fewer things than kstatus: neither the Available condition nor ready replicas of a Deployment.
pub fn rolled_out(object: &Value) -> Option<Rollout> {
    match group_kind(object) {
        ("apps" | "extensions", "Deployment") => Some(deployment(object)),
        ("apps" | "extensions", "DaemonSet") => Some(daemon_set(object)),
        ("apps", "StatefulSet") => Some(stateful_set(object)),
        _ => None,
    }
}

fn count(object: &Value, pointer: &str) -> i64 {
    number(object, pointer).unwrap_or(0)
}

fn unseen(object: &Value) -> bool {
    count(object, "/metadata/generation") > count(object, "/status/observedGeneration")
}

fn waiting(what: impl Into<String>) -> Rollout {
    Rollout::Waiting(what.into())
}

fn deployment(object: &Value) -> Rollout {
    if unseen(object) {
        return waiting("the change to be observed");
    }
    let progressing = condition(object, "Progressing");
    if progressing.is_some_and(|condition| text(condition, "/reason") == "ProgressDeadlineExceeded") {
        return Rollout::Error("progress deadline".to_owned());
    }
    let want = number(object, "/spec/replicas").unwrap_or(0);
    let updated = count(object, "/status/updatedReplicas");
    let replicas = count(object, "/status/replicas");
    let available = count(object, "/status/availableReplicas");
    if updated < want {
        return waiting(format!("{updated} of {want} new replicas"));
    }
    if replicas > updated {
        return waiting(format!("{} old replicas to end", replicas - updated));
    }
    if available < updated {
        return waiting(format!("{available} of {updated} updated replicas available"));
    }
    Rollout::Done
}

fn only_rolling(object: &Value) -> Option<Rollout> {
    // The API server fills the strategy in; an object without one takes the default.
    let strategy = text(object, "/spec/updateStrategy/type");
    (!matches!(strategy, "RollingUpdate" | ""))
        .then(|| Rollout::Error("only available for the RollingUpdate strategy".to_owned()))
}

fn daemon_set(object: &Value) -> Rollout {
    if let Some(error) = only_rolling(object) {
        return error;
    }
    if unseen(object) {
        return waiting("the change to be observed");
    }
    let want = count(object, "/status/desiredNumberScheduled");
    let updated = count(object, "/status/updatedNumberScheduled");
    let available = count(object, "/status/numberAvailable");
    if updated < want {
        return waiting(format!("{updated} of {want} new pods"));
    }
    if available < want {
        return waiting(format!("{available} of {want} updated pods available"));
    }
    Rollout::Done
}

fn stateful_set(object: &Value) -> Rollout {
    if let Some(error) = only_rolling(object) {
        return error;
    }
    if count(object, "/status/observedGeneration") == 0 || unseen(object) {
        return waiting("the change to be observed");
    }
    let want = count(object, "/spec/replicas");
    let ready = count(object, "/status/readyReplicas");
    if ready < want {
        return waiting(format!("{} pods to be ready", want - ready));
    }
    let rolling = at(object, "/spec/updateStrategy/rollingUpdate").filter(|rolling| !rolling.is_null());
    if let Some(rolling) = rolling {
        let updated = count(object, "/status/updatedReplicas");
        return match number(rolling, "/partition") {
            Some(partition) if updated < want - partition => {
                waiting(format!("{updated} of {} new pods", want - partition))
            }
            _ => Rollout::Done,
        };
    }
    if text(object, "/status/updateRevision") != text(object, "/status/currentRevision") {
        return waiting("the update to reach every pod");
    }
    Rollout::Done
}
