//! Merge patch (RFC 7396), JSON patch (RFC 6902, four operations) and strategic merge patch.

use super::fields::{ListKind, Path, list_kind};
use super::status::ApiError;
use serde_json::{Map, Value};

/// Merges a patch into a value: null removes, everything else replaces or merges.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        target.clone_from(patch);
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}

/// Merges a patch the way Kubernetes' built-in kinds take it: known lists merge by their key, and
/// `$patch: delete`, `$patch: replace` and `$setElementOrder` are understood.
pub fn strategic(target: &mut Value, wanted: &Value, path: &mut Path) {
    let Value::Object(changes) = wanted else {
        target.clone_from(wanted);
        return;
    };
    if changes.get("$patch").is_some_and(|p| p == "replace") || !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(object) = target else { return };
    for (key, value) in changes {
        if let Some(list) = key.strip_prefix("$deleteFromPrimitiveList/") {
            if let Some(Value::Array(items)) = object.get_mut(list) {
                items.retain(|item| !value.as_array().is_some_and(|gone| gone.contains(item)));
            }
        } else if key.starts_with('$') {
            // $patch was read above; $setElementOrder and $retainKeys only tidy what the merge already did.
        } else if value.is_null() {
            object.remove(key);
        } else {
            path.push(format!("f:{key}"));
            let inner = object.entry(key.clone()).or_insert(Value::Null);
            match (value, list_kind(path)) {
                (Value::Array(items), ListKind::Map(keys)) => strategic_list(inner, items, keys, path),
                (Value::Array(items), ListKind::Set) => {
                    let have = super::object::list(inner, &[]).to_vec();
                    let new = items.iter().filter(|item| !have.contains(item)).cloned();
                    *inner = Value::Array(have.iter().cloned().chain(new).collect());
                }
                _ => strategic(inner, value, path),
            }
            path.pop();
        }
    }
}

fn strategic_list(target: &mut Value, items: &[Value], keys: &[&str], path: &mut Path) {
    let key = keys.first().copied().unwrap_or("name");
    let mut have = target.as_array().cloned().unwrap_or_default();
    if items.iter().any(|item| item["$patch"] == "replace") {
        have.clear();
    }
    for item in items.iter().filter(|item| item["$patch"] != "replace") {
        let found = have.iter().position(|old| old[key] == item[key]);
        match found {
            Some(at) if item["$patch"] == "delete" => {
                have.remove(at);
            }
            None if item["$patch"] == "delete" => {}
            Some(at) => {
                path.push("k:{}".to_owned());
                if let Some(old) = have.get_mut(at) {
                    strategic(old, item, path);
                }
                path.pop();
            }
            None => have.push(item.clone()),
        }
    }
    *target = Value::Array(have);
}

/// Carries out a JSON patch: `test`, `add`, `replace` and `remove`.
pub fn json(target: &mut Value, patch: &Value) -> Result<(), ApiError> {
    let steps =
        patch.as_array().ok_or_else(|| ApiError::bad_request("a JSON patch is a list of operations"))?;
    for step in steps {
        let pointer = step["path"].as_str().unwrap_or("");
        let missing = || {
            ApiError::bad_request(format!("the server rejected our request: path {pointer:?} does not exist"))
        };
        match step["op"].as_str().unwrap_or("") {
            "test" => {
                let same = target.pointer(pointer).unwrap_or(&Value::Null) == &step["value"];
                if !same {
                    return Err(ApiError::bad_request(format!(
                        "the server rejected our request due to an error in our request: testing value {pointer} failed"
                    )));
                }
            }
            "replace" => *target.pointer_mut(pointer).ok_or_else(missing)? = step["value"].clone(),
            op @ ("add" | "remove") => {
                let (parent, last) = pointer.rsplit_once('/').ok_or_else(missing)?;
                let last = last.replace("~1", "/").replace("~0", "~");
                let parent = target.pointer_mut(parent).ok_or_else(missing)?;
                match (parent, op) {
                    (Value::Object(map), "add") => drop(map.insert(last, step["value"].clone())),
                    (Value::Object(map), _) => drop(map.remove(&last).ok_or_else(missing)?),
                    (Value::Array(items), "add") => {
                        let at =
                            if last == "-" { items.len() } else { last.parse().map_err(|_| missing())? };
                        if at > items.len() {
                            return Err(missing());
                        }
                        items.insert(at, step["value"].clone());
                    }
                    (Value::Array(items), _) => {
                        let at: usize = last.parse().map_err(|_| missing())?;
                        if at >= items.len() {
                            return Err(missing());
                        }
                        items.remove(at);
                    }
                    _ => return Err(missing()),
                }
            }
            other => {
                return Err(ApiError::bad_request(format!(
                    "the JSON patch operation {other:?} is not known here"
                )));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_merge_patch_replaces_merges_and_removes() {
        let mut target = json!({"a": {"b": 1, "c": 2}, "d": [1]});
        merge(&mut target, &json!({"a": {"b": null, "e": 3}, "d": [2]}));
        assert_eq!(target, json!({"a": {"c": 2, "e": 3}, "d": [2]}));
    }

    #[test]
    fn a_json_patch_tests_before_it_writes() {
        let mut target = json!({"metadata": {"labels": {"a/b": "1"}}, "list": [1, 3]});
        let patch = json!([
            {"op": "test", "path": "/metadata/labels/a~1b", "value": "1"},
            {"op": "replace", "path": "/metadata/labels/a~1b", "value": "2"},
            {"op": "add", "path": "/list/1", "value": 2},
            {"op": "remove", "path": "/list/0"},
        ]);
        json(&mut target, &patch).expect("applies");
        assert_eq!(target, json!({"metadata": {"labels": {"a/b": "2"}}, "list": [2, 3]}));
        assert!(json(&mut target, &json!([{"op": "test", "path": "/list/0", "value": 9}])).is_err());
        assert!(json(&mut target, &json!([{"op": "add", "path": "/list/9", "value": 9}])).is_err());
    }

    #[test]
    fn a_strategic_patch_merges_containers_by_name() {
        let mut target = json!({"spec": {"containers": [
            {"name": "a", "image": "a:1", "env": [{"name": "X", "value": "1"}]}, {"name": "b", "image": "b:1"}]}});
        let patch = json!({"spec": {"$setElementOrder/containers": [{"name": "a"}], "containers": [
            {"name": "a", "image": "a:2", "env": [{"name": "Y", "value": "2"}]}, {"name": "b", "$patch": "delete"}]}});
        strategic(&mut target, &patch, &mut Vec::new());
        assert_eq!(
            target,
            json!({"spec": {"containers": [{"name": "a", "image": "a:2",
                "env": [{"name": "X", "value": "1"}, {"name": "Y", "value": "2"}]}]}})
        );
    }
}
