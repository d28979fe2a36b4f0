//! A cluster that somebody prepared: records and releases that are not what they say.

use serde_json::{Value, json};

use super::rig::{Served, base};

const THEIRS: &str = "a-password-that-somebody-knows";
const SECRETS: &str = "/api/v1/namespaces/kube-system/secrets";

/// The record's name: the first ten digits of FNV-1a (64 bit) over the origin.
fn record_name(origin: &str) -> String {
    let hash = origin.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("landfall-claim-{}", &format!("{hash:016x}")[..10])
}

/// A record as this program writes it, with a password that somebody else knows.
fn record(sandbox: &Served, notes: &Value) -> Value {
    let mut annotations = json!({
        "landfall/origin": sandbox.at("api"),
        "landfall/account": sandbox.get("/userinfo/")["account_id"].to_string(),
        "landfall/cluster": sandbox.cluster_id(),
        "landfall/machines": sandbox.machine(),
        "landfall/name": "Theirs",
        "landfall/slug": "theirs",
    });
    for (key, value) in notes.as_object().unwrap() {
        annotations[key] = value.clone();
    }
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "immutable": true,
        "metadata": {"name": record_name(sandbox.at("api")), "annotations": annotations},
        "data": {"password": base(THEIRS)},
    })
}

#[test]
fn a_password_that_somebody_knows_is_never_the_one_that_is_installed() {
    // Before the claim, and as a record that says its claim was answered with somebody's client.
    for notes in [
        json!({"landfall/state": "intended"}),
        json!({"landfall/state": "claimed", "landfall/client": "1"}),
        json!({"landfall/state": "committed", "landfall/client": "not a number"}),
    ] {
        let sandbox = Served::start(&["--speed", "40"]);
        assert_eq!(sandbox.put(SECRETS, &record(&sandbox, &notes)), 201);
        let ran = sandbox.enroll(&[]);
        assert_eq!(ran.code, Some(0), "{notes}: {ran:?}");
        let [row] = sandbox.clients_here().try_into().unwrap();
        let (username, password) = sandbox.credential(row["namespace"].as_str().unwrap()).unwrap();
        assert_eq!(row["username"], username.as_str());
        assert!(sandbox.accepts(&username, &password) && password != THEIRS, "{notes}");
        assert!(!sandbox.accepts(&username, THEIRS), "{notes}: whoever knows the old one is in");
        assert_eq!(sandbox.records(), Vec::<String>::new(), "{notes}");
    }
}

#[test]
fn a_record_for_somebody_else_is_named_and_left_alone() {
    for notes in [
        json!({"landfall/account": "1"}),
        json!({"landfall/origin": "https://api.other.example"}),
        json!({"landfall/cluster": "11111111-0000-4000-8000-000000000001"}),
    ] {
        let sandbox = Served::start(&[]);
        assert_eq!(sandbox.put(SECRETS, &record(&sandbox, &notes)), 201);
        let ran = sandbox.enroll(&[]);
        assert_eq!(ran.code, Some(4), "{notes}: {ran:?}");
        let failed = ran.events().into_iter().find(|event| event["event"] == "failed").unwrap();
        assert_eq!(failed["fault"], "cannot-tell", "{failed}");
        assert!(failed["sentence"].as_str().unwrap().contains("an unfinished claim is recorded"), "{failed}");
        assert!(!ran.out.contains(THEIRS) && !ran.out.contains(&base(THEIRS)));
        assert_eq!((sandbox.clients_here().len(), sandbox.records().len()), (0, 1), "{notes}");
    }
}

#[test]
fn a_release_that_only_says_it_is_one_gives_nothing() {
    let sandbox = Served::start(&[]);
    let ours = json!({"app.kubernetes.io/managed-by": "landfall"});
    let space = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "lab", "labels": ours}});
    assert_eq!(sandbox.put("/api/v1/namespaces", &space), 201);
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "lab-secrets"},
        "data": {
            "CLIENT_ID": base("6f1c2d3e-0000-4a5b-8c9d-0123456789ab"), "CLIENT_PASSWORD": base(THEIRS),
        },
    });
    assert_eq!(sandbox.put("/api/v1/namespaces/lab/secrets", &secret), 201);
    let ran = sandbox.enroll(&[]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.out.contains("\"fault\":\"foreign-release\""), "{}", ran.out);
    assert_eq!((sandbox.clients_here().len(), sandbox.records().len()), (0, 0));
}
