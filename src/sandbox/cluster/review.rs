//! Reviews: what may this user do, and who is it.

use super::api::{Api, USER};
use super::kinds;
use super::object::{at, set, text};
use super::status::ApiError;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

/// The answer to a review, if the path is one.
pub fn answer(api: &Api, method: &Method, path: &str, body: &[u8]) -> Option<Result<Response, ApiError>> {
    let review: fn(&Api, &mut Value) = match path {
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" => access,
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews" => rules,
        "/apis/authentication.k8s.io/v1/selfsubjectreviews" => who,
        _ => return None,
    };
    if method != Method::POST {
        return Some(Err(ApiError::method_not_allowed()));
    }
    let asked = serde_json::from_slice::<Value>(body).ok().filter(Value::is_object);
    Some(match asked {
        None => Err(ApiError::bad_request("the body of the request is not a JSON object")),
        Some(mut object) => {
            review(api, &mut object);
            Ok(super::http::json(StatusCode::CREATED, &object))
        }
    })
}

/// A resource as rules name it: `pods`, or `pods/log`.
pub fn resource_name(plural: &str, subresource: &str) -> String {
    if subresource.is_empty() { plural.to_owned() } else { format!("{plural}/{subresource}") }
}

fn access(api: &Api, review: &mut Value) {
    let asked = at(review, &["spec", "resourceAttributes"]);
    let resource = resource_name(text(asked, &["resource"]), text(asked, &["subresource"]));
    let kind = kinds::ALL.iter().find(|kind| kind.plural == text(asked, &["resource"]));
    let everywhere = text(asked, &["namespace"]).is_empty() && kind.is_some_and(|kind| kind.is_namespaced());
    let allowed = asked.is_null() || api.allows(text(asked, &["verb"]), &resource, everywhere);
    let reason = if allowed { "the sandbox allows this" } else { "the sandbox was told to forbid this" };
    set(review, &["status"], json!({"allowed": allowed, "reason": reason}));
}

fn rules(api: &Api, review: &mut Value) {
    let verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
    let rules: Vec<_> = kinds::ALL
        .iter()
        .map(|kind| {
            let allowed: Vec<_> = verbs.iter().filter(|verb| api.allows(verb, kind.plural, false)).collect();
            json!({"verbs": allowed, "apiGroups": [kind.group], "resources": [kind.plural]})
        })
        .filter(|rule| rule["verbs"].as_array().is_some_and(|verbs| !verbs.is_empty()))
        .collect();
    let open = json!([{"verbs": ["get"], "nonResourceURLs": ["*"]}]);
    set(review, &["status"], json!({"resourceRules": rules, "nonResourceRules": open, "incomplete": false}));
}

fn who(_: &Api, review: &mut Value) {
    let user = json!({"username": USER, "groups": ["system:masters", "system:authenticated"]});
    set(review, &["status"], json!({"userInfo": user}));
}
