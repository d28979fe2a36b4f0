//! An OpenID provider, played by a stand-in: every rule that a sign-in rests on, kept and broken.

use std::sync::Arc;

use jiff::Timestamp;
use landfall::backend::oidc::Oidc;
use landfall::backend::{Answer, Backend, DeviceContext};
use landfall::error::Fault;
use landfall::http::Options;
use landfall::model::{Account, OidcClient, Renewal, Trust};
use landfall::secret::{Audience, Secret, SecretRef, Vault};
use serde_json::{Value, json as value};

use super::peer::{Act, Peer, Seen, answer, html, json};
use super::{before, options};

const ACCESS: &str = "acc-9d1c77aa20b1e4f0";
const REFRESH: &str = "ref-51f00c9d8b77a3e2";
const DEVICE: &str = "dev-77b0a4e1c93d2f58";

/// Base64 for addresses, of this stand-in's own.
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digits: Vec<char> =
        bytes.iter().flat_map(|byte| format!("{byte:08b}").into_bytes()).map(char::from).collect();
    let sextets = digits.chunks(6).map(|bits| format!("{:0<6}", bits.iter().collect::<String>()));
    sextets.map(|bits| char::from(LETTERS[usize::from_str_radix(&bits, 2).unwrap()])).collect()
}

pub fn id_token(claims: &Value) -> String {
    format!("{}.{}.c2ln", base64(br#"{"alg":"RS256"}"#), base64(claims.to_string().as_bytes()))
}

pub fn claims(issuer: &str) -> Value {
    value!({"iss": issuer, "aud": "wizard", "sub": "alice", "exp": 4_000_000_000_u64, "name": "Alice A"})
}

pub fn tokens(issuer: &str) -> Value {
    value!({"access_token": ACCESS, "token_type": "bEaReR", "expires_in": 60, "refresh_token": REFRESH,
            "id_token": id_token(&claims(issuer)), "scope": "openid"})
}

pub fn discovery(issuer: &str) -> Value {
    value!({"issuer": issuer, "token_endpoint": format!("{issuer}/token"),
            "device_authorization_endpoint": format!("{issuer}/device/auth"),
            "userinfo_endpoint": format!("{issuer}/me"), "revocation_endpoint": format!("{issuer}/revoke")})
}

fn started(issuer: &str) -> Value {
    value!({"device_code": DEVICE, "user_code": "JBTX-SZLJ", "verification_uri": format!("{issuer}/device"),
            "verification_uri_complete": format!("{issuer}/device?user_code=JBTX-SZLJ"), "expires_in": 600})
}

/// What a sound provider says, unless `odd` says otherwise.
pub async fn provider(odd: impl Fn(&str, &Seen, &str) -> Option<Act> + Send + Sync + 'static) -> Peer {
    Peer::start(move |seen, _| {
        let issuer = format!("http://{}", seen.header("host").unwrap());
        let path = seen.call.split(' ').nth(1).unwrap().to_owned();
        if let Some(act) = odd(&path, seen, &issuer) {
            return act;
        }
        match path.as_str() {
            "/.well-known/openid-configuration" => json(200, &discovery(&issuer)),
            "/device/auth" => json(200, &started(&issuer)),
            "/token" => json(200, &tokens(&issuer)),
            "/me" => json(200, &value!({"sub": "alice", "name": "Alice A", "email": "a@acme.example"})),
            // As django-oauth-toolkit says it: there is no body, whatever its type.
            "/revoke" => answer(200, "Content-Type: text/html\r\n", ""),
            _ => answer(404, "", ""),
        }
    })
    .await
}

/// A clock that is hopelessly slow: tokens are judged by the server's time, spans by this one.
fn clock() -> Timestamp {
    Timestamp::from_second(1_000).unwrap()
}

fn client(issuer: &str) -> OidcClient {
    let scopes = ["openid", "offline_access"].map(str::to_owned).to_vec();
    OidcClient { issuer: issuer.into(), client_id: "wizard".into(), scopes, ..OidcClient::default() }
}

pub struct Bench {
    pub api: Oidc,
    pub vault: Vault,
}

impl Bench {
    pub fn new(peer: &Peer) -> Self {
        Self::facing(peer, &options())
    }

    fn facing(peer: &Peer, options: &Options) -> Self {
        Self::of(client(&format!("http://{}", peer.host())), options)
    }

    fn of(client: OidcClient, options: &Options) -> Self {
        let vault = Vault::default();
        Self { api: Oidc::new(client, vault.clone(), options, clock).unwrap(), vault }
    }

    async fn poll(&self) -> Answer {
        let begun = self.api.begin(&DeviceContext::default()).await.unwrap();
        self.api.poll(begun.device_code).await
    }

    async fn session(&self) -> SecretRef {
        match self.poll().await {
            Answer::Granted(session) => session,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_whole_session_by_the_letter() {
    let peer = provider(|_, _, _| None).await;
    let bench = Bench::new(&peer);
    let begun = bench.api.begin(&DeviceContext::default()).await.unwrap();
    assert_eq!(begun.grant.user_code.shown(), "JBTX-SZLJ");
    // RFC 8628 §3.2: five seconds, where the server names no interval.
    assert_eq!(begun.grant.interval.as_secs(), 5);
    assert!(begun.grant.complete.is_some());
    let Answer::Granted(session) = bench.api.poll(begun.device_code).await else { panic!() };
    let number = client(&format!("http://{}", peer.host())).account("alice");
    assert_eq!(
        bench.api.who(session).await,
        Ok(Account {
            id: number,
            name: "Alice A, subject alice".into(),
            email: "a@acme.example".into(),
            first_name: "Alice A".into()
        })
    );
    let spent = bench.api.spent(session, true).unwrap();
    assert_eq!(bench.api.spent(spent, true), None, "what was spent cannot be renewed");
    let Renewal::Fresh(fresh) = bench.api.renew(session).await else { panic!() };
    assert_eq!(bench.api.revoke(fresh).await, Ok(()));
    let said: Vec<(String, String)> = peer.seen().into_iter().map(|seen| (seen.call, seen.body)).collect();
    let said: Vec<(&str, &str)> = said.iter().map(|(call, body)| (call.as_str(), body.as_str())).collect();
    assert_eq!(
        said,
        [
            ("GET /.well-known/openid-configuration", ""),
            ("POST /device/auth", "client_id=wizard&scope=openid+offline_access"),
            (
                "POST /token",
                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code\
                 &device_code=dev-77b0a4e1c93d2f58&client_id=wizard"
            ),
            ("GET /me", ""),
            ("POST /token", "grant_type=refresh_token&refresh_token=ref-51f00c9d8b77a3e2&client_id=wizard"),
            ("POST /revoke", "token=ref-51f00c9d8b77a3e2&token_type_hint=refresh_token&client_id=wizard"),
            ("POST /revoke", "token=acc-9d1c77aa20b1e4f0&token_type_hint=access_token&client_id=wizard"),
        ]
    );
}

#[tokio::test]
async fn the_issuer_counts_byte_for_byte_and_the_older_place_counts_too() {
    let peer = provider(|path, _, issuer| {
        (path == "/.well-known/openid-configuration").then(|| json(200, &discovery(&format!("{issuer}/"))))
    })
    .await;
    let Err(Fault::BadReply { why }) = Bench::new(&peer).api.begin(&DeviceContext::default()).await else {
        panic!()
    };
    assert!(why.contains("is for the issuer"), "{why}");
    let peer = provider(|path, _, issuer| match path {
        "/o/.well-known/openid-configuration" => Some(html(404, "<title>no</title>")),
        "/.well-known/oauth-authorization-server/o" => {
            let mut document = discovery(issuer);
            document["issuer"] = format!("{issuer}/o").into();
            Some(json(200, &document))
        }
        _ => None,
    })
    .await;
    let bench = Bench::of(client(&format!("http://{}/o", peer.host())), &options());
    assert!(bench.api.begin(&DeviceContext::default()).await.is_ok());
    let peer = provider(|path, _, _| path.starts_with("/.well-known").then(|| answer(404, "", ""))).await;
    let none = Fault::BadReply { why: "there is no discovery document at its issuer".into() };
    assert_eq!(Bench::new(&peer).api.begin(&DeviceContext::default()).await, Err(none));
}

#[tokio::test]
async fn what_is_shown_lies_at_the_issuer_or_at_a_named_host() {
    let at = |field: &'static str, url: &'static str| async move {
        let peer = provider(move |path, _, issuer| {
            (path == "/device/auth").then(|| {
                let mut body = started(issuer);
                body[field] = url.into();
                json(200, &body)
            })
        })
        .await;
        let hosts = vec!["login.acme.example".into(), "xn--bcher-kva.example".into()];
        let api = Bench::new(&peer).api.trusting(&Trust { hosts, ..Trust::default() });
        let begun = api.begin(&DeviceContext::default()).await;
        begun.map(|begun| (begun.grant.verification_uri.shown().to_owned(), begun.grant.complete.is_some()))
    };
    for url in ["https://login.acme.example/device", "https://xn--bcher-kva.example/"] {
        // The complete address lies at another origin than this one, so there is no QR.
        assert_eq!(at("verification_uri", url).await, Ok((url.to_owned(), false)));
    }
    assert_eq!(
        at("verification_uri", "https://b\u{fc}cher.example/").await,
        Ok(("https://xn--bcher-kva.example/".to_owned(), false)),
        "shown in punycode"
    );
    for url in [
        "https://evil.example/device",
        "https://login.acme.example.evil.example/",
        "https://login.acme.example@evil.example/",
        "https://u:p@login.acme.example/",
        "http://login.acme.example/",
        "javascript:alert(1)",
        "",
    ] {
        let refused = at("verification_uri", url).await;
        assert!(matches!(refused, Err(Fault::BadGrant { .. })), "{url}: {refused:?}");
    }
    for url in ["https://evil.example/device?user_code=JBTX-SZLJ", "https://login.acme.example/d"] {
        let shown = at("verification_uri_complete", url).await.unwrap();
        assert!(!shown.1, "{url} drew a QR");
    }
}

#[tokio::test]
async fn every_answer_to_a_poll_has_its_meaning() {
    let heard = |status: u16, body: Value| async move {
        let peer = provider(move |path, _, _| (path == "/token").then(|| json(status, &body))).await;
        let answer = Bench::new(&peer).poll().await;
        match answer {
            Answer::Pending { .. } => "pending".to_owned(),
            Answer::SlowDown { .. } => "slow down".to_owned(),
            Answer::Denied => "denied".to_owned(),
            Answer::Expired => "expired".to_owned(),
            Answer::Retry { .. } => "again".to_owned(),
            Answer::Granted(_) => "granted".to_owned(),
            Answer::Fatal(Fault::CodeForbidden { client, .. }) => format!("forbidden to {client}"),
            Answer::Issued(_) => "issued".to_owned(),
            Answer::ReverseCode => "digits".to_owned(),
            Answer::Fatal(_) => "the end".to_owned(),
        }
    };
    for (status, body, meaning) in [
        (400, value!({"error": "authorization_pending", "error_description": "x"}), "pending"),
        // A status that contradicts the word does not count.
        (200, value!({"error": "authorization_pending"}), "pending"),
        (428, value!({"error": "authorization_pending"}), "pending"),
        (400, value!({"error": "slow_down"}), "slow down"),
        (400, value!({"error": "access_denied"}), "denied"),
        (403, value!({"error": "access_denied"}), "denied"),
        (400, value!({"error": "expired_token"}), "expired"),
        (400, value!({"error": "unauthorized_client"}), "forbidden to wizard"),
        (400, value!({"error": "unsupported_grant_type"}), "forbidden to wizard"),
        (403, value!({"message": "no"}), "forbidden to wizard"),
        (
            400,
            value!({"error": "invalid_request", "error_description": "AADSTS530036: blocked by policy"}),
            "forbidden to wizard",
        ),
        (400, value!({"error": "invalid_grant"}), "the end"),
        (404, value!({"error": "device_not_found"}), "the end"),
        (500, value!({"error": "server_error"}), "again"),
        (503, value!({}), "again"),
        (429, value!({}), "again"),
        (200, value!([]), "again"),
        (200, value!({}), "the end"),
        (200, value!({"access_token": "a b", "token_type": "Bearer"}), "the end"),
        (200, value!({"access_token": "a", "token_type": "DPoP"}), "the end"),
        (200, value!({"access_token": "a", "token_type": "BEARER"}), "granted"),
        (200, value!({"access_token": "a", "id_token": "x.y.z"}), "the end"),
    ] {
        assert_eq!(heard(status, body.clone()).await, meaning, "{status} {body}");
    }
    let peer = provider(|path, _, _| (path == "/token").then(|| html(500, "<title>Oops</title>"))).await;
    assert!(matches!(Bench::new(&peer).poll().await, Answer::Retry { .. }));
}

#[tokio::test]
async fn a_code_that_may_not_be_asked_for_says_whom_to_ask() {
    for (status, body) in [
        (400, value!({"error": "unauthorized_client", "error_description": "not this one"})),
        (403, value!({"error": "forbidden"})),
        (401, value!({"error": "invalid_client"})),
    ] {
        let peer = provider(move |path, _, _| (path == "/device/auth").then(|| json(status, &body))).await;
        let end = Bench::new(&peer).api.begin(&DeviceContext::default()).await;
        let Err(fault @ Fault::CodeForbidden { .. }) = end else { panic!("{end:?}") };
        assert!(
            fault.next("landfall").contains("send this to an administrator"),
            "{}",
            fault.next("landfall")
        );
    }
    let peer = provider(|path, _, issuer| {
        (path == "/.well-known/openid-configuration").then(|| {
            let mut document = discovery(issuer);
            document["device_authorization_endpoint"] = Value::Null;
            json(200, &document)
        })
    })
    .await;
    let end = Bench::new(&peer).api.begin(&DeviceContext::default()).await;
    assert_eq!(end, Err(Fault::NoDeviceGrant));
}

#[tokio::test]
async fn an_id_token_is_judged_by_the_servers_time() {
    let with = |change: Value, date: &'static str| async move {
        let peer = provider(move |path, _, issuer| {
            (path == "/token").then(|| {
                let mut claims = claims(issuer);
                for (key, new) in change.as_object().unwrap() {
                    claims[key] = new.clone();
                }
                let mut body = tokens(issuer);
                body["id_token"] = id_token(&claims).into();
                let head = format!("Content-Type: application/json\r\n{date}");
                answer(200, &head, &body.to_string())
            })
        })
        .await;
        match Bench::new(&peer).poll().await {
            Answer::Granted(_) => String::new(),
            Answer::Fatal(Fault::BadReply { why }) => why.to_string(),
            other => panic!("{other:?}"),
        }
    };
    // 1994-11-06 08:49:37 UTC is 784111777.
    let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    assert_eq!(with(value!({"exp": 784_111_800}), date).await, "");
    assert_eq!(
        with(value!({"exp": 784_111_700}), date).await,
        "its ID token has run out, by the server's own time"
    );
    assert_eq!(with(value!({"aud": "other"}), date).await, "its ID token is meant for another client");
    assert_eq!(with(value!({"azp": "other"}), date).await, "its ID token was issued to another client");
    assert_eq!(
        with(value!({"iss": "https://evil.example"}), date).await,
        "its ID token is from another issuer"
    );
}

#[tokio::test]
async fn who_it_is_must_be_who_signed_in() {
    for (status, body, fault) in [
        (
            200,
            value!({"sub": "mallory"}),
            Fault::BadReply { why: "who it says we are is not who signed in".into() },
        ),
        (200, value!({"name": "x"}), Fault::BadReply { why: "it names no subject".into() }),
        (401, value!({"error": "invalid_token"}), Fault::SessionRejected),
        (403, value!({"error": "insufficient_scope"}), Fault::SessionRejected),
    ] {
        let peer = provider(move |path, _, _| (path == "/me").then(|| json(status, &body))).await;
        let bench = Bench::new(&peer);
        let session = bench.session().await;
        assert_eq!(bench.api.who(session).await, Err(fault));
    }
    // A bare access token that was handed in: its subject is the one that counts.
    let peer = provider(|_, _, _| None).await;
    let bench = Bench::new(&peer);
    let origin = format!("http://{}", peer.host());
    let bare = bench.vault.keep(Secret::new(ACCESS, Audience::session(origin)));
    assert_eq!(
        bench.api.who(bare).await.map(|account| account.email.to_string()),
        Ok("a@acme.example".into())
    );
    assert_eq!(bench.api.spent(bare, true), None);
}

#[tokio::test]
async fn a_renewal_is_never_sent_twice_and_its_end_is_told_apart() {
    let ended = |act: fn() -> Act| async move {
        let peer = provider(move |path, seen, _| {
            (path == "/token" && seen.body.contains("refresh_token")).then(act)
        })
        .await;
        let bench = Bench::facing(&peer, &before(&act()));
        let session = bench.session().await;
        let end = bench.api.renew(session).await;
        let sent = peer.seen().iter().filter(|seen| seen.body.contains("grant_type=refresh_token")).count();
        assert_eq!(sent, 1);
        end
    };
    assert_eq!(ended(|| json(400, &value!({"error": "invalid_grant"}))).await, Renewal::Rejected);
    for lost in [
        || json(500, &value!({"error": "server_error"})),
        || html(502, "<title>Bad Gateway</title>"),
        || Act::Say(Vec::new()),
        || Act::Hang(b"HTTP/1.1 200 OK\r\n".to_vec()),
        || json(200, &value!({"token_type": "bearer"})),
        || answer(200, "", "{\"access_token\":\"x"),
    ] {
        assert_eq!(ended(lost).await, Renewal::Lost);
    }
    // Another subject's ID token in a renewal is as good as none.
    let peer = provider(|path, seen, issuer| {
        (path == "/token" && seen.body.contains("grant_type=refresh_token")).then(|| {
            let mut body = tokens(issuer);
            let mut claims = claims(issuer);
            claims["sub"] = "mallory".into();
            body["id_token"] = id_token(&claims).into();
            json(200, &body)
        })
    })
    .await;
    let bench = Bench::new(&peer);
    let session = bench.session().await;
    assert_eq!(bench.api.renew(session).await, Renewal::Lost);
    // Where nobody listens, nothing was sent.
    let peer = provider(|_, _, _| None).await;
    let bench = Bench::new(&peer);
    let session = bench.session().await;
    drop(peer);
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    assert!(matches!(bench.api.renew(session).await, Renewal::NotSent(_)));
}

#[tokio::test]
async fn an_end_that_was_not_confirmed_is_not_claimed() {
    for act in [
        (|| answer(401, "", "")) as fn() -> Act,
        || answer(500, "", ""),
        || html(200, "<title>Welcome</title>"),
        || answer(302, "Location: /login\r\n", ""),
    ] {
        let peer = provider(move |path, _, _| (path == "/revoke").then(act)).await;
        let bench = Bench::new(&peer);
        let session = bench.session().await;
        let end = bench.api.revoke(session).await;
        assert!(end.is_err(), "{end:?}");
    }
}

#[tokio::test]
async fn no_token_passes_a_text() {
    let echo: Arc<str> = format!("you sent {ACCESS} and {REFRESH} and {DEVICE}").into();
    let peer = provider(move |path, seen, _| {
        let late = path == "/token" && seen.body.contains("grant_type=refresh_token");
        (path == "/me" || path == "/revoke" || late)
            .then(|| json(400, &value!({"error": "odd", "error_description": &*echo})))
    })
    .await;
    let bench = Bench::new(&peer);
    let session = bench.session().await;
    let said = format!("{:?} {:?}", bench.api.who(session).await, bench.api.revoke(session).await);
    for secret in [ACCESS, REFRESH] {
        assert!(!said.contains(secret), "{said}");
    }
    assert!(said.contains("[secret]"), "{said}");
}

#[tokio::test]
async fn what_one_document_leaves_out_the_other_may_name() {
    const OPENID: &str = "/.well-known/openid-configuration";
    const OAUTH: &str = "/.well-known/oauth-authorization-server";
    let without = |issuer: &str, gone: &[&str]| {
        let mut document = discovery(issuer);
        for key in gone {
            document.as_object_mut().unwrap().remove(*key);
        }
        document
    };
    // As django-oauth-toolkit has it: who it is in the one, where to revoke in the other, the device nowhere.
    let peer = provider(move |path, _, issuer| match path {
        OPENID => {
            Some(json(200, &without(issuer, &["device_authorization_endpoint", "revocation_endpoint"])))
        }
        OAUTH => Some(json(200, &without(issuer, &["device_authorization_endpoint", "userinfo_endpoint"]))),
        _ => None,
    })
    .await;
    let issuer = format!("http://{}", peer.host());
    assert_eq!(Bench::new(&peer).api.begin(&DeviceContext::default()).await, Err(Fault::NoDeviceGrant));
    let named = |device: &str| OidcClient { device: Some(device.into()), ..client(&issuer) };
    let bench = Bench::of(named(&format!("{issuer}/device/auth")), &options());
    let session = bench.session().await;
    assert!(bench.api.who(session).await.is_ok());
    assert_eq!(bench.api.revoke(session).await, Ok(()));
    let unsafe_one =
        Bench::of(named("http://evil.example/device"), &options()).api.begin(&DeviceContext::default()).await;
    assert!(matches!(unsafe_one, Err(Fault::BadInput { .. })), "{unsafe_one:?}");

    // A second document that is another's, is broken or is not there takes nothing away, and adds nothing.
    for odd in [
        || json(200, &discovery("https://evil.example")),
        || json(500, &Value::Null),
        || html(200, "<title>Portal</title>"),
        || Act::Say(Vec::new()),
    ] {
        let peer = provider(move |path, _, issuer| match path {
            OPENID => Some(json(200, &without(issuer, &["revocation_endpoint"]))),
            OAUTH => Some(odd()),
            _ => None,
        })
        .await;
        let bench = Bench::new(&peer);
        let session = bench.session().await;
        assert!(matches!(bench.api.revoke(session).await, Err(Fault::BadReply { .. })));
    }
}
