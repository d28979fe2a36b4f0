//! The code that a person types elsewhere: large by space and weight, never by art that a reader garbles.

use ratatui::text::Line;
use unicode_segmentation::UnicodeSegmentation;

use super::ink::Ink;
use super::text::{chop, width};
use super::theme::Role;

/// The code in the widest form that fits.
pub fn lines(code: &str, indent: usize, room: usize, ink: &Ink) -> Vec<Line<'static>> {
    let spread = |between: &str| code.graphemes(true).collect::<Vec<_>>().join(between);
    let fits = |text: &str| indent + width(text) <= room;
    // Wider than one blank, the letters would no longer read as one word.
    let spaced = spread(" ");
    let lead = " ".repeat(indent);
    if fits(&spaced) {
        return vec![ink.line(Role::Accent, format!("{lead}{spaced}"))];
    }
    if fits(code) {
        return vec![ink.line(Role::Accent, format!("{lead}{code}"))];
    }
    chop(code, room).into_iter().map(|piece| ink.line(Role::Accent, piece)).collect()
}
