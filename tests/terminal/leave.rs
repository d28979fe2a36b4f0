//! However a run ends, the terminal is given back.
#![expect(clippy::disallowed_methods, reason = "a test starts processes")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use landfall::shell::terminal::{Screen, Seen, Wishes, keep_panics_quiet};
use portable_pty::CommandBuilder;
use rustix::process::Signal;

use super::rig::{Kind, Left, Term, XTERM};

/// A sandbox whose code nobody approves.
pub fn at_code() -> Term {
    let term = Term::start(XTERM, &["sandbox"]);
    term.wait_for("good for");
    term
}

#[test]
fn each_signal_ends_it_with_its_code_and_a_word() {
    let signals = [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129), (Signal::QUIT, 131)];
    for (signal, code) in signals {
        let mut term = at_code();
        term.signal(signal);
        assert_eq!(term.left(), Left::clean(code), "{signal:?}");
        term.wait_for("Nothing outside was changed");
    }
}

#[test]
fn each_end_has_its_code_and_its_last_line_on_the_normal_screen() {
    let cases: &[(&[&str], &str, &str, u32, &str)] = &[
        (
            &["sandbox", "--approve", "0", "--speed", "40", "--", "--yes", "--hold", "0"],
            "Enter leave",
            "\r",
            0,
            "Online:",
        ),
        (&["sandbox"], "good for", "q", 130, "Nothing outside was changed"),
        (&["sandbox"], "good for", "\x03", 130, "Nothing outside was changed"),
        (&["sandbox", "--scenario", "denied"], "Enter try again", "q", 3, "declined"),
        (&["sandbox", "--", "--kubeconfig", "/nonexistent/k"], "Enter look again", "q", 5, "/nonexistent/k"),
        (&["--profile", "nobody"], "nobody", "", 2, "nobody"),
    ];
    for (args, seen, keys, code, last) in cases {
        let mut term = Term::start(XTERM, args);
        term.wait_for(seen);
        term.keys(keys);
        assert_eq!(term.left(), Left::clean(*code), "{args:?}");
        term.wait(last, |screen| !screen.alternate_screen() && screen.contents().contains(last));
    }
}

/// Runs the test below as a process of its own in a pseudo-terminal.
pub fn panicking(kind: Kind, place: &str) -> Term {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args([&format!("terminal::leave::{place}"), "--exact", "--ignored", "--quiet", "--color=never"]);
    Term::run(kind, command)
}

#[test]
fn a_panic_of_the_thread_that_draws_gives_the_terminal_back() {
    let mut term = panicking(XTERM, "panics_here");
    assert_eq!(term.left(), Left::clean(101));
}

#[test]
fn a_panic_elsewhere_leaves_the_screen_to_the_loop() {
    let mut term = panicking(XTERM, "panics_elsewhere");
    assert_eq!(term.left(), Left::clean(0));
    let bytes = String::from_utf8_lossy(&term.bytes()).into_owned();
    let (before, _) = bytes.split_once("\x1b[?1049l").unwrap();
    // The clipboard sequence is written by the loop after the panic; the screen was still ours then.
    assert!(before.contains("\x1b]52;c;V0RKQi1NSkhU\x1b\\"), "{bytes:?}");
}

#[test]
#[ignore = "a part of the tests above, run in a terminal of its own"]
fn panics_here() {
    let _words = keep_panics_quiet();
    let _screen = Screen::take(Wishes::default(), Seen::default()).unwrap();
    panic!("a mistake");
}

#[test]
#[ignore = "a part of the tests above, run in a terminal of its own"]
fn panics_elsewhere() {
    let words = keep_panics_quiet();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut screen = Screen::take(Wishes::default(), Seen::default()).unwrap();
        assert!(tokio::spawn(async { panic!("a mistake") }).await.is_err());
        screen.copy("WDJB-MJHT");
        screen.leave(None).await;
    });
    assert!(words.lock().unwrap().as_ref().unwrap().contains("a mistake"));
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    for face in ["--json", "--plain"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_landfall"))
            .args(["sandbox", "--approve", "0", "--speed", "40", "--", "--yes", "--hold", "0", face])
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        // As a program that SIGPIPE ends; 0 would say that the machine is online.
        assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(141), ""), "{face}");
    }
}
