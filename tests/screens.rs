//! The full screen: what it shows in each state and at each size, that its QR can be read, and that no size
//! and no text breaks it.

mod doctor;
mod gallery;
mod picker;
mod qr;
pub mod sizes;
mod snapshots;
mod start;
mod states;
mod station;

use landfall::face::tui::{Look, draw};
use landfall::shell::capabilities::Glyphs;
use landfall::wizard::Wizard;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

/// Unicode and colour.
const FULL: Look = Look { glyphs: Glyphs::Unicode, colour: true, slow: false, flipped: false };

/// One frame, drawn.
fn screen(wizard: &Wizard, look: Look, columns: u16, rows: u16) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| draw(frame, wizard, &look)).unwrap();
    terminal
}
