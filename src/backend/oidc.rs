//! OpenID Connect: discovery, the device grant in its standard form, the authorization code with PKCE, who it is,
//! renewal and revocation.
//!
//! It signs in and says who one is; it knows no clients. Every rule is a standard's: RFC 8414 and OpenID Connect
//! Discovery for the addresses, RFC 8628 for the device grant, RFC 7636 and RFC 8252 for browsers, RFC 6749 for renewal, RFC 7009 for the end, OpenID
//! Connect Core for identity. A session holds several values; they rest together as one secret.

mod browser;
mod claims;
mod discovery;
mod grant;
mod identity;
mod life;
mod loopback;
mod refusal;
mod tokens;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::OnceCell;
use url::Url;

use super::{Answer, Backend, Begun, DeviceContext, Returned};
use crate::error::Fault;
use crate::http::{Http, Options};
use crate::model::{
    Account, Approver, Credential, Link, Nouns, OidcClient, Reader, Renewal, Reply, Route, Shape, Step, Trust,
};
use crate::secret::{Audience, SecretRef, Vault};

use browser::Attempt;
use discovery::Places;

/// An OpenID provider.
pub struct Oidc {
    client: OidcClient,
    issuer: Url,
    vault: Vault,
    options: Options,
    clock: fn() -> Timestamp,
    /// The one client of each origin that the provider's addresses lie at.
    links: Mutex<HashMap<String, Arc<Http>>>,
    places: OnceCell<Places>,
    /// The sign-in by a browser that is under way.
    attempt: Mutex<Option<Arc<Attempt>>>,
    /// Whose pages a person may be sent to.
    trust: Trust,
    /// The parts of the sessions that were opened, so that none of them passes a text.
    parts: Mutex<Vec<SecretRef>>,
}

impl Oidc {
    /// A provider by its issuer. Nothing is sent yet.
    pub fn new(
        client: OidcClient,
        vault: Vault,
        options: &Options,
        clock: fn() -> Timestamp,
    ) -> Result<Self, Fault> {
        let bad = |why: &str| Fault::BadInput { what: "The issuer".into(), why: why.into() };
        let issuer: Url = client.issuer.parse().map_err(|_| bad("it is not an address"))?;
        // OpenID Connect Discovery 3: no query and no fragment.
        if issuer.query().is_some() || issuer.fragment().is_some() {
            return Err(bad("it must end with the path, without ? or #"));
        }
        if client.client_id.is_empty() {
            return Err(bad("its profile names no client_id"));
        }
        let new = Self {
            client,
            issuer,
            vault,
            options: options.clone(),
            clock,
            links: Mutex::default(),
            places: OnceCell::new(),
            attempt: Mutex::default(),
            trust: Trust::default(),
            parts: Mutex::default(),
        };
        new.link(&new.issuer)?;
        Ok(new)
    }

    /// With what the profile says of its pages.
    #[must_use]
    pub fn trusting(mut self, trust: &Trust) -> Self {
        self.trust = trust.clone();
        self
    }

    /// The client of the origin that an address lies at.
    fn link(&self, url: &Url) -> Result<Arc<Http>, Fault> {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        let origin = url.origin().ascii_serialization();
        if let Some(http) = links.get(&origin) {
            return Ok(http.clone());
        }
        let mut root = url.clone();
        root.set_path("/");
        root.set_query(None);
        root.set_fragment(None);
        let http = Arc::new(Http::new(root, self.vault.clone(), &self.options)?);
        links.insert(origin, http.clone());
        Ok(http)
    }

    /// The audience of every secret of this provider.
    fn audience(&self) -> Audience {
        Audience::session(self.issuer.origin().ascii_serialization())
    }

    /// The time to judge tokens by: the server's own, so that a wrong clock here does no harm.
    fn now(&self) -> Timestamp {
        self.server_time().unwrap_or_else(self.clock)
    }

    fn scope(&self) -> String {
        self.client.scopes.join(" ")
    }
}

impl Drop for Oidc {
    fn drop(&mut self) {
        for part in self.parts.get_mut().unwrap_or_else(PoisonError::into_inner).drain(..) {
            self.vault.drop(part);
        }
    }
}

impl Backend for Oidc {
    fn shape(&self) -> Shape {
        Shape {
            steps: &[Step::SignIn],
            nouns: Nouns { client: "client", place: "machine", end: "Signed in" },
            routes: &[Route::Device, Route::Token, Route::Browser],
            approver: Approver::Person,
            credential: Credential::Chosen,
        }
    }

    fn begin<'a>(&'a self, _: &'a DeviceContext) -> Reply<'a, Result<Begun, Fault>> {
        Box::pin(self.start_grant())
    }

    fn poll(&self, device_code: SecretRef) -> Reply<'_, Answer> {
        Box::pin(self.poll_grant(device_code))
    }

    fn browses(&self) -> Reply<'_, bool> {
        Box::pin(self.takes_browser())
    }

    fn browse(&self) -> Reply<'_, Result<Link, Fault>> {
        Box::pin(self.open_browser())
    }

    fn comes_back(&self) -> Reply<'_, Result<SecretRef, Fault>> {
        Box::pin(self.browser_returns())
    }

    fn redeem(&self, pasted: SecretRef) -> Reply<'_, Returned> {
        Box::pin(self.take_pasted(pasted))
    }

    fn who(&self, session: SecretRef) -> Reply<'_, Result<Account, Fault>> {
        Box::pin(self.account(session))
    }

    fn revoke(&self, session: SecretRef) -> Reply<'_, Result<(), Fault>> {
        Box::pin(self.end_session(session))
    }

    fn spent(&self, session: SecretRef, anyway: bool) -> Option<SecretRef> {
        self.worn(session, anyway)
    }

    fn ends(&self, session: SecretRef) -> Option<Timestamp> {
        let session = self.open(session).ok().filter(|session| session.refresh.is_none())?;
        Timestamp::from_second(session.expires?).ok()
    }

    fn renew(&self, session: SecretRef) -> Reply<'_, Renewal> {
        Box::pin(self.refresh(session))
    }

    fn server_time(&self) -> Option<Timestamp> {
        let links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        links.values().filter_map(|http| http.server_time()).max()
    }

    fn reader(&self) -> Option<Reader> {
        let links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        links.values().find_map(|http| http.reader())
    }
}
