//! Kubernetes' binary form of objects, which typed Go clients (helm, `kubectl create`) send: protocol buffers in an
//! envelope. Read into JSON by the numbers in the schema; answers are always JSON, which those clients take too.

use super::schema::{self, Field, Sort, TYPES};
use crate::sandbox::base64;
use serde_json::{Map, Value, json};

/// How the envelope begins.
const MAGIC: &[u8] = b"k8s\0";
/// Objects within objects go no deeper than this.
const DEEPEST: usize = 40;

/// What stands on the wire for one field.
enum Wire<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The object in the envelope; nothing if it cannot be read.
pub fn object(body: &[u8]) -> Option<Value> {
    let (mut version, mut kind, mut raw) = (String::new(), String::new(), &[][..]);
    for (number, wire) in entries(body.strip_prefix(MAGIC)?)? {
        match (number, wire) {
            (1, Wire::Bytes(meta)) => {
                for (number, wire) in entries(meta)? {
                    match (number, wire) {
                        (1, Wire::Bytes(text)) => version = String::from_utf8(text.to_vec()).ok()?,
                        (2, Wire::Bytes(text)) => kind = String::from_utf8(text.to_vec()).ok()?,
                        _ => {}
                    }
                }
            }
            (2, Wire::Bytes(inner)) => raw = inner,
            _ => {}
        }
    }
    let (group, plain) = version.split_once('/').unwrap_or(("", &version));
    let name = match kind.as_str() {
        "DeleteOptions" => "meta.v1.DeleteOptions".to_owned(),
        kind => schema::type_of(group, plain, kind),
    };
    let mut out = Map::new();
    message(TYPES.get(name.as_str())?, raw, &[], &mut out, DEEPEST)?;
    out.insert("apiVersion".to_owned(), json!(version));
    out.insert("kind".to_owned(), json!(kind));
    Some(Value::Object(out))
}

/// Reads a message into an object. `within` are the numbers that led here through parts that JSON has no object for.
fn message(
    fields: &[Field],
    bytes: &[u8],
    within: &[u32],
    out: &mut Map<String, Value>,
    deepest: usize,
) -> Option<()> {
    let deepest = deepest.checked_sub(1)?;
    for (number, wire) in entries(bytes)? {
        let path = [within, &[number]].concat();
        if let Some(field) = fields.iter().find(|field| field.numbers == path) {
            let found = value(&field.sort, wire, deepest)?;
            add(field, found, out);
        } else if let (true, Wire::Bytes(inner)) =
            (fields.iter().any(|field| field.numbers.starts_with(&path)), wire)
        {
            message(fields, inner, &path, out, deepest)?;
        }
    }
    Some(())
}

/// Puts a value into the object, unless it is one that stands for being absent.
fn add(field: &Field, found: Value, out: &mut Map<String, Value>) {
    let empty = match &found {
        Value::Null => true,
        Value::Bool(set) => !set,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(_) => false,
        Value::Object(map) => map.is_empty(),
    };
    let name = field.name.to_owned();
    match (&field.sort, found) {
        (Sort::List(_), found) => {
            if let Value::Array(items) = out.entry(name).or_insert_with(|| json!([])) {
                items.push(found);
            }
        }
        (Sort::Map(_), Value::Object(entry)) => {
            if let Value::Object(map) = out.entry(name).or_insert_with(|| json!({})) {
                map.extend(entry);
            }
        }
        (_, Value::Null) => {}
        (_, found) if !empty || field.optional || field.required => drop(out.insert(name, found)),
        _ => {}
    }
}

/// One value; of a list one item, of a map one entry.
fn value(sort: &Sort, wire: Wire, deepest: usize) -> Option<Value> {
    Some(match (sort, wire) {
        (Sort::Bool, Wire::Number(number)) => json!(number != 0),
        (Sort::Int32 | Sort::Int64, Wire::Number(number)) => json!(number.cast_signed()),
        (Sort::Double, Wire::Number(number)) => json!(f64::from_bits(number)),
        (Sort::Text, Wire::Bytes(bytes)) => json!(std::str::from_utf8(bytes).ok()?),
        (Sort::Bytes, Wire::Bytes(bytes)) => json!(base64::encode(bytes)),
        (Sort::Object, Wire::Bytes(bytes)) => part(bytes, 1).map_or(Some(Value::Null), |raw| {
            bytes_of(&raw).and_then(|raw| serde_json::from_slice(raw).ok())
        })?,
        (Sort::Quantity, Wire::Bytes(bytes)) => text_part(bytes, 1)?,
        (Sort::IntOrString, Wire::Bytes(bytes)) => match part(bytes, 1) {
            Some(Wire::Number(1)) => text_part(bytes, 3)?,
            _ => number_part(bytes, 2)?,
        },
        (Sort::Time | Sort::MicroTime, Wire::Bytes(bytes)) => time(sort, bytes)?,
        (Sort::List(item), wire) => value(item, wire, deepest)?,
        (Sort::Map(item), Wire::Bytes(bytes)) => {
            let key = text_part(bytes, 1)?;
            let held = part(bytes, 2).unwrap_or(Wire::Bytes(&[]));
            let held = match (&**item, held) {
                // A list cannot be the value of a map: it goes into a message of its own.
                (Sort::List(inner), Wire::Bytes(bytes)) => {
                    let items = entries(bytes)?.into_iter().filter(|(number, _)| *number == 1);
                    items.map(|(_, wire)| value(inner, wire, deepest)).collect::<Option<Vec<_>>>()?.into()
                }
                (item, held) => value(item, held, deepest)?,
            };
            json!({ key.as_str()?: held })
        }
        (Sort::Type(name), Wire::Bytes(bytes)) => {
            let mut out = Map::new();
            message(TYPES.get(name)?, bytes, &[], &mut out, deepest)?;
            Value::Object(out)
        }
        _ => return None,
    })
}

fn time(sort: &Sort, bytes: &[u8]) -> Option<Value> {
    if bytes.is_empty() {
        return Some(Value::Null);
    }
    let (seconds, nanos) = (number_part(bytes, 1)?.as_i64()?, number_part(bytes, 2)?.as_i64()?);
    let at = jiff::Timestamp::new(seconds, i32::try_from(nanos).ok()?).ok()?;
    let form = if *sort == Sort::Time { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S.%6fZ" };
    Some(json!(at.strftime(form).to_string()))
}

fn bytes_of<'a>(wire: &Wire<'a>) -> Option<&'a [u8]> {
    match wire {
        Wire::Bytes(bytes) => Some(bytes),
        Wire::Number(_) => None,
    }
}

/// The last field of that number.
fn part(bytes: &[u8], wanted: u32) -> Option<Wire<'_>> {
    entries(bytes)?.into_iter().filter(|(number, _)| *number == wanted).map(|(_, wire)| wire).next_back()
}

fn text_part(bytes: &[u8], wanted: u32) -> Option<Value> {
    match part(bytes, wanted) {
        None => Some(json!("")),
        Some(wire) => Some(json!(std::str::from_utf8(bytes_of(&wire)?).ok()?)),
    }
}

fn number_part(bytes: &[u8], wanted: u32) -> Option<Value> {
    match part(bytes, wanted) {
        None => Some(json!(0)),
        Some(Wire::Number(number)) => Some(json!(number.cast_signed())),
        Some(Wire::Bytes(_)) => None,
    }
}

/// The fields of a message as they stand on the wire.
fn entries(mut bytes: &[u8]) -> Option<Vec<(u32, Wire<'_>)>> {
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let wire = match key & 7 {
            0 => Wire::Number(varint(&mut bytes)?),
            1 => {
                let (fixed, rest) = bytes.split_first_chunk::<8>()?;
                bytes = rest;
                Wire::Number(u64::from_le_bytes(*fixed))
            }
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let (content, rest) = bytes.split_at_checked(length)?;
                bytes = rest;
                Wire::Bytes(content)
            }
            _ => return None,
        };
        out.push((u32::try_from(key >> 3).ok()?, wire));
    }
    Some(out)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, u8::try_from(content.len()).expect("short")], content].concat()
    }

    fn envelope(version: &[u8], kind: &[u8], raw: &[u8]) -> Vec<u8> {
        let meta = [field(1, version), field(2, kind)].concat();
        [MAGIC, &field(1, &meta), &field(2, raw), &field(3, b""), &field(4, b"")].concat()
    }

    #[test]
    fn an_object_is_read_by_the_numbers_of_its_kind() {
        let metadata = [field(1, b"web"), field(2, b""), field(8, b"")].concat();
        let port = [
            &field(1, b"")[..],
            &[3 << 3, 80],
            &field(4, &[&[1 << 3, 0, 2 << 3, 81][..], &field(3, b"")].concat()),
        ]
        .concat();
        let spec = [field(1, &port), field(2, &[field(1, b"app"), field(2, b"web")].concat())].concat();
        let raw = [field(1, &metadata), field(2, &spec), field(3, b"")].concat();
        assert_eq!(
            object(&envelope(b"v1", b"Service", &raw)),
            Some(json!({
                "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
                "spec": {"ports": [{"port": 80, "targetPort": 81}], "selector": {"app": "web"}},
            }))
        );
    }

    #[test]
    fn zero_is_kept_where_it_is_not_the_same_as_nothing() {
        let raw = field(2, &[1 << 3, 0, 5 << 3, 0]);
        let read = object(&envelope(b"apps/v1", b"Deployment", &raw)).expect("readable");
        assert_eq!(read["spec"], json!({"replicas": 0}));
        let options = object(&envelope(b"v1", b"DeleteOptions", &[1 << 3, 0])).expect("readable");
        assert_eq!(options["gracePeriodSeconds"], 0);
    }

    #[test]
    fn what_goes_into_a_part_that_json_has_no_object_for_is_found() {
        let volume = [field(1, b"scratch"), field(2, &field(2, b""))].concat();
        let raw = field(2, &field(1, &volume));
        let read = object(&envelope(b"v1", b"Pod", &raw)).expect("readable");
        assert_eq!(read["spec"]["volumes"], json!([{"name": "scratch", "emptyDir": {}}]));
    }

    #[test]
    fn nonsense_is_no_object() {
        for bytes in [&b""[..], b"k8s\0", b"k8s\0\xff", b"{}", &envelope(b"v1", b"Nonsense", b"")] {
            assert_eq!(object(bytes), None);
        }
        let mut deep = Vec::new();
        for _ in 0..200 {
            deep = [
                &[
                    0x0a,
                    0x80 | u8::try_from(deep.len() & 0x7f).expect("small"),
                    u8::try_from(deep.len() >> 7).expect("small"),
                ][..],
                &deep,
            ]
            .concat();
        }
        assert!(object(&[MAGIC, &deep].concat()).is_none());
    }
}
