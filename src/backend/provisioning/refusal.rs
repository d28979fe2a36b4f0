//! Answers that are no success, as faults.

use reqwest::StatusCode;
use serde_json::Value;

use super::Provisioning;
use crate::error::Fault;
use crate::foreign::Text;
use crate::http::Answered;

impl Provisioning {
    /// What an answer without success means for a call that carries a session.
    pub(super) fn refusal(&self, answered: &Answered) -> Fault {
        match answered.status {
            401 if !answered.is_page() => Fault::SessionRejected,
            _ => self.plain_refusal(answered),
        }
    }

    /// What an answer without success means for a call that carries no session.
    pub(super) fn plain_refusal(&self, answered: &Answered) -> Fault {
        if answered.status == 429 {
            return Fault::RateLimited { wait: answered.retry_after };
        }
        if answered.is_page() || (300..400).contains(&answered.status) {
            return self.page_instead(answered);
        }
        Fault::Server { host: self.http.host().clone(), status: answered.status, said: self.said(answered) }
    }

    /// Somebody else answered: a portal, a proxy, a wrong address.
    pub(super) fn page_instead(&self, answered: &Answered) -> Fault {
        let title = Text::within(&self.http.text(&answered.title()), 80);
        let title = if title.is_empty() { reason(answered.status) } else { title };
        Fault::NotTheApi { host: self.http.host().clone(), status: answered.status, title }
    }

    /// A success whose body cannot be read.
    pub(super) fn unreadable(&self, answered: &Answered) -> Fault {
        if answered.is_page() {
            return self.page_instead(answered);
        }
        Fault::BadReply { why: "it is not the JSON that the API speaks".into() }
    }

    /// The JSON of a success, or the fault that the answer is.
    pub(super) fn success(&self, answered: &Answered) -> Result<Value, Fault> {
        if !answered.is_success() {
            return Err(self.refusal(answered));
        }
        answered.json().ok_or_else(|| self.unreadable(answered))
    }

    /// What the server says for itself.
    pub(super) fn said(&self, answered: &Answered) -> Text {
        let json = answered.json();
        let words = json.as_ref().and_then(|json| {
            let sentence = ["detail", "error_description", "message", "error"]
                .iter()
                .find_map(|key| words(json.get(key)?));
            sentence.or_else(|| words(json))
        });
        match words {
            Some(words) => self.http.text(words),
            None if json.is_none() && !answered.body.is_empty() => self.http.text(&answered.title()),
            None => reason(answered.status),
        }
    }
}

/// The usual words for a status.
fn reason(status: u16) -> Text {
    StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("no reason given")
        .into()
}

/// The first text in a value, however deep: field errors come as lists and objects of lists.
pub(super) fn words(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text),
        Value::Array(items) => items.iter().find_map(words),
        Value::Object(fields) => fields.values().find_map(words),
        _ => None,
    }
}
