//! Every state there is, at the three sizes that most terminals have, in each glyph set: one file a state. The
//! list is the wizard's own, so that a state without an accepted screen fails.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use landfall::face::tui::Look;
use landfall::shell::capabilities::Glyphs;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::sizes::whole;
use super::{FULL, doctor, screen};
use crate::flow::scenario::{Played, all};
use crate::flow::states::State;

const SIZES: [(u16, u16); 3] = [(120, 40), (80, 24), (40, 12)];

fn looks() -> [(&'static str, Look); 3] {
    let console = Look { glyphs: Glyphs::Console, ..FULL };
    let ascii = Look { glyphs: Glyphs::Ascii, colour: false, ..FULL };
    [("Unicode", FULL), ("the Linux console", console), ("ASCII", ascii)]
}

/// The state in each look at each size; glyph sets that show the same are told together.
fn pages(draw: impl Fn(Look, u16, u16) -> Terminal<TestBackend>) -> String {
    let mut out = String::new();
    for (columns, rows) in SIZES {
        let mut shown: Vec<(String, String)> = Vec::new();
        for (name, look) in looks() {
            let lines = whole(draw(look, columns, rows).backend().buffer(), look);
            let text = lines.iter().fold(String::new(), |text, line| text + "|" + line.trim_end() + "\n");
            match shown.iter_mut().find(|(_, known)| *known == text) {
                Some((names, _)) => {
                    let _ = write!(names, ", {name}");
                }
                None => shown.push((name.to_owned(), text)),
            }
        }
        for (names, text) in shown {
            let _ = write!(out, "{columns}x{rows}, {names}\n{text}\n");
        }
    }
    out
}

/// The scenario of a state, at the last moment that it is on the screen.
fn drawn(state: State, scenarios: &[Played]) -> String {
    let played = scenarios.iter().find(|played| played.name == state.scenario());
    let played = played.unwrap_or_else(|| panic!("no scenario is named {:?}", state.scenario()));
    let mut last = None;
    played.play(usize::MAX, |run, _, _| {
        if State::of(run.wizard()) == Some(state) {
            last = Some(run.wizard().clone());
        }
    });
    let wizard = last.unwrap_or_else(|| panic!("{} does not show {}", played.name, state.words()));
    pages(|look, columns, rows| screen(&wizard, look, columns, rows))
}

/// A file's name.
fn named(state: State) -> String {
    let words: String = state.words().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    format!("state {words}").split_whitespace().collect::<Vec<_>>().join("_").to_lowercase()
}

#[test]
fn every_state_looks_as_accepted() {
    let scenarios = all();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for state in State::ALL.iter().copied() {
        let text = match doctor::at(state) {
            Some(doctor) => pages(|look, columns, rows| doctor::drawn(&doctor, look, columns, rows)),
            None => drawn(state, &scenarios),
        };
        settings.bind(|| insta::assert_snapshot!(named(state), text));
    }
}

#[test]
fn no_accepted_screen_is_of_a_state_that_is_no_more() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens/snapshots");
    let there: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("state_"))
        .collect();
    let wanted = State::ALL.iter().map(|state| format!("{}.snap", named(*state))).collect();
    assert_eq!(there, wanted);
}
