//! The sign-in by a browser at an OpenID provider that a stand-in plays: what is asked for, what is taken, and
//! everything that a wrong answer can be.

use std::sync::Arc;
use std::time::Duration;

use landfall::backend::{Backend, Returned};
use landfall::error::Fault;
use landfall::model::Unfit;
use landfall::secret::{Audience, Secret, SecretRef};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json as value};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use super::oidc::{Bench, base64, claims, discovery, id_token, provider, tokens};
use super::peer::{Act, Peer, Seen, json};

fn with_browser(issuer: &str) -> Value {
    let mut document = discovery(issuer);
    document["authorization_endpoint"] = format!("{issuer}/authorize?tenant=a").into();
    document["response_types_supported"] = value!(["id_token", "code"]);
    document["code_challenge_methods_supported"] = value!(["plain", "S256"]);
    document
}

/// A provider that sends browsers on, and whose tokens carry this nonce, once it is known.
async fn site(
    nonce: Arc<std::sync::Mutex<String>>,
    odd: impl Fn(&str, &Seen, &str) -> Option<Act> + Send + Sync + 'static,
) -> Peer {
    provider(move |path, seen, issuer| {
        if let Some(act) = odd(path, seen, issuer) {
            return Some(act);
        }
        match path {
            "/.well-known/openid-configuration" => Some(json(200, &with_browser(issuer))),
            "/token" => {
                let mut claims = claims(issuer);
                claims["nonce"] = nonce.lock().unwrap().as_str().into();
                let mut body = tokens(issuer);
                body["id_token"] = id_token(&claims).into();
                Some(json(200, &body))
            }
            _ => None,
        }
    })
    .await
}

struct Browser {
    bench: Bench,
    peer: Peer,
    /// What the address to open asks for.
    asked: Vec<(String, String)>,
    redirect: Url,
}

impl Browser {
    async fn begin(odd: impl Fn(&str, &Seen, &str) -> Option<Act> + Send + Sync + 'static) -> Self {
        let nonce = Arc::new(std::sync::Mutex::new(String::new()));
        let peer = site(nonce.clone(), odd).await;
        let bench = Bench::new(&peer);
        assert!(bench.api.browses().await);
        let link = bench.api.browse().await.unwrap();
        let link: Url = link.address.shown().parse().unwrap();
        let asked: Vec<(String, String)> = link.query_pairs().into_owned().collect();
        let mut this = Self { bench, peer, asked, redirect: link };
        this.redirect = this.asked("redirect_uri").parse().unwrap();
        *nonce.lock().unwrap() = this.asked("nonce").to_owned();
        this
    }

    fn asked(&self, name: &str) -> &str {
        self.asked.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap()
    }

    /// The address at which a browser ends.
    fn end(&self, more: &[(&str, &str)]) -> String {
        let mut url = self.redirect.clone();
        url.query_pairs_mut().extend_pairs(more);
        url.into()
    }

    fn good(&self) -> String {
        self.end(&[("code", "code-5d3c9f"), ("state", self.asked("state"))])
    }

    fn pasted(&self, text: &str) -> SecretRef {
        let audience = Audience::session(format!("http://{}", self.peer.host()));
        self.bench.vault.keep(Secret::new(text, audience))
    }

    async fn redeem(&self, text: &str) -> Returned {
        self.bench.api.redeem(self.pasted(text)).await
    }
}

/// Asks as a browser does; returns the status and the page.
async fn open(url: &str, host: Option<&str>) -> (u16, String) {
    let url: Url = url.parse().unwrap();
    let at = format!("127.0.0.1:{}", url.port().unwrap());
    let mut stream = TcpStream::connect(&at).await.unwrap();
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let head = format!("GET {target} HTTP/1.1\r\nHost: {}\r\nAccept: */*\r\n\r\n", host.unwrap_or(&at));
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
}

#[tokio::test]
async fn a_browser_here_comes_back_once() {
    let browser = Browser::begin(|_, _, _| None).await;
    assert_eq!(browser.asked("tenant"), "a", "the endpoint's own parameters stay");
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "wizard"),
        ("scope", "openid offline_access"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(browser.asked(name), value);
    }
    assert_eq!(browser.redirect.host_str(), Some("127.0.0.1"));
    assert_eq!(browser.redirect.path(), "/callback");
    for name in ["state", "nonce", "code_challenge"] {
        assert_eq!(browser.asked(name).len(), 43, "{name}");
    }
    let good = browser.good();
    let visits = async {
        // Connections that say nothing, and pages that are none of ours, take nothing away.
        let silent =
            TcpStream::connect(format!("127.0.0.1:{}", browser.redirect.port().unwrap())).await.unwrap();
        let favicon = browser.redirect.join("/favicon.ico").unwrap();
        assert_eq!(open(favicon.as_str(), None).await.0, 404);
        assert_eq!(open(&browser.end(&[("code", "x"), ("state", "theirs")]), None).await.0, 400);
        assert_eq!(open(&good, Some("evil.example")).await.0, 404, "a name that was made to point here");
        let (status, page) = open(&good, None).await;
        assert_eq!(status, 200);
        assert!(page.contains("You may close this page"), "{page}");
        assert!(!page.contains("code-5d3c9f"), "{page}");
        drop(silent);
    };
    let (end, ()) = tokio::join!(browser.bench.api.comes_back(), visits);
    assert!(browser.bench.api.who(end.unwrap()).await.is_ok());
    assert!(
        TcpStream::connect(format!("127.0.0.1:{}", browser.redirect.port().unwrap())).await.is_err(),
        "the port is gone"
    );
    let sent = browser.peer.seen().into_iter().find(|seen| seen.call == "POST /token").unwrap().body;
    let sent: Vec<(String, String)> = url::form_urlencoded::parse(sent.as_bytes()).into_owned().collect();
    let of = |name: &str| sent.iter().find(|(key, _)| key == name).unwrap().1.clone();
    assert_eq!(of("grant_type"), "authorization_code");
    assert_eq!(of("code"), "code-5d3c9f");
    assert_eq!(of("redirect_uri"), browser.asked("redirect_uri"));
    assert_eq!(of("client_id"), "wizard");
    // RFC 7636 §4.6: the challenge was made of this verifier.
    assert_eq!(
        base64(digest(&SHA256, of("code_verifier").as_bytes()).as_ref()),
        browser.asked("code_challenge")
    );
    assert_eq!(browser.redeem(&good).await, Returned::Unfit(Unfit::Over), "none is used twice");
}

#[tokio::test]
async fn what_is_pasted_is_looked_at_closely() {
    let browser = Browser::begin(|_, _, _| None).await;
    let (state, good) = (browser.asked("state").to_owned(), browser.good());
    let own = format!("http://{}/authorize?state={state}&code=x", browser.peer.host());
    for (text, unfit) in [
        ("", Unfit::Nothing),
        (" \n ", Unfit::Nothing),
        ("code-5d3c9f", Unfit::CodeAlone),
        ("not an address.", Unfit::NoAddress),
        (own.as_str(), Unfit::NotOpened),
        ("http://127.0.0.1:1/callback", Unfit::NoAnswer),
        (&browser.end(&[("state", &state)]), Unfit::NoAnswer),
        (&browser.end(&[("code", "x"), ("state", "another")]), Unfit::OtherSignIn),
        (&browser.end(&[("code", "x")]), Unfit::OtherSignIn),
        (&browser.end(&[("error", "access_denied"), ("state", "another")]), Unfit::OtherSignIn),
        (&browser.end(&[("code", "x"), ("code", "y"), ("state", &state)]), Unfit::NoAnswer),
        (&browser.end(&[("code", ""), ("state", &state)]), Unfit::NoAnswer),
        (
            &browser.end(&[("code", "x"), ("state", &state), ("iss", "https://evil.example")]),
            Unfit::OtherIssuer,
        ),
    ] {
        assert_eq!(browser.redeem(text).await, Returned::Unfit(unfit), "{text}");
    }
    // As an address bar shows it, and as a narrow terminal copies it.
    let bare = good.strip_prefix("http://").unwrap();
    let wrapped = format!("{}\n  {}\n", &bare[..30], &bare[30..]);
    assert!(matches!(browser.redeem(&wrapped).await, Returned::Session(_)));
    assert_eq!(browser.redeem(&good).await, Returned::Unfit(Unfit::Over));
}

#[tokio::test]
async fn a_refusal_by_way_of_the_browser_has_its_meaning() {
    for (error, more, fault) in [
        ("access_denied", None, Fault::SignInDeclined),
        (
            "invalid_scope",
            Some("no \u{1b}[1moffline_access"),
            Fault::BadGrant {
                why: "it answers the browser with \"invalid_scope: no [1moffline_access\"".into(),
            },
        ),
    ] {
        let browser = Browser::begin(|_, _, _| None).await;
        let mut pairs = vec![("error", error), ("state", browser.asked("state"))];
        pairs.extend(more.map(|more| ("error_description", more)));
        let end = browser.end(&pairs);
        assert_eq!(browser.redeem(&end).await, Returned::Failed(fault.clone()));
        let browser = Browser::begin(|_, _, _| None).await;
        let mut pairs = vec![("error", error), ("state", browser.asked("state"))];
        pairs.extend(more.map(|more| ("error_description", more)));
        let end = browser.end(&pairs);
        let (came, (status, page)) = tokio::join!(browser.bench.api.comes_back(), open(&end, None));
        assert_eq!(came, Err(fault));
        assert!(status == 200 && page.contains("did not succeed"), "{page}");
    }
}

#[tokio::test]
async fn a_provider_that_names_itself_in_every_answer_must_do_so() {
    let says = |path: &str, _: &Seen, issuer: &str| {
        (path == "/.well-known/openid-configuration").then(|| {
            let mut document = with_browser(issuer);
            document["authorization_response_iss_parameter_supported"] = true.into();
            json(200, &document)
        })
    };
    let browser = Browser::begin(says).await;
    assert_eq!(browser.redeem(&browser.good()).await, Returned::Unfit(Unfit::OtherIssuer));
    let issuer = format!("http://{}", browser.peer.host());
    let end = browser.end(&[("code", "c"), ("state", browser.asked("state")), ("iss", &issuer)]);
    assert!(matches!(browser.redeem(&end).await, Returned::Session(_)));
}

#[tokio::test]
async fn the_tokens_must_belong_to_this_sign_in() {
    let with = |change: Value, id: bool| async move {
        let browser = Browser::begin(move |path, _, issuer| {
            (path == "/token").then(|| {
                let mut claims = claims(issuer);
                for (key, new) in change.as_object().unwrap() {
                    claims[key] = new.clone();
                }
                let mut body = tokens(issuer);
                body["id_token"] = if id { id_token(&claims).into() } else { Value::Null };
                json(200, &body)
            })
        })
        .await;
        match browser.redeem(&browser.good()).await {
            Returned::Failed(Fault::BadReply { why }) => why.to_string(),
            other => panic!("{other:?}"),
        }
    };
    for (change, id, why) in [
        (value!({}), false, "it gave no ID token, so nobody can tell for which sign-in its token is"),
        (value!({}), true, "its ID token belongs to another sign-in"),
        (value!({"nonce": "theirs"}), true, "its ID token belongs to another sign-in"),
        (value!({"aud": "them"}), true, "its ID token is meant for another client"),
        (value!({"azp": "them"}), true, "its ID token was issued to another client"),
        (value!({"iss": "https://evil.example"}), true, "its ID token is from another issuer"),
    ] {
        assert_eq!(with(change.clone(), id).await, why, "{change}");
    }
    // A code that the provider does not take, with an answer that holds it.
    let browser = Browser::begin(|path, _, _| {
        (path == "/token").then(|| {
            let said = value!({"error": "invalid_grant", "error_description": "code-5d3c9f is spent"});
            json(400, &said)
        })
    })
    .await;
    let Returned::Failed(Fault::Server { status: 400, said, .. }) = browser.redeem(&browser.good()).await
    else {
        panic!("refused")
    };
    assert_eq!(said.as_str(), "invalid_grant: [secret] is spent");
}

#[tokio::test]
async fn it_is_offered_only_where_it_can_be_done_right() {
    for change in [
        value!({"authorization_endpoint": null}),
        value!({"authorization_endpoint": "https://evil.example/authorize"}),
        value!({"authorization_endpoint": "http://evil.example/authorize"}),
        value!({"response_types_supported": ["id_token"]}),
        value!({"response_types_supported": null}),
        value!({"code_challenge_methods_supported": ["plain"]}),
        value!({"code_challenge_methods_supported": null}),
    ] {
        let told = change.clone();
        let peer = provider(move |path, _, issuer| {
            (path == "/.well-known/openid-configuration").then(|| {
                let mut document = with_browser(issuer);
                for (key, new) in change.as_object().unwrap() {
                    document[key] = new.clone();
                }
                json(200, &document)
            })
        })
        .await;
        let bench = Bench::new(&peer);
        assert!(!bench.api.browses().await, "{told}");
        assert!(bench.api.browse().await.is_err(), "{told}");
        // Waiting for nothing is no way to wait.
        let end = tokio::time::timeout(Duration::from_secs(1), bench.api.comes_back()).await;
        assert_eq!(end, Ok(Err(Fault::SignInExpired)), "{told}");
    }
}
