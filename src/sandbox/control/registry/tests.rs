use super::*;
use crate::sandbox::control::account::SANDBOX;
use crate::sandbox::time::SimClock;

const OURS: i64 = SANDBOX.id;
const PASSWORD: &str = "a long and random password";

fn at(start: Instant, seconds: u64) -> Moment {
    Moment { now: start + Duration::from_secs(seconds), stamp: format!("T+{seconds}") }
}

/// A registry with the options, one client minted on `cluster-1`, its id and username.
fn minted(options: &ControlOptions, start: Instant) -> (Registry, i64, String) {
    let mut registry = Registry::new(options);
    let body = json!({
        "first_name": "Press 4", "namespace": "press-4", "password": PASSWORD, "cluster_id": "cluster-1",
    });
    let claim = registry.create(OURS, &body, &at(start, 0), &mut Audit::default()).expect("minted");
    let Claim::Minted(id) = claim else { panic!("{claim:?}") };
    let row = registry.get(OURS, id, &at(start, 0)).expect("a row");
    let username = row["username"].as_str().expect("a username").to_owned();
    (registry, id, username)
}

/// What the row says about presence.
fn presence(registry: &Registry, id: i64, moment: &Moment) -> (Value, Value) {
    let row = registry.get(OURS, id, moment).expect("a row");
    (row["status"].clone(), row["last_info_update"].clone())
}

#[test]
fn only_a_proven_client_in_its_namespace_comes_online_and_silence_takes_it_offline() {
    let start = Instant::now();
    let options = ControlOptions { clock: SimClock::new(10.0), ..ControlOptions::default() };
    let (mut registry, id, username) = minted(&options, start);
    let audit = &mut Audit::default();
    let pending = (json!(2), json!(null));
    assert_eq!(presence(&registry, id, &at(start, 1)), pending);

    registry.heartbeat(&username, "press-4", &at(start, 1));
    assert_eq!(registry.login(&username, "wrong password", &at(start, 1), audit), Login::Rejected);
    registry.heartbeat(&username, "press-4", &at(start, 1));
    assert_eq!(presence(&registry, id, &at(start, 1)), pending, "not logged in");

    assert_eq!(registry.login(&username, PASSWORD, &at(start, 2), audit), Login::Accepted);
    registry.heartbeat(&username, "elsewhere", &at(start, 2));
    assert_eq!(presence(&registry, id, &at(start, 2)), pending, "not its namespace");

    registry.heartbeat(&username, "press-4", &at(start, 3));
    assert_eq!(presence(&registry, id, &at(start, 11)), (json!(1), json!("T+3")));
    // 90 simulated seconds are 9 real ones at this speed.
    assert_eq!(presence(&registry, id, &at(start, 12)), (json!(0), json!("T+3")));
    registry.heartbeat(&username, "press-4", &at(start, 20));
    assert_eq!(presence(&registry, id, &at(start, 20)), (json!(1), json!("T+20")));
}

#[test]
fn a_revoked_credential_is_inactive_until_a_reset_revives_the_client() {
    let start = Instant::now();
    let (mut registry, id, username) = minted(&ControlOptions::default(), start);
    let (now, audit) = (at(start, 1), &mut Audit::default());
    registry.login(&username, PASSWORD, &now, audit);

    let told = registry.revoke(OURS, id, &now, audit).expect("revoked");
    assert_eq!(registry.revoke(OURS, id, &now, audit).as_ref(), Ok(&told), "idempotent");
    registry.heartbeat(&username, "press-4", &now);
    assert_eq!(presence(&registry, id, &now), (json!(0), json!(null)));
    assert_eq!(registry.login(&username, PASSWORD, &now, audit), Login::Inactive);
    assert_eq!(registry.login(&username, "guess guess", &now, audit), Login::Rejected);

    let again = json!({
        "first_name": "x", "namespace": "x", "password": "another password", "cluster_id": "cluster-1",
    });
    assert_eq!(registry.create(OURS, &again, &now, audit), Ok(Claim::Adopted(id)));
    assert_eq!(registry.login(&username, "another password", &now, audit), Login::Rejected);

    let reset = json!({ "password": "a fresh password" });
    assert_eq!(registry.patch(OURS, id, &reset, &now, audit), Ok(()));
    assert_eq!(registry.login(&username, PASSWORD, &now, audit), Login::Rejected);
    assert_eq!(registry.login(&username, "a fresh password", &now, audit), Login::Accepted);
    registry.heartbeat(&username, "press-4", &at(start, 2));
    assert_eq!(presence(&registry, id, &at(start, 2)), (json!(1), json!("T+2")));
}

#[test]
fn a_reset_revives_a_decommissioned_client_too() {
    let start = Instant::now();
    let mut registry = Registry::new(&ControlOptions::default());
    let retired = |registry: &Registry| -> Vec<Value> {
        let rows = registry.rows(OURS, &at(start, 0));
        rows.into_iter().filter(|row| row["is_decommissioned"] == true).map(|row| row["id"].clone()).collect()
    };
    let before = retired(&registry);
    assert_eq!(before.len(), 1);
    let id = before[0].as_i64().expect("an id");
    let reset = json!({ "password": "a fresh password" });
    assert_eq!(registry.patch(OURS, id, &reset, &at(start, 0), &mut Audit::default()), Ok(()));
    assert_eq!(retired(&registry), Vec::<Value>::new());
}

#[test]
fn a_patch_is_all_or_nothing() {
    let start = Instant::now();
    let (mut registry, id, _) = minted(&ControlOptions::default(), start);
    let before = registry.get(OURS, id, &at(start, 0));
    for body in [
        json!({ "first_name": "New", "location": "QQ" }),
        json!({ "first_name": "New", "cluster_id": "cluster-2" }),
        json!({ "first_name": "New", "password": "short" }),
    ] {
        registry.patch(OURS, id, &body, &at(start, 0), &mut Audit::default()).expect_err("refused");
        assert_eq!(registry.get(OURS, id, &at(start, 0)), before, "{body}");
    }
}

#[test]
fn an_ignored_reset_leaves_the_old_password() {
    let start = Instant::now();
    let faults = Faults { ignore_password_patch: true, ..Faults::default() };
    let (mut registry, id, username) = minted(&ControlOptions { faults, ..ControlOptions::default() }, start);
    let (now, audit) = (at(start, 0), &mut Audit::default());
    assert_eq!(registry.patch(OURS, id, &json!({ "password": "a fresh password" }), &now, audit), Ok(()));
    assert_eq!(registry.login(&username, PASSWORD, &now, audit), Login::Accepted);
}

#[test]
fn a_raced_cluster_is_in_use_once_and_then_adopted() {
    let start = Instant::now();
    let options = ControlOptions { raced_cluster: Some("cluster-9".to_owned()), ..ControlOptions::default() };
    let mut registry = Registry::new(&options);
    let (now, audit) = (at(start, 0), &mut Audit::default());
    let body = json!({
        "first_name": "Press 9", "namespace": "press-9", "password": PASSWORD, "cluster_id": "cluster-9",
    });
    let refused = registry.create(OURS, &body, &now, audit).expect_err("raced");
    let id = refused.body["holder_client_id"].as_i64().expect("the holder");
    assert_eq!(
        (refused.status, refused.body),
        (
            409,
            json!({
                "cluster_id": "cluster-9",
                "error": "cluster_in_use",
                "holder_client_id": id,
                "holder_name": "Press 9 (sibling)",
            })
        )
    );
    assert_eq!(registry.create(OURS, &body, &now, audit), Ok(Claim::Adopted(id)));
}
