//! The review: everything that is about to happen, label by label. At small sizes each value gets fewer
//! lines, but no label is left out.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::glyphs::Mark;
use super::ink::Ink;
use super::page::{Block, Page};
use super::text::{width, wrap};
use super::theme::Role;
use super::words;
use crate::foreign::Text;
use crate::wizard::Wizard;
use crate::wizard::review::lines;

/// Longer lines are hard to read.
const COLUMN: usize = 96;

/// Draws the pane.
pub fn draw(buffer: &mut Buffer, area: Rect, wizard: &Wizard, ink: &Ink) -> Option<Position> {
    let room = usize::from(area.width).min(COLUMN);
    let height = usize::from(area.height);
    if wizard.issues() && wizard.issue.findings.is_none() {
        let looking = ink.check(Mark::Working, words::LOOKING_AT_MACHINE, 0, room);
        return Page::stacked(vec![Block::new(8, looking)], height).draw(buffer, area);
    }
    let rows = lines(wizard);
    if rows.len() > height {
        // Line by line, and the last one says how many there are.
        let fit = height.saturating_sub(1).max(1);
        let top = wizard.review.top.min(rows.len() - fit);
        let shown = rows.get(top..top + fit).unwrap_or_default();
        let mut shown = table(shown, room, fit, ink);
        let more = words::review_part(top + 1, top + fit, rows.len());
        shown.push(ink.line(Role::Quiet, ink.fit(&more, room)));
        return Page::stacked(vec![Block::new(8, shown)], height).draw(buffer, area);
    }
    let blocks = vec![Block::new(8, table(&rows, room, height, ink))];
    Page::stacked(blocks, height).draw(buffer, area)
}

/// Labels and values in two columns, in at most so many lines if each value is to have one.
pub fn table(rows: &[(Text, Text)], room: usize, height: usize, ink: &Ink) -> Vec<Line<'static>> {
    let indent = if room < 60 { 0 } else { 2 };
    let label =
        rows.iter().map(|(label, _)| width(label)).max().unwrap_or(0).max(8) + if room < 60 { 1 } else { 4 };
    let value = room.saturating_sub(indent + label).max(8);
    let wrapped: Vec<(&Text, Vec<String>)> =
        rows.iter().map(|(label, text)| (label, wrap(text, value))).collect();
    // The longest gives way first, so that every label keeps a line.
    let mut most: Vec<usize> = wrapped.iter().map(|(_, lines)| lines.len().clamp(1, 6)).collect();
    while most.iter().sum::<usize>() > height {
        let longest = most.iter().copied().max().unwrap_or(1);
        let Some(at) = most.iter().rposition(|most| *most == longest && longest > 1) else { break };
        if let Some(most) = most.get_mut(at) {
            *most -= 1;
        }
    }
    let mut out = Vec::new();
    for ((name, lines), most) in wrapped.into_iter().zip(most) {
        let rest = lines.get(most.saturating_sub(1)..).unwrap_or_default().join(" ");
        for (at, mut text) in lines.into_iter().take(most).enumerate() {
            if at + 1 == most {
                text = ink.fit(&rest, value);
            }
            let shown = if at == 0 { name.as_str() } else { "" };
            let lead = format!("{}{}", " ".repeat(indent), ink.pad(shown, label));
            out.push(Line::from(vec![ink.span(Role::Quiet, lead), ink.span(Role::Plain, text)]));
        }
    }
    out
}
