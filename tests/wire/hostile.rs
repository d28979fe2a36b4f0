//! Servers that are broken or mean harm.

use std::time::Duration;

use landfall::backend::{Amendment, Answer, Application, Backend, DeviceContext, Outcome, Proof};
use landfall::error::Fault;
use landfall::http::Options;
use landfall::model::Location;
use serde_json::{Value, json as value};

use super::peer::{Act, Peer, answer, fixture, html, json, recorded};
use super::{Bench, DEVICE_CODE, PASSWORD, TOKEN, before, hurried};

fn why(fault: &Fault) -> String {
    match fault {
        Fault::Unreachable { why, .. } | Fault::BadReply { why } => why.to_string(),
        other => panic!("{other:?}"),
    }
}

async fn who(act: impl Fn() -> Act + Send + Sync + 'static) -> Fault {
    let options = before(&act());
    let peer = Peer::always(act).await;
    let bench = Bench::with(&peer.url(""), &options);
    bench.api.who(bench.session).await.unwrap_err()
}

#[tokio::test]
async fn bodies_are_bounded_whatever_is_claimed() {
    let too_large = "it is larger than 64 KiB";
    let claimed = || Act::Hang(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{".to_vec());
    assert_eq!(why(&who(claimed).await), too_large);
    let endless = || {
        let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
        Act::Endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(), chunk.into())
    };
    assert_eq!(why(&who(endless).await), too_large);
    let unframed = || Act::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b' '; 4096]);
    assert_eq!(why(&who(unframed).await), too_large);
    let headers = || Act::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-A: b\r\n".to_vec());
    assert!(matches!(who(headers).await, Fault::Unreachable { .. }));
    // A compressed body is not undone: it is not asked for.
    let zipped = || answer(200, "Content-Encoding: gzip\r\n", "\u{1f}\u{8b}");
    assert_eq!(why(&who(zipped).await), "it is not the JSON that the API speaks");

    let peer = Peer::always(|| Act::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b' '; 65536])).await;
    let options = Options::default();
    let bench = Bench::with(&peer.url(""), &options);
    let fault = bench.api.clients(bench.session, None).await.unwrap_err();
    assert_eq!(why(&fault), "it is larger than 4096 KiB");
}

#[tokio::test]
async fn slow_and_broken_answers_say_so() {
    let mut cases = Vec::new();
    for (act, words) in
        [(Act::Hang as fn(Vec<u8>) -> Act, "nothing came within 1 s"), (Act::Say, "the answer was cut short")]
    {
        for start in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"] {
            cases.push(async move {
                let fault = who(move || act(start.as_bytes().to_vec())).await;
                assert!(why(&fault).starts_with(words), "{start:?}: {}", why(&fault));
            });
        }
    }
    let drip = || Act::Drip(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n".to_vec(), vec![b' '; 500], 50);
    let (_, dripped) = tokio::join!(futures_util::future::join_all(cases), who(drip));
    assert_eq!(why(&dripped), "no whole answer within 2.5 s");
}

#[tokio::test]
async fn what_cannot_be_reached_says_why() {
    let refused = Bench::at("http://127.0.0.1:1");
    assert_eq!(
        refused.api.who(refused.session).await,
        Err(Fault::Unreachable { host: "127.0.0.1:1".into(), why: "the connection was refused".into() })
    );
    let is_proxied =
        std::env::vars_os().any(|(name, _)| name.to_string_lossy().to_ascii_lowercase().ends_with("_proxy"));
    if is_proxied {
        // The proxy would be asked for the name.
        return;
    }
    let name = Bench::at("https://nowhere.invalid");
    let told = why(&name.api.who(name.session).await.unwrap_err());
    // A resolver that does not answer is found out by the deadline.
    let expected = ["its name cannot be resolved", "this machine has no CA certificates", "no whole answer"];
    assert!(expected.iter().any(|words| told.starts_with(words)), "{told}");
}

#[tokio::test]
async fn a_page_is_named_by_its_title() {
    for (page, title) in [
        ("<html><title>Hotel\u{1b}]0;x\u{7} Wi-Fi</title>", "Hotel]0;x Wi-Fi"),
        ("<html><body><h1>Sign in to continue</h1>", "Sign in to continue"),
        ("", "OK"),
    ] {
        let peer = Peer::always(move || html(200, page)).await;
        let bench = Bench::new(&peer);
        assert_eq!(
            bench.api.who(bench.session).await,
            Err(Fault::NotTheApi { host: peer.host().into(), status: 200, title: title.into() })
        );
    }
}

#[tokio::test]
async fn too_old_is_told_on_every_call() {
    let fault = Fault::UpgradeRequired { min_version: "0.4.0".into() };
    for garbled in [false, true] {
        let peer = Peer::always(move || {
            if garbled { answer(426, "", "<x") } else { recorded("error_426_upgrade_required") }
        })
        .await;
        let fault = if garbled { Fault::UpgradeRequired { min_version: "".into() } } else { fault.clone() };
        let bench = Bench::new(&peer);
        let told = every_call(&bench).await;
        assert_eq!(told, vec![fault; 10]);
        assert_eq!(peer.calls().len(), 10, "never retried");
    }
}

/// Makes every call once and collects how it failed. Only a proof may have an answer.
async fn every_call(bench: &Bench) -> Vec<Fault> {
    let (api, session) = (&bench.api, bench.session);
    let cluster = "c1".parse().unwrap();
    let password = bench.password(1, "c1");
    let application = Application {
        name: "x".into(),
        slug: "x".parse().unwrap(),
        location: Location::NotSet,
        cluster: "c1".parse().unwrap(),
        account: 1,
        password,
    };
    let device_code = {
        use landfall::secret::{Audience, Secret};
        bench.vault.keep(Secret::new(DEVICE_CODE, Audience::session(api.origin())))
    };
    let username = "6f1c2d3e-0000-4a5b-8c9d-0123456789ab".parse().unwrap();
    let claim = match api.claim(session, &application).await {
        Outcome::Refused(fault) | Outcome::Unknown(fault) => fault,
        other => panic!("{other:?}"),
    };
    let proof = match api.prove(1, &cluster, &username, password).await {
        Proof::Unknown(fault) => Some(fault),
        _ => None,
    };
    let change = Amendment::Password(password);
    let mut faults = vec![
        claim,
        api.begin(&DeviceContext::default()).await.unwrap_err(),
        api.who(session).await.unwrap_err(),
        api.clients(session, None).await.unwrap_err(),
        api.client(session, 1).await.unwrap_err(),
        api.presence(session, 1).await.unwrap_err(),
        api.amend(session, 1, 1, &cluster, &change).await.unwrap_err(),
        api.revoke(session).await.unwrap_err(),
    ];
    faults.extend(proof);
    // Last: a code that was refused is dropped, and then nobody knows that it was one.
    faults.push(match api.poll(device_code).await {
        Answer::Fatal(fault) | Answer::Retry { fault, .. } => fault,
        other => panic!("{other:?}"),
    });
    faults
}

/// Everything a face, a log or a file could make of a fault.
fn all_words(fault: &Fault) -> String {
    format!("{fault:?} {} {} {}", fault.sentence(), fault.next("landfall"), value!(fault))
}

/// A server that says back what it is given.
type Echo = Box<dyn Fn(&str) -> Act + Send + Sync>;

#[tokio::test]
async fn no_secret_comes_back_in_an_error() {
    let hidden: String = TOKEN.chars().flat_map(|c| [c, '\u{200b}']).collect();
    let echoes = [TOKEN, PASSWORD, DEVICE_CODE, &hidden].join(" ");
    let acts: Vec<Echo> = vec![
        Box::new(|echo| json(400, &value!({"detail": echo, "location": [echo]}))),
        Box::new(|echo| json(409, &value!({"error": "cluster_conflict", "owner_email": echo}))),
        Box::new(|echo| json(403, &value!({"detail": echo}))),
        Box::new(|echo| json(500, &value!({"message": echo}))),
        Box::new(|echo| html(200, &format!("<title>{echo}</title>"))),
        Box::new(|echo| html(500, echo)),
        Box::new(|echo| answer(418, "", echo)),
        Box::new(|echo| answer(302, &format!("Location: https://{TOKEN}.example/{}\r\n", echo.len()), "")),
        Box::new(|echo| json(426, &value!({"min_version": echo}))),
        Box::new(|_| Act::Say(Vec::new())),
    ];
    for act in acts {
        let echoes = echoes.clone();
        let peer = Peer::always(move || act(&echoes)).await;
        let bench = Bench::new(&peer);
        for fault in every_call(&bench).await {
            let words = all_words(&fault);
            for secret in [TOKEN, PASSWORD, DEVICE_CODE] {
                assert!(!words.contains(secret), "{words}");
            }
        }
    }
}

/// The value with an escape sequence in front of every string.
fn poisoned(body: &Value) -> Value {
    match body {
        Value::String(text) => value!(format!("\u{1b}[2J\u{9b}31m\u{202e}{text}\r\n")),
        Value::Array(items) => items.iter().map(poisoned).collect(),
        Value::Object(fields) => fields.iter().map(|(key, field)| (key.clone(), poisoned(field))).collect(),
        other => other.clone(),
    }
}

fn is_neutral(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || c == '\u{202e}')
}

#[tokio::test]
async fn no_answer_can_move_the_cursor() {
    for name in [
        "userinfo",
        "edge_device_create",
        "edge_device_list",
        "edge_device_admins",
        "error_403_client_write",
        "error_409_cluster_conflict",
        "error_409_cluster_in_use",
        "error_426_upgrade_required",
    ] {
        let (status, body) = fixture(name);
        let mut body = poisoned(&body);
        // Refused as such elsewhere; here it would hide the other fields.
        if let Some(row) = body.as_object_mut().filter(|row| row.contains_key("username")) {
            row.insert("cluster_id".into(), Value::Null);
        }
        let peer = Peer::always(move || json(status, &body)).await;
        let bench = Bench::new(&peer);
        let (api, session) = (&bench.api, bench.session);
        let texts = [
            format!("{:?}", api.who(session).await),
            format!("{:?}", api.clients(session, None).await),
            format!("{:?}", api.client(session, 1).await),
            format!("{:?}", api.begin(&DeviceContext::default()).await),
        ];
        for text in texts {
            assert!(is_neutral(&text) && !text.contains("\\u{"), "{name}: {text}");
        }
    }
}

#[tokio::test]
async fn a_name_full_of_controls_is_shown_without_them() {
    let body = poisoned(&fixture("userinfo").1);
    let peer = Peer::always(move || json(200, &body)).await;
    let bench = Bench::new(&peer);
    let account = bench.api.who(bench.session).await.unwrap();
    assert_eq!(account.email.as_str(), "[2J31mcontract-admin@contract.example");
}

#[tokio::test]
async fn a_hanging_extensions_question_does_not_stop_the_code() {
    let peer = Peer::start(|seen, _| match seen.call.as_str() {
        "GET /.well-known/landfall" => Act::Hang(Vec::new()),
        _ => recorded("device_code"),
    })
    .await;
    let bench = Bench::with(&peer.url(""), &hurried());
    let device = DeviceContext::default();
    let begun = tokio::time::timeout(Duration::from_secs(20), bench.api.begin(&device)).await;
    assert!(begun.unwrap().is_ok());
}
