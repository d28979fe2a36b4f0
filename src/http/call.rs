//! One call, and what may be set about all of them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Method;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::error::Fault;
use crate::model::{CaPin, Trust};

/// Cap of a body that holds one thing: a token, an account, a client. In bytes.
pub const ONE: usize = 64 * 1024;
/// Cap of a body that holds a list. In bytes.
pub const LIST: usize = 4 * 1024 * 1024;

/// How long each part of a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Name resolution, connection and TLS.
    pub connect: Duration,
    /// Between two pieces of the answer.
    pub read: Duration,
    /// The whole call, redirects and body included.
    pub total: Duration,
    /// The pause before a second try, before jitter; doubled before the third.
    pub pause: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(15),
            total: Duration::from_secs(30),
            pause: Duration::from_millis(500),
        }
    }
}

/// What a profile or a flag may change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Allows plain http to other hosts than loopback. Everything, the token included, is then readable on
    /// the way.
    pub plain_http: bool,
    /// A PEM file of CA certificates to trust beside the system's.
    pub ca_cert: Option<PathBuf>,
    /// The one CA that must stand in the chain of every server.
    pub ca_sha256: Option<CaPin>,
    /// How long each part of a call may take.
    pub deadlines: Deadlines,
}

impl Options {
    /// What a profile says; `ca_cert` is the flag's word, which comes before the profile's.
    pub fn of(trust: &Trust, ca_cert: Option<&Path>) -> Self {
        Self {
            plain_http: trust.plain_http,
            ca_cert: ca_cert.map(Path::to_owned).or_else(|| trust.ca_cert.clone()),
            ca_sha256: trust.ca_sha256,
            deadlines: Deadlines::default(),
        }
    }
}

/// The body of a request. It may hold a secret: our copy is wiped on drop. What the layers below buffer
/// while sending is theirs.
#[derive(Default)]
pub enum Body {
    /// None at all.
    #[default]
    Empty,
    /// JSON, already written out.
    Json(Zeroizing<Vec<u8>>),
    /// A form, already encoded.
    Form(Zeroizing<String>),
}

impl Body {
    /// A value of ours as JSON.
    pub fn json(value: &impl Serialize) -> Result<Self, Fault> {
        // Room enough from the start: a buffer that grows leaves copies of a password behind.
        let mut body = Zeroizing::new(Vec::with_capacity(2048));
        serde_json::to_writer(&mut *body, value)
            .map_err(|error| Fault::Died { part: "request".into(), words: error.to_string().into() })?;
        Ok(Self::Json(body))
    }
}

/// One request, relative to the base address.
pub struct Call<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) bearer: Option<&'a str>,
    pub(super) body: Body,
    pub(super) cap: usize,
    pub(super) total: Option<Duration>,
}

impl<'a> Call<'a> {
    /// A GET. It may be sent again.
    pub fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, bearer: None, body: Body::Empty, cap: ONE, total: None }
    }

    /// A POST. It is sent once, and follows no redirect.
    pub fn post(path: &'a str, body: Body) -> Self {
        Self { method: Method::POST, body, ..Self::get(path) }
    }

    /// A PATCH. It is sent once, and follows no redirect.
    pub fn patch(path: &'a str, body: Body) -> Self {
        Self { method: Method::PATCH, body, ..Self::get(path) }
    }

    /// A DELETE. It is sent once, and follows no redirect.
    pub fn delete(path: &'a str) -> Self {
        Self { method: Method::DELETE, ..Self::get(path) }
    }

    /// Carries this token.
    #[must_use]
    pub fn bearer(mut self, token: &'a str) -> Self {
        self.bearer = Some(token);
        self
    }

    /// Takes an answer of up to `cap` bytes. The default is [`ONE`].
    #[must_use]
    pub fn cap(mut self, cap: usize) -> Self {
        self.cap = cap;
        self
    }

    /// Gives the whole call this long instead of what the options say.
    #[must_use]
    pub fn within(mut self, total: Duration) -> Self {
        self.total = Some(total);
        self
    }
}
