//! The activation pages: what a person sees on a phone. Plain HTML, no script.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::account::SANDBOX;
use super::credential::{digest, hex, random_hex, same};
use super::device_api::seconds;
use super::grant::{Answered, Grant, Verdict};
use super::guard::Site;
use super::html::{Slot, fill, rows};
use super::refusal::Refusal;
use super::request::{Pairs, Source, header};

const LAYOUT: &str = include_str!("../../../assets/activation/layout.html");
const ENTER: &str = include_str!("../../../assets/activation/enter.html");
const CONFIRM: &str = include_str!("../../../assets/activation/confirm.html");
const RESULT: &str = include_str!("../../../assets/activation/result.html");

/// GET `/activate`: the form for a code, or with `?code=` the question. It never answers the question.
pub(super) async fn show(
    State(site): State<Arc<Site>>,
    source: Source,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Pairs::of(query.unwrap_or_default().as_bytes());
    let Some(code) = query.get("code").filter(|code| !code.trim().is_empty()) else {
        let lead = "Your terminal shows a code. Type it here to let that machine sign in.";
        return enter(StatusCode::OK, "Sign in a machine", lead);
    };
    let moment = site.control.moment();
    let mut state = site.control.state();
    if let Err(wait) = state.codes_tried.take(source.address, moment.now) {
        return too_many(seconds(wait));
    }
    state.settle(&moment);
    match state.grants.find(code, moment.now) {
        None => unknown(),
        Some(grant) if grant.verdict == Verdict::Waiting => confirm(&site, grant, &headers),
        Some(grant) => already(&grant.verdict),
    }
}

/// POST `/activate`: the answer, taken only from our own page with its form token.
pub(super) async fn answer(
    State(site): State<Arc<Site>>,
    source: Source,
    headers: HeaderMap,
    form: Result<Pairs, Refusal>,
) -> Response {
    // A body that cannot be read holds no form token, so it is refused below.
    let form = form.unwrap_or_default();
    let (code, token) = (form.get("code").unwrap_or_default(), form.get("csrf").unwrap_or_default());
    let genuine = cookie(&site, &headers)
        .is_some_and(|cookie| same(form_token(&site, cookie, code).as_bytes(), token.as_bytes()));
    if !genuine || !site.is_own_form(&headers) {
        let lead = "It did not come from the page that this sandbox showed you, or your browser keeps no \
                    cookies. Nothing was approved. Open the address from your terminal again.";
        return result(StatusCode::FORBIDDEN, "This answer was not accepted", lead, None);
    }
    let approve = match form.get("answer") {
        Some("approve") => true,
        Some("decline") => false,
        _ => {
            let lead = "Nothing was approved. Go back, then choose Approve or Decline.";
            return result(StatusCode::BAD_REQUEST, "No answer was given", lead, None);
        }
    };
    let moment = site.control.moment();
    let mut state = site.control.state();
    if let Err(wait) = state.codes_tried.take(source.address, moment.now) {
        return too_many(seconds(wait));
    }
    match state.answer(code, approve, &moment) {
        Answered::Now(digits) if approve => approved(digits.as_deref()),
        Answered::Now(_) => {
            let lead = "That machine was not signed in, and its program has been told so. If you did not \
                        start this sign-in, there is nothing more to do.";
            result(StatusCode::OK, "Declined", lead, None)
        }
        Answered::Already(Verdict::Approved(Some(digits))) => approved(Some(&digits)),
        Answered::Already(verdict) => already(&verdict),
        Answered::Unknown => unknown(),
    }
}

/// The question itself.
fn confirm(site: &Site, grant: &Grant, headers: &HeaderMap) -> Response {
    let known = cookie(site, headers).map(str::to_owned);
    let fresh = known.is_none();
    let cookie = known.unwrap_or_else(random_hex);
    let seen = &grant.seen;
    let agent = if seen.agent.is_empty() { "did not say" } else { &seen.agent };
    let asked = seen.asked.replace('T', " ").replace('Z', " UTC");
    let saw = rows([("Address", seen.address.as_str()), ("Program", agent), ("Asked at", &asked)]);
    let says = rows(grant.says.iter().map(|(label, text)| (*label, text.as_str())));
    let says = if says.is_empty() { "<p>Nothing.</p>".to_owned() } else { format!("<dl>{says}</dl>") };
    let body = fill(
        CONFIRM,
        &[
            ("code", Slot::Text(&grant.user_code)),
            ("saw", Slot::Html(&saw)),
            ("says", Slot::Html(&says)),
            ("name", Slot::Text(SANDBOX.first_name)),
            ("email", Slot::Text(SANDBOX.email)),
            ("account", Slot::Text(&format!("{} ({})", SANDBOX.name, SANDBOX.id))),
            ("csrf", Slot::Text(&form_token(site, &cookie, &grant.user_code))),
        ],
    );
    let page = page(StatusCode::OK, "Let this machine sign in?", &body);
    if !fresh {
        return page;
    }
    let cookie = format!("{}={cookie}; Path=/activate; HttpOnly; SameSite=Strict", cookie_name(site));
    ([(SET_COOKIE, cookie)], page).into_response()
}

fn approved(digits: Option<&str>) -> Response {
    let lead = match digits {
        None => "Go back to your terminal: it goes on by itself. You can close this page.",
        Some(_) => {
            "Go back to your terminal and type these six digits there. Tell them to nobody: whoever asks you for \
             them wants to sign in as you."
        }
    };
    result(StatusCode::OK, "Approved", lead, digits)
}

fn already(verdict: &Verdict) -> Response {
    let (heading, lead) = if *verdict == Verdict::Declined {
        (
            "This request was declined",
            "That machine was not signed in. Start again on the terminal if you want to.",
        )
    } else {
        (
            "This request was approved",
            "It was answered before and cannot be used again. Go on in your terminal.",
        )
    };
    result(StatusCode::OK, heading, lead, None)
}

fn unknown() -> Response {
    let lead = "It is not known, has run out, or was used before. Look at your terminal for the code that is \
                shown there now, and try again.";
    enter(StatusCode::NOT_FOUND, "This code does not work", lead)
}

fn too_many(wait: u64) -> Response {
    let lead = format!("Codes were tried too often from here. Wait {wait} s, then try again.");
    let page = result(StatusCode::TOO_MANY_REQUESTS, "Too many tries", &lead, None);
    ([(RETRY_AFTER, wait.to_string())], page).into_response()
}

fn enter(status: StatusCode, heading: &str, lead: &str) -> Response {
    let slots = [("heading", Slot::Text(heading)), ("lead", Slot::Text(lead))];
    page(status, heading, &fill(ENTER, &slots))
}

fn result(status: StatusCode, heading: &str, lead: &str, digits: Option<&str>) -> Response {
    let digits = digits.map(|digits| format!("<p class=\"code\">{digits}</p>")).unwrap_or_default();
    let slots =
        [("heading", Slot::Text(heading)), ("lead", Slot::Text(lead)), ("digits", Slot::Html(&digits))];
    page(status, heading, &fill(RESULT, &slots))
}

/// A whole page. Only the style with this page's nonce applies, and forms go nowhere else.
fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let nonce = random_hex();
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    let slots = [("title", Slot::Text(title)), ("nonce", Slot::Text(&nonce)), ("body", Slot::Html(body))];
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8".to_owned()), (CONTENT_SECURITY_POLICY, policy)];
    (status, headers, fill(LAYOUT, &slots)).into_response()
}

/// Cookies do not know ports, so the name tells two sandboxes on one machine apart.
fn cookie_name(site: &Site) -> String {
    format!("sbx_form_{}", site.port)
}

fn cookie<'a>(site: &Site, headers: &'a HeaderMap) -> Option<&'a str> {
    let name = cookie_name(site);
    let pairs = header(headers, COOKIE)?.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value)
        .find(|value| value.len() == random_hex().len() && value.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The token of a form: good for this cookie and this code only.
fn form_token(site: &Site, cookie: &str, code: &str) -> String {
    hex(&digest(&[&site.control.shared.form_key, cookie.as_bytes(), code.as_bytes()]))
}
