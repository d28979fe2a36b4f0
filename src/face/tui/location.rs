//! Where the machine stands: the question and the guess on the left, the list on the right.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::ink::Ink;
use super::page::{Block, Page, window};
use super::text::{cells, tail, width, wrap};
use super::theme::Role;
use super::{map, words};
use crate::location::{Place, Zone, place};
use crate::wizard::Wizard;
use crate::wizard::location::Row;

/// Draws the pane.
pub fn draw(buffer: &mut Buffer, area: Rect, wizard: &Wizard, ink: &Ink) -> Option<Position> {
    let height = usize::from(area.height);
    let question = words::where_it_stands(wizard);
    if area.width < 70 || area.height < 10 {
        let room = usize::from(area.width);
        let mut title = wrap(&question, room);
        title.truncate(if height < 10 { 1 } else { 2 });
        let mut blocks = vec![Block::new(4, ink.lines(Role::Strong, 0, title))];
        let free = height.saturating_sub(if height < 10 { 1 } else { 3 });
        blocks.extend(list(wizard, room, free, ink));
        return Page::stacked(blocks, height).draw(buffer, area);
    }
    let left = (area.width * 2 / 5).min(48);
    let room = usize::from(left);
    let paragraph =
        |texts: &[String]| -> Vec<String> { texts.iter().flat_map(|text| wrap(text, room)).collect() };
    let mut map = map::rows(left);
    if ink.slow || usize::from(map) + 9 > height {
        map = 0;
    }
    let blocks = vec![
        Block::new(9, ink.lines(Role::Strong, 0, paragraph(std::slice::from_ref(&question)))),
        Block::new(if map > 0 { 8 } else { 0 }, vec![Line::default(); usize::from(map)]),
        Block::new(3, ink.lines(Role::Quiet, 0, paragraph(&[words::WHAT_FOR.to_owned()]))),
        Block::new(5, ink.lines(Role::Quiet, 0, paragraph(&[words::LATER_MEANS.to_owned()]))),
    ];
    Page::stacked(blocks, height).draw(buffer, Rect { width: left, ..area });
    if map > 0 {
        let below = 1 + cells(wrap(&question, room).len());
        map::draw(buffer, Rect { y: area.y + below, width: left, height: map, ..area }, focused(wizard), ink);
    }
    let gap = cells(if area.width >= 112 { 6 } else { 3 });
    let right = Rect { x: area.x + left + gap, width: area.width.saturating_sub(left + gap), ..area };
    let blocks = list(wizard, usize::from(right.width.min(72)), height, ink);
    Page::stacked(blocks, height).draw(buffer, right)
}

/// Where the focused zone lies.
fn focused(wizard: &Wizard) -> Option<Place> {
    match wizard.location.rows().get(wizard.location.selected)? {
        Row::Zone(zone) => place(zone.key),
        Row::Later => None,
    }
}

/// The search line, if it is open, and the rows on the screen.
fn list(wizard: &Wizard, room: usize, height: usize, ink: &Ink) -> Vec<Block> {
    let pane = &wizard.location;
    let rows = pane.rows();
    let selected = pane.selected.min(rows.len().saturating_sub(1));
    let mut blocks = Vec::new();
    let mut free = height;
    if let Some(search) = &pane.search {
        let label = format!("{} ", words::FIND);
        let typed = tail(search.text(), room.saturating_sub(width(&label) + 1));
        let at = width(&label) + width(&typed);
        let line = Line::from(vec![ink.span(Role::Quiet, label), ink.span(Role::Accent, typed)]);
        blocks.push(Block::new(9, vec![line]).cursor(0, at));
        free = free.saturating_sub(2);
    }
    let more = rows.len() > free;
    let shown = window(selected, rows.len(), if more { free.saturating_sub(1) } else { free }.max(1));
    let hidden = rows.len().saturating_sub(shown.end);
    let at = selected.saturating_sub(shown.start);
    let guessed = pane.guess.as_ref().map(|guess| guess.zone.as_str());
    let mut lines: Vec<Line<'static>> = shown
        .filter_map(|index| Some(row(*rows.get(index)?, index == selected, guessed, room, ink)))
        .collect();
    if hidden > 0 {
        lines.push(ink.line(Role::Quiet, format!("  {}", words::more_rows(hidden))));
    }
    let list = Block::new(8, lines);
    blocks.push(if pane.search.is_none() { list.cursor(at, 0) } else { list });
    blocks
}

fn row(row: Row, focused: bool, guessed: Option<&str>, room: usize, ink: &Ink) -> Line<'static> {
    let role = if focused { Role::Accent } else { Role::Plain };
    let Row::Zone(zone) = row else {
        let text = ink.fit(words::SET_LATER, room.saturating_sub(2));
        return Line::from(vec![ink.focus(focused), ink.span(role, text)]);
    };
    let key = if room < 30 { 8 } else { 13 };
    let note = if guessed == Some(zone.key) { words::GUESS_WORD } else { "" };
    let rest = room.saturating_sub(2 + key + width(note));
    Line::from(vec![
        ink.focus(focused),
        ink.span(role, ink.pad(zone.key, key)),
        ink.span(role, ink.pad(&name(zone), rest)),
        ink.span(Role::Quiet, note),
    ])
}

fn name(zone: &Zone) -> String {
    if zone.country.is_empty() || zone.name.contains(zone.country) {
        zone.name.to_owned()
    } else {
        format!("{}, {}", zone.name, zone.country)
    }
}
