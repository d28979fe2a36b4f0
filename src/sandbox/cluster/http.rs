//! The HTTP face of the API server: who may come in, and where each request goes.

use super::api::{Api, USER};
use super::kinds::Kind;
use super::status::ApiError;
use super::{discovery, logs, openapi, protobuf, review};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
pub use query::Query;
use serde_json::Value;
use std::sync::Arc;
pub use target::Target;

mod delete;
mod query;
mod read;
mod target;
mod watch;
mod write;

/// Largest request body, bytes: 3 MiB, as the API server has it.
const MAX_BODY: usize = 3 << 20;

/// What a handler knows of a request.
struct Call<'a> {
    api: &'a Arc<Api>,
    target: &'a Target,
    query: &'a Query,
    headers: &'a HeaderMap,
    body: &'a Bytes,
}

#[derive(Clone)]
struct Door {
    api: Arc<Api>,
    token: Arc<str>,
    /// A name beside the loopback ones.
    name: Arc<str>,
}

/// The router that answers every path of the API.
pub fn router(api: Arc<Api>, token: Arc<str>, name: Arc<str>) -> Router {
    Router::new().fallback(handle).with_state(Door { api, token, name })
}

/// A JSON answer.
pub fn json(code: StatusCode, body: &Value) -> Response {
    (code, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

async fn handle(State(door): State<Door>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match answer(&door, &parts, body).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn answer(door: &Door, parts: &Parts, body: Body) -> Result<Response, ApiError> {
    check_host(parts, &door.name)?;
    check_token(&parts.headers, &door.token)?;
    let path = parts.uri.path();
    let accept = header_text(&parts.headers, header::ACCEPT);
    let is_get = matches!(parts.method, Method::GET | Method::HEAD);
    if let Some(fixed) = discovery::fixed(path) {
        return if is_get { Ok(fixed) } else { Err(ApiError::method_not_allowed()) };
    }
    if let Some(document) = discovery::document(path, accept).or_else(|| openapi::document(path, accept)) {
        return if is_get { Ok(document) } else { Err(ApiError::method_not_allowed()) };
    }
    let body = axum::body::to_bytes(body, MAX_BODY).await.map_err(|_| ApiError::too_large())?;
    let body = in_json(&parts.headers, body)?;
    if let Some(review) = review::answer(&door.api, &parts.method, path, &body) {
        return review;
    }
    let query = Query::parse(parts.uri.query().unwrap_or(""));
    let target = Target::parse(path).ok_or_else(ApiError::no_such_resource)?;
    let call = Call { api: &door.api, target: &target, query: &query, headers: &parts.headers, body: &body };
    let verb = verb(&parts.method, &target, &query)?;
    authorize(&call, verb)?;
    match (verb, target.subresource.as_str()) {
        ("get", "log") if target.kind.name == "Pod" => logs::answer(&door.api, &target, &query),
        (_, "log") => Err(ApiError::method_not_allowed()),
        (_, sub) if !target.has_subresource(sub) => Err(ApiError::no_such_resource()),
        ("get", _) => read::get(&call),
        ("list", _) => read::list(&call),
        ("watch", _) => watch::answer(&call),
        ("create", "") => write::create(&call),
        ("update", _) => write::put(&call),
        ("patch", _) => write::patch(&call),
        ("delete", "") => delete::one(&call),
        ("deletecollection", "") => delete::collection(&call),
        _ => Err(ApiError::method_not_allowed()),
    }
}

fn verb(method: &Method, target: &Target, query: &Query) -> Result<&'static str, ApiError> {
    let named = !target.name.is_empty();
    Ok(match (method.as_str(), named) {
        ("GET" | "HEAD", true) => "get",
        ("GET" | "HEAD", false) if query.flag("watch") => "watch",
        ("GET" | "HEAD", false) => "list",
        ("POST", false) if target.is_collection() => "create",
        ("PUT", true) => "update",
        ("PATCH", true) => "patch",
        ("DELETE", true) => "delete",
        ("DELETE", false) if target.is_collection() => "deletecollection",
        _ => return Err(ApiError::method_not_allowed()),
    })
}

fn authorize(call: &Call, verb: &str) -> Result<(), ApiError> {
    let Target { kind, name, subresource, namespace, .. } = call.target;
    let resource = review::resource_name(kind.plural, subresource);
    let everywhere = kind.is_namespaced() && namespace.is_empty();
    if call.api.allows(verb, &resource, everywhere) {
        return Ok(());
    }
    Err(refusal(kind, verb, &resource, name, namespace))
}

fn refusal(kind: &Kind, verb: &str, resource: &str, name: &str, namespace: &str) -> ApiError {
    let scope = if namespace.is_empty() {
        "at the cluster scope".to_owned()
    } else {
        format!("in the namespace \"{namespace}\"")
    };
    ApiError::denied(USER, verb, kind, resource, name, &scope)
}

/// A page in a browser can be made to call a loopback port under its own name (DNS rebinding), so only
/// loopback names are answered, and the one that an exposed sandbox was given. In-process calls have no Host at all.
fn check_host(parts: &Parts, own: &str) -> Result<(), ApiError> {
    let host = header_text(&parts.headers, header::HOST);
    let host = if host.is_empty() { parts.uri.host().unwrap_or("") } else { host };
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    if matches!(name, "" | "localhost" | "127.0.0.1" | "::1") || name == own {
        Ok(())
    } else {
        Err(ApiError::foreign_host())
    }
}

fn check_token(headers: &HeaderMap, token: &str) -> Result<(), ApiError> {
    let given = header_text(headers, header::AUTHORIZATION);
    let (scheme, given) = given.split_once(' ').unwrap_or(("", ""));
    // Compared in full, so that the time taken says nothing of how much was right.
    let differences = given.len() ^ token.len()
        | given.bytes().zip(token.bytes()).fold(0, |sum, (a, b)| sum | usize::from(a ^ b));
    if scheme.eq_ignore_ascii_case("bearer") && differences == 0 {
        Ok(())
    } else {
        Err(ApiError::unauthorized())
    }
}

/// Typed Go clients send a binary form. It is read at the door, so that all the rest sees JSON.
fn in_json(headers: &HeaderMap, body: Bytes) -> Result<Bytes, ApiError> {
    let binary =
        header_text(headers, header::CONTENT_TYPE).starts_with("application/vnd.kubernetes.protobuf");
    if !binary || body.is_empty() {
        return Ok(body);
    }
    let object = protobuf::object(&body)
        .ok_or_else(|| ApiError::bad_request("the body of the request is no object in protocol buffers"))?;
    Ok(object.to_string().into())
}

fn header_text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
}
