//! Cells into bytes, as few as will do: slow lines and the budgets of `tests/figures bytes` depend on it.
//!
//! Only a short list of sequences is ever written: cursor position (CUP, CUF), erase (EL, ED), colours and
//! attributes (SGR), cursor on and off, synchronised update, and the address behind its own text (OSC 8).

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Write;

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::Color;

mod ink;

use ink::Ink;

/// Fewer bytes than this cannot tear visibly, so they are not worth 16 more for the marks around them.
const TEARS: usize = 64;
/// A blank tail of a row is erased from this length on.
const ERASE: usize = 4;
/// Up to so many unchanged cells are written again instead of being jumped.
const BRIDGE: u16 = 3;
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// The painter: remembers what the terminal shows, and writes what differs.
#[derive(Debug, Default)]
pub(super) struct Paint {
    bytes: Vec<u8>,
    size: Size,
    /// What the terminal shows, row by row.
    shown: Vec<Cell>,
    ink: Option<Ink>,
    /// Where the terminal's cursor is, while that is known.
    at: Option<Position>,
    cursor: Cursor,
    /// What the marked cells lead to.
    link: Option<String>,
    /// Whether what is written now leads there.
    leads: bool,
    /// Whether the line is slow.
    slow: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Cursor {
    shown: bool,
    wanted: Option<Position>,
}

impl Paint {
    pub(super) fn new(size: Size) -> Self {
        let cells = usize::from(size.width) * usize::from(size.height);
        Self { size, shown: vec![Cell::default(); cells], ..Self::default() }
    }

    /// The terminal has another size. What it shows now must be cleared next.
    pub(super) fn resize(&mut self, size: Size) {
        *self = Self {
            bytes: std::mem::take(&mut self.bytes),
            cursor: std::mem::take(&mut self.cursor),
            link: self.link.take(),
            slow: self.slow,
            ..Self::new(size)
        };
    }

    /// The terminal was entered anew: it is blank, and its cursor is off.
    pub(super) fn forget(&mut self) {
        *self = Self { slow: self.slow, ..Self::new(self.size) };
    }

    /// On a slow line what comes is seen as soon as it is there, and not held back until the frame is whole.
    pub(super) fn slow(&mut self, slow: bool) {
        self.slow = slow;
    }

    /// What the cells lead to that are marked as an address; without it they are a text like any other.
    pub(super) fn link(&mut self, address: Option<&str>) {
        if self.link.as_deref() != address {
            self.link = address.map(str::to_owned);
        }
    }

    /// The bytes of a frame; none when nothing changed.
    pub(super) fn frame(&mut self) -> Vec<u8> {
        // Nothing may be written into the address that does not belong to it.
        if self.leads {
            self.lead(false);
            self.ink = self.ink.map(Ink::unlinked);
        }
        if let Some(spot) = self.cursor.wanted {
            self.go(spot);
            if !self.cursor.shown {
                self.bytes.extend_from_slice(b"\x1b[?25h");
            }
        } else if self.cursor.shown {
            self.bytes.extend_from_slice(b"\x1b[?25l");
        }
        self.cursor.shown = self.cursor.wanted.is_some();
        let bytes = std::mem::take(&mut self.bytes);
        if bytes.len() < TEARS || self.slow { bytes } else { [BEGIN, &bytes, END].concat() }
    }

    fn go(&mut self, to: Position) {
        let Position { x, y } = to;
        match self.at {
            Some(at) if at == to => {}
            Some(at) if at.y == y && at.x < x && x - at.x == 1 => self.put(format_args!("\x1b[C")),
            Some(at) if at.y == y && at.x < x => self.put(format_args!("\x1b[{}C", x - at.x)),
            Some(at) if x == 0 && at.y.checked_add(1) == Some(y) => self.bytes.extend_from_slice(b"\r\n"),
            Some(at) if x == 0 && at.y == y => self.bytes.push(b'\r'),
            _ if x == 0 => self.put(format_args!("\x1b[{}H", u32::from(y) + 1)),
            _ => self.put(format_args!("\x1b[{};{}H", u32::from(y) + 1, u32::from(x) + 1)),
        }
        self.at = Some(to);
    }

    fn put(&mut self, words: std::fmt::Arguments<'_>) {
        // Writing into memory does not fail.
        let _ = self.bytes.write_fmt(words);
    }

    fn dip(&mut self, ink: Ink) {
        if self.ink != Some(ink) {
            let looks = self.ink.is_none_or(|now| !now.looks_like(ink));
            if looks {
                self.bytes.extend_from_slice(&ink::change(self.ink, ink));
            }
            self.lead(ink.leads());
            self.ink = Some(ink);
        }
    }

    /// Begins or ends what leads to the address.
    fn lead(&mut self, on: bool) {
        if on == self.leads {
            return;
        }
        let address = match (&self.link, on) {
            // The same id joins the rows of a long address.
            (Some(address), true) => format!("id=1;{address}"),
            (None, true) => return,
            (_, false) => ";".into(),
        };
        self.put(format_args!("\x1b]8;{address}\x1b\\"));
        self.leads = on;
    }

    fn cell(&mut self, spot: Position, cell: &Cell) {
        self.go(spot);
        self.dip(self.fit(cell));
        self.bytes.extend_from_slice(cell.symbol().as_bytes());
        let next = spot.x.saturating_add(1);
        // Past the margin, and behind what terminals measure differently, the place is not certain.
        let sure = certain(cell) && next < self.size.width;
        self.at = sure.then_some(Position { x: next, y: spot.y });
    }

    /// The ink to draw a cell with. A bare blank looks the same in any colour of text.
    fn fit(&self, cell: &Cell) -> Ink {
        self.ink.filter(|now| blank(cell) && now.bare()).unwrap_or_else(|| Ink::of(cell))
    }

    /// Writes what changed in a row, of which all cells are given. `news` are the columns that changed.
    fn row(&mut self, y: u16, cells: &[Cell], news: &[u16]) {
        let text = cells.len() - cells.iter().rev().take_while(|cell| blank(cell)).count();
        let is_tail = |x: &&u16| usize::from(**x) >= text;
        let tail = news.iter().filter(is_tail).count();
        let erase = if tail >= ERASE { news.iter().find(is_tail) } else { None };
        let upto = erase.and_then(|x| news.iter().position(|at| at == x)).unwrap_or(news.len());
        self.cells(y, cells, news.get(..upto).unwrap_or_default());
        if let Some(x) = erase {
            self.go(Position { x: *x, y });
            if !self.ink.is_some_and(Ink::bare) {
                self.dip(Ink::default());
            }
            self.bytes.extend_from_slice(b"\x1b[K");
        }
    }

    /// Writes these columns of a row.
    fn cells(&mut self, y: u16, cells: &[Cell], columns: &[u16]) {
        for x in columns {
            if let Some(cell) = cells.get(usize::from(*x)) {
                self.bridge(Position { x: *x, y }, cells);
                self.cell(Position { x: *x, y }, cell);
            }
        }
    }

    /// Writes a row from its start. Half of a wide character cannot be repaired by writing beside it.
    fn whole_row(&mut self, y: u16, cells: &[Cell]) {
        self.go(Position { x: 0, y });
        self.dip(Ink::default());
        self.bytes.extend_from_slice(b"\x1b[K");
        let mut covered = 0;
        for (x, cell) in (0..).zip(cells) {
            if covered > 0 {
                covered -= 1;
                continue;
            }
            covered = columns(cell) - 1;
            if !blank(cell) {
                self.bridge(Position { x, y }, cells);
                self.cell(Position { x, y }, cell);
            }
        }
    }

    /// Over a gap shorter than the sequence that would jump it, what stands there is written again.
    fn bridge(&mut self, to: Position, cells: &[Cell]) {
        let Some(at) = self.at.filter(|at| at.y == to.y && at.x < to.x && to.x - at.x <= BRIDGE) else {
            return;
        };
        let Some(gap) = cells.get(usize::from(at.x)..usize::from(to.x)) else { return };
        if gap.iter().all(|cell| cell.symbol().len() == 1 && Some(self.fit(cell)) == self.ink) {
            for (x, cell) in (at.x..).zip(gap) {
                self.cell(Position { x, y: to.y }, cell);
            }
        }
    }
}

/// What changes in a row.
struct News {
    columns: Vec<u16>,
    /// Those of them that bring a ground of their own.
    grounded: Vec<u16>,
    /// Whether terminals may disagree on where its cells stand, before or after.
    uncertain: bool,
}

impl News {
    fn of(row: &[Cell]) -> Self {
        Self { columns: Vec::new(), grounded: Vec::new(), uncertain: !row.iter().all(certain) }
    }

    fn put(&mut self, row: &mut [Cell], x: u16, cell: &Cell) {
        if cell.bg == Color::Reset { &mut self.columns } else { &mut self.grounded }.push(x);
        self.uncertain |= !certain(cell);
        // What a wide cell covers shows nothing of its own.
        let covered = row.iter_mut().skip(usize::from(x)).take(columns(cell));
        for (at, shown) in covered.enumerate() {
            *shown = if at == 0 { cell.clone() } else { Cell::default() };
        }
    }
}

fn columns(cell: &Cell) -> usize {
    unicode_width::UnicodeWidthStr::width(cell.symbol()).max(1)
}

fn blank(cell: &Cell) -> bool {
    cell.symbol() == " " && Ink::of(cell).bare()
}

/// Whether every terminal moves its cursor by one column for it.
fn certain(cell: &Cell) -> bool {
    let symbol = cell.symbol();
    symbol.len() == 1 || symbol.chars().count() == 1 && columns(cell) == 1
}

impl Backend for Paint {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let width = usize::from(self.size.width);
        let mut rows: BTreeMap<u16, News> = BTreeMap::new();
        let mut shown = std::mem::take(&mut self.shown);
        for (x, y, cell) in content {
            let start = usize::from(y) * width;
            let Some(row) = shown.get_mut(start..start + width) else { continue };
            let news = rows.entry(y).or_insert_with(|| News::of(row));
            news.put(row, x, cell);
        }
        let row = |y: u16| {
            let start = usize::from(y) * width;
            shown.get(start..start + width).unwrap_or_default()
        };
        for (y, news) in &rows {
            if news.uncertain {
                self.whole_row(*y, row(*y));
            } else {
                self.row(*y, row(*y), &news.columns);
            }
        }
        // What brings its own ground, the QR, comes last: on a slow line the text beside it can be read at once,
        // and its two colours are set once instead of on every row.
        for (y, news) in rows.iter().filter(|(_, news)| !news.uncertain) {
            self.cells(*y, row(*y), &news.grounded);
        }
        self.shown = shown;
        Ok(())
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        self.cursor.wanted = None;
        Ok(())
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    /// Never asks the terminal: that answer would race with the keys.
    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        Ok(self.cursor.wanted.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        self.cursor.wanted = Some(position.into());
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        self.clear_region(ClearType::All)
    }

    /// Only ever the whole screen: this program draws nothing less.
    fn clear_region(&mut self, _: ClearType) -> Result<(), Infallible> {
        // What was to be written before would be cleared away: changes of size come in storms.
        self.bytes.clear();
        self.leads = false;
        self.bytes.extend_from_slice(b"\x1b[m\x1b[H\x1b[2J");
        self.ink = Some(Ink::default());
        self.at = Some(Position::default());
        self.shown.fill(Cell::default());
        Ok(())
    }

    fn size(&self) -> Result<Size, Infallible> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        Ok(WindowSize { columns_rows: self.size, pixels: Size::default() })
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
