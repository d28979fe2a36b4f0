//! What is typed before a screen was seen, pasted, or held down, confirms nothing.
#![expect(clippy::disallowed_methods, reason = "a key held down takes its time")]

use std::time::Duration;

use rustix::process::Signal;

use super::leave::at_code;
use super::rig::{Left, Term, XTERM};
use crate::program::Served;

/// How long a key may take to show.
const SOON: Duration = Duration::from_secs(2);

/// From wherever type-ahead has led, on to the review. Enters that came together count as none.
pub fn to_review(term: &mut Term) {
    let review = |screen: &vt100::Screen| screen.contents().contains("Enter enroll");
    term.wait("the next screen", |screen| {
        let text = screen.contents();
        let client = text.contains("Enter: a new client") && text.contains("retired, not shown");
        client || text.contains("Enter confirm") || review(screen)
    });
    while !term.soon(Duration::ZERO, review) {
        let shown = term.contents();
        term.keys("\r");
        term.soon(SOON, |screen| screen.contents() != shown);
    }
}

/// Opens the help and closes it again: everything typed before has been dealt with. A key that was read together
/// with what came before it counts as pasted, and is pressed again.
fn settled(term: &mut Term, back_on: &str) {
    for open in [true, false] {
        while !term.soon(Duration::ZERO, |screen| screen.contents().contains(back_on) != open) {
            term.keys("?");
            term.soon(SOON, |screen| screen.contents().contains(back_on) != open);
        }
    }
}

#[test]
fn only_an_enter_of_its_own_after_the_review_was_shown_confirms_it() {
    let sandbox = Served::start(&["--speed", "40"]);
    let args = ["--profile-file", sandbox.at("profile"), "--token-file", sandbox.at("token_file")];
    let mut term = Term::start(XTERM, &[&args[..], &["--hold", "0"]].concat());
    let review = "Enter enroll";
    // Type-ahead, before anything is drawn and on each screen up to the review.
    for _ in 0..40 {
        term.keys("\r");
    }
    to_review(&mut term);
    // Several keys in one read, and a pasted newline.
    term.keys("\r\r\r\r");
    settled(&mut term, review);
    term.keys("\x1b[200~\r\n\r\x1b[201~");
    settled(&mut term, review);
    assert_eq!((sandbox.clients_here().len(), sandbox.records().len()), (0, 0));
    std::thread::sleep(Duration::from_millis(750));
    // Back and forth again: the first Enter is held down and repeats on the review.
    term.keys("\x1b");
    term.wait("the screen before", |screen| !screen.contents().contains(review));
    term.keys("\r");
    term.wait("the review again", |screen| screen.contents().contains(review));
    for _ in 0..5 {
        term.keys("\r");
        std::thread::sleep(Duration::from_millis(60));
    }
    settled(&mut term, review);
    assert_eq!(sandbox.clients_here().len(), 0);
    std::thread::sleep(Duration::from_millis(750));
    term.keys("\r");
    term.wait_for("Enter leave");
    assert_eq!(sandbox.clients_here().len(), 1);
}

#[test]
fn strange_keys_do_nothing_and_none_is_left_for_the_shell() {
    let mut term = at_code();
    // Focus, mouse, function keys, answers of a terminal, a split escape, a paste.
    term.keys(
        "\x1b[I\x1b[O\x1b[M !!\x1b[<0;3;3M\x1bOP\x1b[24~\x1b]11;rgb:0/0/0\x07\x1b[200~qqq\x03\x1b[201~",
    );
    settled(&mut term, "good for");
    term.keys("\x1b");
    std::thread::sleep(Duration::from_millis(120));
    term.keys("[A");
    settled(&mut term, "good for");
    // A command line, pasted where pastes are not marked: its q does not leave, its n asks for no new code.
    let code = |term: &Term| term.contents().lines().find(|line| line.contains(" - ")).map(str::to_owned);
    let before = code(&term);
    term.keys("qn rm -r everything\r");
    settled(&mut term, "good for");
    assert_eq!(code(&term), before);
    term.keys("rm -r everything\r");
    term.signal(Signal::INT);
    assert_eq!(term.left(), Left::clean(130));
    assert_eq!(term.unread(), 0);
}

#[test]
fn the_clipboard_is_given_code_and_address_on_their_keys_only() {
    let mut term = at_code();
    assert_eq!(term.sent().0, Vec::<String>::new());
    for (key, word) in [("c", "code was sent"), ("u", "address was sent")] {
        term.keys(key);
        term.wait_for(word);
    }
    let text = term.contents();
    let page = text.split_whitespace().find(|word| word.ends_with("/activate")).unwrap().to_owned();
    let (copied, links) = term.sent();
    assert_eq!((copied.len(), &copied[1]), (2, &page));
    let spaced: Vec<String> = copied[0].chars().map(String::from).collect();
    assert!(text.contains(&spaced.join(" ")), "{copied:?}\n{text}");
    assert!(links.iter().all(|link| *link == page) && !links.is_empty(), "{links:?}");
    term.keys("q");
    assert_eq!(term.left(), Left::clean(130));
}

#[test]
fn the_doctor_looks_at_the_sandbox_that_was_chosen() {
    let mut term = Term::start(XTERM, &[]);
    term.wait_for("Enter choose");
    term.keys("\x1b[F");
    term.wait_for("> sandbox");
    term.keys("\r");
    term.wait_for("good for");
    term.keys("d");
    term.wait_for("run again");
    term.wait("what it looked at", |screen| screen.contents().contains("Checked"));
    let text = term.contents();
    assert!(text.contains("SANDBOX") && !text.contains("no server is known"), "{text}");
    term.keys("q");
    term.wait_for("good for");
    term.keys("q");
    assert_eq!(term.left(), Left::clean(130));
}
