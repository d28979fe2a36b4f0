//! The plain types everything speaks: shapes, accounts, clients, facts, intents, presence. No I/O.

use std::pin::Pin;

mod browsing;
mod chart;
mod check;
mod client;
mod health;
mod issued;
mod leaving;
mod machine;
mod names;
mod oidc;
mod renewal;
mod reverse;
mod rollout;
mod shape;
mod station;
mod survey;
mod trust;

pub use browsing::{Link, Unfit, Ways};
pub use chart::{Given, HelmChart};
pub use check::{Check, CheckState, Layer};
pub use client::{
    Account, Choice, Claimed, Client, ClientPage, ClientState, Consent, Edit, How, Intent, Presence,
};
pub use health::{Health, Selected, Verdict, View};
pub use issued::{
    Alias, Badge, Findings, Fitted, HostName, Issued, KnownHost, Owner, Parts, Probe, Resting, slug,
};
pub use leaving::{Leaving, Retired};
pub use machine::{Ahead, Facts, Known, NodeRoom, Planned, Release, Sameness, Target, TargetId};
pub use names::{ClusterId, Location, Malformed, Slug, Username, ZoneKey};
pub use oidc::OidcClient;
pub use renewal::Renewal;
pub use reverse::{DIGITS, NotSixDigits, ReverseCode};
pub use rollout::{
    Happening, Images, Progress, Pull, Removed, Reporter, Row, RowState, Sight, Snapshot, Timer, TimerKind,
};
pub use shape::{
    Address, Approver, Credential, Grant, Nouns, Polled, ProfileFacts, Route, Shape, Step, UserCode,
};
pub use station::{Ended, Forgotten, PARTS, Parted, Reach, Standing, title};
pub use survey::{Demand, Survey, Way};
pub use trust::{CaPin, Reader, Trust, TrustedBy};

/// A boxed future, so that a back end and an installation can be chosen at run time.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
