//! Lines that vanish, and lines that take nothing.
#![expect(clippy::disallowed_methods, reason = "a test waits for processes")]

use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use rustix::termios::{Action, tcflow};

use super::input::to_review;
use super::leave::at_code;
use super::rig::{Term, XTERM};
use crate::program::Served;

const SOON: Duration = Duration::from_secs(2);

#[test]
fn a_vanished_line_ends_it() {
    let mut term = at_code();
    // The test's end of the line says Ctrl-D before it goes; which of the two is read first is luck.
    let before = term.used().unwrap();
    term.hang_up();
    let mut used = before;
    while term.code_within(Duration::from_millis(20)).is_none() {
        used = term.used().unwrap_or(used);
        assert!(used.saturating_sub(before) < SOON, "it spins");
    }
    assert!(matches!(term.code_within(SOON), Some(129 | 130)));
}

#[test]
fn a_vanished_line_ends_it_without_a_signal_too() {
    // Without a controlling terminal, as under some forms of sudo, nobody sends SIGHUP.
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_landfall"));
    command.arg("sandbox");
    command.set_controlling_tty(false);
    let mut term = Term::run(XTERM, command);
    term.wait_for("good for");
    // No signal tells of the size either, so the countdown wakes the watcher. The test's end of the line says
    // Ctrl-D before it goes, and nothing but luck tells which of the two is read first.
    term.hang_up();
    assert!(matches!(term.code_within(SOON), Some(129 | 130)));
}

/// The process that a shell runs, by its name.
pub fn child_of(shell: &Term) -> Pid {
    let parent = shell.pid().as_raw_nonzero().to_string();
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        for entry in std::fs::read_dir("/proc").unwrap().map_while(Result::ok) {
            let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            let Some((head, rest)) = stat.rsplit_once(") ") else { continue };
            if head.ends_with("(landfall") && rest.split(' ').nth(1) == Some(parent.as_str()) {
                return Pid::from_raw(entry.file_name().to_str().unwrap().parse().unwrap()).unwrap();
            }
        }
        assert!(Instant::now() < until, "the shell never started it");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// An interactive shell in which the sandbox was started.
pub fn in_a_shell() -> Term {
    in_a_shell_with("sandbox", "good for")
}

/// The same with other arguments, until the words are seen.
pub fn in_a_shell_with(args: &str, seen: &str) -> Term {
    let mut shell = CommandBuilder::new("/bin/bash");
    shell.args(["--norc", "--noprofile", "-i"]);
    let mut term = Term::run(XTERM, shell);
    term.wait_for("$ ");
    term.keys(&format!("{} {args}\r", env!("CARGO_BIN_EXE_landfall")));
    term.wait_for(seen);
    term
}

#[test]
fn the_death_of_the_shell_ends_it() {
    let mut term = in_a_shell();
    let pid = child_of(&term);
    term.signal(Signal::KILL);
    term.code_within(SOON).unwrap();
    let until = Instant::now() + SOON;
    while test_kill_process(pid).is_ok() && !is_dead(pid) {
        assert!(Instant::now() < until, "it outlives its shell");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether only its entry is left, which its new parent has yet to collect.
fn is_dead(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('Z'))
}

#[test]
fn a_line_that_takes_nothing_holds_up_nothing_but_itself() {
    let sandbox = Served::start(&["--speed", "40"]);
    let args = ["--profile-file", sandbox.at("profile"), "--token-file", sandbox.at("token_file")];
    let mut term = Term::start(XTERM, &[&args[..], &["--hold", "0"]].concat());
    // On the review, the line stops (as after Ctrl-S), and then the person says yes.
    to_review(&mut term);
    std::thread::sleep(Duration::from_millis(750));
    tcflow(&term.line, Action::OOff).unwrap();
    term.keys("\r");
    let shown = term.contents();
    let until = Instant::now() + Duration::from_secs(30);
    while sandbox.clients_here().is_empty() {
        assert!(Instant::now() < until, "the claim waits for the line");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(term.contents(), shown, "the line took something after all");
    tcflow(&term.line, Action::OOn).unwrap();
    term.wait_for("Enter leave");
}

#[test]
fn a_line_that_takes_nothing_delays_neither_polling_nor_the_watch() {
    // Nobody reads from the moment the code is shown; the sandbox approves, and everything goes on unseen.
    let sandbox = Served::start(&["--speed", "40", "--approve", "2"]);
    let args = ["--profile-file", sandbox.at("profile"), "--yes", "--expect-account", "7001", "--hold", "0"];
    let term = Term::start(XTERM, &args);
    term.wait_for("good for");
    tcflow(&term.line, Action::OOff).unwrap();
    let shown = term.contents();
    let until = Instant::now() + Duration::from_secs(60);
    while !sandbox.clients_here().iter().any(|row| row["status"] == 1) {
        assert!(Instant::now() < until, "it waits for the line");
        std::thread::sleep(Duration::from_millis(100));
    }
    // The watch needs a moment more to agree with what the control plane knows by now.
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(term.contents(), shown, "the line took something after all");
    tcflow(&term.line, Action::OOn).unwrap();
    // Had it waited, the rollout would only now begin: seconds, even at this speed.
    assert!(
        term.soon(Duration::from_secs(2), |screen| screen.contents().contains("Enter leave")),
        "{}",
        term.contents()
    );
}

#[test]
fn a_line_that_takes_nothing_does_not_hold_the_process() {
    let mut term = at_code();
    tcflow(&term.line, Action::OOff).unwrap();
    kill_process(term.pid(), Signal::TERM).unwrap();
    // Three seconds of patience for the line, then it is left as it is.
    assert_eq!(term.code_within(Duration::from_secs(5)), Some(143));
}
