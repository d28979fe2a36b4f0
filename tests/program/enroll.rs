//! Whole enrollments that go well, and scenarios that do not.

use super::rig::{Served, run};

#[test]
fn json_ends_online_with_name_slug_location_and_cluster() {
    let ran = run(&["sandbox", "--approve", "1", "--speed", "20", "--", "--yes", "--json", "--hold", "1"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let events = ran.events();
    assert!(events.iter().all(|event| event["sandbox"] == true));
    let last = events.last().unwrap();
    assert_eq!(last["event"], "online");
    assert_eq!(last["location"]["zone"], "DE");
    for member in ["name", "slug", "cluster"] {
        assert!(!last[member].as_str().unwrap().is_empty(), "{last}");
    }
}

#[test]
fn plain_says_sandbox_on_every_line_and_ends_online() {
    let ran = run(&["sandbox", "--approve", "1", "--speed", "20", "--", "--yes", "--plain", "--hold", "1"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.lines().all(|line| line.starts_with("SANDBOX ")), "{}", ran.out);
    assert!(ran.out.lines().last().unwrap().contains("Online: "), "{}", ran.out);
}

#[test]
fn a_machine_in_utc_is_enrolled_with_its_location_not_set() {
    let sandbox = Served::start(&["--speed", "20"]);
    let ran = super::rig::landfall(&sandbox.flags(&[])).env("TZ", "UTC").output().unwrap();
    let out = String::from_utf8(ran.stdout).unwrap();
    assert_eq!(ran.status.code(), Some(0), "{out}");
    assert!(out.lines().last().unwrap().contains(r#""location":"not_set""#), "{out}");
    assert_eq!(sandbox.clients_here().len(), 1);
}

#[test]
fn a_second_run_adopts() {
    let sandbox = Served::start(&["--speed", "20"]);
    let first = sandbox.enroll(&["--name", "Munich Hospital — Radiology"]);
    assert_eq!(first.code, Some(0), "{first:?}");
    let second = sandbox.enroll(&[]);
    assert_eq!(second.code, Some(0), "{second:?}");
    let (first, second) = (first.events(), second.events());
    let (first, second) = (first.last().unwrap(), second.last().unwrap());
    assert_eq!((&first["slug"], &first["new"]), (&"munich-hospital-radiology".into(), &true.into()));
    assert_eq!((&second["slug"], &second["new"]), (&first["slug"], &false.into()));
    assert_eq!(sandbox.clients_here().len(), 1);
    assert_eq!(sandbox.records(), Vec::<String>::new());
}

#[test]
fn a_missing_image_fails_with_workload_image_and_reason() {
    let sandbox = Served::start(&["--speed", "60", "--scenario", "image-pull-fails"]);
    let ran = sandbox.enroll(&[]);
    assert_eq!(ran.code, Some(7), "{ran:?}");
    let events = ran.events();
    let failed = events.iter().find(|event| event["event"] == "failed").unwrap();
    assert!(failed["workload"].as_str().unwrap().ends_with("jobs-manager"), "{failed}");
    let sentence = failed["sentence"].as_str().unwrap();
    assert!(sentence.contains("image docker.io/") && sentence.contains("does not exist"), "{sentence}");
    assert!(failed["evidence"].to_string().contains("ImagePullBackOff"), "{failed}");
}

#[test]
fn a_declined_and_an_expired_sign_in_end_with_3() {
    for (scenario, fault) in [("denied", "sign-in-declined"), ("expires", "sign-in-expired")] {
        let ran = run(&["sandbox", "--scenario", scenario, "--", "--yes", "--json"]);
        assert_eq!(ran.code, Some(3), "{ran:?}");
        let events = ran.events();
        assert_eq!(events.last().unwrap()["fault"], fault);
    }
}
