//! Who owns which field: `managedFields`, as sets of paths in the form of `FieldsV1`.

use super::object::{at, canonical, list, set, text};
use super::registry::Write;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A path of elements: `f:NAME` into an object, `k:{..}` or `v:..` into a list, `.` for the item itself.
pub type Path = Vec<String>;

/// How lists merge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ListKind {
    /// As one value.
    Atomic,
    /// As a set of values.
    Set,
    /// By the values of these keys.
    Map(&'static [&'static str]),
}

/// How the list at a path merges: what Kubernetes' schema says of the lists that manifests use.
pub fn list_kind(path: &[String]) -> ListKind {
    let last = path.last().map_or("", |element| element.trim_start_matches("f:"));
    match last {
        "containers" | "initContainers" | "env" | "volumes" | "imagePullSecrets" | "secrets" => {
            ListKind::Map(&["name"])
        }
        "volumeMounts" => ListKind::Map(&["mountPath"]),
        "conditions" | "addresses" => ListKind::Map(&["type"]),
        "ownerReferences" => ListKind::Map(&["uid"]),
        "ports" if path.iter().any(|e| e == "f:containers" || e == "f:initContainers") => {
            ListKind::Map(&["containerPort", "protocol"])
        }
        "ports" if path.len() == 2 => ListKind::Map(&["port", "protocol"]),
        "finalizers" => ListKind::Set,
        _ => ListKind::Atomic,
    }
}

/// Whether the object at a path is one value as a whole.
pub fn is_atomic(path: &[String]) -> bool {
    const ATOMIC: &[&str] = &[
        "f:selector",
        "f:nodeSelector",
        "f:podSelector",
        "f:secretKeyRef",
        "f:configMapKeyRef",
        "f:fieldRef",
        "f:resourceFieldRef",
        "f:roleRef",
    ];
    path.last().is_some_and(|last| ATOMIC.contains(&last.as_str()))
}

/// The element that stands for a list item.
pub fn item_element(item: &Value, keys: &[&str]) -> String {
    let key: Map<_, _> = keys
        .iter()
        .map(|key| match (&item[*key], *key) {
            (Value::Null, "protocol") => ("protocol".to_owned(), json!("TCP")),
            (value, key) => (key.to_owned(), value.clone()),
        })
        .collect();
    format!("k:{}", canonical(&Value::Object(key)))
}

/// The leaves of what a manager may own in an object.
pub fn leaves(object: &Value) -> BTreeSet<Path> {
    let mut out = BTreeSet::new();
    for (key, value) in object.as_object().into_iter().flatten() {
        match key.as_str() {
            "apiVersion" | "kind" => {}
            "metadata" => {
                for (key, value) in value.as_object().into_iter().flatten() {
                    if matches!(
                        key.as_str(),
                        "labels" | "annotations" | "finalizers" | "ownerReferences" | "generateName"
                    ) {
                        walk(value, &mut vec!["f:metadata".to_owned(), format!("f:{key}")], &mut out);
                    }
                }
            }
            _ => walk(value, &mut vec![format!("f:{key}")], &mut out),
        }
    }
    out
}

fn walk(value: &Value, path: &mut Path, out: &mut BTreeSet<Path>) {
    match (value, list_kind(path)) {
        (Value::Object(map), _) if !map.is_empty() && !is_atomic(path) => {
            for (key, value) in map {
                path.push(format!("f:{key}"));
                walk(value, path, out);
                path.pop();
            }
        }
        (Value::Array(items), ListKind::Map(keys)) => {
            for item in items {
                path.push(item_element(item, keys));
                out.insert(path.iter().cloned().chain([".".to_owned()]).collect());
                walk(item, path, out);
                path.pop();
            }
        }
        (Value::Array(items), ListKind::Set) => {
            for item in items {
                out.insert(path.iter().cloned().chain([format!("v:{item}")]).collect());
            }
        }
        _ => {
            out.insert(path.clone());
        }
    }
}

/// The value at a path.
pub fn value_at<'a>(object: &'a Value, path: &[String]) -> Option<&'a Value> {
    let mut here = object;
    let mut so_far: Path = Vec::new();
    for element in path {
        here = if let Some(key) = element.strip_prefix("f:") {
            here.get(key)?
        } else if element.starts_with("k:") {
            let ListKind::Map(keys) = list_kind(&so_far) else { return None };
            here.as_array()?.iter().find(|item| item_element(item, keys) == *element)?
        } else if let Some(value) = element.strip_prefix("v:") {
            {
                let wanted: Value = serde_json::from_str(value).ok()?;
                here.as_array()?.iter().find(|item| **item == wanted)?
            }
        } else {
            here
        };
        so_far.push(element.clone());
    }
    Some(here)
}

/// The `FieldsV1` form of a set of paths.
pub fn to_fields(paths: &BTreeSet<Path>) -> Value {
    let mut out = json!({});
    for path in paths {
        let path: Vec<_> = path.iter().map(String::as_str).collect();
        super::object::entry(&mut out, &path);
    }
    out
}

/// The paths of a `FieldsV1` form.
pub fn from_fields(fields: &Value) -> BTreeSet<Path> {
    fn descend(fields: &Value, path: &mut Path, out: &mut BTreeSet<Path>) {
        match fields.as_object() {
            Some(map) if !map.is_empty() => {
                for (element, inner) in map {
                    path.push(element.clone());
                    descend(inner, path, out);
                    path.pop();
                }
            }
            _ if path.is_empty() => {}
            _ => {
                out.insert(path.clone());
            }
        }
    }
    let mut out = BTreeSet::new();
    descend(fields, &mut Vec::new(), &mut out);
    out
}

/// Enters a plain write into `managedFields`: what it changed is now its manager's alone.
pub fn record_update(before: &Value, after: &mut Value, write: &Write) {
    let subresource = if write.status { "status" } else { "" };
    let now = leaves(after);
    let changed: BTreeSet<Path> = now
        .iter()
        .filter(|path| (path.first().is_some_and(|f| f == "f:status")) == write.status)
        .filter(|path| {
            path.last().is_some_and(|e| e == ".") || value_at(before, path) != value_at(after, path)
        })
        .filter(|path| value_at(before, path).is_none() || value_at(before, path) != value_at(after, path))
        .cloned()
        .collect();
    let mut entries = list(after, &["metadata", "managedFields"]).to_vec();
    if before.is_object() {
        entries = list(before, &["metadata", "managedFields"]).to_vec();
    }
    for entry in &mut entries {
        let own = is_entry(entry, write.manager, "Update", subresource);
        let mut paths = from_fields(&entry["fieldsV1"]);
        paths.retain(|path| now.contains(path) && (own || !changed.contains(path)));
        set(entry, &["fieldsV1"], to_fields(&paths));
    }
    if !changed.is_empty() {
        let mut paths = changed;
        if let Some(own) = entries.iter().find(|e| is_entry(e, write.manager, "Update", subresource)) {
            paths.extend(from_fields(&own["fieldsV1"]));
        }
        entries.retain(|e| !is_entry(e, write.manager, "Update", subresource));
        entries.push(new_entry(after, write, "Update", &paths));
    }
    store_entries(after, entries);
}

/// Whether a `managedFields` entry is that of this manager, operation and subresource.
pub fn is_entry(entry: &Value, manager: &str, operation: &str, subresource: &str) -> bool {
    entry["manager"] == manager
        && entry["operation"] == operation
        && text(entry, &["subresource"]) == subresource
}

/// A `managedFields` entry.
pub fn new_entry(object: &Value, write: &Write, operation: &str, paths: &BTreeSet<Path>) -> Value {
    let mut entry = json!({
        "manager": write.manager, "operation": operation, "apiVersion": at(object, &["apiVersion"]),
        "time": write.stamp, "fieldsType": "FieldsV1", "fieldsV1": to_fields(paths),
    });
    if write.status {
        entry["subresource"] = json!("status");
    }
    entry
}

/// Puts the entries into the object, leaving out empty ones.
pub fn store_entries(object: &mut Value, mut entries: Vec<Value>) {
    entries.retain(|entry| entry["fieldsV1"].as_object().is_some_and(|fields| !fields.is_empty()));
    if entries.is_empty() {
        super::object::remove(object, &["metadata", "managedFields"]);
    } else {
        set(object, &["metadata", "managedFields"], entries);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_have_the_form_of_fields_v1() {
        let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x", "labels": {"a": "b"}},
            "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"spec": {"containers": [
                {"name": "web", "image": "web:1", "ports": [{"containerPort": 80}]}]}}}});
        let fields = to_fields(&leaves(&object));
        assert_eq!(
            fields,
            json!({"f:metadata": {"f:labels": {"f:a": {}}}, "f:spec": {"f:selector": {}, "f:template": {"f:spec": {
                "f:containers": {"k:{\"name\":\"web\"}": {".": {}, "f:name": {}, "f:image": {}, "f:ports": {
                    "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}}}}}}}})
        );
        assert_eq!(from_fields(&fields), leaves(&object));
        for path in leaves(&object) {
            assert!(value_at(&object, &path).is_some(), "{path:?}");
        }
    }
}
