//! The forms in which a value may come back: raw, base64, percent, JSON, shell.

use std::fmt::Write as _;

use zeroize::Zeroizing;

/// A value shorter than this would be found everywhere.
const SHORTEST: usize = 6;

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base64 with padding (RFC 4648 §4).
pub fn base64(bytes: &[u8]) -> Zeroizing<String> {
    let mut out = digits(bytes, STANDARD);
    while !out.len().is_multiple_of(4) {
        out.push('=');
    }
    out
}

/// Every form of a value that is looked for, the longest first; none of a value too short to tell.
pub fn forms(value: &str) -> Vec<Zeroizing<String>> {
    if value.len() < SHORTEST {
        return Vec::new();
    }
    let mut all = vec![Zeroizing::new(value.to_owned())];
    for alphabet in [STANDARD, URL_SAFE] {
        // As a whole, up to the last digit, which nothing behind it shares.
        let whole = digits(value.as_bytes(), alphabet);
        all.push(Zeroizing::new(format!("{:=<1$}", whole.as_str(), whole.len().next_multiple_of(4))));
        all.push(whole);
        all.extend((0..3).map(|shift| within_base64(value.as_bytes(), shift, alphabet)));
    }
    all.push(percent(value, |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte), true));
    all.push(percent(value, |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte), false));
    all.push(percent(value, |byte| byte.is_ascii_alphanumeric() || b"-._*".contains(&byte), true));
    all.push(Zeroizing::new(value.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })));
    let json = Zeroizing::new(serde_json::to_string(value).unwrap_or_default());
    all.push(Zeroizing::new(json.trim_matches('"').to_owned()));
    all.push(Zeroizing::new(json.trim_matches('"').replace('/', "\\/")));
    all.push(Zeroizing::new(value.replace('\'', "'\\''")));
    all.push(Zeroizing::new(escaped(value)));
    all.retain(|form| form.len() >= SHORTEST);
    all.sort_by_key(|form| std::cmp::Reverse(form.len()));
    all.dedup();
    all
}

/// The digits that a value has wherever it stands inside something longer: those that its neighbours share are
/// left out.
fn within_base64(bytes: &[u8], shift: usize, alphabet: &[u8; 64]) -> Zeroizing<String> {
    let mut padded = Zeroizing::new(vec![0; shift]);
    padded.extend_from_slice(bytes);
    let all = digits(&padded, alphabet);
    let from = (shift * 8).div_ceil(6);
    let to = padded.len() * 8 / 6;
    Zeroizing::new(all.get(from..to).unwrap_or_default().to_owned())
}

fn digits(bytes: &[u8], alphabet: &[u8; 64]) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(bytes.len() * 4 / 3 + 4));
    for three in bytes.chunks(3) {
        let bits =
            three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for shift in [18, 12, 6, 0].into_iter().take(three.len() + 1) {
            let digit = usize::try_from(bits >> shift & 63).unwrap_or(0);
            out.push(char::from(alphabet.get(digit).copied().unwrap_or(b'=')));
        }
    }
    out
}

fn percent(value: &str, plain: impl Fn(u8) -> bool, upper: bool) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(value.len() * 3));
    for byte in value.bytes() {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            let _ = if upper { write!(out, "%{byte:02X}") } else { write!(out, "%{byte:02x}") };
        }
    }
    out
}

/// As a shell prints it with backslashes.
fn escaped(value: &str) -> String {
    value.chars().fold(String::new(), |mut out, c| {
        if !(c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c)) {
            out.push('\\');
        }
        out.push(c);
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_in_every_form() {
        let value = "p@ss w/ö'\"+rd";
        let found = |text: &str| forms(value).iter().any(|form| text.contains(form.as_str()));
        for text in [
            "raw p@ss w/ö'\"+rd!",
            "query a=p%40ss%20w%2F%C3%B6%27%22%2Brd&b",
            "lower a=p%40ss%20w%2f%c3%b6%27%22%2brd",
            r#"{"a":"p@ss w/ö'\"+rd"}"#,
            r#"{"a":"p@ss w\/ö'\"+rd"}"#,
            r#"'p@ss w/ö'\''"+rd'"#,
        ] {
            assert!(found(text), "{text}");
        }
        for before in ["", "u:", "user:", "x"] {
            let longer = format!("{before}{value}after");
            assert!(found(&base64(longer.as_bytes())), "{before}");
        }
        assert!(!found("nothing of it"));
        assert!(forms("short").is_empty());
        assert_eq!(base64(b"ab").as_str(), "YWI=");
    }
}
