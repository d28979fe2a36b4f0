//! The labels of the help.

use crate::wizard::msg::Action;

/// The list of keys.
pub const KEYS: &str = "Keys on this screen";

/// The same, where they do not fit on one page.
pub fn keys_page(page: usize, pages: usize, arrows: &str) -> String {
    format!("{KEYS}, {page} of {pages} ({arrows})")
}

/// What a key does that the footer does not name.
pub fn hidden_key(action: &Action) -> &'static str {
    match action {
        Action::Doctor => "the doctor: what is wrong, and what to do",
        Action::Glyphs => "other symbols, if these look broken",
        Action::Flip => "light and dark of the QR swapped",
        // Of a text that is longer than the screen; in a list the footer names them.
        Action::Up => "a line up or down",
        Action::PageUp => "a page up",
        Action::PageDown => "a page down",
        Action::First => "to the first row",
        Action::Last => "to the last row",
        Action::Back => "back",
        Action::Interrupt => "quit, while typing too",
        _ => "",
    }
}

/// How to close the list of keys.
pub const CLOSE_HELP: &str = "Esc closes this.";
/// Typed text has its own rule.
pub const TYPING: &str = "While you type, letters are text; only Enter, Esc, Tab and the arrows act.";
/// The way back from the list of keys.
pub const BACK: (&str, &str) = ("Esc", "back");
