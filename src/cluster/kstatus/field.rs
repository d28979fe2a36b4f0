//! Reading fields of an object that may be absent or of the wrong type: then they count as absent, but for those
//! that every verdict needs, see [`unreadable`].

use jiff::Timestamp;
use serde_json::Value;

/// The value at a JSON pointer (RFC 6901). As [`Value::pointer`], which makes two strings of every step of it: a
/// rollout of a thousand pods is looked at several times a second.
pub fn at<'a>(object: &'a Value, pointer: &str) -> Option<&'a Value> {
    let Some(path) = pointer.strip_prefix('/') else {
        return pointer.is_empty().then_some(object);
    };
    if path.contains('~') {
        return object.pointer(pointer);
    }
    path.split('/').try_fold(object, |value, step| match value {
        Value::Object(fields) => fields.get(step),
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Whether the value at a JSON pointer is `true`.
pub fn flag(object: &Value, pointer: &str) -> bool {
    at(object, pointer).and_then(Value::as_bool).unwrap_or(false)
}

/// The text at a JSON pointer, or the empty string.
pub fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    at(object, pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number at a JSON pointer.
pub fn number(object: &Value, pointer: &str) -> Option<i64> {
    at(object, pointer).and_then(Value::as_i64)
}

/// The elements of the list at a JSON pointer; none where there is no list.
pub fn items<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    at(object, pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The moment (RFC 3339) at a JSON pointer.
pub fn time(object: &Value, pointer: &str) -> Option<Timestamp> {
    text(object, pointer).parse().ok()
}

/// The first condition of that type in the object's status.
pub fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    items(object, "/status/conditions").iter().find(|condition| text(condition, "/type") == kind)
}

/// The first condition of that type that has that status. (kstatus, `util.go`, getConditionWithStatus)
pub fn condition_that_is<'a>(object: &'a Value, kind: &str, status: &str) -> Option<&'a Value> {
    let mut conditions = items(object, "/status/conditions").iter();
    conditions.find(|condition| text(condition, "/type") == kind && text(condition, "/status") == status)
}

/// Whether a condition of that type has the status `True`.
pub fn holds(object: &Value, kind: &str) -> bool {
    condition_that_is(object, kind, "True").is_some()
}

/// The first of the fields that every verdict needs and that is there, but of another type than Kubernetes gives it.
/// (kstatus, `generic.go` and `util.go`, GetObjectWithConditions: errors, which its readers make Unknown)
pub fn unreadable(object: &Value) -> Option<&'static str> {
    [
        ("metadata.deletionTimestamp", fits(object, "/metadata/deletionTimestamp", Value::is_string)),
        ("metadata.generation", fits(object, "/metadata/generation", Value::is_i64)),
        ("status", fits(object, "/status", Value::is_object)),
        ("status.observedGeneration", fits(object, "/status/observedGeneration", Value::is_i64)),
        ("status.conditions", fits(object, "/status/conditions", are_conditions)),
    ]
    .into_iter()
    .find_map(|(field, fits)| (!fits).then_some(field))
}

/// Whether the value at a JSON pointer is absent, null or of the right type.
fn fits(object: &Value, pointer: &str, is_right: impl Fn(&Value) -> bool) -> bool {
    at(object, pointer).is_none_or(|value| value.is_null() || is_right(value))
}

fn are_conditions(value: &Value) -> bool {
    let is_condition = |condition: &Value| {
        let texts = ["/type", "/status", "/reason", "/message"];
        condition.is_object() && texts.iter().all(|text| fits(condition, text, Value::is_string))
    };
    value.as_array().is_some_and(|conditions| conditions.iter().all(is_condition))
}

/// API group and kind; the core group is empty.
pub fn group_kind(object: &Value) -> (&str, &str) {
    let group = text(object, "/apiVersion").split_once('/').map_or("", |(group, _)| group);
    (group, text(object, "/kind"))
}
