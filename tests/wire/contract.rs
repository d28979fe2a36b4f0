//! What is sent, and what is made of the recorded answers.

use std::time::Duration;

use landfall::backend::{Answer, Backend, DeviceContext};
use landfall::error::Fault;
use landfall::model::{Account, ClientState, Grant, Location, Presence, UserCode};
use landfall::secret::Audience;
use serde_json::json as value;

use super::peer::{Peer, answer, fixture, json, recorded};
use super::{Bench, DEVICE_CODE, TOKEN};

fn user_agent() -> String {
    format!("landfall/{} ({}/{})", env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH)
}

#[tokio::test]
async fn a_grant_is_asked_for_without_a_credential() {
    let peer = Peer::always(|| recorded("device_code")).await;
    let bench = Bench::new(&peer);
    let begun = bench.api.begin(&DeviceContext::default()).await.unwrap();
    assert_eq!(
        begun.grant,
        Grant {
            user_code: UserCode::new("AAAA-BBBB"),
            verification_uri: "https://dev.tracebloc.io/activate".into(),
            complete: Some("https://dev.tracebloc.io/activate?code=AAAA-BBBB".into()),
            expires_in: Duration::from_secs(900),
            interval: Duration::from_secs(5),
        }
    );
    let code = bench.vault.open(begun.device_code, &Audience::session(bench.api.origin())).unwrap();
    assert_eq!(code.as_str(), DEVICE_CODE);
    let seen = peer.seen();
    assert_eq!(peer.calls(), ["POST /device/code"]);
    assert_eq!(seen[0].body, "");
    let lengths = seen[0].headers.iter().filter(|(name, _)| name == "content-length");
    assert_eq!(lengths.map(|(_, value)| value.as_str()).collect::<Vec<_>>(), ["0"]);
    assert_eq!(seen[0].header("content-type"), Some("application/json"));
    assert_eq!(seen[0].header("user-agent"), Some(user_agent().as_str()));
    assert_eq!(seen[0].header("authorization"), None);
    assert_eq!(seen[0].header("accept-encoding"), None);
}

#[tokio::test]
async fn each_poll_answer_is_told_apart() {
    for (name, answer) in [
        ("authorization_pending", Answer::Pending { wait: None }),
        ("slow_down", Answer::SlowDown { wait: None }),
        ("expired_token", Answer::Expired),
        ("access_denied", Answer::Denied),
    ] {
        let peer = Peer::start(move |seen, _| match seen.call.as_str() {
            "POST /device/code" => recorded("device_code"),
            "POST /device/token" => recorded(&format!("device_token_error_{name}")),
            _ => json(404, &value!({})),
        })
        .await;
        let bench = Bench::new(&peer);
        let begun = bench.api.begin(&DeviceContext::default()).await.unwrap();
        assert_eq!(bench.api.poll(begun.device_code).await, answer, "{name}");
        assert_eq!(peer.seen()[1].json(), value!({"device_code": DEVICE_CODE}));
        assert_eq!(peer.seen()[1].header("authorization"), None);
        // A dead code is not sent again.
        let polls = if matches!(answer, Answer::Expired | Answer::Denied) { 2 } else { 3 };
        bench.api.poll(begun.device_code).await;
        assert_eq!(peer.calls().len(), polls, "{name}");
    }
}

#[tokio::test]
async fn success_puts_the_token_away() {
    let peer = Peer::start(|seen, _| match seen.call.as_str() {
        "POST /device/code" => recorded("device_code"),
        "POST /device/token" => recorded("device_token_success"),
        _ => recorded("userinfo"),
    })
    .await;
    let bench = Bench::new(&peer);
    let begun = bench.api.begin(&DeviceContext::default()).await.unwrap();
    let Answer::Granted(session) = bench.api.poll(begun.device_code).await else { panic!() };
    let token = bench.vault.open(session, &Audience::session(peer.url(""))).unwrap();
    assert_eq!(token.as_str(), "PINNED_CLIENT_ACCESS_TOKEN");
    // Used up: it is never polled again.
    assert_eq!(bench.api.poll(begun.device_code).await, Answer::Expired);
    assert_eq!(
        bench.api.who(session).await,
        Ok(Account {
            id: 1,
            name: "contract-account".into(),
            email: "contract-admin@contract.example".into(),
            first_name: "Contract Admin".into(),
        })
    );
    assert_eq!(peer.calls(), ["POST /device/code", "POST /device/token", "GET /userinfo/"]);
    assert_eq!(peer.seen()[2].header("authorization"), Some("Bearer PINNED_CLIENT_ACCESS_TOKEN"));
}

#[tokio::test]
async fn one_client_its_presence_and_none() {
    let peer = Peer::start(|seen, _| match seen.call.as_str() {
        "GET /edge-device/1/" => {
            let body = fixture("edge_device_patch_cluster_id").1.to_string();
            answer(200, "Content-Type: application/json\r\nDate: Thu, 01 Jan 2026 00:00:07 GMT\r\n", &body)
        }
        "GET /edge-device/2/" => json(404, &value!({"detail": "Not found."})),
        // About another one than was asked for.
        _ => recorded("edge_device_create"),
    })
    .await;
    let bench = Bench::new(&peer);
    let client = bench.api.client(bench.session, 1).await.unwrap().unwrap();
    assert_eq!(client.namespace.as_str(), "contract-legacy");
    assert_eq!(client.state, ClientState::Pending);
    assert_eq!(client.location, Location::Zone("DE".parse().unwrap()));
    assert_eq!(client.cluster_id, "contract-cluster-uid-0002".parse().ok());
    assert_eq!(client.username, None);
    let server_now = "2026-01-01T00:00:07Z".parse().ok();
    let last_heard = "2026-01-01T00:00:00Z".parse().ok();
    assert_eq!(
        bench.api.presence(bench.session, 1).await,
        Ok(Presence { state: ClientState::Pending, last_heard, server_now })
    );
    assert_eq!(bench.api.server_time(), server_now);
    assert_eq!(bench.api.client(bench.session, 2).await, Ok(None));
    assert!(bench.api.presence(bench.session, 2).await.is_err());
    assert!(matches!(bench.api.client(bench.session, 3).await, Err(Fault::BadReply { .. })));
}

#[tokio::test]
async fn a_session_ends_when_the_server_says_so() {
    let peer = Peer::always(|| recorded("auth_revoke")).await;
    let bench = Bench::new(&peer);
    assert_eq!(bench.api.revoke(bench.session).await, Ok(()));
    assert_eq!(peer.calls(), ["POST /auth/revoke"]);
    assert_eq!(peer.seen()[0].header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    for (act, fault) in [
        (401, Fault::SessionRejected),
        (500, Fault::Server { host: "".into(), status: 500, said: "Internal Server Error".into() }),
    ] {
        let peer = Peer::always(move || answer(act, "", "")).await;
        let bench = Bench::new(&peer);
        let fault = match fault {
            Fault::Server { status, said, .. } => Fault::Server { host: peer.host().into(), status, said },
            other => other,
        };
        assert_eq!(bench.api.revoke(bench.session).await, Err(fault));
    }
}

#[tokio::test]
async fn a_session_of_another_origin_is_not_sent() {
    let peer = Peer::always(|| recorded("userinfo")).await;
    let bench = Bench::new(&peer);
    let foreign =
        bench.vault.keep(landfall::secret::Secret::new(TOKEN, Audience::session("https://other.example")));
    assert_eq!(bench.api.who(foreign).await, Err(Fault::SessionRejected));
    assert_eq!(peer.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn a_base_path_is_kept_on_every_call() {
    let peer = Peer::always(|| recorded("userinfo")).await;
    for base in ["/api/v1", "/api/v1/"] {
        let bench = Bench::at(&peer.url(base));
        assert_eq!(bench.api.origin(), peer.url(""));
        bench.api.who(bench.session).await.unwrap();
    }
    assert_eq!(peer.calls(), ["GET /api/v1/userinfo/", "GET /api/v1/userinfo/"]);
}
