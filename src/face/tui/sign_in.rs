//! Signing in: the code, its address and its QR, or another way; then who approved.

mod ways;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

use super::change::field;
use super::glyphs::Mark;
use super::ink::Ink;
use super::page::{Block, Page};
use super::qr::{self, Qr};
use super::text::{chop, width, wrap};
use super::theme::Role;
use super::{code, words};
use crate::model::{Account, Facts, Grant, Known, Release, Target};
use crate::wizard::Wizard;
use crate::wizard::begin::{CLOCK_TOLERANCE, clock_ahead};
use crate::wizard::reverse::{Reverse, Standing, TRIES};
use crate::wizard::sign_in::{Phase, ran_out};
use crate::wizard::words::{NOT_YOURS, asks_administrator, reads, request};

/// The text is never set wider than this: longer lines are hard to read.
const COLUMN: u16 = 46;

/// Draws the pane.
pub fn draw(buffer: &mut Buffer, area: Rect, wizard: &Wizard, ink: &Ink) -> Option<Position> {
    let page = |blocks| Page::stacked(blocks, area.height.into());
    if let Some(field) = wizard.sign_in.field {
        return page(ways::field(wizard, field, area.width.into(), ink)).draw(buffer, area);
    }
    match &wizard.sign_in.phase {
        Phase::Browser { link, .. } => {
            page(ways::browser(wizard, link, (area.width.into(), area.height.into()), ink)).draw(buffer, area)
        }
        Phase::Ways(fault) => {
            page(ways::choose(wizard, fault, (area.width.into(), area.height.into()), ink)).draw(buffer, area)
        }
        Phase::Code { grant, .. } => with_code(buffer, area, wizard, grant, ink),
        Phase::Confirm(_, account) => {
            Page::stacked(confirm(wizard, account, area.width.into(), ink), area.height.into())
                .draw(buffer, area)
        }
        Phase::Reverse(reverse) => {
            let blocks = digits(wizard, reverse, area.width.min(72).into(), ink);
            Page::stacked(blocks, area.height.into()).draw(buffer, area)
        }
        phase => {
            let room = usize::from(area.width.min(72));
            let (title, more) = match phase {
                Phase::Expired(true) => (ran_out(true), ""),
                Phase::Expired(false) => (words::NO_CODE, ""),
                Phase::Checking(_) if wizard.sign_in.stored.is_some() => (words::KEPT_SESSION, ""),
                Phase::Checking(_) => (words::APPROVED, words::APPROVED_NEXT),
                Phase::Refusing => (words::REFUSED, ""),
                Phase::Done(..) | Phase::Issued(_) => (words::APPROVED, ""),
                _ => (words::CODE_COMES, ""),
            };
            let blocks = vec![
                along(wizard, room, ink),
                Block::new(9, ink.lines(Role::Strong, 0, wrap(title, room))),
                Block::new(5, ink.lines(Role::Plain, 0, wrap(more, room))),
                Block::new(3, checks(wizard, room, ink)),
            ];
            Page::stacked(blocks, area.height.into()).draw(buffer, area)
        }
    }
}

fn with_code(buffer: &mut Buffer, area: Rect, wizard: &Wizard, grant: &Grant, ink: &Ink) -> Option<Position> {
    let qr = qr::address(wizard).and_then(|address| Qr::of(address, ink));
    // The QR brings its own white edge, so it may use the blank line under the rail.
    let up = u16::from(area.height >= 12);
    let rows = area.height + up;
    let least = 2 + super::text::cells(width(grant.verification_uri.shown())).max(34);
    let beside =
        qr.as_ref().and_then(|qr| Some((qr, qr.fitting(area.width.saturating_sub(least + 2), rows)?)));
    let text = |columns: u16| area.width.saturating_sub(columns + 2).min(COLUMN);
    let drawn = beside.map(|(qr, (quiet, (columns, _)))| {
        let x = area.x + text(columns) + 2;
        let place = Rect { x, y: area.y.saturating_sub(up), width: columns, height: rows };
        (qr.draw(buffer, place, quiet), text(columns))
    });
    let Some((true, text)) = drawn else {
        let alone = qr.map(|qr| {
            let whole = buffer.area;
            if drawn.is_some() { words::QR_UNREAD.to_owned() } else { qr.why_not(whole.width, whole.height) }
        });
        let page = Page::stacked(
            blocks(wizard, grant, area.width.into(), alone.as_deref(), ink),
            area.height.into(),
        );
        return page.draw(buffer, area);
    };
    let left = Rect { width: text, ..area };
    Page::stacked(blocks(wizard, grant, text.into(), None, ink), area.height.into()).draw(buffer, left)
}

/// The text beside the QR, or alone: `no_qr` says why there is none.
fn blocks(wizard: &Wizard, grant: &Grant, room: usize, no_qr: Option<&str>, ink: &Ink) -> Vec<Block> {
    let indent = if room < 38 { 0 } else { 2 };
    let beside = grant.complete.is_some() && no_qr.is_none();
    let open = if beside { words::SCAN_OR_OPEN } else { words::OPEN };
    let plain = |text: &str| vec![ink.line(Role::Plain, format!("{}{text}", " ".repeat(indent)))];
    let uri = grant.verification_uri.shown();
    let lead = if width(uri) + indent > room { 0 } else { indent };
    let address = chop(uri, room - lead.min(room));
    let left = wizard.sign_in.seconds_left(wizard.now.run).unwrap_or(0);
    let soon = if left < 60 { Role::Warn } else { Role::Plain };
    if asks_administrator(wizard) {
        let sentence = wrap(&request(grant, &wizard.setup.host), room);
        return vec![
            along(wizard, room, ink),
            Block::new(2, ink.lines(Role::Strong, 0, wrap(words::ADMIN_APPROVES, room))),
            Block::new(5, plain(words::OPEN)),
            Block::new(9, ink.lines(Role::Accent, lead, address)).tight(),
            Block::new(4, plain(words::AND_ENTER)),
            Block::new(10, code::lines(grant.user_code.shown(), 2 * indent + 2, room, ink)),
            Block::new(
                8,
                vec![ink.line(soon, format!("{}{}", " ".repeat(indent), words::renewed_for(wizard, left)))],
            ),
            Block::new(6, vec![ink.line(Role::Plain, words::SEND_THIS)]),
            Block::new(7, ink.lines(Role::Strong, 0, sentence)).tight(),
            Block::new(
                1,
                ink.lines(Role::Quiet, indent, no_qr.map_or_else(Vec::new, |why| wrap(why, room - indent))),
            ),
        ];
    }
    let mut found = checks(wizard, room, ink);
    if no_qr.is_none() && wizard.looks() {
        // Where why there is no QR must have its line, no line is kept free for others.
        found.resize(found.len().max(KEPT + usize::from(wizard.setup.stay.keep.is_some())), Line::default());
    }
    let asker = wrap(&words::asker(wizard), room);
    let approve = if room < 39 { words::ONLY_YOURS } else { words::APPROVE_ONLY };
    vec![
        along(wizard, room, ink),
        Block::new(2, vec![ink.line(Role::Strong, words::ANY_BROWSER)]),
        Block::new(5, plain(open)),
        Block::new(9, ink.links(lead, address)).tight(),
        Block::new(4, plain(words::AND_ENTER)),
        Block::new(10, code::lines(grant.user_code.shown(), 2 * indent + 2, room, ink)),
        Block::new(
            8,
            vec![ink.line(soon, format!("{}{}", " ".repeat(indent), words::renewed_for(wizard, left)))],
        ),
        Block::new(7, vec![ink.line(Role::Plain, approve)]),
        Block::new(6, ink.lines(Role::Strong, 0, asker)).tight(),
        Block::new(2, ink.lines(Role::Plain, 0, wrap(NOT_YOURS, room))).tight().whole(),
        // Where room is short, why there is no QR says more than what is as it should be, and less than a warning.
        Block::new(if warned(wizard) { 3 } else { 1 }, found),
        Block::new(
            2,
            ink.lines(Role::Quiet, indent, no_qr.map_or_else(Vec::new, |why| wrap(why, room - indent))),
        )
        .whole(),
    ]
}

/// The digits of the approval page, and how long there is time for them.
fn digits(wizard: &Wizard, reverse: &Reverse, room: usize, ink: &Ink) -> Vec<Block> {
    let left = wizard.sign_in.seconds_left(wizard.now.run).unwrap_or(0);
    let soon = if left < 60 { Role::Warn } else { Role::Plain };
    let typed = match reverse.standing {
        Standing::Sent => Block::new(3, Vec::new()),
        _ => field(words::DIGITS, reverse.field.text(), room, ink),
    };
    vec![
        Block::new(8, ink.lines(Role::Strong, 0, wrap(reverse.lead(), room))),
        typed,
        Block::new(7, vec![ink.line(soon, words::good_for(left))]),
        Block::new(5, ink.lines(Role::Plain, 0, wrap(TRIES, room))),
        Block::new(3, checks(wizard, room, ink)),
    ]
}

/// Rows kept for what a look at the machine finds: its clock, the cluster, what lives there. They come one by one,
/// and nothing above moves when they do.
const KEPT: usize = 3;

/// Over everything: who else can read what is sent.
fn along(wizard: &Wizard, room: usize, ink: &Ink) -> Block {
    let told = wizard.reader.as_ref().map(|reader| ink.check(Mark::Warn, &reads(reader), 0, room));
    Block::new(9, told.unwrap_or_default())
}

/// What was found out about the cluster meanwhile.
fn checks(wizard: &Wizard, room: usize, ink: &Ink) -> Vec<Line<'static>> {
    let wide = room.saturating_sub(3 + ink.set.mark_width);
    let rows = rows(wizard, wide).into_iter();
    rows.flat_map(|(mark, text)| ink.check(mark, &text, 2, room)).collect()
}

fn warned(wizard: &Wizard) -> bool {
    rows(wizard, usize::MAX).iter().any(|(mark, _)| matches!(mark, Mark::Warn | Mark::Unknown))
}

/// The rows, each in so many columns if it can be said so shortly.
fn rows(wizard: &Wizard, room: usize) -> Vec<(Mark, String)> {
    let mut rows = match &wizard.facts {
        Some(facts) => found(facts, room),
        None if wizard.looks() && !wizard.issues() => vec![(Mark::Working, words::LOOKING.to_owned())],
        None => Vec::new(),
    };
    if let Some(ahead) = wizard.clock_ahead {
        let mark = if ahead.abs() < CLOCK_TOLERANCE { Mark::Done } else { Mark::Warn };
        rows.insert(0, (mark, clock_ahead(ahead)));
    }
    if let Some(rest) = &wizard.setup.stay.keep {
        rows.push((Mark::Done, words::will_rest(&rest.place)));
    }
    rows
}

/// What was found; `room` is for a row, which the version gives way to.
fn found(facts: &Facts, room: usize) -> Vec<(Mark, String)> {
    let Target::Cluster { context, .. } = &facts.target;
    let answers = match &facts.version {
        Known::Yes(version) => {
            let whole = words::answers(context, version);
            (Mark::Done, if width(&whole) <= room { whole } else { words::answers_at_all(context) })
        }
        Known::Unknown(why) => (Mark::Unknown, words::no_version(context, why)),
    };
    let mut rows = vec![answers];
    if let Known::Unknown(why) = &facts.cluster_id {
        rows.push((Mark::Unknown, words::no_cluster_id(why)));
    }
    let mark = match &facts.release {
        Release::None | Release::One { .. } => Mark::Done,
        Release::Several(_) => Mark::Warn,
        Release::Unclear(_) => Mark::Unknown,
    };
    rows.push((mark, words::lives(&facts.release)));
    match &facts.record {
        Known::Yes(true) => rows.push((Mark::Warn, words::BEGUN_BEFORE.into())),
        Known::Yes(false) => {}
        Known::Unknown(why) => rows.push((Mark::Unknown, words::no_record(why))),
    }
    rows
}

/// Who approved, and two rows to answer.
pub fn confirm(wizard: &Wizard, account: &Account, room: usize, ink: &Ink) -> Vec<Block> {
    let label = 10;
    let row = |name: &str, value: &str| {
        let text = ink.fit(value, room.saturating_sub(label + 2));
        Line::from(vec![
            ink.span(Role::Quiet, format!("  {}", ink.pad(name, label))),
            ink.span(Role::Strong, text),
        ])
    };
    let answer = |at: usize, text: &str| {
        let focused = wizard.sign_in.selected == at;
        let role = if focused { Role::Accent } else { Role::Plain };
        let text = ink.fit(text, room.saturating_sub(2));
        Line::from(vec![ink.focus(focused), ink.span(role, text)])
    };
    let selected = wizard.sign_in.selected.min(1);
    vec![
        along(wizard, room, ink),
        Block::new(5, ink.lines(Role::Strong, 0, wrap(words::WHO_APPROVED, room))),
        Block::new(
            8,
            vec![
                row("E-mail", &account.email),
                row("Account", &account.name),
                row("Id", &account.id.to_string()),
            ],
        ),
        Block::new(9, vec![answer(0, words::YES_CONTINUE), answer(1, words::NO_END)]).cursor(selected, 0),
        Block::new(3, checks(wizard, room.min(72), ink)),
    ]
}
