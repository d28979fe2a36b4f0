//! The code that a person types elsewhere: large by space and weight, never by art that a reader garbles.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use unicode_segmentation::UnicodeSegmentation;

use super::ink::Ink;
use super::page::{Block, Page};
use super::text::{chop, width, wrap};
use super::theme::Role;
use super::words;
use crate::wizard::Wizard;
use crate::wizard::spell::spelled as letters;
use crate::wizard::words::NOT_YOURS;

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

/// The code letter by letter, for reading aloud; in two columns, where it is long for the screen.
pub fn spelled(buffer: &mut Buffer, area: Rect, wizard: &Wizard, ink: &Ink) -> Option<Position> {
    let code = wizard.sign_in.grant()?.user_code.shown().to_owned();
    let room = usize::from(area.width.min(72));
    let all = letters(&code);
    let rows = if all.len() + 6 > usize::from(area.height) { all.len().div_ceil(2) } else { all.len() };
    let cell = |at: usize| {
        let (c, word) = all.get(at).copied().unwrap_or((' ', ""));
        [ink.span(Role::Accent, format!("  {c} ")), ink.span(Role::Plain, ink.pad(word, 14))]
    };
    let lines: Vec<Line<'static>> = (0..rows)
        .map(|row| Line::from((row..all.len()).step_by(rows.max(1)).flat_map(cell).collect::<Vec<_>>()))
        .collect();
    let approve = if room < 39 { words::ONLY_YOURS } else { words::APPROVE_ONLY };
    let blocks = vec![
        Block::new(6, vec![ink.line(Role::Strong, words::READ_ALOUD)]),
        Block::new(9, lines),
        Block::new(7, ink.lines(Role::Plain, 0, vec![approve.to_owned()])),
        Block::new(8, ink.lines(Role::Strong, 0, wrap(&words::asker(wizard), room))).tight(),
        Block::new(5, ink.lines(Role::Plain, 0, wrap(NOT_YOURS, room))),
    ];
    Page::stacked(blocks, area.height.into()).draw(buffer, area)
}
