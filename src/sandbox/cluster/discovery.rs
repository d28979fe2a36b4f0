//! What the API serves: version, health, and discovery in its old form (a document a group) and its
//! aggregated one (one document for all).

use super::kinds::{self, Kind};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

const VERBS: &[&str] = &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/// The reviews: kinds that are only ever created, and never kept.
const REVIEWS: &[(&str, &str, &str)] = &[
    ("authentication.k8s.io", "selfsubjectreviews", "SelfSubjectReview"),
    ("authorization.k8s.io", "selfsubjectaccessreviews", "SelfSubjectAccessReview"),
    ("authorization.k8s.io", "selfsubjectrulesreviews", "SelfSubjectRulesReview"),
];

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// The answers that are always the same.
pub fn fixed(path: &str) -> Option<Response> {
    match path.trim_end_matches('/') {
        "/version" => Some(super::http::json(StatusCode::OK, &version())),
        "/livez" | "/readyz" | "/healthz" => {
            Some(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "ok").into_response())
        }
        _ => None,
    }
}

/// The version the sandbox gives itself. Its behaviour is that of Kubernetes 1.34.
pub const VERSION: &str = "v1.34.2+sandbox";

fn version() -> Value {
    json!({
        "major": "1", "minor": "34", "emulationMajor": "1", "emulationMinor": "34",
        "minCompatibilityMajor": "1", "minCompatibilityMinor": "33",
        "gitVersion": VERSION, "gitCommit": "0000000000000000000000000000000000000000",
        "gitTreeState": "clean", "buildDate": "2026-01-01T00:00:00Z", "goVersion": "none",
        "compiler": "rustc", "platform": "linux/amd64",
    })
}

/// A discovery document, if the path is one.
pub fn document(path: &str, accept: &str) -> Option<Response> {
    let parts: Vec<_> = path.trim_matches('/').split('/').collect();
    let aggregated = accept.split(',').next().is_some_and(|first| {
        first.contains("as=APIGroupDiscoveryList") && first.contains("v=v2") && !first.contains("v=v2beta1")
    });
    let body = match parts.as_slice() {
        ["api" | "apis"] if aggregated => {
            let body = aggregate(parts == ["api"]);
            return Some(([(header::CONTENT_TYPE, AGGREGATED)], body.to_string()).into_response());
        }
        ["api"] => json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}),
        ["apis"] => {
            let groups: Vec<_> = groups().into_iter().map(group).collect();
            json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
        }
        ["api", "v1"] => resource_list("", "v1"),
        ["apis", name] if groups().contains(name) => {
            let mut body = group(name);
            body["kind"] = json!("APIGroup");
            body["apiVersion"] = json!("v1");
            body
        }
        ["apis", name, "v1"] if groups().contains(name) => resource_list(name, "v1"),
        _ => return None,
    };
    Some(super::http::json(StatusCode::OK, &body))
}

/// Every named group, in alphabetical order.
fn groups() -> Vec<&'static str> {
    let mut groups: Vec<_> = kinds::ALL.iter().map(|k| k.group).chain(REVIEWS.iter().map(|r| r.0)).collect();
    groups.retain(|group| !group.is_empty());
    groups.sort_unstable();
    groups.dedup();
    groups
}

/// Every group with its version, the core group first.
pub fn group_versions() -> Vec<(&'static str, &'static str)> {
    [""].into_iter().chain(groups()).map(|group| (group, "v1")).collect()
}

/// Every kind of a group, as group, version and name.
pub fn kinds_of(group: &str, version: &str) -> Vec<(&'static str, &'static str, &'static str)> {
    let kept = kinds::ALL.iter().filter(|kind| kind.group == group && kind.version == version);
    let reviews = REVIEWS.iter().filter(|review| review.0 == group);
    kept.map(|kind| (kind.group, kind.version, kind.name))
        .chain(reviews.map(|(group, _, kind)| (*group, "v1", *kind)))
        .collect()
}

fn group(name: &str) -> Value {
    let version = json!({"groupVersion": format!("{name}/v1"), "version": "v1"});
    json!({"name": name, "versions": [version], "preferredVersion": version})
}

/// The collective names that take in a kind: kubectl's `all`.
fn categories(kind: &Kind) -> &'static [&'static str] {
    match kind.name {
        "Pod" | "Service" | "DaemonSet" | "Deployment" | "ReplicaSet" | "StatefulSet" | "CronJob" | "Job" => {
            &["all"]
        }
        _ => &[],
    }
}

/// The subresources of a kind with the kind each answers in.
fn subresources(kind: &Kind) -> Vec<(&'static str, Value, &'static [&'static str])> {
    let mut out = Vec::new();
    let own = json!({"group": kind.group, "version": kind.version, "kind": kind.name});
    if kind.name == "Pod" {
        out.push(("log", own.clone(), &["get"][..]));
    }
    if kind.scale {
        let scale = json!({"group": "autoscaling", "version": "v1", "kind": "Scale"});
        out.push(("scale", scale, &["get", "patch", "update"][..]));
    }
    if kind.status {
        out.push(("status", own, &["get", "patch", "update"][..]));
    }
    out
}

fn resource_list(group: &str, version: &str) -> Value {
    let mut resources = Vec::new();
    for kind in kinds::ALL.iter().filter(|k| k.group == group) {
        resources.push(json!({
            "name": kind.plural, "singularName": kind.name.to_lowercase(), "namespaced": kind.is_namespaced(),
            "kind": kind.name, "verbs": VERBS, "shortNames": kind.short,
            "categories": categories(kind),
        }));
        for (name, of, verbs) in subresources(kind) {
            resources.push(json!({
                "name": format!("{}/{name}", kind.plural), "singularName": "", "namespaced": kind.is_namespaced(),
                "group": of["group"], "version": of["version"], "kind": of["kind"], "verbs": verbs,
            }));
        }
    }
    for (_, plural, kind) in REVIEWS.iter().filter(|review| review.0 == group) {
        resources.push(json!({
            "name": plural, "singularName": kind.to_lowercase(), "namespaced": false, "kind": kind,
            "verbs": ["create"],
        }));
    }
    let group_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources})
}

fn aggregate(core: bool) -> Value {
    let names = if core { vec![""] } else { groups() };
    let items: Vec<_> = names
        .into_iter()
        .map(|name| {
            let version =
                json!({"version": "v1", "resources": aggregated_resources(name), "freshness": "Current"});
            json!({"metadata": {"name": name, "creationTimestamp": null}, "versions": [version]})
        })
        .collect();
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items})
}

fn aggregated_resources(group: &str) -> Vec<Value> {
    let kept = kinds::ALL.iter().filter(|kind| kind.group == group).map(|kind| {
        let subresources: Vec<_> = subresources(kind)
            .into_iter()
            .map(|(name, of, verbs)| json!({"subresource": name, "responseKind": of, "verbs": verbs}))
            .collect();
        json!({
            "resource": kind.plural, "singularResource": kind.name.to_lowercase(),
            "responseKind": {"group": kind.group, "version": kind.version, "kind": kind.name},
            "scope": if kind.is_namespaced() { "Namespaced" } else { "Cluster" },
            "verbs": VERBS, "shortNames": kind.short, "categories": categories(kind),
            "subresources": subresources,
        })
    });
    let reviews = REVIEWS.iter().filter(|review| review.0 == group).map(|(group, plural, kind)| {
        json!({
            "resource": plural, "singularResource": kind.to_lowercase(),
            "responseKind": {"group": group, "version": "v1", "kind": kind},
            "scope": "Cluster", "verbs": ["create"],
        })
    });
    kept.chain(reviews).collect()
}
