//! What keeps a pod off a node: taints that it does not tolerate, labels that it asks for.

use crate::sandbox::cluster::object::{at, list, name, text};
use serde_json::Value;

/// A taint of a node: key, value and effect.
pub struct Taint<'a> {
    key: &'a str,
    value: &'a str,
    effect: &'a str,
}

/// The taint of a node that is cordoned.
pub const UNSCHEDULABLE: Taint =
    Taint { key: "node.kubernetes.io/unschedulable", value: "", effect: "NoSchedule" };

/// Whether the pod tolerates a taint.
pub fn tolerates(pod: &Value, taint: &Taint) -> bool {
    list(pod, &["spec", "tolerations"]).iter().any(|toleration| {
        let exists = text(toleration, &["operator"]) == "Exists";
        let (key, effect) = (text(toleration, &["key"]), text(toleration, &["effect"]));
        (key == taint.key || key.is_empty() && exists)
            && (effect.is_empty() || effect == taint.effect)
            && (exists || text(toleration, &["value"]) == taint.value)
    })
}

/// The first taint of the node that keeps the pod off, as the scheduler shows it.
pub fn untolerated(pod: &Value, node: &Value) -> Option<String> {
    list(node, &["spec", "taints"])
        .iter()
        .map(|taint| Taint {
            key: text(taint, &["key"]),
            value: text(taint, &["value"]),
            effect: text(taint, &["effect"]),
        })
        .filter(|taint| taint.effect != "PreferNoSchedule")
        .find(|taint| !tolerates(pod, taint))
        .map(|taint| format!("{{{}: {}}}", taint.key, taint.value))
}

/// Whether the node has the labels that the pod asks for, and the name, if it asks for one.
pub fn is_chosen(pod: &Value, node: &Value) -> bool {
    let labels = at(node, &["metadata", "labels"]);
    let wanted = at(pod, &["spec", "nodeSelector"]);
    let named = ["requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"];
    let terms = list(pod, &["spec", "affinity", "nodeAffinity", named[0], named[1]]);
    wanted.as_object().is_none_or(|all| all.iter().all(|(key, value)| labels[key] == *value))
        && (terms.is_empty() || terms.iter().any(|term| fields_match(term, node)))
}

/// The one field that a term can name is the node's name, which is how DaemonSets place their pods.
fn fields_match(term: &Value, node: &Value) -> bool {
    list(term, &["matchFields"])
        .iter()
        .all(|field| list(field, &["values"]).iter().any(|value| value == name(node)))
}
