//! A pod in one line: its status is the most telling word among phase, reasons and states.

use super::words::{age, or_none, since};
use crate::sandbox::cluster::object::{count, has_condition, is_deleting, list, text};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The cells of a pod.
pub fn cells(pod: &Value, now: Timestamp) -> Vec<Value> {
    let main = list(pod, &["status", "containerStatuses"]);
    let ready = main.iter().filter(|s| s["ready"] == true && s["state"]["running"].is_object()).count();
    let total = list(pod, &["spec", "containers"]).len();
    let (status, counted) = match initializing(pod) {
        Some(status) if !is_deleting(pod) => (status, list(pod, &["status", "initContainerStatuses"])),
        _ => (status(pod), main),
    };
    vec![
        pod["metadata"]["name"].clone(),
        json!(format!("{ready}/{total}")),
        json!(status),
        json!(restarts(counted, now)),
        json!(age(pod, now)),
        json!(or_none(text(pod, &["status", "podIP"]))),
        json!(or_none(text(pod, &["spec", "nodeName"]))),
        json!(or_none(text(pod, &["status", "nominatedNodeName"]))),
        json!("<none>"),
    ]
}

fn restarts(statuses: &[Value], now: Timestamp) -> String {
    let number: i64 = statuses.iter().map(|status| count(status, &["restartCount"])).sum();
    let last = statuses
        .iter()
        .map(|status| text(status, &["lastState", "terminated", "finishedAt"]))
        .filter(|stamp| !stamp.is_empty())
        .max();
    match last {
        Some(last) if number > 0 => format!("{number} ({} ago)", since(last, now)),
        _ => number.to_string(),
    }
}

/// What an init container that has not ended well says.
fn initializing(pod: &Value) -> Option<String> {
    let total = list(pod, &["spec", "initContainers"]).len();
    let statuses = list(pod, &["status", "initContainerStatuses"]);
    let (at, status) =
        statuses.iter().enumerate().find(|(_, status)| status["state"]["terminated"]["exitCode"] != 0)?;
    if status["state"]["terminated"].is_object() {
        return Some(format!("Init:{}", ended(&status["state"]["terminated"])));
    }
    match text(status, &["state", "waiting", "reason"]) {
        "" | "PodInitializing" => Some(format!("Init:{at}/{total}")),
        reason => Some(format!("Init:{reason}")),
    }
}

fn ended(terminated: &Value) -> String {
    match text(terminated, &["reason"]) {
        "" => format!("ExitCode:{}", count(terminated, &["exitCode"])),
        reason => reason.to_owned(),
    }
}

fn status(pod: &Value) -> String {
    if is_deleting(pod) {
        return "Terminating".to_owned();
    }
    let phase = [text(pod, &["status", "reason"]), text(pod, &["status", "phase"])];
    let mut shown = phase.into_iter().find(|word| !word.is_empty()).unwrap_or("").to_owned();
    let mut running = false;
    for status in list(pod, &["status", "containerStatuses"]).iter().rev() {
        let waiting = text(status, &["state", "waiting", "reason"]);
        if !waiting.is_empty() {
            waiting.clone_into(&mut shown);
        } else if status["state"]["terminated"].is_object() {
            shown = ended(&status["state"]["terminated"]);
        } else {
            running |= status["ready"] == true && status["state"]["running"].is_object();
        }
    }
    // One that ended beside one that runs does not make the pod complete.
    if shown == "Completed" && running {
        return if has_condition(pod, "Ready") { "Running" } else { "NotReady" }.to_owned();
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_the_most_telling_word() {
        let pod = |status: Value| json!({"metadata": {"name": "p"}, "spec": {"containers": [{}], "initContainers": [{}]}, "status": status});
        let one = |state: Value| {
            json!({"phase": "Running", "containerStatuses": [{"state": state, "restartCount": 2,
            "lastState": {"terminated": {"finishedAt": "2026-01-01T00:00:00Z"}}}]})
        };
        let now: Timestamp = "2026-01-01T00:03:00Z".parse().expect("a time");
        for (status, shown) in [
            (json!({"phase": "Pending"}), ["Pending", "0"]),
            (one(json!({"waiting": {"reason": "CrashLoopBackOff"}})), ["CrashLoopBackOff", "2 (3m ago)"]),
            (one(json!({"terminated": {"exitCode": 1, "reason": "Error"}})), ["Error", "2 (3m ago)"]),
            (
                json!({"phase": "Pending", "initContainerStatuses": [{"state": {"running": {}}}]}),
                ["Init:0/1", "0"],
            ),
        ] {
            let cells = cells(&pod(status), now);
            assert_eq!([&cells[2], &cells[3]], shown);
        }
    }
}
