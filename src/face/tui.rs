//! The full screen. One file a pane; each shows a part of the wizard's state and nothing else, at any size.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;

use crate::model::Step;
use crate::shell::capabilities::Glyphs;
use crate::wizard::{Overlay, Wizard};

mod change;
mod chrome;
mod client;
mod code;
pub mod doctor;
mod failure;
mod glyphs;
mod help;
mod home;
mod ink;
mod leaving;
mod location;
mod machine;
mod map;
mod online;
mod page;
mod part;
mod profile;
mod qr;
mod retire;
mod reveal;
mod review;
mod rollout;
mod sign_in;
mod text;
mod theme;
mod tiny;
mod words;

use ink::Ink;

/// How the terminal wants it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Which glyphs are safe.
    pub glyphs: Glyphs,
    /// Whether the 16 terminal colours are used.
    pub colour: bool,
    /// Whether the line is slow, so that what only ticks is left out.
    pub slow: bool,
    /// Whether light and dark of the QR are swapped, for a display that swaps them again.
    pub flipped: bool,
}

/// The bit that marks the cells of an address which the terminal may open (OSC 8). Nothing here blinks, so the
/// painter is free to understand it that way.
pub const LINK: Modifier = Modifier::SLOW_BLINK;

/// The address that the marked cells lead to: the one that stands there in full, if it is a plain one.
pub fn link(wizard: &Wizard) -> Option<&str> {
    let address = wizard.sign_in.address()?.shown();
    let web = address.starts_with("https://") || address.starts_with("http://");
    (web && address.bytes().all(|byte| byte.is_ascii_graphic())).then_some(address)
}

/// Draws the whole screen, and puts the cursor on what is focused.
pub fn draw(frame: &mut Frame, wizard: &Wizard, look: &Look) {
    draw_revealing(frame, wizard, look, None);
}

/// The same, with a secret that is revealed at this moment.
pub fn draw_revealing(frame: &mut Frame, wizard: &Wizard, look: &Look, revealed: Option<&str>) {
    let ink = Ink::new(*look);
    let area = frame.area();
    let buffer = frame.buffer_mut();
    let cursor = match wizard.overlay {
        Some(Overlay::Qr) => qr::alone(buffer, area, wizard, &ink),
        _ if tiny::is(area) => tiny::draw(buffer, area, wizard, revealed, &ink),
        _ => framed(buffer, area, wizard, revealed, &ink),
    };
    glyphs::keep_within(buffer, look.glyphs);
    if let Some(spot) = cursor.filter(|spot| area.contains(*spot)) {
        frame.set_cursor_position(spot);
    }
}

fn framed(
    buffer: &mut Buffer,
    area: Rect,
    wizard: &Wizard,
    revealed: Option<&str>,
    ink: &Ink,
) -> Option<Position> {
    let body = chrome::draw(buffer, area, wizard, ink);
    match (wizard.overlay, &wizard.failure, wizard.step) {
        (Some(Overlay::Leaving(row)), _, _) => leaving::draw(buffer, body, wizard, row, ink),
        (Some(Overlay::Spell), _, _) => code::spelled(buffer, body, wizard, ink),
        (Some(Overlay::Help(page)), _, _) => help::draw(buffer, body, wizard, page, ink),
        // Drawn over everything, before this.
        (Some(Overlay::Qr), _, _) => None,
        (None, ..) if wizard.issue.choosing() => reveal::draw(buffer, body, wizard, revealed, ink),
        (None, Some(fault), _) => failure::draw(buffer, body, wizard, fault, ink),
        (None, None, Step::Profile) => profile::draw(buffer, body, wizard, ink),
        (None, None, Step::Machine) => machine::draw(buffer, body, wizard, ink),
        (None, None, Step::SignIn) => sign_in::draw(buffer, body, wizard, ink),
        (None, None, Step::Client) => client::draw(buffer, body, wizard, ink),
        (None, None, Step::Location) => location::draw(buffer, body, wizard, ink),
        (None, None, Step::Review) => review::draw(buffer, body, wizard, ink),
        (None, None, Step::Rollout) => rollout::draw(buffer, body, wizard, ink),
        (None, None, Step::Live) => online::draw(buffer, body, wizard, ink),
        (None, None, Step::Home) => home::draw(buffer, body, wizard, ink),
        (None, None, Step::Change) => change::draw(buffer, body, wizard, ink),
        (None, None, Step::Retire) if wizard.issues() => part::draw(buffer, body, wizard, ink),
        (None, None, Step::Retire) => retire::draw(buffer, body, wizard, ink),
    }
}
