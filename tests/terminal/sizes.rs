//! From 1x1 to 500x200, no size at all, and many sizes in a row.

use rustix::process::Signal;

use super::leave::at_code;
use super::rig::{Kind, Left, Term, XTERM};

#[test]
fn it_runs_at_every_size() {
    for size in
        [(1, 1), (2, 1), (1, 50), (10, 3), (20, 5), (39, 11), (40, 12), (60, 16), (132, 50), (500, 200)]
    {
        let mut term = Term::start(Kind { size, ..XTERM }, &["sandbox"]);
        term.wait("anything", |screen| {
            let words = screen.contents().chars().any(|c| !c.is_whitespace());
            screen.alternate_screen() && (words || size.0 < 3)
        });
        term.signal(Signal::TERM);
        assert_eq!(term.left(), Left::clean(143), "{size:?}");
    }
}

#[test]
fn a_line_that_tells_no_size_is_taken_for_one_of_80x24() {
    let term = Term::start(Kind { size: (0, 0), ..XTERM }, &["sandbox"]);
    term.wait("the last line of 80x24", |screen| {
        screen.rows(0, 80).nth(23).is_some_and(|row| row.contains("q quit"))
    });
}

#[test]
fn a_size_can_be_given() {
    let term = Term::start(XTERM, &["sandbox", "--", "--size", "40x12"]);
    term.wait("the last line of 40x12", |screen| {
        let rows: Vec<String> = screen.rows(0, 80).collect();
        rows.iter().take(12).any(|row| row.contains("quit")) && rows.iter().skip(12).all(String::is_empty)
    });
}

#[test]
fn a_storm_of_sizes_ends_in_the_last_one() {
    let mut term = at_code();
    for n in 1..=60 {
        term.resize((20 + n, 5 + n % 30));
    }
    term.resize((100, 30));
    term.wait("the last line of 100x30", |screen| {
        screen.rows(0, 100).nth(29).is_some_and(|row| row.contains("q quit"))
            && screen.contents().contains("good for")
    });
    term.signal(Signal::TERM);
    assert_eq!(term.left(), Left::clean(143));
}
