//! The QR in cells: black on white whatever the theme, level L, a quiet zone of four modules if it fits, else
//! of two, never none. It is exempt from every wish for no colour: without its own colours it cannot be read
//! on a dark terminal.
//!
//! What was drawn is read back from the cells, glyph by glyph and colour by colour. It must be what the encoder
//! made, module by module with the quiet zone, and it must say the address: its format, its mask and its data are
//! read as a scanner reads them, by code of our own that shares nothing with the encoder. A QR that differs anywhere,
//! or says anything else, is not shown.

use qrcode::{EcLevel, QrCode};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use super::glyphs::keep_within;
use super::ink::Ink;
use super::page::{Block, Page};
use super::text::{cells, width, wrap};
use super::theme::Role;
use super::{code, words};
use crate::model::Address;
use crate::shell::capabilities::Glyphs;
use crate::wizard::Wizard;
use crate::wizard::sign_in::Phase;

mod read;

/// A QR, ready to be drawn.
#[derive(Debug)]
pub struct Qr {
    address: String,
    side: usize,
    dark: Vec<bool>,
    glyphs: Glyphs,
    flipped: bool,
}

impl Qr {
    /// The QR of an address; none if it is too long for one.
    pub fn of(address: &str, ink: &Ink) -> Option<Self> {
        let code = QrCode::with_error_correction_level(address, EcLevel::L).ok()?;
        let side = code.width();
        let dark = code.into_colors().into_iter().map(|module| module == qrcode::Color::Dark).collect();
        Some(Self { address: address.to_owned(), side, dark, glyphs: ink.glyphs, flipped: ink.flipped })
    }

    /// Whether half blocks are drawn; without them a module is two blanks on a background.
    fn blocks(&self) -> bool {
        matches!(self.glyphs, Glyphs::Unicode | Glyphs::Blocks)
    }

    /// Columns and rows with a quiet zone of so many modules.
    pub fn size(&self, quiet: usize) -> (u16, u16) {
        let side = self.side + 2 * quiet;
        if self.blocks() { (cells(side), cells(side.div_ceil(2))) } else { (cells(2 * side), cells(side)) }
    }

    /// The widest quiet zone that fits, and the size with it.
    pub fn fitting(&self, columns: u16, rows: u16) -> Option<(usize, (u16, u16))> {
        [4, 2]
            .into_iter()
            .map(|quiet| (quiet, self.size(quiet)))
            .find(|(_, (w, h))| *w <= columns && *h <= rows)
    }

    /// Why it is not on a screen of so many columns and rows, where it may be alone on all but the last.
    pub fn why_not(&self, columns: u16, rows: u16) -> String {
        let rows = rows.saturating_sub(1);
        let side = self.side + 4;
        let (w, h) = self.size(2);
        match self.fitting(columns, rows) {
            Some((_, (w, h))) => words::qr_alone(w, h),
            None if self.glyphs == Glyphs::Console
                && cells(side) <= columns
                && cells(side.div_ceil(2)) <= rows =>
            {
                words::QR_BLOCKS.to_owned()
            }
            None => words::qr_withheld(w, h + 1),
        }
    }

    /// Draws at the area's upper left corner and reads it back; what cannot be read is wiped out again. Returns
    /// whether it stands there.
    #[must_use]
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, quiet: usize) -> bool {
        self.paint(buffer, area, quiet);
        keep_within(buffer, self.glyphs);
        let stands = self.reads(buffer, area, quiet);
        if !stands {
            let (width, height) = self.size(quiet);
            let spoilt = Rect { width, height, ..area }.intersection(buffer.area).intersection(area);
            for spot in spoilt.positions() {
                if let Some(cell) = buffer.cell_mut(spot) {
                    cell.reset();
                }
            }
        }
        stands
    }

    /// Whether the cells hold each module of the QR and of its quiet zone, and these say the address.
    fn reads(&self, buffer: &Buffer, area: Rect, quiet: usize) -> bool {
        let side = self.side + 2 * quiet;
        let mut seen = Vec::with_capacity(self.dark.len());
        for (x, y) in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))) {
            let Some(dark) = self.seen(buffer, area, x, y) else { return false };
            if dark != self.is_dark(x, y, quiet) {
                return false;
            }
            if (quiet..quiet + self.side).contains(&x) && (quiet..quiet + self.side).contains(&y) {
                seen.push(dark);
            }
        }
        let under = side.is_multiple_of(2)
            || !self.blocks()
            || (0..side).all(|x| {
                // The lower half of the last row belongs to the quiet zone too.
                self.seen(buffer, area, x, side) == Some(false)
            });
        under && read::read(self.side, &seen).as_deref() == Some(&*self.address)
    }

    /// Whether the cells show a module dark, that stands so many to the right and down.
    fn seen(&self, buffer: &Buffer, area: Rect, x: usize, y: usize) -> Option<bool> {
        let cell = |right: usize, down: usize| {
            let spot = Position {
                x: area.x.checked_add(u16::try_from(right).ok()?)?,
                y: area.y.checked_add(u16::try_from(down).ok()?)?,
            };
            buffer.cell(spot).filter(|_| area.contains(spot))
        };
        let dark = if self.blocks() {
            seen_dark(cell(x, y / 2)?, y % 2)?
        } else {
            // Two blanks a module, and both of one colour.
            let both = [cell(2 * x, y)?, cell(2 * x + 1, y)?].map(|cell| seen_dark(cell, 0));
            both[0].filter(|_| both[0] == both[1])?
        };
        Some(dark != self.flipped)
    }

    fn paint(&self, buffer: &mut Buffer, area: Rect, quiet: usize) {
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
        let plain = (Color::White, Color::Black);
        let (light, dark) = if self.flipped { (plain.1, plain.0) } else { plain };
        if self.blocks() {
            // One style for the whole block: colouring each cell costs seven times the bytes. The light modules
            // are drawn and the dark ones left as background: some fonts leave a thin gap between rows, which
            // would cut a drawn dark module in two, and a decoder then finds no corner marks.
            let style = Style::reset().fg(light).bg(dark);
            let pair = (self.is_dark(right, 2 * down, quiet), self.is_dark(right, 2 * down + 1, quiet));
            let glyph = match pair {
                (true, true) => " ",
                (false, true) => "▀",
                (true, false) => "▄",
                (false, false) => "█",
            };
            return (glyph, style);
        }
        let colour = if self.is_dark(right / 2, down, quiet) { dark } else { light };
        (" ", Style::reset().fg(colour).bg(colour))
    }
}

/// Whether the upper (0) or lower half of a cell looks dark; none where that depends on the terminal.
fn seen_dark(cell: &Cell, half: usize) -> Option<bool> {
    let colour = match (cell.symbol(), half) {
        (" ", _) | ("▀", 1) | ("▄", 0) => cell.bg,
        ("█" | "▀" | "▄", _) => cell.fg,
        _ => return None,
    };
    match colour {
        Color::Black if cell.modifier == Modifier::empty() => Some(true),
        Color::White if cell.modifier == Modifier::empty() => Some(false),
        _ => None,
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
    let taken = width(badge) + 2;
    let qr = address(wizard).and_then(|address| Qr::of(address, ink));
    let rows = area.height.saturating_sub(1);
    let fitting = qr.as_ref().and_then(|qr| Some((qr, qr.fitting(area.width, rows)?)));
    let drawn = fitting.map(|(qr, (quiet, (w, h)))| {
        let (x, y) = (area.x + (area.width - w) / 2, area.y + (rows - h) / 2);
        qr.draw(buffer, Rect { x, y, width: w, height: h }, quiet)
    });
    let shown = drawn == Some(true);
    let long = shown && taken + width(words::QR_BACK) <= room;
    foot.push(ink.span(Role::Plain, if long { words::QR_BACK } else { words::QR_BACK_SHORT }));
    let foot = Block::new(2, vec![Line::from(foot)]);
    if !shown {
        let why = qr.map_or_else(String::new, |qr| {
            if drawn.is_some() { words::QR_UNREAD.to_owned() } else { qr.why_not(area.width, area.height) }
        });
        let code = match &wizard.sign_in.phase {
            Phase::Code { grant, .. } => code::lines(grant.user_code.shown(), 0, room, ink),
            _ => Vec::new(),
        };
        let why = Block::new(1, ink.lines(Role::Plain, 0, wrap(&why, room)));
        return Page::stacked(vec![why, Block::new(3, code), foot], area.height.into()).draw(buffer, text);
    }
    let below = Rect { y: area.bottom().saturating_sub(1), height: 1, ..text };
    Page::stacked(vec![foot], 1).draw(buffer, below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::tui::Look;

    const ADDRESS: &str = "https://acme.example/activate?user_code=WDJB-MJHT";

    fn qr(glyphs: Glyphs, flipped: bool) -> Qr {
        Qr::of(ADDRESS, &Ink::new(Look { glyphs, colour: true, slow: false, flipped })).unwrap()
    }

    #[test]
    fn what_was_drawn_is_read_back_and_every_cell_counts() {
        let spoils: [fn(&mut Cell); 4] = [
            |cell| {
                cell.set_symbol("?");
            },
            |cell| (cell.fg, cell.bg) = (cell.bg, Color::Reset),
            |cell| cell.bg = Color::Reset,
            |cell| cell.modifier = Modifier::REVERSED,
        ];
        for glyphs in [Glyphs::Unicode, Glyphs::Console, Glyphs::Ascii] {
            for (flipped, quiet) in [(false, 4), (true, 2)] {
                let qr = qr(glyphs, flipped);
                let (width, height) = qr.size(quiet);
                let area = Rect { x: 3, y: 1, width, height };
                let mut buffer = Buffer::empty(Rect::new(0, 0, width + 5, height + 3));
                assert!(qr.draw(&mut buffer, area, quiet), "{glyphs:?} {flipped}");
                for (at, spot) in area.positions().enumerate() {
                    let mut spoilt = buffer.clone();
                    // A full block shows nothing of its background.
                    let at = if buffer[spot].symbol() == "█" { 3 * (at % 2) } else { at % 4 };
                    spoils[at](&mut spoilt[spot]);
                    assert!(!qr.reads(&spoilt, area, quiet), "{glyphs:?} {spot:?} {at}");
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_wiped_out() {
        let qr = qr(Glyphs::Unicode, false);
        let (width, height) = qr.size(4);
        let mut buffer = Buffer::empty(Rect::new(0, 0, width - 1, height));
        assert!(!qr.draw(&mut buffer, Rect { x: 0, y: 0, width, height }, 4));
        assert_eq!(buffer, Buffer::empty(buffer.area));
    }
}
