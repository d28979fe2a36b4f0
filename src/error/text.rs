//! Pieces of the sentences for faults.

use crate::foreign::Text;

/// The items in a row.
pub(super) fn list(items: &[Text]) -> String {
    items.iter().map(Text::as_str).collect::<Vec<_>>().join(", ")
}

/// The value as a word of a command, if its letters mean nothing else to a shell.
pub(super) fn word<'a>(text: &'a Text, instead: &'a str) -> &'a str {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if text.starts_with('/') && text.chars().all(plain) { text } else { instead }
}

/// A text as the end of a sentence: without a full stop of its own.
pub(super) fn end(text: &Text) -> &str {
    text.trim_end_matches('.')
}

/// Seconds as minutes and seconds, for sentences.
pub(super) fn minutes(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, s) => format!("{s} s"),
        (m, 0) => format!("{m} min"),
        (m, s) => format!("{m} min {s} s"),
    }
}
