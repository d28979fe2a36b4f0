//! Defaults of pods and pod templates.

use crate::sandbox::cluster::object::{at, list, list_mut, set, set_default, text};
use serde_json::{Value, json};

/// Fills in the pod template of a workload.
pub fn of_template(object: &mut Value) {
    of_template_at(object, &["spec", "template"]);
}

/// Fills in the pod template at that path.
pub fn of_template_at(object: &mut Value, path: &[&str]) {
    if at(object, path).is_object() {
        spec(object, &[path, &["spec"]].concat());
    }
}

/// Fills in a pod of its own.
pub fn of_pod(new: bool, object: &mut Value) {
    spec(object, &["spec"]);
    if !new {
        return;
    }
    set_default(object, &["spec", "enableServiceLinks"], true);
    set_default(object, &["spec", "priority"], 0);
    set_default(object, &["spec", "preemptionPolicy"], "PreemptLowerPriority");
    let account = text(object, &["spec", "serviceAccountName"]).to_owned();
    set_default(object, &["spec", "serviceAccount"], account);
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let tolerations = list_mut(object, &["spec", "tolerations"]);
        if !tolerations.iter().any(|t| t["key"] == key || (t["key"].is_null() && t["operator"] == "Exists")) {
            tolerations.push(
                json!({"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}),
            );
        }
    }
    let class = quality(&object["spec"]);
    set(object, &["status"], json!({"phase": "Pending", "qosClass": class}));
}

fn spec(object: &mut Value, path: &[&str]) {
    let at_path = |field: &'static str| -> Vec<&str> { path.iter().copied().chain([field]).collect() };
    set_default(object, &at_path("restartPolicy"), "Always");
    set_default(object, &at_path("terminationGracePeriodSeconds"), 30);
    set_default(object, &at_path("dnsPolicy"), "ClusterFirst");
    set_default(object, &at_path("securityContext"), json!({}));
    set_default(object, &at_path("schedulerName"), "default-scheduler");
    for field in ["containers", "initContainers"] {
        if list(object, &at_path(field)).is_empty() {
            continue;
        }
        for container in list_mut(object, &at_path(field)) {
            of_container(container);
        }
    }
}

fn of_container(container: &mut Value) {
    if !container.is_object() {
        return;
    }
    let image = text(container, &["image"]);
    let tag = image.rsplit('/').next().unwrap_or("").split_once(':').map_or("latest", |(_, tag)| tag);
    let floating = tag == "latest" && !image.contains('@');
    let policy = if floating { "Always" } else { "IfNotPresent" };
    set_default(container, &["imagePullPolicy"], policy);
    set_default(container, &["resources"], json!({}));
    set_default(container, &["terminationMessagePath"], "/dev/termination-log");
    set_default(container, &["terminationMessagePolicy"], "File");
    let limits = at(container, &["resources", "limits"]).clone();
    for (resource, limit) in limits.as_object().into_iter().flatten() {
        set_default(container, &["resources", "requests", resource], limit.clone());
    }
    if !list(container, &["ports"]).is_empty() {
        for port in list_mut(container, &["ports"]) {
            set_default(port, &["protocol"], "TCP");
        }
    }
    for (probe, success) in [("readinessProbe", 1), ("livenessProbe", 1), ("startupProbe", 1)] {
        if at(container, &[probe]).is_object() {
            for (field, value) in [
                ("timeoutSeconds", 1),
                ("periodSeconds", 10),
                ("successThreshold", success),
                ("failureThreshold", 3),
            ] {
                set_default(container, &[probe, field], value);
            }
        }
    }
}

/// The quality-of-service class that its requests and limits put it in.
fn quality(spec: &Value) -> &'static str {
    let mut any = false;
    let mut all_guaranteed = true;
    for container in list(spec, &["containers"]) {
        let (requests, limits) =
            (at(container, &["resources", "requests"]), at(container, &["resources", "limits"]));
        for resource in ["cpu", "memory"] {
            any |= !requests[resource].is_null() || !limits[resource].is_null();
            all_guaranteed &= !limits[resource].is_null() && requests[resource] == limits[resource];
        }
    }
    match (any, all_guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}
