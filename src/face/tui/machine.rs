//! This machine: which cluster, what its kubeconfig asks for, or why there is none.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::glyphs::Mark;
use super::ink::Ink;
use super::page::{Block, Page, window};
use super::text::{chop, width, wrap};
use super::theme::Role;
use super::words;
use crate::error::{Fault, GET_K3S};
use crate::model::{Demand, Way};
use crate::wizard::Wizard;
use crate::wizard::machine::{MachinePane, Open};

/// Longer lines are hard to read.
const COLUMN: usize = 92;

/// Draws the pane.
pub fn draw(buffer: &mut Buffer, area: Rect, wizard: &Wizard, ink: &Ink) -> Option<Position> {
    let (room, height) = (usize::from(area.width).min(COLUMN), usize::from(area.height));
    let pane = &wizard.machine;
    let blocks = match pane.open() {
        Some(Open::Ways(ways)) => choice(pane, ways, room, height, ink),
        Some(Open::Consent(way)) => consent(pane, way, room, height, ink),
        Some(Open::Trouble(fault)) => trouble(wizard, fault, room, ink),
        None => Vec::new(),
    };
    let forms = words::terminal(buffer.area.width, buffer.area.height, ink);
    let fits = |form: &String| width(form) + ink.set.mark_width < room;
    let terminal = forms.into_iter().find(fits).map(|form| ink.check(Mark::Done, &form, 0, room));
    let terminal = Block::new(1, terminal.unwrap_or_default());
    Page::stacked(blocks.into_iter().chain([terminal]).collect(), height).draw(buffer, area)
}

fn choice(pane: &MachinePane, ways: &[Way], room: usize, height: usize, ink: &Ink) -> Vec<Block> {
    let mut blocks = Vec::new();
    if let Some(fault) = &pane.survey.trouble {
        blocks.push(Block::new(6, ink.check(Mark::Warn, &fault.sentence(), 0, room)));
    }
    blocks.push(Block::new(7, ink.lines(Role::Strong, 0, wrap(words::WHICH_CLUSTER, room))));
    let name = (ways.iter().map(|way| width(&way.context)).max().unwrap_or(0) + 2).min(room / 2);
    let at = pane.selected.min(ways.len().saturating_sub(1));
    // Title, list and file with their blank lines; where there is little room, without those.
    let rest = if height < 12 { 2 } else { 8 };
    let shown = window(at, ways.len(), height.saturating_sub(rest).max(2));
    let first = shown.start;
    let lines = shown
        .filter_map(|index| Some(row(ways.get(index)?, index == at, name, room, ink)))
        .collect::<Vec<_>>();
    blocks.push(Block::new(8, lines).cursor(at - first, 0));
    if let Some(way) = ways.get(at) {
        let from = words::from_file(&way.file);
        blocks.push(Block::new(4, ink.lines(Role::Quiet, 0, wrap(&from, room))));
        blocks.push(Block::new(3, demands(&way.demands, room, ink)).tight());
    }
    blocks
}

fn row(way: &Way, focused: bool, name: usize, room: usize, ink: &Ink) -> Line<'static> {
    let role = if focused { Role::Accent } else { Role::Plain };
    let rest = room.saturating_sub(2 + name);
    let more = match (way.note.as_str(), way.demands.is_empty()) {
        ("", true) => String::new(),
        ("", false) => words::ASKS_MORE.to_owned(),
        (note, _) => note.to_owned(),
    };
    let server = if more.is_empty() || rest < width(&more) + 20 { rest } else { rest - width(&more) - 2 };
    let server = server.min(width(&way.server) + 2);
    let free = rest.saturating_sub(server);
    // A stump of it says nothing.
    let more = if free < width(&more).min(10) { String::new() } else { ink.fit(&more, free) };
    Line::from(vec![
        ink.focus(focused),
        ink.span(role, ink.pad(&ink.fit(&way.context, name.saturating_sub(2)), name)),
        ink.span(Role::Plain, ink.pad(&ink.fit(&way.server, server.saturating_sub(2)), server)),
        ink.span(Role::Quiet, more),
    ])
}

fn demands(demands: &[Demand], room: usize, ink: &Ink) -> Vec<Line<'static>> {
    demands.iter().flat_map(|demand| ink.check(Mark::Warn, &words::it(demand), 0, room)).collect()
}

fn consent(pane: &MachinePane, way: &Way, room: usize, height: usize, ink: &Ink) -> Vec<Block> {
    let answer = |at: usize, text: &str| {
        let focused = pane.selected == at;
        let role = if focused { Role::Accent } else { Role::Plain };
        Line::from(vec![ink.focus(focused), ink.span(role, ink.fit(text, room.saturating_sub(2)))])
    };
    // Where there is little room each of them keeps a line, and none is left out.
    let whole = demands(&way.demands, room, ink);
    let asked = if whole.len() + 2 > height {
        let lead = ink.set.mark_width + 1;
        let cut = |demand: &Demand| {
            ink.check(Mark::Warn, &ink.fit(&words::it(demand), room - lead.min(room)), 0, room)
        };
        way.demands.iter().flat_map(cut).collect()
    } else {
        whole
    };
    let no = if pane.survey.taken.is_some() { words::NO_LEAVE } else { words::NO_OTHER };
    vec![
        Block::new(6, ink.lines(Role::Strong, 0, wrap(words::MORE_THAN_A_CONNECTION, room))),
        Block::new(5, ink.lines(Role::Plain, 0, wrap(&words::context_of(way), room))),
        Block::new(9, asked),
        Block::new(10, vec![answer(0, no), answer(1, words::YES_ALLOW)]).cursor(pane.selected.min(1), 0),
        Block::new(3, ink.lines(Role::Quiet, 0, wrap(words::ONLY_IF_YOURS, room))),
    ]
}

fn trouble(wizard: &Wizard, fault: &Fault, room: usize, ink: &Ink) -> Vec<Block> {
    let indent = if room < 60 { 0 } else { 2 };
    let plain = |text: &str| ink.lines(Role::Plain, 0, wrap(text, room));
    let run = |text: &str| ink.lines(Role::Accent, indent, chop(text, room.saturating_sub(indent)));
    let mut blocks = vec![Block::new(9, ink.check(Mark::Failed, &fault.sentence(), 0, room))];
    let resume = &wizard.setup.resume;
    match fault {
        Fault::NoKubeconfig { .. } => {
            blocks.push(Block::new(7, plain(words::GET_A_CLUSTER)));
            blocks.push(Block::new(8, run(GET_K3S)));
            blocks.push(Block::new(4, plain(words::OR_NAME_ONE)));
            blocks.push(Block::new(5, run(&format!("{resume} --kubeconfig FILE"))).tight());
        }
        Fault::KubeconfigLocked { .. } => {
            blocks.push(Block::new(7, plain(words::ROOT_MAY)));
            blocks.push(Block::new(8, run(&format!("sudo {resume}"))));
        }
        other => blocks.push(Block::new(8, plain(&other.next(resume)))),
    }
    blocks
}
