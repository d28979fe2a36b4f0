//! How cells look, and the shortest way from one look to another (SGR).

use std::io::Write;

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use crate::face::tui::LINK;

const MARKS: &[(Modifier, u8)] = &[
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::REVERSED, 7),
];

/// How a cell looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ink {
    fg: Color,
    bg: Color,
    marks: Modifier,
}

impl Ink {
    pub(super) fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, marks: cell.modifier }
    }

    /// Whether it leads to an address.
    pub(super) fn leads(self) -> bool {
        self.marks.contains(LINK)
    }

    /// The same, leading nowhere.
    pub(super) fn unlinked(self) -> Self {
        Self { marks: self.marks.difference(LINK), ..self }
    }

    /// Whether the eye sees no difference.
    pub(super) fn looks_like(self, other: Self) -> bool {
        self.unlinked() == other.unlinked()
    }

    /// Whether a blank of this ink is nothing but background.
    pub(super) fn bare(self) -> bool {
        self.bg == Color::Reset && !self.marks.intersects(Modifier::REVERSED | Modifier::UNDERLINED | LINK)
    }
}

/// The shortest sequence that makes a terminal draw in `to`, when it drew in `from` or in something unknown.
pub(super) fn change(from: Option<Ink>, to: Ink) -> Vec<u8> {
    let to = to.unlinked();
    let anew = codes(Ink::default(), to);
    let anew = if anew.is_empty() { String::new() } else { format!("0;{anew}") };
    // What only adds to the ink before needs no reset.
    let onto = from.map(Ink::unlinked).filter(|old| to.marks.contains(old.marks)).map(|old| codes(old, to));
    let codes = onto.filter(|onto| onto.len() <= anew.len()).unwrap_or(anew);
    let mut bytes = Vec::new();
    // Writing into memory does not fail.
    let _ = write!(bytes, "\x1b[{codes}m");
    bytes
}

/// The numbers that lead from one ink to another without a reset.
fn codes(from: Ink, to: Ink) -> String {
    let new = |mark| to.marks.contains(mark) && !from.marks.contains(mark);
    let mut codes: Vec<String> =
        MARKS.iter().filter(|(mark, _)| new(*mark)).map(|(_, number)| number.to_string()).collect();
    for (colour, old, base) in [(to.fg, from.fg, 30), (to.bg, from.bg, 40)] {
        if colour != old {
            let code = match number(colour) {
                None => base + 9,
                Some(n @ 0..8) => base + n,
                Some(n) => base + 60 + n - 8,
            };
            codes.push(code.to_string());
        }
    }
    codes.join(";")
}

/// The number of one of the sixteen colours; a colour beyond them is left to the terminal's own.
pub(super) fn number(colour: Color) -> Option<u8> {
    Some(match colour {
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Reset | Color::Indexed(_) | Color::Rgb(..) => return None,
    })
}
