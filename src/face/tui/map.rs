//! The map of the world, with a mark where the focused zone lies. It says nothing that the list beside it does
//! not, so it goes where there is little room, and where the line is slow.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::symbols::Marker;
use ratatui::widgets::Widget;
use ratatui::widgets::canvas::{Canvas, Points};

use super::ink::Ink;
use super::theme::Role;
use crate::location::{self, Place};
use crate::shell::capabilities::Glyphs;

/// What the map shows, in degrees: from Cape Horn to Svalbard.
const LATITUDES: [f64; 2] = [-56.0, 80.0];
const LONGITUDES: [f64; 2] = [-170.0, 190.0];
/// Columns to a row: a little higher than true, so that Europe is more than a dot.
const WIDE: u16 = 4;

/// How many rows the map takes in so many columns.
pub fn rows(columns: u16) -> u16 {
    columns / WIDE
}

/// Draws the map, and the mark over it.
pub fn draw(buffer: &mut Buffer, area: Rect, place: Option<Place>, ink: &Ink) {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    let marker = match ink.glyphs {
        Glyphs::Unicode => Marker::Braille,
        Glyphs::Blocks => Marker::HalfBlock,
        Glyphs::Console | Glyphs::Ascii => Marker::Dot,
    };
    let land = ink.theme.style(Role::Quiet);
    Canvas::default()
        .marker(marker)
        .x_bounds(LONGITUDES)
        .y_bounds(LATITUDES)
        .paint(|context| {
            context.draw(&Points::new(location::land(), land.fg.unwrap_or_default()));
        })
        .render(area, buffer);
    for spot in area.positions() {
        let cell = &mut buffer[spot];
        if marker == Marker::Dot && cell.symbol() != " " {
            cell.set_symbol(".");
        }
        cell.set_style(land);
    }
    let Some((column, row)) = place.and_then(|place| cell_of(place, area)) else { return };
    let mark = if ink.glyphs == Glyphs::Unicode { "●" } else { "X" };
    let near = column.saturating_sub(1)..=column.saturating_add(1).min(area.right().saturating_sub(1));
    for x in near.filter(|x| *x >= area.left()) {
        // Nothing beside the mark, so that it is not lost in a coast.
        buffer[(x, row)].set_symbol(" ");
    }
    buffer[(column, row)].set_symbol(mark).set_style(ink.theme.style(Role::Accent));
}

/// The cell in which a place lies, if the map shows it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the area by then")]
fn cell_of(place: Place, area: Rect) -> Option<(u16, u16)> {
    let [west, east] = LONGITUDES;
    let [south, north] = LATITUDES;
    let longitude = if place.longitude < west { place.longitude + 360.0 } else { place.longitude };
    let across = (longitude - west) / (east - west);
    let down = (north - place.latitude) / (north - south);
    let inside = |part: f64| (0.0..1.0).contains(&part);
    (inside(across) && inside(down)).then(|| {
        let column = (across * f64::from(area.width)) as u16;
        let row = (down * f64::from(area.height)) as u16;
        (area.left() + column.min(area.width - 1), area.top() + row.min(area.height - 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_has_its_cell() {
        let area = Rect::new(3, 2, 48, 9);
        for zone in crate::location::all() {
            let place = crate::location::place(zone.key).unwrap();
            let (column, row) = cell_of(place, area).unwrap_or_else(|| panic!("{zone:?} lies off the map"));
            assert!(area.contains((column, row).into()), "{zone:?}");
        }
        let berlin = crate::location::place("DE").unwrap();
        let tokyo = crate::location::place("JP-TK").unwrap();
        let (a, b) = (cell_of(berlin, area).unwrap(), cell_of(tokyo, area).unwrap());
        assert!(a.0 < b.0 && a.1 <= b.1, "{a:?} {b:?}");
    }
}
