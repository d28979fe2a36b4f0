//! The API: statuses and fields as the reference has them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, body::Bytes};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::super::base64;
use super::Site;
use super::state::{SCOPE, Verdict};
use super::trouble::Trouble;

/// A host key of nobody's.
const HOST_KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHR1aW5nIGlzIG5vdCBhIHJlYWwgaG9zdCBrZXkhISEh";
/// The lab of a simulated administrator.
const LAB: &str = "NMGRL";

fn told(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(body)).into_response()
}

fn refused(status: u16, words: &str) -> Response {
    told(status, &json!({ "detail": words }))
}

fn field<'a>(body: &'a Value, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// POST `device-codes`
pub(super) async fn code(State(site): State<Arc<Site>>, headers: HeaderMap, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (key, host) = (field(&body, "public_key"), field(&body, "hostname"));
    if headers.contains_key(AUTHORIZATION) {
        return refused(401, "this call takes no token");
    }
    let trouble = site.options.trouble;
    if host.is_empty() || trouble == Trouble::KeyRefused || blob(key).is_none() {
        return refused(400, "public_key: not an OpenSSH Ed25519 key, or one that is not wanted");
    }
    let (device_code, grant) = site.held().begin(key, host, trouble == Trouble::Expires);
    let page = format!("{}/admin", site.base);
    let answer = json!({
        "device_code": device_code,
        "user_code": grant.user_code,
        "verification_url": page,
        "verification_url_complete": format!("{page}?code={}", grant.user_code),
        "expires_at": grant.until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "interval_seconds": 1,
    });
    told(if trouble == Trouble::OddStart { 200 } else { 201 }, &answer)
}

/// POST `device-codes/poll`
pub(super) async fn poll(State(site): State<Arc<Site>>, headers: HeaderMap, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if headers.contains_key(AUTHORIZATION) {
        return refused(401, "this call takes no token");
    }
    let options = site.options;
    let mut held = site.held();
    let Some(grant) = held.grant(field(&body, "device_code")) else {
        return refused(410, "unknown, expired or used up");
    };
    if !grant.is_alive() {
        return refused(410, "unknown, expired or used up");
    }
    let fails = match options.trouble {
        Trouble::Flaky => 3,
        Trouble::Down => u32::MAX,
        _ => 0,
    };
    if grant.failures < fails {
        grant.failures += 1;
        return refused(503, "not now");
    }
    let due = options.approve_after.is_some_and(|after| grant.asked.elapsed() >= after);
    if due && grant.verdict == Verdict::Waiting {
        grant.verdict = match options.trouble {
            Trouble::Denied => Verdict::Denied,
            Trouble::Expires => Verdict::Waiting,
            _ => Verdict::Approved { lab: LAB.into(), scopes: vec![SCOPE.into()] },
        };
    }
    let (lab, scopes) = match &grant.verdict {
        Verdict::Waiting => return refused(425, "nobody has answered yet"),
        Verdict::Denied => return refused(403, "declined"),
        Verdict::Spent => return refused(410, "unknown, expired or used up"),
        Verdict::Approved { lab, scopes } => (lab.clone(), scopes.clone()),
    };
    grant.verdict = Verdict::Spent;
    match options.trouble {
        Trouble::KeyRefusedLate => return refused(400, "this key is registered already"),
        Trouble::MintFails => return refused(502, "the forge did not answer"),
        _ => {}
    }
    let key = grant.key.clone();
    let scopes = if options.trouble == Trouble::NoScope { vec!["labs:read".into()] } else { scopes };
    let lab = match options.trouble {
        Trouble::HostileLab => format!("{lab}\n[other]\nlab_name = evil"),
        Trouble::LabIsPath => "../../etc/passwd".to_owned(),
        _ => lab,
    };
    held.register(&key);
    let token = held.mint(&lab, &scopes);
    told(200, &handed(options.trouble, &site.base, &lab, &key, &token))
}

/// The body of a success.
fn handed(trouble: Trouble, base: &str, lab: &str, key: &str, token: &str) -> Value {
    let slug: String = lab.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let mut alias = json!({
        "alias": format!("pychron-{}", slug.trim_matches('-')),
        "real_host": "git.nmgrl.example",
        "port": 2222,
        "known_hosts_line": format!("[git.nmgrl.example]:2222 {HOST_KEY}"),
    });
    let hostile = match trouble {
        Trouble::HostileAlias => Some(("alias", json!("x\nHost *\n    ProxyCommand touch /tmp/owned"))),
        Trouble::HostileHost => Some(("real_host", json!("-oProxyCommand=touch /tmp/owned"))),
        Trouble::HostilePort => Some(("port", json!(70_000))),
        Trouble::HostileKnownHost => {
            Some(("known_hosts_line", json!(format!("@cert-authority * {HOST_KEY}"))))
        }
        _ => None,
    };
    if let (Some((name, value)), Some(alias)) = (hostile, alias.as_object_mut()) {
        alias.insert(name.to_owned(), value);
    }
    let of = if trouble == Trouble::OtherKey { HOST_KEY } else { key };
    let within = if trouble == Trouble::AliasBeside { Value::Null } else { alias.clone() };
    let mut registered = json!({
        "bot_username": format!("bot-{}", slug.to_lowercase()),
        "fingerprint": fingerprint(of),
        "rotated": false,
        "default_metadata_repo": {
            "repository_identifier": format!("{lab}/metadata"),
            "ssh_url": "git@git.nmgrl.example:NMGRL/metadata.git",
            "https_url": "https://git.nmgrl.example/NMGRL/metadata.git",
            "branch": "main",
        },
        "ssh_host_alias": within,
    });
    if let (Trouble::Echo, Some(registered)) = (trouble, registered.as_object_mut()) {
        registered.insert("note".into(), json!(format!("keep {token} safe")));
    }
    let bundle = json!({
        "instance_connection_name": "lab:region:instance",
        "database_name": "pychron",
        "service_account_email": "bot@lab.example",
        "service_account_key_json": "{\"type\":\"service_account\",\"client_email\":\"bot@lab.example\"}",
        "ip_type": "public",
    });
    json!({
        "api_token": token,
        "lab": lab,
        "api_base_url": match trouble {
            Trouble::Moved => base.replace("127.0.0.1", "localhost"),
            Trouble::MovedBadly => "http://elsewhere.example/".to_owned(),
            _ => format!("{base}/"),
        },
        "default_metadata_repo": Value::Null,
        "ssh_host_alias": alias,
        "ssh_key": registered,
        "database_iam": if trouble == Trouble::Bundle { bundle } else { Value::Null },
    })
}

/// The bearer of a call.
fn bearer(headers: &HeaderMap) -> String {
    let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.strip_prefix("Bearer ").unwrap_or_default().to_owned()
}

/// GET `whoami`
pub(super) async fn whoami(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    if site.options.trouble == Trouble::WhoamiHangs {
        std::future::pending::<()>().await;
    }
    let mut held = site.held();
    let token = held.token(&bearer(&headers)).map(|token| token.clone());
    match (site.options.trouble, token) {
        (Trouble::WhoamiRejects, _) | (_, None) => refused(401, "no such token"),
        (Trouble::WhoamiFails, _) => refused(403, "not for you"),
        (Trouble::WhoamiGarbled, _) => (StatusCode::OK, "pong").into_response(),
        (trouble, Some(token)) => {
            let lab = if trouble == Trouble::WhoamiElsewhere { "OTHER".into() } else { token.lab };
            told(200, &json!({ "kind": "workstation", "scopes": token.scopes, "lab": lab }))
        }
    }
}

/// POST `workstations/ssh-keys`
pub(super) async fn register(State(site): State<Arc<Site>>, headers: HeaderMap, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let key = field(&body, "public_key").to_owned();
    let trouble = site.options.trouble;
    let mut held = site.held();
    let Some(token) = held.token(&bearer(&headers)) else { return refused(401, "no such token") };
    if trouble == Trouble::NoScope || !token.scopes.iter().any(|scope| scope == SCOPE) {
        return refused(403, "the token lacks a scope");
    }
    let refusals = match trouble {
        Trouble::KeyKnown => 1,
        Trouble::KeysKnown => u32::MAX,
        _ => 0,
    };
    if token.keys_refused < refusals {
        token.keys_refused += 1;
        let status = if trouble == Trouble::KeyKnown { 422 } else { 409 };
        return refused(status, "this key is registered already");
    }
    let lab = token.lab.clone();
    if blob(&key).is_none() || !held.register(&key) {
        return refused(422, "this key is registered already");
    }
    let handed = handed(trouble, &site.base, &lab, &key, "");
    told(201, handed.get("ssh_key").unwrap_or(&Value::Null))
}

/// DELETE `tokens/self`
pub(super) async fn end(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    if site.options.trouble == Trouble::RevokeFails {
        return refused(500, "not now");
    }
    if site.held().end(&bearer(&headers)) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        refused(404, "gone")
    }
}

/// GET `/audit`: what happened so far, a word each; for tests.
pub(super) async fn audit(State(site): State<Arc<Site>>) -> Response {
    told(200, &json!(site.held().audit))
}

/// The key blob of a public line.
fn blob(line: &str) -> Option<Vec<u8>> {
    let mut words = line.split(' ');
    (words.next() == Some("ssh-ed25519")).then_some(())?;
    base64::decode(words.next()?).filter(|blob| blob.len() == 51)
}

fn fingerprint(line: &str) -> String {
    let blob = blob(line).unwrap_or_default();
    format!("SHA256:{}", base64::encode(digest(&SHA256, &blob).as_ref()).trim_end_matches('='))
}
