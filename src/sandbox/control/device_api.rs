//! The sign-in part of the API: device grant, who am I, sign-out.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::account::SANDBOX;
use super::audit::Event;
use super::credential::bearer;
use super::grant::{Polled, Seen};
use super::guard::Site;
use super::refusal::Refusal;
use super::request::{Caller, JsonBody, Source};

/// What a device may say about itself: the key on the wire and its name on the page.
const SAYS: [(&str, &str); 4] =
    [("host", "Host"), ("user", "User"), ("os", "System"), ("fingerprint", "Fingerprint")];
/// The longest text kept of each.
const LONGEST: usize = 255;

/// POST `/device/code`.
pub(super) async fn code(
    State(site): State<Arc<Site>>,
    source: Source,
    JsonBody(body): JsonBody,
) -> Response {
    let control = &site.control;
    let moment = control.moment();
    let mut state = control.state();
    if let Err(wait) = state.codes_asked.take(source.address, moment.now) {
        return throttled(wait);
    }
    let says = SAYS.iter().filter_map(|(key, label)| {
        let text = body.get("device_context")?.get(key)?.as_str()?.trim();
        (!text.is_empty()).then(|| (*label, text.chars().take(LONGEST).collect()))
    });
    let seen = Seen { address: told(source.address), agent: source.agent, asked: moment.stamp };
    let issued = state.grants.issue(seen, says.collect(), moment.now);
    let page = format!("{}/activate", site.base);
    let told = json!({
        "device_code": issued.device_code,
        "user_code": issued.user_code,
        "verification_uri": page,
        "verification_uri_complete": format!("{page}?code={}", issued.user_code),
        "expires_in": issued.lives.as_secs(),
        "interval": control.options().min_interval,
    });
    Json(told).into_response()
}

/// POST `/device/token`.
pub(super) async fn token(
    State(site): State<Arc<Site>>,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, Refusal> {
    let text = |key| body.get(key).and_then(Value::as_str);
    let device_code = text("device_code").ok_or_else(|| Refusal::error(400, "invalid_request"))?;
    let moment = site.control.moment();
    let mut state = site.control.state();
    state.settle(&moment);
    match state.grants.poll(device_code, text("reverse_code"), moment.now) {
        Polled::Error(error) => Err(Refusal::error(400, error)),
        Polled::Granted => {
            let token = bearer();
            state.tokens.insert(token.clone(), SANDBOX.id);
            state.audit.note(&moment.stamp, Event::AuthLogin, SANDBOX.id, None);
            Ok(Json(json!({ "token": token })))
        }
    }
}

/// GET `/userinfo/`.
pub(super) async fn userinfo(caller: Caller) -> Json<Value> {
    Json(caller.account.userinfo())
}

/// POST `/auth/revoke`: the bearer is dead from here on.
pub(super) async fn sign_out(State(site): State<Arc<Site>>, caller: Caller) -> StatusCode {
    let moment = site.control.moment();
    let mut state = site.control.state();
    state.tokens.remove(&caller.token);
    state.audit.note(&moment.stamp, Event::AuthLogout, caller.account.id, None);
    state.audit.note(&moment.stamp, Event::TokenRevoke, caller.account.id, None);
    StatusCode::NO_CONTENT
}

/// Whole seconds to wait, rounded up.
pub(super) fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

fn throttled(wait: Duration) -> Response {
    let wait = seconds(wait);
    let told = format!("Request was throttled. Expected available in {wait} seconds.");
    ([(RETRY_AFTER, wait.to_string())], Refusal::detail(429, &told)).into_response()
}

/// An address, with a word on what it is.
fn told(address: IpAddr) -> String {
    if address.is_loopback() { format!("{address} (this computer)") } else { address.to_string() }
}
