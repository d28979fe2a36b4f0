//! The OpenAPI documents: version 3, one a group and version, and version 2, one for all, as JSON or in the
//! binary form that older clients insist on.

use super::discovery;
use super::kinds::{self, Kind};
use super::schema::{self, Field, Merge, Sort, TYPES};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

mod binary;
mod paths;

/// The media type of the binary form of version 2.
const BINARY: &str = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

/// Which version of OpenAPI a document is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// Swagger.
    Two,
    /// The current one.
    Three,
}

impl Version {
    fn reference(self, name: &str) -> String {
        let base = if self == Self::Two { "#/definitions/" } else { "#/components/schemas/" };
        format!("{base}{}", full_name(name))
    }
}

/// The document of that path, if it is one.
pub fn document(path: &str, accept: &str) -> Option<Response> {
    let rest = path.trim_end_matches('/').strip_prefix("/openapi/")?;
    if rest == "v2" {
        let document = version_two();
        if accept.contains("proto-openapi.spec.v2") {
            let body = binary::document(&document);
            return Some(([(header::CONTENT_TYPE, BINARY)], body).into_response());
        }
        return Some(super::http::json(StatusCode::OK, &document));
    }
    if rest == "v3" {
        let paths: Map<String, Value> = discovery::group_versions()
            .into_iter()
            .map(|(group, version)| {
                let path = group_path(group, version);
                let url = format!("/openapi/v3/{path}?hash={:08X}", super::object::fnv32(path.as_bytes()));
                (path, json!({"serverRelativeURL": url}))
            })
            .collect();
        return Some(super::http::json(StatusCode::OK, &json!({"paths": paths})));
    }
    let asked = rest.strip_prefix("v3/")?;
    let (group, version) = discovery::group_versions()
        .into_iter()
        .find(|(group, version)| group_path(group, version) == asked)?;
    Some(super::http::json(StatusCode::OK, &version_three(group, version)))
}

fn group_path(group: &str, version: &str) -> String {
    if group.is_empty() { format!("api/{version}") } else { format!("apis/{group}/{version}") }
}

/// The name of a type in the documents.
fn full_name(name: &str) -> String {
    let base = if name.starts_with("meta.") { "io.k8s.apimachinery.pkg.apis." } else { "io.k8s.api." };
    format!("{base}{name}")
}

fn version_three(group: &str, version: &str) -> Value {
    let kinds: Vec<&Kind> =
        kinds::ALL.iter().copied().filter(|kind| kind.group == group && kind.version == version).collect();
    let mut document = json!({
        "openapi": "3.0.0", "info": {"title": "Kubernetes", "version": discovery::VERSION},
        "paths": paths::of(&kinds, Version::Three),
    });
    let roots: Vec<_> = discovery::kinds_of(group, version);
    document["components"] = json!({"schemas": schemas(&roots, Version::Three)});
    document
}

fn version_two() -> Value {
    let roots: Vec<_> = discovery::group_versions()
        .into_iter()
        .flat_map(|(group, version)| discovery::kinds_of(group, version))
        .collect();
    json!({
        "swagger": "2.0", "info": {"title": "Kubernetes", "version": discovery::VERSION},
        "paths": paths::of(kinds::ALL, Version::Two), "definitions": schemas(&roots, Version::Two),
    })
}

/// The schemas of these kinds (group, version, name) and of all that they hold.
fn schemas(roots: &[(&str, &str, &str)], version: Version) -> Map<String, Value> {
    let mut out = Map::new();
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let mut todo: Vec<&str> = Vec::new();
    for (group, of, kind) in roots {
        let name = schema::type_of(group, of, kind);
        let Some((name, fields)) = TYPES.get_key_value(name.as_str()) else { continue };
        let mut body = object(fields, version);
        body["x-kubernetes-group-version-kind"] = json!([{"group": group, "version": of, "kind": kind}]);
        out.insert(full_name(name), body);
        reached.insert(name);
        todo.extend(fields.iter().filter_map(|field| holds(&field.sort)));
    }
    while let Some(name) = todo.pop() {
        if let (true, Some(fields)) = (reached.insert(name), TYPES.get(name)) {
            out.insert(full_name(name), object(fields, version));
            todo.extend(fields.iter().filter_map(|field| holds(&field.sort)));
        }
    }
    out
}

fn holds(sort: &Sort) -> Option<&'static str> {
    match sort {
        Sort::Type(name) => Some(name),
        Sort::List(item) | Sort::Map(item) => holds(item),
        _ => None,
    }
}

fn object(fields: &[Field], version: Version) -> Value {
    let mut out = json!({"type": "object"});
    let properties: Map<_, _> =
        fields.iter().map(|field| (field.name.to_owned(), property(field, version))).collect();
    if !properties.is_empty() {
        out["properties"] = Value::Object(properties);
    }
    let required: Vec<_> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    if !required.is_empty() {
        out["required"] = json!(required);
    }
    out
}

fn property(field: &Field, version: Version) -> Value {
    let mut out = holding(&field.sort, version);
    let is_list = matches!(field.sort, Sort::List(_));
    match &field.merge {
        Merge::Plain => {}
        Merge::Atomic if is_list => out["x-kubernetes-list-type"] = json!("atomic"),
        Merge::Atomic => out["x-kubernetes-map-type"] = json!("atomic"),
        Merge::Set => out["x-kubernetes-list-type"] = json!("set"),
        Merge::Map(keys) => {
            out["x-kubernetes-list-type"] = json!("map");
            out["x-kubernetes-list-map-keys"] = json!(keys);
        }
    }
    if let Some((strategy, key)) = field.patch {
        out["x-kubernetes-patch-strategy"] = json!(strategy);
        if !key.is_empty() {
            out["x-kubernetes-patch-merge-key"] = json!(key);
        }
    }
    out
}

fn holding(sort: &Sort, version: Version) -> Value {
    match sort {
        Sort::Bytes => json!({"type": "string", "format": "byte"}),
        Sort::Bool => json!({"type": "boolean"}),
        Sort::Int32 => json!({"type": "integer", "format": "int32"}),
        Sort::Int64 => json!({"type": "integer", "format": "int64"}),
        Sort::Double => json!({"type": "number", "format": "double"}),
        Sort::Object => json!({"type": "object"}),
        Sort::Quantity if version == Version::Three => {
            json!({"oneOf": [{"type": "string"}, {"type": "number"}]})
        }
        Sort::Text | Sort::Quantity => json!({"type": "string"}),
        Sort::IntOrString if version == Version::Three => {
            json!({"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]})
        }
        Sort::IntOrString => json!({"type": "string", "format": "int-or-string"}),
        Sort::Time | Sort::MicroTime => json!({"type": "string", "format": "date-time"}),
        Sort::List(item) => json!({"type": "array", "items": holding(item, version)}),
        Sort::Map(item) => json!({"type": "object", "additionalProperties": holding(item, version)}),
        // Beside a reference nothing else may stand in version 3, so it goes one level down.
        Sort::Type(name) if version == Version::Three => {
            json!({"allOf": [{"$ref": version.reference(name)}]})
        }
        Sort::Type(name) => json!({"$ref": version.reference(name)}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_tells_of_its_own_group_and_of_all_that_its_kinds_hold() {
        let apps = version_three("apps", "v1");
        let schemas = apps["components"]["schemas"].as_object().expect("schemas");
        let deployment = &schemas["io.k8s.api.apps.v1.Deployment"];
        assert_eq!(
            deployment["x-kubernetes-group-version-kind"],
            json!([{"group": "apps", "version": "v1", "kind": "Deployment"}])
        );
        let text = apps.to_string();
        for reference in text.split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap_or("");
            assert!(schemas.contains_key(name), "{name} is named and not there");
        }
        assert!(!schemas.contains_key("io.k8s.api.core.v1.Node"), "nothing in apps holds a Node");
        let patch = &apps["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"];
        assert_eq!(patch["x-kubernetes-group-version-kind"]["kind"], "Deployment");
        assert!(
            patch["parameters"]
                .as_array()
                .is_some_and(|all| all.iter().any(|p| p["name"] == "fieldValidation"))
        );
    }
}
