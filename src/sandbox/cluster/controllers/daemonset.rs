//! DaemonSets: one pod on the node, if the node is one of those wanted.

use super::replicaset::{is_active, owned_pods};
use super::template;
use crate::sandbox::cluster::api::Api;
use crate::sandbox::cluster::events::{Source, Tone, record};
use crate::sandbox::cluster::kinds;
use crate::sandbox::cluster::object::{
    at, entry, has_condition, is_deleting, list, list_mut, name, namespace, remove, set, text,
};
use crate::sandbox::cluster::scheduler::taints::{is_chosen, untolerated};
use serde_json::{Value, json};
use std::sync::Arc;

const NAME: &str = "daemonset-controller";
const REVISION: &str = "controller-revision-hash";

/// Takes the next step for every DaemonSet.
pub fn reconcile(api: &Api) {
    for set in api.list(&kinds::DAEMONSETS, None) {
        if !is_deleting(&set) {
            step(api, &set);
        }
        write_status(api, &set);
    }
}

/// The names of the nodes that the DaemonSet is for.
fn wanted(api: &Api, daemon: &Value) -> Vec<String> {
    let template = at(daemon, &["spec", "template"]);
    let nodes = api.list(&kinds::NODES, None);
    let fits = nodes.iter().filter(|node| is_chosen(template, node) && untolerated(template, node).is_none());
    fits.map(|node| name(node).to_owned()).collect()
}

/// The node that a pod was made for.
fn node_of(pod: &Value) -> &str {
    let affinity = ["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
    let term = list(at(pod, &affinity), &["nodeSelectorTerms"]).first();
    let field = term.and_then(|term| list(term, &["matchFields"]).first());
    let value = field.and_then(|field| list(field, &["values"]).first());
    value.and_then(Value::as_str).unwrap_or("")
}

fn is_current(daemon: &Value, pod: &Value) -> bool {
    text(pod, &["metadata", "labels", REVISION]) == template::hash(daemon)
}

fn step(api: &Api, daemon: &Value) {
    let pods = owned_pods(api, daemon);
    let wanted = wanted(api, daemon);
    let on_delete = text(daemon, &["spec", "updateStrategy", "type"]) == "OnDelete";
    for pod in pods.iter().filter(|pod| !is_deleting(pod)) {
        let outdated = !on_delete && !is_current(daemon, pod);
        if !wanted.iter().any(|node| node == node_of(pod)) || outdated || !is_active(pod) {
            api.delete(&kinds::PODS, namespace(pod), name(pod));
            tell(api, daemon, "SuccessfulDelete", &format!("Deleted pod: {}", name(pod)));
        }
    }
    // Without surge the new pod waits until the old one is gone.
    for node in wanted.iter().filter(|node| !pods.iter().any(|pod| node_of(pod) == **node)) {
        create(api, daemon, node);
    }
}

fn create(api: &Api, daemon: &Value, node: &str) {
    let mut pod = template::pod("DaemonSet", daemon);
    entry(&mut pod, &["metadata", "labels"]).insert(REVISION.to_owned(), json!(template::hash(daemon)));
    let generation = at(daemon, &["metadata", "generation"]).to_string();
    entry(&mut pod, &["metadata", "labels"]).insert("pod-template-generation".to_owned(), json!(generation));
    let field = json!({"key": "metadata.name", "operator": "In", "values": [node]});
    let affinity = json!({"requiredDuringSchedulingIgnoredDuringExecution": {
        "nodeSelectorTerms": [{"matchFields": [field]}]}});
    set(&mut pod, &["spec", "affinity", "nodeAffinity"], affinity);
    for (key, effect) in [
        ("not-ready", "NoExecute"),
        ("unreachable", "NoExecute"),
        ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
    ] {
        let toleration =
            json!({"key": format!("node.kubernetes.io/{key}"), "operator": "Exists", "effect": effect});
        list_mut(&mut pod, &["spec", "tolerations"]).push(toleration);
    }
    if let Ok(made) = api.create(&kinds::PODS, namespace(daemon), pod, NAME) {
        tell(api, daemon, "SuccessfulCreate", &format!("Created pod: {}", name(&made)));
    }
}

fn tell(api: &Api, daemon: &Value, reason: &str, message: &str) {
    record(api, Source::Controller(NAME), &kinds::DAEMONSETS, daemon, Tone::Normal, reason, message);
}

fn write_status(api: &Api, daemon: &Value) {
    let pods: Vec<Arc<Value>> = owned_pods(api, daemon).into_iter().filter(|pod| is_active(pod)).collect();
    let desired = wanted(api, daemon).len();
    let ready = pods.iter().filter(|pod| has_condition(pod, "Ready")).count();
    let updated = pods.iter().filter(|pod| is_current(daemon, pod)).count();
    let mut status = json!({
        "currentNumberScheduled": pods.len().min(desired), "numberMisscheduled": pods.len().saturating_sub(desired),
        "desiredNumberScheduled": desired, "numberReady": ready,
        "observedGeneration": daemon["metadata"]["generation"], "updatedNumberScheduled": updated,
        "numberAvailable": ready, "numberUnavailable": desired.saturating_sub(ready),
    });
    for field in ["updatedNumberScheduled", "numberAvailable", "numberUnavailable"] {
        if status[field] == 0 {
            remove(&mut status, &[field]);
        }
    }
    api.mutate(&kinds::DAEMONSETS, namespace(daemon), name(daemon), |object| {
        set(object, &["status"], status);
    });
}
