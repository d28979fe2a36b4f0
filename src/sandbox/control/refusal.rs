//! What the API answers when it does not do what it was asked for.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A status and a JSON body.
#[derive(Debug, PartialEq)]
pub(super) struct Refusal {
    /// The HTTP status.
    pub(super) status: u16,
    /// What the body says.
    pub(super) body: Value,
}

impl Refusal {
    /// A refusal in these words.
    pub(super) fn new(status: u16, body: Value) -> Self {
        Self { status, body }
    }

    /// A refusal with one sentence.
    pub(super) fn detail(status: u16, detail: &str) -> Self {
        Self { status, body: json!({ "detail": detail }) }
    }

    /// A refusal with an error code for programs.
    pub(super) fn error(status: u16, error: &str) -> Self {
        Self { status, body: json!({ "error": error }) }
    }

    /// There is no such thing, or it is somebody else's.
    pub(super) fn not_found() -> Self {
        Self::detail(404, "Not found.")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self.body)).into_response()
    }
}
