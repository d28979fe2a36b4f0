//! The status of a Deployment, and how its conditions follow one another.

use super::Owned;
use crate::sandbox::cluster::api::Api;
use crate::sandbox::cluster::kinds;
use crate::sandbox::cluster::object::{at, count, list, list_mut, name, namespace, remove, set, text, uid};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// Writes the status. Says when the deadline passes, if one is running.
pub fn write(
    api: &Api,
    deployment: &Value,
    owned: &Owned,
    progress: &mut HashMap<String, Instant>,
) -> Option<Instant> {
    let stamp = api.clock.stamp();
    let deadline = deadline(deployment);
    let key = uid(deployment);
    let mut due = None;
    api.mutate(&kinds::DEPLOYMENTS, namespace(deployment), name(deployment), |object| {
        let before = at(object, &["status"]).clone();
        set(object, &["status"], numbers(deployment, owned));
        set(object, &["status", "conditions"], before["conditions"].clone());
        availability(object, &stamp);
        replica_failure(object, owned, &stamp);
        if deployment["spec"]["paused"] == true {
            condition(object, "Progressing", "Unknown", "DeploymentPaused", "Deployment is paused", &stamp);
            // What time passes in a pause does not count against the deadline.
            progress.insert(key.to_owned(), Instant::now());
        } else if let (Some(deadline), Some(new)) = (deadline, &owned.new) {
            let since = *progress.entry(key.to_owned()).or_insert_with(Instant::now);
            let late = Instant::now() >= since + api.clock.scaled(deadline);
            let moved = conclude(object, &before, name(new), late, &stamp);
            if moved {
                progress.insert(key.to_owned(), Instant::now());
            }
            let reason = progressing(object).map(|c| text(c, &["reason"]).to_owned()).unwrap_or_default();
            if !matches!(reason.as_str(), "NewReplicaSetAvailable" | "ProgressDeadlineExceeded") {
                let since = progress.get(key).copied().unwrap_or(since);
                due = Some(since + api.clock.scaled(deadline));
            }
        }
        if list(object, &["status", "conditions"]).is_empty() {
            remove(object, &["status", "conditions"]);
        }
    });
    due
}

fn deadline(deployment: &Value) -> Option<Duration> {
    let seconds = u64::try_from(count(deployment, &["spec", "progressDeadlineSeconds"])).ok()?;
    // The largest value means that there is none.
    (seconds < 2_147_483_647).then(|| Duration::from_secs(seconds))
}

/// The counts; those that are zero are left out, as the API server leaves them out.
fn numbers(deployment: &Value, owned: &Owned) -> Value {
    let of_new = |field: &str| owned.new.as_ref().map_or(0, |new| count(new, &["status", field]));
    let available = owned.sum(&["status", "availableReplicas"]);
    let unavailable = (owned.sum(&["spec", "replicas"]) - available).max(0);
    let mut status = json!({
        "observedGeneration": deployment["metadata"]["generation"],
        "terminatingReplicas": owned.sum(&["status", "terminatingReplicas"]),
    });
    for (field, value) in [
        ("replicas", owned.sum(&["status", "replicas"])),
        ("updatedReplicas", of_new("replicas")),
        ("readyReplicas", owned.sum(&["status", "readyReplicas"])),
        ("availableReplicas", available),
        ("unavailableReplicas", unavailable),
    ] {
        if value > 0 {
            status[field] = json!(value);
        }
    }
    status
}

fn availability(object: &mut Value, stamp: &str) {
    let wanted = count(object, &["spec", "replicas"]);
    let may_lack = match text(object, &["spec", "strategy", "type"]) {
        "Recreate" => 0,
        _ => super::scale::bounds(object).1,
    };
    if count(object, &["status", "availableReplicas"]) >= wanted - may_lack {
        let message = "Deployment has minimum availability.";
        condition(object, "Available", "True", "MinimumReplicasAvailable", message, stamp);
    } else {
        let message = "Deployment does not have minimum availability.";
        condition(object, "Available", "False", "MinimumReplicasUnavailable", message, stamp);
    }
}

fn replica_failure(object: &mut Value, owned: &Owned, stamp: &str) {
    let failure = owned
        .new
        .iter()
        .flat_map(|new| list(new, &["status", "conditions"]))
        .find(|c| c["type"] == "ReplicaFailure");
    match failure {
        Some(failure) => {
            let (reason, message) = (text(failure, &["reason"]), text(failure, &["message"]));
            condition(object, "ReplicaFailure", "True", reason, message, stamp);
        }
        None => list_mut(object, &["status", "conditions"]).retain(|c| c["type"] != "ReplicaFailure"),
    }
}

/// Enters what the numbers say of the rollout. Says whether it moved.
fn conclude(object: &mut Value, before: &Value, new: &str, late: bool, stamp: &str) -> bool {
    let now = |field: &str| count(object, &["status", field]);
    let then = |field: &str| count(before, &[field]);
    let wanted = count(object, &["spec", "replicas"]);
    let reason = progressing(object).map(|c| text(c, &["reason"]).to_owned()).unwrap_or_default();
    let complete =
        ["updatedReplicas", "replicas", "availableReplicas"].iter().all(|field| now(field) == wanted);
    if reason == "NewReplicaSetAvailable" && now("replicas") == now("updatedReplicas") {
        return false;
    }
    let old = |replicas: i64, updated: i64| replicas - updated;
    let moved = now("updatedReplicas") > then("updatedReplicas")
        || old(now("replicas"), now("updatedReplicas")) < old(then("replicas"), then("updatedReplicas"))
        || now("readyReplicas") > then("readyReplicas")
        || now("availableReplicas") > then("availableReplicas");
    if complete {
        let message = format!("ReplicaSet \"{new}\" has successfully progressed.");
        set_progressing(object, "True", "NewReplicaSetAvailable", &message, stamp);
    } else if moved {
        let message = format!("ReplicaSet \"{new}\" is progressing.");
        set_progressing(object, "True", "ReplicaSetUpdated", &message, stamp);
    } else if late && reason != "NewReplicaSetAvailable" && reason != "ProgressDeadlineExceeded" {
        let message = format!("ReplicaSet \"{new}\" has timed out progressing.");
        set_progressing(object, "False", "ProgressDeadlineExceeded", &message, stamp);
    }
    complete || moved
}

fn progressing(object: &Value) -> Option<&Value> {
    list(object, &["status", "conditions"]).iter().find(|c| c["type"] == "Progressing")
}

/// Sets the `Progressing` condition, which is renewed by every sign of progress.
pub fn set_progressing(object: &mut Value, status: &str, reason: &str, message: &str, stamp: &str) {
    put(object, "Progressing", status, reason, message, stamp);
}

/// Sets a condition that only moves when its status or reason does.
fn condition(object: &mut Value, kind: &str, status: &str, reason: &str, message: &str, stamp: &str) {
    let same = list(object, &["status", "conditions"])
        .iter()
        .any(|c| c["type"] == kind && c["status"] == status && c["reason"] == reason);
    if !same {
        put(object, kind, status, reason, message, stamp);
    }
}

fn put(object: &mut Value, kind: &str, status: &str, reason: &str, message: &str, stamp: &str) {
    let conditions = list_mut(object, &["status", "conditions"]);
    let since = conditions
        .iter()
        .find(|c| c["type"] == kind && c["status"] == status)
        .map_or(stamp, |c| text(c, &["lastTransitionTime"]))
        .to_owned();
    conditions.retain(|c| c["type"] != kind);
    conditions.push(json!({
        "type": kind, "status": status, "lastUpdateTime": stamp, "lastTransitionTime": since,
        "reason": reason, "message": message,
    }));
}
