//! A password that was overwritten, and a client that was retired: told, and brought back by consent only.

use serde_json::{Value, json};

use super::rig::{Ran, Served, killed_at};

fn failed(ran: &Ran) -> Value {
    ran.events().into_iter().find(|event| event["event"] == "failed").unwrap()
}

/// The next run names the loss and the flag, changes nothing, and with the flag ends online.
fn comes_back(sandbox: &Served, why: &str) {
    let before = sandbox.get("/audit").as_array().unwrap().len();
    let ran = sandbox.enroll(&[]);
    let told = failed(&ran);
    assert_eq!((ran.code, &told["fault"]), (Some(8), &"credential-lost".into()), "{ran:?}");
    assert!(told["sentence"].as_str().unwrap().contains(why), "{told}");
    let slug = told["slug"].as_str().unwrap();
    assert!(told["next"].as_str().unwrap().ends_with(&format!("--reset-credential {slug}")), "{told}");
    let audit = sandbox.get("/audit");
    assert_eq!(audit.as_array().unwrap().len(), before, "something was changed unasked: {audit}");

    let ran = sandbox.enroll(&["--reset-credential", slug]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let [row] = sandbox.clients_here().try_into().unwrap();
    let (username, password) = sandbox.credential(row["namespace"].as_str().unwrap()).unwrap();
    assert_eq!((&row["username"], &row["is_decommissioned"]), (&username.as_str().into(), &false.into()));
    assert!(sandbox.accepts(&username, &password));
    assert_eq!(sandbox.records(), Vec::<String>::new());
}

#[test]
fn a_change_of_a_killed_run_that_arrives_after_the_delivery_is_told_and_healed() {
    let sandbox = Served::start(&["--speed", "10"]);
    // The credential is delivered, and nothing that could use it is up yet.
    assert!(killed_at(&sandbox, "applying"));
    let [row] = sandbox.clients_here().try_into().unwrap();
    assert_eq!(sandbox.patch(&row["id"], &json!({"password": "set-by-a-run-that-was-killed"})), 200);
    comes_back(&sandbox, "nothing in this cluster holds a password of it that works");
}

#[test]
fn a_retired_client_comes_back_with_a_new_password() {
    let sandbox = Served::start(&["--speed", "10"]);
    assert!(killed_at(&sandbox, "applying"));
    let [row] = sandbox.clients_here().try_into().unwrap();
    let token = std::fs::read_to_string(sandbox.at("token_file")).unwrap();
    let head = format!("POST /edge-device/{}/revoke/ HTTP/1.1\r\nAuthorization: Bearer {token}", row["id"]);
    assert_eq!(sandbox.status(&head), 200);
    comes_back(&sandbox, "revoked or retired");
}
