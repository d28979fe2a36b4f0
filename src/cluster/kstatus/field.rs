//! Reading fields of an object that may be absent or of the wrong type: then they count as absent.

use jiff::Timestamp;
use serde_json::Value;

/// The text at a JSON pointer, or the empty string.
pub fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number at a JSON pointer.
pub fn number(object: &Value, pointer: &str) -> Option<i64> {
    object.pointer(pointer).and_then(Value::as_i64)
}

/// The elements of the list at a JSON pointer; none where there is no list.
pub fn items<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The moment (RFC 3339) at a JSON pointer.
pub fn time(object: &Value, pointer: &str) -> Option<Timestamp> {
    text(object, pointer).parse().ok()
}

/// The first condition of that type in the object's status.
pub fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    items(object, "/status/conditions").iter().find(|condition| text(condition, "/type") == kind)
}

/// Whether a condition of that type has the status `True`.
pub fn holds(object: &Value, kind: &str) -> bool {
    condition(object, kind).is_some_and(|condition| text(condition, "/status") == "True")
}

/// API group and kind; the core group is empty.
pub fn group_kind(object: &Value) -> (&str, &str) {
    let group = text(object, "/apiVersion").split_once('/').map_or("", |(group, _)| group);
    (group, text(object, "/kind"))
}
