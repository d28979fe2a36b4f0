//! Another name for the client, typed into its place; a location is chosen on its own pane.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::glyphs::Mark;
use super::ink::Ink;
use super::page::{Block, Page};
use super::text::{tail, width, wrap};
use super::theme::Role;
use super::words;
use crate::wizard::Wizard;

/// Draws the pane.
pub fn draw(buffer: &mut Buffer, area: Rect, wizard: &Wizard, ink: &Ink) -> Option<Position> {
    let room = usize::from(area.width.min(96));
    let change = &wizard.change;
    let blocks = match change.client.as_deref().filter(|_| change.typing()) {
        None => {
            let title = if change.location.is_some() { words::ANOTHER_LOCATION } else { words::ANOTHER_NAME };
            vec![Block::new(9, ink.check(Mark::Working, title, 0, room))]
        }
        Some(client) => vec![
            Block::new(7, ink.lines(Role::Strong, 0, wrap(&words::new_name(&client.name), room))),
            field(words::NAME, change.field.text(), room, ink),
            Block::new(4, ink.lines(Role::Quiet, 0, wrap(&words::namespace_stays(&client.namespace), room))),
        ],
    };
    Page::stacked(blocks, area.height.into()).draw(buffer, area)
}

/// A label with the text being typed, and the cursor at its end.
pub fn field(label: &str, typed: &str, room: usize, ink: &Ink) -> Block {
    let label = format!("{label} ");
    let typed = tail(typed, room.saturating_sub(width(&label) + 1));
    let at = width(&label) + width(&typed);
    let line = Line::from(vec![ink.span(Role::Quiet, label), ink.span(Role::Accent, typed)]);
    Block::new(9, vec![line]).cursor(0, at)
}
