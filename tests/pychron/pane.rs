//! The full screen and the asked lines, in a pseudo-terminal.

use super::rig::Stand;
use crate::terminal::rig::{Kind, Left, Term, XTERM};

/// Enter, as a hand that has read the screen presses it: two of them at once are a key held down.
#[expect(clippy::disallowed_methods, reason = "a person reads for a moment")]
pub fn enter(term: &mut Term) {
    std::thread::sleep(std::time::Duration::from_millis(900));
    term.keys("\r");
}

fn at(stand: &Stand, kind: Kind, more: &[&str]) -> Term {
    let mut flags = vec!["--profile-file", stand.at("profile")];
    flags.extend(more);
    Term::start(kind, &flags)
}

/// Answers numbered questions in lines; what was said.
pub fn at_lines(stand: &Stand, answers: &[&str]) -> String {
    let mut term = at(stand, Kind { size: (200, 60), ..XTERM }, &["--plain"]);
    for (asked, answer) in answers.iter().enumerate() {
        term.wait_count(b"Type a number", asked + 1);
        term.keys(&format!("{answer}\n"));
    }
    term.wait_for("Registered:");
    assert_eq!(term.left().code, 0);
    term.contents()
}

#[test]
fn p04_p05_p34_the_screen_shows_code_sentence_countdown_and_qr_at_every_size() {
    for size in [(80, 24), (40, 12), (120, 40)] {
        let stand = Stand::start(&[]);
        let mut term = at(&stand, Kind { size, ..XTERM }, &[]);
        term.wait_for("not registered yet");
        enter(&mut term);
        term.wait_for("good for 14:");
        // A code of eight letters, spread out.
        let code = term.contents().lines().find_map(spread).unwrap();
        term.resize((100, 40));
        term.wait(&code, |screen| screen.contents().lines().any(|line| spread(line).as_ref() == Some(&code)));
        term.wait_for("Send this");
        term.wait_for("Please approve the workstation");
        term.keys("f");
        // The QR alone is drawn in halves of cells.
        let alone = |screen: &vt100::Screen| !screen.contents().contains("Send this");
        term.wait("the QR alone", alone);
        term.keys("\u{1b}");
        term.wait_for("Send this");
        term.keys("q");
        assert_eq!(term.left(), Left::clean(130));
        term.wait_for("The code stays valid at the server until it expires");
    }
}

fn spread(line: &str) -> Option<String> {
    let code: String = line.split_whitespace().take_while(|word| word.chars().count() == 1).collect();
    (code.chars().count() == 9 && code.contains('-')).then_some(code)
}

#[test]
fn p15_p16_p17_a_token_without_a_place_is_revealed_and_acknowledged() {
    let stand = Stand::start(&["--approve", "0"]);
    std::fs::create_dir_all(stand.home(".pychron/tokens/NMGRL/full")).unwrap();
    let mut term = at(&stand, XTERM, &[]);
    term.wait_for("Machine");
    enter(&mut term);
    term.wait_for("Take the token along");
    let token = |screen: &vt100::Screen| screen.contents().contains("pcy_NMGRL_");
    assert!(!token_is_there(&term), "it is not on the screen before it is asked for");
    term.wait_for("Lab: NMGRL");
    // Not acknowledged before it was seen.
    term.keys("\u{1b}[B");
    term.wait_for("> I have it");
    enter(&mut term);
    term.wait_for("Look at it first");
    term.keys("\u{1b}[A");
    term.wait_for("> Show the token");
    enter(&mut term);
    term.wait("the token", token);
    // Leaving asks, and says what is lost.
    term.keys("q");
    term.wait_for("leaving without it loses it");
    term.keys("\u{1b}");
    term.wait("the token", token);
    enter(&mut term);
    term.wait_for("is registered.");
    assert!(!token_is_there(&term));
    enter(&mut term);
    assert_eq!(term.left(), Left::clean(0));
    term.wait_for("Registered: ");
    assert!(!term.contents().contains("pcy_"), "{}", term.contents());
}

fn token_is_there(term: &Term) -> bool {
    term.contents().contains("pcy_")
}

#[test]
fn p16_a_part_that_cannot_be_written_shows_the_token_and_then_what_failed() {
    let stand = Stand::start(&["--approve", "0"]);
    std::fs::create_dir_all(stand.home(".pychron/known_hosts/full")).unwrap();
    let mut term = at(&stand, Kind { size: (100, 30), ..XTERM }, &[]);
    term.wait_for("Machine");
    enter(&mut term);
    term.wait_for("Take the token along");
    term.wait_for("but not everything");
    enter(&mut term);
    term.wait_for("pcy_NMGRL_");
    enter(&mut term);
    term.wait_for("The known host could not be written");
    assert!(!token_is_there(&term));
    // Mended, Enter goes on where it stopped: no second code.
    std::fs::remove_dir_all(stand.home(".pychron/known_hosts")).unwrap();
    term.wait_for("Enter try again");
    enter(&mut term);
    term.wait_for("is registered.");
    enter(&mut term);
    assert_eq!(term.left(), Left::clean(0));
    assert_eq!(stand.audit().iter().filter(|word| *word == "code").count(), 1);
}

#[test]
fn p18_the_screen_asks_about_another_address() {
    let stand = Stand::start(&["--approve", "0", "--scenario", "moved"]);
    let mut term = at(&stand, XTERM, &[]);
    term.wait_for("Machine");
    enter(&mut term);
    term.wait_for("wants to be asked at");
    term.keys("\u{1b}[B");
    term.wait_for("> use http");
    enter(&mut term);
    term.wait_for("is registered.");
    enter(&mut term);
    assert_eq!(term.left(), Left::clean(0));
    let moved = stand.at("api").replace("127.0.0.1", "localhost");
    assert!(stand.text(".pychron/preferences.ini").contains(&format!("api_base_url = {moved}\n")));
}

#[test]
fn p07_a_declined_request_is_a_page_with_a_next_step() {
    let stand = Stand::start(&["--approve", "0", "--scenario", "denied"]);
    let mut term = at(&stand, XTERM, &[]);
    term.wait_for("Machine");
    enter(&mut term);
    term.wait_for("declined");
    term.wait_for("Enter try again");
    term.keys("q");
    assert_eq!(term.left(), Left::clean(3));
}

#[test]
fn p21_the_review_says_what_is_replaced() {
    let stand = Stand::start(&["--approve", "0"]);
    assert_eq!(stand.enroll(&[]).code, Some(0));
    let key = stand.text(&stand.key());
    let mut term = at(&stand, XTERM, &[]);
    // A registered machine opens on its own page.
    term.wait_for("is registered for lab NMGRL and well.");
    term.keys("\u{1b}[B\u{1b}[B\u{1b}[B");
    term.wait_for("> register anew");
    enter(&mut term);
    term.wait_for("Replaces");
    term.keys("q");
    assert_eq!(term.left(), Left::clean(130));
    assert_eq!(stand.text(&stand.key()), key);
}
