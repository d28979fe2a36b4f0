//! Objects without what is large and says nothing about a rollout.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::cluster::connect::{Kind, kind, text_at};

/// Fields that no rule reads, wherever they stand. Together they are most of an object: the bookkeeping of field
/// managers alone is often half of it.
const LEFT_OUT: [&str; 56] = [
    "addresses",
    "affinity",
    "allocatedResources",
    "args",
    "capacity",
    "clusterIPs",
    "command",
    "config",
    "containerID",
    "daemonEndpoints",
    "dataSource",
    "dnsConfig",
    "dnsPolicy",
    "downwardAPI",
    "enableServiceLinks",
    "finalizers",
    "generateName",
    "hostIP",
    "hostIPs",
    "imagePullPolicy",
    "imagePullSecrets",
    "images",
    "labels",
    "lifecycle",
    "managedFields",
    "nodeAffinity",
    "nodeInfo",
    "podCIDR",
    "podCIDRs",
    "podIP",
    "podIPs",
    "ports",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "projected",
    "qosClass",
    "reportingComponent",
    "reportingInstance",
    "schedulerName",
    "securityContext",
    "selector",
    "selfLink",
    "serviceAccount",
    "serviceAccountName",
    "source",
    "template",
    "terminationGracePeriodSeconds",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "tolerations",
    "topologySpreadConstraints",
    "volumeDevices",
    "volumeMounts",
    "volumesAttached",
    "volumesInUse",
];

/// The only annotation that a rule reads: the deployment controller writes it.
const REVISION: &str = "deployment.kubernetes.io/revision";

/// The conditions of a pod that a rule reads.
const CONDITIONS: [&str; 4] = ["DisruptionTarget", "Initialized", "PodScheduled", "Ready"];

/// An object as the watch keeps it. What is left out is skipped while it is read and takes no memory, not even
/// for a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lean(pub Value);

impl<'de> Deserialize<'de> for Lean {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        Seed.deserialize(reader).map(Self)
    }
}

/// The name of a field, unless it is left out: then it is not even copied.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Option<String>, D::Error> {
        reader.deserialize_str(self)
    }
}

impl Visitor<'_> for Key {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E>(self, name: &str) -> Result<Option<String>, E> {
        Ok(LEFT_OUT.binary_search(&name).is_err().then(|| name.to_owned()))
    }
}

struct Seed;

impl<'de> DeserializeSeed<'de> for Seed {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut kept = Vec::new();
        while let Some(item) = items.next_element_seed(Self)? {
            kept.push(item);
        }
        kept.shrink_to_fit();
        Ok(Value::Array(kept))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        while let Some(key) = fields.next_key_seed(Key)? {
            let Some(key) = key else {
                fields.next_value::<IgnoredAny>()?;
                continue;
            };
            // Its names are labels, which anybody makes up.
            if key == "nodeSelector" {
                kept.insert(key, fields.next_value()?);
                continue;
            }
            let mut value = fields.next_value_seed(Self)?;
            match (key.as_str(), &mut value) {
                ("annotations", Value::Object(notes)) => notes.retain(|key, _| key == REVISION),
                // Only where a variable comes from can keep a container from starting, never its value.
                ("env", Value::Array(variables)) => {
                    variables.retain(|variable| variable.get("valueFrom").is_some());
                    variables.shrink_to_fit();
                }
                _ => {}
            }
            kept.insert(key, value);
        }
        Ok(Value::Object(kept))
    }
}

/// An object without what its kind has and no rule reads: of pods and events there may be thousands.
pub(super) fn trimmed(kind: &Kind, mut object: Value) -> Value {
    let keep = |part: Option<&mut Value>, fields: &[&str]| {
        if let Some(part) = part.and_then(Value::as_object_mut) {
            part.retain(|key, _| fields.contains(&key.as_str()));
        }
    };
    if *kind == kind::EVENT {
        keep(object.get_mut("involvedObject"), &["fieldPath", "name", "uid"]);
        keep(object.get_mut("metadata"), &["creationTimestamp", "name", "uid"]);
    }
    if *kind != kind::POD {
        return object;
    }
    if let Some(conditions) = object.pointer_mut("/status/conditions").and_then(Value::as_array_mut) {
        conditions.retain(|condition| CONDITIONS.contains(&text_at(condition, "/type")));
    }
    // What it asks for matters until there is a node for it.
    if !text_at(&object, "/spec/nodeName").is_empty() {
        for list in ["/spec/containers", "/spec/initContainers"] {
            let containers = object.pointer_mut(list).and_then(Value::as_array_mut);
            for container in containers.into_iter().flatten() {
                keep(container.get_mut("resources"), &["limits"]);
            }
        }
    }
    object
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_no_rule_reads_is_left_out_wherever_it_stands() {
        let whole = json!({
            "metadata": {"name": "web", "managedFields": [{"manager": "x"}], "labels": {"a": "b"},
                "annotations": {"a": "b", "deployment.kubernetes.io/revision": "2"}},
            "spec": {"replicas": 2, "template": {"spec": {}}, "containers": [{"name": "a", "args": ["b"], "env": [
                {"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"secretKeyRef": {"key": "b"}}},
            ]}]},
            "status": {"share": 0.5, "below": -1, "gone": null, "ready": true},
        });
        let Lean(lean) = serde_json::from_str(&whole.to_string()).unwrap();
        let kept = json!({
            "metadata": {"name": "web", "annotations": {"deployment.kubernetes.io/revision": "2"}},
            "spec": {"replicas": 2, "containers": [{"name": "a", "env": [
                {"name": "B", "valueFrom": {"secretKeyRef": {"key": "b"}}},
            ]}]},
            "status": {"share": 0.5, "below": -1, "gone": null, "ready": true},
        });
        assert_eq!(lean, kept);
    }

    #[test]
    fn of_a_pod_on_a_node_and_of_an_event_less_is_kept() {
        let pod = |node: &str| {
            json!({
                "spec": {"nodeName": node, "containers": [{"name": "a", "resources": {"requests": {"cpu": "1"}, "limits": {}}}]},
                "status": {"conditions": [{"type": "Ready"}, {"type": "ContainersReady"}]},
            })
        };
        let conditions = json!({"conditions": [{"type": "Ready"}]});
        let placed = json!({
            "spec": {"nodeName": "box", "containers": [{"name": "a", "resources": {"limits": {}}}]}, "status": conditions,
        });
        assert_eq!(trimmed(&kind::POD, pod("box")), placed);
        assert_eq!(trimmed(&kind::POD, pod(""))["spec"], pod("")["spec"]);
        let event = json!({
            "metadata": {"name": "a", "namespace": "b", "uid": "c"}, "count": 2,
            "involvedObject": {"fieldPath": "spec.containers{e}", "kind": "Pod", "uid": "d"},
        });
        let kept = json!({"metadata": {"name": "a", "uid": "c"}, "count": 2,
            "involvedObject": {"fieldPath": "spec.containers{e}", "uid": "d"}});
        assert_eq!(trimmed(&kind::EVENT, event), kept);
    }

    #[test]
    fn the_list_is_sorted_because_it_is_searched() {
        assert!(LEFT_OUT.is_sorted());
    }
}
