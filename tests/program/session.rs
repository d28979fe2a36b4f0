//! Signing in, staying signed in, signing out: the real binary, a home of its own, a sandbox that serves.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;

use super::rig::{Ran, Served, landfall};

/// A person with an empty home, and a sandbox where every code is approved at once.
pub struct Person {
    pub home: TempDir,
    pub sandbox: Served,
}

impl Person {
    fn new(sandbox: &[&str]) -> Self {
        Self { home: tempfile::tempdir().unwrap(), sandbox: Served::start(sandbox) }
    }

    pub fn signed_in() -> Self {
        let person = Self::new(&["--approve", "0"]);
        let ran = person.run("sign-in", &["--secret-store", "file", "--yes"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        person
    }

    fn command(&self, command: &str, more: &[&str]) -> std::process::Command {
        let mut args = vec![command, "--profile-file", self.sandbox.at("profile"), "--json"];
        args.extend(more);
        let mut run = landfall(&args);
        run.env("HOME", self.home.path());
        run
    }

    fn run(&self, command: &str, more: &[&str]) -> Ran {
        Ran::of(self.command(command, more).output().unwrap())
    }

    fn folder(&self) -> PathBuf {
        self.home.path().join(".local/state/landfall")
    }

    fn state(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(self.folder().join("state.json")).unwrap()).unwrap()
    }

    fn token_files(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.folder()).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("session-")).collect()
    }

    /// The token that is kept.
    pub fn token(&self) -> String {
        let [file] = self.token_files().try_into().unwrap();
        let sealed: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        sealed["token"].as_str().unwrap().to_owned()
    }

    /// Whether the server takes a token, asked by hand.
    pub fn accepted(&self, token: &str) -> bool {
        self.sandbox.status(&format!("GET /userinfo/ HTTP/1.1\r\nAuthorization: Bearer {token}")) == 200
    }

    pub fn whoami(&self) -> (Option<i32>, String) {
        let ran = self.run("whoami", &[]);
        let [line] = <[Value; 1]>::try_from(ran.events()).unwrap();
        (ran.code, line["state"].as_str().unwrap().to_owned())
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

pub fn is(code: i32, state: &str) -> (Option<i32>, String) {
    (Some(code), state.to_owned())
}

#[test]
fn a_session_is_kept_used_and_ended() {
    let person = Person::new(&["--approve", "0", "--speed", "20"]);
    assert_eq!(person.whoami(), is(3, "not-signed-in"));
    let ran = person.run("sign-in", &["--secret-store", "file", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let events = ran.events();
    let of = |name: &str| events.iter().find(|event| event["event"] == name).unwrap();
    assert!(of("session-store")["why"].as_str().unwrap().contains("--secret-store file"), "{ran:?}");
    assert_eq!(events.last().unwrap()["event"], "session-kept");
    assert!(!events.iter().any(|event| event["event"] == "machine"), "sign-in looked at the machine");
    assert_eq!(person.whoami(), is(0, "signed-in"));
    let token = person.token();
    assert!(person.accepted(&token));
    assert_eq!((mode(&person.folder()), mode(&person.token_files()[0])), (0o700, 0o600));
    // An enrollment uses it: nobody is asked, and it outlives the run.
    let ran = person.run("enroll", &["--yes", "--hold", "0", "--name", "Lab 1"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let events = ran.events();
    assert!(
        !events.iter().any(|event| ["code", "session-ended"].contains(&event["event"].as_str().unwrap()))
    );
    let who = events.iter().find(|event| event["event"] == "signed-in").unwrap();
    assert_eq!(who["by"], "kept");
    assert_eq!(person.whoami(), is(0, "signed-in"));
    // Signing out ends it, here and there.
    let ran = person.run("sign-out", &[]);
    assert_eq!((ran.code, &ran.events()[0]["revoked"]), (Some(0), &Value::Bool(true)), "{ran:?}");
    assert!(!person.accepted(&token), "the server still takes the token");
    assert_eq!(person.token_files(), Vec::<PathBuf>::new());
    assert_eq!(person.state()["origins"], serde_json::json!({}));
    assert_eq!(person.whoami(), is(3, "not-signed-in"));
    let again = person.run("sign-out", &[]);
    assert_eq!((again.code, &again.events()[0]["was"]), (Some(0), &Value::Null), "{again:?}");
}

#[test]
fn an_enrollment_may_stay_signed_in_and_ends_the_session_otherwise() {
    let person = Person::new(&["--approve", "0", "--speed", "20"]);
    let ran = person.run("enroll", &["--yes", "--hold", "0"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(person.whoami(), is(3, "not-signed-in"), "a run kept a session unasked");
    let ran = person.run("enroll", &["--yes", "--hold", "0", "--stay-signed-in", "--secret-store", "file"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let names: Vec<String> =
        ran.events().iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names[names.len() - 2..], ["session-kept", "online"]);
    assert_eq!(person.whoami(), is(0, "signed-in"));
}

#[test]
fn a_session_that_was_ended_elsewhere_is_named_and_replaced_in_place() {
    let person = Person::signed_in();
    let old = person.token();
    person.sandbox.status(&format!("POST /auth/revoke HTTP/1.1\r\nAuthorization: Bearer {old}"));
    assert_eq!(person.whoami(), is(3, "rejected"));
    let ran = person.run("enroll", &["--yes", "--hold", "0", "--budget", "1"]);
    let events = ran.events();
    let names: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert!(names.contains(&"code") && names.contains(&"signed-in"), "{ran:?}");
    assert!(ran.out.contains("is dropped: the server does not accept it any more"), "{ran:?}");
    assert_eq!(person.whoami(), is(3, "not-signed-in"));
    // With nobody who could confirm an approver, it ends there and says so.
    let person = Person::signed_in();
    person.sandbox.status(&format!("POST /auth/revoke HTTP/1.1\r\nAuthorization: Bearer {}", person.token()));
    let open = person.home.path().join("open.toml");
    let pinned = fs::read_to_string(person.sandbox.at("profile")).unwrap();
    let lines: Vec<&str> = pinned.lines().filter(|line| !line.starts_with("expect_account")).collect();
    fs::write(&open, lines.join("\n")).unwrap();
    let mut run = landfall(&["--profile-file", open.to_str().unwrap(), "--json", "--yes"]);
    let ran = Ran::of(run.env("HOME", person.home.path()).output().unwrap());
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert_eq!(ran.events().last().unwrap()["fault"], "session-rejected");
}

#[test]
fn a_new_session_replaces_the_old_one_and_ends_it() {
    let person = Person::signed_in();
    let old = person.token();
    let ran = person.run("sign-in", &["--secret-store", "file", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("it is ended at the server"), "{ran:?}");
    let new = person.token();
    assert_ne!(old, new);
    assert_eq!((person.accepted(&old), person.accepted(&new)), (false, true));
}

#[test]
fn an_end_that_the_server_does_not_confirm_is_said_and_nothing_stays_here() {
    let Person { home, sandbox } = Person::signed_in();
    let profile = home.path().join("profile.toml");
    fs::copy(sandbox.at("profile"), &profile).unwrap();
    drop(sandbox);
    let run = |command: &str| {
        let mut run = landfall(&[command, "--profile-file", profile.to_str().unwrap(), "--json"]);
        Ran::of(run.env("HOME", home.path()).output().unwrap())
    };
    let who = run("whoami");
    assert_eq!((who.code, &who.events()[0]["state"]), (Some(3), &"unreachable".into()), "{who:?}");
    let out = run("sign-out");
    assert_eq!((out.code, &out.events()[0]["revoked"]), (Some(4), &Value::Bool(false)), "{out:?}");
    let who = run("whoami");
    assert_eq!((who.code, &who.events()[0]["state"]), (Some(3), &"not-signed-in".into()), "{who:?}");
}

#[test]
fn other_servers_are_untouched() {
    let person = Person::signed_in();
    let other = Served::start(&["--approve", "0"]);
    let flags = ["--profile-file", other.at("profile"), "--json"];
    let run = |command: &str, more: &[&str]| {
        let args: Vec<&str> = [command].iter().chain(&flags).chain(more).copied().collect();
        Ran::of(landfall(&args).env("HOME", person.home.path()).output().unwrap())
    };
    assert_eq!(run("sign-in", &["--secret-store", "file", "--yes"]).code, Some(0));
    // The other address starts signed out, whatever the profile is called.
    assert_eq!(person.token_files().len(), 2);
    assert_eq!(run("sign-out", &[]).code, Some(0));
    assert_eq!(run("whoami", &[]).code, Some(3));
    assert_eq!(person.whoami(), is(0, "signed-in"));
    let elsewhere = person.run("whoami", &["--api", other.at("api")]);
    assert_eq!(elsewhere.events()[0]["state"], "not-signed-in");
}

#[test]
fn a_state_that_is_newer_broken_or_linked_is_refused_and_left_alone() {
    for (what, text, why) in [
        ("newer", r#"{"version":2,"origins":{},"more":[1]}"#, "newer landfall"),
        ("broken", "{\"version\":1,", "no JSON"),
        ("linked", "{\"version\":1,\"origins\":{}}", "symbolic link"),
    ] {
        let person = Person::signed_in();
        let file = person.folder().join("state.json");
        fs::remove_file(&file).unwrap();
        if what == "linked" {
            let target = person.home.path().join("target");
            fs::write(&target, text).unwrap();
            symlink(target, &file).unwrap();
        } else {
            fs::write(&file, text).unwrap();
        }
        for command in ["whoami", "sign-out", "sign-in", "profiles"] {
            let more: &[&str] = if command == "sign-in" { &["--secret-store", "file", "--yes"] } else { &[] };
            let ran = person.run(command, more);
            let events = ran.events();
            let failed = events.last().unwrap();
            assert_eq!((ran.code, &failed["fault"]), (Some(2), &"bad-state".into()), "{what}: {ran:?}");
            assert!(failed["sentence"].as_str().unwrap().contains(why), "{what}: {failed}");
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), text, "{what}");
    }
}

#[test]
fn a_loose_mode_is_mended_and_told_and_a_linked_token_is_not_followed() {
    let person = Person::signed_in();
    let [file] = person.token_files().try_into().unwrap();
    for (path, loose) in [(person.folder(), 0o755), (file.clone(), 0o644)] {
        fs::set_permissions(path, Permissions::from_mode(loose)).unwrap();
    }
    let ran = person.run("whoami", &[]);
    assert_eq!(ran.events()[0]["notes"].as_array().unwrap().len(), 2, "{ran:?}");
    assert_eq!((mode(&person.folder()), mode(&file)), (0o700, 0o600));
    let moved = person.home.path().join("moved");
    fs::rename(&file, &moved).unwrap();
    symlink(&moved, &file).unwrap();
    let ran = person.run("whoami", &[]);
    assert_eq!((ran.code, &ran.events()[0]["state"]), (Some(3), &"unknown".into()), "{ran:?}");
    assert!(ran.out.contains("symbolic link"), "{ran:?}");
}

#[test]
fn two_at_once_leave_one_session_that_counts() {
    let person = Person::new(&["--approve", "0"]);
    let start = || {
        let mut run = person.command("sign-in", &["--secret-store", "file", "--yes"]);
        run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..4).map(|_| start()).collect();
    for child in children {
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    assert_eq!(person.token_files().len(), 1);
    assert!(person.accepted(&person.token()));
    assert_eq!(person.whoami(), is(0, "signed-in"));
}

#[test]
fn without_a_keyring_it_says_so_at_once_and_keeps_nothing() {
    for bus in [None, Some("unix:path=/nonexistent/bus")] {
        let person = Person::new(&["--approve", "0"]);
        let mut run = person.command("sign-in", &["--yes", "--secret-store", "keyring"]);
        run.envs(bus.map(|bus| ("DBUS_SESSION_BUS_ADDRESS", bus)));
        let ran = Ran::of(run.env("XDG_RUNTIME_DIR", person.home.path()).output().unwrap());
        let events = ran.events();
        let failed = events.last().unwrap();
        assert_eq!((ran.code, &failed["fault"]), (Some(4), &"keyring-failed".into()), "{ran:?}");
        assert!(failed["next"].as_str().unwrap().contains("--secret-store file"), "{failed}");
        assert!(!ran.out.contains("\"code\""), "somebody was asked to approve in vain: {ran:?}");
        assert_eq!(person.token_files(), Vec::<PathBuf>::new());
    }
}

#[cfg(feature = "keyring")]
#[test]
fn a_bus_that_never_answers_is_given_up() {
    let person = Person::new(&["--approve", "0"]);
    let socket = person.home.path().join("bus");
    // It takes the connection, and says nothing.
    let _silent = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let mut run = person.command("sign-in", &["--yes"]);
    run.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", socket.display()));
    let ran = Ran::of(run.output().unwrap());
    assert_eq!(ran.code, Some(4), "{ran:?}");
    assert!(ran.out.contains("did not answer within 2 s"), "{ran:?}");
    assert!(ran.err.contains("Waiting for the place"), "{ran:?}");
}

#[test]
fn nowhere_is_no_place_to_stay() {
    let person = Person::new(&[]);
    let ran = person.run("sign-in", &["--secret-store", "none", "--yes"]);
    assert_eq!((ran.code, &ran.events()[0]["fault"]), (Some(2), &"bad-input".into()), "{ran:?}");
    // And what is kept already is not looked at.
    let person = Person::signed_in();
    let ran = person.run("enroll", &["--yes", "--secret-store", "none", "--budget", "1"]);
    assert!(ran.out.contains("\"event\":\"code\""), "{ran:?}");
    assert_eq!(person.whoami(), is(0, "signed-in"));
}

#[test]
fn no_token_is_in_any_output_or_in_the_state() {
    let person = Person::new(&["--approve", "0", "--speed", "20"]);
    let token_file = person.home.path().join("issued");
    fs::copy(person.sandbox.at("token_file"), &token_file).unwrap();
    let mut tokens = vec![fs::read_to_string(&token_file).unwrap()];
    let mut said = String::new();
    let mut run = |command: &str, more: &[&str]| {
        for form in ["--json", "--plain"] {
            let mut args = vec![command, "--profile-file", person.sandbox.at("profile")];
            if form == "--json" || ["sign-in", "enroll"].contains(&command) {
                args.push(form);
            }
            args.extend(more);
            let ran = Ran::of(landfall(&args).env("HOME", person.home.path()).output().unwrap());
            said.push_str(&ran.out);
            said.push_str(&ran.err);
            if person.folder().exists() && person.token_files().len() == 1 {
                tokens.push(person.token());
            }
        }
    };
    run("sign-in", &["--secret-store", "file", "--yes", "--verbose"]);
    run("whoami", &[]);
    run("profiles", &[]);
    run("enroll", &["--yes", "--hold", "0", "--verbose"]);
    run("sign-in", &["--secret-store", "file", "--token-file", token_file.to_str().unwrap()]);
    run("sign-out", &[]);
    tokens.sort();
    tokens.dedup();
    assert!(tokens.len() >= 3 && said.lines().count() > 40, "{} tokens: {said}", tokens.len());
    said.push_str(&fs::read_to_string(person.folder().join("state.json")).unwrap());
    for token in &tokens {
        assert!(!said.contains(token.trim()), "a token was told");
    }
}

#[test]
fn profiles_are_listed_and_completions_written() {
    let person = Person::signed_in();
    let listed = person.run("profiles", &[]).events();
    let names: Vec<&str> = listed.iter().map(|profile| profile["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["sandbox", "tracebloc-prod", "tracebloc-stg", "tracebloc-dev"]);
    assert_eq!(listed[0]["session_of"], "technician@sandbox.example");
    assert_eq!(listed[1]["session_of"], Value::Null);
    for shell in ["bash", "zsh", "fish"] {
        let ran = super::rig::run(&["completions", shell]);
        assert_eq!(ran.code, Some(0));
        assert!(ran.out.contains("sign-in") && ran.out.contains("secret-store"), "{shell}");
    }
}
