//! Which nodes take a pod, as far as that can be told without the scheduler.

use serde_json::Value;

use crate::cluster::connect::text_at;
use crate::cluster::kstatus::items;

/// Whether a node takes pods at all: it is ready, and nobody has closed it (`kubectl cordon`).
pub fn is_open(node: &Value) -> bool {
    let is_ready =
        |condition: &Value| text_at(condition, "/type") == "Ready" && text_at(condition, "/status") == "True";
    items(node, "/status/conditions").iter().any(is_ready)
        && node.pointer("/spec/unschedulable") != Some(&Value::Bool(true))
}

/// Whether a node's taints and labels let this pod in, given as its `spec`. Affinities are left to the scheduler.
pub fn puts_up(pod: &Value, node: &Value) -> bool {
    let labels = node.pointer("/metadata/labels");
    let selected = pod.pointer("/nodeSelector").and_then(Value::as_object);
    let suits = selected
        .into_iter()
        .flatten()
        .all(|(key, value)| labels.and_then(|labels| labels.get(key)).is_some_and(|label| label == value));
    suits
        && items(node, "/spec/taints").iter().all(|taint| {
            text_at(taint, "/effect") == "PreferNoSchedule"
                || items(pod, "/tolerations").iter().any(|toleration| tolerates(toleration, taint))
        })
}

/// (component-helpers, `corev1/helpers.go`, ToleratesTaint)
fn tolerates(toleration: &Value, taint: &Value) -> bool {
    let same = |pointer: &str| {
        let wanted = text_at(toleration, pointer);
        wanted.is_empty() || wanted == text_at(taint, pointer)
    };
    let exists = text_at(toleration, "/operator") == "Exists";
    same("/effect")
        && same("/key")
        && (exists
            || (!text_at(toleration, "/key").is_empty()
                && text_at(toleration, "/value") == text_at(taint, "/value")))
}
