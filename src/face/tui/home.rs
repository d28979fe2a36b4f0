//! The page of an enrolled machine: how it does, label by label, and what can be done with it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::glyphs::Mark;
use super::ink::Ink;
use super::page::{Block, Page};
use super::review::table;
use super::text::wrap;
use super::theme::Role;
use super::words;
use crate::model::Verdict;
use crate::wizard::Wizard;
use crate::wizard::health::{headline, lines, troubles};
use crate::wizard::home::rows as rows_of;
use crate::wizard::standing;

/// Longer lines are hard to read.
const COLUMN: usize = 96;

/// Draws the page.
pub fn draw(buffer: &mut Buffer, area: Rect, wizard: &Wizard, ink: &Ink) -> Option<Position> {
    let room = usize::from(area.width).min(COLUMN);
    let height = usize::from(area.height);
    let home = &wizard.home;
    let standing = wizard.issue.standing.as_deref();
    let told = match (home.health.as_deref(), standing) {
        (Some(health), _) => {
            Some((health.verdict(), headline(health), lines(health, wizard.now.wall), troubles(health)))
        }
        (None, Some(standing)) => Some((
            standing.verdict(),
            standing::headline(standing),
            standing::lines(standing),
            standing::troubles(standing),
        )),
        (None, None) => None,
    };
    let Some((verdict, headline, rows, troubles)) = told else {
        let block = Block::new(9, ink.check(Mark::Working, words::ENROLLED_BEFORE, 0, room));
        return Page::stacked(vec![block], height).draw(buffer, area);
    };
    let mark = match verdict {
        _ if home.looking => Mark::Working,
        Verdict::Healthy => Mark::Done,
        Verdict::NotYet => Mark::Warn,
        Verdict::Wrong => Mark::Failed,
        Verdict::Unseen => Mark::Unknown,
    };
    let troubles: Vec<Line<'static>> =
        troubles.iter().take(3).flat_map(|trouble| ink.check(Mark::Warn, trouble, 2, room)).collect();
    let issued = wizard.issues();
    let all = rows_of(issued);
    let choices: Vec<Line<'static>> = all
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let focused = at == home.selected;
            let role = if focused { Role::Accent } else { Role::Plain };
            Line::from(vec![
                ink.focus(focused),
                ink.span(role, ink.fit(row.words_of(issued), room.saturating_sub(2))),
            ])
        })
        .collect();
    let free = height.saturating_sub(choices.len() + troubles.len() + 4);
    let blocks = vec![
        Block::new(9, marked(mark, &headline, room, ink)),
        Block::new(5, table(&rows, room, free, ink)),
        Block::new(6, troubles),
        Block::new(8, choices).cursor(home.selected.min(all.len() - 1), 0),
    ];
    Page::stacked(blocks, height).draw(buffer, area)
}

/// A sentence under a mark, in bold.
pub fn marked(mark: Mark, words: &str, room: usize, ink: &Ink) -> Vec<Line<'static>> {
    let lead = ink.set.mark_width + 1;
    wrap(words, room.saturating_sub(lead))
        .into_iter()
        .enumerate()
        .map(|(at, words)| {
            let first = if at == 0 { ink.mark(mark) } else { Span::raw(" ".repeat(lead - 1)) };
            Line::from(vec![first, Span::raw(" "), ink.span(Role::Strong, words)])
        })
        .collect()
}
