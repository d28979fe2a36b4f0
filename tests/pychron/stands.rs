//! A registered machine: how it stands, what the doctor says of it, and its way out.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};
use serde_json::Value;

use super::rig::{Ran, Stand, event, has, landfall};

/// `landfall COMMAND` about the machine of that stand-in.
fn run(stand: &Stand, command: &str, more: &[&str]) -> Ran {
    let mut flags = vec![command, "--profile-file", stand.at("profile")];
    flags.extend(more);
    Ran::of(landfall(&flags).output().unwrap())
}

fn last(ran: &Ran) -> Value {
    ran.events().pop().unwrap_or_else(|| panic!("{ran:?}"))
}

fn change(stand: &Stand, path: &str, from: &str, to: &str) {
    let text = stand.text(path);
    assert!(text.contains(from), "{text}");
    fs::write(stand.home(path), text.replacen(from, to, 1)).unwrap();
}

fn host() -> String {
    fs::read_to_string("/proc/sys/kernel/hostname").unwrap().trim().to_owned()
}

#[test]
fn p20_status_says_what_is_there_and_what_is_not() {
    let stand = Stand::start(&["--approve", "0"]);
    let ran = run(&stand, "status", &["--json"]);
    assert_eq!((ran.code, &last(&ran)["badge"]), (Some(2), &"unregistered".into()), "{ran:?}");
    assert_eq!(stand.enroll(&[]).code, Some(0));
    for command in ["status", "workstation"] {
        let more: &[&str] = if command == "workstation" { &["status"] } else { &[] };
        let mut flags = vec![command];
        flags.extend(more);
        flags.extend(["--profile-file", stand.at("profile")]);
        let ran = Ran::of(landfall(&flags).output().unwrap());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(
            ran.out.contains("registered for lab NMGRL and well") && ran.out.contains("the token works"),
            "{ran:?}"
        );
        assert!(ran.out.lines().all(|line| line.starts_with("SANDBOX ")), "{ran:?}");
    }
    let files = stand.files();
    fs::remove_file(stand.home(&format!("{}.pub", stand.key()))).unwrap();
    let ran = run(&stand, "status", &[]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.out.contains("public key: it is not there"), "{}", ran.out);
    assert_eq!(stand.files().len(), files.len() - 1, "looking changes nothing");
}

/// All eight words of the server, each with a next step of its own; none takes an enrollment back.
#[test]
fn p19_each_of_the_eight_words_is_told_with_its_own_next_step() {
    let mut steps = Vec::new();
    for (trouble, probe, code) in [
        (None, "good", 0),
        (None, "no-address", 2),
        (None, "no-token", 2),
        (Some("whoami-rejects"), "rejected", 2),
        (Some("whoami-hangs"), "unreachable", 3),
        (Some("whoami-fails"), "invalid", 3),
        (Some("whoami-elsewhere"), "elsewhere", 2),
        (Some("no-scope"), "missing-scope", 2),
    ] {
        let mut flags = vec!["--approve", "0"];
        flags.extend(trouble.iter().flat_map(|name| ["--scenario", name]));
        let stand = Stand::start(&flags);
        let begun = now();
        let ran = stand.enroll(&[]);
        assert_eq!(ran.code, Some(0), "{probe}: {ran:?}");
        match probe {
            "no-address" => change(&stand, ".pychron/preferences.ini", "api_base_url", "was"),
            "no-token" => fs::remove_file(stand.home(".pychron/tokens/NMGRL")).unwrap(),
            _ => assert_eq!(event(&ran, "probed")["probe"], probe),
        }
        if probe == "unreachable" {
            // A call takes ten seconds at most.
            let took = begun.elapsed();
            assert!(took > Duration::from_secs(9) && took < Duration::from_secs(16), "{took:?}");
        }
        let ran = run(&stand, "status", &["--json"]);
        let told = last(&ran);
        assert_eq!((ran.code, &told["control_plane"]["probe"]), (Some(code), &probe.into()), "{ran:?}");
        assert!(stand.home(".pychron/registration.json").exists());
        steps.push(told["next"].as_str().unwrap_or_default().to_owned());
    }
    assert!(steps[0].is_empty() && steps[1..].iter().all(|step| step.contains("landfall")), "{steps:#?}");
    let kinds: std::collections::BTreeSet<&str> =
        steps[1..].iter().map(|step| step.split("landfall").next().unwrap()).collect();
    assert_eq!(kinds.len(), 7, "{steps:#?}");
}

#[test]
fn p20_the_doctor_looks_at_every_part_and_at_nothing_that_is_not_there() {
    let stand = Stand::start(&["--approve", "0"]);
    assert_eq!(stand.enroll(&[]).code, Some(0));
    let ran = run(&stand, "doctor", &["--json"]);
    let ids: Vec<String> = ran
        .events()
        .iter()
        .filter(|line| line["event"] == "check")
        .map(|line| format!("{} {}", line["id"].as_str().unwrap(), line["state"].as_str().unwrap()))
        .collect();
    let parts: Vec<&String> = ids.iter().filter(|id| id.starts_with('R')).collect();
    assert_eq!(parts.len(), 13, "{ids:?}");
    assert!(parts.iter().all(|id| id.ends_with(" pass")), "{ran:?}");
    assert!(!ids.iter().any(|id| id.starts_with(['C', 'W', 'V'])), "{ids:?}");
    fs::remove_file(stand.home(&stand.key())).unwrap();
    let ran = run(&stand, "doctor", &["--only", "R03", "--json"]);
    assert_eq!((ran.code, &last(&ran)["roots"]), (Some(2), &serde_json::json!(["R03"])), "{ran:?}");
    // The bundle carries the same, and no secret.
    let file = stand.home("bundle.tar.gz");
    let ran = run(&stand, "doctor", &["--bundle", file.to_str().unwrap(), "--yes"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let read = Ran::of(landfall(&["doctor", "--from", file.to_str().unwrap(), "--json"]).output().unwrap());
    assert_eq!(last(&read)["roots"][0], "R03", "{read:?}");
    assert!(!ran.out.contains("pcy_") && !read.out.contains("pcy_"));
}

#[test]
fn p32_retire_ends_the_token_proves_it_and_leaves_what_is_not_ours() {
    let stand = Stand::start(&["--approve", "0", "--scenario", "bundle"]);
    fs::create_dir(stand.home(".ssh")).unwrap();
    fs::write(stand.home(".ssh/config"), "Host mine\n    User me\n").unwrap();
    assert_eq!(stand.enroll(&[]).code, Some(0));
    fs::create_dir_all(stand.home("Pychron/projects/one")).unwrap();
    fs::write(stand.home("Pychron/projects/one/file"), "mine").unwrap();
    let files = stand.files();
    let asked = run(&stand, "retire", &["--json"]);
    assert_eq!(asked.code, Some(8), "{asked:?}");
    assert!(has(&asked, "leaving"));
    assert_eq!(stand.files(), files, "nothing goes without a yes");
    let ran = run(&stand, "retire", &["--yes", "--json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let parted = event(&ran, "parted");
    assert_eq!((&parted["token"], &parted["left"]), (&"proven".into(), &serde_json::json!([])), "{parted}");
    assert_eq!(stand.files(), [".ssh/config", "Pychron/projects/one/file"]);
    assert_eq!(stand.text(".ssh/config"), "Host mine\n    User me\n");
    assert!(!stand.home(".pychron").exists());
    assert!(stand.audit().contains(&"end".to_owned()));
    let again = run(&stand, "retire", &["--yes", "--json"]);
    assert_eq!(event(&again, "failed")["fault"], "not-registered", "{again:?}");
}

#[test]
fn p32_retire_says_what_the_server_did_not_confirm() {
    let stand = Stand::start(&["--approve", "0", "--scenario", "revoke-fails"]);
    assert_eq!(stand.enroll(&[]).code, Some(0));
    let ran = run(&stand, "retire", &["--yes", "--plain"]);
    assert!(ran.code != Some(0), "{ran:?}");
    assert!(ran.out.contains("its token may still count") && ran.out.contains("administrator"), "{ran:?}");
    assert_eq!(stand.files(), [".ssh/config"]);
}

#[test]
fn p32_retire_on_the_screen_asks_for_the_machines_name() {
    use crate::terminal::rig::{Left, Term, XTERM};
    let stand = Stand::start(&["--approve", "0"]);
    assert_eq!(stand.enroll(&[]).code, Some(0));
    let mut term = Term::start(XTERM, &["retire", "--profile-file", stand.at("profile")]);
    term.wait_for("To retire it, type its name");
    term.keys(&host());
    term.wait_for(&format!("Name: {}", host()));
    super::pane::enter(&mut term);
    term.wait_for("is retired.");
    term.wait_for("the server rejects it");
    super::pane::enter(&mut term);
    assert_eq!(term.left(), Left::clean(0));
    assert_eq!(stand.files(), [".ssh/config"]);
}

#[test]
fn p21_p32_a_new_key_from_the_page_of_the_machine() {
    use crate::terminal::rig::{Left, Term, XTERM};
    let stand = Stand::start(&["--approve", "0"]);
    assert_eq!(stand.enroll(&[]).code, Some(0));
    let (key, token) = (stand.text(&stand.key()), stand.token());
    let mut term = Term::start(XTERM, &["--profile-file", stand.at("profile")]);
    term.wait_for("and well.");
    term.keys("\u{1b}[B\u{1b}[B");
    term.wait_for("> register a new key");
    super::pane::enter(&mut term);
    term.wait_for("nobody has to approve it");
    super::pane::enter(&mut term);
    term.wait_for("is registered.");
    super::pane::enter(&mut term);
    assert_eq!(term.left(), Left::clean(0));
    assert_ne!(stand.text(&stand.key()), key);
    assert_eq!(stand.token(), token);
}

/// A front with TLS, under a certificate of a CA of one's own.
#[expect(clippy::disallowed_methods, reason = "a front serves beside the test")]
fn front(stand: &Stand) -> String {
    let file = |name: &str| -> PathBuf {
        [env!("CARGO_MANIFEST_DIR"), "tests/wire/fixtures/tls", name].iter().collect()
    };
    let chain = vec![CertificateDer::from_pem_file(file("good.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(file("server.key.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let (config, behind) = (Arc::new(config), stand.at("api").strip_prefix("http://").unwrap().to_owned());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for tcp in listener.incoming() {
            let (mut tcp, config, behind) = (tcp.unwrap(), config.clone(), behind.clone());
            std::thread::spawn(move || {
                let mut tls = ServerConnection::new(config).unwrap();
                let mut stream = Stream::new(&mut tls, &mut tcp);
                let mut request = Vec::new();
                let mut piece = [0; 4096];
                // One question a connection; the head says how long the body is.
                loop {
                    let Ok(n) = stream.read(&mut piece) else { return };
                    request.extend_from_slice(&piece[..n]);
                    let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let long = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                    if body.len() >= long.map_or(0, |long| long.trim().parse().unwrap()) {
                        break;
                    }
                }
                let text = String::from_utf8(request).unwrap();
                let lines: Vec<String> = text
                    .split("\r\n")
                    .map(|line| {
                        if line.to_ascii_lowercase().starts_with("host:") {
                            format!("Host: {behind}\r\nConnection: close")
                        } else {
                            line.to_owned()
                        }
                    })
                    .collect();
                let mut to = TcpStream::connect(&behind).unwrap();
                to.write_all(lines.join("\r\n").as_bytes()).unwrap();
                let mut reply = Vec::new();
                to.read_to_end(&mut reply).unwrap();
                let _ = stream.write_all(&reply);
                tls.send_close_notify();
                let _ = tls.write_tls(&mut tcp);
            });
        }
    });
    format!("https://127.0.0.1:{port}")
}

#[test]
fn p01_a_ca_of_ones_own_is_believed_when_it_is_named_and_not_before() {
    let stand = Stand::start(&["--approve", "0"]);
    let https = front(&stand);
    let refused = stand.enroll(&["--api", &https]);
    assert_eq!(
        (refused.code, &event(&refused, "failed")["fault"]),
        (Some(5), &"distrusted".into()),
        "{refused:?}"
    );
    assert_eq!(stand.files(), Vec::<String>::new());
    let ca = format!("{}/tests/wire/fixtures/tls/ca.pem", env!("CARGO_MANIFEST_DIR"));
    let ran = stand.enroll(&["--api", &https, "--ca-cert", &ca]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(event(&ran, "probed")["probe"], "good", "{ran:?}");
}

#[expect(clippy::disallowed_methods, reason = "how long a process took is what is asked")]
fn now() -> Instant {
    Instant::now()
}
