//! The store, the account, and the control plane's view.

use jiff::Timestamp;

use crate::backend::Proof;
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Account, Client, Known, Presence, Slug};

/// Where things rest on this machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Store {
    /// The state of earlier runs: whether there is one, or why it cannot be read.
    pub state: Result<bool, Fault>,
    /// Whether the folder of the state can be written to, or made.
    pub writable: Result<(), Text>,
    /// Whether a keyring answers.
    pub keyring: Result<(), Text>,
    /// Whether the kept session rests in the keyring.
    pub rests_in_keyring: bool,
    /// Whether the kept session's token can be had; none if no session is kept.
    pub token: Option<Result<(), Text>>,
}

/// A session that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSession {
    /// The account it was made for.
    pub account: u64,
    /// Whose.
    pub email: Text,
    /// Where it rests.
    pub place: Text,
    /// The API it was issued at.
    pub api: Text,
    /// Since when.
    pub since: Timestamp,
    /// Until when, if that is known.
    pub expires_at: Option<Timestamp>,
    /// Whether its token can be had.
    pub token: Result<(), Text>,
}

/// What the account's list told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The rows that were read.
    pub rows: Vec<Client>,
    /// Whether that is all of them.
    pub whole: bool,
}

/// The session and the account.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountSide {
    /// The profile's name.
    pub profile: Text,
    /// The API's base address.
    pub api: Text,
    /// The account that must approve.
    pub pinned: Option<u64>,
    /// Whether all of it is simulated.
    pub sandbox: bool,
    /// This machine's time.
    pub now: Timestamp,
    /// The kept session; none if nobody is signed in.
    pub session: Option<KeptSession>,
    /// Who the server says it is; none if it was not asked.
    pub who: Option<Result<Account, Fault>>,
    /// The account's list; none if it was not asked.
    pub list: Option<Result<Listing, Fault>>,
    /// The client last worked with, by its number, if one is remembered.
    pub selected: Option<u64>,
    /// What the API said to a question without a session, if that failed.
    pub refused: Option<Fault>,
}

/// What the control plane says of this machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// The namespace of the release seen here.
    pub namespace: Slug,
    /// The cluster's id, as seen here.
    pub cluster_id: Known<crate::model::ClusterId>,
    /// The row of the release's own machine id; none if the account has none.
    pub row: Option<Client>,
    /// Whether the list that was searched is whole.
    pub whole: bool,
    /// Other rows that hold the same cluster.
    pub siblings: Vec<Text>,
    /// What it says of the client's presence.
    pub presence: Option<Result<Presence, Fault>>,
    /// Whether the credential in the cluster works, where that was asked.
    pub proof: Option<Proof>,
    /// Whether everything in the cluster is ready, as seen here.
    pub ready_here: Option<bool>,
}
