//! The key table: the one home of keys. Footer and help are made from it.

use super::msg::Action;
use super::sign_in::Phase;
use super::sign_in::ways::Hidden;
use super::{Overlay, Wizard};
use crate::model::Step;

mod when;

use when::{
    always, at_address, at_browser, at_code, at_digits, at_doctor, at_expired, at_leaving, at_new_client,
    at_opening, at_other_browser, at_request, at_review, at_rollout, at_token, choosing, enters, goes_back,
    has_retired, lists, searchable,
};

/// A key as the terminal reports it, free of any terminal library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A printable character.
    Char(char),
    /// Control and a letter.
    Ctrl(char),
    /// Return.
    Enter,
    /// Escape.
    Esc,
    /// Tabulator.
    Tab,
    /// Cursor up.
    Up,
    /// Cursor down.
    Down,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// To the start.
    Home,
    /// To the end.
    End,
    /// Backspace.
    Backspace,
}

/// One line of the table.
#[derive(Debug)]
pub struct Binding {
    /// The keys that do it.
    pub keys: &'static [Key],
    /// How the keys are written.
    pub label: &'static str,
    /// What they do, for footer and help. Empty: not shown.
    pub does: &'static str,
    /// What is meant.
    pub action: Action,
    /// Where it is offered.
    when: fn(&Wizard) -> bool,
}

/// The table. The first line whose keys and circumstance fit decides.
pub static TABLE: &[Binding] = &[
    Binding {
        keys: &[Key::Up, Key::Char('k')], label: "↑↓", does: "move", action: Action::Up, when: lists
    },
    Binding { keys: &[Key::Down, Key::Char('j')], label: "↓", does: "", action: Action::Down, when: lists },
    Binding {
        keys: &[Key::Up, Key::Char('k')], label: "↑↓", does: "", action: Action::Up, when: at_review
    },
    Binding {
        keys: &[Key::Down, Key::Char('j')],
        label: "↓",
        does: "",
        action: Action::Down,
        when: at_review,
    },
    Binding { keys: &[Key::PageUp], label: "PgUp", does: "", action: Action::PageUp, when: lists },
    Binding { keys: &[Key::PageDown], label: "PgDn", does: "", action: Action::PageDown, when: lists },
    Binding { keys: &[Key::Home], label: "Home", does: "", action: Action::First, when: lists },
    Binding { keys: &[Key::End], label: "End", does: "", action: Action::Last, when: lists },
    Binding { keys: &[Key::Enter], label: "Enter", does: "choose", action: Action::Doctor, when: at_doctor },
    Binding { keys: &[Key::Enter], label: "Enter", does: "choose", action: Action::Enter, when: enters },
    Binding { keys: &[Key::Char('/')], label: "/", does: "find", action: Action::Find, when: searchable },
    Binding {
        keys: &[Key::Char('e')],
        label: "e",
        does: "edit name",
        action: Action::Edit,
        when: at_new_client,
    },
    Binding {
        keys: &[Key::Tab],
        label: "Tab",
        does: "other name",
        action: Action::Swap,
        when: at_new_client,
    },
    Binding {
        keys: &[Key::Char('r')],
        label: "r",
        does: "retired ones",
        action: Action::Retired,
        when: has_retired,
    },
    Binding {
        keys: &[Key::Tab],
        label: "Tab",
        does: "keep data or not",
        action: Action::Swap,
        when: at_leaving,
    },
    Binding {
        keys: &[Key::Char('c')],
        label: "c",
        does: "copy code",
        action: Action::CopyCode,
        when: at_code,
    },
    Binding {
        keys: &[Key::Char('u')],
        label: "u",
        does: "copy link",
        action: Action::CopyUrl,
        when: at_address,
    },
    Binding {
        keys: &[Key::Char('p')],
        label: "p",
        does: "paste the address",
        action: Action::PasteBack,
        when: at_browser,
    },
    Binding {
        keys: &[Key::Char('t')],
        label: "t",
        does: "use a token",
        action: Action::Token,
        when: at_token,
    },
    Binding {
        keys: &[Key::Char('o')],
        label: "o",
        does: "use a browser",
        action: Action::Browser,
        when: at_other_browser,
    },
    Binding {
        keys: &[Key::Char('o')],
        label: "o",
        does: "open it again",
        action: Action::Browser,
        when: at_opening,
    },
    Binding {
        keys: &[Key::Char('m')],
        label: "m",
        does: "copy message",
        action: Action::CopyRequest,
        when: at_request,
    },
    Binding { keys: &[Key::Char('s')], label: "s", does: "spell it", action: Action::Spell, when: at_code },
    Binding { keys: &[Key::Char('f')], label: "f", does: "QR alone", action: Action::QrAlone, when: at_code },
    Binding { keys: &[Key::Char('i')], label: "i", does: "", action: Action::Flip, when: at_code },
    Binding { keys: &[Key::Char('n')], label: "n", does: "new code", action: Action::Renew, when: at_code },
    Binding {
        keys: &[Key::Char('n')],
        label: "n",
        does: "new code",
        action: Action::Renew,
        when: |w| at_expired(w) || at_digits(w),
    },
    Binding {
        keys: &[Key::Char('+')],
        label: "+",
        does: "more time",
        action: Action::MoreTime,
        when: at_rollout,
    },
    Binding { keys: &[Key::Char('l')], label: "l", does: "log", action: Action::Log, when: at_rollout },
    Binding { keys: &[Key::Esc], label: "Esc", does: "back", action: Action::Back, when: goes_back },
    Binding { keys: &[Key::Esc], label: "Esc", does: "", action: Action::Back, when: always },
    Binding {
        keys: &[Key::Char('d')],
        label: "d",
        does: "doctor",
        action: Action::Doctor,
        when: |w| w.failure.is_some() || w.step == Step::Home,
    },
    Binding {
        keys: &[Key::Char('d')],
        label: "d",
        does: "",
        action: Action::Doctor,
        when: |w| w.failure.is_none() && w.step != Step::Home,
    },
    Binding { keys: &[Key::Char('g')], label: "g", does: "", action: Action::Glyphs, when: always },
    Binding { keys: &[Key::Char('?')], label: "?", does: "help", action: Action::Help, when: always },
    Binding { keys: &[Key::Char('q')], label: "q", does: "quit", action: Action::Leave, when: always },
    Binding {
        keys: &[Key::Ctrl('c'), Key::Ctrl('d')],
        label: "Ctrl-C",
        does: "",
        action: Action::Interrupt,
        when: always,
    },
];

/// What a key means now. While text is being typed, letters are text and only Enter, Esc, Tab and arrows act.
pub fn action(wizard: &Wizard, key: Key) -> Option<Action> {
    if wizard.typing() {
        match key {
            Key::Char(c) => return Some(Action::Type(c)),
            Key::Backspace => return Some(Action::Erase),
            _ => {}
        }
    }
    if wizard.typing_digits() {
        match key {
            Key::Char(c) if c.is_ascii_digit() => return Some(Action::Type(c)),
            Key::Backspace => return Some(Action::Erase),
            _ => {}
        }
    }
    if let Some(Overlay::Help(_)) = wizard.overlay {
        match key {
            Key::Down | Key::PageDown | Key::Char('j') => return Some(Action::PageDown),
            Key::Up | Key::PageUp | Key::Char('k') => return Some(Action::PageUp),
            Key::Ctrl(_) | Key::Char('g') => {}
            // What is listed there acts on the screen below, once that is seen again.
            _ => return Some(Action::Back),
        }
    }
    offered(wizard).find(|binding| binding.keys.contains(&key)).map(|binding| binding.action.clone())
}

/// The lines of the table that are offered now.
pub fn offered(wizard: &Wizard) -> impl Iterator<Item = &'static Binding> + '_ {
    TABLE.iter().filter(|binding| (binding.when)(wizard))
}

/// What is shown in the footer: label and word.
pub fn footer(wizard: &Wizard) -> Vec<(&'static str, &'static str)> {
    if wizard.typing() {
        let editing = wizard.step == Step::Client && wizard.client.editing.is_some();
        if wizard.step == Step::Retire && wizard.issues() {
            return vec![("Enter", "retire it"), ("Esc", "back")];
        }
        if let Some(field) = wizard.sign_in.field.filter(|_| wizard.step == Step::SignIn) {
            let does = match field.what {
                Hidden::Token => "use this token",
                Hidden::Address => "use this address",
            };
            return vec![("Enter", does), ("Ctrl-U", "clear"), ("Esc", "back")];
        }
        if wizard.step == Step::Retire {
            return vec![("Enter", "retire it"), ("Tab", "keep data or not"), ("Esc", "back")];
        }
        let editing = editing || wizard.step == Step::Change;
        return if editing {
            vec![("Enter", "use this name"), ("Esc", "back")]
        } else {
            vec![("↑↓", "move"), ("Enter", "choose"), ("Esc", "back")]
        };
    }
    offered(wizard).filter(|binding| !binding.does.is_empty()).map(|b| (b.label, does(wizard, b))).collect()
}

/// What the keys of a line do here, in a word or two; empty where the footer does not name them.
pub fn does(wizard: &Wizard, binding: &Binding) -> &'static str {
    match binding.action {
        Action::Enter => enter_does(wizard),
        _ => binding.does,
    }
}

/// What Enter does here, in a word or two.
fn enter_does(wizard: &Wizard) -> &'static str {
    let overlay = wizard.overlay.filter(|overlay| !matches!(overlay, Overlay::Help(_)));
    match (overlay, &wizard.failure, wizard.step) {
        (Some(Overlay::Spell), ..) => "back",
        (None, ..) if wizard.issue.choosing() => "choose",
        (None, None, Step::Review) if wizard.issues() => "register this machine",
        (None, Some(fault), _) if fault.wants_another_choice() => "choose again",
        (None, Some(_), _) => "try again",
        (None, None, Step::Machine) if !choosing(wizard) => "look again",
        (None, None, Step::SignIn) if matches!(wizard.sign_in.phase, Phase::Expired(_)) => "new code",
        (None, None, Step::SignIn) if wizard.typing_digits() => "send the digits",
        (None, None, Step::Review) => "enroll this machine",
        (None, None, Step::Rollout) => "why",
        (None, None, Step::Live) if !wizard.asks_to_stay() => "leave",
        (None, None, Step::Retire) => "leave",
        (None, None, Step::Location) => "confirm",
        _ => "choose",
    }
}
