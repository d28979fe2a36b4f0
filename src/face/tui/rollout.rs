//! The rollout: the one thing that is awaited on top, then stages, rows worst first, and what happened lately.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::failure::{labelled, to_copy};
use super::glyphs::Mark;
use super::ink::Ink;
use super::page::{Block, Page, window};
use super::text::{advice, pad_left, width, wrap};
use super::theme::Role;
use super::words;
use crate::foreign::Text;
use crate::model::{Happening, Progress, Row, RowState, Sight};
use crate::wizard::Wizard;
use crate::wizard::rollout::{Details, Rollout};
use crate::wizard::words::{awaited, awaited_image, clock, row_state, stage};

/// Columns of the time at the right.
const TIME: usize = 6;
/// Columns of the counts.
const READY: usize = 7;
/// Below this, counts and times give way to names.
const NARROW: usize = 58;

/// Draws the pane.
pub fn draw(buffer: &mut Buffer, area: Rect, wizard: &Wizard, ink: &Ink) -> Option<Position> {
    let rollout = wizard.rollout.as_ref()?;
    let room = usize::from(area.width.min(110));
    let height = usize::from(area.height);
    // Where the identity is issued there are no workloads to await.
    let mut top = wrap(&if wizard.issues() { words::SETTING_UP.to_owned() } else { awaited(wizard) }, room);
    top.truncate(2);
    let rows = rollout.rows();
    let grid = (room, name_room(wizard, &rows, room));
    let stages = stages(rollout, grid, ink);
    let control = rollout.claimed.is_some().then(|| control(rollout, grid, ink));
    let images = images(wizard, rollout, grid, ink);
    let extra = usize::from(control.is_some()) + usize::from(images.is_some());
    let focused = rows.get(rollout.selected);
    let below = match (rollout.details, focused) {
        (Details::Why, Some(row)) => details(wizard, rollout, row, room, ink),
        (Details::Log, Some(row)) => log(row, room, ink),
        (Details::Closed, _) | (_, None) => {
            let latest = rollout.snapshot.iter().flat_map(|snapshot| &snapshot.happenings);
            let most = if ink.slow { 1 } else { 8 };
            latest.take(most).map(|one| happening(wizard, rollout, one, room, ink)).collect()
        }
    };
    let plan = Plan::fitting(
        height.saturating_sub(top.len() + 1),
        if rows.is_empty() || height >= 26 { stages.len() } else { stages.len().min(2) },
        rows.len() + extra,
        below.len(),
        rollout.details != Details::Closed,
    );
    let skip = stages.len().saturating_sub(plan.stages);
    let shown = window(rollout.selected, rows.len(), plan.rows.saturating_sub(extra));
    let cursor = rollout.selected.checked_sub(shown.start);
    let lines: Vec<Line<'static>> = shown
        .filter_map(|at| Some(row_line(wizard, rows.get(at)?, at == rollout.selected, grid, ink)))
        .chain(images)
        .chain(control)
        .collect();
    let mut list = Block::new(8, lines);
    if plan.stages > 0 {
        list = list.tight();
    }
    if let Some(at) = cursor.filter(|_| !rows.is_empty()) {
        list = list.cursor(at, 0);
    }
    let blocks = vec![
        Block::new(9, ink.lines(Role::Strong, 0, top)),
        Block::new(4, stages.into_iter().skip(skip).collect()),
        list,
        Block::new(3, below.into_iter().take(plan.below).collect()),
    ];
    Page::stacked(blocks, height).draw(buffer, area)
}

/// How many lines of each part there is room for.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    stages: usize,
    rows: usize,
    below: usize,
}

impl Plan {
    /// Rows matter most, then what is said below them if it was asked for, then the latest stage.
    fn fitting(height: usize, stages: usize, rows: usize, below: usize, asked: bool) -> Self {
        let mut plan = Self { stages, rows, below };
        let tall = |plan: &Self| plan.stages + plan.rows + plan.below + usize::from(plan.below > 0);
        while tall(&plan) > height {
            match plan {
                Self { below: 3.., .. } if !asked => plan.below -= 1,
                Self { stages: 2.., .. } => plan.stages -= 1,
                Self { stages: 1, rows: 1.., .. } => plan.stages = 0,
                Self { below: 1.., .. } if !asked => plan.below -= 1,
                Self { rows: 3.., .. } if asked => plan.rows -= 1,
                Self { below: 1.., .. } => plan.below -= 1,
                Self { rows: 1.., .. } => plan.rows -= 1,
                _ => break,
            }
        }
        plan
    }
}

/// Columns for names: as many as the longest needs, and a third of the room at most.
fn name_room(wizard: &Wizard, rows: &[&Row], room: usize) -> usize {
    let longest = rows.iter().map(|row| width(short(wizard, &row.name))).max().unwrap_or(0);
    let most = if room < NARROW { 16 } else { room / 3 };
    longest.max(width(words::CONTROL_PLANE)).min(most) + if room < NARROW { 0 } else { 2 }
}

/// A name without the release's own in front of it, which every other one has too.
fn short<'a>(wizard: &Wizard, name: &'a str) -> &'a str {
    let claimed = wizard.rollout.as_ref().and_then(|rollout| rollout.claimed.as_ref());
    let rest = claimed.and_then(|claimed| name.strip_prefix(claimed.namespace.as_str())?.strip_prefix('-'));
    rest.filter(|rest| !rest.is_empty()).unwrap_or(name)
}

/// Name, state and time, as every row of this pane has them.
fn columns(
    focus: bool,
    mark: Mark,
    (name, ready, text, time): (&str, &str, &str, &str),
    (room, name_room): (usize, usize),
    ink: &Ink,
) -> Line<'static> {
    let lead = 2 + ink.set.mark_width + 1;
    let narrow = room < NARROW;
    // A count that is wider than its column pushes the words beside it, and is never cut.
    let ready_room = if narrow { 0 } else { READY.max(width(ready) + 1) };
    let time_room = if narrow { 0 } else { TIME };
    let rest = room.saturating_sub(lead + name_room + 1 + ready_room + time_room);
    let settled = mark == Mark::Done;
    let role = match mark {
        _ if focus => Role::Accent,
        Mark::Done | Mark::ToCome => Role::Plain,
        _ => Role::Strong,
    };
    let quiet = if settled || mark == Mark::ToCome { Role::Quiet } else { Role::Plain };
    let mut spans =
        vec![ink.focus(focus), ink.mark(mark), ink.span(role, format!(" {} ", ink.pad(name, name_room)))];
    if !narrow {
        spans.push(ink.span(quiet, ink.pad(ready, ready_room)));
    }
    spans.push(ink.span(quiet, ink.pad(text, rest)));
    if !narrow {
        spans.push(ink.span(Role::Quiet, pad_left(time, time_room, "")));
    }
    Line::from(spans)
}

fn stages(rollout: &Rollout, room: (usize, usize), ink: &Ink) -> Vec<Line<'static>> {
    let last = rollout.stages.len().saturating_sub(1);
    rollout
        .stages
        .iter()
        .enumerate()
        // Once everything is applied, how far it had come is no news.
        .filter(|(at, (progress, _))| *at == last || !matches!(progress, Progress::Applying(..)))
        .map(|(at, (progress, since))| {
            let done = at < last || rollout.snapshot.is_some() || matches!(progress, Progress::Applied(_));
            let mark = if done { Mark::Done } else { Mark::Working };
            let (what, text) = stage(progress);
            let time = clock(since.saturating_sub(rollout.started).as_secs());
            columns(false, mark, (what, "", &text, &time), room, ink)
        })
        .collect()
}

fn control(rollout: &Rollout, room: (usize, usize), ink: &Ink) -> Line<'static> {
    let (mark, text) = words::control_plane(rollout);
    columns(false, mark, (words::CONTROL_PLANE, "", &text, ""), room, ink)
}

/// How many images are there, while some are not.
fn images(wizard: &Wizard, rollout: &Rollout, room: (usize, usize), ink: &Ink) -> Option<Line<'static>> {
    let images = &rollout.snapshot.as_ref()?.images;
    if images.here >= images.of {
        return None;
    }
    let ready = format!("{}/{}", images.here, images.of);
    let now = Some(wizard.now.wall).filter(|_| !ink.slow);
    let text = awaited_image(images, now).unwrap_or_default();
    Some(columns(false, Mark::Working, (words::IMAGES, &ready, &text, ""), room, ink))
}

/// The symbol of a row's state.
pub fn mark_of(state: RowState) -> Mark {
    match state {
        RowState::Failed => Mark::Failed,
        RowState::Unknown => Mark::Unknown,
        RowState::Retrying => Mark::Warn,
        RowState::Working => Mark::Working,
        RowState::Waiting => Mark::ToCome,
        RowState::Ready => Mark::Done,
    }
}

/// The state in a word, and what it is doing.
pub fn row_words(row: &Row) -> String {
    let state = row_state(row.state);
    let told = row.state == RowState::Working || row.note.to_lowercase().starts_with(state);
    match row.note.as_str() {
        "" => state.to_owned(),
        note if told => note.to_owned(),
        note => format!("{state}, {note}"),
    }
}

fn row_line(wizard: &Wizard, row: &Row, focused: bool, room: (usize, usize), ink: &Ink) -> Line<'static> {
    let ready = format!("{}/{}", row.ready, row.desired);
    let seconds = row.since.map(|since| wizard.now.wall.duration_since(since).as_secs());
    // A settled row keeps still; on a slow line every row does.
    let ticks = row.state != RowState::Ready && !ink.slow;
    let time = seconds.filter(|_| ticks).and_then(|s| u64::try_from(s).ok()).map(clock).unwrap_or_default();
    // Out of sight, nothing is known to be good.
    let lost = wizard.rollout.as_ref().and_then(|rollout| rollout.snapshot.as_ref());
    let lost = lost.is_some_and(|snapshot| snapshot.sight != Sight::Clear);
    let (mark, text) = if lost {
        (Mark::Unknown, words::last_seen(&row_words(row)))
    } else {
        (mark_of(row.state), row_words(row))
    };
    columns(focused, mark, (short(wizard, &row.name), &ready, &text, &time), room, ink)
}

/// Why a row is as it is: its sentence, what was seen, what to do; then what happened to it and what it said last.
fn details(wizard: &Wizard, rollout: &Rollout, row: &Row, room: usize, ink: &Ink) -> Vec<Line<'static>> {
    let indent = indent(room);
    let sentence = if row.sentence.is_empty() { row_words(row) } else { row.sentence.to_string() };
    let texts = |texts: &[Text]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (next, run) = advice(row.next.as_str());
    let next: Vec<String> = Some(next).filter(|next| !next.is_empty()).into_iter().collect();
    let mut lines = labelled(words::WHY, &[sentence], indent, room, Role::Strong, ink);
    lines.extend(labelled(words::SEEN, &texts(&row.evidence), indent, room, Role::Plain, ink));
    lines.extend(labelled(words::DO, &next, indent, room, Role::Plain, ink));
    lines.extend(to_copy(&run, indent, room, ink));
    lines.extend(row.happenings.iter().map(|one| happening(wizard, rollout, one, room, ink)));
    // The evidence may hold the last words already.
    let said: Vec<Text> = row.log.iter().filter(|line| !row.evidence.contains(line)).cloned().collect();
    lines.extend(labelled(words::LOG, &texts(&said), indent, room, Role::Quiet, ink));
    lines
}

/// The log of a row, as much of it as was read.
fn log(row: &Row, room: usize, ink: &Ink) -> Vec<Line<'static>> {
    let none = vec![words::NO_LOG.to_owned()];
    let said = if row.log.is_empty() { none } else { row.log.iter().map(ToString::to_string).collect() };
    labelled(words::LOG, &said, indent(room), room, Role::Plain, ink)
}

fn indent(room: usize) -> usize {
    if room < NARROW { 0 } else { 2 }
}

/// Something that happened, and when.
fn happening(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stay_longest() {
        let plan = |height, asked| Plan::fitting(height, 6, 5, 4, asked);
        assert_eq!(plan(16, false), Plan { stages: 6, rows: 5, below: 4 });
        assert_eq!(plan(12, false), Plan { stages: 4, rows: 5, below: 2 });
        assert_eq!(plan(6, false), Plan { stages: 0, rows: 5, below: 0 });
        assert_eq!(plan(3, false), Plan { stages: 0, rows: 3, below: 0 });
        assert_eq!(plan(8, true), Plan { stages: 0, rows: 3, below: 4 });
        assert_eq!(plan(0, true), Plan { stages: 0, rows: 0, below: 0 });
    }
}
