//! The seam to control planes: who knows accounts and clients. One folder and one line in a table each.

use std::time::Duration;

use jiff::Timestamp;

use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{
    Account, Client, ClientPage, ClusterId, Grant, Issued, Link, Location, Owner, Presence, Probe, Reader,
    Renewal, Reply, ReverseCode, Shape, Slug, Unfit, Username,
};
use crate::secret::SecretRef;

pub use crate::model::Edit;

pub mod device_grant;
pub mod oidc;
pub mod provisioning;
pub mod pychron;

/// What the asking device says of itself; sent only where the server says it takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceContext {
    /// Host name.
    pub host: Text,
    /// Who runs this program.
    pub user: Text,
    /// Operating system and architecture.
    pub os: Text,
    /// A keyed hash made for this purpose, never a machine id; empty where there is none.
    pub fingerprint: Text,
    /// The public key that is to be registered, as one line of OpenSSH, where a key is made before the grant.
    pub key: Option<Text>,
}

/// A device grant under way: what a person sees, and the handle of the device code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// What a person needs to approve it.
    pub grant: Grant,
    /// The device code; never shown, never logged (RFC 8628 §5.2).
    pub device_code: SecretRef,
}

/// The answer to one poll. Every dialect maps to this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nobody has decided yet.
    Pending {
        /// `Retry-After`, if there was one.
        wait: Option<Duration>,
    },
    /// Wait five seconds longer, for good (RFC 8628 §3.5).
    SlowDown {
        /// `Retry-After`, if there was one.
        wait: Option<Duration>,
    },
    /// Approved, but the digits that the approval page shows are missing, or are others than those sent.
    ReverseCode,
    /// Declined or not accepted; final.
    Denied,
    /// The code is dead; final.
    Expired,
    /// No usable answer; worth another try, after `wait` if the server said so.
    Retry {
        /// What went wrong.
        fault: Fault,
        /// `Retry-After`, if there was one.
        wait: Option<Duration>,
    },
    /// No later poll can succeed.
    Fatal(Fault),
    /// Signed in.
    Granted(SecretRef),
    /// Signed in, and the identity with its credential came along.
    Issued(Box<Issued>),
}

/// What came of the address that a browser elsewhere ended at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Returned {
    /// Signed in.
    Session(SecretRef),
    /// It cannot be used; another one may be.
    Unfit(Unfit),
    /// That sign-in is over.
    Failed(Fault),
}

/// What a back end without browsers says when it is asked for one.
fn no_browser() -> Fault {
    Fault::BadInput {
        what: "This profile".into(),
        why: "its control plane has no sign-in by a browser".into(),
    }
}

/// What to ask for when claiming an identity (get-or-create keyed on the cluster).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// The display name.
    pub name: Text,
    /// The namespace asked for.
    pub slug: Slug,
    /// Where it stands.
    pub location: Location,
    /// The anchor.
    pub cluster: ClusterId,
    /// The account that signed in; part of the credential's audience.
    pub account: u64,
    /// The credential written ahead.
    pub password: SecretRef,
}

/// How a claim went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 201: the server made a new client.
    Minted(Client),
    /// 200: the account already held a client for this cluster; its password is not ours unless proven.
    Existing(Client),
    /// The server's namespace is taken; another one may do.
    NamespaceTaken,
    /// No.
    Refused(Fault),
    /// The reply was lost or garbled: the claim may or may not have happened. Look again.
    Unknown(Fault),
}

/// A change to a client of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amendment {
    /// Anchor a client that has no cluster yet.
    Anchor(ClusterId),
    /// Replace its password; by consent only.
    Password(SecretRef),
}

/// How the control plane took the end of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Its credential is dead; its row and history stay.
    Revoked,
    /// The account has no such client (any more).
    Gone,
}

/// Whether a machine credential works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It does.
    Works,
    /// The control plane rejects it.
    Rejected,
    /// The client was revoked or retired.
    Inactive,
    /// It cannot be told.
    Unknown(Fault),
}

/// What a back end without a list of clients says when it is asked for one.
fn no_list() -> Fault {
    let why = "its control plane keeps no list of clients".into();
    Fault::BadInput { what: "This profile".into(), why }
}

/// How a device grant is polled: the schedule's rules as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Whether the first poll comes at once, and not after one interval.
    pub at_once: bool,
    /// How many polls in a row may go wrong, on the same pace; without it any number, with a growing pause.
    pub patience: Option<u32>,
}

impl Default for Pace {
    /// RFC 8628: after one interval, and with a growing pause (§3.5).
    fn default() -> Self {
        Self { at_once: false, patience: None }
    }
}

/// A control plane. Of the second half, those that issue an identity with the sign-in offer the last two, and
/// the others the rest.
pub trait Backend: Send + Sync {
    /// Steps, nouns and routes of this back end.
    fn shape(&self) -> Shape;
    /// How a device grant is polled.
    fn pace(&self) -> Pace {
        Pace::default()
    }
    /// Starts a device grant (RFC 8628 §3.1).
    fn begin<'a>(&'a self, device: &'a DeviceContext) -> Reply<'a, Result<Begun, Fault>>;
    /// Polls once (RFC 8628 §3.4).
    fn poll(&self, device_code: SecretRef) -> Reply<'_, Answer>;
    /// Polls once with the digits that the server asked for ([`Answer::ReverseCode`]). A dialect that never asks
    /// for them never sends them.
    fn poll_with<'a>(&'a self, device_code: SecretRef, _digits: &'a ReverseCode) -> Reply<'a, Answer> {
        self.poll(device_code)
    }
    /// Whether a browser can sign in (authorization code with PKCE, RFC 7636); may ask the server.
    fn browses(&self) -> Reply<'_, bool> {
        Box::pin(async { false })
    }
    /// Begins a sign-in by a browser: the address to open. What was begun before is over.
    fn browse(&self) -> Reply<'_, Result<Link, Fault>> {
        Box::pin(async { Err(no_browser()) })
    }
    /// Waits until a browser on this machine comes back from there.
    fn comes_back(&self) -> Reply<'_, Result<SecretRef, Fault>> {
        Box::pin(async { Err(no_browser()) })
    }
    /// Takes the address that a browser elsewhere came to, and wipes it.
    fn redeem(&self, _pasted: SecretRef) -> Reply<'_, Returned> {
        Box::pin(async { Returned::Failed(no_browser()) })
    }
    /// Ends the session at the server. `Ok` only if the server confirmed it.
    fn revoke(&self, session: SecretRef) -> Reply<'_, Result<(), Fault>>;
    /// What is left of a session that is to be renewed, without what renews it: because it ran out, or `anyway`.
    /// Nothing if it is not to be, or cannot be.
    fn spent(&self, _session: SecretRef, _anyway: bool) -> Option<SecretRef> {
        None
    }
    /// When a session ends that cannot be renewed, if the server said so.
    fn ends(&self, _session: SecretRef) -> Option<Timestamp> {
        None
    }
    /// Renews a session, once: its renewal is never sent twice.
    fn renew(&self, _session: SecretRef) -> Reply<'_, Renewal> {
        Box::pin(async { Renewal::Rejected })
    }
    /// The server's own time at its latest answer (its `Date` header).
    fn server_time(&self) -> Option<Timestamp>;
    /// Who else can read what is sent, if a server's certificate counts by the word of a CA that was added.
    fn reader(&self) -> Option<Reader> {
        None
    }

    /// Who the session belongs to.
    fn who(&self, _session: SecretRef) -> Reply<'_, Result<Account, Fault>> {
        Box::pin(async { Err(no_list()) })
    }
    /// A page of the account's clients; `next` is what the page before named.
    fn clients<'a>(
        &'a self,
        _session: SecretRef,
        _next: Option<&'a str>,
    ) -> Reply<'a, Result<ClientPage, Fault>> {
        Box::pin(async { Err(no_list()) })
    }
    /// One client, or none of that id.
    fn client(&self, _session: SecretRef, _id: u64) -> Reply<'_, Result<Option<Client>, Fault>> {
        Box::pin(async { Err(no_list()) })
    }
    /// Get-or-create keyed on the cluster.
    fn claim<'a>(&'a self, _session: SecretRef, _application: &'a Application) -> Reply<'a, Outcome> {
        Box::pin(async { Outcome::Refused(no_list()) })
    }
    /// Changes a client of ours. `account` and `cluster` name the audience of a password.
    fn amend<'a>(
        &'a self,
        _session: SecretRef,
        _id: u64,
        _account: u64,
        _cluster: &'a ClusterId,
        _change: &'a Amendment,
    ) -> Reply<'a, Result<Client, Fault>> {
        Box::pin(async { Err(no_list()) })
    }
    /// Says something anew of a client of ours.
    fn edit<'a>(
        &'a self,
        _session: SecretRef,
        _id: u64,
        _edit: &'a Edit,
    ) -> Reply<'a, Result<Client, Fault>> {
        Box::pin(async { Err(no_list()) })
    }
    /// Kills the machine credential of a client of ours; its row stays. May be asked again.
    fn retire(&self, _session: SecretRef, _id: u64) -> Reply<'_, Result<Ending, Fault>> {
        Box::pin(async { Err(no_list()) })
    }
    /// Whether a machine credential works. At most five a run.
    fn prove<'a>(
        &'a self,
        _account: u64,
        _cluster: &'a ClusterId,
        _username: &'a Username,
        _password: SecretRef,
    ) -> Reply<'a, Proof> {
        Box::pin(async { Proof::Unknown(no_list()) })
    }
    /// What the control plane says of a client.
    fn presence(&self, _session: SecretRef, _id: u64) -> Reply<'_, Result<Presence, Fault>> {
        Box::pin(async { Err(no_list()) })
    }

    /// Registers a key with a token that was issued elsewhere, instead of a device grant.
    fn register<'a>(
        &'a self,
        _token: SecretRef,
        _device: &'a DeviceContext,
    ) -> Reply<'a, Result<Issued, Fault>> {
        let why = "its control plane issues no identity with a token".into();
        Box::pin(async { Err(Fault::BadInput { what: "This profile".into(), why }) })
    }
    /// What the control plane says to an issued token, asked at `elsewhere` if that was agreed to.
    fn probe<'a>(
        &'a self,
        _token: SecretRef,
        _owner: &'a Owner,
        _elsewhere: Option<&'a str>,
    ) -> Reply<'a, Probe> {
        Box::pin(async { Probe::NoToken })
    }
}
