//! The doctor as a script calls it: exit codes, time, and something true and useful where hardly anything works.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use landfall::model::CaPin;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;
use tempfile::TempDir;

use super::rig::{Ran, Served, landfall, run_in};
use crate::flow::schema::fits;
use crate::wire::tls;

/// The longest that a look may take in all, in milliseconds.
const LONGEST: u64 = 15_000;

/// A look with `--json`; every line is what the schema says.
fn look(home: &Path, args: &[&str]) -> (Option<i32>, Vec<Value>, Value) {
    let args = [&["doctor", "--json"], args].concat();
    let ran = run_in(home, &args);
    let schema: Value = serde_json::from_str(include_str!("../../assets/doctor.schema.json")).unwrap();
    let mut lines = ran.events();
    for line in &lines {
        let of = usize::from(line["event"] == "doctor");
        fits(&schema["oneOf"][of], line).unwrap_or_else(|why| panic!("{why} in {line}"));
    }
    let whole = lines.pop().unwrap_or_else(|| panic!("{ran:?}"));
    assert!(whole["took_ms"].as_u64().unwrap() < LONGEST, "{whole}");
    assert!(lines.len() >= 60, "{}", lines.len());
    (ran.code, lines, whole)
}

fn roots(whole: &Value) -> Vec<&str> {
    whole["roots"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect()
}

fn of<'a>(lines: &'a [Value], id: &str) -> &'a Value {
    lines.iter().rfind(|line| line["id"] == id).unwrap()
}

fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// What this very machine may rightly be warned of does not concern these tests.
fn but_the_machine<'a>(roots: &[&'a str]) -> Vec<&'a str> {
    roots.iter().copied().filter(|id| !id.starts_with('M')).collect()
}

#[test]
fn a_machine_before_its_enrollment_after_it_and_retired() {
    let (sandbox, home) = (Served::start(&["--speed", "50", "--approve", "0"]), home());
    let at = ["--profile-file", sandbox.at("profile")];
    let (code, lines, whole) = look(home.path(), &at);
    assert_eq!((code, but_the_machine(&roots(&whole))), (Some(0), Vec::new()), "{whole}");
    assert_eq!(of(&lines, "W02")["state"], "not-applicable");
    let said = run_in(home.path(), &[&["doctor", "--plain"], &at[..]].concat()).out;
    assert!(
        said.contains("  control plane  nothing is installed yet"),
        "what was not asked says why: {said}"
    );
    let flags =
        [&at[..], &["--yes", "--json", "--hold", "0", "--stay-signed-in", "--secret-store", "file"]].concat();
    assert_eq!(run_in(home.path(), &flags).code, Some(0));
    let (code, lines, whole) = look(home.path(), &at);
    assert_eq!((code, but_the_machine(&roots(&whole))), (Some(0), Vec::new()), "{whole}");
    for id in ["W02", "W12", "V01", "V05"] {
        assert_eq!(of(&lines, id)["state"], "pass", "{id}");
    }
    // What else the machine does may delay one look, not three.
    let soon = |whole: &Value| whole["took_ms"].as_u64().unwrap() < 3000;
    assert!(soon(&whole) || (0..2).any(|_| soon(&look(home.path(), &at).2)), "{whole}");

    let bundle = home.path().join("b.tar.gz");
    let to = ["--bundle", bundle.to_str().unwrap()];
    let asked = run_in(home.path(), &[&["doctor", "--plain"], &at[..], &to].concat());
    assert_eq!(asked.code, Some(8), "nobody is there to say yes: {asked:?}");
    assert!(!bundle.exists() && asked.err.contains("report.json"), "{asked:?}");
    let written = run_in(home.path(), &[&["doctor", "--plain", "--yes"], &at[..], &to].concat());
    assert_eq!(written.code, Some(0), "{written:?}");
    assert_eq!(fs::metadata(&bundle).unwrap().permissions().mode() & 0o777, 0o600);
    let (code, lines, whole) = look(home.path(), &["--from", bundle.to_str().unwrap()]);
    assert_eq!((code, but_the_machine(&roots(&whole))), (Some(0), Vec::new()), "{whole}");
    assert_eq!(of(&lines, "W12")["state"], "pass");
    let piped = landfall(&[&["doctor", "--plain", "--yes", "--bundle", "-"], &at[..]].concat())
        .env("HOME", home.path())
        .output()
        .unwrap();
    assert!(
        piped.status.success() && piped.stdout.starts_with(&[0x1f, 0x8b]),
        "nothing but the bundle goes there"
    );
    let again = run_in(home.path(), &[&["doctor", "--plain", "--yes"], &at[..], &to].concat());
    assert_eq!(again.code, Some(2), "a file that is there is left alone: {again:?}");

    // Taken out of the fleet: nothing of it is left, and nothing is wrong with that.
    let retire = [&["retire"], &at[..], &["--yes"]].concat();
    assert_eq!(run_in(home.path(), &retire).code, Some(0));
    let (code, lines, whole) = look(home.path(), &at);
    assert_eq!((code, but_the_machine(&roots(&whole))), (Some(0), Vec::new()), "{whole}");
    assert_eq!(of(&lines, "W02")["state"], "not-applicable");
}

#[test]
fn a_broken_bundle_is_refused() {
    let home = home();
    let path = home.path().join("b.tar.gz");
    fs::write(&path, "no bundle").unwrap();
    let ran = run_in(home.path(), &["doctor", "--from", path.to_str().unwrap()]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("it is no gzip file"), "{ran:?}");
}

#[test]
fn a_control_plane_that_is_away() {
    let (sandbox, home) = (Served::start(&[]), home());
    // Port 9 is discard: nothing listens there.
    let at = ["--profile-file", sandbox.at("profile"), "--api", "http://127.0.0.1:9"];
    let (code, lines, whole) = look(home.path(), &at);
    assert_eq!((code, but_the_machine(&roots(&whole))), (Some(2), vec!["N04"]), "{whole}");
    assert!(of(&lines, "N04")["words"].as_str().unwrap().contains("127.0.0.1:9"));
    assert_eq!(of(&lines, "C07")["state"], "pass", "the cluster is well and says so");
}

#[test]
fn a_cluster_that_is_down() {
    let (sandbox, home) = (Served::start(&[]), home());
    let file = home.path().join("kubeconfig");
    let config = fs::read_to_string(sandbox.at("kubeconfig")).unwrap();
    let server = config.split("\"server\": \"").nth(1).unwrap().split('"').next().unwrap();
    fs::write(&file, config.replace(server, "https://127.0.0.1:9")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let at = ["--profile-file", sandbox.at("profile"), "--kubeconfig", file.to_str().unwrap()];
    let (code, lines, whole) = look(home.path(), &at);
    assert_eq!((code, but_the_machine(&roots(&whole))), (Some(2), vec!["C05"]), "{whole}");
    assert_eq!(of(&lines, "N06")["state"], "pass");
}

#[test]
fn no_configuration_at_all() {
    let home = home();
    let (code, lines, whole) = look(home.path(), &[]);
    assert_eq!(code, Some(2), "{whole}");
    let roots = but_the_machine(&roots(&whole));
    assert!(roots.contains(&"C01") && roots.contains(&"A01") && roots.len() == 2, "{whole}");
    assert!(of(&lines, "A01")["fix"].as_str().unwrap().contains("--profile"));
}

#[test]
fn no_network_at_all() {
    let home = home();
    // TEST-NET-1 (RFC 5737): nobody is there, and nobody says so.
    let at = ["--api", "https://192.0.2.1"];
    let (code, _, whole) = look(home.path(), &at);
    assert_eq!(code, Some(2), "{whole}");
    let roots = roots(&whole);
    assert!(roots.iter().any(|id| ["N01", "N04", "N07"].contains(id)), "{whole}");
    let asked: Ran = run_in(home.path(), &["doctor", "--plain", "--api", "https://192.0.2.1"]);
    assert!(asked.out.contains("Do: "), "{asked:?}");
}

#[test]
fn a_server_whose_ca_is_not_the_pinned_one() {
    let (server, home) = (tls::serve("good.pem"), home());
    let der = CertificateDer::from_pem_file(tls::file("ca.pem")).unwrap();
    let (pinned, other) = (CaPin::of(&der).to_string(), "ab".repeat(32));
    let profile = home.path().join("p.toml");
    let path = profile.to_str().unwrap();
    let ca = tls::file("ca.pem");
    let look = |pin: &str| {
        fs::write(&profile, format!("name = \"p\"\napi = \"{server}\"\nca_sha256 = \"{pin}\"\n")).unwrap();
        let ca = ["--ca-cert", ca.to_str().unwrap()];
        let only = ["doctor", "--json", "--only", "N05,N09", "--profile-file", path];
        let ran = run_in(home.path(), &[&only[..], &ca].concat());
        let events = ran.events();
        (ran.code, of(&events, "N05").clone(), of(&events, "N09").clone())
    };
    let (code, tls, own) = look(&pinned);
    assert_eq!((code, &tls["state"], &own["state"]), (Some(0), &"pass".into(), &"pass".into()), "{tls}");
    let (code, tls, own) = look(&other);
    assert_eq!(
        (code, &tls["state"], &own["state"]),
        (Some(2), &"fail".into(), &"warn".into()),
        "{tls} {own}"
    );
    let host = server.strip_prefix("https://").unwrap();
    let words = format!("{host} is not trusted: its CA is not the one that the profile pins (ca_sha256)");
    assert_eq!(
        (tls["words"].as_str(), tls["evidence"][0].as_str()),
        (Some(&*words), Some("signed by landfall test CA"))
    );
    let fix = tls["fix"].as_str().unwrap();
    assert!(fix.contains("get the new ca_sha256") && !fix.contains("--ca-cert"), "{fix}");
}

#[test]
fn only_what_was_named() {
    let home = home();
    let ran = run_in(home.path(), &["doctor", "--json", "--only", "m03,S02"]);
    let ids: Vec<String> =
        ran.events().iter().filter_map(|line| line["id"].as_str().map(str::to_owned)).collect();
    assert_eq!(ids, ["M03", "S02"], "{ran:?}");
    let wrong = run_in(home.path(), &["doctor", "--only", "X99"]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
}
