//! A token that is entered at the terminal: it signs in, and it is seen nowhere.

use std::fs;
use std::path::Path;

use portable_pty::CommandBuilder;
use rustix::process::Signal;
use rustix::termios::{LocalModes, tcgetattr};

use super::rig::Served;
use crate::terminal::{Left, Term, XTERM};

/// How many characters of the token in a row are a leak.
const PART: usize = 8;

fn begun(sandbox: &Served, home: &Path, more: &[&str]) -> Term {
    let mut command = CommandBuilder::new("/usr/bin/env");
    command.arg(format!("HOME={}", home.display()));
    command.arg(env!("CARGO_BIN_EXE_landfall"));
    command.args(["--profile-file", sandbox.at("profile")]);
    command.args(more);
    Term::run(XTERM, command)
}

fn token(sandbox: &Served) -> String {
    fs::read_to_string(sandbox.at("token_file")).unwrap().trim().to_owned()
}

/// Everything that this run wrote.
fn written(folder: &Path, into: &mut Vec<u8>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            written(&entry.path(), into);
        } else {
            into.extend(fs::read(entry.path()).unwrap());
        }
    }
}

fn is_nowhere(token: &str, term: &Term, home: &Path) {
    let mut bytes = term.bytes();
    assert!(bytes.len() > 500);
    let said = bytes.len();
    written(home, &mut bytes);
    assert!(bytes.len() > said + 500, "the journal and the log were read");
    for part in (0..=token.len() - PART).map(|at| &token[at..at + PART]) {
        assert!(!bytes.windows(PART).any(|window| window == part.as_bytes()), "{part} can be read");
    }
}

#[test]
fn on_the_full_screen_dots_stand_for_it() {
    let (sandbox, home) = (Served::start(&[]), tempfile::tempdir().unwrap());
    let token = token(&sandbox);
    let mut term = begun(&sandbox, home.path(), &[]);
    term.wait_for("use a token");
    term.keys("t");
    term.wait_for("Entered:");
    let (typed, pasted) = token.split_at(9);
    term.keys(typed);
    term.wait("a dot for each letter", |screen| screen.contents().contains("\u{2022}".repeat(9).as_str()));
    term.keys("\u{15}");
    term.wait("an empty field", |screen| !screen.contents().contains('\u{2022}'));
    // Nothing but a token is taken, and q is a letter there.
    term.keys("q\r");
    term.wait_for("The server does not accept the token");
    term.keys("\r");
    term.wait_for("Entered:");
    term.keys(typed);
    term.keys(&format!("\u{1b}[200~{pasted}\n\u{1b}[201~"));
    term.wait("all of it", |screen| screen.contents().contains("\u{2022}".repeat(32).as_str()));
    term.keys("\r");
    term.wait("the next step", |screen| screen.contents().contains("landfall \u{b7} Client"));
    term.keys("q");
    assert_eq!(term.left(), Left::clean(130));
    is_nowhere(&token, &term, home.path());
}

fn echoes(term: &Term) -> bool {
    tcgetattr(&term.line).unwrap().local_modes.contains(LocalModes::ECHO | LocalModes::ICANON)
}

#[test]
fn in_lines_it_is_not_echoed() {
    let (sandbox, home) = (Served::start(&[]), tempfile::tempdir().unwrap());
    let token = token(&sandbox);
    let mut term = begun(&sandbox, home.path(), &["--plain", "--location", "later"]);
    term.wait_for("type its number");
    assert!(echoes(&term));
    term.keys("1\n");
    term.wait_for("What you enter is not shown");
    assert!(!echoes(&term));
    term.keys("\n");
    term.wait_for("still waits for its approval");
    term.wait("the echo", |_| echoes(&term));
    term.keys("token\n");
    term.wait("no echo", |_| !echoes(&term));
    term.keys(&format!("wrong\u{15}{token}\n"));
    term.wait_for("Signed in:");
    assert!(echoes(&term));
    term.keys("\u{3}");
    assert_eq!(term.left(), Left::clean(130));
    is_nowhere(&token, &term, home.path());
}

#[test]
fn whatever_ends_it_the_terminal_echoes_again() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let (sandbox, home) = (Served::start(&[]), tempfile::tempdir().unwrap());
        let mut term = begun(&sandbox, home.path(), &["--plain"]);
        term.wait_for("type its number");
        term.keys("1\n");
        term.wait("no echo", |_| !echoes(&term));
        term.keys("abc def\n");
        term.wait_for("That is no token");
        term.signal(signal);
        assert_eq!(term.left(), Left::clean(code));
        assert!(!String::from_utf8_lossy(&term.bytes()).contains("abc def"));
    }
}
