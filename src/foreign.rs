//! Foreign text: any string from a server, a cluster, a file or the environment.
//!
//! [`Foreign`] holds it as it came and shows nothing. [`Text`] is what may be shown, logged or written:
//! there is no way to make one that skips the neutralising.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

/// The length of a [`Text`] made without a limit of its own, in characters.
const LIMIT: usize = 240;

/// A string from outside, exactly as it came. It can be compared and parsed, and it becomes [`Text`].
#[derive(Clone, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(transparent)]
pub struct Foreign(String);

impl Foreign {
    /// Takes a string from outside.
    pub fn new(raw: impl Into<String>) -> Self {
        Self(raw.into())
    }

    /// The neutralised form, at most 240 characters.
    pub fn text(&self) -> Text {
        Text::new(&self.0)
    }

    /// Whether it equals `ours` byte for byte.
    pub fn is(&self, ours: &str) -> bool {
        self.0 == ours
    }

    /// Whether there is nothing in it but white space.
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// Reads it as a checked type of ours, for example a slug or an identifier.
    pub fn parse<T: FromStr>(&self) -> Result<T, T::Err> {
        self.0.parse()
    }
}

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Foreign({:?})", &*self.text())
    }
}

/// Text that is fit for a face, a log and a file: one line, no control, bidirectional or invisible
/// characters, bounded in length.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Text(String);

impl Text {
    /// Neutralises `raw`, at most 240 characters.
    pub fn new(raw: &str) -> Self {
        Self::within(raw, LIMIT)
    }

    /// Neutralises `raw`, at most `limit` characters; what is cut is marked with three dots.
    pub fn within(raw: &str, limit: usize) -> Self {
        Self(neutralise(raw, limit))
    }

    /// The text as a plain string slice.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl From<&str> for Text {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl From<String> for Text {
    fn from(raw: String) -> Self {
        Self::new(&raw)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|raw| Self::new(&raw))
    }
}

fn neutralise(raw: &str, limit: usize) -> String {
    let mut out = String::new();
    let mut length = 0;
    let mut marks = 0;
    for c in raw.chars() {
        let c = match kind(c) {
            Kind::Dropped => continue,
            Kind::Space => ' ',
            Kind::Plain => c,
        };
        if c == ' ' && (out.is_empty() || out.ends_with(' ')) {
            continue;
        }
        // Marks without a width pile up on one cell; two are enough for every living script.
        marks = if unicode_width::UnicodeWidthChar::width(c) == Some(0) { marks + 1 } else { 0 };
        if marks > 2 {
            continue;
        }
        if length == limit {
            out.truncate(out.char_indices().rev().nth(2).map_or(0, |(at, _)| at));
            out.push_str("...");
            return out;
        }
        out.push(c);
        length += 1;
    }
    out.truncate(out.trim_end().len());
    out
}

enum Kind {
    Plain,
    Space,
    Dropped,
}

fn kind(c: char) -> Kind {
    match c {
        '\t' | '\n' | '\r' | '\u{0b}' | '\u{0c}' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{a0}' => {
            Kind::Space
        }
        c if c.is_control() => Kind::Dropped,
        // Soft hyphen, Arabic letter mark, Mongolian separator, zero-width and bidirectional marks, joiners,
        // invisible operators, isolates, deprecated format characters, variation selectors, BOM,
        // interlinear marks, tags, private use, non-characters.
        '\u{ad}'
        | '\u{61c}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{fffe}'..='\u{ffff}'
        | '\u{e000}'..='\u{f8ff}'
        | '\u{e0000}'..='\u{10ffff}' => Kind::Dropped,
        c if c.is_whitespace() => Kind::Space,
        _ => Kind::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_move_a_cursor_or_hide_is_gone() {
        for (raw, shown) in [
            ("plain", "plain"),
            ("\u{1b}[2J\u{1b}]0;x\u{7}evil", "[2J]0;xevil"),
            ("two\nlines\r\n\tand  more ", "two lines and more"),
            ("abc\u{202e}cba", "abccba"),
            ("zero\u{200b}width\u{feff}", "zerowidth"),
            ("c1 \u{9b}31m", "c1 31m"),
            ("São Paulo – Müller", "São Paulo – Müller"),
            ("z\u{334}\u{335}\u{336}\u{337}algo", "z\u{334}\u{335}algo"),
            ("   ", ""),
        ] {
            assert_eq!(Text::new(raw).as_str(), shown, "{raw:?}");
        }
    }

    #[test]
    fn what_is_cut_is_marked() {
        assert_eq!(Text::within("abcdef", 5).as_str(), "ab...");
        assert_eq!(Text::within("abcde", 5).as_str(), "abcde");
        assert_eq!(Text::within("abcdef", 2).as_str(), "...");
    }

    #[test]
    fn text_read_from_json_is_neutralised_too() {
        let text: Text = serde_json::from_str(r#""a\u001b[1mb""#).unwrap();
        assert_eq!(text.as_str(), "a[1mb");
        assert_eq!(format!("{:?}", Foreign::new("a\u{1b}b")), r#"Foreign("ab")"#);
    }

    proptest::proptest! {
        #[test]
        fn neutral_text_stays_as_it_is(raw in "\\PC*|.*") {
            let once = Text::within(&raw, 80);
            proptest::prop_assert_eq!(Text::within(&once, 80), once.clone());
            proptest::prop_assert!(once.chars().count() <= 80);
        }
    }
}
