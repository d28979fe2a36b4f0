//! Sign-in answers that are odd, unsafe or broken.

use std::time::Duration;

use landfall::backend::provisioning::Provisioning;
use landfall::backend::{Answer, Backend, DeviceContext};
use landfall::error::Fault;
use landfall::model::Trust;
use landfall::secret::Vault;
use serde_json::{Value, json as value};

use super::peer::{Act, Peer, answer, fixture, html, json, recorded};
use super::{Bench, before, options};

fn context() -> DeviceContext {
    DeviceContext {
        host: "gpu-box".into(),
        user: "root".into(),
        os: "linux/x86_64".into(),
        fingerprint: "9d1c-77aa-20b1-e4f0".into(),
        key: None,
    }
}

/// The recorded grant with some fields changed.
fn grant(changes: &Value) -> Value {
    let mut grant = fixture("device_code").1;
    for (key, new) in changes.as_object().unwrap() {
        grant[key] = new.clone();
    }
    grant
}

#[tokio::test]
async fn the_device_context_goes_only_where_it_is_listed() {
    for (listed, body) in [
        (
            value!({"extensions": ["reverse_code", "device_context"]}),
            r#"{"device_context":{"host":"gpu-box","user":"root","os":"linux/x86_64","fingerprint":"9d1c-77aa-20b1-e4f0"}}"#,
        ),
        (value!({"extensions": ["reverse_code"]}), ""),
        (value!({"extensions": "device_context"}), ""),
        (value!(["device_context"]), ""),
    ] {
        let peer = Peer::start(move |seen, _| match seen.call.as_str() {
            "GET /.well-known/landfall" => json(200, &listed),
            _ => recorded("device_code"),
        })
        .await;
        let bench = Bench::new(&peer);
        bench.api.begin(&context()).await.unwrap();
        bench.api.begin(&context()).await.unwrap();
        assert_eq!(peer.seen().iter().map(|seen| seen.body.as_str()).collect::<Vec<_>>(), [body, body]);
    }
}

#[tokio::test]
async fn the_question_for_extensions_is_asked_once_and_may_fail() {
    for act in [
        || json(404, &Value::Null),
        || html(200, "<title>Portal</title>"),
        || answer(200, "", "{\"extensions\":"),
        || json(500, &value!({"extensions": ["device_context"]})),
    ] {
        let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = asked.clone();
        let peer = Peer::start(move |seen, _| match seen.call.as_str() {
            "GET /.well-known/landfall" => {
                count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                act()
            }
            _ => recorded("device_code"),
        })
        .await;
        let bench = Bench::new(&peer);
        bench.api.begin(&context()).await.unwrap();
        bench.api.begin(&context()).await.unwrap();
        assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 1);
        assert!(peer.seen().iter().all(|seen| seen.body.is_empty()));
    }
}

#[tokio::test]
async fn unsafe_grants_are_refused() {
    for changes in [
        value!({"device_code": ""}),
        value!({"device_code": null}),
        value!({"user_code": ""}),
        value!({"user_code": "\u{1b}[2JAAAA"}),
        value!({"user_code": "A".repeat(25)}),
        value!({"user_code": "AA\u{202e}BB"}),
        value!({"user_code": "PINNED_DEVICE_CODE"}),
        value!({"verification_uri": "http://dev.example/activate"}),
        value!({"verification_uri": "javascript:alert(1)"}),
        value!({"verification_uri": "https://api.acme.example@evil.example/"}),
        value!({"verification_uri": "https://u:p@evil.example/"}),
        value!({"verification_uri": "/activate"}),
        value!({"verification_uri": ""}),
        value!({"verification_uri": format!("https://dev.example/{}", "a".repeat(300))}),
        value!({"verification_uri": "https://dev.example/?c=PINNED_DEVICE_CODE"}),
    ] {
        let body = grant(&changes);
        let peer = Peer::always(move || json(200, &body)).await;
        let refused = Bench::new(&peer).api.begin(&context()).await.unwrap_err();
        assert!(matches!(refused, Fault::BadGrant { .. }), "{changes}: {refused:?}");
        assert!(!refused.sentence().contains(super::DEVICE_CODE));
    }
}

#[tokio::test]
async fn a_person_is_sent_to_the_api_or_to_a_host_that_the_profile_names() {
    let at = |url: &'static str| async move {
        let body = grant(&value!({"verification_uri": url, "verification_uri_complete": url}));
        let peer = Peer::always(move || json(200, &body)).await;
        let api = Provisioning::new(peer.url("").parse().unwrap(), Vault::default(), &options()).unwrap();
        let hosts = vec!["app.acme.example".into(), "xn--bcher-kva.example".into(), "*.acme.test".into()];
        let begun = api.trusting(&Trust { hosts, ..Trust::default() }).begin(&context()).await;
        begun.map(|begun| begun.grant.verification_uri.shown().to_owned()).map_err(|fault| fault.sentence())
    };
    for url in [
        "https://app.acme.example/activate",
        "https://xn--bcher-kva.example/",
        "https://a.b.acme.test/",
        "http://127.0.0.1:1/",
        "http://localhost:1/",
    ] {
        assert_eq!(at(url).await.as_deref(), Ok(url));
    }
    assert_eq!(
        at("https://B\u{fc}cher.example").await.as_deref(),
        Ok("https://xn--bcher-kva.example/"),
        "punycode"
    );
    for url in [
        "https://dev.tracebloc.io/activate",
        "https://acme.test/",
        "https://evilacme.test/",
        "https://app.acme.example.evil.example/",
        "https://b\u{e4}cher.example/",
    ] {
        let refused = at(url).await.unwrap_err();
        assert!(refused.contains("verification_hosts"), "{url}: {refused}");
    }
    assert!(at("https://b\u{e4}cher.example/").await.unwrap_err().contains("\"xn--bcher-gra.example\""));
}

#[tokio::test]
async fn a_complete_address_elsewhere_is_dropped() {
    for (complete, kept) in [
        ("https://dev.tracebloc.io/activate?code=AAAA-BBBB", true),
        ("https://dev.tracebloc.io/else?code=A", true),
        ("https://evil.example/activate?code=AAAA-BBBB", false),
        ("https://dev.tracebloc.io:8443/activate?code=AAAA-BBBB", false),
        ("http://dev.tracebloc.io/activate?code=AAAA-BBBB", false),
        ("https://x@dev.tracebloc.io/activate?code=AAAA-BBBB", false),
        ("nonsense", false),
    ] {
        let body = grant(&value!({"verification_uri_complete": complete}));
        let peer = Peer::always(move || json(200, &body)).await;
        let begun = Bench::new(&peer).api.begin(&context()).await.unwrap();
        assert_eq!(begun.grant.complete.is_some(), kept, "{complete}");
    }
}

#[tokio::test]
async fn numbers_are_read_liberally_and_bounded() {
    for (interval, expires_in, kept, lives) in [
        (value!("7"), value!("600"), 7, 600),
        (value!(0), value!(0), 5, 900),
        (value!(-3), value!(-1), 5, 900),
        (value!("soon"), value!({}), 5, 900),
        (Value::Null, Value::Null, 5, 900),
        (value!(1e99), value!(1e99), 60, 3600),
    ] {
        let body = grant(&value!({"interval": interval, "expires_in": expires_in}));
        let peer = Peer::always(move || json(200, &body)).await;
        let grant = Bench::new(&peer).api.begin(&context()).await.unwrap().grant;
        assert_eq!(
            (grant.interval, grant.expires_in),
            (Duration::from_secs(kept), Duration::from_secs(lives))
        );
    }
}

#[tokio::test]
async fn a_server_without_this_sign_in_is_told_from_a_wrong_address() {
    let bare = Peer::always(|| json(404, &value!({"detail": "Not found."}))).await;
    assert_eq!(Bench::new(&bare).api.begin(&context()).await, Err(Fault::NoDeviceGrant));

    let page = || html(404, "<title>Not Found</title>");
    let django = Peer::start(move |seen, _| match seen.call.as_str() {
        "GET /userinfo/" => json(401, &value!({"detail": "Authentication credentials were not provided."})),
        _ => page(),
    })
    .await;
    assert_eq!(Bench::new(&django).api.begin(&context()).await, Err(Fault::NoDeviceGrant));

    let elsewhere = Peer::start(move |_, _| page()).await;
    assert_eq!(
        Bench::new(&elsewhere).api.begin(&context()).await,
        Err(Fault::NotTheApi { host: elsewhere.host().into(), status: 404, title: "Not Found".into() })
    );
}

/// What one poll makes of an answer.
async fn polled(act: impl Fn() -> Act + Send + Sync + 'static) -> (Answer, String) {
    let options = before(&act());
    let peer = Peer::start(move |seen, _| match seen.call.as_str() {
        "POST /device/code" => recorded("device_code"),
        "POST /device/token" => act(),
        _ => json(404, &Value::Null),
    })
    .await;
    let bench = Bench::with(&peer.url(""), &options);
    let begun = bench.api.begin(&context()).await.unwrap();
    (bench.api.poll(begun.device_code).await, peer.host())
}

#[tokio::test]
async fn the_word_counts_whatever_the_status() {
    for status in [200, 401, 403, 428, 429, 500] {
        let (answer, _) = polled(move || json(status, &value!({"error": "authorization_pending"}))).await;
        assert_eq!(answer, Answer::Pending { wait: None }, "{status}");
    }
    let busy = || {
        let body = "{\"error\":\"authorization_pending\"}";
        answer(429, "Content-Type: application/json\r\nRetry-After: 12\r\n", body)
    };
    assert_eq!(polled(busy).await.0, Answer::Pending { wait: Some(Duration::from_secs(12)) });
    let slow =
        || answer(429, "Content-Type: application/json\r\nRetry-After: 12\r\n", "{\"error\":\"slow_down\"}");
    assert_eq!(polled(slow).await.0, Answer::SlowDown { wait: Some(Duration::from_secs(12)) });
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    let long = "x".repeat(65 * 1024);
    let acts: Vec<fn() -> Act> = vec![
        || html(502, "<title>Bad Gateway</title>"),
        || html(403, "<title>Blocked</title>"),
        || html(200, "<title>Hotel</title>"),
        || answer(404, "", ""),
        || json(500, &value!({"detail": "oops"})),
        || json(408, &value!({})),
        || json(200, &value!({"token": ""})),
        || json(200, &value!({})),
        || json(200, &value!(["smuggled", "token"])),
        || answer(200, "", "{\"token\": \"half"),
        || Act::Say(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"token\"".to_vec()),
        || Act::Say(Vec::new()),
        || Act::Say(b"\x16\x03\x01nonsense\r\n\r\n".to_vec()),
        || Act::Hang(Vec::new()),
        || answer(302, "Location: https://portal.example/login\r\n", ""),
    ];
    for (nth, act) in acts.into_iter().enumerate() {
        let (answer, _) = polled(act).await;
        assert!(matches!(answer, Answer::Retry { wait: None, .. }), "{nth}: {answer:?}");
    }
    let (answer, _) = polled(move || json(200, &value!({"token": long}))).await;
    assert!(matches!(answer, Answer::Retry { .. }), "{answer:?}");
}

#[tokio::test]
async fn retry_after_is_handed_on() {
    let busy = || answer(503, "Retry-After: 20\r\n", "");
    let (Answer::Retry { wait, .. }, _) = polled(busy).await else { panic!() };
    assert_eq!(wait, Some(Duration::from_secs(20)));
    let (answer, _) = polled(|| answer(429, "Retry-After: 30\r\n", "")).await;
    let wait = Some(Duration::from_secs(30));
    assert_eq!(answer, Answer::Retry { fault: Fault::RateLimited { wait }, wait });
}

#[tokio::test]
async fn what_cannot_get_better_ends_it() {
    for status in [400, 401, 403, 404] {
        let (answer, host) = polled(move || json(status, &value!({"error": "invalid_grant"}))).await;
        let fault = Fault::Server { host: host.into(), status, said: "invalid_grant".into() };
        assert_eq!(answer, Answer::Fatal(fault));
    }
    let (answer, _) = polled(|| recorded("error_426_upgrade_required")).await;
    assert_eq!(answer, Answer::Fatal(Fault::UpgradeRequired { min_version: "0.4.0".into() }));
    let (answer, _) = polled(|| json(200, &value!({"token": "a\r\nHost: evil"}))).await;
    assert!(matches!(answer, Answer::Fatal(Fault::BadReply { .. })), "{answer:?}");
}

/// What a poll makes of `reverse_code_required`, where the server lists these extensions; and what was sent.
async fn asked_for_digits(listed: Value, digits: Option<&str>) -> (Answer, Value) {
    let peer = Peer::start(move |seen, _| match seen.call.as_str() {
        "GET /.well-known/landfall" => json(200, &value!({"extensions": listed})),
        "POST /device/code" => recorded("device_code"),
        _ => json(400, &value!({"error": "reverse_code_required"})),
    })
    .await;
    let bench = Bench::new(&peer);
    let begun = bench.api.begin(&context()).await.unwrap();
    let answer = match digits {
        Some(digits) => bench.api.poll_with(begun.device_code, &digits.parse().unwrap()).await,
        None => bench.api.poll(begun.device_code).await,
    };
    let last = peer.seen().pop().unwrap();
    (answer, last.json())
}

#[tokio::test]
async fn digits_are_asked_for_only_where_the_server_lists_that_it_checks_them() {
    let sent = value!({"device_code": super::DEVICE_CODE});
    assert_eq!(asked_for_digits(value!(["reverse_code"]), None).await, (Answer::ReverseCode, sent.clone()));
    let with = value!({"device_code": super::DEVICE_CODE, "reverse_code": "042137"});
    assert_eq!(
        asked_for_digits(value!(["reverse_code"]), Some("042 137")).await,
        (Answer::ReverseCode, with)
    );
    // Elsewhere it is a word like any other, and final.
    let (answer, body) = asked_for_digits(value!(["device_context"]), None).await;
    assert!(matches!(answer, Answer::Fatal(Fault::Server { status: 400, .. })), "{answer:?}");
    assert_eq!(body, sent);
}
