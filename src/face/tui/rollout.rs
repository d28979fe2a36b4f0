//! The rollout: the one thing that is awaited on top, then stages, rows worst first, and what happened lately.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::glyphs::Mark;
use super::ink::Ink;
use super::page::{Block, Page, window};
use super::text::{pad_left, width, wrap};
use super::theme::Role;
use super::words;
use crate::model::{Progress, Row, RowState, Sight};
use crate::wizard::Wizard;
use crate::wizard::rollout::{Details, Rollout};
use crate::wizard::words::{awaited, awaited_image, clock, row_state, stage, timer};

mod below;
mod plan;

use below::{details, happening, log};
use plan::Plan;

/// Columns of the time at the right.
const TIME: usize = 6;
/// Columns of the counts.
const READY: usize = 7;
/// Below this, counts and times give way to names.
const NARROW: usize = 58;
/// Below this height, what is awaited gives way to what was asked for.
const SHORT: usize = 12;

/// Draws the pane.
pub fn draw(buffer: &mut Buffer, area: Rect, wizard: &Wizard, ink: &Ink) -> Option<Position> {
    let rollout = wizard.rollout.as_ref()?;
    let room = usize::from(area.width.min(110));
    let height = usize::from(area.height);
    let asked = rollout.details != Details::Closed;
    let most = match () {
        () if asked && height < SHORT => 1,
        () if room < NARROW => 3,
        () => 2,
    };
    let top = top(wizard, rollout, room, most, ink);
    let rows = rollout.rows();
    let grid = (room, name_room(wizard, &rows, room));
    let stages = stages(rollout, grid, ink);
    let control = rollout.claimed.is_some().then(|| control(rollout, grid, ink));
    let images = images(wizard, rollout, grid, ink);
    let extra: Vec<Line<'static>> = images.into_iter().chain(control).collect();
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
    let most = Plan {
        stages: if rows.is_empty() || height >= 26 { stages.len() } else { stages.len().min(2) },
        rows: rows.len(),
        extra: extra.len(),
        below: below.len(),
    };
    let plan = most.fitting(height.saturating_sub(top.len() + 1), asked);
    let skip = stages.len().saturating_sub(plan.stages);
    let shown = window(rollout.selected, rows.len(), plan.rows);
    let cursor = rollout.selected.checked_sub(shown.start);
    let unshown = extra.len().saturating_sub(plan.extra);
    let lines: Vec<Line<'static>> = shown
        .filter_map(|at| Some(row_line(wizard, rows.get(at)?, at == rollout.selected, grid, ink)))
        .chain(extra.into_iter().skip(unshown))
        .collect();
    let mut list = Block::new(8, lines);
    if plan.stages > 0 {
        list = list.tight();
    }
    if let Some(at) = cursor.filter(|at| *at < plan.rows) {
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

/// What is awaited, in so many lines at most.
fn top(wizard: &Wizard, rollout: &Rollout, room: usize, most: usize, ink: &Ink) -> Vec<String> {
    // Where the identity is issued there are no workloads to await.
    if wizard.issues() {
        return wrap(words::SETTING_UP, room);
    }
    let whole = wrap(short(wizard, &awaited(wizard)), room);
    // The clock that is awaited goes first; on a slow line it would be drawn anew each second.
    let fits = whole.len() <= most && !ink.slow;
    let mut lines = if fits { whole } else { wrap(short(wizard, &rollout.awaited()), room) };
    if lines.len() > most {
        let rest = lines.split_off(most - 1).join(" ");
        lines.push(ink.fit(&rest, room));
    }
    lines
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

/// How many columns a row has for words, beside counts and time. A count that is wider than its column pushes the
/// words beside it, and is never cut.
fn words_room((room, name_room): (usize, usize), ready: &str, ink: &Ink) -> (usize, usize, usize) {
    let narrow = room < NARROW;
    let ready_room = if narrow { 0 } else { READY.max(width(ready) + 1) };
    let time_room = if narrow { 0 } else { TIME };
    let lead = 2 + ink.set.mark_width + 1;
    (ready_room, room.saturating_sub(lead + name_room + 1 + ready_room + time_room), time_room)
}

/// Name, state and time, as every row of this pane has them.
fn columns(
    focus: bool,
    mark: Mark,
    (name, ready, text, time): (&str, &str, &str, &str),
    (room, name_room): (usize, usize),
    ink: &Ink,
) -> Line<'static> {
    let narrow = room < NARROW;
    let (ready_room, rest, time_room) = words_room((room, name_room), ready, ink);
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
    let text = awaited_image(images).unwrap_or_default();
    let since = images.pulling.as_ref().map(|pull| pull.since);
    Some(columns(
        false,
        Mark::Working,
        (words::IMAGES, &ready, &text, &lasting(wizard, since, ink)),
        room,
        ink,
    ))
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

/// Whether the cluster is out of sight: then nothing is known to be good, and no clock of its runs.
fn is_lost(wizard: &Wizard) -> bool {
    let snapshot = wizard.rollout.as_ref().and_then(|rollout| rollout.snapshot.as_ref());
    snapshot.is_some_and(|snapshot| snapshot.sight != Sight::Clear)
}

/// The wall's clock, for what may change each second; on a slow line nothing does.
fn ticking(wizard: &Wizard, ink: &Ink) -> Option<jiff::Timestamp> {
    Some(wizard.now.wall).filter(|_| !ink.slow)
}

/// For how long it lasts; nothing on a slow line.
fn lasting(wizard: &Wizard, since: Option<jiff::Timestamp>, ink: &Ink) -> String {
    let seconds = since.zip(ticking(wizard, ink)).map(|(since, now)| now.duration_since(since).as_secs());
    seconds.and_then(|seconds| u64::try_from(seconds).ok()).map(clock).unwrap_or_default()
}

/// A row's words with the clock that it waits for, as far as there is room. A next try says that it is retrying, and
/// the cause is never dropped.
fn with_timer(row: &Row, now: Option<jiff::Timestamp>, room: usize) -> String {
    let (whole, note) = (row_words(row), row.note.to_string());
    let timer = timer(row, now);
    let tries = row.timer.is_some_and(|timer| timer.is_next_try());
    let with = |text: &str| timer.as_ref().map(|timer| format!("{text}, {timer}"));
    let texts = [with(&whole), with(&note).filter(|_| tries), Some(whole), Some(note)];
    let texts: Vec<String> = texts.into_iter().flatten().filter(|text| !text.is_empty()).collect();
    let fitting = texts.iter().find(|text| width(text) <= room).or(texts.last());
    fitting.cloned().unwrap_or_default()
}

fn row_line(wizard: &Wizard, row: &Row, focused: bool, room: (usize, usize), ink: &Ink) -> Line<'static> {
    let ready = format!("{}/{}", row.ready, row.desired);
    // A settled row keeps still.
    let time = lasting(wizard, row.since.filter(|_| row.state != RowState::Ready), ink);
    let (mark, text) = if is_lost(wizard) {
        (Mark::Unknown, words::last_seen(&row_words(row)))
    } else {
        (mark_of(row.state), with_timer(row, ticking(wizard, ink), words_room(room, &ready, ink).1))
    };
    columns(focused, mark, (short(wizard, &row.name), &ready, &text, &time), room, ink)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foreign::Text;
    use crate::model::{Timer, TimerKind};

    #[test]
    fn the_clock_goes_first_and_the_cause_never() {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let due = Some(now + jiff::SignedDuration::from_secs(40));
        let row = |state, note: &str, kind| Row {
            kind: "Deployment".into(),
            name: "web".into(),
            state,
            ready: 0,
            desired: 1,
            note: note.into(),
            sentence: Text::default(),
            evidence: Vec::new(),
            next: Text::default(),
            happenings: Vec::new(),
            log: Vec::new(),
            since: None,
            timer: Some(Timer { kind, due, seconds: Some(130) }),
        };
        let failing = row(RowState::Retrying, "image not found", TimerKind::PullBackOff);
        for (room, text) in [
            (43, "retrying, image not found, next try in 0:40"),
            (42, "image not found, next try in 0:40"),
            (32, "retrying, image not found"),
            (24, "image not found"),
            (8, "image not found"),
        ] {
            assert_eq!(with_timer(&failing, Some(now), room), text);
        }
        assert_eq!(with_timer(&failing, None, 80), "retrying, image not found", "nothing ticks");
        let later = now + jiff::SignedDuration::from_secs(41);
        assert_eq!(with_timer(&failing, Some(later), 80), "retrying, image not found", "it is over");
        let starting = row(RowState::Working, "starting", TimerKind::ProbeBudget);
        assert_eq!(with_timer(&starting, None, 80), "starting, may take 2:10");
        let refused = row(RowState::Retrying, "a limit forbids it", TimerKind::Grace);
        assert_eq!(with_timer(&refused, None, 80), "retrying, a limit forbids it, gives up at 2:10");
        let moving = row(RowState::Working, "coming up", TimerKind::ProgressDeadline);
        assert_eq!(with_timer(&moving, Some(now), 80), "coming up, deadline in 0:40");
    }
}
