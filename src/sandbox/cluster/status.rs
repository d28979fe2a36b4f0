//! Refusals as the API server words them: `Status` objects.

use super::kinds::Kind;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
    code: u16,
    reason: &'static str,
    message: String,
    details: Value,
}

/// One thing wrong with an object.
#[derive(Clone, Debug)]
pub struct Cause {
    reason: &'static str,
    message: String,
    field: String,
}

impl Cause {
    /// A field that must be there and is not.
    pub fn required(field: &str, message: &str) -> Self {
        let message =
            if message.is_empty() { "Required value".into() } else { format!("Required value: {message}") };
        Self { reason: "FieldValueRequired", message, field: field.to_owned() }
    }

    /// A field with a value that cannot be.
    pub fn invalid(field: &str, value: &Value, message: &str) -> Self {
        Self {
            reason: "FieldValueInvalid",
            message: format!("Invalid value: {value}: {message}"),
            field: field.to_owned(),
        }
    }

    /// A field with a value that is none of those known.
    pub fn unsupported(field: &str, value: &str, message: &str) -> Self {
        Self {
            reason: "FieldValueNotSupported",
            message: format!("Unsupported value: \"{value}\": {message}"),
            field: field.to_owned(),
        }
    }

    /// A field that may not be set or changed.
    pub fn forbidden(field: &str, message: &str) -> Self {
        Self {
            reason: "FieldValueForbidden",
            message: format!("Forbidden: {message}"),
            field: field.to_owned(),
        }
    }

    /// Two entries that must differ and do not.
    pub fn duplicate(field: &str, value: &str) -> Self {
        Self {
            reason: "FieldValueDuplicate",
            message: format!("Duplicate value: \"{value}\""),
            field: field.to_owned(),
        }
    }

    fn json(&self) -> Value {
        json!({"reason": self.reason, "message": self.message, "field": self.field})
    }
}

impl ApiError {
    fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: Value::Null }
    }

    fn about(mut self, kind: &Kind, name: &str) -> Self {
        self.details = json!({"name": name, "kind": kind.plural});
        if !kind.group.is_empty() {
            self.details["group"] = json!(kind.group);
        }
        self
    }

    fn caused_by(mut self, causes: Vec<Value>) -> Self {
        if self.details.is_null() {
            self.details = json!({});
        }
        self.details["causes"] = Value::Array(causes);
        self
    }

    /// 404: there is no such object.
    pub fn not_found(kind: &Kind, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{} \"{name}\" not found", kind.resource())).about(kind, name)
    }

    /// 404: there is no such path.
    pub fn no_such_resource() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource")
            .caused_by(vec![json!({"reason": "UnexpectedServerResponse", "message": "404 page not found"})])
    }

    /// 409: the name is taken.
    pub fn already_exists(kind: &Kind, name: &str) -> Self {
        Self::new(409, "AlreadyExists", format!("{} \"{name}\" already exists", kind.resource()))
            .about(kind, name)
    }

    /// 409: the object is not as the request assumed.
    pub fn conflict(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", kind.resource());
        Self::new(409, "Conflict", message).about(kind, name)
    }

    /// 409: another field manager owns fields this apply would change.
    pub fn apply_conflict(kind: &Kind, name: &str, conflicts: &[(String, String)]) -> Self {
        let message = match conflicts {
            [(by, field)] => format!("Apply failed with 1 conflict: conflict with {by}: {field}"),
            several => {
                let owners: BTreeSet<&str> = several.iter().map(|(by, _)| by.as_str()).collect();
                let lines = owners.into_iter().flat_map(|owner| {
                    let fields = several.iter().filter(move |(by, _)| by == owner);
                    let fields = fields.map(|(_, field)| format!("- {field}"));
                    std::iter::once(format!("conflicts with {owner}:")).chain(fields)
                });
                let lines: Vec<String> = lines.collect();
                format!("Apply failed with {} conflicts: {}", several.len(), lines.join("\n"))
            }
        };
        let causes = conflicts
            .iter()
            .map(|(by, field)| {
                json!({"reason": "FieldManagerConflict", "message": format!("conflict with {by}"), "field": field})
            })
            .collect();
        Self::new(409, "Conflict", message).about(kind, name).caused_by(causes)
    }

    /// 422: the object breaks the rules of its kind.
    pub fn invalid(kind: &Kind, name: &str, causes: &[Cause]) -> Self {
        let each: Vec<_> = causes.iter().map(|c| format!("{}: {}", c.field, c.message)).collect();
        let all = match each.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let mut error =
            Self::new(422, "Invalid", format!("{} \"{name}\" is invalid: {all}", kind.qualified_kind()))
                .about(kind, name)
                .caused_by(causes.iter().map(Cause::json).collect());
        error.details["kind"] = json!(kind.name);
        error
    }

    /// 403: an object of the kind may not be there or do that.
    pub fn forbidden(kind: &Kind, name: &str, why: &str) -> Self {
        Self::new(403, "Forbidden", format!("{} \"{name}\" is forbidden: {why}", kind.resource()))
            .about(kind, name)
    }

    /// 403: the namespace is going away and takes no new objects.
    pub fn namespace_terminating(kind: &Kind, name: &str, namespace: &str) -> Self {
        let why =
            format!("unable to create new content in namespace {namespace} because it is being terminated");
        Self::forbidden(kind, name, &why).caused_by(vec![json!({
            "reason": "NamespaceTerminating",
            "message": format!("namespace {namespace} is being terminated"),
            "field": "metadata.namespace",
        })])
    }

    /// 403: this user lacks the right.
    pub fn denied(user: &str, verb: &str, kind: &Kind, resource: &str, name: &str, scope: &str) -> Self {
        let what = if name.is_empty() {
            format!("{} is forbidden", kind.resource())
        } else {
            format!("{} \"{name}\" is forbidden", kind.resource())
        };
        let message = format!(
            "{what}: User \"{user}\" cannot {verb} resource \"{resource}\" in API group \"{}\" {scope}",
            kind.group
        );
        Self::new(403, "Forbidden", message).about(kind, name)
    }

    /// 403: the request came under a name that is not this machine.
    pub fn foreign_host() -> Self {
        Self::new(403, "Forbidden", "this sandbox answers only under a loopback name")
    }

    /// 401: no token, or a wrong one.
    pub fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    /// 400: the request itself makes no sense.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 500: applied an object with a field that its kind does not have. The real server has no reason for it.
    pub fn undeclared(kind: &Kind, namespace: &str, name: &str, path: &str) -> Self {
        let place = if namespace.is_empty() { String::new() } else { format!("{namespace}/") };
        let message = format!(
            "failed to create typed patch object ({place}{name}; {}, Kind={}): .{path}: field not declared in schema",
            kind.api_version(),
            kind.name
        );
        Self::new(500, "", message)
    }

    /// 405: the path takes no such verb.
    pub fn method_not_allowed() -> Self {
        Self::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
    }

    /// 410: the resource version is older than what is remembered.
    pub fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    /// 504: the resource version is one that this server never reached.
    pub fn version_too_large(asked: u64, now: u64) -> Self {
        Self::new(504, "Timeout", format!("Too large resource version: {asked}, current: {now}")).caused_by(
            vec![json!({"reason": "ResourceVersionTooLarge", "message": "Too large resource version"})],
        )
    }

    /// 413: the body is larger than the server reads.
    pub fn too_large() -> Self {
        Self::new(413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728")
    }

    /// 415: a body of a kind that the path does not take.
    pub fn unsupported_media_type(accepted: &str) -> Self {
        Self::new(
            415,
            "UnsupportedMediaType",
            format!(
                "the body of the request was in an unknown format - accepted media types include: {accepted}"
            ),
        )
    }

    /// What the API server says in prose.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The `Status` object.
    pub fn body(&self) -> Value {
        let mut body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code,
        });
        if !self.details.is_null() {
            body["details"] = self.details.clone();
        }
        body
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let code = StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (code, [(header::CONTENT_TYPE, "application/json")], self.body().to_string()).into_response()
    }
}
