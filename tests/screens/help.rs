//! Every key that acts can be read in the help, wherever that can be opened and at every size that shows panes.

use std::collections::BTreeMap;

use landfall::model::TargetId;
use landfall::wizard::keys::{self, Key};
use landfall::wizard::msg::{Action, Moment, Msg};
use landfall::wizard::{Overlay, Wizard};

use super::FULL;
use super::sizes::rows;
use crate::flow::scenario::all;
use crate::flow::states::State;

const SIZES: [(u16, u16); 5] = [(40, 12), (59, 15), (60, 16), (80, 24), (120, 40)];

fn press(wizard: &mut Wizard, key: Key) {
    let action = keys::action(wizard, key).unwrap();
    let now: Moment = wizard.now;
    let effects = wizard.update(now, Msg::Act(action));
    assert!(effects.iter().all(|effect| effect.target == TargetId::HERE));
}

/// All pages of the help, each line joined to the one before where it goes on.
fn pages(mut wizard: Wizard, (columns, height): (u16, u16)) -> String {
    let mut seen: Vec<String> = Vec::new();
    loop {
        let shown = rows(&wizard, FULL, columns, height).join(" ");
        let page = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        if seen.contains(&page) {
            return seen.join(" ");
        }
        assert!(seen.len() < 9, "the pages do not end: {seen:?}");
        seen.push(page);
        press(&mut wizard, Key::PageDown);
    }
}

#[test]
fn every_key_is_on_a_page() {
    let mut states: BTreeMap<State, Wizard> = BTreeMap::new();
    for played in all() {
        played.play(usize::MAX, |run, _, _| {
            let wizard = run.wizard();
            let free = wizard.overlay.is_none() && keys::action(wizard, Key::Char('?')) == Some(Action::Help);
            if let Some(state) = State::of(wizard).filter(|_| free) {
                states.insert(state, wizard.clone());
            }
        });
    }
    assert!(states.len() > 40, "only {} states open the help", states.len());
    for (state, wizard) in states {
        let mut opened = wizard.clone();
        press(&mut opened, Key::Char('?'));
        for size in SIZES {
            let text = pages(opened.clone(), size);
            for binding in keys::offered(&wizard) {
                let does = keys::does(&wizard, binding);
                let named = match (binding.label, does) {
                    // One row tells both.
                    ("↑" | "↓", _) => "↑↓ ".to_owned(),
                    (label, does) => format!("{label} {does}"),
                };
                assert!(
                    text.contains(&named),
                    "{}: {named:?} is not told at {size:?}:\n{text}",
                    state.words()
                );
            }
        }
        // And everything but what turns pages closes it.
        for key in [Key::Esc, Key::Enter, Key::Char('?'), Key::Char('x'), Key::Tab, Key::Char('q')] {
            let mut closed = opened.clone();
            press(&mut closed, key);
            assert_eq!(closed.overlay, None, "{}: {key:?}", state.words());
        }
        press(&mut opened, Key::Up);
        assert_eq!(opened.overlay, Some(Overlay::Help(0)));
    }
}
