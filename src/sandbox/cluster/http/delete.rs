//! Delete, of one object or of a collection.

use super::read::shown;
use super::{Call, json};
use crate::sandbox::cluster::kinds;
use crate::sandbox::cluster::object::{name, namespace, text, uid};
use crate::sandbox::cluster::registry::{self, Deletion, Write};
use crate::sandbox::cluster::selector::Selector;
use crate::sandbox::cluster::status::ApiError;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json as value};

/// `DeleteOptions`, from the body, or from the query where the body is silent.
fn options(call: &Call) -> Result<(Deletion, bool), ApiError> {
    let body: Value = if call.body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(call.body).map_err(|error| {
            ApiError::bad_request(format!("the delete options could not be read: {error}"))
        })?
    };
    let asked = text(&body, &["propagationPolicy"]);
    let mut propagation = if asked.is_empty() { call.query.text("propagationPolicy") } else { asked };
    // A Job's pods stay, unless it is said that they go (`pkg/registry/batch/job/strategy.go`).
    if propagation.is_empty() && call.target.kind == &kinds::JOBS {
        propagation = "Orphan";
    }
    let queried = call.query.number("gracePeriodSeconds").and_then(|n| i64::try_from(n).ok());
    let dry_run = body["dryRun"].as_array().is_some_and(|runs| runs.iter().any(|r| r == "All"));
    let deletion = Deletion {
        uid: text(&body, &["preconditions", "uid"]).to_owned(),
        version: text(&body, &["preconditions", "resourceVersion"]).to_owned(),
        propagation: propagation.to_owned(),
        grace: body["gracePeriodSeconds"].as_i64().or(queried),
    };
    Ok((deletion, dry_run || call.query.dry_run()))
}

/// `DELETE` of one object: the marked object while something must still end, a `Status` when it is gone.
pub fn one(call: &Call) -> Result<Response, ApiError> {
    let target = call.target;
    let (how, dry_run) = options(call)?;
    let stamp = call.api.clock.stamp();
    let write = Write { dry_run, ..Write::by("delete", &stamp) };
    let (object, gone) = call
        .api
        .with(|store| registry::delete(store, target.kind, &target.namespace, &target.name, &how, &write))?;
    if !gone && !dry_run {
        return Ok(json(StatusCode::OK, &shown(call, &object)));
    }
    let mut details = value!({"name": target.name, "kind": target.kind.plural, "uid": uid(&object)});
    if !target.kind.group.is_empty() {
        details["group"] = value!(target.kind.group);
    }
    let body = value!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details});
    Ok(json(StatusCode::OK, &body))
}

/// `DELETE` of a collection: the list of what was deleted.
pub fn collection(call: &Call) -> Result<Response, ApiError> {
    let target = call.target;
    let selector =
        Selector::parse(target.kind, call.query.text("labelSelector"), call.query.text("fieldSelector"))?;
    let (how, dry_run) = options(call)?;
    let stamp = call.api.clock.stamp();
    let write = Write { dry_run, ..Write::by("delete", &stamp) };
    let (items, revision) = call.api.with(|store| {
        let chosen: Vec<_> = store
            .list(target.kind, target.scope())
            .into_iter()
            .filter(|object| selector.matches(object))
            .collect();
        for object in &chosen {
            registry::delete(store, target.kind, namespace(object), name(object), &how, &write)?;
        }
        Ok((chosen, store.revision()))
    })?;
    let items: Vec<_> = items.iter().map(|object| shown(call, object)).collect();
    let body = value!({
        "kind": format!("{}List", target.kind.name), "apiVersion": target.kind.api_version(),
        "metadata": {"resourceVersion": revision.to_string()}, "items": items,
    });
    Ok(json(StatusCode::OK, &body))
}
