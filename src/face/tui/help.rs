//! The keys that do something here, made from the key table.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::ink::Ink;
use super::page::{Block, Page};
use super::text::wrap;
use super::theme::Role;
use super::words;
use crate::model::Step;
use crate::wizard::Wizard;
use crate::wizard::keys;
use crate::wizard::msg::Action;
use crate::wizard::sign_in::Phase;

/// Draws the list.
pub fn draw(buffer: &mut Buffer, area: Rect, wizard: &Wizard, ink: &Ink) -> Option<Position> {
    let room = usize::from(area.width);
    let mut lines: Vec<Line<'static>> = Vec::new();
    // What the footer names comes first: at small sizes the rest is cut.
    let (named, hidden): (Vec<_>, Vec<_>) =
        keys::offered(wizard).partition(|binding| !binding.does.is_empty());
    let idle = wizard.step == Step::SignIn && matches!(wizard.sign_in.phase, Phase::Code { .. });
    for binding in named.into_iter().chain(hidden) {
        if idle && binding.action == Action::Enter {
            continue;
        }
        let does = if binding.does.is_empty() { words::hidden_key(&binding.action) } else { binding.does };
        // Esc stands in the table twice: it is always taken, and sometimes it does something.
        if does.is_empty()
            || binding.action == Action::Back && lines.iter().any(|line| line.to_string().contains("Esc"))
        {
            continue;
        }
        let label = if binding.label == "↑↓" { ink.set.arrows } else { binding.label };
        let text = ink.fit(does, room.saturating_sub(12));
        lines.push(Line::from(vec![
            ink.span(Role::Strong, format!("  {}", ink.pad(label, 10))),
            ink.span(Role::Plain, text),
        ]));
    }
    let blocks = vec![
        Block::new(2, ink.lines(Role::Strong, 0, vec![words::KEYS.to_owned()])),
        Block::new(9, lines),
        Block::new(1, ink.lines(Role::Quiet, 0, wrap(words::TYPING, room.min(76)))),
    ];
    Page::stacked(blocks, area.height.into()).draw(buffer, area)
}
