//! What handlers read from a request: who calls, from where, and what the body says.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, HeaderName, USER_AGENT};
use axum::http::request::Parts;
use serde_json::Value;

use super::account::Account;
use super::guard::Site;
use super::refusal::Refusal;
use crate::sandbox::tls::Peer;

/// The text of a header, or nothing.
pub(super) fn header(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A person's session.
pub(super) struct Caller {
    /// The account signed in to.
    pub(super) account: &'static Account,
    /// The bearer.
    pub(super) token: String,
}

impl FromRequestParts<Arc<Site>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Refusal> {
        let missing = "Authentication credentials were not provided.";
        let bearer = header(&parts.headers, AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let token = bearer.ok_or_else(|| Refusal::detail(401, missing))?.trim().to_owned();
        let account = site.control.state().bearer(&token);
        let account = account.ok_or_else(|| Refusal::detail(401, "Invalid token."))?;
        Ok(Self { account, token })
    }
}

/// Where a request comes from.
pub(super) struct Source {
    /// The address of the caller; loopback if the server was not told.
    pub(super) address: IpAddr,
    /// The program, in its own words.
    pub(super) agent: String,
}

impl FromRequestParts<Arc<Site>> for Source {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Site>) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<Peer>>();
        let address = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(Peer(address))| *address);
        let agent = parts.headers.get(USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()));
        Ok(Self { address, agent: agent.unwrap_or_default().into_owned() })
    }
}

/// A JSON body. An empty one is null, whatever the content type says.
pub(super) struct JsonBody(pub(super) Value);

impl FromRequest<Arc<Site>> for JsonBody {
    type Rejection = Refusal;

    async fn from_request(request: Request, site: &Arc<Site>) -> Result<Self, Refusal> {
        let body = whole(request, site).await?;
        if body.is_empty() {
            return Ok(Self(Value::Null));
        }
        serde_json::from_slice(&body)
            .map(Self)
            .map_err(|wrong| Refusal::detail(400, &format!("JSON parse error: {wrong}")))
    }
}

/// A form body, or a query: pairs of names and texts.
#[derive(Default)]
pub(super) struct Pairs(Vec<(String, String)>);

impl FromRequest<Arc<Site>> for Pairs {
    type Rejection = Refusal;

    async fn from_request(request: Request, site: &Arc<Site>) -> Result<Self, Refusal> {
        Ok(Self::of(&whole(request, site).await?))
    }
}

impl Pairs {
    /// Reads what a browser sends.
    pub(super) fn of(encoded: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// The first text of that name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, text)| text.as_str())
    }
}

/// The body, if it is not too large.
async fn whole(request: Request, site: &Arc<Site>) -> Result<Bytes, Refusal> {
    let body = Bytes::from_request(request, site).await;
    body.map_err(|refused| Refusal::detail(refused.status().as_u16(), &refused.body_text()))
}
