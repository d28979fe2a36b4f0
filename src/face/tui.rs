//! The full screen.

use crate::shell::capabilities::Glyphs;
use crate::wizard::Wizard;

/// How it may look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Which glyphs.
    pub glyphs: Glyphs,
    /// Whether colours are used.
    pub colour: bool,
    /// Whether the line is slow.
    pub slow: bool,
}

/// Draws.
pub fn draw(frame: &mut ratatui::Frame, wizard: &Wizard, _look: &Look) {
    frame.render_widget(crate::wizard::words::awaited(wizard), frame.area());
}
