//! The clients part of the API, and what stands beside it.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::{Value, json};

use super::account::Account;
use super::credential::bearer;
use super::guard::Site;
use super::refusal::Refusal;
use super::registry::Claim;
use super::request::{Caller, JsonBody, Pairs};
use crate::sandbox::{ControlPlane, Login};

/// Rows on one page of a list.
const PAGE: usize = 15;

/// GET `/edge-device/`, with `?page=N`.
pub(super) async fn list(
    State(site): State<Arc<Site>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refusal> {
    let rows = site.control.state().registry.rows(caller.account.id, &site.control.moment());
    let pages = rows.len().div_ceil(PAGE).max(1);
    let asked = Pairs::of(query.unwrap_or_default().as_bytes());
    let page = asked.get("page").map_or(Some(1), |page| page.parse::<usize>().ok());
    let page = page.filter(|page| (1..=pages).contains(page));
    let page = page.ok_or_else(|| Refusal::detail(404, "Invalid page."))?;
    let link = |page| format!("{}/edge-device/?page={page}", site.base);
    let results: Vec<_> = rows.iter().skip((page - 1) * PAGE).take(PAGE).collect();
    Ok(Json(json!({
        "count": rows.len(),
        "next": (page < pages).then(|| link(page + 1)),
        "previous": (page > 1).then(|| link(page - 1)),
        "results": results,
    })))
}

/// POST `/edge-device/`: get-or-create keyed on the cluster.
pub(super) async fn create(
    State(site): State<Arc<Site>>,
    caller: Caller,
    JsonBody(body): JsonBody,
) -> Result<Response, Refusal> {
    let moment = site.control.moment();
    let state = &mut *site.control.state();
    let claim = state.registry.create(caller.account.id, &body, &moment, &mut state.audit)?;
    let (status, id) = match claim {
        Claim::Minted(id) => (StatusCode::CREATED, id),
        Claim::Adopted(id) => (StatusCode::OK, id),
    };
    let lost = site.control.options().faults.lose_mint_reply && status == StatusCode::CREATED;
    if lost && !std::mem::replace(&mut state.mint_reply_lost, true) {
        return Ok(broken());
    }
    let row = state.registry.get(caller.account.id, id, &moment)?;
    Ok((status, Json(row)).into_response())
}

/// GET `/edge-device/<id>/`.
pub(super) async fn one(
    State(site): State<Arc<Site>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let moment = site.control.moment();
    site.control.state().registry.get(caller.account.id, number(&id)?, &moment).map(Json)
}

/// PATCH `/edge-device/<id>/`.
pub(super) async fn change(
    State(site): State<Arc<Site>>,
    caller: Caller,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, Refusal> {
    let (account, id) = (caller.account.id, number(&id)?);
    let moment = site.control.moment();
    let state = &mut *site.control.state();
    state.registry.patch(account, id, &body, &moment, &mut state.audit)?;
    state.registry.get(account, id, &moment).map(Json)
}

/// POST `/edge-device/<id>/revoke/`.
pub(super) async fn revoke(
    State(site): State<Arc<Site>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let moment = site.control.moment();
    let state = &mut *site.control.state();
    state.registry.revoke(caller.account.id, number(&id)?, &moment, &mut state.audit).map(Json)
}

/// GET `/edge-device/admins/`.
pub(super) async fn admins(_: Caller) -> Json<Value> {
    Json(Account::admins())
}

/// POST `/api-token-auth/`, a form.
pub(super) async fn machine_login(
    State(site): State<Arc<Site>>,
    form: Pairs,
) -> Result<Json<Value>, Refusal> {
    let (Some(username), Some(password)) = (form.get("username"), form.get("password")) else {
        let told = "Must include \"username\" and \"password\".";
        return Err(Refusal::new(400, json!({ "non_field_errors": [told] })));
    };
    match site.control.login(username, password) {
        Login::Accepted => Ok(Json(json!({ "token": bearer() }))),
        Login::Rejected => {
            let told = "Unable to log in with provided credentials.";
            Err(Refusal::new(400, json!({ "non_field_errors": [told] })))
        }
        Login::Inactive => Err(Refusal::detail(401, "User inactive or deleted.")),
    }
}

/// GET `/audit`: all events, oldest first. Open to everybody on this computer, so that a run can be
/// checked after its token was revoked.
pub(super) async fn audit(State(site): State<Arc<Site>>) -> Json<Value> {
    Json(site.control.state().audit.all())
}

/// GET `/.well-known/landfall`.
pub(super) async fn extensions(State(site): State<Arc<Site>>) -> Json<Value> {
    let mut all = vec!["device_context", "namespace_taken", "audit"];
    if site.control.options().reverse_code {
        all.push("reverse_code");
    }
    Json(json!({ "extensions": all }))
}

fn number(id: &str) -> Result<i64, Refusal> {
    id.parse().map_err(|_| Refusal::not_found())
}

/// A reply that never arrives: its body fails before anything is sent, so the connection just ends.
fn broken() -> Response {
    let lost = stream::iter([Err::<Bytes, _>(std::io::Error::other("the reply is lost on purpose"))]);
    Body::from_stream(lost).into_response()
}
