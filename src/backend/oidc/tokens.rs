//! What the token endpoint hands out (RFC 6749 §5.1), and how it rests: several values as one secret.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::PoisonError;
use zeroize::{Zeroize, Zeroizing};

use super::Oidc;
use super::claims::{self, Claims, decode, encode};
use super::grant::{LONGEST, seconds};
use crate::error::Fault;
use crate::secret::{Secret, SecretRef};

/// What a secret of ours begins with; a bare access token that was handed in does not.
const MARK: &str = "oidc1.";
/// A token counts as stale this long before its end, in seconds.
const EARLY: i64 = 30;

/// The answer of the token endpoint.
#[derive(Deserialize)]
pub(super) struct Said {
    access_token: Option<String>,
    token_type: Option<String>,
    refresh_token: Option<String>,
    id_token: Option<String>,
    #[serde(default)]
    expires_in: Value,
}

impl Drop for Said {
    fn drop(&mut self) {
        for part in [&mut self.access_token, &mut self.refresh_token, &mut self.id_token] {
            part.zeroize();
        }
    }
}

/// A session: its tokens, and whom they are for. It has no Debug.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Session {
    pub access: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<String>,
    /// When the access token runs out, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<i64>,
    /// The subject that the ID token named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub email: String,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.access.zeroize();
        self.refresh.zeroize();
    }
}

impl Session {
    /// Whether the access token ran out, or is about to.
    pub fn stale(&self, now: jiff::Timestamp) -> bool {
        self.expires.is_some_and(|end| end.saturating_sub(EARLY) <= now.as_second())
    }
}

impl Oidc {
    /// Checks what was handed out, and puts it into the vault. What a renewal leaves out stays as it was
    /// `before` (RFC 6749 §6); its ID token must name the same subject (OpenID Connect Core 12.2).
    pub(super) fn take(&self, said: Said, before: Option<&Session>) -> Result<SecretRef, &'static str> {
        self.checked_in(said, before, None)
    }

    /// The same for what a browser's code was exchanged for. The nonce in its ID token ties it to this sign-in, so
    /// there must be one wherever OpenID was asked for (OpenID Connect Core 3.1.3.3).
    pub(super) fn take_for(&self, said: Said, nonce: &str) -> Result<SecretRef, &'static str> {
        if said.id_token.is_none() && self.client.scopes.iter().any(|scope| scope == "openid") {
            return Err("it gave no ID token, so nobody can tell for which sign-in its token is");
        }
        self.checked_in(said, None, Some(nonce))
    }

    fn checked_in(
        &self,
        mut said: Said,
        before: Option<&Session>,
        nonce: Option<&str>,
    ) -> Result<SecretRef, &'static str> {
        if said.token_type.as_deref().is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
            return Err("its token is of a kind that we cannot use");
        }
        let access = said.access_token.take().unwrap_or_default();
        let refresh = said.refresh_token.take().filter(|token| !token.is_empty());
        // A bearer holds visible ASCII only (RFC 6750 §2.1).
        let fits = |token: &str| token.len() <= LONGEST && token.bytes().all(|b| b.is_ascii_graphic());
        if access.is_empty() || !fits(&access) || !refresh.as_deref().is_none_or(fits) {
            return Err("its token cannot be sent back");
        }
        let claims = match &said.id_token {
            Some(token) => Some(claims::check(token, &self.client, self.now(), nonce)?),
            None => None,
        };
        let known = before.and_then(|before| before.sub.clone());
        let named = claims.as_ref().map(|claims| claims.sub.clone());
        if let (Some(known), Some(named)) = (&known, &named)
            && known != named
        {
            return Err("its ID token names another subject than before");
        }
        let Claims { name, email, .. } = claims.unwrap_or_else(|| Claims {
            sub: String::new(),
            name: before.map(|before| before.name.clone()).unwrap_or_default(),
            email: before.map(|before| before.email.clone()).unwrap_or_default(),
        });
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a fraction of a second is of no account, and casts saturate"
        )]
        let life = seconds(&said.expires_in).filter(|life| *life > 0.0).map(|life| life as i64);
        // By this machine's clock, which is the one that it is compared with later.
        let expires = life.map(|life| (self.clock)().as_second().saturating_add(life));
        let refresh = refresh.or_else(|| before.and_then(|before| before.refresh.clone()));
        Ok(self.keep(&Session { access, refresh, expires, sub: named.or(known), name, email }))
    }

    /// Puts a session into the vault.
    pub(super) fn keep(&self, session: &Session) -> SecretRef {
        self.guard(session);
        let json = Zeroizing::new(serde_json::to_vec(session).unwrap_or_default());
        let sealed = Zeroizing::new(format!("{MARK}{}", *Zeroizing::new(encode(&json))));
        self.vault.keep(Secret::new(sealed.as_str(), self.audience()))
    }

    /// Opens a session, or a bare access token that was handed in.
    pub(super) fn open(&self, session: SecretRef) -> Result<Session, Fault> {
        // A handle that was dropped or belongs elsewhere is, for the person, a session that is no more.
        let held = self.vault.open(session, &self.audience()).map_err(|_| Fault::SessionRejected)?;
        let Some(sealed) = held.strip_prefix(MARK) else {
            let mut bare = Session::default();
            held.as_str().clone_into(&mut bare.access);
            return Ok(bare);
        };
        let json = decode(sealed).map(Zeroizing::new).ok_or(Fault::SessionRejected)?;
        let session = serde_json::from_slice(&json).map_err(|_| Fault::SessionRejected)?;
        self.guard(&session);
        Ok(session)
    }

    /// Makes the parts of a session known to the vault, which takes them out of every text.
    fn guard(&self, session: &Session) {
        for part in [Some(&session.access), session.refresh.as_ref()].into_iter().flatten() {
            self.hide(part);
        }
    }

    /// Makes a value known to the vault, as long as this provider is spoken to.
    pub(super) fn hide(&self, part: &str) {
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let known = parts
            .iter()
            .any(|held| self.vault.open(*held, &self.audience()).is_ok_and(|held| held.as_str() == part));
        if !known {
            parts.push(self.vault.keep(Secret::new(part, self.audience())));
        }
    }
}
