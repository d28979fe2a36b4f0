//! The QR is read back from the cells as drawn, each cell painted with its glyph and its colours.

use landfall::face::tui::Look;
use landfall::model::Grant;
use landfall::shell::capabilities::Glyphs;
use landfall::wizard::Wizard;
use landfall::wizard::msg::{Action, Reply};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use rqrr::PreparedImage;

use super::states::{Run, grant, setup};
use super::{FULL, screen};

const CELL: (usize, usize) = (4, 8);

/// Luminance of a colour; the terminal's own ones are of a dark or of a light theme.
fn luma(colour: Color, own: u8) -> u8 {
    match colour {
        Color::Black => 0,
        Color::White => 255,
        Color::Reset => own,
        _ => 128,
    }
}

/// Whether a cell belongs to the QR: nothing else on a screen has white as a colour.
fn is_light(cell: &Cell) -> bool {
    Color::White == cell.fg || Color::White == cell.bg
}

/// Whether a pixel of a cell is painted by its glyph. Letters are painted as stripes.
fn inked(glyph: &str, x: usize, y: usize) -> bool {
    match glyph {
        " " => false,
        "█" => true,
        "▀" => y < CELL.1 / 2,
        "▄" => y >= CELL.1 / 2,
        _ => x.is_multiple_of(3),
    }
}

fn pixel(cell: &Cell, x: usize, y: usize, dark_theme: bool) -> u8 {
    assert!(!cell.modifier.contains(Modifier::REVERSED));
    let (text, ground) = if dark_theme { (230, 20) } else { (20, 240) };
    if inked(cell.symbol(), x, y) { luma(cell.fg, text) } else { luma(cell.bg, ground) }
}

fn read(buffer: &Buffer, dark_theme: bool) -> Vec<String> {
    let (columns, rows) = (usize::from(buffer.area.width), usize::from(buffer.area.height));
    let mut image = PreparedImage::prepare_from_greyscale(columns * CELL.0, rows * CELL.1, |x, y| {
        pixel(&buffer.content[y / CELL.1 * columns + x / CELL.0], x % CELL.0, y % CELL.1, dark_theme)
    });
    image.detect_grids().iter().filter_map(|grid| grid.decode().ok()).map(|(_, text)| text).collect()
}

fn reads(wizard: &Wizard, look: Look, columns: u16, rows: u16) -> Vec<String> {
    let shown = screen(wizard, look, columns, rows);
    let [dark, light] = [true, false].map(|theme| read(shown.backend().buffer(), theme));
    assert_eq!(dark, light, "{columns}x{rows}");
    dark
}

fn with(complete: &str) -> Run {
    Run::new(setup()).reply(Reply::Code(Grant { complete: Some(complete.into()), ..grant() }))
}

const MONO: Look = Look { glyphs: Glyphs::Unicode, colour: false, slow: true, flipped: false };
const BLOCKS: Look = Look { glyphs: Glyphs::Blocks, colour: true, slow: false, flipped: false };
const CONSOLE: Look = Look { glyphs: Glyphs::Console, ..BLOCKS };
const ASCII: Look = Look { glyphs: Glyphs::Ascii, colour: false, slow: false, flipped: false };

#[test]
fn it_reads_as_the_address_with_the_code_filled_in() {
    let addresses = [
        "http://127.0.0.1:43211/activate?user_code=WDJB-MJHT",
        "https://acme.example/activate?user_code=WDJB-MJHT",
        "https://login.a-longer-name.example/device/activate?user_code=WDJBMJHTXX",
    ];
    for address in addresses {
        let run = with(address);
        for look in [FULL, MONO, BLOCKS] {
            for (columns, rows) in [(80, 24), (120, 40)] {
                assert_eq!(reads(&run.wizard, look, columns, rows), [address], "{look:?} {columns}x{rows}");
            }
        }
        let alone = run.act(Action::QrAlone);
        for look in [FULL, MONO, BLOCKS] {
            for (columns, rows) in [(80, 24), (45, 24)] {
                assert_eq!(reads(&alone.wizard, look, columns, rows), [address], "{look:?} {columns}x{rows}");
            }
        }
        for look in [ASCII, CONSOLE] {
            assert_eq!(reads(&alone.wizard, look, 100, 50), [address]);
        }
    }
}

#[test]
fn a_console_that_may_lack_its_glyphs_says_so_and_which_key_tries_them() {
    let beside = with("https://acme.example/activate?user_code=WDJB-MJHT");
    let alone = with("https://acme.example/activate?user_code=WDJB-MJHT").act(Action::QrAlone);
    for run in [&beside, &alone] {
        let shown = screen(&run.wizard, CONSOLE, 80, 25);
        let text = shown.backend().to_string();
        assert!(text.contains("g tries them") && !text.contains('▀'), "{text}");
        assert_eq!(reads(&run.wizard, CONSOLE, 80, 25), Vec::<String>::new());
    }
    // Where not even half blocks would fit, the size is told.
    let text = screen(&beside.wizard, CONSOLE, 40, 12).backend().to_string();
    assert!(text.contains("it needs 66x34"), "{text}");
}

#[test]
fn swapped_it_reads_where_the_display_swaps_it_back() {
    let alone = with("https://acme.example/activate?user_code=WDJB-MJHT");
    let alone = alone.act(Action::QrAlone);
    for look in [FULL, ASCII] {
        let negative = |look: Look| {
            let shown = screen(&alone.wizard, look, 100, 50);
            let mut buffer = shown.backend().buffer().clone();
            for cell in &mut buffer.content {
                let other = |colour| match colour {
                    Color::Black => Color::White,
                    Color::White => Color::Black,
                    other => other,
                };
                (cell.fg, cell.bg) = (other(cell.fg), other(cell.bg));
            }
            read(&buffer, false)
        };
        let address = "https://acme.example/activate?user_code=WDJB-MJHT";
        assert_eq!(negative(Look { flipped: true, ..look }), [address]);
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(60))]
    /// At run time a reader of our own reads it; here another's does, whatever the address.
    #[test]
    fn whatever_the_address_it_reads_as_that(path in "[A-Za-z0-9/?=&._~-]{0,60}", code in "[A-Z0-9]{4}-[A-Z0-9]{4}") {
        let address = format!("https://acme.example/{path}?user_code={code}");
        let run = with(&address).act(Action::QrAlone);
        proptest::prop_assert_eq!(reads(&run.wizard, FULL, 100, 40), vec![address]);
    }
}

#[test]
fn it_is_whole_or_not_there_at_all() {
    let beside = with("https://acme.example/activate?user_code=WDJB-MJHT");
    let alone = with("https://acme.example/activate?user_code=WDJB-MJHT").act(Action::QrAlone);
    for look in [FULL, ASCII] {
        for columns in (30..90).step_by(9) {
            for rows in (8..40).step_by(4) {
                for run in [&beside, &alone] {
                    let shown = screen(&run.wizard, look, columns, rows);
                    let white = shown.backend().buffer().content.iter().any(is_light);
                    let read = read(shown.backend().buffer(), true).len();
                    assert_eq!(white, read == 1, "{look:?} {columns}x{rows}");
                }
            }
        }
    }
}

#[test]
fn one_style_for_the_whole_block() {
    let run = with("https://acme.example/activate?user_code=WDJB-MJHT");
    let shown = screen(&run.wizard, FULL, 80, 24);
    let block: Vec<&Cell> = shown.backend().buffer().content.iter().filter(|cell| is_light(cell)).collect();
    assert_eq!(block.len(), 37 * 19);
    assert!(block.iter().all(|cell| cell.bg == Color::Black && cell.modifier.is_empty()));
}

#[test]
fn without_the_filled_in_address_or_a_code_there_is_none() {
    let plain = Run::new(setup()).reply(Reply::Code(Grant { complete: None, ..grant() }));
    for run in [plain, Run::confirming(), Run::at_clients()] {
        assert_eq!(reads(&run.wizard, FULL, 80, 24), Vec::<String>::new());
    }
}
