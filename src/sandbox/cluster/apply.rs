//! Server-side apply: merge what a manager applies, and keep what others own.

use super::fields::{
    ListKind, Path, from_fields, is_atomic, is_entry, item_element, leaves, list_kind, new_entry,
    store_entries, to_fields, value_at,
};
use super::kinds::Kind;
use super::object::{list, name, remove, set, text};
use super::registry::Write;
use super::status::ApiError;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The object after a manager applied its part: `live` is what there is, null if nothing.
pub fn apply(
    kind: &Kind,
    live: &Value,
    mut applied: Value,
    write: &Write,
    force: bool,
) -> Result<Value, ApiError> {
    if !list(&applied, &["metadata", "managedFields"]).is_empty() {
        return Err(ApiError::bad_request("metadata.managedFields must be nil"));
    }
    drop_nulls(&mut applied);
    if !write.status && kind.status {
        remove(&mut applied, &["status"]);
    }
    let subresource = if write.status { "status" } else { "" };
    let mut wanted = leaves(&applied);
    if write.status {
        wanted.retain(|path| path.first().is_some_and(|f| f == "f:status"));
    }
    let entries = list(live, &["metadata", "managedFields"]).to_vec();
    let (own, mut others): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|e| is_entry(e, write.manager, "Apply", subresource));
    let own = own.into_iter().next();

    let conflicts = conflicts(live, &applied, &wanted, &others);
    if !conflicts.is_empty() && !force {
        let told: Vec<_> = conflicts.iter().map(|(by, path)| (by.clone(), readable(path))).collect();
        return Err(ApiError::apply_conflict(kind, name(&applied), &told));
    }
    let taken: BTreeSet<Path> = conflicts.into_iter().map(|(_, path)| path).collect();
    for entry in &mut others {
        let mut paths = from_fields(&entry["fieldsV1"]);
        paths.retain(|path| !taken.contains(path));
        set(entry, &["fieldsV1"], to_fields(&paths));
    }

    let mut merged = if live.is_null() { applied.clone() } else { merge(live, &applied, &mut Vec::new()) };
    let owned_before = own.as_ref().map(|e| from_fields(&e["fieldsV1"])).unwrap_or_default();
    let kept_by_others: BTreeSet<Path> = others.iter().flat_map(|e| from_fields(&e["fieldsV1"])).collect();
    for path in owned_before.difference(&wanted) {
        let is_item = path.last().is_some_and(|e| e == ".");
        let inside = if is_item { path.get(..path.len() - 1).unwrap_or(path) } else { path };
        let still_owned = kept_by_others.iter().chain(&wanted).any(|other| other.starts_with(inside));
        if !still_owned {
            take_out(&mut merged, inside, &mut Vec::new());
        }
    }

    let unchanged = !live.is_null() && {
        let mut before = live.clone();
        remove(&mut before, &["metadata", "managedFields"]);
        let mut after = merged.clone();
        remove(&mut after, &["metadata", "managedFields"]);
        before == after && owned_before == wanted
    };
    match own {
        Some(own) if unchanged => others.push(own),
        _ => others.push(new_entry(&merged, write, "Apply", &wanted)),
    }
    store_entries(&mut merged, others);
    Ok(merged)
}

fn conflicts(
    live: &Value,
    applied: &Value,
    wanted: &BTreeSet<Path>,
    others: &[Value],
) -> Vec<(String, Path)> {
    let mut out = Vec::new();
    for entry in others {
        let by = match text(entry, &["operation"]) {
            "Apply" => format!("\"{}\"", text(entry, &["manager"])),
            _ => format!("\"{}\" using {}", text(entry, &["manager"]), text(entry, &["apiVersion"])),
        };
        for path in from_fields(&entry["fieldsV1"]).intersection(wanted) {
            if path.last().is_some_and(|e| e != ".") && value_at(live, path) != value_at(applied, path) {
                out.push((by.clone(), path.clone()));
            }
        }
    }
    out
}

/// A path as conflict messages show it, such as `.spec.template.spec.containers[name="web"].image`.
fn readable(path: &[String]) -> String {
    path.iter()
        .map(|element| {
            if let Some(field) = element.strip_prefix("f:") {
                format!(".{field}")
            } else if let Some(keys) = element.strip_prefix("k:") {
                let keys: Map<String, Value> = serde_json::from_str(keys).unwrap_or_default();
                let keys: Vec<_> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
                format!("[{}]", keys.join(","))
            } else {
                element.trim_start_matches("v:").to_owned()
            }
        })
        .collect()
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, inner| !inner.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

fn merge(live: &Value, applied: &Value, path: &mut Path) -> Value {
    match (live, applied) {
        (Value::Object(have), Value::Object(want)) if !is_atomic(path) => {
            let mut out = have.clone();
            for (key, value) in want {
                path.push(format!("f:{key}"));
                let merged = have.get(key).map_or_else(|| value.clone(), |have| merge(have, value, path));
                path.pop();
                out.insert(key.clone(), merged);
            }
            Value::Object(out)
        }
        (Value::Array(have), Value::Array(want)) => match list_kind(path) {
            ListKind::Atomic => applied.clone(),
            ListKind::Set => {
                let mut out = have.clone();
                out.extend(want.iter().filter(|item| !have.contains(item)).cloned());
                Value::Array(out)
            }
            ListKind::Map(keys) => {
                let same = |a: &Value, b: &Value| item_element(a, keys) == item_element(b, keys);
                let mut out: Vec<_> = want
                    .iter()
                    .map(|item| {
                        path.push(item_element(item, keys));
                        let live = have.iter().find(|have| same(have, item));
                        let merged = live.map_or_else(|| item.clone(), |have| merge(have, item, path));
                        path.pop();
                        merged
                    })
                    .collect();
                out.extend(have.iter().filter(|have| !want.iter().any(|item| same(have, item))).cloned());
                Value::Array(out)
            }
        },
        _ => applied.clone(),
    }
}

/// Removes what is at a path, and the containers it leaves empty. Says whether `value` is now empty.
fn take_out(value: &mut Value, path: &[String], so_far: &mut Path) -> bool {
    let Some((element, rest)) = path.split_first() else { return true };
    match value {
        Value::Object(map) => {
            let key = element.trim_start_matches("f:");
            so_far.push(element.clone());
            if map.get_mut(key).is_some_and(|inner| take_out(inner, rest, so_far)) {
                map.remove(key);
            }
            so_far.pop();
            map.is_empty()
        }
        Value::Array(items) => {
            let kind = list_kind(so_far);
            let found = items.iter().position(|item| match kind {
                ListKind::Map(keys) => item_element(item, keys) == *element,
                _ => format!("v:{item}") == *element,
            });
            so_far.push(element.clone());
            if let Some(at) = found
                && items.get_mut(at).is_some_and(|item| take_out(item, rest, so_far))
            {
                items.remove(at);
            }
            so_far.pop();
            items.is_empty()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::kinds;
    use super::*;
    use serde_json::json;

    fn by(manager: &str) -> Write<'_> {
        Write::by(manager, "2026-01-01T00:00:00Z")
    }

    fn map(data: &Value) -> Value {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data})
    }

    #[test]
    fn what_a_manager_no_longer_applies_goes_and_what_others_own_stays() {
        let kind = &kinds::CONFIGMAPS;
        let one =
            apply(kind, &Value::Null, map(&json!({"a": "1", "b": "2"})), &by("one"), false).expect("new");
        let two =
            apply(kind, &one, map(&json!({"b": "2", "c": "3"})), &by("two"), false).expect("agrees on b");
        let one = apply(kind, &two, map(&json!({"a": "1"})), &by("one"), false).expect("gives up b");
        assert_eq!(one["data"], json!({"a": "1", "b": "2", "c": "3"}), "two still owns b");
        let two = apply(kind, &one, map(&json!({"c": "3"})), &by("two"), false).expect("gives up b");
        assert_eq!(two["data"], json!({"a": "1", "c": "3"}));
    }

    #[test]
    fn a_field_of_another_is_a_conflict_unless_forced() {
        let kind = &kinds::CONFIGMAPS;
        let one = apply(kind, &Value::Null, map(&json!({"a": "1"})), &by("one"), false).expect("new");
        let refused = apply(kind, &one, map(&json!({"a": "2"})), &by("two"), false).expect_err("conflict");
        assert_eq!(refused.message(), "Apply failed with 1 conflict: conflict with \"one\": .data.a");
        let forced = apply(kind, &one, map(&json!({"a": "2"})), &by("two"), true).expect("forced");
        assert_eq!(forced["data"]["a"], "2");
        let managers: Vec<_> =
            list(&forced, &["metadata", "managedFields"]).iter().map(|e| &e["manager"]).collect();
        assert_eq!(managers, ["two"], "one owns nothing any more");
    }

    #[test]
    fn the_same_apply_again_changes_nothing() {
        let kind = &kinds::CONFIGMAPS;
        let one = apply(kind, &Value::Null, map(&json!({"a": "1"})), &by("one"), false).expect("new");
        let later = Write::by("one", "2027-01-01T00:00:00Z");
        assert_eq!(apply(kind, &one, map(&json!({"a": "1"})), &later, false).expect("again"), one);
    }

    #[test]
    fn list_items_merge_by_their_keys() {
        let pod = |containers: Value| {
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
            "spec": {"containers": containers}})
        };
        let live = apply(
            &kinds::PODS,
            &Value::Null,
            pod(json!([{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}])),
            &by("one"),
            false,
        )
        .expect("new");
        let mut live = live;
        set(&mut live, &["spec", "restartPolicy"], "Always");
        let next = apply(&kinds::PODS, &live, pod(json!([{"name": "b", "image": "b:2"}])), &by("one"), false);
        assert_eq!(
            next.expect("applied")["spec"],
            json!({"restartPolicy": "Always", "containers": [{"name": "b", "image": "b:2"}]})
        );
    }
}
