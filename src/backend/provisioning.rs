//! The provisioning API: device grants, accounts and clients over JSON.
//!
//! Liberal in what is accepted: unknown fields, missing fields, numbers as text. Strict in what is used: a
//! login name is a UUID, a namespace a DNS label, a location a zone key, an address to open is https. Text
//! of the server's becomes [`crate::foreign::Text`] after every secret we hold was taken out of it.

mod claim;
mod clients;
mod fields;
mod grant;
mod life;
mod refusal;
mod session;

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::AtomicU32;

use jiff::Timestamp;
use tokio::sync::OnceCell;
use url::Url;
use zeroize::Zeroizing;

use super::{Amendment, Answer, Application, Backend, Begun, DeviceContext, Edit, Ending, Outcome, Proof};
use crate::error::Fault;
use crate::http::{Http, Options};
use crate::model::{
    Account, Approver, Client, ClientPage, ClusterId, Credential, Nouns, Presence, Reader, Reply,
    ReverseCode, Route, Shape, Step, Trust, Username,
};
use crate::secret::{Audience, SecretRef, Vault};

/// A control plane that speaks the provisioning API.
pub struct Provisioning {
    http: Http,
    vault: Vault,
    origin: String,
    /// What the server takes beyond the common form; asked once.
    extensions: OnceCell<grant::Extensions>,
    /// Whose pages a person may be sent to.
    trust: Trust,
    /// Pages read of the list that is being read.
    pages: AtomicU32,
    /// Proofs tried, by login name.
    proofs: Mutex<HashMap<Username, u8>>,
}

impl Provisioning {
    /// A control plane at that base address, which may hold a path. Nothing is sent yet.
    pub fn new(api: Url, vault: Vault, options: &Options) -> Result<Self, Fault> {
        let http = Http::new(api, vault.clone(), options)?;
        Ok(Self {
            origin: http.origin(),
            http,
            vault,
            extensions: OnceCell::new(),
            trust: Trust::default(),
            pages: AtomicU32::new(0),
            proofs: Mutex::default(),
        })
    }

    /// With what the profile says of its pages.
    #[must_use]
    pub fn trusting(self, trust: &Trust) -> Self {
        Self { trust: trust.clone(), ..self }
    }

    /// Scheme, host and port: the audience of the session and of the machine credential.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    fn token(&self, session: SecretRef) -> Result<Zeroizing<String>, Fault> {
        // A handle that was dropped or belongs elsewhere is, for the person, a session that is no more.
        self.vault.open(session, &Audience::session(self.origin.clone())).map_err(|_| Fault::SessionRejected)
    }
}

impl Backend for Provisioning {
    fn shape(&self) -> Shape {
        Shape {
            steps: &[Step::SignIn, Step::Client, Step::Location, Step::Review, Step::Rollout, Step::Live],
            nouns: Nouns { client: "client", place: "cluster", end: "Online" },
            routes: &[Route::Device, Route::Token],
            approver: Approver::Person,
            credential: Credential::Chosen,
        }
    }

    fn begin<'a>(&'a self, device: &'a DeviceContext) -> Reply<'a, Result<Begun, Fault>> {
        Box::pin(self.start_grant(device))
    }

    fn poll(&self, device_code: SecretRef) -> Reply<'_, Answer> {
        Box::pin(self.poll_grant(device_code, None))
    }

    fn poll_with<'a>(&'a self, device_code: SecretRef, digits: &'a ReverseCode) -> Reply<'a, Answer> {
        Box::pin(self.poll_grant(device_code, Some(digits)))
    }

    fn who(&self, session: SecretRef) -> Reply<'_, Result<Account, Fault>> {
        Box::pin(self.account(session))
    }

    fn clients<'a>(
        &'a self,
        session: SecretRef,
        next: Option<&'a str>,
    ) -> Reply<'a, Result<ClientPage, Fault>> {
        Box::pin(self.page(session, next))
    }

    fn client(&self, session: SecretRef, id: u64) -> Reply<'_, Result<Option<Client>, Fault>> {
        Box::pin(async move { Ok(self.one_client(session, id).await?.map(|(client, _)| client)) })
    }

    fn claim<'a>(&'a self, session: SecretRef, application: &'a Application) -> Reply<'a, Outcome> {
        Box::pin(self.get_or_create(session, application))
    }

    fn amend<'a>(
        &'a self,
        session: SecretRef,
        id: u64,
        account: u64,
        cluster: &'a ClusterId,
        change: &'a Amendment,
    ) -> Reply<'a, Result<Client, Fault>> {
        Box::pin(self.change(session, id, account, cluster, change))
    }

    fn edit<'a>(&'a self, session: SecretRef, id: u64, edit: &'a Edit) -> Reply<'a, Result<Client, Fault>> {
        Box::pin(self.say_anew(session, id, edit))
    }

    fn retire(&self, session: SecretRef, id: u64) -> Reply<'_, Result<Ending, Fault>> {
        Box::pin(self.end_client(session, id))
    }

    fn prove<'a>(
        &'a self,
        account: u64,
        cluster: &'a ClusterId,
        username: &'a Username,
        password: SecretRef,
    ) -> Reply<'a, Proof> {
        Box::pin(self.log_in_as_machine(account, cluster, username, password))
    }

    fn presence(&self, session: SecretRef, id: u64) -> Reply<'_, Result<Presence, Fault>> {
        Box::pin(self.heard_of(session, id))
    }

    fn revoke(&self, session: SecretRef) -> Reply<'_, Result<(), Fault>> {
        Box::pin(self.end_session(session))
    }

    fn server_time(&self) -> Option<Timestamp> {
        self.http.server_time()
    }

    fn reader(&self) -> Option<Reader> {
        self.http.reader()
    }
}
