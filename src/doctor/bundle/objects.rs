//! Kubernetes objects as a bundle holds them: fields by an allow-list a kind. Whatever is not named here stays
//! behind: values of environments, arguments, annotations, data of ConfigMaps and Secrets, payloads of Helm.

use serde_json::{Map, Value};

use super::clean::Cleanser;

/// The fields of an object that are kept, besides kind, name, namespace and times.
const KEPT: &[&str] = &[
    "apiVersion",
    "kind",
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "generation",
    "ownerReferences",
    "controller",
    "replicas",
    "readyReplicas",
    "updatedReplicas",
    "availableReplicas",
    "unavailableReplicas",
    "observedGeneration",
    "currentNumberScheduled",
    "desiredNumberScheduled",
    "numberReady",
    "numberAvailable",
    "numberMisscheduled",
    "updatedNumberScheduled",
    "paused",
    "conditions",
    "type",
    "status",
    "reason",
    "message",
    "lastTransitionTime",
    "lastUpdateTime",
    "lastProbeTime",
    "phase",
    "startTime",
    "nodeName",
    "containerStatuses",
    "initContainerStatuses",
    "image",
    "imageID",
    "ready",
    "started",
    "restartCount",
    "state",
    "lastState",
    "running",
    "waiting",
    "terminated",
    "startedAt",
    "finishedAt",
    "exitCode",
    "signal",
    "allocatable",
    "capacity",
    "cpu",
    "memory",
    "ephemeral-storage",
    "pods",
    "nodeInfo",
    "kubeletVersion",
    "osImage",
    "kernelVersion",
    "containerRuntimeVersion",
    "architecture",
    "operatingSystem",
    "storageClassName",
    "accessModes",
    "volumeMode",
    "volumeName",
    "hard",
    "used",
    "metadata",
    "spec",
    "containers",
    "initContainers",
    "resources",
    "requests",
    "limits",
    "storage",
    "imagePullSecrets",
    "involvedObject",
    "fieldPath",
    "count",
    "firstTimestamp",
    "lastTimestamp",
    "eventTime",
    "strategy",
    "minReadySeconds",
    "progressDeadlineSeconds",
    "readinessProbe",
    "livenessProbe",
    "startupProbe",
    "initialDelaySeconds",
    "periodSeconds",
    "failureThreshold",
    "timeoutSeconds",
    "restartPolicy",
    "schedulerName",
    "tolerations",
    "effect",
    "key",
    "operator",
    "serviceAccountName",
    "priorityClassName",
    "qosClass",
    "unschedulable",
    "taints",
];
/// The most of a text in a field that is kept, in characters.
const LONGEST: usize = 600;

/// An object with the fields that are allowed, and the names of those that were left behind.
pub fn allowed(object: &Value, cleanser: &Cleanser, left: &mut Vec<String>) -> Value {
    // A Secret or ConfigMap shows that it is there, and nothing of it.
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
    if matches!(kind, "Secret" | "ConfigMap") {
        return Value::Null;
    }
    filtered(object, "", cleanser, left)
}

fn filtered(value: &Value, path: &str, cleanser: &Cleanser, left: &mut Vec<String>) -> Value {
    match value {
        Value::Object(fields) => {
            let mut kept = Map::new();
            for (name, field) in fields {
                let below = format!("{path}.{name}");
                if KEPT.contains(&name.as_str()) {
                    kept.insert(name.clone(), filtered(field, &below, cleanser, left));
                } else if !left.contains(&below) && left.len() < 400 {
                    left.push(below);
                }
            }
            Value::Object(kept)
        }
        Value::Array(items) => {
            Value::Array(items.iter().take(200).map(|item| filtered(item, path, cleanser, left)).collect())
        }
        Value::String(text) => {
            let short: String = text.chars().take(LONGEST).collect();
            Value::String(cleanser.line(&short))
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::secret::Vault;

    #[test]
    fn only_what_is_named_is_kept() {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "web", "annotations": {"a": "S3CRET"}, "labels": {"b": "S3CRET"}, "managedFields": []},
            "spec": {"containers": [{"name": "a", "image": "x:1", "args": ["--password=S3CRET"], "command": ["S3CRET"],
                "env": [{"name": "P", "value": "S3CRET"}], "resources": {"limits": {"memory": "1Gi"}}}]},
            "status": {"phase": "Running", "message": "pull failed: password=S3CRET"},
        });
        let mut left = Vec::new();
        let kept = allowed(&pod, &Cleanser::new(&Vault::default()), &mut left);
        assert_eq!(
            kept,
            json!({
                "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"},
                "spec": {"containers": [{"name": "a", "image": "x:1", "resources": {"limits": {"memory": "1Gi"}}}]},
                "status": {"phase": "Running", "message": "pull failed: password=[redacted]"},
            })
        );
        assert_eq!(
            left,
            [
                ".metadata.annotations",
                ".metadata.labels",
                ".metadata.managedFields",
                ".spec.containers.args",
                ".spec.containers.command",
                ".spec.containers.env"
            ]
        );
        let secret = json!({"kind": "Secret", "metadata": {"name": "a"}, "data": {"x": "S3CRET"}});
        assert_eq!(allowed(&secret, &Cleanser::new(&Vault::default()), &mut left), Value::Null);
    }
}
