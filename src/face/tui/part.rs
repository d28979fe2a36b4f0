//! Out of a registration: what would happen, the name to type, then what is gone and what is left.

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
use crate::wizard::part::Phase;
use crate::wizard::standing::leaving;
use crate::wizard::words::{awaited, ending};

/// Draws the pane.
pub fn draw(buffer: &mut Buffer, area: Rect, wizard: &Wizard, ink: &Ink) -> Option<Position> {
    let room = usize::from(area.width).min(96);
    let height = usize::from(area.height);
    let parting = &wizard.issue.parting;
    let blocks = match &parting.phase {
        Phase::Looking => vec![Block::new(9, ink.check(Mark::Working, &awaited(wizard), 0, room))],
        Phase::Asking(standing) => vec![
            Block::new(6, ink.lines(Role::Strong, 0, wrap(&words::part_title(&standing.host), room))),
            Block::new(7, table(&leaving(standing), room, height.saturating_sub(6), ink)),
            Block::new(8, ink.lines(Role::Plain, 0, wrap(&words::type_to_retire(&standing.host), room))),
            field(words::NAME, parting.typed.text(), room, ink).tight(),
        ],
        Phase::Running(standing) => {
            let title = words::parting_title(&standing.host);
            vec![
                Block::new(9, marked(Mark::Working, &title, room, ink)),
                Block::new(7, ink.lines(Role::Plain, 0, wrap(&awaited(wizard), room))),
            ]
        }
        Phase::Done(standing, parted) => {
            let left = parted.left();
            let mark = if left.is_empty() { Mark::Done } else { Mark::Warn };
            let title = words::retired_title(&standing.host, left.is_empty());
            let gone = parted
                .forgotten
                .gone
                .iter()
                .flat_map(|what| ink.check(Mark::Done, &words::gone_one(what), 2, room));
            let more: Vec<Line<'static>> = left
                .iter()
                .flat_map(|what| ink.lines(Role::Plain, 2, wrap(&words::left_one(what), room - 2)))
                .collect();
            vec![
                Block::new(9, marked(mark, &title, room, ink)),
                Block::new(8, more),
                Block::new(
                    7,
                    ink.lines(Role::Plain, 0, wrap(&words::token_ended(ending(&parted.ended)), room)),
                ),
                Block::new(5, gone.collect()),
                Block::new(4, ink.lines(Role::Quiet, 0, wrap(&words::stays_here(&standing.stays), room))),
            ]
        }
    };
    Page::stacked(blocks, height).draw(buffer, area)
}
