//! Stopped by a key or a signal, and continued.

use std::time::Duration;

use rustix::process::{Signal, kill_process};

use super::leave::at_code;
use super::line::{child_of, in_a_shell, in_a_shell_with};

const ENTERED: &[u8] = b"\x1b[?1049h";

#[test]
fn a_shell_stops_and_continues_it() {
    let mut term = in_a_shell();
    let pid = child_of(&term);
    for (times, key) in [(1, true), (2, false)] {
        if key {
            term.keys("\x1a");
        } else {
            kill_process(pid, Signal::TSTP).unwrap();
        }
        term.wait("the normal screen, and that it was stopped", |screen| {
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && screen.contents().matches("Stopped").count() == times
        });
        term.keys("fg\r");
        term.wait("the screen drawn anew", |screen| {
            screen.alternate_screen() && screen.contents().contains("good for")
        });
        assert_eq!(term.count(ENTERED), times + 1);
    }
    term.keys("q");
    term.wait("the closing word and a prompt", |screen| {
        let text = screen.contents();
        text.contains("Nothing outside was changed") && text.trim_end().ends_with('$')
    });
    term.keys("echo the code was $?\r");
    term.wait_for("the code was 130");
    term.keys("exit\r");
    assert_eq!(term.left().foreign, term.foreign());
}

#[test]
fn the_doctor_is_stopped_and_continued_too() {
    let mut term = in_a_shell_with("doctor", "Checked just now");
    let pid = child_of(&term);
    for (times, key) in [(1, true), (2, false)] {
        if key {
            term.keys("\x1a");
        } else {
            kill_process(pid, Signal::TSTP).unwrap();
        }
        term.wait("the normal screen", |screen| {
            !screen.alternate_screen() && screen.contents().matches("Stopped").count() == times
        });
        term.keys("fg\r");
        term.wait("the doctor again", |screen| {
            screen.alternate_screen() && screen.contents().contains("run again")
        });
    }
    kill_process(pid, Signal::TERM).unwrap();
    term.wait("a prompt", |screen| !screen.alternate_screen() && screen.contents().trim_end().ends_with('$'));
    term.keys("echo the code was $?\r");
    term.wait_for("the code was 143");
}

#[test]
fn continued_after_a_stop_that_nobody_can_catch_it_draws_everything_anew() {
    let term = at_code();
    term.signal(Signal::STOP);
    term.signal(Signal::CONT);
    term.wait_count(ENTERED, 2);
    term.wait_for("good for");
}

#[test]
fn where_nobody_could_continue_it_the_stop_key_does_nothing() {
    // The child of the pseudo-terminal leads the session: no shell is there.
    let mut term = at_code();
    term.keys("\x1a");
    term.signal(Signal::TSTP);
    // Read together with the one before, a key counts as pasted.
    while !term.soon(Duration::from_secs(1), |screen| screen.contents().contains("Keys")) {
        term.keys("?");
    }
    assert_eq!(term.count(ENTERED), 1);
}
