//! Reads a QR's modules back into its text, as a scanner does (ISO/IEC 18004), but for the correction of errors: what
//! this program drew has none, and a code with one is not shown. It knows level L, the only one that is drawn, in
//! every version, and text in digits, in capitals and in bytes.

/// By version: codewords that correct errors in each block, and how many blocks there are, at level L.
const BLOCKS: [(usize, usize); 40] = [
    (7, 1),
    (10, 1),
    (15, 1),
    (20, 1),
    (26, 1),
    (18, 2),
    (20, 2),
    (24, 2),
    (30, 2),
    (18, 4),
    (20, 4),
    (24, 4),
    (26, 4),
    (30, 4),
    (22, 6),
    (24, 6),
    (28, 6),
    (30, 6),
    (28, 7),
    (28, 8),
    (28, 8),
    (28, 9),
    (30, 9),
    (30, 10),
    (26, 12),
    (28, 12),
    (30, 12),
    (30, 13),
    (30, 14),
    (30, 15),
    (30, 16),
    (30, 17),
    (30, 18),
    (30, 19),
    (30, 19),
    (30, 20),
    (30, 21),
    (30, 22),
    (30, 24),
    (30, 25),
];

/// The characters of the alphanumeric mode, in the order of their values.
const CAPITALS: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// What the modules say, row by row; none if they say nothing that can be believed.
pub fn read(side: usize, dark: &[bool]) -> Option<String> {
    let code = Code::of(side, dark)?;
    let data = code.data(code.mask()?)?;
    text(&data, code.version)
}

/// A square of modules.
struct Code<'a> {
    version: usize,
    side: usize,
    dark: &'a [bool],
    /// Where the middles of alignment patterns stand, along each axis.
    aligned: Vec<usize>,
}

impl<'a> Code<'a> {
    fn of(side: usize, dark: &'a [bool]) -> Option<Self> {
        let version = side.checked_sub(17)? / 4;
        let whole = side == 17 + 4 * version && (1..=40).contains(&version) && dark.len() == side * side;
        whole.then(|| Self { version, side, dark, aligned: aligned(version) })
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        self.dark.get(y * self.side + x).copied().unwrap_or_default()
    }

    /// Which mask lies over the data, by both copies of the format; none unless they agree and say level L.
    fn mask(&self) -> Option<usize> {
        let far = self.side - 1;
        let first: [(usize, usize); 15] = std::array::from_fn(|bit| match bit {
            0..=5 => (8, bit),
            6 => (8, 7),
            7 => (8, 8),
            8 => (7, 8),
            _ => (14 - bit, 8),
        });
        let second: [(usize, usize); 15] =
            std::array::from_fn(|bit| if bit < 8 { (far - bit, 8) } else { (8, far + bit - 14) });
        let value = |spots: [(usize, usize); 15]| {
            spots
                .iter()
                .enumerate()
                .fold(0, |value, (bit, (x, y))| value | usize::from(self.is_dark(*x, *y)) << bit)
        };
        let told = value(first) ^ 0b101_0100_0001_0010;
        // Level and mask, and the remainder of their division by the format's polynomial.
        let rest = (0..10).fold(told >> 10, |rest, _| (rest << 1) ^ ((rest >> 9) * 0b101_0011_0111));
        let sound = value(first) == value(second) && told & 0b11_1111_1111 == rest & 0b11_1111_1111;
        (sound && told >> 13 == 0b01).then_some(told >> 10 & 0b111)
    }

    /// Whether a module holds no data: it finds, aligns, times, or tells format and version.
    fn serves(&self, x: usize, y: usize) -> bool {
        let (near, far) = (8, self.side - 8);
        let (left, right, top, bottom) = (x <= near, x >= far, y <= near, y >= far);
        let corner = top && (left || right) || left && bottom;
        let timing = x == 6 || y == 6;
        let version = self.version >= 7
            && (x < 6 && (far - 3..far).contains(&y) || y < 6 && (far - 3..far).contains(&x));
        let on = |at: usize| self.aligned.iter().copied().find(|middle| middle.abs_diff(at) <= 2);
        let aligns = match (on(x), on(y)) {
            // The three corners that find have none.
            (Some(across), Some(down)) => {
                let last = self.side - 7;
                !matches!(
                    (across == 6, across == last, down == 6, down == last),
                    (true, _, true, _) | (true, _, _, true) | (_, true, true, _)
                )
            }
            _ => false,
        };
        corner || timing || version || aligns
    }

    /// The data, out of its blocks.
    fn data(&self, mask: usize) -> Option<Vec<u8>> {
        let mut bits = Vec::new();
        let mut upwards = true;
        // Two columns at a time from the right, up and down in turns; the timing column is none of them.
        let pairs = (0..self.side).rev().filter(|x| *x != 6).collect::<Vec<_>>();
        for pair in pairs.chunks(2) {
            for step in 0..self.side {
                let y = if upwards { self.side - 1 - step } else { step };
                for x in pair.iter().copied().filter(|x| !self.serves(*x, y)) {
                    bits.push(self.is_dark(x, y) != masked(mask, x, y));
                }
            }
            upwards = !upwards;
        }
        let words: Vec<u8> = bits
            .chunks_exact(8)
            .map(|bits| bits.iter().fold(0, |word, bit| word << 1 | u8::from(*bit)))
            .collect();
        let (correcting, blocks) = BLOCKS.get(self.version - 1).copied()?;
        let short = words.len() / blocks - correcting;
        let longer = words.len() % blocks;
        let mut parts = vec![Vec::new(); blocks];
        let mut from = words.into_iter();
        for at in 0..=short {
            // The last blocks are a word longer.
            let skip = if at == short { blocks - longer } else { 0 };
            for part in parts.iter_mut().skip(skip) {
                part.push(from.next()?);
            }
        }
        Some(parts.concat())
    }
}

fn aligned(version: usize) -> Vec<usize> {
    if version == 1 {
        return Vec::new();
    }
    let count = version / 7 + 2;
    let step = if version == 32 { 26 } else { (version * 4 + count * 2 + 1) / (count * 2 - 2) * 2 };
    let last = 10 + 4 * version;
    std::iter::once(6).chain((0..count - 1).map(|back| last - back * step)).collect()
}

/// Whether this mask turns a module.
fn masked(mask: usize, x: usize, y: usize) -> bool {
    let left = match mask {
        0 => (x + y) % 2,
        1 => y % 2,
        2 => x % 3,
        3 => (x + y) % 3,
        4 => (x / 3 + y / 2) % 2,
        5 => x * y % 2 + x * y % 3,
        6 => (x * y % 2 + x * y % 3) % 2,
        _ => ((x + y) % 2 + x * y % 3) % 2,
    };
    left == 0
}

/// Bits, taken from the front.
struct Bits<'a> {
    words: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<usize> {
        let bit = |at: usize| Some(usize::from(self.words.get(at / 8)? >> (7 - at % 8) & 1));
        let value = (self.at..self.at + count).try_fold(0, |value, at| Some(value << 1 | bit(at)?));
        self.at += count;
        value
    }
}

/// The text of the segments, one after the other.
fn text(words: &[u8], version: usize) -> Option<String> {
    let mut bits = Bits { words, at: 0 };
    let wide = match version {
        0..=9 => 0,
        10..=26 => 1,
        _ => 2,
    };
    let mut text: Vec<u8> = Vec::new();
    // The end is four bits of nothing, or fewer where no room is left for them.
    while bits.at + 4 <= 8 * words.len() {
        match bits.take(4)? {
            0b0000 => break,
            0b0001 => {
                let mut left = bits.take(10 + 2 * wide)?;
                while left > 0 {
                    let digits = left.min(3);
                    let value = bits.take([4, 7, 10].get(digits - 1).copied()?)?;
                    text.extend_from_slice(format!("{value:0digits$}").as_bytes());
                    left -= digits;
                }
            }
            0b0010 => {
                let mut left = bits.take(9 + 2 * wide)?;
                while left > 0 {
                    let (count, value) = if left > 1 { (2, bits.take(11)?) } else { (1, bits.take(6)?) };
                    if count == 2 {
                        text.push(*CAPITALS.get(value / 45)?);
                    }
                    text.push(*CAPITALS.get(value % 45)?);
                    left -= count;
                }
            }
            0b0100 => {
                let count = bits.take(if wide == 0 { 8 } else { 16 })?;
                for _ in 0..count {
                    text.push(u8::try_from(bits.take(8)?).ok()?);
                }
            }
            // Kanji, or another table of characters: an address is written in neither.
            _ => return None,
        }
    }
    String::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use qrcode::{EcLevel, QrCode};

    use super::*;

    fn modules(text: &[u8]) -> (usize, Vec<bool>) {
        let code = QrCode::with_error_correction_level(text, EcLevel::L).unwrap();
        let side = code.width();
        (side, code.into_colors().into_iter().map(|module| module == qrcode::Color::Dark).collect())
    }

    /// An address of so many characters, of small letters, capitals and digits.
    fn address(length: usize) -> String {
        let path = "https://acme.example/activate?user_code=WDJB-MJHT&n=0123456789/ABCDEF/";
        path.chars().cycle().take(length).collect()
    }

    #[test]
    fn every_version_reads_as_it_was_written() {
        let mut versions = std::collections::BTreeSet::new();
        for length in (1..=2900).step_by(23).chain([17, 18, 32, 33, 53, 78, 106, 134, 154, 192, 230]) {
            let text = address(length);
            let (side, dark) = modules(text.as_bytes());
            versions.insert((side - 17) / 4);
            assert_eq!(read(side, &dark).as_deref(), Some(text.as_str()), "{length}");
        }
        assert_eq!(versions, (1..=40).collect());
    }

    #[test]
    fn digits_capitals_and_other_letters_read_too() {
        for text in ["0123456789012", "HTTPS://ACME.EXAMPLE/D/WDJB-MJHT", "7", "A", "https://ä.example/ß", ""]
        {
            let (side, dark) = modules(text.as_bytes());
            assert_eq!(read(side, &dark).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_wrong_module_never_reads_as_the_same() {
        let text = address(53);
        let (side, dark) = modules(text.as_bytes());
        let code = Code::of(side, &dark).unwrap();
        let (correcting, _) = BLOCKS[code.version - 1];
        let mut wrong = 0;
        for at in 0..dark.len() {
            let mut spoilt = dark.clone();
            spoilt[at] = !spoilt[at];
            wrong += usize::from(read(side, &spoilt).as_deref() != Some(text.as_str()));
        }
        // What only corrects, finds, fills or is left over does not say anything; all else does.
        let holds = (0..side * side).filter(|at| !code.serves(at % side, at / side)).count();
        assert!(wrong >= holds / 8 * 8 - 8 * correcting - 16, "{wrong} of {holds}");
    }

    #[test]
    fn what_is_no_code_is_not_read() {
        assert_eq!(read(0, &[]), None);
        assert_eq!(read(20, &[true; 400]), None);
        assert_eq!(read(21, &[true; 440]), None);
        assert_eq!(read(21, &[false; 441]), None);
        assert_eq!(read(21, &[true; 441]), None);
    }
}
