//! What frames every pane: header, rail, one line of status, one line of keys.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::glyphs::Mark;
use super::ink::{Ink, role_of};
use super::text::{cells, width, wrap};
use super::theme::Role;
use super::words;
use crate::model::Step;
use crate::wizard::sign_in::Phase;
use crate::wizard::words::{awaited, clock, step_of};
use crate::wizard::{Overlay, Wizard, keys};

/// Draws header, rail, status and keys; returns the room left for the pane.
pub fn draw(buffer: &mut Buffer, area: Rect, wizard: &Wizard, ink: &Ink) -> Rect {
    let folded = area.width < 60 || area.height < 16;
    let roomy = area.width >= 120 && area.height >= 40;
    let (side, top) = if roomy { (4, 1) } else { (1, 0) };
    let inner = Rect { x: area.x + side, width: area.width.saturating_sub(2 * side), ..area };
    let row = |y: u16| Rect { y: area.y.saturating_add(y), height: 1, ..inner };
    put(buffer, row(top), &header(wizard, ink, inner.width, folded));
    let mut used = top + 1;
    if !folded {
        used += u16::from(roomy);
        put(buffer, row(used), &rail(wizard, ink, inner.width));
        used += 1;
    }
    used += 1 + u16::from(roomy);
    let status = status_lines(wizard, ink, inner.width);
    let below = u16::from(roomy);
    let foot = area.height.saturating_sub(1 + below);
    let status_at = foot.saturating_sub(cells(status.len()) + below);
    for (line, y) in status.iter().zip(status_at..foot) {
        put(buffer, row(y), line);
    }
    put(buffer, row(foot), &footer(wizard, ink, inner.width));
    let height = if area.height < 16 || status.is_empty() {
        status_at.saturating_sub(used)
    } else {
        // One line of status and a blank one over it. A second line takes the blank one, so that nothing
        // above moves when the status grows.
        foot.saturating_sub(used + 2 + below)
    };
    Rect { y: area.y + used, height, ..inner }
}

fn put(buffer: &mut Buffer, area: Rect, line: &Line<'_>) {
    let area = area.intersection(buffer.area);
    if !area.is_empty() {
        buffer.set_line(area.x, area.y, line, area.width);
    }
}

fn elapsed(wizard: &Wizard) -> Option<String> {
    let running = wizard.step == Step::Rollout && wizard.failure.is_none();
    let rollout = wizard.rollout.as_ref().filter(|_| running)?;
    Some(clock(wizard.now.run.saturating_sub(rollout.started).as_secs()))
}

/// Program and step on the left; where and who on the right.
fn header(wizard: &Wizard, ink: &Ink, room: u16, folded: bool) -> Line<'static> {
    let room = usize::from(room);
    let steps = steps(wizard);
    let mut left: Vec<Span<'static>> = Vec::new();
    if wizard.setup.life.replay.is_some() && folded {
        left.push(ink.span(Role::Badge, format!("{} ", words::REPLAY)));
    }
    if wizard.setup.profile.sandbox && folded {
        left.push(ink.span(Role::Badge, format!("{} ", words::SANDBOX)));
    }
    if folded {
        let at = steps.iter().position(|step| *step == wizard.step).map_or(0, |at| at + 1);
        left.push(ink.span(Role::Strong, step_of(&wizard.setup.shape, wizard.step)));
        left.push(ink.span(Role::Quiet, format!(" {at}/{}", steps.len())));
        if wizard.failure.is_some() {
            left.push(ink.span(Role::Bad, " failed"));
        }
        if let Some(elapsed) = elapsed(wizard) {
            left.push(Span::raw(format!("  {elapsed}")));
        }
    } else {
        left.push(Span::raw(format!("{} {} ", words::PROGRAM, ink.set.dot)));
        left.push(ink.span(Role::Strong, step_of(&wizard.setup.shape, wizard.step)));
        if wizard.setup.profile.sandbox {
            left.push(ink.span(Role::Badge, format!("  {}", words::SANDBOX)));
        }
        if wizard.setup.life.replay.is_some() {
            left.push(ink.span(Role::Badge, format!("  {}", words::REPLAY)));
        }
    }
    let taken: usize = left.iter().map(|span| width(&span.content)).sum();
    let free = room.saturating_sub(taken + 2);
    let right = ink.fit(&place(wizard, ink), free);
    // A stump of a name says nothing.
    if free >= 12 {
        left.push(Span::raw(" ".repeat(room.saturating_sub(taken + width(&right)))));
        left.push(ink.span(Role::Quiet, right));
    }
    Line::from(left)
}

fn place(wizard: &Wizard, ink: &Ink) -> String {
    let profile = &wizard.setup.profile;
    if wizard.step == Step::Profile {
        return wizard.setup.host.to_string();
    }
    match &wizard.sign_in.phase {
        Phase::Done(_, account) => {
            format!("{} {} {}  ({})", profile.name, ink.set.dot, account.email, account.name)
        }
        _ => format!("{} {} {}", profile.name, ink.set.dot, profile.host),
    }
}

/// The rail: the profile's steps, and before them what comes before.
fn steps(wizard: &Wizard) -> Vec<Step> {
    let own = wizard.setup.shape.steps;
    let before = Some(wizard.step).filter(|step| !own.contains(step));
    before.into_iter().chain(own.iter().copied()).collect()
}

fn mark_of(wizard: &Wizard, at: usize, now: usize) -> Mark {
    match at.cmp(&now) {
        std::cmp::Ordering::Less => Mark::Done,
        std::cmp::Ordering::Greater => Mark::ToCome,
        std::cmp::Ordering::Equal if wizard.failure.is_some() => Mark::Failed,
        std::cmp::Ordering::Equal if wizard.step == Step::Live => Mark::Done,
        std::cmp::Ordering::Equal => Mark::Now,
    }
}

/// The steps: words where they fit; else the words of settled steps go first, then those to come.
fn rail(wizard: &Wizard, ink: &Ink, room: u16) -> Line<'static> {
    let steps = steps(wizard);
    let now = steps.iter().position(|step| *step == wizard.step).unwrap_or(0);
    let reached = steps.iter().position(|step| *step == wizard.reached()).unwrap_or(now);
    let elapsed = elapsed(wizard).unwrap_or_default();
    let free = usize::from(room).saturating_sub(if elapsed.is_empty() { 0 } else { width(&elapsed) + 2 });
    let all = |_: usize| true;
    let rest = |at: usize| at >= now;
    let one = |at: usize| at == now;
    let tries: [(usize, &dyn Fn(usize) -> bool); 6] =
        [(3, &all), (2, &all), (1, &all), (2, &rest), (2, &one), (1, &one)];
    let mut spans = Vec::new();
    for (gap, worded) in tries {
        spans = steps
            .iter()
            .enumerate()
            .flat_map(|(at, step)| {
                // While a session is fetched again, what was settled before is still settled.
                let settled = at > now && at < reached;
                let mark = if settled { Mark::Done } else { mark_of(wizard, at, now) };
                let role = if mark == Mark::Done && at != now { Role::Quiet } else { role_of(mark) };
                let word = if worded(at) {
                    format!(" {}", step_of(&wizard.setup.shape, *step))
                } else {
                    String::new()
                };
                let before = if at == 0 { String::new() } else { " ".repeat(gap) };
                let strong = if at == now { Role::Strong } else { Role::Quiet };
                [Span::raw(before), ink.span(role, ink.set.mark(mark)), ink.span(strong, word)]
            })
            .collect();
        let taken: usize = spans.iter().map(|span: &Span<'_>| width(&span.content)).sum();
        if taken <= free {
            let fill = usize::from(room).saturating_sub(taken + width(&elapsed));
            spans.push(ink.span(Role::Strong, format!("{}{elapsed}", " ".repeat(fill))));
            break;
        }
    }
    Line::from(spans)
}

fn status_lines(wizard: &Wizard, ink: &Ink, room: u16) -> Vec<Line<'static>> {
    let words = status(wizard, room);
    let mut lines = wrap(&words, usize::from(room));
    if lines.len() > 2 {
        lines.truncate(2);
        if let Some(last) = lines.last_mut() {
            *last = ink.fit(&format!("{last} {}", words_after(&words, last)), usize::from(room));
        }
    }
    let role = if wizard.note.is_some() { Role::Strong } else { Role::Plain };
    lines.into_iter().map(|line| ink.line(role, line)).collect()
}

fn words_after<'a>(words: &'a str, last: &str) -> &'a str {
    words.split_once(last).map_or("", |(_, rest)| rest.trim_start())
}

fn status(wizard: &Wizard, room: u16) -> String {
    if wizard.setup.life.replay == Some(true) {
        return words::replay_over();
    }
    if wizard.exit.is_some() {
        return words::ENDING.into();
    }
    if let Some(note) = &wizard.note {
        return note.clone();
    }
    match (wizard.overlay, &wizard.rollout) {
        (Some(Overlay::Help(_)), _) => words::CLOSE_HELP.into(),
        (Some(_), _) => String::new(),
        (None, _) if wizard.failure.is_some() => String::new(),
        (None, Some(rollout)) if wizard.step == Step::Rollout && !wizard.issues() => {
            words::budget(rollout.budget, room >= 76)
        }
        _ => awaited(wizard),
    }
}

/// The keys that do something here: all if they fit; help and the way out always.
pub fn footer(wizard: &Wizard, ink: &Ink, room: u16) -> Line<'static> {
    let mut all = offered(wizard);
    let label = |label: &'static str| if label == "↑↓" { ink.set.arrows } else { label };
    let must = |key: &str| matches!(key, "?" | "q" | "Ctrl-C");
    let weight = |key: &str| match key {
        key if must(key) => 3,
        "Enter" => 2,
        "Esc" => 1,
        _ => 0,
    };
    let mut gap = 3;
    let taken = |all: &[(&'static str, &'static str)], gap: usize| {
        let each: usize = all.iter().map(|(key, does)| width(label(key)) + 1 + width(does)).sum();
        each + gap * all.len().saturating_sub(1)
    };
    let room = usize::from(room);
    if taken(&all, gap) > room {
        gap = 2;
    }
    if taken(&all, gap) > room {
        // What Enter does is worth more than how it is put.
        for (_, does) in all.iter_mut().filter(|(key, _)| *key == "Enter") {
            *does = does.split(' ').next().unwrap_or_default();
        }
    }
    while taken(&all, gap) > room && all.len() > 1 {
        let lightest = all.iter().map(|(key, _)| weight(key)).min().unwrap_or(0);
        let Some(at) = all.iter().rposition(|(key, _)| weight(key) == lightest) else { break };
        all.remove(at);
    }
    let mut spans = Vec::new();
    for (at, (key, does)) in all.into_iter().enumerate() {
        if at > 0 {
            spans.push(Span::raw(" ".repeat(gap)));
        }
        spans.push(ink.span(Role::Strong, label(key)));
        spans.push(ink.span(Role::Quiet, format!(" {does}")));
    }
    Line::from(spans)
}

/// Label and word of each key that is worth naming here.
fn offered(wizard: &Wizard) -> Vec<(&'static str, &'static str)> {
    if wizard.setup.life.replay.is_some() {
        return vec![words::REPLAY_KEYS];
    }
    let mut all = keys::footer(wizard);
    match wizard.overlay {
        Some(Overlay::Help(_)) => all = vec![words::BACK],
        Some(Overlay::Leaving(_)) => {
            all.retain(|(key, _)| matches!(*key, "↑↓" | "Enter" | "Esc"));
            all.push(words::CTRL_C_LEAVES);
        }
        _ if wizard.typing() => all.push(words::CTRL_C),
        _ => {}
    }
    // Two keys for one thing: the first is enough.
    let mut named: Vec<(&'static str, &'static str)> = Vec::new();
    for (key, does) in all {
        if named.iter().all(|(_, other)| *other != does) {
            named.push((key, does));
        }
    }
    named
}
