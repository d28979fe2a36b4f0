//! Reading an object as its kind: fields that the kind does not have are dropped and named, values of the wrong
//! type are refused, in the words of the real decoder.

use super::{Field, Sort, TYPES};
use crate::sandbox::cluster::kinds::Kind;
use crate::sandbox::cluster::status::ApiError;
use serde_json::Value;

/// What a request wants done about fields that its kind does not have (`fieldValidation`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// Drop them.
    Ignore,
    /// Drop them and say so in a header.
    Warn,
    /// Refuse the request.
    Strict,
}

/// Drops what the kind does not know, and returns the paths dropped.
pub fn decode(kind: &Kind, object: &mut Value) -> Result<Vec<String>, ApiError> {
    let Some(fields) = super::fields_of(kind) else { return Ok(Vec::new()) };
    let mut walk = Walk { unknown: Vec::new() };
    walk.object(kind.name, fields, object, "").map_err(|why| {
        ApiError::bad_request(format!(
            "{0} in version \"{1}\" cannot be handled as a {0}: json: {why}",
            kind.name, kind.version
        ))
    })?;
    Ok(walk.unknown)
}

/// What the decoder says of dropped fields when it is strict.
pub fn refusal(kind: &Kind, unknown: &[String]) -> ApiError {
    let said: Vec<_> = unknown.iter().map(|path| format!("unknown field \"{path}\"")).collect();
    ApiError::bad_request(format!(
        "{0} in version \"{1}\" cannot be handled as a {0}: strict decoding error: {2}",
        kind.name,
        kind.version,
        said.join(", ")
    ))
}

struct Walk {
    unknown: Vec<String>,
}

impl Walk {
    fn object(&mut self, owner: &str, fields: &[Field], value: &mut Value, path: &str) -> Result<(), String> {
        let Value::Object(map) = value else { return Ok(()) };
        let mut strange = Vec::new();
        for (key, inner) in map.iter_mut() {
            let at = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match fields.iter().find(|field| field.name == key) {
                Some(field) => self.value(owner, &field.sort, inner, &at)?,
                None => strange.push((key.clone(), at)),
            }
        }
        for (key, at) in strange {
            map.remove(&key);
            self.unknown.push(at);
        }
        Ok(())
    }

    fn value(&mut self, owner: &str, sort: &Sort, value: &mut Value, path: &str) -> Result<(), String> {
        let (fits, wanted) = match sort {
            Sort::Text | Sort::Bytes | Sort::Time | Sort::MicroTime => (value.is_string(), "string"),
            Sort::Bool => (value.is_boolean(), "bool"),
            Sort::Int32 => (value.as_i64().is_some_and(|n| i32::try_from(n).is_ok()), "int32"),
            Sort::Int64 => (value.is_i64(), "int64"),
            Sort::Double => (value.is_number(), "float64"),
            Sort::Quantity => (value.is_string() || value.is_number(), "resource.Quantity"),
            Sort::IntOrString => (value.is_string() || value.is_i64(), "intstr.IntOrString"),
            Sort::Object | Sort::Map(_) => (value.is_object(), "map"),
            Sort::List(_) => (value.is_array(), "list"),
            Sort::Type(name) => (value.is_object(), name.rsplit('.').next().unwrap_or(name)),
        };
        if value.is_null() {
            return Ok(());
        }
        if !fits {
            let is = match value {
                Value::String(_) => "string",
                Value::Number(_) => "number",
                Value::Bool(_) => "bool",
                Value::Array(_) => "array",
                _ => "object",
            };
            return Err(format!(
                "cannot unmarshal {is} into Go struct field {owner}.{path} of type {wanted}"
            ));
        }
        match (sort, value) {
            (Sort::List(item), Value::Array(items)) => {
                for (n, inner) in items.iter_mut().enumerate() {
                    self.value(owner, item, inner, &format!("{path}[{n}]"))?;
                }
            }
            (Sort::Map(item), Value::Object(map)) => {
                for (key, inner) in map {
                    self.value(owner, item, inner, &format!("{path}.{key}"))?;
                }
            }
            (Sort::Type(name), value) => {
                if let Some(fields) = TYPES.get(name) {
                    self.object(name.rsplit('.').next().unwrap_or(name), fields, value, path)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::kinds;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_that_the_kind_does_not_have_is_dropped_and_named() {
        let mut object = json!({"metadata": {"name": "web"}, "spec": {"replica": 2, "replicas": 1, "template": {"spec": {
            "containers": [{"name": "a", "imagee": "b"}]}}}});
        let unknown = decode(&kinds::DEPLOYMENTS, &mut object).expect("of the right types");
        assert_eq!(unknown, ["spec.template.spec.containers[0].imagee", "spec.replica"]);
        assert_eq!(
            object["spec"],
            json!({"replicas": 1, "template": {"spec": {"containers": [{"name": "a"}]}}})
        );
        assert_eq!(
            refusal(&kinds::DEPLOYMENTS, &unknown[1..]).message(),
            "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: unknown field \"spec.replica\""
        );
    }

    #[test]
    fn a_value_of_the_wrong_type_is_refused_in_the_decoders_words() {
        let mut object = json!({"metadata": {"name": "web"}, "spec": {"replicas": "two"}});
        assert_eq!(
            decode(&kinds::DEPLOYMENTS, &mut object).expect_err("not a number").message(),
            "Deployment in version \"v1\" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"
        );
        let mut sound = json!({"spec": {"ports": [{"port": 80, "targetPort": "http"}, {"port": 81, "targetPort": 8081}]}});
        assert_eq!(decode(&kinds::SERVICES, &mut sound).expect("sound"), Vec::<String>::new());
    }
}
