//! pychronAPI: a workstation asks for a code with its new public key, an administrator approves elsewhere, and
//! the poll itself brings token, registration and SSH alias.
//!
//! The dialect looks like RFC 8628 and differs in every field and status: 201 for the code, 425 for pending,
//! 403, 410 and 400 for the ends. What ends in a file of this machine is checked here, once, before anything
//! else sees it.

mod grant;
mod issued;
mod register;
mod whoami;

use std::time::Duration;

use jiff::Timestamp;
use url::Url;
use zeroize::Zeroizing;

use super::{Answer, Backend, Begun, DeviceContext, Pace};
use crate::error::Fault;
use crate::foreign::Text;
use crate::http::{Answered, Deadlines, Http, Options};
use crate::model::{
    Approver, Credential, Issued, Nouns, Owner, Probe, Reader, Reply, Route, Shape, Step, Trust,
};
use crate::secret::{Audience, Secret, SecretRef, Vault};

/// Where all of it lies below the base address.
const BELOW: &str = "api/v1/forgejo";
/// The longest token that is taken, in bytes.
const TOKEN: usize = 16 * 1024;
/// How long one call may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How many polls in a row may go wrong.
const PATIENCE: u32 = 6;
/// The longest piece of the server's prose that is repeated, in characters.
const SAID: usize = 200;

/// A control plane that speaks pychronAPI.
pub struct Pychron {
    http: Http,
    vault: Vault,
    origin: String,
    options: Options,
    clock: fn() -> Timestamp,
    /// Whose pages a person may be sent to.
    trust: Trust,
}

impl Pychron {
    /// A control plane at that base address. Nothing is sent yet. `clock` counts where the server's answers
    /// name no time.
    pub fn new(api: Url, vault: Vault, options: &Options, clock: fn() -> Timestamp) -> Result<Self, Fault> {
        let deadlines = Deadlines { connect: LIMIT, read: LIMIT, total: LIMIT, ..options.deadlines };
        let options = Options { deadlines, ..options.clone() };
        let http = Http::new(api, vault.clone(), &options)?;
        Ok(Self { origin: http.origin(), http, vault, options, clock, trust: Trust::default() })
    }

    /// With what the profile says of its pages.
    #[must_use]
    pub fn trusting(self, trust: &Trust) -> Self {
        Self { trust: trust.clone(), ..self }
    }

    fn audience(&self) -> Audience {
        Audience::session(self.origin.clone())
    }

    fn open(&self, token: SecretRef) -> Result<Zeroizing<String>, Fault> {
        self.vault.open(token, &self.audience()).map_err(|_| Fault::SessionRejected)
    }

    /// A token of the server's, put away if it can be sent back (RFC 6750 §2.1).
    fn keep(&self, token: String) -> Option<SecretRef> {
        let secret = Zeroizing::new(token);
        let fits =
            !secret.is_empty() && secret.len() <= TOKEN && secret.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| self.vault.keep(Secret::new(secret.as_str(), self.audience())))
    }

    /// What an answer without success means, where its status has no meaning of its own.
    fn refusal(&self, answered: &Answered) -> Fault {
        let host = self.http.host().clone();
        if answered.status == 429 {
            return Fault::RateLimited { wait: answered.retry_after };
        }
        if answered.is_page() || (300..400).contains(&answered.status) {
            let title = Text::within(&self.http.text(&answered.title()), 80);
            return Fault::NotTheApi { host, status: answered.status, title };
        }
        Fault::Server { host, status: answered.status, said: self.said(answered) }
    }

    /// What the server says for itself.
    fn said(&self, answered: &Answered) -> Text {
        let json = answered.json();
        let words = json.as_ref().and_then(|json| {
            ["detail", "message", "error"].iter().find_map(|key| Some(json.get(key)?.as_str()?.to_owned()))
        });
        let words = words.unwrap_or_else(|| String::from_utf8_lossy(&answered.body).into_owned());
        Text::within(&self.http.text(&words), SAID)
    }
}

impl Backend for Pychron {
    fn shape(&self) -> Shape {
        Shape {
            steps: &[Step::Review, Step::SignIn, Step::Rollout, Step::Live],
            nouns: Nouns { client: "workstation", place: "machine", end: "Registered" },
            routes: &[Route::Device, Route::Token],
            approver: Approver::Administrator,
            credential: Credential::Issued,
        }
    }

    fn pace(&self) -> Pace {
        Pace { at_once: true, patience: Some(PATIENCE) }
    }

    fn begin<'a>(&'a self, device: &'a DeviceContext) -> Reply<'a, Result<Begun, Fault>> {
        Box::pin(self.start(device))
    }

    fn poll(&self, device_code: SecretRef) -> Reply<'_, Answer> {
        Box::pin(self.ask(device_code))
    }

    fn revoke(&self, token: SecretRef) -> Reply<'_, Result<(), Fault>> {
        Box::pin(self.end(token))
    }

    fn register<'a>(
        &'a self,
        token: SecretRef,
        device: &'a DeviceContext,
    ) -> Reply<'a, Result<Issued, Fault>> {
        Box::pin(self.register_key(token, device))
    }

    fn probe<'a>(
        &'a self,
        token: SecretRef,
        owner: &'a Owner,
        elsewhere: Option<&'a str>,
    ) -> Reply<'a, Probe> {
        Box::pin(self.whoami(token, owner, elsewhere))
    }

    fn server_time(&self) -> Option<Timestamp> {
        self.http.server_time()
    }

    fn reader(&self) -> Option<Reader> {
        self.http.reader()
    }
}

/// The key that the install made; without one there is nothing to register.
fn key(device: &DeviceContext) -> Result<&str, Fault> {
    let none = || Fault::Died { part: "the new key".into(), words: "none was made".into() };
    device.key.as_deref().map(str::trim).filter(|key| !key.is_empty()).ok_or_else(none)
}
