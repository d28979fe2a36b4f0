//! Standard base64 with padding: the form of Secret data and of continue tokens.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Encodes bytes.
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().enumerate().fold(0_u32, |word, (i, byte)| word | u32::from(*byte) << (16 - 8 * i));
        for place in 0..4 {
            let sextet = usize::try_from(word >> (18 - 6 * place) & 0x3f).unwrap_or(0);
            out.push(if place > chunk.len() {
                '='
            } else {
                ALPHABET.get(sextet).map_or('=', |c| char::from(*c))
            });
        }
    }
    out
}

/// Decodes text, or says nothing if it is not base64.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.as_bytes();
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let last = text.len().saturating_sub(4);
    for (start, chunk) in text.chunks(4).enumerate() {
        let padding = chunk.iter().rev().take_while(|c| **c == b'=').count();
        if padding > 2 || (padding > 0 && start * 4 != last) {
            return None;
        }
        let mut word = 0_u32;
        for byte in chunk.iter().take(4 - padding) {
            let value = ALPHABET.iter().position(|c| c == byte)?;
            word = word << 6 | u32::try_from(value).ok()?;
        }
        word <<= 6 * padding;
        out.extend(word.to_be_bytes().iter().skip(1).take(3 - padding));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_4648() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encode(plain.as_bytes()), coded);
            assert_eq!(decode(coded).as_deref(), Some(plain.as_bytes()));
        }
        assert_eq!(encode(&[0xfb, 0xff]), "+/8=");
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        for wrong in ["Zg", "Zg=", "Z===", "Zg==Zg==", "Zg*=", "ä==="] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
