//! What happened, in order: the line faces print these; the full screen shows the states behind them.

use serde::Serialize;

use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{
    Account, Alias, Choice, ClusterId, Ended, Facts, Findings, Grant, Images, Link, Location, Owner,
    Presence, Probe, Progress, Reader, Resting, Row, Slug, Verdict,
};

/// One thing that happened. Append-only; a face remembers how many it has shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The run began.
    Started {
        /// The profile's name.
        profile: Text,
        /// The API's host and port.
        host: Text,
        /// This program's version.
        version: &'static str,
    },
    /// The machine was looked at.
    Machine {
        /// What was found.
        facts: Box<Facts>,
    },
    /// A code waits for approval.
    Code {
        /// The code, its addresses and how long it is good for.
        #[serde(skip)]
        grant: Grant,
        /// Whether it replaces an earlier one.
        renewed: bool,
        /// The machine to be named to an administrator, where one approves.
        #[serde(skip)]
        machine: Option<Text>,
    },
    /// A browser is awaited.
    Browser {
        /// The address that it opens, and for how long its return is awaited.
        #[serde(skip)]
        link: Link,
    },
    /// A machine whose identity is issued with the sign-in was looked at.
    Found {
        /// What was found.
        findings: Box<Findings>,
    },
    /// An issued token was put away, or not.
    Token {
        /// Where it is.
        rests: Resting,
    },
    /// What the control plane says to the issued token.
    Probed {
        /// Its answer.
        #[serde(flatten)]
        probe: Probe,
        /// What to do about it; empty if nothing is.
        next: Text,
    },
    /// The machine is set up.
    Registered {
        /// This machine.
        host: Text,
        /// Whose it is.
        owner: Owner,
        /// The alias by which it reaches the repositories.
        alias: Alias,
        /// Since the run began, in seconds.
        took: u64,
    },
    /// Something is still awaited; said at a calm pace.
    Waiting {
        /// What is awaited.
        what: Text,
        /// For how long so far, in seconds.
        seconds: u64,
    },
    /// The server could not be asked; it will be asked again.
    Trouble {
        /// Why.
        why: Text,
        /// When again, in seconds.
        again_in: u64,
    },
    /// Somebody signed in.
    SignedIn {
        /// Who.
        account: Account,
        /// Why this account is taken to be the right one.
        by: Trust,
    },
    /// What this machine will be.
    Client {
        /// New, adopted or given this cluster.
        choice: Choice,
        /// The display name.
        name: Text,
        /// The namespace.
        slug: Slug,
    },
    /// Where it stands.
    Location {
        /// The zone, or not set.
        location: Location,
        /// Where that comes from.
        source: Text,
    },
    /// Everything that is about to happen; nothing outside was changed yet.
    Review {
        /// The lines of the review: label and value.
        lines: Vec<(Text, Text)>,
    },
    /// How far claim and installation have come.
    Progress {
        /// The stage.
        stage: Progress,
        /// Since the yes, in seconds.
        seconds: u64,
    },
    /// A row of the rollout changed.
    Workload {
        /// The row.
        row: Row,
        /// How many seconds the clock that it waits for has left, if one runs and that is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        left: Option<u64>,
    },
    /// How many images are there changed, or another one is awaited.
    Images {
        /// How many, of how many.
        #[serde(flatten)]
        images: Images,
    },
    /// The cluster was lost from sight, or is back.
    Sight {
        /// Why it is lost; empty when it is back.
        lost: Text,
    },
    /// What the control plane says changed.
    ControlPlane {
        /// Its words.
        presence: Presence,
        /// Whether it heard from this client in this run.
        heard: bool,
    },
    /// Both sides agree, and have for the hold.
    Online {
        /// The display name.
        name: Text,
        /// The namespace.
        slug: Slug,
        /// Where it stands.
        location: Location,
        /// The anchor.
        cluster: ClusterId,
        /// Whether the client was new.
        new: bool,
        /// How long both sides agreed, in seconds.
        held: u64,
        /// Since the run began, in seconds.
        took: u64,
    },
    /// Where the session of this run will rest; told before anybody signs in.
    SessionStore {
        /// Which place.
        place: Text,
        /// Why that one.
        why: Text,
    },
    /// The session rests, and outlives this run.
    SessionKept {
        /// Where.
        place: Text,
        /// The command that signs out again.
        sign_out: String,
    },
    /// Somebody else can read what is sent to the server.
    Reader {
        /// Who, and why.
        #[serde(flatten)]
        reader: Reader,
    },
    /// Something worth knowing that is no failure.
    Note {
        /// What.
        text: Text,
    },
    /// The session was dropped here.
    SessionEnded {
        /// Whether the server confirmed that it is dead there too.
        confirmed: bool,
    },
    /// An enrolled machine was looked at from both sides.
    Status {
        /// What it comes to.
        verdict: Verdict,
        /// The same in one sentence.
        sentence: String,
        /// Everything that is known: label and value.
        lines: Vec<(Text, Text)>,
        /// What is not as it should be.
        troubles: Vec<String>,
    },
    /// Something was said anew of the client.
    Changed {
        /// The display name now.
        name: Text,
        /// The namespace, as ever.
        namespace: Text,
        /// The location now.
        location: Location,
    },
    /// What retiring would do; nothing outside was changed yet.
    Leaving {
        /// Label and value.
        lines: Vec<(Text, Text)>,
    },
    /// The machine is out of the fleet, or partly.
    Retired {
        /// The client's name.
        name: Text,
        /// Its namespace.
        namespace: Text,
        /// Whether the control plane confirmed that the credential is dead.
        revoked: bool,
        /// How many objects are gone from the cluster.
        gone: usize,
        /// What was left on purpose.
        kept: Vec<Text>,
        /// What is left to do; empty if nothing is.
        left: Vec<Text>,
    },
    /// A registered machine was taken out, or partly.
    Parted {
        /// This machine.
        host: Text,
        /// Whose it was, if that was known.
        owner: Option<Text>,
        /// Whether its token is dead at the server.
        #[serde(flatten)]
        ended: Ended,
        /// What was taken away here.
        gone: Vec<Text>,
        /// What is left to do; empty if nothing is.
        left: Vec<Text>,
    },
    /// It did not work.
    Failed {
        /// The facts.
        #[serde(flatten)]
        fault: Fault,
        /// What happened and why.
        sentence: String,
        /// What to do.
        next: String,
        /// The exit code.
        exit: u8,
        /// Where the run was noted.
        #[serde(skip_serializing_if = "Option::is_none")]
        log: Option<Text>,
        /// The command that asks the doctor about it; none where it has nothing to look at.
        #[serde(skip_serializing_if = "Option::is_none")]
        doctor: Option<String>,
    },
    /// Left before the end.
    Left {
        /// What stays behind.
        kept: Text,
        /// The command that comes back.
        resume: String,
    },
}

/// Why an account is taken to be the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// The profile or a flag names it.
    Pinned,
    /// A person said so.
    Confirmed,
    /// Whoever started the run handed in its token.
    Token,
    /// The session was kept by an earlier run, for this account.
    Kept,
}

impl Event {
    /// Whether it is a last word, worth a line on the normal screen.
    pub fn closes(&self) -> bool {
        matches!(
            self,
            Self::Online { .. }
                | Self::Registered { .. }
                | Self::Retired { .. }
                | Self::Parted { .. }
                | Self::SessionKept { .. }
                | Self::Failed { .. }
                | Self::Left { .. }
        )
    }
}
