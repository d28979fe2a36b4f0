//! The QR in cells: black on white whatever the theme, level L, a quiet zone of four modules if it fits, else
//! of two, never none. It is exempt from every wish for no colour: without its own colours it cannot be read
//! on a dark terminal.

use qrcode::{EcLevel, QrCode};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};

use super::ink::Ink;
use super::page::{Block, Page};
use super::text::{cells, wrap};
use super::theme::Role;
use super::{code, words};
use crate::model::Address;
use crate::shell::capabilities::Glyphs;
use crate::wizard::Wizard;
use crate::wizard::sign_in::Phase;

/// A QR, ready to be drawn.
#[derive(Debug)]
pub struct Qr {
    side: usize,
    dark: Vec<bool>,
    blocks: bool,
}

impl Qr {
    /// The QR of an address; none if it is too long for one.
    pub fn of(address: &str, glyphs: Glyphs) -> Option<Self> {
        let code = QrCode::with_error_correction_level(address, EcLevel::L).ok()?;
        let side = code.width();
        let dark = code.into_colors().into_iter().map(|module| module == qrcode::Color::Dark).collect();
        Some(Self { side, dark, blocks: glyphs != Glyphs::Ascii })
    }

    /// Columns and rows with a quiet zone of so many modules.
    pub fn size(&self, quiet: usize) -> (u16, u16) {
        let side = self.side + 2 * quiet;
        if self.blocks { (cells(side), cells(side.div_ceil(2))) } else { (cells(2 * side), cells(side)) }
    }

    /// The widest quiet zone that fits, and the size with it.
    pub fn fitting(&self, columns: u16, rows: u16) -> Option<(usize, (u16, u16))> {
        [4, 2]
            .into_iter()
            .map(|quiet| (quiet, self.size(quiet)))
            .find(|(_, (w, h))| *w <= columns && *h <= rows)
    }

    /// Draws at the area's upper left corner.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, quiet: usize) {
        let (columns, rows) = self.size(quiet);
        let area = Rect { width: columns, height: rows, ..area }.intersection(buffer.area).intersection(area);
        for (down, y) in (area.top()..area.bottom()).enumerate() {
            for (right, x) in (area.left()..area.right()).enumerate() {
                let Some(cell) = buffer.cell_mut((x, y)) else { continue };
                let (glyph, style) = self.cell(right, down, quiet);
                cell.reset();
                cell.set_symbol(glyph).set_style(style);
            }
        }
    }

    fn is_dark(&self, x: usize, y: usize, quiet: usize) -> bool {
        let inside = |at: usize| at.checked_sub(quiet).filter(|at| *at < self.side);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) => self.dark.get(y * self.side + x).copied().unwrap_or(false),
            _ => false,
        }
    }

    fn cell(&self, right: usize, down: usize, quiet: usize) -> (&'static str, Style) {
        if self.blocks {
            // One style for the whole block: colouring each cell costs seven times the bytes. The light modules
            // are drawn and the dark ones left as background: some fonts leave a thin gap between rows, which
            // would cut a drawn dark module in two, and a decoder then finds no corner marks.
            let style = Style::reset().fg(Color::White).bg(Color::Black);
            let dark = (self.is_dark(right, 2 * down, quiet), self.is_dark(right, 2 * down + 1, quiet));
            let glyph = match dark {
                (true, true) => " ",
                (false, true) => "▀",
                (true, false) => "▄",
                (false, false) => "█",
            };
            return (glyph, style);
        }
        // Without block glyphs a module is two blanks on a background.
        let colour = if self.is_dark(right / 2, down, quiet) { Color::Black } else { Color::White };
        (" ", Style::reset().fg(colour).bg(colour))
    }
}

/// The address that belongs into the QR now: the one with the code filled in, and no other.
pub fn address(wizard: &Wizard) -> Option<&str> {
    match &wizard.sign_in.phase {
        Phase::Code { grant, .. } => grant.complete.as_ref().map(Address::shown),
        _ => None,
    }
}

/// The QR alone with as wide a quiet zone as fits, over one line that says how to go back; or why it is not
/// there, with the code instead.
pub fn alone(buffer: &mut Buffer, area: Rect, wizard: &Wizard, ink: &Ink) -> Option<Position> {
    let inset = Rect { x: area.x + u16::from(area.width > 2), width: area.width.saturating_sub(2), ..area };
    let text = if area.width > 2 { inset } else { area };
    let room = usize::from(text.width);
    let badge = if wizard.setup.profile.sandbox { words::SANDBOX } else { "" };
    let mut foot = vec![
        ink.span(Role::Badge, ink.fit(badge, room)),
        Span::raw(if badge.is_empty() { "" } else { "  " }),
    ];
    foot.push(ink.span(Role::Plain, words::QR_BACK));
    let foot = Block::new(2, vec![Line::from(foot)]);
    let qr = address(wizard).and_then(|address| Qr::of(address, ink.glyphs));
    let rows = area.height.saturating_sub(1);
    let fitting = qr.as_ref().and_then(|qr| Some((qr, qr.fitting(area.width, rows)?)));
    let Some((qr, (quiet, (w, h)))) = fitting else {
        let why = qr.map_or_else(String::new, |qr| {
            let (w, h) = qr.size(2);
            words::qr_withheld(w, h + 1)
        });
        let code = match &wizard.sign_in.phase {
            Phase::Code { grant, .. } => code::lines(grant.user_code.shown(), 0, room, ink),
            _ => Vec::new(),
        };
        let why = Block::new(1, ink.lines(Role::Plain, 0, wrap(&why, room)));
        return Page::stacked(vec![why, Block::new(3, code), foot], area.height.into()).draw(buffer, text);
    };
    let place = Rect { x: area.x + (area.width - w) / 2, y: area.y + (rows - h) / 2, width: w, height: h };
    qr.draw(buffer, place, quiet);
    let below = Rect { y: area.bottom().saturating_sub(1), height: 1, ..text };
    Page::stacked(vec![foot], 1).draw(buffer, below)
}
