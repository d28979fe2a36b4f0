//! Pod templates: their hash, and the pods made from them.

use crate::sandbox::cluster::object::{at, canonical, entry, fnv32, name, remove, safe_encode, set, uid};
use serde_json::{Value, json};

/// The label that ties pods to the ReplicaSet of a template.
pub const HASH_LABEL: &str = "pod-template-hash";

/// The hash of a workload's pod template, as it stands in names and labels.
pub fn hash(workload: &Value) -> String {
    safe_encode(&fnv32(canonical(&template(workload)).as_bytes()).to_string())
}

/// The template of a workload without the label that a Deployment adds.
pub fn template(workload: &Value) -> Value {
    let mut template = at(workload, &["spec", "template"]).clone();
    remove(&mut template, &["metadata", "labels", HASH_LABEL]);
    remove(&mut template, &["metadata", "creationTimestamp"]);
    template
}

/// A pod of the workload, owned by it, its name still to be generated.
pub fn pod(kind: &str, workload: &Value) -> Value {
    let template = at(workload, &["spec", "template"]);
    let mut pod = json!({"metadata": template["metadata"], "spec": template["spec"]});
    set(&mut pod, &["metadata", "generateName"], format!("{}-", name(workload)));
    entry(&mut pod, &["metadata"]).insert("ownerReferences".to_owned(), owners(kind, workload));
    pod
}

/// The owner references of what a workload owns.
pub fn owners(kind: &str, workload: &Value) -> Value {
    json!([{
        "apiVersion": workload["apiVersion"], "kind": kind, "name": name(workload), "uid": uid(workload),
        "controller": true, "blockOwnerDeletion": true,
    }])
}
