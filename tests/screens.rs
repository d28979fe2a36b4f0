//! The full screen: what it shows in each state and at each size, that its QR can be read, and that no size
//! and no text breaks it.

pub mod doctor;
mod every;
mod gallery;
mod help;
mod picker;
mod qr;
pub mod sizes;
mod snapshots;
mod start;
mod states;

use landfall::face::tui::{Look, draw_revealing};
use landfall::shell::capabilities::Glyphs;
use landfall::wizard::Wizard;
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

/// Unicode and colour.
const FULL: Look = Look { glyphs: Glyphs::Unicode, colour: true, slow: false, flipped: false };

/// A secret, where one is shown.
fn revealed(wizard: &Wizard) -> Option<&'static str> {
    let shown = wizard.issue.reveal.as_ref().is_some_and(|reveal| reveal.until.is_some());
    shown.then_some("pcy_NMGRL_0123456789abcdefghijklmnopqrstuvwxyz0123456789")
}

/// One frame, drawn.
pub fn screen(wizard: &Wizard, look: Look, columns: u16, rows: u16) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| draw_revealing(frame, wizard, &look, revealed(wizard))).unwrap();
    terminal
}

/// Draws a frame that no terminal takes over from, which is faster, and looks whether every row is whole.
pub fn glance(wizard: &Wizard, look: Look, columns: u16, rows: u16) {
    let area = Rect::new(0, 0, columns, rows);
    let options = TerminalOptions { viewport: Viewport::Fixed(area) };
    let mut terminal = Terminal::with_options(TestBackend::new(1, 1), options).unwrap();
    let mut frame = terminal.get_frame();
    draw_revealing(&mut frame, wizard, &look, revealed(wizard));
    sizes::whole(frame.buffer_mut(), look);
}
