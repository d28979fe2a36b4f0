//! The doctor: the headline, what is wrong with what follows from it, then a line a layer.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::glyphs::{self, Mark};
use super::ink::Ink;
use super::page::{Block, Page};
use super::text::{command, width, wrap};
use super::theme::Role;
use super::{Look, words};
use crate::doctor::pane::{Doctor, Row, View};
use crate::doctor::report::{About, Item, Summed};
use crate::error;
use crate::face::doctor::{layer, layer_line};
use crate::foreign::Text;
use crate::model::CheckState;

/// Longer lines are hard to read.
const COLUMN: usize = 96;

/// Draws the doctor on a screen of its own.
pub fn screen(frame: &mut Frame, doctor: &Doctor, about: &About, look: &Look) {
    let ink = Ink::new(*look);
    let area = frame.area();
    let buffer = frame.buffer_mut();
    let cursor = draw(buffer, area, doctor, about, &ink);
    glyphs::keep_within(buffer, look.glyphs);
    if let Some(spot) = cursor.filter(|spot| area.contains(*spot)) {
        frame.set_cursor_position(spot);
    }
}

/// How many rows a page of the list has.
pub fn page(height: u16) -> usize {
    usize::from(height.saturating_sub(6).max(1))
}

/// Draws header, body and keys.
pub fn draw(buffer: &mut Buffer, area: Rect, doctor: &Doctor, about: &About, ink: &Ink) -> Option<Position> {
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let line = |y: u16| Rect { y: area.y.saturating_add(y), height: 1, ..inner };
    put(buffer, line(0), &header(about, ink, inner.width));
    if area.height < 6 || area.width < 24 {
        put(buffer, line(1), &ink.line(Role::Plain, ink.fit(&headline(doctor), usize::from(inner.width))));
        put(buffer, line(2), &ink.line(Role::Quiet, "q back"));
        return None;
    }
    put(buffer, line(1), &said(doctor, ink, usize::from(inner.width)));
    let foot = area.height.saturating_sub(1);
    put(buffer, line(foot), &footer(doctor, ink, usize::from(inner.width)));
    put(
        buffer,
        line(foot.saturating_sub(1)),
        &ink.line(Role::Quiet, words::doctor::checked(doctor.looking, doctor.age)),
    );
    let body = Rect { y: area.y + 3, height: foot.saturating_sub(4), ..inner };
    match &doctor.view {
        View::List => list(buffer, body, doctor, ink),
        View::One(id) => {
            let item = doctor.items.iter().find(|item| item.check.id == *id);
            item.and_then(|item| one(buffer, body, doctor, item, ink))
        }
        View::Preview(lines) => {
            preview(buffer, body, lines, doctor.scroll, ink);
            None
        }
        View::Written(end) => {
            let (mark, text) = match end {
                Ok(text) => (Mark::Done, text),
                Err(why) => (Mark::Failed, why),
            };
            let lines = ink.check(mark, text, 1, usize::from(body.width).min(COLUMN));
            Page::stacked(vec![Block::new(9, lines)], body.height.into()).draw(buffer, body)
        }
    }
}

fn put(buffer: &mut Buffer, area: Rect, line: &Line<'_>) {
    let area = area.intersection(buffer.area);
    if !area.is_empty() {
        buffer.set_line(area.x, area.y, line, area.width);
    }
}

fn header(about: &About, ink: &Ink, room: u16) -> Line<'static> {
    let room = usize::from(room);
    let mut left =
        vec![Span::raw(format!("{} {} ", words::PROGRAM, ink.set.dot)), ink.span(Role::Strong, "Doctor")];
    if about.sandbox {
        left.push(ink.span(Role::Badge, format!("  {}", words::SANDBOX)));
    }
    let taken: usize = left.iter().map(|span| width(&span.content)).sum();
    let place = match (&about.profile, &about.host) {
        (Some(profile), Some(host)) => format!("{profile} {} {host}", ink.set.dot),
        _ => about.machine.to_string(),
    };
    let right = ink.fit(&place, room.saturating_sub(taken + 2));
    if room.saturating_sub(taken + 2) >= 12 {
        left.push(Span::raw(" ".repeat(room.saturating_sub(taken + width(&right)))));
        left.push(ink.span(Role::Quiet, right));
    }
    Line::from(left)
}

fn headline(doctor: &Doctor) -> String {
    match (&doctor.report, doctor.looking) {
        (_, true) => {
            let wrong = doctor.items.iter().filter(|item| item.matters()).count();
            words::doctor::looking(doctor.items.len(), wrong)
        }
        (Some(report), false) => report.sentence(),
        (None, false) => words::doctor::NOT_LOOKED.into(),
    }
}

fn said(doctor: &Doctor, ink: &Ink, room: usize) -> Line<'static> {
    let text = ink.fit(&headline(doctor), room);
    let role = match doctor.report.as_ref().filter(|_| !doctor.looking).map(|report| report.headline) {
        Some(CheckState::Fail) => Role::Bad,
        Some(CheckState::Warn | CheckState::Unknown) => Role::Warn,
        Some(_) => Role::Good,
        None => Role::Strong,
    };
    ink.line(role, text)
}

fn footer(doctor: &Doctor, ink: &Ink, room: usize) -> Line<'static> {
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut taken = 0;
    for (key, does) in doctor.keys() {
        let key = if key == "↑↓" { ink.set.arrows } else { key };
        let more = width(key) + 1 + width(does) + 3;
        if taken + more > room + 3 {
            continue;
        }
        if taken > 0 {
            spans.push(Span::raw("   "));
        }
        spans.push(ink.span(Role::Strong, key));
        spans.push(ink.span(Role::Quiet, format!(" {does}")));
        taken += more;
    }
    Line::from(spans)
}

/// The mark of a state.
pub fn mark(state: CheckState) -> Mark {
    match state {
        CheckState::Fail => Mark::Failed,
        CheckState::Warn => Mark::Warn,
        CheckState::Unknown => Mark::Unknown,
        CheckState::Pass => Mark::Done,
        CheckState::NotApplicable => Mark::ToCome,
    }
}

fn list(buffer: &mut Buffer, area: Rect, doctor: &Doctor, ink: &Ink) -> Option<Position> {
    let rows = doctor.rows();
    let room = usize::from(area.width);
    let focused = doctor.row.min(rows.len().saturating_sub(1));
    // The focused row shows what to do; the others only what is wrong.
    let drawn: Vec<Vec<Line<'static>>> =
        rows.iter().enumerate().map(|(at, row)| lines_of(row, at == focused, room, ink)).collect();
    let height = usize::from(area.height);
    let mut first = 0;
    let tall = |from: usize| drawn.iter().skip(from).take(focused + 1 - from).map(Vec::len).sum::<usize>();
    while first < focused && tall(first) > height {
        first += 1;
    }
    let mut y = area.y;
    let mut cursor = None;
    for (at, lines) in drawn.iter().enumerate().skip(first) {
        if at == focused {
            cursor = Some(Position { x: area.x, y });
        }
        for line in lines {
            if y >= area.bottom() {
                return cursor;
            }
            put(buffer, Rect { y, height: 1, ..area }, line);
            y += 1;
        }
    }
    cursor
}

fn lines_of(row: &Row, focused: bool, room: usize, ink: &Ink) -> Vec<Line<'static>> {
    let lead = 2 + ink.set.mark_width + 1;
    match row {
        Row::Layer(summed) => {
            let mark = match summed {
                Summed { follow: 1.., .. } => Mark::Unknown,
                // What was not looked at is not shown as good.
                Summed { pass: 0, .. } => Mark::ToCome,
                _ => Mark::Done,
            };
            let text = format!("{:<14} {}", layer(summed.layer), layer_line(summed));
            let text = ink.fit(&text, room.saturating_sub(lead));
            vec![Line::from(vec![
                ink.focus(focused),
                ink.mark(mark),
                ink.span(if focused { Role::Accent } else { Role::Plain }, format!(" {text}")),
            ])]
        }
        Row::Check(Item { title, check, .. }, follow) => {
            let place = layer(check.layer);
            let head = format!("{} {title}", check.id);
            let free = room.saturating_sub(lead);
            let gap = free.saturating_sub(width(&head) + width(place));
            let head =
                if gap >= 2 { format!("{head}{}{place}", " ".repeat(gap)) } else { ink.fit(&head, free) };
            let role = match (focused, check.state) {
                (true, _) => Role::Accent,
                (_, CheckState::Fail) => Role::Bad,
                (_, CheckState::Warn | CheckState::Unknown) => Role::Warn,
                _ => Role::Plain,
            };
            let mut lines = vec![Line::from(vec![
                ink.focus(focused),
                ink.mark(mark(check.state)),
                ink.span(role, format!(" {head}")),
            ])];
            let wide = free.min(COLUMN);
            lines.extend(ink.lines(Role::Plain, lead, wrap(&check.words, wide)));
            if *follow > 0 {
                let more = words::doctor::follow(*follow);
                lines.extend(ink.lines(Role::Quiet, lead, vec![ink.fit(&more, wide)]));
            }
            if focused && !check.fix.is_empty() {
                lines.extend(ink.lines(Role::Plain, lead, wrap(&format!("Do: {}", check.fix), wide)));
            }
            lines
        }
    }
}

/// A check alone: what was found, what it rests on, what follows, and what to do.
fn one(buffer: &mut Buffer, area: Rect, doctor: &Doctor, item: &Item, ink: &Ink) -> Option<Position> {
    let room = usize::from(area.width).min(COLUMN);
    let check = &item.check;
    let head =
        ink.check(mark(check.state), &format!("{} {}: {}", check.id, item.title, check.words), 0, room);
    let seen: Vec<String> = check.evidence.iter().map(ToString::to_string).collect();
    let follow: Vec<String> = doctor
        .items
        .iter()
        .filter(|other| other.follows_from == Some(check.id))
        .map(|other| format!("{} {}", other.check.id, other.title))
        .collect();
    let labelled =
        |label: &str, texts: &[String], role| super::failure::labelled(label, texts, 2, room, role, ink);
    let (advice, run) = error::advice(check.fix.as_str());
    let run_lines = command(&run, usize::from(area.width).saturating_sub(4));
    let root = item.follows_from.map(words::doctor::follows_from).into_iter().collect::<Vec<_>>();
    let blocks = vec![
        Block::new(9, head),
        Block::new(3, labelled(words::SEEN, &seen, Role::Quiet)),
        Block::new(2, labelled(words::WHY, &root, Role::Plain)),
        Block::new(
            2,
            labelled(
                words::doctor::ALSO,
                &[follow.join(", ")].into_iter().filter(|all| !all.is_empty()).collect::<Vec<_>>(),
                Role::Quiet,
            ),
        ),
        Block::new(
            7,
            labelled(
                words::DO,
                &[advice].into_iter().filter(|all| !all.is_empty()).collect::<Vec<_>>(),
                Role::Plain,
            ),
        ),
        Block::new(
            8,
            ink.lines(Role::Accent, 4, run_lines.into_iter().filter(|line| !line.is_empty()).collect()),
        ),
    ];
    Page::stacked(blocks, area.height.into()).draw(buffer, area)
}

fn preview(buffer: &mut Buffer, area: Rect, lines: &[Text], scroll: usize, ink: &Ink) {
    let room = usize::from(area.width);
    let height = usize::from(area.height);
    // Line by line, each whole: this is what a person agrees to.
    let wrapped: Vec<String> =
        lines.iter().skip(scroll).flat_map(|line| wrap(line, room)).take(height).collect();
    for (line, y) in wrapped.into_iter().zip(area.top()..area.bottom()) {
        put(buffer, Rect { y, height: 1, ..area }, &ink.line(Role::Plain, line));
    }
}
