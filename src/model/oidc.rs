//! A client of an OpenID provider, as a profile names it.

use ring::digest::{SHA256, digest};

/// Where to sign in by OpenID Connect, and as which client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OidcClient {
    /// The issuer, byte for byte as the server says it (OpenID Connect Discovery 4.3).
    pub issuer: String,
    /// The client id of this program there. It is a public client: it has no secret (RFC 8252 §8.5).
    pub client_id: String,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// Where to ask for a code, at a server that does not name it (RFC 8628 §4).
    pub device: Option<String>,
}

impl OidcClient {
    /// The number that stands for a subject of this issuer, so that it can be compared, kept and pinned: 63 bits
    /// of a digest, since a subject is any text (OpenID Connect Core 2).
    pub fn account(&self, subject: &str) -> u64 {
        let hash = digest(&SHA256, format!("{}\n{subject}", self.issuer).as_bytes());
        hash.as_ref().iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte)) >> 1
    }

    /// Whose sessions these are: never a profile's name, which can be pointed elsewhere.
    pub fn key(&self) -> String {
        format!("oidc {} {}", self.issuer, self.client_id)
    }
}
