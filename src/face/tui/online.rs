//! Online: what this machine is now, and nothing left to do.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::glyphs::Mark;
use super::ink::Ink;
use super::page::{Block, Page};
use super::review::table;
use super::theme::Role;
use super::words;
use crate::foreign::Text;
use crate::model::Target;
use crate::wizard::Wizard;
use crate::wizard::event::Event;
use crate::wizard::stay::STAY_ROWS;
use crate::wizard::words::location;

/// Draws the page.
pub fn draw(buffer: &mut Buffer, area: Rect, wizard: &Wizard, ink: &Ink) -> Option<Position> {
    let room = usize::from(area.width.min(96));
    let height = usize::from(area.height);
    let mut title = words::ONLINE.to_owned();
    let mut rows: Vec<(Text, Text)> = Vec::new();
    if let Some(Event::Online { name, slug, location: place, cluster, held, took, .. }) = wizard.online() {
        title = words::is_online(&name);
        let cluster = match wizard.facts.as_ref().map(|facts| &facts.target) {
            Some(Target::Cluster { context, .. }) => {
                format!(
                    "{context} {} anchor {}",
                    ink.set.dot,
                    cluster.as_str().get(..8).unwrap_or(cluster.as_str())
                )
            }
            None => cluster.to_string(),
        };
        let lines = [
            ("Namespace", slug.to_string()),
            ("Location", location(&place)),
            ("Cluster", cluster),
            ("Credential", words::credential_rests(slug.as_str())),
            ("Proof", words::held_for(held, took)),
        ];
        let mut lines = lines.to_vec();
        if let Some(old) = wizard.client.chosen.as_ref().and_then(|chosen| chosen.replaces.as_ref()) {
            lines.push((words::REPLACES, words::stays_until_retired(old, &wizard.setup.stay.retire)));
        }
        rows.extend(lines.into_iter().map(|(label, value)| (label.into(), Text::within(&value, 300))));
    }
    if wizard.issues() {
        title = words::is_registered(&wizard.setup.host);
        rows = wizard.registered_lines();
    }
    let title = Line::from(vec![
        ink.mark(Mark::Done),
        Span::raw(" "),
        ink.span(Role::Strong, ink.fit(&title, room.saturating_sub(ink.set.mark_width + 1))),
    ]);
    let question = if wizard.asks_to_stay() { STAY_ROWS.len() + 2 } else { 0 };
    let mut blocks = vec![
        Block::new(9, vec![title]),
        Block::new(5, table(&rows, room, height.saturating_sub(2 + question), ink)),
    ];
    if wizard.asks_to_stay() {
        let answer = |(at, text): (usize, &&str)| {
            let focused = wizard.staying.selected == at;
            let role = if focused { Role::Accent } else { Role::Plain };
            Line::from(vec![
                ink.focus(focused),
                ink.span(role, ink.fit(&capital(text), room.saturating_sub(2))),
            ])
        };
        blocks.push(Block::new(7, vec![ink.line(Role::Strong, words::STAY_SIGNED_IN)]));
        let rows = STAY_ROWS.iter().enumerate().map(answer).collect();
        blocks.push(Block::new(8, rows).tight().cursor(wizard.staying.selected, 0));
    }
    Page::stacked(blocks, height).draw(buffer, area)
}

/// The text as the start of a line.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
}
