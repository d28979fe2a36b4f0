//! "Leave now?": what stays, and two rows to answer.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::ink::Ink;
use super::page::{Block, Page};
use super::text::{command, wrap};
use super::theme::Role;
use super::words;
use crate::wizard::Wizard;

/// Draws the question; `row` is the focused answer.
pub fn draw(buffer: &mut Buffer, area: Rect, wizard: &Wizard, row: usize, ink: &Ink) -> Option<Position> {
    let room = usize::from(area.width);
    Page::stacked(blocks(wizard, row, room, ink), area.height.into()).draw(buffer, area)
}

/// The question in blocks, for any size.
pub fn blocks(wizard: &Wizard, row: usize, room: usize, ink: &Ink) -> Vec<Block> {
    let text = room.min(76);
    let answer = |at: usize, words: &str| {
        let focused = row == at;
        let role = if focused { Role::Accent } else { Role::Plain };
        Line::from(vec![ink.focus(focused), ink.span(role, ink.fit(words, room.saturating_sub(2)))])
    };
    let indent = if room < 60 { 0 } else { 2 };
    let resume = wizard.setup.resume.as_str();
    let back = if resume.is_empty() { Vec::new() } else { wrap(words::COME_BACK, text) };
    vec![
        Block::new(7, ink.lines(Role::Strong, 0, wrap(words::LEAVE, text))),
        Block::new(5, ink.lines(Role::Plain, 0, wrap(wizard.kept(), text))),
        Block::new(9, vec![answer(0, words::STAY), answer(1, words::LEAVE_NOW)]).cursor(row.min(1), 0),
        Block::new(3, ink.lines(Role::Quiet, 0, back)),
        Block::new(4, ink.lines(Role::Accent, indent, command(resume, room.saturating_sub(indent)))).tight(),
    ]
}
