//! Whom a profile trusts on the way to its servers, and who can read along.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use crate::foreign::Text;

/// What a profile says of the way to its servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// A PEM file of CA certificates to trust beside the system's.
    pub ca_cert: Option<PathBuf>,
    /// The one CA that must stand in the chain.
    pub ca_sha256: Option<CaPin>,
    /// Allows plain http to other hosts than loopback.
    pub plain_http: bool,
    /// Further hosts whose pages a person may be sent to, as an address spells them (lower case, punycode);
    /// `*.` before one means every host below it.
    pub hosts: Vec<String>,
}

impl Trust {
    /// Whether a person may be sent to that host, as an address spells it.
    pub fn allows(&self, host: &str) -> bool {
        self.hosts.iter().any(|own| match own.strip_prefix('*') {
            Some(below) => host.len() > below.len() && host.ends_with(below),
            None => own == host,
        })
    }
}

/// A CA by its SHA-256: of its public key (the SubjectPublicKeyInfo, as RFC 7469 §2.4 and kubeadm's
/// `--discovery-token-ca-cert-hash` have it), or of the whole certificate (what `openssl x509 -fingerprint`
/// says). Both name one CA, so either is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaPin([u8; 32]);

impl CaPin {
    /// The SHA-256 of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
        Self(hash)
    }
}

impl fmt::Display for CaPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for CaPin {
    type Err = &'static str;

    /// 64 hexadecimal digits, with or without colons, and `sha256:` before them or not.
    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let wrong = "is no SHA-256; it has 64 hexadecimal digits";
        let raw = raw.trim().to_ascii_lowercase();
        let digits: String = raw.strip_prefix("sha256:").unwrap_or(&raw).split(':').collect();
        if digits.len() != 64 {
            return Err(wrong);
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| wrong)?;
            // from_str_radix would take a sign.
            let plain = pair.bytes().all(|digit| digit.is_ascii_hexdigit());
            *byte = u8::from_str_radix(pair, 16).ok().filter(|_| plain).ok_or(wrong)?;
        }
        Ok(Self(hash))
    }
}

/// Who vouches for a server where that is none of the CAs that everybody trusts: whoever holds it can stand in
/// for the server, and read what is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// What the CA calls itself.
    pub name: Text,
    /// Host and port of the server.
    pub host: Text,
    /// How it came to be trusted here.
    pub by: TrustedBy,
}

/// How a CA came to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrustedBy {
    /// `--ca-cert` or the profile names it.
    Given,
    /// It was added to this machine's own CA certificates.
    Machine,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_read_as_the_tools_write_it() {
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(CaPin::of(b"abc").to_string(), hex);
        let colons: Vec<String> =
            hex.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).to_uppercase()).collect();
        for raw in
            [hex.to_owned(), format!("sha256:{hex}"), format!(" {} ", hex.to_uppercase()), colons.join(":")]
        {
            assert_eq!(raw.parse(), Ok(CaPin::of(b"abc")), "{raw}");
        }
        for raw in
            ["", "sha256:", &hex[1..], &hex.replace('b', "+"), &hex.replace('b', "g"), &format!("{hex}00")]
        {
            assert!(raw.parse::<CaPin>().is_err(), "{raw}");
        }
    }
}
