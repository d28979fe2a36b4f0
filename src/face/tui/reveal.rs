//! Two rows to choose from, over a page: a token that must be carried away, or another address of the server.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::ink::Ink;
use super::page::{Block, Page};
use super::text::{chop, wrap};
use super::theme::Role;
use super::words;
use crate::wizard::Wizard;
use crate::wizard::words::{CARRY, HAVE_IT, HIDDEN, SHOW_TOKEN};

/// Longer lines are hard to read.
const COLUMN: usize = 92;

/// Draws the page; `token` is what is revealed at this moment.
pub fn draw(
    buffer: &mut Buffer,
    area: Rect,
    wizard: &Wizard,
    token: Option<&str>,
    ink: &Ink,
) -> Option<Position> {
    let blocks = blocks(wizard, token, usize::from(area.width), ink);
    Page::stacked(blocks, area.height.into()).draw(buffer, area)
}

/// The page in blocks, for any size.
pub fn blocks(wizard: &Wizard, token: Option<&str>, whole: usize, ink: &Ink) -> Vec<Block> {
    let room = whole.min(COLUMN);
    let Some(reveal) = &wizard.issue.reveal else { return question(wizard, room, ink) };
    let owner = wizard.sign_in.issued().and_then(|issued| issued.parts.as_ref().ok());
    let owner = owner.map_or_else(String::new, |parts| words::lab(parts.owner.as_str()));
    let why = words::why_here(&reveal.why);
    // A token is one word: it is cut where the line ends, so that it can be copied from a terminal as a whole.
    let token = match token {
        Some(token) => ink.lines(Role::Accent, 0, chop(token, whole)),
        None => vec![ink.line(Role::Quiet, HIDDEN)],
    };
    vec![
        Block::new(8, ink.lines(Role::Strong, 0, wrap(CARRY, room))),
        Block::new(3, ink.lines(Role::Plain, 0, wrap(&why, room))),
        Block::new(6, ink.lines(Role::Plain, 0, wrap(&owner, room))),
        Block::new(10, token).tight(),
        rows(&[SHOW_TOKEN.to_owned(), HAVE_IT.to_owned()], reveal.selected, room, ink),
    ]
}

fn question(wizard: &Wizard, room: usize, ink: &Ink) -> Vec<Block> {
    let Some(question) = wizard.address_question() else { return Vec::new() };
    vec![
        Block::new(7, ink.lines(Role::Strong, 0, wrap(&question.text, room))),
        rows(&question.choices, wizard.issue.selected, room, ink),
    ]
}

fn rows(choices: &[String], selected: usize, room: usize, ink: &Ink) -> Block {
    let row = |(at, text): (usize, &String)| {
        let focused = at == selected;
        let role = if focused { Role::Accent } else { Role::Plain };
        Line::from(vec![ink.focus(focused), ink.span(role, ink.fit(text, room.saturating_sub(2)))])
    };
    Block::new(9, choices.iter().enumerate().map(row).collect()).cursor(selected.min(1), 0)
}
