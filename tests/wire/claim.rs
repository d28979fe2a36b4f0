//! The claim and the proof: each answer, and each way in which an answer is lost.

use landfall::backend::{Amendment, Application, Backend, Outcome, Proof};
use landfall::error::Fault;
use landfall::model::{Client, ClientState, Location, Username};
use landfall::secret::SecretRef;
use serde_json::{Value, json as value};

use super::peer::{Act, Peer, answer, fixture, html, json, recorded};
use super::{Bench, PASSWORD, TOKEN, before};

const CLUSTER: &str = "contract-cluster-uid-0001";
const USERNAME: &str = "6f1c2d3e-0000-4a5b-8c9d-0123456789ab";

fn application(password: SecretRef, location: Location) -> Application {
    Application {
        name: "contract-client".into(),
        slug: "contract-client".parse().unwrap(),
        location,
        cluster: CLUSTER.parse().unwrap(),
        account: 1,
        password,
    }
}

fn zone(key: &str) -> Location {
    Location::Zone(key.parse().unwrap())
}

/// The recorded client with a real login name, and some fields changed.
fn row(changes: &Value) -> Value {
    let mut row = fixture("edge_device_create").1;
    row["username"] = value!(USERNAME);
    for (key, new) in changes.as_object().unwrap() {
        row[key] = new.clone();
    }
    row
}

fn client() -> Client {
    Client {
        id: 1,
        name: "contract-client".into(),
        namespace: "contract-client".into(),
        username: USERNAME.parse().ok(),
        location: zone("DE"),
        state: ClientState::Pending,
        cluster_id: CLUSTER.parse().ok(),
        decommissioned: false,
        last_heard: None,
        running: Some(0),
    }
}

/// How a claim goes when it is answered so, and the host that answered.
async fn claimed(act: impl Fn() -> Act + Send + Sync + 'static) -> (Outcome, String) {
    let options = before(&act());
    let peer = Peer::start(move |seen, _| match seen.call.as_str() {
        "POST /edge-device/" => act(),
        "GET /edge-device/admins/" => recorded("edge_device_admins"),
        other => panic!("unexpected {other}"),
    })
    .await;
    let bench = Bench::with(&peer.url(""), &options);
    let outcome = bench.api.claim(bench.session, &application(bench.password(1, CLUSTER), zone("DE"))).await;
    let posts = peer.calls().iter().filter(|call| call.starts_with("POST")).count();
    assert_eq!(posts, 1, "a claim is sent once");
    (outcome, peer.host())
}

#[tokio::test]
async fn the_request_holds_what_the_contract_names() {
    let peer = Peer::always(|| json(201, &row(&value!({})))).await;
    let bench = Bench::new(&peer);
    let password = bench.password(1, CLUSTER);
    bench.api.claim(bench.session, &application(password, zone("US-CAL-CISO"))).await;
    bench.api.claim(bench.session, &application(password, Location::NotSet)).await;
    let seen = peer.seen();
    assert_eq!(seen[0].call, "POST /edge-device/");
    assert_eq!(seen[0].header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert_eq!(seen[0].header("content-type"), Some("application/json"));
    let mut body = value!({
        "first_name": "contract-client", "namespace": "contract-client", "location": "US-CAL-CISO",
        "password": PASSWORD, "cluster_id": CLUSTER,
    });
    assert_eq!(seen[0].json(), body);
    body.as_object_mut().unwrap().remove("location");
    assert_eq!(seen[1].json(), body);
}

#[tokio::test]
async fn only_the_status_tells_a_mint_from_an_adoption() {
    let answered = |status| claimed(move || json(status, &row(&value!({}))));
    assert_eq!(answered(201).await.0, Outcome::Minted(client()));
    assert_eq!(answered(200).await.0, Outcome::Existing(client()));
    // Not in the contract; the humbler reading.
    assert_eq!(answered(202).await.0, Outcome::Existing(client()));
}

#[tokio::test]
async fn each_refusal_is_told_apart() {
    for (name, fault) in [
        (
            "error_409_cluster_conflict",
            Fault::ClusterConflict { owner: "contract-foreign-owner@contract.example".into() },
        ),
        ("error_409_cluster_in_use", Fault::ClusterInUse { holder: "contract-client-91".into() }),
        (
            "error_403_client_write",
            Fault::NoWriteRight {
                admins: vec![
                    "Contract Admin <contract-admin@contract.example>".into(),
                    "Contract Owner <contract-owner@contract.example>".into(),
                ],
            },
        ),
        ("error_426_upgrade_required", Fault::UpgradeRequired { min_version: "0.4.0".into() }),
    ] {
        assert_eq!(claimed(move || recorded(name)).await.0, Outcome::Refused(fault), "{name}");
    }
    let said = "\"XX\" is not a valid choice.";
    for (body, field) in [
        (value!({"location": [said]}), "location"),
        (value!({"namespace": [said]}), "namespace"),
        (value!({"first_name": said}), "name"),
        (value!({"zzz": ["x"], "cluster_id": {"0": [said]}}), "cluster id"),
    ] {
        let fault = Fault::FieldRefused { field: field.into(), said: said.into() };
        assert_eq!(claimed(move || json(400, &body)).await.0, Outcome::Refused(fault), "{field}");
    }
    let taken = || json(400, &value!({"namespace": ["already in use"], "code": "namespace_taken"}));
    assert_eq!(claimed(taken).await.0, Outcome::NamespaceTaken);
    let rejected = || json(401, &value!({"detail": "Invalid token."}));
    assert_eq!(claimed(rejected).await.0, Outcome::Refused(Fault::SessionRejected));
    let (outcome, host) = claimed(|| json(409, &value!({"error": "something_new"}))).await;
    let fault = Fault::Server { host: host.into(), status: 409, said: "something_new".into() };
    assert_eq!(outcome, Outcome::Refused(fault));
}

#[tokio::test]
async fn a_lost_or_garbled_reply_is_unknown() {
    let acts: Vec<fn() -> Act> = vec![
        || Act::Say(Vec::new()),
        || Act::Hang(Vec::new()),
        || Act::Hang(b"HTTP/1.1 201 Created\r\nContent-Length: 40\r\n\r\n{\"id\": 1".to_vec()),
        || Act::Say(b"HTTP/1.1 201 Created\r\nContent-Length: 40\r\n\r\n{\"id\": 1".to_vec()),
        || answer(201, "", "{\"id\": 1"),
        || answer(201, "", ""),
        || json(201, &Value::Null),
        || html(200, "<title>Portal</title>"),
        || html(502, "<title>Bad Gateway</title>"),
        || json(500, &value!({"detail": "oops"})),
        || answer(504, "", ""),
        || answer(408, "", ""),
        || answer(307, "Location: /edge-device/\r\n", ""),
        // The recorded placeholder is no UUID.
        || recorded("edge_device_create"),
        || json(201, &row(&value!({"username": "$(id)"}))),
        || json(201, &row(&value!({"namespace": "Kube_System"}))),
        || json(201, &row(&value!({"namespace": "a\u{200b}b"}))),
        || json(201, &row(&value!({"location": "de; rm"}))),
        || json(201, &row(&value!({"cluster_id": "another-cluster"}))),
        || json(201, &row(&value!({"id": null}))),
    ];
    for (nth, act) in acts.into_iter().enumerate() {
        let (outcome, _) = claimed(act).await;
        assert!(matches!(outcome, Outcome::Unknown(_)), "{nth}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_password_for_another_cluster_is_not_sent() {
    let peer = Peer::always(|| json(201, &row(&value!({})))).await;
    let bench = Bench::new(&peer);
    let foreign = bench.password(1, "another-cluster");
    let outcome = bench.api.claim(bench.session, &application(foreign, zone("DE"))).await;
    assert!(matches!(outcome, Outcome::Refused(Fault::CredentialDead { .. })), "{outcome:?}");
    assert_eq!(peer.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn a_change_names_one_field() {
    let peer = Peer::always(|| json(200, &row(&value!({})))).await;
    let bench = Bench::new(&peer);
    let cluster = CLUSTER.parse().unwrap();
    for change in
        [Amendment::Anchor(CLUSTER.parse().unwrap()), Amendment::Password(bench.password(1, CLUSTER))]
    {
        assert_eq!(bench.api.amend(bench.session, 1, 1, &cluster, &change).await, Ok(client()));
    }
    assert_eq!(peer.calls(), ["PATCH /edge-device/1/", "PATCH /edge-device/1/"]);
    assert_eq!(peer.seen()[0].json(), value!({"cluster_id": CLUSTER}));
    assert_eq!(peer.seen()[1].json(), value!({"password": PASSWORD}));

    let refused = Peer::always(|| recorded("error_409_cluster_conflict")).await;
    let bench = Bench::new(&refused);
    let change = Amendment::Anchor(CLUSTER.parse().unwrap());
    assert_eq!(
        bench.api.amend(bench.session, 1, 1, &cluster, &change).await,
        Err(Fault::ClusterConflict { owner: "contract-foreign-owner@contract.example".into() })
    );
}

/// What a proof makes of an answer.
async fn proven(act: impl Fn() -> Act + Send + Sync + 'static) -> Proof {
    let options = before(&act());
    let peer = Peer::always(act).await;
    let bench = Bench::with(&peer.url(""), &options);
    let username: Username = USERNAME.parse().unwrap();
    let proof = bench.api.prove(1, &CLUSTER.parse().unwrap(), &username, bench.password(1, CLUSTER)).await;
    let seen = &peer.seen()[0];
    assert_eq!(seen.call, "POST /api-token-auth/");
    assert_eq!(seen.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(seen.header("authorization"), None);
    assert_eq!(seen.body, format!("username={USERNAME}&password={PASSWORD}"));
    proof
}

#[tokio::test]
async fn a_proof_believes_exactly_three_answers() {
    let token = value!({"token": "a-live-token"});
    assert_eq!(proven(move || json(200, &token)).await, Proof::Works);
    assert_eq!(proven(|| answer(200, "", "")).await, Proof::Works);
    assert_eq!(proven(|| json(400, &value!({"non_field_errors": ["no"]}))).await, Proof::Rejected);
    assert_eq!(proven(|| json(401, &value!({}))).await, Proof::Inactive);
    // The body is not even waited for.
    let unread = || Act::Hang(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n{".to_vec());
    assert_eq!(proven(unread).await, Proof::Works);
    let acts: Vec<fn() -> Act> = vec![
        || html(200, "<title>Portal</title>"),
        || html(400, "<title>Bad Request</title>"),
        || html(401, "<title>Log in</title>"),
        || json(201, &value!({})),
        || json(403, &value!({})),
        || json(404, &value!({})),
        || json(429, &value!({})),
        || json(500, &value!({})),
        || answer(302, "Location: /api-token-auth\r\n", ""),
        || recorded("error_426_upgrade_required"),
        || Act::Say(Vec::new()),
        || Act::Hang(Vec::new()),
    ];
    for (nth, act) in acts.into_iter().enumerate() {
        let proof = proven(act).await;
        assert!(matches!(proof, Proof::Unknown(_)), "{nth}: {proof:?}");
    }
}

#[tokio::test]
async fn a_login_name_is_tried_five_times_at_most() {
    let peer = Peer::always(|| json(400, &value!({}))).await;
    let bench = Bench::new(&peer);
    let (cluster, username) = (CLUSTER.parse().unwrap(), USERNAME.parse::<Username>().unwrap());
    let password = bench.password(1, CLUSTER);
    for _ in 0..5 {
        assert_eq!(bench.api.prove(1, &cluster, &username, password).await, Proof::Rejected);
    }
    assert!(matches!(bench.api.prove(1, &cluster, &username, password).await, Proof::Unknown(_)));
    assert_eq!(peer.calls().len(), 5);
}
