//! Reading and writing JSON objects by path. Reads never fail: what is absent is empty.

use serde_json::{Map, Value};

/// The text at the path, or `""`.
pub fn text<'a>(object: &'a Value, path: &[&str]) -> &'a str {
    at(object, path).as_str().unwrap_or("")
}

/// The whole number at the path.
pub fn int(object: &Value, path: &[&str]) -> Option<i64> {
    at(object, path).as_i64()
}

/// The whole number at the path, or zero.
pub fn count(object: &Value, path: &[&str]) -> i64 {
    int(object, path).unwrap_or(0)
}

/// The list at the path, or an empty one.
pub fn list<'a>(object: &'a Value, path: &[&str]) -> &'a [Value] {
    at(object, path).as_array().map_or(&[], Vec::as_slice)
}

/// The value at the path, or null.
pub fn at<'a>(object: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().fold(object, |value, key| &value[*key])
}

/// The object at the path for writing. Whatever else was on the way is replaced by objects.
pub fn entry<'a>(object: &'a mut Value, path: &[&str]) -> &'a mut Map<String, Value> {
    let mut here = as_map(object);
    for key in path {
        here = as_map(here.entry(*key).or_insert(Value::Null));
    }
    here
}

fn as_map(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => map,
        _ => unreachable!("made an object just above"),
    }
}

/// Puts a value at the path, making the objects that lead to it.
pub fn set(object: &mut Value, path: &[&str], value: impl Into<Value>) {
    if let Some((last, parents)) = path.split_last() {
        entry(object, parents).insert((*last).to_owned(), value.into());
    }
}

/// Puts a value at the path unless there is one already.
pub fn set_default(object: &mut Value, path: &[&str], value: impl Into<Value>) {
    if at(object, path).is_null() {
        set(object, path, value);
    }
}

/// Removes what is at the path, if anything.
pub fn remove(object: &mut Value, path: &[&str]) -> Option<Value> {
    let (last, parents) = path.split_last()?;
    let parent = parents.iter().try_fold(object, |value, key| value.get_mut(*key))?;
    parent.as_object_mut()?.remove(*last)
}

/// The list at the path for writing, made if there is none.
pub fn list_mut<'a>(object: &'a mut Value, path: &[&str]) -> &'a mut Vec<Value> {
    static EMPTY: &[&str] = &[];
    let (last, parents) = path.split_last().unwrap_or((&"items", EMPTY));
    let value = entry(object, parents).entry(*last).or_insert(Value::Null);
    if !value.is_array() {
        *value = Value::Array(Vec::new());
    }
    match value {
        Value::Array(items) => items,
        _ => unreachable!("made a list just above"),
    }
}

/// `metadata.name`.
pub fn name(object: &Value) -> &str {
    text(object, &["metadata", "name"])
}

/// `metadata.namespace`, empty for objects of the cluster.
pub fn namespace(object: &Value) -> &str {
    text(object, &["metadata", "namespace"])
}

/// `metadata.uid`.
pub fn uid(object: &Value) -> &str {
    text(object, &["metadata", "uid"])
}

/// Whether its deletion was asked for.
pub fn is_deleting(object: &Value) -> bool {
    !at(object, &["metadata", "deletionTimestamp"]).is_null()
}

/// The UID of its controller, or `""`.
pub fn controller_uid(object: &Value) -> &str {
    list(object, &["metadata", "ownerReferences"])
        .iter()
        .find(|owner| owner["controller"] == true)
        .map_or("", |owner| text(owner, &["uid"]))
}

/// Whether the condition of that type is `True`.
pub fn has_condition(object: &Value, kind: &str) -> bool {
    list(object, &["status", "conditions"]).iter().any(|c| c["type"] == kind && c["status"] == "True")
}

/// FNV-1a, 32 bits: Kubernetes' own hash for pod templates.
pub fn fnv32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// The letters and digits Kubernetes generates names from: no vowels, no digits that look like letters.
const NAME_ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// `SafeEncodeString` of Kubernetes: maps each byte into the alphabet of generated names.
pub fn safe_encode(text: &str) -> String {
    text.bytes().map(|byte| alphabet(usize::from(byte))).collect()
}

/// A generated suffix of five letters, the same for the same seed.
pub fn suffix(seed: &str) -> String {
    let mut rest = usize::try_from(fnv32(seed.as_bytes())).unwrap_or(0);
    (0..5)
        .map(|_| {
            let letter = alphabet(rest);
            rest /= NAME_ALPHABET.len();
            letter
        })
        .collect()
}

fn alphabet(index: usize) -> char {
    NAME_ALPHABET.get(index % NAME_ALPHABET.len()).copied().map_or('b', char::from)
}

/// 64 hexadecimal digits derived from the text: a stand-in for a SHA-256.
pub fn digest(text: &str) -> String {
    (0..8_u8).fold(String::with_capacity(64), |digits, round| {
        digits + &format!("{:08x}", fnv32(format!("{round}{text}").as_bytes()))
    })
}

/// A random UUID, version 4.
pub fn new_uid() -> String {
    let bits: u128 = rand::random();
    let bits = bits & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    let mut out = String::with_capacity(36);
    for (i, digit) in hex.chars().enumerate() {
        if matches!(i, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        out.push(digit);
    }
    out
}

/// JSON text with sorted keys: the same for equal values.
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let inner: Vec<String> = entries
                .into_iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", inner.join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_generated_uid_is_a_version_4_uuid() {
        let uid = new_uid();
        assert_eq!(uid.len(), 36);
        assert_eq!(uid.chars().nth(14), Some('4'));
        assert!(matches!(uid.chars().nth(19), Some('8' | '9' | 'a' | 'b')), "{uid}");
    }

    #[test]
    fn writing_replaces_what_is_in_the_way() {
        let mut object = json!({"spec": "text"});
        set(&mut object, &["spec", "replicas"], 2);
        assert_eq!(object, json!({"spec": {"replicas": 2}}));
        assert_eq!(remove(&mut object, &["spec", "replicas"]), Some(json!(2)));
        assert_eq!(remove(&mut object, &["status", "replicas"]), None);
    }

    #[test]
    fn digits_encode_as_kubernetes_does() {
        assert_eq!(safe_encode("0123456789"), "456789bcdf");
    }
}
