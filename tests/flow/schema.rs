//! The JSON face's schema, and a checker for the part of JSON Schema that it uses.

use std::sync::LazyLock;

use serde_json::Value;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../assets/events.schema.json")).expect("the schema is JSON")
});

/// Checks one line of the JSON face.
pub fn check(line: &str) {
    let value: Value = serde_json::from_str(line).expect("a line is one JSON value");
    if let Err(why) = fits(&SCHEMA, &value) {
        panic!("{why}\nin {line}");
    }
}

/// The events that the schema knows.
pub fn lines() -> Vec<String> {
    let name =
        |one: &Value| definition(&one["$ref"])["properties"]["event"]["const"].as_str().map(str::to_owned);
    list(&SCHEMA["oneOf"]).iter().map(|one| name(one).expect("an event")).collect()
}

/// The words that a member of an event may be.
pub fn names(event: &str, member: &str) -> Vec<String> {
    let words = list(&SCHEMA["$defs"][event]["properties"][member]["enum"]);
    words.iter().map(|word| word.as_str().expect("a word").to_owned()).collect()
}

/// Whether a value fits a schema, and where it does not. A keyword that this checker does not know is an
/// error too, so that the schema cannot promise more than is checked.
pub fn fits(schema: &Value, value: &Value) -> Result<(), String> {
    let Value::Object(keywords) = schema else { return Err(format!("{schema} is no schema")) };
    for (keyword, rule) in keywords {
        match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => {}
            "$ref" => fits(definition(rule), value)?,
            "const" => holds(value == rule, || format!("{value} is not {rule}"))?,
            "enum" => holds(list(rule).contains(value), || format!("{value} is none of {rule}"))?,
            "type" => holds(is_a(rule, value), || format!("{value} is no {rule}"))?,
            "minimum" => holds(value.as_f64() >= rule.as_f64(), || format!("{value} is below {rule}"))?,
            "minLength" => {
                let length = value.as_str().map_or(0, |text| text.chars().count() as u64);
                holds(length >= rule.as_u64().unwrap(), || format!("{value} is too short"))?;
            }
            "items" => value.as_array().into_iter().flatten().try_for_each(|item| fits(rule, item))?,
            "required" => {
                for name in list(rule) {
                    holds(value.get(name.as_str().unwrap()).is_some(), || format!("{name} is missing"))?;
                }
            }
            "properties" => {
                for (name, of) in rule.as_object().unwrap() {
                    if let Some(member) = value.get(name) {
                        fits(of, member).map_err(|why| format!("{name}: {why}"))?;
                    }
                }
            }
            "additionalProperties" => {
                let named = |name: &String| schema["properties"].get(name).is_some();
                for (name, member) in value.as_object().into_iter().flatten().filter(|(n, _)| !named(n)) {
                    holds(rule != &Value::Bool(false), || format!("{name} is not in the schema"))?;
                    if rule.is_object() {
                        fits(rule, member).map_err(|why| format!("{name}: {why}"))?;
                    }
                }
            }
            "oneOf" => {
                let tries: Vec<_> = list(rule).iter().map(|one| fits(one, value)).collect();
                let fitting = tries.iter().filter(|fit| fit.is_ok()).count();
                holds(fitting == 1, || format!("{value} fits {fitting} of oneOf: {tries:?}"))?;
            }
            other => return Err(format!("the keyword {other} is not checked")),
        }
    }
    Ok(())
}

fn definition(reference: &Value) -> &'static Value {
    let name = reference.as_str().and_then(|name| name.strip_prefix("#/$defs/")).expect("#/$defs/...");
    &SCHEMA["$defs"][name]
}

fn list(rule: &Value) -> &Vec<Value> {
    rule.as_array().expect("a list")
}

fn holds(fits: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if fits { Ok(()) } else { Err(why()) }
}

fn is_a(kind: &Value, value: &Value) -> bool {
    match kind.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some(other) => panic!("no type {other}"),
        None => list(kind).iter().any(|kind| is_a(kind, value)),
    }
}
