//! A machine's whole life by script: enrolled, looked at, told anew, retired, and enrolled again on the row it
//! had. Judged by the sandbox's own words, spoken by hand.

use serde_json::Value;

use super::rig::{Ran, Served, landfall, run};

/// A command about the served machine, with the issued token.
fn life(served: &Served, command: &[&str], more: &[&str]) -> Ran {
    let mut args = command.to_vec();
    args.extend(["--profile-file", served.at("profile"), "--token-file", served.at("token_file")]);
    args.extend(more);
    run(&args)
}

fn one(ran: &Ran, event: &str) -> Value {
    let found: Vec<Value> = ran.events().into_iter().filter(|line| line["event"] == event).collect();
    assert_eq!(found.len(), 1, "{}{}", ran.out, ran.err);
    found[0].clone()
}

#[test]
fn from_the_first_yes_to_the_last_and_back_again() {
    let served = Served::start(&["--speed", "50"]);

    // Nothing lives there yet: a problem, said so, and with the next command.
    let ran = life(&served, &["status"], &["--json"]);
    assert_eq!((ran.code, &one(&ran, "status")["verdict"]), (Some(2), &"wrong".into()));

    assert_eq!(served.enroll(&["--name", "lab-9"]).code, Some(0));
    let [row] = served.clients_here().try_into().unwrap();
    let (id, username) = (row["id"].clone(), row["username"].clone());
    let (_, password) = served.credential("lab-9").unwrap();

    let ran = life(&served, &["status"], &["--json", "--wait"]);
    let status = one(&ran, "status");
    assert_eq!(
        (ran.code, &status["verdict"], &status["connected"]),
        (Some(0), &"healthy".into(), &true.into())
    );
    assert_eq!((&status["name"], &status["namespace"]), (&"lab-9".into(), &"lab-9".into()));

    // Without a session the machine's own credential tells, and no more is claimed than that.
    let ran = run(&["status", "--profile-file", served.at("profile"), "--json"]);
    let status = one(&ran, "status");
    assert_eq!((ran.code, &status["connected"]), (Some(0), &Value::Null), "{}", ran.out);
    assert_eq!(status["control_plane"]["state"], "credential-accepted");

    // Another name and place; identity and namespace stay.
    let ran = life(&served, &["set", "name", "Lab Nine"], &["--json"]);
    assert_eq!((ran.code, &one(&ran, "set")["now"]["name"]), (Some(0), &"Lab Nine".into()));
    assert_eq!(life(&served, &["set", "location", "fr"], &[]).code, Some(0));
    assert_eq!(life(&served, &["set", "location", "XX-NOWHERE"], &[]).code, Some(2));
    let [row] = served.clients_here().try_into().unwrap();
    assert_eq!((&row["first_name"], &row["location"]), (&"Lab Nine".into(), &"FR".into()));
    assert_eq!((&row["namespace"], &row["username"]), (&"lab-9".into(), &username));

    let ran = life(&served, &["clients", "nine"], &["--json"]);
    let listed = one(&ran, "client-row");
    assert_eq!((&listed["here"], &listed["orphaned"]), (&true.into(), &false.into()), "{}", ran.out);

    // A script must say yes: nothing is changed without it.
    let ran = life(&served, &["retire"], &["--json"]);
    assert_eq!((ran.code, &one(&ran, "failed")["fault"]), (Some(8), &"needs-person".into()));
    assert!(served.accepts(username.as_str().unwrap(), &password));

    let ran = life(&served, &["offboard"], &["--json", "--yes"]);
    let retired = one(&ran, "retired");
    assert_eq!((ran.code, &retired["left"]), (Some(0), &Value::Array(vec![])), "{}{}", ran.out, ran.err);
    assert!(!served.accepts(username.as_str().unwrap(), &password), "the credential lives on");
    assert_eq!(served.cluster("/api/v1/namespaces/lab-9").0, 404, "the namespace that the run made stays");
    assert_eq!(served.records(), Vec::<String>::new());
    assert!(!ran.out.contains(&password) && !ran.err.contains(&password));

    // Once more is no harm, and the look says that nothing lives here.
    assert_eq!(life(&served, &["retire"], &["--yes"]).code, Some(0));
    assert_eq!(life(&served, &["status"], &[]).code, Some(2));

    // The kept row holds a dead credential: coming back is a consented reset of that very client. The server's
    // word that it was heard from lately stands in the way for a quarter of an hour.
    let ran = served.enroll(&[]);
    assert_eq!(
        (ran.code, &one(&ran, "failed")["fault"]),
        (Some(8), &"credential-lost".into()),
        "{}",
        ran.out
    );
    let ran = served.enroll(&["--reset-credential", "lab-9"]);
    let [row] = served.clients_here().try_into().unwrap();
    assert_eq!((&row["id"], &row["username"]), (&id, &username), "another identity");
    if ran.code == Some(0) {
        let (_, password) = served.credential("lab-9").unwrap();
        assert!(served.accepts(username.as_str().unwrap(), &password));
        assert_eq!(life(&served, &["status"], &["--wait"]).code, Some(0));
    } else {
        assert!(ran.out.contains("15 minutes"), "{}", ran.out);
    }
}

#[test]
fn what_waiting_does_not_cure_ends_it_early() {
    let served = Served::start(&["--speed", "50", "--scenario", "image-pull-fails"]);
    assert_ne!(served.enroll(&["--name", "lab-9", "--budget", "20"]).code, Some(0));
    let ran = life(&served, &["status"], &["--json", "--wait", "--timeout", "300"]);
    let status = one(&ran, "status");
    assert_eq!((ran.code, &status["verdict"]), (Some(2), &"wrong".into()), "{}", ran.out);
}

#[test]
fn where_nothing_can_be_looked_at_it_says_so() {
    let served = Served::start(&[]);
    let profile = std::fs::read_to_string(served.at("profile")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("profile.toml");
    std::fs::write(&file, profile).unwrap();
    let mut gone = landfall(&["status", "--json", "--profile-file", file.to_str().unwrap()]);
    let ran = Ran::of(gone.args(["--kubeconfig", "/nonexistent"]).output().unwrap());
    let status = one(&ran, "status");
    assert_eq!((ran.code, &status["verdict"]), (Some(3), &"unseen".into()), "{}", ran.out);
    // Without a session the account's list is nobody's to read.
    let ran = run(&["clients", "--json", "--profile-file", file.to_str().unwrap()]);
    assert_eq!((ran.code, &one(&ran, "failed")["fault"]), (Some(3), &"not-signed-in".into()));
}

#[test]
fn a_run_is_recorded_and_can_be_shown_again() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let served = Served::start(&["--speed", "50", "--approve", "1"]);
    let flags = ["--profile-file", served.at("profile"), "--expect-account", "7001", "--yes", "--hold", "0"];
    let ran = Ran::of(landfall(&flags).env("HOME", home.path()).output().unwrap());
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.err);
    let folder = home.path().join(".local/state/landfall/journal");
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [file] = files.as_slice() else { panic!("{files:?}") };
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = std::fs::read_to_string(file).unwrap();
    let code = ran.out.split("the code ").nth(1).unwrap().split('.').next().unwrap();
    let [row] = served.clients_here().try_into().unwrap();
    let (_, password) = served.credential(row["namespace"].as_str().unwrap()).unwrap();
    for secret in [code, &password, "/activate"] {
        assert!(!text.contains(secret), "{secret} is in the recording");
    }
    let shown = run(&["replay", file.to_str().unwrap(), "--plain", "--speed", "1000"]);
    assert_eq!(shown.code, Some(0), "{}{}", shown.out, shown.err);
    assert!(shown.out.lines().all(|line| line.starts_with("REPLAY ")), "{}", shown.out);
    assert!(shown.out.contains("Online: ") && shown.out.contains("(not written)"), "{}", shown.out);
    assert!(!shown.out.contains(code));
    let shown = run(&["replay", file.to_str().unwrap(), "--json", "--speed", "1000"]);
    assert_eq!(shown.code, Some(0), "{}{}", shown.out, shown.err);
    let lines: Vec<Value> = shown.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().all(|line| line["replay"] == true && line["v"] == 1), "{}", shown.out);
    assert!(lines.iter().any(|line| line["event"] == "online") && !shown.out.contains(code), "{}", shown.out);
}
