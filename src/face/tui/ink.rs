//! What panes draw with: theme and glyphs, and the spans made of them.

use ratatui::text::{Line, Span};

use super::Look;
use super::glyphs::{Mark, Set};
use super::text::{fit, pad};
use super::theme::{Role, Theme};
use crate::shell::capabilities::Glyphs;

/// Theme and glyph set of one frame.
#[derive(Clone, Copy, Debug)]
pub struct Ink {
    /// How roles look.
    pub theme: Theme,
    /// Which glyphs are safe.
    pub glyphs: Glyphs,
    /// The glyph set.
    pub set: &'static Set,
    /// Whether the line is slow, so that what only ticks is left out.
    pub slow: bool,
    /// Whether light and dark of the QR are swapped.
    pub flipped: bool,
}

impl Ink {
    /// What a terminal allows.
    pub fn new(look: Look) -> Self {
        Self {
            theme: Theme { colour: look.colour },
            glyphs: look.glyphs,
            set: Set::of(look.glyphs),
            slow: look.slow,
            flipped: look.flipped,
        }
    }

    /// A text in a role.
    pub fn span(&self, role: Role, text: impl Into<String>) -> Span<'static> {
        Span::styled(text.into(), self.theme.style(role))
    }

    /// A line of one role.
    pub fn line(&self, role: Role, text: impl Into<String>) -> Line<'static> {
        Line::from(self.span(role, text))
    }

    /// Lines of one role, each after `indent` columns.
    pub fn lines(&self, role: Role, indent: usize, texts: Vec<String>) -> Vec<Line<'static>> {
        texts.into_iter().map(|text| self.line(role, format!("{}{text}", " ".repeat(indent)))).collect()
    }

    /// The text, cut to its room.
    pub fn fit(&self, text: &str, room: usize) -> String {
        fit(text, room, self.set.dots)
    }

    /// The text, cut or filled to its room.
    pub fn pad(&self, text: &str, room: usize) -> String {
        pad(text, room, self.set.dots)
    }

    /// Pieces of the address, each after `indent` columns, marked so that the terminal may open it.
    pub fn links(&self, indent: usize, pieces: Vec<String>) -> Vec<Line<'static>> {
        let style = self.theme.style(Role::Accent).add_modifier(super::LINK);
        let lead = " ".repeat(indent);
        pieces
            .into_iter()
            .map(|piece| Line::from(vec![Span::raw(lead.clone()), Span::styled(piece, style)]))
            .collect()
    }

    /// A mark in its own colour, filled to the width of all marks.
    pub fn mark(&self, mark: Mark) -> Span<'static> {
        self.span(role_of(mark), self.pad(self.set.mark(mark), self.set.mark_width))
    }

    /// Where the focus is: a symbol, not only a colour.
    pub fn focus(&self, focused: bool) -> Span<'static> {
        if focused { self.span(Role::Accent, "> ") } else { Span::raw("  ") }
    }

    /// A mark and a text, for checks; further lines stand under the text.
    pub fn check(&self, mark: Mark, text: &str, indent: usize, room: usize) -> Vec<Line<'static>> {
        let lead = indent + self.set.mark_width + 1;
        let role = if matches!(mark, Mark::Done | Mark::ToCome) { Role::Plain } else { role_of(mark) };
        let role = if mark == Mark::Working { Role::Plain } else { role };
        super::text::wrap(text, room.saturating_sub(lead))
            .into_iter()
            .enumerate()
            .map(|(at, words)| match at {
                0 => Line::from(vec![
                    Span::raw(" ".repeat(indent)),
                    self.mark(mark),
                    self.span(role, format!(" {words}")),
                ]),
                _ => self.line(role, format!("{}{words}", " ".repeat(lead))),
            })
            .collect()
    }
}

/// The colour of a mark.
pub fn role_of(mark: Mark) -> Role {
    match mark {
        Mark::Done | Mark::Up => Role::Good,
        Mark::Now | Mark::New => Role::Accent,
        Mark::ToCome | Mark::Down => Role::Quiet,
        Mark::Working => Role::Strong,
        Mark::Warn | Mark::Unknown => Role::Warn,
        Mark::Failed => Role::Bad,
    }
}
