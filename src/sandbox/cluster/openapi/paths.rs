//! The paths of a document: what can be done with each kind, and with which parameters.

use super::{Version, full_name};
use crate::sandbox::cluster::kinds::Kind;
use crate::sandbox::cluster::schema;
use serde_json::{Map, Value, json};

const READING: &[&str] = &["pretty"];
const LISTING: &[&str] = &[
    "allowWatchBookmarks",
    "continue",
    "fieldSelector",
    "labelSelector",
    "limit",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "timeoutSeconds",
    "watch",
];
const WRITING: &[&str] = &["dryRun", "fieldManager", "fieldValidation"];
const PATCHING: &[&str] = &["dryRun", "fieldManager", "fieldValidation", "force"];
const DELETING: &[&str] = &["dryRun", "gracePeriodSeconds", "propagationPolicy"];

const BODIES: &[&str] = &["application/json", "application/yaml"];
/// The four forms of a patch.
const PATCHES: &[&str] = &[
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
];

/// The paths of these kinds: each collection and each object in it.
pub fn of(kinds: &[&Kind], version: Version) -> Map<String, Value> {
    let mut out = Map::new();
    for kind in kinds {
        let base = super::group_path(kind.group, kind.version);
        let place = if kind.is_namespaced() { "namespaces/{namespace}/" } else { "" };
        let path = format!("/{base}/{place}{}", kind.plural);
        let operation = |verb: &str, parameters: &[&str], bodies: &[&str]| {
            operation(kind, verb, parameters, bodies, version)
        };
        let one = json!({
            "get": operation("get", READING, &[]), "put": operation("put", WRITING, BODIES),
            "patch": operation("patch", PATCHING, PATCHES), "delete": operation("delete", DELETING, BODIES),
        });
        let all = json!({
            "get": operation("list", LISTING, &[]), "post": operation("post", WRITING, BODIES),
            "delete": operation("deletecollection", DELETING, BODIES),
        });
        out.insert(format!("{path}/{{name}}"), one);
        out.insert(path, all);
    }
    out
}

fn operation(kind: &Kind, verb: &str, parameters: &[&str], bodies: &[&str], version: Version) -> Value {
    let parameters: Vec<_> = parameters
        .iter()
        .map(|name| {
            let sort = match *name {
                "watch" | "force" | "allowWatchBookmarks" | "sendInitialEvents" => "boolean",
                "limit" | "timeoutSeconds" | "gracePeriodSeconds" => "integer",
                _ => "string",
            };
            let mut parameter = json!({"name": name, "in": "query", "uniqueItems": true});
            match version {
                Version::Two => parameter["type"] = json!(sort),
                Version::Three => parameter["schema"] = json!({"type": sort, "uniqueItems": true}),
            }
            parameter
        })
        .collect();
    let mut out = json!({
        "x-kubernetes-action": verb, "parameters": parameters, "responses": {"200": {"description": "OK"}},
        "x-kubernetes-group-version-kind": {"group": kind.group, "version": kind.version, "kind": kind.name},
    });
    let name = full_name(&schema::type_of(kind.group, kind.version, kind.name));
    match version {
        Version::Three if !bodies.is_empty() => {
            let plain = matches!(verb, "put" | "post");
            let body = if plain {
                json!({"$ref": format!("#/components/schemas/{name}")})
            } else {
                json!({"type": "object"})
            };
            let content: Map<_, _> =
                bodies.iter().map(|body_type| ((*body_type).to_owned(), json!({"schema": body}))).collect();
            out["requestBody"] = json!({"content": content});
        }
        Version::Two if !bodies.is_empty() => out["consumes"] = json!(bodies),
        _ => {}
    }
    out
}
