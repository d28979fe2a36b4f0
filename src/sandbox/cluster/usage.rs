//! What pods ask for and may use, summed up as quotas count it.

use super::object::{at, list, text};
use super::quantity;
use serde_json::Value;
use std::collections::BTreeMap;

/// Amounts in thousandths, by resource: `pods`, `requests.cpu`, `limits.memory` and the like.
pub type Usage = BTreeMap<String, i128>;

/// Whether a quota's resource is one that pods use up.
pub fn is_counted(resource: &str) -> bool {
    let plain = plain(resource);
    plain == "pods"
        || plain.starts_with("requests.") && plain != "requests.storage"
        || plain.starts_with("limits.")
}

/// A quota's resource under its full name: `cpu` means `requests.cpu`.
pub fn plain(resource: &str) -> &str {
    match resource {
        "cpu" => "requests.cpu",
        "memory" => "requests.memory",
        "count/pods" => "pods",
        other => other,
    }
}

/// What one pod asks for.
pub fn of_pod(pod: &Value) -> Usage {
    let mut out = Usage::from([("pods".to_owned(), 1_000)]);
    for container in list(pod, &["spec", "containers"]) {
        // What is only limited is asked for in full.
        let limits = at(container, &["resources", "limits"]);
        let requests = at(container, &["resources", "requests"]);
        let asked = requests.as_object().into_iter().flatten();
        let implied =
            limits.as_object().into_iter().flatten().filter(|(resource, _)| requests[*resource].is_null());
        for (resource, amount) in asked.chain(implied) {
            *out.entry(format!("requests.{resource}")).or_default() += quantity::of(amount).unwrap_or(0);
        }
        for (resource, amount) in limits.as_object().into_iter().flatten() {
            *out.entry(format!("limits.{resource}")).or_default() += quantity::of(amount).unwrap_or(0);
        }
    }
    out
}

/// What these pods ask for together. Those that have ended use nothing.
pub fn of_pods<'a>(pods: impl Iterator<Item = &'a Value>) -> Usage {
    let mut out = Usage::new();
    for pod in pods.filter(|pod| !matches!(text(pod, &["status", "phase"]), "Succeeded" | "Failed")) {
        for (resource, amount) in of_pod(pod) {
            *out.entry(resource).or_default() += amount;
        }
    }
    out
}
