//! The other ways to sign in: a field that shows nothing of what is entered, a browser, and the choice of a way.

use ratatui::text::{Line, Span};

use super::checks;
use crate::error::Fault;
use crate::face::tui::failure::headline;
use crate::face::tui::ink::Ink;
use crate::face::tui::page::Block;
use crate::face::tui::text::{chop, width, wrap};
use crate::face::tui::theme::Role;
use crate::face::tui::words;
use crate::model::Link;
use crate::wizard::Wizard;
use crate::wizard::sign_in::ways::{DOTS, Hidden, Masked};
use crate::wizard::words::{unfit, way};

/// So many lines hold the choice of a way with all that is said beside it.
const ROOMY: usize = 14;

/// The field. Dots stand for letters, no more of them than there is room for.
pub fn field(wizard: &Wizard, field: Masked, room: usize, ink: &Ink) -> Vec<Block> {
    let (title, more) = match field.what {
        Hidden::Token => (words::TOKEN_TITLE, words::TOKEN_MORE),
        Hidden::Address => (words::ADDRESS_TITLE, words::ADDRESS_MORE),
    };
    let text = room.min(72);
    let label = format!("{} ", words::ENTERED);
    let free = room.saturating_sub(width(&label) + 3);
    let dots = ink.set.hidden.repeat(field.count.min(free));
    let over = if field.count >= DOTS.min(free) && field.count > 0 { ink.set.dots } else { "" };
    let column = width(&label) + width(&dots) + width(over);
    let typed = Line::from(vec![
        ink.span(Role::Quiet, label),
        ink.span(Role::Accent, format!("{dots}{over}")),
        Span::raw(""),
    ]);
    let trouble = field.trouble.map_or_else(Vec::new, |trouble| wrap(unfit(trouble), text));
    vec![
        Block::new(8, ink.lines(Role::Strong, 0, wrap(title, text))),
        Block::new(10, vec![typed]).cursor(0, column),
        Block::new(9, ink.lines(Role::Warn, 0, trouble)),
        Block::new(5, ink.lines(Role::Plain, 0, wrap(more, text))),
        Block::new(4, ink.lines(Role::Quiet, 0, wrap(words::NOT_SHOWN, text))),
        Block::new(2, checks(wizard, text, ink)),
    ]
}

/// The address to open, and what happens then.
pub fn browser(wizard: &Wizard, link: &Link, (room, height): (usize, usize), ink: &Ink) -> Vec<Block> {
    let text = room.min(72);
    let opens = wizard.sign_in.ways.opens;
    let title = if opens { words::BROWSER_OPENED } else { words::BROWSER_TITLE };
    let (here, elsewhere) =
        if opens { (words::COMES_BACK, words::ELSEWHERE_TOO) } else { ("", words::ELSEWHERE) };
    let address = chop(link.address.shown(), room);
    // Whole or not at all: a part of it would open another page.
    let address = if address.len() + 3 > height {
        ink.lines(Role::Warn, 0, wrap(words::LONG_ADDRESS, text))
    } else {
        ink.links(0, address)
    };
    let left = wizard.sign_in.seconds_left(wizard.now.run).unwrap_or(0);
    let soon = if left < 60 { Role::Warn } else { Role::Plain };
    vec![
        Block::new(8, ink.lines(Role::Strong, 0, wrap(title, text))),
        Block::new(6, ink.lines(Role::Plain, 0, wrap(here, text))),
        Block::new(9, address),
        Block::new(7, ink.lines(Role::Plain, 0, wrap(elsewhere, text))),
        Block::new(4, vec![ink.line(soon, words::good_for(left))]),
        Block::new(3, ink.lines(Role::Plain, 0, wrap(&words::only_yours(wizard), text))),
        Block::new(2, checks(wizard, text, ink)),
    ]
}

/// Why another way is needed, and the ways there are.
pub fn choose(wizard: &Wizard, fault: &Fault, (room, height): (usize, usize), ink: &Ink) -> Vec<Block> {
    let text = room.min(76);
    let rows = wizard.sign_in.rows();
    let selected = wizard.sign_in.selected.min(rows.len().saturating_sub(1));
    let row = |(at, row)| {
        let focused = at == selected;
        let role = if focused { Role::Accent } else { Role::Plain };
        let words = words::capital(way(row));
        Line::from(vec![ink.focus(focused), ink.span(role, ink.fit(&words, room.saturating_sub(2)))])
    };
    let mut blocks = vec![
        Block::new(8, headline(&fault.sentence(), text, ink)),
        Block::new(6, vec![ink.line(Role::Plain, words::OTHER_WAYS)]),
        Block::new(10, rows.into_iter().enumerate().map(row).collect()).cursor(selected, 0),
    ];
    // Whole or not at all; it can be copied either way.
    if let Some(request) = wizard.sign_in.request().filter(|_| height >= ROOMY) {
        blocks.push(Block::new(5, ink.lines(Role::Plain, 0, wrap(words::TO_ADMINISTRATOR, text))));
        blocks.push(Block::new(7, ink.lines(Role::Strong, 0, wrap(&request, text))).tight());
    }
    blocks.push(Block::new(2, checks(wizard, text, ink)));
    blocks
}
