//! A failure: what happened, why, what was seen, what to do with the exact command, and what is kept.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::glyphs::Mark;
use super::ink::Ink;
use super::page::{Block, Page};
use super::text::{command, width, wrap};
use super::theme::Role;
use super::words;
use crate::error::{self, Fault};
use crate::wizard::Wizard;

/// Longer lines are hard to read.
const COLUMN: usize = 92;
/// Columns of the labels.
const LABEL: usize = 8;
/// Columns of the labels, where there is little room.
const LABEL_NARROW: usize = 5;

/// Draws the page.
pub fn draw(buffer: &mut Buffer, area: Rect, wizard: &Wizard, fault: &Fault, ink: &Ink) -> Option<Position> {
    let whole = usize::from(area.width);
    let room = whole.min(COLUMN);
    let indent = if room < 60 { 0 } else { 2 };
    let sentence = fault.sentence();
    let (title, why, seen) = match fault {
        Fault::RolloutFailed { workload, evidence, .. } => {
            (words::cannot_get_ready(workload), sentence, evidence.as_slice())
        }
        _ => (sentence, String::new(), [].as_slice()),
    };
    let resume = wizard.setup.resume.as_str();
    let next = fault.next(resume);
    let (advice, ends_with_it) = match next.strip_suffix(resume) {
        Some(advice) if !resume.is_empty() => (advice.trim_end(), true),
        _ => (next.as_str(), false),
    };
    let seen: Vec<String> = seen.iter().map(ToString::to_string).collect();
    // What a workload needs may have a command of its own: each stands alone, so that it can be copied.
    let own = match fault {
        Fault::RolloutFailed { advice, .. } => error::advice(advice.as_str()),
        _ => Default::default(),
    };
    let (advice, ends_with_it) =
        if own.1.is_empty() { (advice, ends_with_it) } else { (own.0.as_str(), false) };
    let mut act = labelled(words::DO, &[advice.to_owned()], indent, room, Role::Plain, ink);
    act.extend(to_copy(&own.1, indent, whole, ink));
    let again = if ends_with_it || resume.is_empty() {
        Vec::new()
    } else {
        labelled(words::AGAIN, &[words::COME_BACK.to_owned()], indent, room, Role::Plain, ink)
    };
    let run = to_copy(resume, indent, whole, ink);
    act.extend(again);
    let log: Vec<String> = wizard.setup.start.log.iter().map(ToString::to_string).collect();
    let blocks = vec![
        Block::new(8, headline(&title, room, ink)),
        Block::new(5, labelled(words::WHY, &[why], indent, room, Role::Plain, ink)),
        Block::new(3, labelled(words::SEEN, &seen, indent, room, Role::Quiet, ink)),
        Block::new(7, act),
        Block::new(9, run),
        Block::new(4, labelled(words::KEPT, &[wizard.kept().to_owned()], indent, room, Role::Plain, ink)),
        Block::new(2, labelled(words::LOG, &log, indent, room, Role::Quiet, ink)).tight(),
    ];
    Page::stacked(blocks, area.height.into()).draw(buffer, area)
}

/// The title of a failure, after its mark.
pub fn headline(title: &str, room: usize, ink: &Ink) -> Vec<Line<'static>> {
    let lead = ink.set.mark_width + 1;
    wrap(title, room.saturating_sub(lead))
        .into_iter()
        .enumerate()
        .map(|(at, words)| {
            let first = if at == 0 { ink.mark(Mark::Failed) } else { Span::raw(" ".repeat(lead - 1)) };
            Line::from(vec![first, Span::raw(" "), ink.span(Role::Strong, words)])
        })
        .collect()
}

/// A command below the texts of its label; from the edge on where it needs all the room.
pub fn to_copy(run: &str, indent: usize, whole: usize, ink: &Ink) -> Vec<Line<'static>> {
    let lead = indent + label_room(indent);
    let lead = if width(run) + lead > whole { 0 } else { lead };
    ink.lines(Role::Accent, lead, command(run, whole.saturating_sub(lead)))
}

fn label_room(indent: usize) -> usize {
    if indent == 0 { LABEL_NARROW } else { LABEL }
}

/// A label, and its texts beside it.
pub fn labelled(
    label: &str,
    texts: &[String],
    indent: usize,
    room: usize,
    role: Role,
    ink: &Ink,
) -> Vec<Line<'static>> {
    let lead = indent + label_room(indent);
    texts
        .iter()
        .flat_map(|text| wrap(text, room.saturating_sub(lead)))
        .enumerate()
        .map(|(at, words)| {
            let name = if at == 0 { label } else { "" };
            let name = format!("{}{}", " ".repeat(indent), ink.pad(name, lead - indent));
            Line::from(vec![ink.span(Role::Quiet, name), ink.span(role, words)])
        })
        .collect()
}
