//! What is entered without being shown: its letters stay here, are wiped, and leave as a handle alone.

use zeroize::{Zeroize, Zeroizing};

use super::input::Raw;
use crate::model::Unfit;
use crate::secret::{Audience, Secret, Vault};
use crate::wizard::keys::Key;
use crate::wizard::msg::Entered;
use crate::wizard::sign_in::ways::{DOTS, Hidden};

/// The longest entry, in bytes.
const LONGEST: usize = 16 * 1024;

/// The letters so far.
pub struct Entry {
    text: Zeroizing<String>,
    over: bool,
}

impl Default for Entry {
    fn default() -> Self {
        // Room for all of it from the start: a text that grows leaves copies of itself behind.
        Self { text: Zeroizing::new(String::with_capacity(LONGEST)), over: false }
    }
}

/// What a key did here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// There are so many letters now.
    Count(usize),
    /// That is all of it.
    Whole,
}

impl Entry {
    /// Takes what the terminal sent, if it belongs here: a paste always, keys only while the field is `open`.
    pub fn take(&mut self, raw: &Raw, open: bool) -> Option<Typed> {
        match raw {
            Raw::Paste(text) => self.push(text),
            Raw::Key(Key::Enter) if open => return Some(Typed::Whole),
            Raw::Key(Key::Char(c)) if open => self.push(c.encode_utf8(&mut [0; 4])),
            Raw::Key(Key::Backspace) if open => drop(self.text.pop()),
            Raw::Key(Key::Ctrl('u')) if open => self.clear(),
            Raw::Key(_) => return None,
        }
        Some(Typed::Count(self.text.chars().count().min(DOTS)))
    }

    /// A whole line of a terminal that edits nothing by itself.
    pub fn line(&mut self, bytes: &[u8]) {
        self.clear();
        let line = Zeroizing::new(String::from_utf8_lossy(bytes).into_owned());
        // A shell may have left the marks of a paste switched on.
        let line = Zeroizing::new(line.replace("\u{1b}[200~", ""));
        let line = Zeroizing::new(line.replace("\u{1b}[201~", ""));
        for c in line.chars() {
            match c {
                '\u{7f}' | '\u{8}' => drop(self.text.pop()),
                '\u{15}' => self.clear(),
                c => self.push(c.encode_utf8(&mut [0; 4])),
            }
        }
    }

    /// Hands it over to the vault, for the API at `origin` and nobody else. Nothing is left here.
    pub fn hand_over(&mut self, what: Hidden, vault: &Vault, origin: &str) -> Entered {
        let over = self.over;
        let text = self.text.trim();
        let entered = match what {
            _ if over => Entered::Unfit(Unfit::TooLong),
            _ if text.is_empty() => Entered::Unfit(Unfit::Nothing),
            // RFC 6750 §2.1: a bearer is one word of visible characters.
            Hidden::Token if !text.bytes().all(|b| b.is_ascii_graphic()) => Entered::Unfit(Unfit::NoToken),
            Hidden::Token | Hidden::Address => {
                Entered::Secret(vault.keep(Secret::new(text, Audience::session(origin))))
            }
        };
        self.clear();
        entered
    }

    /// Whether there is nothing but blanks.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty() && !self.over
    }

    /// Wipes it.
    pub fn clear(&mut self) {
        // Wiping keeps the room.
        self.text.zeroize();
        self.over = false;
    }

    fn push(&mut self, more: &str) {
        if self.text.len() + more.len() > LONGEST {
            self.over = true;
        } else {
            self.text.push_str(more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(entry: &mut Entry, keys: &[Raw]) -> Vec<Option<Typed>> {
        keys.iter().map(|raw| entry.take(raw, true)).collect()
    }

    fn paste(text: &str) -> Raw {
        Raw::Paste(Zeroizing::new(text.to_owned()))
    }

    #[test]
    fn letters_are_counted_and_handed_over_once() {
        let (mut entry, vault) = (Entry::default(), Vault::default());
        let room = entry.text.capacity();
        let keys = [
            Raw::Key(Key::Char('x')),
            Raw::Key(Key::Ctrl('u')),
            paste(" tok-1234"),
            Raw::Key(Key::Char('5')),
            Raw::Key(Key::Backspace),
            Raw::Key(Key::Esc),
            Raw::Key(Key::Enter),
        ];
        let count = |n| Some(Typed::Count(n));
        assert_eq!(
            typed(&mut entry, &keys),
            [count(1), count(0), count(9), count(10), count(9), None, Some(Typed::Whole)]
        );
        let Entered::Secret(secret) = entry.hand_over(Hidden::Token, &vault, "https://a.example") else {
            panic!("a token")
        };
        let held = vault.open(secret, &Audience::session("https://a.example")).unwrap();
        assert_eq!(held.as_str(), "tok-1234");
        assert_eq!(
            entry.hand_over(Hidden::Token, &vault, "https://a.example"),
            Entered::Unfit(Unfit::Nothing)
        );
        assert_eq!(entry.text.capacity(), room, "it never grows");
    }

    #[test]
    fn what_cannot_be_a_token_is_told_apart() {
        let (mut entry, vault) = (Entry::default(), Vault::default());
        let long = "x".repeat(LONGEST + 1);
        for (text, what, unfit) in [
            ("  ", Hidden::Token, Unfit::Nothing),
            ("two words", Hidden::Token, Unfit::NoToken),
            ("schl\u{fc}ssel", Hidden::Token, Unfit::NoToken),
            (&long, Hidden::Token, Unfit::TooLong),
            ("\n", Hidden::Address, Unfit::Nothing),
        ] {
            entry.take(&paste(text), true);
            assert_eq!(entry.hand_over(what, &vault, "https://a.example"), Entered::Unfit(unfit), "{text}");
        }
        assert_eq!(
            entry.take(&Raw::Key(Key::Char('x')), false),
            None,
            "letters only while the field is open"
        );
        assert_eq!(entry.take(&paste(&"x".repeat(100)), false), Some(Typed::Count(DOTS)));
    }

    #[test]
    fn a_line_is_edited_as_it_was_typed() {
        let mut entry = Entry::default();
        for (line, kept) in [
            ("abc", "abc"),
            ("abd\u{7f}c", "abc"),
            ("wrong\u{15}abc", "abc"),
            ("\u{1b}[200~abc\u{1b}[201~", "abc"),
            ("\u{7f}", ""),
        ] {
            entry.line(line.as_bytes());
            assert_eq!(entry.text.as_str(), kept, "{line:?}");
        }
    }
}
