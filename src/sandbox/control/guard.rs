//! The router, and what stands before every handler: the sandbox answers on loopback names only, takes
//! nothing from foreign pages, and marks all replies as private.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, REFERRER_POLICY,
    USER_AGENT, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, http::StatusCode};
use serde_json::json;

use super::credential::same;
use super::refusal::Refusal;
use super::request::header;
use super::{Control, api, device_api, pages};
use crate::sandbox::base64;

/// The largest body that is read.
const LARGEST_BODY: usize = 64 * 1024;
/// Set by browsers only: how the page that asks is related to this one.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The control plane at its address.
pub(super) struct Site {
    /// The control plane.
    pub(super) control: Control,
    /// `http://127.0.0.1:PORT`, or what others reach it at; without a slash at the end.
    pub(super) base: String,
    /// The port of that address.
    pub(super) port: u16,
    /// The names that it is reached under.
    names: Vec<String>,
}

/// All routes behind the guards.
pub(super) fn router(control: &Control, public_base: &str) -> Router {
    let base = public_base.trim_end_matches('/').to_owned();
    let url = url::Url::parse(&base).ok();
    let port = url.as_ref().and_then(url::Url::port_or_known_default).unwrap_or_default();
    let mut names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    names.extend(url.as_ref().and_then(url::Url::host_str).map(str::to_owned));
    let site = Arc::new(Site { control: control.clone(), base, port, names });
    Router::new()
        .route("/device/code", post(device_api::code))
        .route("/device/token", post(device_api::token))
        .route("/userinfo/", get(device_api::userinfo))
        .route("/auth/revoke", post(device_api::sign_out))
        .route("/api-token-auth/", post(api::machine_login))
        .route("/edge-device/", get(api::list).post(api::create))
        .route("/edge-device/admins/", get(api::admins))
        .route("/edge-device/{id}/", get(api::one).patch(api::change))
        .route("/edge-device/{id}/revoke/", post(api::revoke))
        .route("/audit", get(api::audit))
        .route("/.well-known/landfall", get(api::extensions))
        .layer(from_fn_with_state(Arc::clone(&site), version))
        .route("/", get(pages::show))
        .route("/activate", get(pages::show).post(pages::answer))
        .layer(from_fn_with_state(Arc::clone(&site), password))
        .fallback(async || Refusal::not_found())
        .method_not_allowed_fallback(async || Refusal::detail(405, "Method not allowed."))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(from_fn_with_state(Arc::clone(&site), loopback))
        .with_state(site)
}

/// Refuses other host names (a page elsewhere may have pointed its own name here) and requests made by
/// foreign pages; adds the headers that every reply carries.
async fn loopback(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let named = header(headers, HOST);
    let absolute = request.uri().authority().map(axum::http::uri::Authority::as_str);
    let mut reply = if !named.is_some_and(|host| site.is_here(host))
        || absolute.is_some_and(|host| !site.is_here(host))
    {
        let told = format!(
            "SANDBOX: only http://127.0.0.1:{0} and http://localhost:{0} are served here.\n",
            site.port
        );
        (StatusCode::MISDIRECTED_REQUEST, told).into_response()
    } else if header(headers, ORIGIN).is_some_and(|origin| origin != "null" && !site.is_origin(origin)) {
        (StatusCode::FORBIDDEN, "SANDBOX: requests from other sites are refused.\n").into_response()
    } else {
        next.run(request).await
    };
    let always = [
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in always {
        reply.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    let strict = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    reply.headers_mut().entry(CONTENT_SECURITY_POLICY).or_insert(strict);
    reply
}

/// Where the sandbox is open to others, its pages and its audit ask for the password of the run (RFC 7617). The
/// rest of the API asks for a bearer anyway, and a device code is of no use before somebody on a page approves it.
async fn password(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let Some(password) = &site.control.options().password else { return next.run(request).await };
    if !matches!(request.uri().path(), "/" | "/activate" | "/audit") {
        return next.run(request).await;
    }
    let given = header(request.headers(), AUTHORIZATION).unwrap_or_default();
    let (scheme, given) = given.split_once(' ').unwrap_or_default();
    let known = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => same(given.as_bytes(), password.as_bytes()),
        // The name before the colon may be any.
        "basic" => base64::decode(given).is_some_and(|pair| {
            pair.split(|byte| *byte == b':').nth(1).is_some_and(|word| same(word, password.as_bytes()))
        }),
        _ => false,
    };
    if known {
        return next.run(request).await;
    }
    let asks =
        [(WWW_AUTHENTICATE, "Basic realm=\"landfall sandbox: any name, and the password of this run\"")];
    let told = "SANDBOX: the password that was printed when this sandbox started is needed here.\n";
    (StatusCode::UNAUTHORIZED, asks, told).into_response()
}

/// Answers clients below the lowest version with 426. A version that cannot be read passes, as it does
/// at the reference service.
async fn version(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let asked = header(request.headers(), USER_AGENT).and_then(|agent| agent.split_once('/'));
    let theirs = asked.and_then(|(_, rest)| release(rest.split(' ').next().unwrap_or_default()));
    match &site.control.options().min_version {
        Some(lowest) if theirs.is_some() && theirs < release(lowest) => {
            let told = json!({ "error": "upgrade_required", "min_version": lowest });
            (StatusCode::UPGRADE_REQUIRED, Json(told)).into_response()
        }
        _ => next.run(request).await,
    }
}

/// The numbers of `1.2.3` or `1.2.3-rc.1`.
fn release(version: &str) -> Option<Vec<u64>> {
    let plain = version.split(['-', '+']).next()?;
    plain.split('.').map(|number| number.parse().ok()).collect()
}

impl Site {
    fn is_here(&self, host: &str) -> bool {
        self.names.iter().any(|name| {
            host.eq_ignore_ascii_case(&format!("{name}:{}", self.port))
                || (self.port == 80 && host.eq_ignore_ascii_case(name))
        })
    }

    fn is_origin(&self, origin: &str) -> bool {
        let scheme = self.base.split("://").next().unwrap_or("http");
        origin.split_once("://").is_some_and(|(theirs, host)| theirs == scheme && self.is_here(host))
    }

    /// Whether a form was sent by our own page. Under `no-referrer` browsers send `Origin: null`, so
    /// `Sec-Fetch-Site` decides where it is there; a request that tells neither is refused.
    pub(super) fn is_own_form(&self, headers: &HeaderMap) -> bool {
        let origin = header(headers, ORIGIN).filter(|origin| *origin != "null");
        match (header(headers, SEC_FETCH_SITE), origin) {
            (Some(site), _) if site != "same-origin" => false,
            (_, Some(origin)) => self.is_origin(origin),
            (site, None) => site.is_some(),
        }
    }
}
