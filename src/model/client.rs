//! Accounts, clients, and what a claim needs and yields.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::machine::{Ahead, Release};
use super::names::{ClusterId, Location, Slug, Username};
use crate::foreign::Text;
use crate::secret::SecretRef;

/// Who signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The account id: what is compared; names and e-mail addresses are only shown.
    pub id: u64,
    /// The account's name.
    pub name: Text,
    /// The person's e-mail address.
    pub email: Text,
    /// The person's first name, for name proposals.
    pub first_name: Text,
}

/// One machine identity in an account, as the control plane lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// The dashboard number; never a login.
    pub id: u64,
    /// The display name.
    pub name: Text,
    /// The Kubernetes namespace; frozen at creation. Shown only: claims check it again.
    pub namespace: Text,
    /// The machine's login name, if the row holds a well-formed one.
    pub username: Option<Username>,
    /// Where it stands.
    pub location: Location,
    /// How it is doing.
    pub state: ClientState,
    /// The cluster it is anchored to, if any.
    pub cluster_id: Option<ClusterId>,
    /// Whether it was retired.
    pub decommissioned: bool,
    /// When the control plane last heard of it.
    pub last_heard: Option<Timestamp>,
    /// How many experiments run on it, if the server says.
    pub running: Option<u64>,
}

/// A client's state by the control plane's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientState {
    /// Not heard from lately.
    Offline,
    /// Heard from lately.
    Online,
    /// Created, never heard from.
    Pending,
    /// A state this program does not know.
    Unknown,
}

/// A part of the account's list. Only when `next` is empty, and the number of rows equals `count`, is it whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientPage {
    /// The rows of this page.
    pub rows: Vec<Client>,
    /// How many rows the server says there are, if it says.
    pub count: Option<u64>,
    /// Path and query of the next page.
    pub next: Option<String>,
}

/// What the person chose on the client pane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// A new client.
    New,
    /// This client is ours and on this cluster: continue with it.
    Adopt(u64),
    /// This client is ours, without a cluster and never seen: give it this one.
    Backfill(u64),
}

/// What a person agreed to beyond the plain yes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// That this is the machine the client was enrolled on, where that cannot be told.
    pub same_machine: bool,
    /// That the password of the client in this namespace may be replaced.
    pub reset: Option<Slug>,
    /// That another run on this cluster is not waited for.
    pub take_over: bool,
    /// That a registration which is there is replaced by a new one.
    #[serde(default)]
    pub replace: bool,
}

/// What a run is about to do; shown on the review, checked again after the yes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Intent {
    /// Which client.
    pub choice: Choice,
    /// The display name; for an adoption the one it has.
    pub name: Text,
    /// The namespace asked for; for an adoption the one it has.
    pub slug: Slug,
    /// Where it stands.
    pub location: Location,
    /// The account that signed in.
    pub account: u64,
    /// The cluster that was looked at.
    pub cluster: ClusterId,
    /// What was living there when the review was drawn.
    pub release: Release,
    /// Which Jobs the review said would pull images.
    pub ahead: Ahead,
    /// What else was agreed to.
    pub consent: Consent,
}

/// What a person may say anew of a client. Its identity and its namespace stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edit {
    /// Another display name.
    Name(Text),
    /// Another location, or none.
    Location(Location),
}

/// How an identity was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// The server made a new client (201).
    Minted,
    /// The account already held this cluster's client.
    Adopted,
    /// An earlier run had begun it; this one finished it.
    Resumed,
    /// It was there, its password was lost, and a person agreed to a new one.
    Reset,
}

/// An identity that is ours, with a credential that was proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    /// The dashboard number.
    pub id: u64,
    /// How it came.
    pub how: How,
    /// The display name.
    pub name: Text,
    /// The namespace, checked.
    pub namespace: Slug,
    /// The machine's login name.
    pub username: Username,
    /// The machine's password.
    pub password: SecretRef,
    /// Where it stands, by the server's word.
    pub location: Location,
}

/// What the control plane says of a client, by its own clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// Its state.
    pub state: ClientState,
    /// When it was last heard from.
    pub last_heard: Option<Timestamp>,
    /// The server's own time when it answered (its `Date` header).
    pub server_now: Option<Timestamp>,
}
