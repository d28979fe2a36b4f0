//! Bytes of a terminal, told apart into keys and pastes. Pure: it knows no clock and reads nothing.
//!
//! Over slow lines a sequence arrives in pieces. What may still become one is held back; [`Keys::settle`] says
//! that nothing more came. An arrow whose tail comes after that was already taken for Esc, so its tail is
//! swallowed: a late `[A` must not be typed as text.

use zeroize::Zeroizing;

use crate::wizard::keys::Key;

/// The most that is kept of one paste, in bytes.
const PASTE_LIMIT: usize = 16 * 1024;
/// No sequence of a key is longer; what is, is noise.
const LONGEST: usize = 64;
const ESC: u8 = 0x1b;
const PASTE_END: &[u8] = b"\x1b[201~";

/// What a terminal sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Raw {
    /// A key.
    Key(Key),
    /// A bracketed paste, as it came.
    Paste(Zeroizing<String>),
}

/// The state between two reads.
#[derive(Debug, Default)]
pub struct Keys {
    held: Zeroizing<Vec<u8>>,
    paste: Option<Zeroizing<Vec<u8>>>,
    /// Esc was settled; the tail of a split sequence may still come.
    late: bool,
    /// The last byte was a carriage return: a line feed or null behind it belongs to it (telnet).
    returned: bool,
}

/// What the held bytes are.
enum Piece {
    /// A whole sequence of this length, and what it means.
    Whole(usize, Option<Key>),
    /// The start of a bracketed paste.
    PasteStart(usize),
    /// More bytes are needed.
    Part,
}

impl Keys {
    /// Takes the bytes of one read.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Raw> {
        if self.late && self.held.is_empty() && self.paste.is_none() {
            // The escape that was settled belongs in front again, so that its tail is read as what it is.
            if matches!(bytes.first(), Some(b'[' | b'O')) {
                self.held.push(ESC);
            } else {
                self.late = false;
            }
        }
        self.held.extend_from_slice(bytes);
        self.split(false)
    }

    /// Nothing more came for a while: what is held is all there is.
    pub fn settle(&mut self) -> Vec<Raw> {
        if let Some(paste) = self.paste.take() {
            // A paste whose end was lost must not swallow every key from now on.
            self.held.clear();
            return vec![pasted(&paste)];
        }
        self.split(true)
    }

    /// Whether something is held that [`Keys::settle`] would tell.
    pub fn waits(&self) -> bool {
        self.paste.is_some() || !self.held.is_empty()
    }

    /// Whether the end of a paste is awaited, which may take longer than the rest of a key.
    pub fn pasting(&self) -> bool {
        self.paste.is_some()
    }

    fn split(&mut self, settled: bool) -> Vec<Raw> {
        let mut raws = Vec::new();
        loop {
            if self.paste.is_some() {
                match self.pasted() {
                    Some(paste) => raws.push(paste),
                    None => return raws,
                }
                continue;
            }
            let piece = if self.held.is_empty() { return raws } else { piece(&self.held) };
            match piece {
                Piece::Whole(length, key) => {
                    self.held.drain(..length);
                    let late = std::mem::take(&mut self.late);
                    let returned = std::mem::replace(&mut self.returned, key == Some(Key::Enter));
                    let key = match key {
                        Some(Key::Ctrl('j' | '@')) if returned => None,
                        Some(Key::Ctrl('j')) => Some(Key::Enter),
                        key => key.filter(|_| !late),
                    };
                    raws.extend(key.map(Raw::Key));
                }
                Piece::PasteStart(length) => {
                    self.held.drain(..length);
                    self.late = false;
                    // Room for all of it: it may be a secret, and a buffer that grows leaves copies behind.
                    self.paste = Some(Zeroizing::new(Vec::with_capacity(PASTE_LIMIT)));
                }
                Piece::Part if settled || self.held.len() > LONGEST => {
                    // Only a lone escape is a key; any other piece of a sequence is noise.
                    if self.held.as_slice() == [ESC] && !self.late {
                        raws.push(Raw::Key(Key::Esc));
                        self.late = true;
                    } else {
                        self.late = false;
                    }
                    self.held.clear();
                }
                Piece::Part => return raws,
            }
        }
    }

    /// Moves held bytes into the paste; the paste, once its end is there.
    fn pasted(&mut self) -> Option<Raw> {
        let end = self.held.windows(PASTE_END.len()).position(|window| window == PASTE_END);
        // The last bytes may be the start of the end.
        let whole = end.unwrap_or_else(|| self.held.len().saturating_sub(PASTE_END.len() - 1));
        let text: Zeroizing<Vec<u8>> = Zeroizing::new(self.held.drain(..whole).collect());
        let paste = self.paste.get_or_insert_default();
        let room = PASTE_LIMIT.saturating_sub(paste.len());
        paste.extend(text.iter().take(room));
        end?;
        self.held.drain(..PASTE_END.len());
        self.paste.take().map(|paste| pasted(&paste))
    }
}

fn pasted(bytes: &[u8]) -> Raw {
    Raw::Paste(Zeroizing::new(String::from_utf8_lossy(bytes).into_owned()))
}

/// What stands at the front of the bytes, of which there is at least one.
fn piece(bytes: &[u8]) -> Piece {
    match bytes {
        [ESC] | [ESC, b'O'] => Piece::Part,
        [ESC, b'[', rest @ ..] => csi(rest),
        // Keypads and old terminals send arrows this way.
        [ESC, b'O', b'M', ..] => Piece::Whole(3, Some(Key::Enter)),
        [ESC, b'O', last, ..] => Piece::Whole(3, cursor_key(*last)),
        // Answers to questions that an earlier program asked.
        [ESC, b']' | b'P' | b'_' | b'^', rest @ ..] => string(rest),
        // Two keys that a slow line brought together. No key of ours is a chord with Alt.
        [ESC, ..] => Piece::Whole(1, Some(Key::Esc)),
        [b'\r', ..] => Piece::Whole(1, Some(Key::Enter)),
        [b'\t', ..] => Piece::Whole(1, Some(Key::Tab)),
        [0x7f | 0x08, ..] => Piece::Whole(1, Some(Key::Backspace)),
        [byte @ 0..0x20, ..] => Piece::Whole(1, Some(Key::Ctrl((byte | 0x40).to_ascii_lowercase().into()))),
        [byte @ 0x20..0x7f, ..] => Piece::Whole(1, Some(Key::Char((*byte).into()))),
        _ => character(bytes),
    }
}

/// What follows `ESC [`.
fn csi(rest: &[u8]) -> Piece {
    // The Linux console's function keys: ESC [ [ A.
    if let [b'[', tail @ ..] = rest {
        return if tail.is_empty() { Piece::Part } else { Piece::Whole(4, None) };
    }
    let Some(end) = rest.iter().position(|byte| !(0x20..0x40).contains(byte)) else { return Piece::Part };
    let Some((last, parameters)) = rest.get(..=end).and_then(<[u8]>::split_last) else { return Piece::Part };
    let length = end + 3;
    match last {
        b'~' => {
            let number = parameters.split(|byte| *byte == b';').next().unwrap_or_default();
            match number {
                b"200" => Piece::PasteStart(length),
                b"1" | b"7" => Piece::Whole(length, Some(Key::Home)),
                b"4" | b"8" => Piece::Whole(length, Some(Key::End)),
                b"5" => Piece::Whole(length, Some(Key::PageUp)),
                b"6" => Piece::Whole(length, Some(Key::PageDown)),
                _ => Piece::Whole(length, None),
            }
        }
        // A mouse that an earlier program left switched on: three bytes of position follow.
        b'M' if parameters.is_empty() => {
            if rest.len() < end + 4 {
                Piece::Part
            } else {
                Piece::Whole(length + 3, None)
            }
        }
        0x40..0x7f => Piece::Whole(length, cursor_key(*last)),
        // A control byte breaks the sequence off and is read for itself.
        _ => Piece::Whole(length - 1, None),
    }
}

fn cursor_key(last: u8) -> Option<Key> {
    match last {
        b'A' => Some(Key::Up),
        b'B' => Some(Key::Down),
        b'H' => Some(Key::Home),
        b'F' => Some(Key::End),
        _ => None,
    }
}

/// A control string, up to BEL or `ESC \`.
fn string(rest: &[u8]) -> Piece {
    for (at, byte) in rest.iter().enumerate() {
        match byte {
            0x07 => return Piece::Whole(at + 3, None),
            b'\\' if at > 0 && rest.get(at - 1) == Some(&ESC) => return Piece::Whole(at + 3, None),
            _ => {}
        }
    }
    Piece::Part
}

/// A character of more than one byte.
fn character(bytes: &[u8]) -> Piece {
    let first = bytes.first().copied().unwrap_or_default();
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return Piece::Whole(1, None),
    };
    let Some(whole) = bytes.get(..length) else {
        let broken = bytes.iter().skip(1).any(|byte| !(0x80..0xc0).contains(byte));
        return if broken { Piece::Whole(1, None) } else { Piece::Part };
    };
    match std::str::from_utf8(whole).ok().and_then(|text| text.chars().next()) {
        Some(c) => Piece::Whole(length, Some(Key::Char(c))),
        None => Piece::Whole(1, None),
    }
}

#[cfg(test)]
mod tests;
