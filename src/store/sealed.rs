//! A token as it rests, with its audience beside it: moved under another name, it does not open.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::foreign::Text;

/// The longest sealed token, in bytes.
pub const LONGEST: usize = 32 * 1024;
/// The version of the format.
const VERSION: u8 = 1;

/// Whose session, where: never a profile's name, which can be pointed elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The API origin.
    pub origin: String,
    /// The dialect; with OAuth, issuer and client id.
    pub via: String,
    /// The account id.
    pub account: u64,
}

impl Key {
    /// The key in one line of visible ASCII.
    pub fn text(&self) -> String {
        format!("{} {} {}", self.account, self.origin, self.via)
    }

    /// The key as a file's name: what is not a letter, a digit, a dot or a dash is spelled out, so that two
    /// keys never share a name.
    pub fn file_name(&self) -> String {
        let mut name = String::from("session-");
        for byte in self.text().bytes() {
            match byte {
                b' ' => name.push('~'),
                b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' => name.push(char::from(byte)),
                other => name.extend(['_', hex(other >> 4), hex(other & 15)]),
            }
        }
        name
    }
}

fn hex(nibble: u8) -> char {
    char::from_digit(nibble.into(), 16).unwrap_or('_')
}

#[derive(Serialize)]
struct Written<'a> {
    v: u8,
    key: &'a Key,
    token: &'a str,
}

#[derive(Deserialize)]
struct Read {
    v: u8,
    key: Key,
    // Moved into a wiped buffer at once.
    token: String,
}

/// A token with its key, as one line of JSON. It has no Debug.
pub struct Sealed(Zeroizing<String>);

impl Sealed {
    /// Seals a token.
    pub fn seal(key: &Key, token: &str) -> Result<Self, Text> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST));
        let written = serde_json::to_writer(&mut *bytes, &Written { v: VERSION, key, token });
        let text = written.ok().and_then(|()| std::str::from_utf8(&bytes).ok());
        match text.filter(|text| text.len() <= LONGEST) {
            Some(text) => Ok(Self(Zeroizing::new(text.to_owned()))),
            None => Err("the session's token is too long to be kept".into()),
        }
    }

    /// What a place gave back.
    pub fn found(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// What is written.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The token, if this was sealed for that key.
    pub fn open(&self, key: &Key) -> Result<Zeroizing<String>, Text> {
        // The parser's own words may quote what it read.
        let read: Read =
            serde_json::from_str(&self.0).map_err(|_| Text::from("what is kept makes no sense"))?;
        let Read { v, key: sealed_for, token } = read;
        let token = Zeroizing::new(token);
        if v != VERSION {
            return Err("what is kept was written by another version of landfall".into());
        }
        if sealed_for != *key {
            return Err("what is kept belongs to another account or server".into());
        }
        // RFC 6750 §2.1: a bearer is one word of visible characters.
        if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("what is kept is no token".into());
        }
        Ok(token)
    }
}
