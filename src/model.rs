//! The plain types everything speaks: shapes, accounts, clients, facts, intents, presence. No I/O.

use std::pin::Pin;

mod check;
mod client;
mod issued;
mod machine;
mod names;
mod rollout;
mod shape;

pub use check::{Check, CheckState, Layer};
pub use client::{Account, Choice, Claimed, Client, ClientPage, ClientState, Consent, How, Intent, Presence};
pub use issued::{
    Alias, Badge, Fitted, HostName, Issued, KnownHost, Owner, Parts, Probe, Resting, Survey, slug,
};
pub use machine::{Facts, Known, NodeRoom, Planned, Release, Sameness, Target, TargetId};
pub use names::{ClusterId, Location, Malformed, Slug, Username, ZoneKey};
pub use rollout::{Happening, Progress, Removed, Row, RowState, Sight, Snapshot};
pub use shape::{Approver, Credential, Grant, Nouns, Polled, ProfileFacts, Route, Shape, Step, UserCode};

/// A boxed future, so that a back end and an installation can be chosen at run time.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
