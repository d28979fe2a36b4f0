//! Which rules are whose.

use super::*;

#[test]
fn a_kind_is_known_by_its_group_too() {
    let of = |group: &str, kind: &str| json!({"apiVersion": format!("{group}/v1"), "kind": kind, "status": {"conditions": conditions(&[("Ready", "False", "No")])}});
    let core = |kind: &str| {
        let mut object = of("", kind);
        object["apiVersion"] = json!("v1");
        object
    };
    // Kinds that are ready as soon as they are there take no notice of a Ready condition.
    check(&[
        (core("Secret"), Status::Current, ""),
        (core("ConfigMap"), Status::Current, ""),
        (core("Service"), Status::Current, ""),
        (of("batch", "CronJob"), Status::Current, ""),
        (of("policy", "PodDisruptionBudget"), Status::Current, ""),
        (of("serving.knative.dev", "Service"), Status::InProgress, "No"),
        (of("example.org", "Deployment"), Status::InProgress, "No"),
        (core("Namespace"), Status::InProgress, "No"),
        (of("extensions", "Deployment"), Status::InProgress, "LessReplicas"),
        (of("extensions", "ReplicaSet"), Status::InProgress, "LessLabelled"),
        (of("extensions", "DaemonSet"), Status::InProgress, "NoGeneration"),
        (of("extensions", "StatefulSet"), Status::InProgress, "No"),
    ]);
}
