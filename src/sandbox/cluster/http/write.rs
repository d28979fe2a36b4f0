//! Create, replace and patch.

use super::read::{scale, shown};
use super::{Call, header_text, json};
use crate::sandbox::cluster::object::{at, remove, set, text};
use crate::sandbox::cluster::registry::{self, Write};
use crate::sandbox::cluster::schema::check::{self, Strictness};
use crate::sandbox::cluster::status::{ApiError, Cause};
use crate::sandbox::cluster::store::{Key, Store};
use crate::sandbox::cluster::{apply, patch as patches};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;
use std::sync::Arc;

const PATCH_TYPES: &str = "application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml";

/// Bodies come as JSON, or as YAML, of which JSON is a part.
fn parse(call: &Call) -> Result<Value, ApiError> {
    let wrong =
        |why: String| ApiError::bad_request(format!("the body of the request could not be read: {why}"));
    match serde_json::from_slice(call.body) {
        Ok(value) => Ok(value),
        Err(error) if header_text(call.headers, header::CONTENT_TYPE).contains("yaml") => {
            let text = std::str::from_utf8(call.body).map_err(|_| wrong(error.to_string()))?;
            serde_saphyr::from_str(text).map_err(|error| wrong(error.to_string()))
        }
        Err(error) => Err(wrong(error.to_string())),
    }
}

/// What is to be done about fields that the kind does not have.
fn strictness(call: &Call) -> Result<Strictness, ApiError> {
    match call.query.text("fieldValidation") {
        "" | "Warn" => Ok(Strictness::Warn),
        "Ignore" => Ok(Strictness::Ignore),
        "Strict" => Ok(Strictness::Strict),
        other => Err(ApiError::bad_request(format!(
            "fieldValidation: Unsupported value: {other:?}: supported values: \"Ignore\", \"Strict\", \"Warn\""
        ))),
    }
}

/// Reads the object as its kind. Returns the fields dropped that the caller is to be warned of.
fn decode(call: &Call, object: &mut Value) -> Result<Vec<String>, ApiError> {
    let kind = call.target.kind;
    let strictness = strictness(call)?;
    let unknown = check::decode(kind, object)?;
    match strictness {
        Strictness::Strict if !unknown.is_empty() => Err(check::refusal(kind, &unknown)),
        Strictness::Warn => Ok(unknown),
        _ => Ok(Vec::new()),
    }
}

/// Adds a warning for each field that was dropped (RFC 7234, 5.5).
fn warned(mut response: Response, dropped: &[String]) -> Response {
    for path in dropped {
        let warning = format!("299 - \"unknown field \\\"{path}\\\"\"");
        if let Ok(warning) = HeaderValue::from_str(&warning) {
            response.headers_mut().append(header::WARNING, warning);
        }
    }
    response
}

/// The manager a request writes as: its `fieldManager`, else the first part of its User-Agent.
fn manager<'a>(call: &'a Call) -> &'a str {
    let named = call.query.text("fieldManager");
    let agent = header_text(call.headers, header::USER_AGENT).split('/').next().unwrap_or("");
    [named, agent].into_iter().find(|name| !name.is_empty()).unwrap_or("unknown")
}

fn with_write<T>(call: &Call, tracked: bool, work: impl FnOnce(&mut Store, &Write) -> T) -> T {
    let stamp = call.api.clock.stamp();
    let write = Write {
        manager: manager(call),
        stamp: &stamp,
        dry_run: call.query.dry_run(),
        rollout: call.api.rollout,
        status: call.target.subresource == "status",
        tracked,
    };
    call.api.with(|store| work(store, &write))
}

/// `POST` to a collection.
pub fn create(call: &Call) -> Result<Response, ApiError> {
    let mut object = parse(call)?;
    let dropped = decode(call, &mut object)?;
    let target = call.target;
    let made = with_write(call, false, |store, write| {
        registry::create(store, target.kind, &target.namespace, object, write)
    })?;
    Ok(warned(json(StatusCode::CREATED, &shown(call, &made)), &dropped))
}

/// `PUT` of an object, its status or its scale.
pub fn put(call: &Call) -> Result<Response, ApiError> {
    let mut object = parse(call)?;
    let target = call.target;
    let dropped = if target.subresource == "scale" { Vec::new() } else { decode(call, &mut object)? };
    let written = with_write(call, false, |store, write| {
        if target.subresource == "scale" {
            rescale(call, store, &object, write)
        } else {
            registry::update(store, target.kind, &target.namespace, &target.name, object, write)
        }
    })?;
    Ok(warned(answer(call, &written), &dropped))
}

fn answer(call: &Call, written: &Value) -> Response {
    let body = if call.target.subresource == "scale" { scale(written) } else { shown(call, written) };
    json(StatusCode::OK, &body)
}

fn rescale(call: &Call, store: &mut Store, scale: &Value, write: &Write) -> Result<Arc<Value>, ApiError> {
    let target = call.target;
    let mut object = live(call, store)?;
    let replicas = at(scale, &["spec", "replicas"]);
    set(&mut object, &["spec", "replicas"], replicas.as_i64().unwrap_or(0));
    let version = text(scale, &["metadata", "resourceVersion"]);
    if !version.is_empty() {
        set(&mut object, &["metadata", "resourceVersion"], version);
    }
    registry::update(store, target.kind, &target.namespace, &target.name, object, write)
}

fn live(call: &Call, store: &Store) -> Result<Value, ApiError> {
    let target = call.target;
    store
        .get(&Key::new(target.kind, &target.namespace, &target.name))
        .map(|object| Value::clone(&object))
        .ok_or_else(|| ApiError::not_found(target.kind, &target.name))
}

/// `PATCH` in any of the four forms.
pub fn patch(call: &Call) -> Result<Response, ApiError> {
    let content_type = header_text(call.headers, header::CONTENT_TYPE);
    let kind = content_type.split(';').next().unwrap_or("").trim();
    if kind == "application/apply-patch+yaml" {
        return server_side_apply(call);
    }
    if !PATCH_TYPES.split(", ").any(|known| known == kind) {
        return Err(ApiError::unsupported_media_type(PATCH_TYPES));
    }
    let changes = parse(call)?;
    let target = call.target;
    let (written, dropped) = with_write(call, false, |store, write| {
        let whole = live(call, store)?;
        let mut object = if target.subresource == "scale" { scale(&whole) } else { whole };
        match kind {
            "application/json-patch+json" => patches::json(&mut object, &changes)?,
            "application/merge-patch+json" => patches::merge(&mut object, &changes),
            _ => patches::strategic(&mut object, &changes, &mut Vec::new()),
        }
        if target.subresource == "scale" {
            return Ok((rescale(call, store, &object, write)?, Vec::new()));
        }
        let dropped = decode(call, &mut object)?;
        let written = registry::update(store, target.kind, &target.namespace, &target.name, object, write)?;
        Ok((written, dropped))
    })?;
    Ok(warned(answer(call, &written), &dropped))
}

fn server_side_apply(call: &Call) -> Result<Response, ApiError> {
    let target = call.target;
    if call.query.text("fieldManager").is_empty() {
        let cause = Cause::required("fieldManager", "is required for apply patch");
        return Err(ApiError::invalid(target.kind, &target.name, &[cause]));
    }
    let mut applied = parse(call)?;
    crate::sandbox::cluster::validate::shape(target.kind, &target.namespace, &target.name, &mut applied)?;
    strictness(call)?;
    if let Some(path) = check::decode(target.kind, &mut applied)?.first() {
        return Err(ApiError::undeclared(target.kind, &target.namespace, &target.name, path));
    }
    let force = call.query.flag("force");
    let (code, object) = with_write(call, true, |store, write| {
        let Ok(before) = live(call, store) else {
            if !text(&applied, &["metadata", "uid"]).is_empty() {
                let why =
                    "uid mismatch: the provided object specified a uid, and no existing object was found";
                return Err(ApiError::conflict(target.kind, &target.name, why));
            }
            if !target.subresource.is_empty() {
                return Err(ApiError::not_found(target.kind, &target.name));
            }
            remove(&mut applied, &["metadata", "resourceVersion"]);
            let object = apply::apply(target.kind, &Value::Null, applied, write, force)?;
            let made = registry::create(store, target.kind, &target.namespace, object, write)?;
            return Ok((StatusCode::CREATED, made));
        };
        // What the body says of version and UID is a precondition, checked by the update.
        let object = apply::apply(target.kind, &before, applied, write, force)?;
        let written = registry::update(store, target.kind, &target.namespace, &target.name, object, write)?;
        Ok((StatusCode::OK, written))
    })?;
    Ok(json(code, &shown(call, &object)))
}
