//! Which profile: each with its host, production first, the sandbox apart.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::ink::Ink;
use super::page::{Block, Page, window};
use super::text::{width, wrap};
use super::theme::Role;
use super::words;
use crate::wizard::Wizard;
use crate::wizard::profile::ProfileRow;

/// Longer lines are hard to read.
const COLUMN: usize = 92;

/// Draws the pane.
pub fn draw(buffer: &mut Buffer, area: Rect, wizard: &Wizard, ink: &Ink) -> Option<Position> {
    let (room, height) = (usize::from(area.width).min(COLUMN), usize::from(area.height));
    let pane = &wizard.profile;
    let real = pane.rows.iter().filter(|row| !row.sandbox).count();
    let name = pane.rows.iter().map(|row| width(&row.name)).max().unwrap_or(0) + 2;
    let line = |at: usize| {
        let row = pane.rows.get(at)?;
        Some(line(row, at == pane.selected, name.min(room / 2), room, ink))
    };
    // Title, sandbox and hint with their blank lines; the list has the rest. Where that is little, only the
    // title and the sandbox stand beside it.
    let rest = if height < 12 { 2 } else { 6 };
    let shown = window(pane.selected.min(real.saturating_sub(1)), real, height.saturating_sub(rest).max(1));
    let first = shown.start;
    let list = Block::new(8, shown.filter_map(line).collect());
    let apart = Block::new(7, (real..pane.rows.len()).filter_map(line).collect());
    let (list, apart) = if pane.selected < real {
        (list.cursor(pane.selected - first, 0), apart)
    } else {
        (list, apart.cursor(pane.selected - real, 0))
    };
    let row = pane.rows.get(pane.selected);
    let hint = row.map(words::enter_chooses).unwrap_or_default();
    // A command is shown whole or not at all.
    let next = row.filter(|row| !row.sandbox).map(words::next_time).filter(|next| width(next) <= room);
    let blocks = vec![
        Block::new(5, ink.lines(Role::Strong, 0, wrap(words::WHERE_TO, room))),
        list,
        apart,
        Block::new(3, ink.lines(Role::Quiet, 0, wrap(&hint, room))),
        Block::new(2, ink.lines(Role::Quiet, 0, next.into_iter().collect())).tight(),
    ];
    Page::stacked(blocks, height).draw(buffer, area)
}

fn line(row: &ProfileRow, focused: bool, name: usize, room: usize, ink: &Ink) -> Line<'static> {
    let role = if focused { Role::Accent } else { Role::Strong };
    let rest = room.saturating_sub(2 + name);
    let mut spans = vec![ink.focus(focused), ink.span(role, ink.pad(&row.name, name))];
    if row.sandbox {
        spans.push(ink.span(Role::Badge, ink.fit(words::SANDBOX, rest)));
        let more = rest.saturating_sub(width(words::SANDBOX) + 2);
        spans.push(ink.span(Role::Plain, format!("  {}", ink.fit(&row.about, more))));
    } else {
        let about = width(&row.about) + 2;
        let host = if rest > about + 18 { (rest - about).min(34) } else { rest };
        spans.push(ink.span(Role::Plain, ink.pad(&row.host, host)));
        if host < rest {
            spans.push(ink.span(Role::Quiet, format!("  {}", row.about)));
        }
    }
    Line::from(spans)
}
