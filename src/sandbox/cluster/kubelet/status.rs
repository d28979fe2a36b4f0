//! The status of a pod: containers, conditions, phase.

use crate::sandbox::cluster::object::{at, list, list_mut, set, text};
use serde_json::{Value, json};

/// The field of the main containers.
pub const MAIN: &str = "containerStatuses";
/// The field of the init containers.
pub const INIT: &str = "initContainerStatuses";

/// The node takes the pod: it has an address, and its containers are being made.
pub fn admit(pod: &mut Value, address: &str, stamp: &str) {
    let has_init = !list(pod, &["spec", "initContainers"]).is_empty();
    for (field, specs, reason) in [
        (INIT, "initContainers", "PodInitializing"),
        (MAIN, "containers", if has_init { "PodInitializing" } else { "ContainerCreating" }),
    ] {
        let statuses: Vec<_> = list(pod, &["spec", specs])
            .iter()
            .map(|container| {
                json!({
                    "name": container["name"], "state": {"waiting": {"reason": reason}}, "lastState": {},
                    "ready": false, "restartCount": 0, "image": container["image"], "imageID": "",
                    "started": false,
                })
            })
            .collect();
        if !statuses.is_empty() {
            set(pod, &["status", field], statuses);
        }
    }
    set(pod, &["status", "hostIP"], super::NODE_ADDRESS);
    set(pod, &["status", "hostIPs"], json!([{"ip": super::NODE_ADDRESS}]));
    set(pod, &["status", "podIP"], address);
    set(pod, &["status", "podIPs"], json!([{"ip": address}]));
    set(pod, &["status", "startTime"], stamp);
    settle(pod, stamp);
}

/// Changes the status of one container.
pub fn change(pod: &mut Value, field: &str, container: &str, change: impl FnOnce(&mut Value)) {
    let status = list_mut(pod, &["status", field]).iter_mut().find(|status| status["name"] == container);
    if let Some(status) = status {
        change(status);
    }
}

/// Since when the condition has had that status.
pub fn since(pod: &Value, condition: &str, status: &str, stamp: &str) -> String {
    list(pod, &["status", "conditions"])
        .iter()
        .find(|c| c["type"] == condition && c["status"] == status)
        .map_or(stamp, |c| text(c, &["lastTransitionTime"]))
        .to_owned()
}

/// Works out conditions and phase from the containers.
pub fn settle(pod: &mut Value, stamp: &str) {
    let ended = |status: &Value| status["state"]["terminated"]["exitCode"] == 0;
    let names = |field: &str, good: &dyn Fn(&Value) -> bool| -> Vec<String> {
        let statuses = list(pod, &["status", field]).iter();
        statuses.filter(|s| !good(s)).map(|s| text(s, &["name"]).to_owned()).collect()
    };
    let unfinished = names(INIT, &|status| ended(status));
    let unready = names(MAIN, &|status| status["ready"] == true);
    let phase = phase(pod, unfinished.is_empty());
    let created = list(pod, &["status", MAIN]).iter().chain(list(pod, &["status", INIT])).any(|status| {
        !status["state"]["running"].is_null()
            || !status["state"]["terminated"].is_null()
            || status["imageID"] != ""
    });
    let not_initialized = (!unfinished.is_empty()).then(|| {
        ("ContainersNotInitialized", format!("containers with incomplete status: [{}]", unfinished.join(" ")))
    });
    let not_ready = match phase {
        "Succeeded" => Some(("PodCompleted", String::new())),
        "Failed" => Some(("PodFailed", String::new())),
        _ if unready.is_empty() => None,
        _ => Some(("ContainersNotReady", format!("containers with unready status: [{}]", unready.join(" ")))),
    };
    let scheduled =
        list(pod, &["status", "conditions"]).iter().find(|c| c["type"] == "PodScheduled").cloned();
    let mut conditions = vec![
        condition(pod, "PodReadyToStartContainers", (!created).then(|| ("", String::new())), stamp),
        condition(pod, "Initialized", not_initialized, stamp),
        condition(pod, "Ready", not_ready.clone(), stamp),
        condition(pod, "ContainersReady", not_ready, stamp),
    ];
    conditions.extend(scheduled);
    set(pod, &["status", "phase"], phase);
    set(pod, &["status", "conditions"], conditions);
}

fn condition(pod: &Value, kind: &str, wrong: Option<(&str, String)>, stamp: &str) -> Value {
    let status = if wrong.is_some() { "False" } else { "True" };
    let mut condition = json!({
        "type": kind, "observedGeneration": at(pod, &["metadata", "generation"]), "status": status,
        "lastProbeTime": null, "lastTransitionTime": since(pod, kind, status, stamp),
    });
    if let Some((reason, message)) = wrong.filter(|(reason, _)| !reason.is_empty()) {
        set(&mut condition, &["reason"], reason);
        set(&mut condition, &["message"], message);
    }
    condition
}

/// The phase, by the kubelet's rules: a container that never ran keeps the pod pending; one that ran and is
/// waiting to run again does not.
fn phase(pod: &Value, initialized: bool) -> &'static str {
    let statuses = list(pod, &["status", MAIN]);
    let waiting = |s: &&Value| s["state"]["waiting"].is_object() && s["lastState"]["terminated"].is_null();
    let ended = |s: &&Value| s["state"]["terminated"].is_object();
    let restarts = text(pod, &["spec", "restartPolicy"]);
    if !initialized || statuses.is_empty() || statuses.iter().any(|s| waiting(&s)) {
        "Pending"
    } else if restarts == "Always" || !statuses.iter().all(|s| ended(&s)) {
        "Running"
    } else if statuses.iter().all(|s| s["state"]["terminated"]["exitCode"] == 0) {
        "Succeeded"
    } else if restarts == "Never" {
        "Failed"
    } else {
        "Running"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_is_pending_until_every_container_ran_once() {
        let mut pod =
            json!({"spec": {"restartPolicy": "Always", "containers": [{"name": "a"}, {"name": "b"}]}});
        admit(&mut pod, "10.42.0.2", "t");
        assert_eq!(pod["status"]["phase"], "Pending");
        let run = |pod: &mut Value, name: &str, state: Value| {
            change(pod, MAIN, name, |c| set(c, &["state"], state));
        };
        run(&mut pod, "a", json!({"running": {"startedAt": "t"}}));
        settle(&mut pod, "t");
        assert_eq!(pod["status"]["phase"], "Pending");
        run(&mut pod, "b", json!({"terminated": {"exitCode": 1}}));
        settle(&mut pod, "t");
        assert_eq!(pod["status"]["phase"], "Running");
        set(&mut pod, &["spec", "restartPolicy"], "Never");
        run(&mut pod, "a", json!({"terminated": {"exitCode": 0}}));
        settle(&mut pod, "t");
        assert_eq!(pod["status"]["phase"], "Failed");
    }
}
