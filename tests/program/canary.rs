//! A password made in a run is found in its lawful places and nowhere else.

use std::cell::RefCell;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use portable_pty::CommandBuilder;

use super::rig::{Served, base, landfall};
use crate::terminal::{Left, Term, XTERM};

/// How many characters of a secret in a row are one leak; a screen may cut what it shows.
const PART: usize = 12;

/// Every file below a folder, as bytes.
pub fn files(folder: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            files(&path, into);
        } else {
            into.push((path.display().to_string(), fs::read(&path).unwrap_or_default()));
        }
    }
}

/// What others on the machine can see of a process while it runs.
fn peek(id: u32, into: &mut Vec<u8>) {
    for what in ["cmdline", "environ"] {
        into.extend(fs::read(format!("/proc/{id}/{what}")).unwrap_or_default());
    }
}

/// A run with lines: everything that it said, and that could be seen of it.
fn in_lines(sandbox: &Served, home: &Path, form: &str) -> Vec<u8> {
    let mut flags = vec!["--profile-file", sandbox.at("profile"), "--token-file", sandbox.at("token_file")];
    flags.extend(["--yes", "--hold", "0", "--verbose", form]);
    let mut run = landfall(&flags);
    run.env("HOME", home).env("TMPDIR", home).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = run.spawn().unwrap();
    let (mut seen, mut looks, mut part) = (Vec::new(), 0, [0; 512]);
    let mut out = child.stdout.take().unwrap();
    loop {
        peek(child.id(), &mut seen);
        looks += 1;
        match out.read(&mut part).unwrap() {
            0 => break,
            n => seen.extend(&part[..n]),
        }
    }
    child.stderr.take().unwrap().read_to_end(&mut seen).unwrap();
    assert!(child.wait().unwrap().success(), "{}", String::from_utf8_lossy(&seen));
    assert!(looks > 5);
    seen
}

/// A run on a full screen: every byte of it, every screen that those bytes drew, and what could be seen of it.
fn on_screen(sandbox: &Served, home: &Path) -> Vec<u8> {
    let mut command = CommandBuilder::new("/usr/bin/env");
    for name in ["HOME", "TMPDIR"] {
        command.arg(format!("{name}={}", home.display()));
    }
    command.arg(env!("CARGO_BIN_EXE_landfall"));
    command.args(["--profile-file", sandbox.at("profile"), "--token-file", sandbox.at("token_file")]);
    command.args(["--yes", "--hold", "0"]);
    let mut term = Term::run(XTERM, command);
    let (id, seen) = (term.child.process_id().unwrap(), RefCell::new(Vec::new()));
    term.wait("the last page", |screen| {
        peek(id, &mut seen.borrow_mut());
        seen.borrow_mut().extend(screen.contents().into_bytes());
        screen.contents().contains("Enter leave")
    });
    term.keys("\r");
    assert_eq!(term.left(), Left::clean(0));
    let mut seen = seen.into_inner();
    seen.extend(term.bytes());
    seen.extend(term.contents().into_bytes());
    seen
}

pub fn holds(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
}

#[test]
fn the_credential_is_only_where_it_belongs() {
    for form in ["--json", "--plain", "the full screen"] {
        let sandbox = Served::start(&["--speed", "40"]);
        let home = tempfile::tempdir().unwrap();
        let seen = match form {
            "the full screen" => on_screen(&sandbox, home.path()),
            form => in_lines(&sandbox, home.path(), form),
        };
        assert!(seen.len() > 5000, "{form}: {}", String::from_utf8_lossy(&seen));

        let [row] = sandbox.clients_here().try_into().unwrap();
        let place = row["namespace"].as_str().unwrap().to_owned();
        let (username, password) = sandbox.credential(&place).unwrap();
        let token = fs::read_to_string(sandbox.at("token_file")).unwrap();
        assert!(sandbox.accepts(&username, &password), "it is the one that counts");
        let mut places = vec![("what was said and seen".to_owned(), seen)];
        files(home.path(), &mut places);
        // The cluster, but for the release's own Secret.
        for kind in ["configmaps", "events", "pods", "secrets"] {
            let (_, list) = sandbox.cluster(&format!("/api/v1/{kind}"));
            for item in list["items"].as_array().unwrap() {
                let name = format!("{kind} {}", item["metadata"]["name"]);
                if name != format!("secrets \"{place}-secrets\"") {
                    places.push((name, item.to_string().into_bytes()));
                }
            }
        }
        places.push(("the account's list".to_owned(), sandbox.get("/edge-device/").to_string().into_bytes()));
        places.push(("the audit".to_owned(), sandbox.get("/audit").to_string().into_bytes()));
        for (place, bytes) in &places {
            assert!(!holds(bytes, &token), "{form}: the token is in {place}");
            for secret in [password.clone(), base(&password)] {
                for part in (0..=secret.len() - PART).map(|at| &secret[at..at + PART]) {
                    assert!(!holds(bytes, part), "{form}: a part of the credential is in {place}");
                }
            }
        }
    }
}
