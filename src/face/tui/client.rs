//! Which client this machine is: the proposal on top, the account's list below. Only the rows on the screen
//! are made into text, however long the list is.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::glyphs::Mark;
use super::ink::Ink;
use super::page::{Block, Page, window};
use super::text::{tail, width, wrap};
use super::theme::Role;
use super::words;
use crate::model::{Client, ClientState};
use crate::wizard::Wizard;
use crate::wizard::client::{ClientPane, Row, Standing};
use crate::wizard::fuzzy::Needle;
use crate::wizard::words::{ago, client_state, location};

/// Draws the pane.
pub fn draw(buffer: &mut Buffer, area: Rect, wizard: &Wizard, ink: &Ink) -> Option<Position> {
    let room = usize::from(area.width.min(124));
    let height = usize::from(area.height);
    let pane = &wizard.client;
    let Some(facts) = &wizard.facts else {
        let block = Block::new(9, ink.check(Mark::Working, words::LOOKING, 0, room));
        return Page::stacked(vec![block], height).draw(buffer, area);
    };
    let shape = Columns::of(room, ink);
    let selected = pane.selected.min(pane.len().saturating_sub(1));
    let title = wrap(&words::client_title(wizard, facts, height >= 14), room);
    let mut blocks = vec![Block::new(2, ink.lines(Role::Strong, 0, title))];
    if let Some(search) = &pane.search {
        let label = format!("{} ", words::FIND);
        let count = words::shown_of(pane.len().saturating_sub(1), pane.clients.len());
        let typed = tail(search.text(), room.saturating_sub(width(&label) + width(&count) + 3));
        let at = width(&label) + width(&typed);
        let fill = " ".repeat(room.saturating_sub(at + width(&count)));
        let line = Line::from(vec![
            ink.span(Role::Quiet, label),
            ink.span(Role::Accent, typed),
            ink.span(Role::Quiet, format!("{fill}{count}")),
        ]);
        blocks.push(Block::new(8, vec![line]).cursor(0, at));
    }
    let (first, cursor) = first_row(wizard, pane.row(0).as_ref(), selected == 0, &shape, room, ink);
    let mut first = Block::new(7, vec![first]);
    if let Some(column) = cursor {
        first = first.cursor(0, column);
    }
    blocks.push(first);
    let hint = wrap(&words::enter_does(wizard, pane.row(selected).as_ref()), room);
    // Title, search, first row and hint with their blank lines; the list has the rest.
    let fixed = blocks.len() * 2 + usize::from(!hint.is_empty()) * 2;
    let tight = height.saturating_sub(fixed) < 3;
    let free = if tight { height.saturating_sub(blocks.len() + 1) } else { height.saturating_sub(fixed) };
    let shown = window(selected.saturating_sub(1), pane.len().saturating_sub(1), free.max(1));
    let at = selected.checked_sub(1).and_then(|at| at.checked_sub(shown.start));
    let lines: Vec<Line<'static>> = shown
        .filter_map(|index| Some(row(wizard, &pane.row(index + 1)?, index + 1 == selected, &shape, ink)))
        .collect();
    let mut list = Block::new(6, lines);
    if let Some(at) = at.filter(|_| pane.search.is_none() && pane.editing.is_none()) {
        list = list.cursor(at, 0);
    }
    blocks.push(if tight { list.tight() } else { list });
    blocks.push(Block::new(3, ink.lines(Role::Quiet, 0, hint)));
    Page::stacked(blocks, height).draw(buffer, area)
}

/// How wide each column is; a column of no width is left out.
struct Columns {
    name: usize,
    state: usize,
    location: usize,
    heard: usize,
    standing: usize,
}

impl Columns {
    fn of(room: usize, ink: &Ink) -> Self {
        let lead = 2 + ink.set.mark_width + 1;
        let rest = |taken: usize| room.saturating_sub(lead + taken);
        match room {
            100.. => Self {
                name: rest(10 + 28 + 16 + 10).min(44),
                state: 10,
                location: 28,
                heard: 16,
                standing: 10,
            },
            72.. => Self { name: rest(9 + 16 + 14 + 9), state: 9, location: 16, heard: 14, standing: 9 },
            54.. => Self { name: rest(9 + 13 + 9), state: 9, location: 0, heard: 13, standing: 9 },
            _ => Self { name: rest(9 + 9), state: 9, location: 0, heard: 0, standing: 9 },
        }
    }
}

/// The row on top: the new client with its name, or the one that this cluster has. Says where the cursor is.
fn first_row(
    wizard: &Wizard,
    first: Option<&Row<'_>>,
    focused: bool,
    shape: &Columns,
    room: usize,
    ink: &Ink,
) -> (Line<'static>, Option<usize>) {
    let pane = &wizard.client;
    let lead = 2 + ink.set.mark_width + 1;
    if let Some(editing) = &pane.editing {
        let typed = tail(editing.text(), room.saturating_sub(lead + 1));
        let at = lead + width(&typed);
        let line = Line::from(vec![
            ink.focus(true),
            ink.mark(Mark::New),
            ink.span(Role::Accent, format!(" {typed}")),
        ]);
        return (line, Some(at));
    }
    let cursor = (focused && pane.search.is_none()).then_some(0);
    match first {
        Some(existing @ Row::Existing(..)) => (row(wizard, existing, focused, shape, ink), cursor),
        _ => (new_row(pane, focused, shape, room, ink), cursor),
    }
}

fn new_row(pane: &ClientPane, focused: bool, shape: &Columns, room: usize, ink: &Ink) -> Line<'static> {
    let lead = 2 + ink.set.mark_width + 1;
    let role = if focused { Role::Accent } else { Role::Strong };
    let name = if pane.name.is_empty() { words::NO_NAME_YET } else { &pane.name };
    let other = pane.other.as_ref().map_or_else(String::new, |other| format!("Tab  {other}"));
    let rest = room.saturating_sub(lead + shape.name);
    let what = ink.pad(words::NEW_CLIENT, rest.min(width(words::NEW_CLIENT) + 4));
    let other = ink.fit(&other, rest.saturating_sub(width(&what)));
    let other = if width(&other) < 8 { String::new() } else { other };
    Line::from(vec![
        ink.focus(focused),
        ink.mark(Mark::New),
        ink.span(role, format!(" {}", ink.pad(&format!("{name} "), shape.name))),
        ink.span(Role::Plain, what),
        ink.span(Role::Quiet, other),
    ])
}

fn row(wizard: &Wizard, row: &Row<'_>, focused: bool, shape: &Columns, ink: &Ink) -> Line<'static> {
    let Row::Existing(client, standing) = row else { return Line::default() };
    let mark = mark_of(client.state);
    let role = if focused { Role::Accent } else { Role::Plain };
    let cell =
        |text: &str, room: usize| if room == 0 { String::new() } else { ink.pad(&format!("{text} "), room) };
    let dots = |text: &str, room: usize| cell(&ink.fit(text, room.saturating_sub(1)), room);
    let twin = if wizard.client.same_host(row) { " !" } else { "" };
    let name = ink.fit(&client.name, shape.name.saturating_sub(1 + width(twin)));
    let mut spans = vec![ink.focus(focused), ink.mark(mark), ink.span(role, " ")];
    spans.extend(found(wizard, &name, role, ink));
    spans.push(ink.span(Role::Warn, twin));
    spans.push(ink.span(role, " ".repeat(shape.name.saturating_sub(width(&name) + width(twin)))));
    spans.extend([
        ink.span(Role::Plain, cell(client_state(client.state), shape.state)),
        ink.span(Role::Quiet, dots(&location(&client.location), shape.location)),
        ink.span(Role::Quiet, dots(&heard(wizard, client), shape.heard)),
        ink.span(standing_role(*standing), ink.fit(words::standing(*standing), shape.standing)),
    ]);
    Line::from(spans)
}

/// A name, with what the search found in it made visible.
fn found(wizard: &Wizard, name: &str, role: Role, ink: &Ink) -> Vec<Span<'static>> {
    let query = wizard.client.search.as_ref().map_or("", |search| search.text());
    let marks = Needle::new(query).marks(name);
    let mut spans: Vec<(bool, String)> = Vec::new();
    for (at, c) in name.chars().enumerate() {
        let marked = marks.binary_search(&at).is_ok();
        match spans.last_mut() {
            Some((before, text)) if *before == marked => text.push(c),
            _ => spans.push((marked, c.to_string())),
        }
    }
    spans.into_iter().map(|(marked, text)| ink.span(if marked { Role::Match } else { role }, text)).collect()
}

fn heard(wizard: &Wizard, client: &Client) -> String {
    client
        .last_heard
        .map_or_else(|| words::NEVER_HEARD.to_owned(), |at| ago(wizard.now.wall.duration_since(at).as_secs()))
}

fn mark_of(state: ClientState) -> Mark {
    match state {
        ClientState::Online => Mark::Up,
        ClientState::Offline => Mark::Down,
        ClientState::Pending => Mark::Working,
        ClientState::Unknown => Mark::Unknown,
    }
}

fn standing_role(standing: Standing) -> Role {
    match standing {
        Standing::HereOurs => Role::Strong,
        Standing::Unclaimed => Role::Plain,
        _ => Role::Quiet,
    }
}
