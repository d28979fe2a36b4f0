//! The list of clients in pages.

use landfall::backend::Backend;
use landfall::error::Fault;
use serde_json::{Value, json as value};

use super::Bench;
use super::peer::{Peer, fixture, json, recorded};

#[tokio::test]
async fn pages_are_followed_by_path_and_query_only() {
    let peer = Peer::start(|seen, _| match seen.call.as_str() {
        "GET /edge-device/" => recorded("edge_device_list"),
        _ => json(200, &value!({"count": 16, "next": null, "results": [{"id": 16}]})),
    })
    .await;
    let bench = Bench::new(&peer);
    let first = bench.api.clients(bench.session, None).await.unwrap();
    assert_eq!((first.rows.len(), first.count), (15, Some(16)));
    assert_eq!(first.rows[0].name.as_str(), "contract-client-15");
    assert_eq!(first.rows[0].username, None);
    let next = first.next.unwrap();
    assert_eq!(next, "/edge-device/?page=2");
    let second = bench.api.clients(bench.session, Some(&next)).await.unwrap();
    assert_eq!((second.rows.len(), second.next), (1, None));
    assert_eq!(peer.calls(), ["GET /edge-device/", "GET /edge-device/?page=2"]);
}

#[tokio::test]
async fn a_base_path_is_found_again_in_next() {
    for next in ["https://inside.example/api/edge-device/?page=2", "/edge-device/?page=2", "?page=2"] {
        let peer = Peer::start(move |seen, _| match seen.call.as_str() {
            "GET /api/edge-device/" => json(200, &value!({"next": next, "results": []})),
            _ => json(200, &value!([])),
        })
        .await;
        let bench = Bench::at(&peer.url("/api"));
        let page = bench.api.clients(bench.session, None).await;
        if next == "?page=2" {
            // Read against the base, as a browser reads it: that is not the list, and it says so.
            assert_eq!(page.unwrap().next.as_deref(), Some("/api/?page=2"));
            continue;
        }
        let next = page.unwrap().next.unwrap();
        let _ = bench.api.clients(bench.session, Some(&next)).await;
        assert_eq!(peer.calls(), ["GET /api/edge-device/", "GET /api/edge-device/?page=2"]);
    }
}

#[tokio::test]
async fn next_never_leaves_the_api() {
    for next in [
        value!("https://evil.example/steal"),
        value!("/api/../steal"),
        value!("/api/%2e%2e/steal"),
        value!("//evil.example/x"),
        value!("javascript:alert(1)"),
        value!("http://"),
        value!(7),
        value!([]),
    ] {
        let body = value!({"next": next, "results": []});
        let peer = Peer::always(move || json(200, &body)).await;
        let bench = Bench::at(&peer.url("/api"));
        let page = bench.api.clients(bench.session, None).await;
        assert!(matches!(page, Err(Fault::BadReply { .. })), "{next}: {page:?}");
        assert!(bench.api.clients(bench.session, Some("/steal")).await.is_err());
        assert_eq!(peer.calls(), ["GET /api/edge-device/"]);
    }
}

#[tokio::test]
async fn a_bare_list_is_the_whole_list_and_only_at_first() {
    let peer = Peer::always(|| json(200, &value!([{"id": 1}, {"id": "2"}]))).await;
    let bench = Bench::new(&peer);
    let page = bench.api.clients(bench.session, None).await.unwrap();
    assert_eq!(page.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((page.count, page.next), (Some(2), None));
    let later = bench.api.clients(bench.session, Some("/edge-device/?page=2")).await;
    assert!(matches!(later, Err(Fault::BadReply { .. })), "{later:?}");
}

#[tokio::test]
async fn a_hole_in_the_list_is_an_error() {
    for body in [
        value!({"results": [{"id": 1}, {"first_name": "no id"}]}),
        value!({"results": [{"id": 1, "cluster_id": "not\u{1b}an id"}]}),
        value!({"results": {}}),
        value!({"count": 3}),
        value!("clients"),
        Value::Null,
    ] {
        let told = body.clone();
        let peer = Peer::always(move || json(200, &body)).await;
        let bench = Bench::new(&peer);
        let page = bench.api.clients(bench.session, None).await;
        assert!(matches!(page, Err(Fault::BadReply { .. })), "{told}: {page:?}");
    }
}

#[tokio::test]
async fn a_list_without_an_end_is_given_up() {
    let peer = Peer::always(|| json(200, &value!({"next": "/edge-device/?page=2", "results": []}))).await;
    let bench = Bench::new(&peer);
    let mut next = None;
    let mut pages = 0;
    let end = loop {
        match bench.api.clients(bench.session, next.as_deref()).await {
            Ok(page) => next = page.next,
            Err(fault) => break fault,
        }
        pages += 1;
    };
    assert_eq!(pages, 1000);
    let why = "the list of clients has more than 1000 pages".into();
    assert_eq!(end, Fault::BadReply { why });
    // The next reading starts afresh.
    assert!(bench.api.clients(bench.session, None).await.is_ok());
}

#[tokio::test]
async fn who_is_asked_must_be_answered_with_an_id() {
    let mut info = fixture("userinfo").1;
    info["account_id"] = value!("1");
    let numeric = Peer::always(move || json(200, &info)).await;
    let bench = Bench::new(&numeric);
    assert_eq!(bench.api.who(bench.session).await.unwrap().id, 1);
    let nobody = Peer::always(|| json(200, &value!({"email": "a@b.example"}))).await;
    let bench = Bench::new(&nobody);
    assert_eq!(
        bench.api.who(bench.session).await,
        Err(Fault::BadReply { why: "it names no account id".into() })
    );
    for status in [401, 403] {
        let peer = Peer::always(move || json(status, &value!({"detail": "Invalid token."}))).await;
        let bench = Bench::new(&peer);
        assert_eq!(bench.api.who(bench.session).await, Err(Fault::SessionRejected));
    }
}
