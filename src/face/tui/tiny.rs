//! Below 40x12: one page that still signs in and answers, and says how to leave.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::change::field;
use super::ink::Ink;
use super::page::{Block, Page};
use super::text::{chop, width, wrap};
use super::theme::Role;
use super::{code, leaving, reveal, words};
use crate::model::Step;
use crate::wizard::sign_in::Phase;
use crate::wizard::words::{asks_administrator, awaited, clock, step_of, unfit, way};
use crate::wizard::{Overlay, Wizard};

/// Whether this is too small for panes.
pub fn is(area: Rect) -> bool {
    area.width < 40 || area.height < 12
}

/// Draws the page.
pub fn draw(
    buffer: &mut Buffer,
    area: Rect,
    wizard: &Wizard,
    revealed: Option<&str>,
    ink: &Ink,
) -> Option<Position> {
    let room = usize::from(area.width);
    if area.height == 1 {
        let line = one_line(wizard, room, ink);
        return Page::stacked(vec![Block::new(1, vec![line])], 1).draw(buffer, area);
    }
    let mut blocks = vec![Block::new(8, vec![title(wizard, room, ink)])];
    blocks.extend(middle(wizard, revealed, room, ink));
    if let Some(note) = &wizard.note {
        blocks.push(Block::new(4, ink.lines(Role::Strong, 0, wrap(note, room))).tight());
    }
    let small = wrap(&words::too_small(area.width, area.height), room);
    blocks.push(Block::new(1, ink.lines(Role::Quiet, 0, small)));
    blocks.push(Block::new(9, vec![quit(wizard, room, ink)]).tight());
    Page::stacked(blocks, area.height.into()).draw(buffer, area)
}

fn sandbox(wizard: &Wizard) -> &'static str {
    match (wizard.setup.life.replay, wizard.setup.profile.sandbox) {
        (Some(_), _) => words::REPLAY,
        (None, true) => words::SANDBOX,
        (None, false) => "",
    }
}

fn title(wizard: &Wizard, room: usize, ink: &Ink) -> Line<'static> {
    let badge = sandbox(wizard);
    let gap = if badge.is_empty() { "" } else { " " };
    let failed = if wizard.failure.is_some() { " failed" } else { "" };
    let words = format!("{}{failed}", step_of(&wizard.setup.shape, wizard.step));
    Line::from(vec![
        ink.span(Role::Badge, format!("{badge}{gap}")),
        ink.span(Role::Strong, ink.fit(&words, room.saturating_sub(width(badge) + gap.len()))),
    ])
}

fn quit(wizard: &Wizard, room: usize, ink: &Ink) -> Line<'static> {
    let text = match wizard.overlay {
        _ if wizard.typing() => words::QUIT_TYPING,
        Some(Overlay::Help(_)) => words::CLOSE_HELP,
        Some(Overlay::Leaving(_)) => words::LEAVE_TINY,
        _ if room >= 14 => words::QUIT_HELP,
        _ => words::QUIT,
    };
    ink.line(Role::Plain, ink.fit(text, room))
}

/// Where there is one line only: the code, the way out, then the rest.
fn one_line(wizard: &Wizard, room: usize, ink: &Ink) -> Line<'static> {
    let now = match &wizard.sign_in.phase {
        Phase::Code { grant, .. } if wizard.step == Step::SignIn && wizard.failure.is_none() => {
            grant.user_code.shown().to_owned()
        }
        Phase::Reverse(reverse) if wizard.typing_digits() => {
            format!("{} {}", words::DIGITS, reverse.field.text())
        }
        _ => step_of(&wizard.setup.shape, wizard.step).to_owned(),
    };
    let mut line = String::new();
    for part in [now.as_str(), words::QUIT, sandbox(wizard)] {
        let gap = if line.is_empty() { "" } else { " " };
        if !part.is_empty() && width(&line) + gap.len() + width(part) <= room {
            line = format!("{line}{gap}{part}");
        }
    }
    ink.line(Role::Plain, line)
}

/// Under a code: who approves.
fn small_print(wizard: &Wizard) -> String {
    if asks_administrator(wizard) {
        return words::ADMIN_APPROVES.to_owned();
    }
    format!("{} {}", words::ONLY_YOURS, words::asker(wizard))
}

/// What the step needs most: the code and its address, the focused row, or what is awaited.
fn middle(wizard: &Wizard, revealed: Option<&str>, room: usize, ink: &Ink) -> Vec<Block> {
    let lines = |role, text: &str| ink.lines(role, 0, wrap(text, room));
    if let Some(Overlay::Leaving(row)) = wizard.overlay {
        return leaving::blocks(wizard, row, room, ink);
    }
    if let Some(Overlay::Help(_)) = wizard.overlay {
        let keys = crate::wizard::keys::offered(wizard).filter(|binding| !binding.does.is_empty());
        let rows =
            keys.map(|key| ink.line(Role::Plain, ink.fit(&format!("{} {}", key.label, key.does), room)));
        return vec![Block::new(7, rows.collect()).tight()];
    }
    if wizard.issue.choosing() {
        return reveal::blocks(wizard, revealed, room, ink);
    }
    if let Some(fault) = &wizard.failure {
        return vec![
            Block::new(6, lines(Role::Plain, &fault.sentence())),
            Block::new(5, lines(Role::Plain, &fault.next(&wizard.setup.resume))),
        ];
    }
    if let Some(field) = wizard.sign_in.field.filter(|_| wizard.step == Step::SignIn) {
        let dots = ink.set.hidden.repeat(field.count.min(room.saturating_sub(1)));
        let trouble = field.trouble.map_or("", unfit);
        return vec![
            Block::new(10, vec![ink.line(Role::Accent, format!("{dots} "))]).tight().cursor(0, width(&dots)),
            Block::new(9, lines(Role::Warn, trouble)).tight(),
            Block::new(6, lines(Role::Plain, &awaited(wizard))),
        ];
    }
    match (wizard.step, &wizard.sign_in.phase) {
        (Step::SignIn, Phase::Ways(fault)) => {
            let rows = wizard.sign_in.rows();
            let focused = rows.get(wizard.sign_in.selected).map_or("", |row| way(*row));
            vec![
                Block::new(10, lines(Role::Accent, &format!("Enter: {focused}"))).tight(),
                Block::new(6, lines(Role::Plain, &fault.sentence())),
            ]
        }
        (Step::SignIn, Phase::Code { grant, .. }) => {
            let left = wizard.sign_in.seconds_left(wizard.now.run).unwrap_or(0);
            let waiting = words::waiting_for(&clock(left));
            vec![
                Block::new(10, code::lines(grant.user_code.shown(), 0, room, ink)).tight(),
                Block::new(9, ink.lines(Role::Accent, 0, chop(grant.verification_uri.shown(), room))).tight(),
                Block::new(6, vec![ink.line(Role::Plain, ink.fit(&waiting, room))]).tight(),
                Block::new(5, lines(Role::Quiet, &small_print(wizard))),
            ]
        }
        (Step::SignIn, Phase::Reverse(reverse)) if reverse.typing() => vec![
            Block::new(8, lines(Role::Strong, reverse.lead())).tight(),
            field(words::DIGITS, reverse.field.text(), room, ink).tight(),
        ],
        (Step::SignIn, Phase::Confirm(_, account)) => {
            let answer = |at: usize, text: &str| {
                let focused = wizard.sign_in.selected == at;
                let role = if focused { Role::Accent } else { Role::Plain };
                Line::from(vec![ink.focus(focused), ink.span(role, ink.fit(text, room.saturating_sub(2)))])
            };
            let who = format!("{} ({}, {})", account.email, account.name, account.id);
            vec![
                Block::new(10, lines(Role::Strong, &who)).tight(),
                Block::new(10, vec![answer(0, words::YES_CONTINUE), answer(1, words::NO_END)])
                    .tight()
                    .cursor(wizard.sign_in.selected.min(1), 0),
            ]
        }
        (
            Step::Profile
            | Step::Machine
            | Step::Client
            | Step::Location
            | Step::Review
            | Step::Home
            | Step::Change
            | Step::Retire,
            _,
        ) => {
            let focused = words::focused_row(wizard);
            vec![
                Block::new(10, lines(Role::Accent, &focused)).tight(),
                Block::new(6, lines(Role::Plain, &awaited(wizard))),
            ]
        }
        _ => vec![Block::new(7, lines(Role::Plain, &awaited(wizard))).tight()],
    }
}
