//! What is sent again, and what is not.

use landfall::backend::Backend;
use landfall::error::Fault;
use serde_json::json as value;

use super::peer::{Act, Peer, answer, json, recorded};
use super::{Bench, before};

#[tokio::test]
async fn a_get_outlasts_two_troubles() {
    let acts: Vec<fn() -> Act> = vec![
        || answer(503, "", ""),
        || answer(429, "Retry-After: 0\r\n", ""),
        || answer(408, "", ""),
        || Act::Say(Vec::new()),
        || Act::Hang(Vec::new()),
    ];
    for act in acts {
        let options = before(&act());
        let peer = Peer::start(move |_, nth| if nth < 2 { act() } else { recorded("userinfo") }).await;
        let bench = Bench::with(&peer.url(""), &options);
        assert_eq!(bench.api.who(bench.session).await.unwrap().id, 1);
        assert_eq!(peer.calls().len(), 3);
    }
}

#[tokio::test]
async fn three_tries_are_enough() {
    let peer = Peer::always(|| json(503, &value!({"detail": "down for repairs"}))).await;
    let bench = Bench::new(&peer);
    let fault = Fault::Server { host: peer.host().into(), status: 503, said: "down for repairs".into() };
    assert_eq!(bench.api.who(bench.session).await, Err(fault));
    assert_eq!(peer.calls().len(), 3);
}

#[tokio::test]
async fn a_long_pause_is_told_not_waited() {
    let peer = Peer::always(|| answer(429, "Retry-After: 31\r\n", "")).await;
    let bench = Bench::new(&peer);
    let wait = Some(std::time::Duration::from_secs(31));
    assert_eq!(bench.api.who(bench.session).await, Err(Fault::RateLimited { wait }));
    assert_eq!(peer.calls().len(), 1);
}

#[tokio::test]
async fn a_refusal_is_not_asked_again() {
    for status in [400, 401, 404, 409] {
        let peer = Peer::always(move || json(status, &value!({}))).await;
        let bench = Bench::new(&peer);
        assert!(bench.api.who(bench.session).await.is_err());
        assert_eq!(peer.calls().len(), 1);
    }
}
