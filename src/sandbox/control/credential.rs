//! Random values, and the one form in which the control plane keeps a machine's password.

use std::fmt::Write as _;

use rustls::SupportedCipherSuite;
use rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256;

/// A machine password as stored: salt and SHA-256 of salt and password. It is never serialised and
/// has no `Debug`. No stretching: the passwords are long and random, made by a program.
pub(super) struct Credential {
    salt: [u8; 16],
    digest: Vec<u8>,
}

impl Credential {
    /// What is kept of this password.
    pub(super) fn of(password: &str) -> Self {
        let salt = rand::random();
        Self { salt, digest: digest(&[&salt, password.as_bytes()]) }
    }

    /// A credential that nobody holds the password of.
    pub(super) fn unknown() -> Self {
        Self { salt: rand::random(), digest: rand::random::<[u8; 32]>().to_vec() }
    }

    /// Whether this is the password.
    pub(super) fn is(&self, password: &str) -> bool {
        same(&self.digest, &digest(&[&self.salt, password.as_bytes()]))
    }
}

/// SHA-256 of the parts, taken from the TLS library that is in the program anyway.
pub(super) fn digest(parts: &[&[u8]]) -> Vec<u8> {
    let sha256 = match TLS13_AES_128_GCM_SHA256 {
        SupportedCipherSuite::Tls13(suite) => suite.common.hash_provider,
        SupportedCipherSuite::Tls12(suite) => suite.common.hash_provider,
    };
    let mut hash = sha256.start();
    for part in parts {
        hash.update(part);
    }
    hash.finish().as_ref().to_vec()
}

/// Compares without telling by its duration where the first difference is.
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |seen, (a, b)| seen | (a ^ b)) == 0
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// 24 random bytes in hexadecimal.
pub(super) fn random_hex() -> String {
    hex(&rand::random::<[u8; 24]>())
}

/// A bearer of this sandbox. The prefix tells it from every real token.
pub(super) fn bearer() -> String {
    format!("sbx_{}", random_hex())
}

/// A random (version 4) UUID.
pub(super) fn uuid() -> String {
    let mut bytes = rand::random::<[u8; 16]>();
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let mut text = hex(&bytes);
    for dash in [8, 13, 18, 23] {
        text.insert(dash, '-');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_sha_256() {
        // The example of FIPS 180-4 for the message "abc".
        assert_eq!(
            hex(&digest(&[b"a", b"bc"])),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_credential_knows_only_its_password() {
        let stored = Credential::of("correct horse");
        assert!(stored.is("correct horse"));
        assert!(!stored.is("correct horsf"));
        assert!(!stored.is(""));
        assert!(!Credential::unknown().is("correct horse"));
        assert_ne!(stored.digest, Credential::of("correct horse").digest, "the salt differs");
    }

    #[test]
    fn a_uuid_has_the_version_and_variant_of_a_random_one() {
        let id = uuid();
        assert_eq!(id.len(), 36);
        assert_eq!(&id[14..15], "4");
        assert!("89ab".contains(&id[19..20]), "{id}");
    }
}
