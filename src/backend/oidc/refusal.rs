//! Answers that are no success, as faults.

use reqwest::StatusCode;
use serde_json::Value;

use super::Oidc;
use crate::error::Fault;
use crate::foreign::Text;
use crate::http::{Answered, Http};

/// Words for "this client may not use the device grant" (RFC 6749 §5.2), beside a plain 403.
const FORBIDDEN: [&str; 4] =
    ["unauthorized_client", "unsupported_grant_type", "unauthorized_grant_type", "invalid_client"];
/// What vendors say instead: Microsoft Entra, where Conditional Access blocks the flow or the app may not use it;
/// oidc-provider, under `invalid_request`.
const SAID: [&str; 3] = ["AADSTS530036", "AADSTS7000218", "device_code is not allowed for this client"];

impl Oidc {
    /// The fault of a refused device grant: whether a policy forbids it, or something else went wrong.
    pub(super) fn grant_refusal(&self, http: &Http, answered: &Answered) -> Fault {
        let word = error(answered);
        let said = said(http, answered);
        let forbidden = word.as_deref().is_some_and(|word| FORBIDDEN.contains(&word))
            || SAID.iter().any(|words| said.contains(words))
            || answered.status == 403 && !answered.is_page();
        if forbidden {
            return Fault::CodeForbidden {
                host: http.host().clone(),
                client: Text::new(&self.client.client_id),
                said,
            };
        }
        refusal(http, answered)
    }
}

/// What an answer without success means.
pub(super) fn refusal(http: &Http, answered: &Answered) -> Fault {
    if answered.status == 429 {
        return Fault::RateLimited { wait: answered.retry_after };
    }
    if answered.is_page() || (300..400).contains(&answered.status) {
        let title = Text::within(&http.text(&answered.title()), 80);
        let title = if title.is_empty() { reason(answered.status) } else { title };
        return Fault::NotTheApi { host: http.host().clone(), status: answered.status, title };
    }
    Fault::Server { host: http.host().clone(), status: answered.status, said: said(http, answered) }
}

/// A success whose body cannot be read.
pub(super) fn unreadable(http: &Http, answered: &Answered) -> Fault {
    if answered.is_page() {
        return refusal(http, answered);
    }
    Fault::BadReply { why: "it is not the JSON that an OpenID provider speaks".into() }
}

/// The error's word (RFC 6749 §5.2).
pub(super) fn error(answered: &Answered) -> Option<String> {
    Some(answered.json()?.get("error")?.as_str()?.to_owned())
}

/// What the server says for itself.
fn said(http: &Http, answered: &Answered) -> Text {
    let json = answered.json().unwrap_or_default();
    let words = ["error_description", "error", "message"].iter().find_map(|key| json.get(key)?.as_str());
    match words {
        Some(words) => match json.get("error").and_then(Value::as_str) {
            Some(word) if word != words => http.text(&format!("{word}: {words}")),
            _ => http.text(words),
        },
        None => reason(answered.status),
    }
}

/// The usual words for a status.
fn reason(status: u16) -> Text {
    let known = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    known.unwrap_or("no reason given").into()
}
