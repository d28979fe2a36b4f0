//! What a command says is heard, or it says so by its exit code; and where a failure is noted.

use std::fs::File;

use super::rig::{Ran, Served, landfall, run_in};

/// A command each, that says something and ends well.
fn commands(sandbox: &Served) -> Vec<Vec<&str>> {
    let at = ["--profile-file", sandbox.at("profile")];
    let with = |words: &[&'static str], token: bool| {
        let mut args: Vec<&str> = words.to_vec();
        args.extend(at);
        if token {
            args.extend(["--token-file", sandbox.at("token_file")]);
        }
        args
    };
    vec![
        vec!["--help"],
        vec!["--version"],
        vec!["help", "status"],
        vec!["profiles"],
        vec!["profiles", "--json"],
        vec!["completions", "bash"],
        with(&["clients"], true),
        with(&["clients", "--json"], true),
        with(&["status"], true),
        with(&["status", "--json"], true),
        with(&["set", "name", "lab"], true),
        with(&["sign-out"], false),
        with(&["whoami"], false),
        with(&["doctor", "--plain", "--only", "S01"], false),
        with(&["doctor", "--json", "--only", "S01"], false),
        with(&["doctor", "--yes", "--only", "S01", "--bundle", "-"], false),
        vec!["sandbox", "--serve"],
        vec!["sandbox", "--serve", "--backend", "pychron"],
    ]
}

#[test]
fn standard_output_that_takes_nothing_is_no_success() {
    let (sandbox, home) = (Served::start(&["--speed", "50"]), tempfile::tempdir().unwrap());
    assert_eq!(sandbox.enroll(&[]).code, Some(0));
    let mut run = commands(&sandbox);
    run.push(vec!["sandbox", "--approve", "0", "--", "--plain", "--yes"]);
    for args in run {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = landfall(&args).env("HOME", home.path()).stdout(full).output().unwrap();
        let Ran { code, err, .. } = Ran::of(output);
        let line = args.contains(&"--plain") && args.contains(&"sandbox");
        assert_eq!(code, Some(if line { 129 } else { 4 }), "{args:?}: {err}");
        let told = "Failed: Standard output cannot be written to: No space left on device";
        assert!(err.contains(told) && err.contains("Next: Make room"), "{args:?}: {err}");
    }
}

#[test]
fn a_pipe_that_nobody_reads_ends_it_quietly() {
    let (sandbox, home) = (Served::start(&["--speed", "50"]), tempfile::tempdir().unwrap());
    assert_eq!(sandbox.enroll(&[]).code, Some(0));
    for args in commands(&sandbox) {
        let (nobody, pipe) = std::io::pipe().unwrap();
        drop(nobody);
        let Ran { code, err, .. } =
            Ran::of(landfall(&args).env("HOME", home.path()).stdout(pipe).output().unwrap());
        assert_eq!(code, Some(141), "{args:?}: {err}");
        assert!(!err.contains("Failed"), "{args:?}: {err}");
    }
}

#[test]
fn every_command_names_the_log_of_its_failure() {
    let home = tempfile::tempdir().unwrap();
    let log = home.path().join(".local/state/landfall/landfall.log");
    let named = format!("\n  Log: {}", log.display());
    let cases: &[&[&str]] = &[
        &["--profile", "nobody"],
        &["sign-in", "--profile", "nobody", "--plain"],
        &["sign-out", "--profile", "nobody"],
        &["whoami", "--profile", "nobody"],
        &["status", "--profile", "nobody"],
        &["clients", "--profile", "nobody"],
        &["set", "location", "NOWHERE", "--profile", "nobody"],
        &["retire", "--profile", "nobody", "--yes", "--plain"],
        &["profiles", "--profile-file", "/nonexistent/p.toml"],
        &["workstation", "status", "--profile", "nobody"],
        &["doctor", "--plain", "--only", "X99"],
        &["replay", "/nonexistent/r.jsonl"],
    ];
    for (nth, args) in cases.iter().enumerate() {
        let ran = run_in(home.path(), args);
        assert!(ran.err.trim_end().ends_with(named.trim_start_matches('\n')), "{args:?}: {ran:?}");
        let noted = std::fs::read_to_string(&log).unwrap();
        assert_eq!(noted.matches("Failed: ").count(), nth + 1, "{args:?}: {noted}");
    }
    let ran = run_in(home.path(), &["status", "--profile", "nobody", "--json"]);
    assert_eq!(ran.events()[0]["log"], log.to_str().unwrap(), "{ran:?}");
}
