//! An Ed25519 pair in OpenSSH's own format (PROTOCOL.key), without a passphrase: pychron's clients use it
//! unattended.

use ring::digest::{SHA256, digest};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use zeroize::Zeroizing;

/// Columns of a line in the private file, as ssh-keygen writes it.
const COLUMNS: usize = 70;
const KIND: &[u8] = b"ssh-ed25519";

/// A pair. It has no Debug, and its private half is wiped.
pub struct Pair {
    seed: Zeroizing<[u8; 32]>,
    public: [u8; 32],
    comment: String,
}

impl Pair {
    /// A new one; the comment is ASCII.
    pub fn new(comment: String) -> Self {
        // A seed of 32 bytes always makes a pair; the loop is what the type asks for.
        loop {
            let seed: Zeroizing<[u8; 32]> = Zeroizing::new(rand::random());
            if let Ok(pair) = Ed25519KeyPair::from_seed_unchecked(&*seed) {
                let mut public = [0; 32];
                public.copy_from_slice(pair.public_key().as_ref());
                return Self { seed, public, comment };
            }
        }
    }

    fn blob(&self) -> Vec<u8> {
        let mut blob = Vec::with_capacity(64);
        put(&mut blob, KIND);
        put(&mut blob, &self.public);
        blob
    }

    /// The public line, with its newline.
    pub fn public_line(&self) -> String {
        format!("ssh-ed25519 {} {}\n", base64(&self.blob()).as_str(), self.comment)
    }

    /// `SHA256:` and the digest, as ssh-keygen prints it.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.blob())
    }

    /// The private file.
    pub fn private_file(&self) -> Zeroizing<String> {
        let check: [u8; 4] = rand::random();
        let mut inner = Zeroizing::new(Vec::with_capacity(256));
        inner.extend_from_slice(&check);
        inner.extend_from_slice(&check);
        put(&mut inner, KIND);
        put(&mut inner, &self.public);
        let mut both = Zeroizing::new([0; 64]);
        both[..32].copy_from_slice(&*self.seed);
        both[32..].copy_from_slice(&self.public);
        put(&mut inner, &*both);
        put(&mut inner, self.comment.as_bytes());
        // To the cipher's block, which for "none" is eight bytes: 1, 2, 3 and so on.
        let rest = (8 - inner.len() % 8) % 8;
        inner.extend((1u8..).take(rest));
        let mut whole = Zeroizing::new(Vec::with_capacity(512));
        whole.extend_from_slice(b"openssh-key-v1\0");
        put(&mut whole, b"none");
        put(&mut whole, b"none");
        put(&mut whole, b"");
        whole.extend_from_slice(&1u32.to_be_bytes());
        put(&mut whole, &self.blob());
        put(&mut whole, &inner);
        let text = base64(&whole);
        let mut file = Zeroizing::new(String::with_capacity(1024));
        file.push_str("-----BEGIN OPENSSH PRIVATE KEY-----\n");
        for (at, c) in text.chars().enumerate() {
            if at > 0 && at % COLUMNS == 0 {
                file.push('\n');
            }
            file.push(c);
        }
        file.push_str("\n-----END OPENSSH PRIVATE KEY-----\n");
        file
    }
}

/// The fingerprint of a public line of any kind, if it is one.
pub fn fingerprint_of(line: &str) -> Option<String> {
    let blob = debase64(line.split_ascii_whitespace().nth(1)?)?;
    Some(fingerprint(&blob))
}

/// The public line that a private file without a passphrase holds, without its comment.
pub fn public_of(private: &str) -> Option<String> {
    let body: String = private.lines().filter(|line| !line.starts_with("-----")).collect();
    let bytes = Zeroizing::new(debase64(&body)?);
    // After the magic: cipher, KDF and its options, then the number of keys.
    let mut rest = bytes.strip_prefix(b"openssh-key-v1\0")?;
    for _ in 0..3 {
        rest = take(rest)?.1;
    }
    let (blob, _) = take(rest.get(4..)?)?;
    let (kind, _) = take(blob)?;
    Some(format!("{} {}", std::str::from_utf8(kind).ok()?, base64(blob).as_str()))
}

fn take(from: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = from.split_at_checked(4)?;
    let length = u32::from_be_bytes(length.try_into().ok()?);
    rest.split_at_checked(usize::try_from(length).ok()?)
}

fn fingerprint(blob: &[u8]) -> String {
    let text = base64(digest(&SHA256, blob).as_ref());
    format!("SHA256:{}", text.trim_end_matches('='))
}

/// A length, and what is that long (RFC 4251 §5).
fn put(to: &mut Vec<u8>, bytes: &[u8]) {
    to.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    to.extend_from_slice(bytes);
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648 §4.
fn base64(bytes: &[u8]) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(bytes.len().div_ceil(3) * 4));
    for three in bytes.chunks(3) {
        let bits =
            three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let letter = usize::try_from(bits >> shift & 63).ok().and_then(|at| LETTERS.get(at));
            out.push(if at > three.len() { '=' } else { char::from(*letter.unwrap_or(&b'=')) });
        }
    }
    out
}

fn debase64(text: &str) -> Option<Vec<u8>> {
    let (mut bits, mut held, mut out) = (0u32, 0, Vec::with_capacity(text.len()));
    for letter in text.trim_end_matches('=').bytes() {
        let value = LETTERS.iter().position(|known| *known == letter)?;
        bits = bits << 6 | u32::try_from(value).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_the_rfc() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain.as_bytes()).as_str(), coded);
            assert_eq!(debase64(coded).unwrap(), plain.as_bytes());
        }
    }

    #[test]
    fn both_halves_are_of_one_key() {
        let pair = Pair::new("pychron-gpu-box-01".into());
        let line = pair.public_line();
        assert_eq!(public_of(&pair.private_file()).unwrap(), line.rsplit_once(' ').unwrap().0);
        assert_eq!(fingerprint_of(&line).unwrap(), pair.fingerprint());
        assert_ne!(line, Pair::new("pychron-gpu-box-01".into()).public_line());
    }
}
