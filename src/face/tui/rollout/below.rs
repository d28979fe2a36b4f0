//! What stands below the rows: why one is as it is, its log, or what happened lately.

use ratatui::text::{Line, Span};

use super::super::failure::{labelled, to_copy};
use super::super::ink::Ink;
use super::super::text::pad_left;
use super::super::theme::Role;
use super::super::words;
use super::{NARROW, TIME, is_lost, row_words, short, ticking};
use crate::error::advice;
use crate::foreign::Text;
use crate::model::{Happening, Row};
use crate::wizard::Wizard;
use crate::wizard::rollout::Rollout;
use crate::wizard::words::{clock, timer};

/// Why a row is as it is: its sentence, what was seen, what to do; then what happened to it and what it said last.
pub(super) fn details(
    wizard: &Wizard,
    rollout: &Rollout,
    row: &Row,
    room: usize,
    ink: &Ink,
) -> Vec<Line<'static>> {
    let indent = indent(room);
    let sentence =
        if row.sentence.is_empty() { row_words(row) } else { short(wizard, &row.sentence).to_owned() };
    let texts = |texts: &[Text]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (next, run) = advice(row.next.as_str());
    let next: Vec<String> = Some(next).filter(|next| !next.is_empty()).into_iter().collect();
    let waits = timer(row, ticking(wizard, ink)).filter(|_| !is_lost(wizard));
    let waits: Vec<String> = waits.into_iter().collect();
    // What to do comes before what was seen: where there is little room, it must not be cut.
    let mut lines = labelled(words::WHY, &[sentence], indent, room, Role::Strong, ink);
    lines.extend(labelled(words::WAITS, &waits, indent, room, Role::Plain, ink));
    lines.extend(labelled(words::DO, &next, indent, room, Role::Plain, ink));
    lines.extend(to_copy(&run, indent, room, ink));
    lines.extend(labelled(words::SEEN, &texts(&row.evidence), indent, room, Role::Plain, ink));
    lines.extend(row.happenings.iter().map(|one| happening(wizard, rollout, one, room, ink)));
    // The evidence may hold the last words already.
    let said: Vec<Text> = row.log.iter().filter(|line| !row.evidence.contains(line)).cloned().collect();
    lines.extend(labelled(words::LOG, &texts(&said), indent, room, Role::Quiet, ink));
    lines
}

/// The log of a row, as much of it as was read.
pub(super) fn log(row: &Row, room: usize, ink: &Ink) -> Vec<Line<'static>> {
    let none = vec![words::NO_LOG.to_owned()];
    let said = if row.log.is_empty() { none } else { row.log.iter().map(ToString::to_string).collect() };
    labelled(words::LOG, &said, indent(room), room, Role::Plain, ink)
}

fn indent(room: usize) -> usize {
    if room < NARROW { 0 } else { 2 }
}

/// Something that happened, and when.
pub(super) fn happening(
    wizard: &Wizard,
    rollout: &Rollout,
    happening: &Happening,
    room: usize,
    ink: &Ink,
) -> Line<'static> {
    let name = (room / 3).min(26);
    let time = happening.at.map(|at| since_yes(wizard, rollout, at)).unwrap_or_default();
    let rest = room.saturating_sub(2 + TIME + 2 + name + 1);
    let text = format!(
        "  {}  {} {}",
        pad_left(&time, TIME, ""),
        ink.pad(short(wizard, &happening.object), name),
        ink.fit(&happening.text, rest)
    );
    Line::from(vec![Span::raw(""), ink.span(Role::Quiet, text)])
}

/// The time of a happening since the yes; the clock on the wall is only used to measure from.
fn since_yes(wizard: &Wizard, rollout: &Rollout, at: jiff::Timestamp) -> String {
    let ago = wizard.now.wall.duration_since(at).as_secs();
    let running = i64::try_from(wizard.now.run.saturating_sub(rollout.started).as_secs()).unwrap_or(i64::MAX);
    match u64::try_from(running.saturating_sub(ago)) {
        Ok(seconds) => clock(seconds),
        // Before the yes, or by a clock that disagrees with ours.
        Err(_) => String::new(),
    }
}
