//! Out of the fleet: what would happen, the name to type, then stage by stage, then what is left.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::change::field;
use super::glyphs::Mark;
use super::home::marked;
use super::ink::Ink;
use super::page::{Block, Page};
use super::review::table;
use super::text::wrap;
use super::theme::Role;
use super::words;
use crate::wizard::Wizard;
use crate::wizard::retire::{Phase, lines};
use crate::wizard::words::{clock, stage};

/// Draws the pane.
pub fn draw(buffer: &mut Buffer, area: Rect, wizard: &Wizard, ink: &Ink) -> Option<Position> {
    let room = usize::from(area.width).min(96);
    let height = usize::from(area.height);
    let pane = &wizard.retire;
    let blocks = match &pane.phase {
        Phase::Looking => vec![Block::new(9, ink.check(Mark::Working, words::BOTH_SIDES_FIRST, 0, room))],
        Phase::Asking(leaving) => {
            let title = words::retire_title(&leaving.client.name);
            vec![
                Block::new(6, ink.lines(Role::Strong, 0, wrap(&title, room))),
                Block::new(7, table(&lines(leaving), room, height.saturating_sub(6), ink)),
                Block::new(8, ink.lines(Role::Plain, 0, wrap(&words::type_to_retire(leaving.word()), room))),
                field(words::NAME, pane.typed.text(), room, ink).tight(),
            ]
        }
        Phase::Running(leaving) => vec![
            Block::new(9, marked(Mark::Working, &words::retiring_title(&leaving.client.name), room, ink)),
            Block::new(7, stages(wizard, room, ink)),
        ],
        Phase::Done(leaving, retired) => {
            let mark = if retired.left.is_empty() { Mark::Done } else { Mark::Warn };
            let title = words::retired_title(&leaving.client.name, retired.left.is_empty());
            let kept = retired.removed.kept.iter().map(|name| words::kept_one(name));
            let left = retired.left.iter().map(|what| words::left_one(what));
            let more: Vec<Line<'static>> =
                left.chain(kept).flat_map(|text| ink.lines(Role::Plain, 2, wrap(&text, room - 2))).collect();
            vec![
                Block::new(9, marked(mark, &title, room, ink)),
                Block::new(8, more),
                Block::new(5, stages(wizard, room, ink)),
                Block::new(4, ink.lines(Role::Quiet, 0, wrap(words::BACK_IN, room))),
            ]
        }
    };
    Page::stacked(blocks, height).draw(buffer, area)
}

fn stages(wizard: &Wizard, room: usize, ink: &Ink) -> Vec<Line<'static>> {
    let pane = &wizard.retire;
    let started = pane.stages.first().map_or(wizard.now.run, |(_, at)| *at);
    let last = pane.stages.len().saturating_sub(1);
    let over = matches!(pane.phase, Phase::Done(..));
    pane.stages
        .iter()
        .enumerate()
        .flat_map(|(at, (progress, since))| {
            let (what, how) = stage(progress);
            let mark = if over || at < last { Mark::Done } else { Mark::Working };
            let time = clock(since.saturating_sub(started).as_secs());
            ink.check(mark, &format!("{time}  {what}: {how}"), 2, room)
        })
        .collect()
}
