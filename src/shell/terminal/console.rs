//! The kernel's own console: whether its font has the half blocks that a QR of one screen is drawn with.
//!
//! Most of the fonts that distributions load there do not have them, and the kernel then draws some other sign in
//! their place and says nothing. Its memory of the screen does tell: vcs(4) holds the number of each cell's glyph.
//! Root may read it; for anybody else the font stays unknown.

use std::fs::File;
use std::io::{self, Read};

use rustix::termios::{tcdrain, ttyname};

use super::modes::write_all;

/// What is written on the cursor's line for a moment.
const BLOCKS: &str = "\r▀▄█";
const AWAY: &[u8] = b"\r\x1b[K";

/// Whether standard output is a console whose font is seen to hold the half blocks. Leaves the line blank.
pub(super) fn holds_blocks() -> bool {
    let Some(mut memory) = memory() else { return false };
    let mut told = Vec::new();
    let read = write_all(BLOCKS.as_bytes()).and_then(|()| {
        let _ = tcdrain(io::stdout());
        memory.read_to_end(&mut told)
    });
    let _ = write_all(AWAY);
    read.is_ok() && seen(&told)
}

/// What the kernel remembers of the console that standard output is.
fn memory() -> Option<File> {
    let name = ttyname(io::stdout(), Vec::new()).ok()?;
    let number: u8 = name.to_str().ok()?.strip_prefix("/dev/tty")?.parse().ok()?;
    File::open(format!("/dev/vcsa{number}")).ok()
}

/// Whether the three cells before the cursor hold a glyph of their own each. Those in the place of ASCII's signs
/// stand in for something that is missing, as do two that are the same.
fn seen(memory: &[u8]) -> bool {
    let [_, columns, x, y, cells @ ..] = memory else { return false };
    let Some(first) = x.checked_sub(3) else { return false };
    let start = usize::from(*y) * usize::from(*columns) + usize::from(first);
    let glyphs: Vec<u8> =
        cells.chunks(2).skip(start).take(3).filter_map(|cell| cell.first().copied()).collect();
    match glyphs[..] {
        [upper, lower, full] => {
            let own = |glyph: u8| !(b' '..0x7f).contains(&glyph);
            upper != lower && upper != full && lower != full && [upper, lower, full].into_iter().all(own)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(glyphs: [u8; 3]) -> bool {
        let mut memory = vec![2, 5, 3, 1];
        memory.extend([b' ', 7].repeat(5));
        memory.extend(glyphs.into_iter().flat_map(|glyph| [glyph, 7]));
        memory.extend([b' ', 7].repeat(2));
        seen(&memory)
    }

    #[test]
    fn a_font_holds_half_blocks_when_each_has_a_glyph_of_its_own() {
        // The kernel's own font; one without half blocks (a question mark or one replacement for both); and what
        // newer kernels draw instead.
        let table = [
            ([0xdf, 0xdc, 0xdb], true),
            ([b'?', b'?', 0xdb], false),
            ([0xfe, 0xfe, 0xdb], false),
            ([b'-', b'_', b'#'], false),
            ([0x0c, 0x10, 0x0c], false),
        ];
        for (glyphs, is) in table {
            assert_eq!(told(glyphs), is, "{glyphs:?}");
        }
        // Where the cursor did not move by three, or nothing could be read, nothing was seen.
        assert!(!seen(&[2, 5, 2, 0]) && !seen(&[2, 5, 3, 1]) && !seen(&[]));
    }
}
