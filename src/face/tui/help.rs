//! The keys that do something here, made from the key table: all of them, page by page where room is short.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::ink::Ink;
use super::page::{Block, Page};
use super::text::wrap;
use super::theme::Role;
use super::words;
use crate::wizard::Wizard;
use crate::wizard::keys;

/// Where the words of a key begin.
const INDENT: usize = 12;

/// Draws one page of the list; behind the last one comes the first again.
pub fn draw(buffer: &mut Buffer, area: Rect, wizard: &Wizard, page: usize, ink: &Ink) -> Option<Position> {
    let (room, height) = (usize::from(area.width), usize::from(area.height));
    let keys = entries(wizard, ink, room);
    let rule = ink.lines(Role::Quiet, 0, wrap(words::TYPING, room.min(76)));
    let tall = keys.iter().map(Vec::len).sum::<usize>() + rule.len();
    let blocks = if tall < height {
        vec![
            Block::new(2, ink.lines(Role::Strong, 0, vec![words::KEYS.to_owned()])),
            Block::new(9, keys.into_iter().flatten().collect()),
            Block::new(1, rule),
        ]
    } else {
        let mut pages = filled(keys.into_iter().chain([rule]), height.saturating_sub(1));
        let (at, count) = (page % pages.len().max(1), pages.len());
        let title = words::keys_page(at + 1, count, ink.set.arrows);
        let shown = if at < count { pages.swap_remove(at) } else { Vec::new() };
        vec![Block::new(2, vec![ink.line(Role::Strong, title)]), Block::new(9, shown).tight()]
    };
    Page::stacked(blocks, height).draw(buffer, area)
}

/// Each key with what it does, in as many lines as that takes: what the footer names first.
fn entries(wizard: &Wizard, ink: &Ink, room: usize) -> Vec<Vec<Line<'static>>> {
    let (named, hidden): (Vec<_>, Vec<_>) =
        keys::offered(wizard).partition(|binding| !binding.does.is_empty());
    let mut told = Vec::new();
    let mut entries = Vec::new();
    for binding in named.into_iter().chain(hidden) {
        let does = match keys::does(wizard, binding) {
            "" => words::hidden_key(&binding.action),
            does => does,
        };
        // Esc stands in the table twice: it is always taken, and sometimes it does something.
        if does.is_empty() || told.contains(&binding.label) {
            continue;
        }
        told.push(binding.label);
        let label = if binding.label == "↑↓" { ink.set.arrows } else { binding.label };
        let lines = wrap(does, room.saturating_sub(INDENT)).into_iter().enumerate().map(|(at, text)| {
            let label = if at == 0 { label } else { "" };
            let before = format!("  {}", ink.pad(label, INDENT - 2));
            Line::from(vec![ink.span(Role::Strong, before), ink.span(Role::Plain, text)])
        });
        entries.push(lines.collect());
    }
    entries
}

/// Entries on pages of that many lines; none is torn apart that fits on a page.
fn filled(entries: impl Iterator<Item = Vec<Line<'static>>>, height: usize) -> Vec<Vec<Line<'static>>> {
    let mut pages: Vec<Vec<Line<'static>>> = Vec::new();
    for entry in entries {
        match pages.last_mut() {
            Some(page) if page.len() + entry.len() <= height => page.extend(entry),
            _ => pages.push(entry),
        }
    }
    pages
}
