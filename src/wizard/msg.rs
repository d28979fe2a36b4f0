//! What reaches the wizard: actions of a person, ticks of the clock, replies of the world.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::effect::Slot;
use super::stay::Rested;
use crate::error::Fault;
use crate::foreign::Text;
use crate::location::Guess;
use crate::model::{
    Account, Claimed, Client, ClientPage, Facts, Findings, Fitted, Grant, Health, Issued, Link, Parted,
    Polled, Presence, Probe, Progress, Reader, Retired, Snapshot, Standing, Survey, TargetId, Unfit, Ways,
};
use crate::secret::SecretRef;

/// The time at which a message arrived. The wizard has no clock of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Since the run began; monotonic.
    pub run: Duration,
    /// By this machine's wall clock.
    pub wall: Timestamp,
}

/// A message. It can be compared, printed and journalled: it holds no secret and no raw key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Msg {
    /// A person did something.
    Act(Action),
    /// A second has passed while something is counted.
    Tick,
    /// The world replied.
    Reply(TargetId, Box<Reply>),
    /// A task died of a mistake of ours.
    Died(TargetId, Slot, Text),
    /// The process was told to end.
    Signal(u8),
}

/// What a person meant by a key, a paste or a typed line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// Do what the focused row says.
    Enter,
    /// One level back; never destroys.
    Back,
    /// The other proposal.
    Swap,
    /// Open the search.
    Find,
    /// Edit the proposed name.
    Edit,
    /// Show retired clients too, or hide them again.
    Retired,
    /// A character typed into a text.
    Type(char),
    /// The last character of a text taken back.
    Erase,
    /// A text pasted into a text.
    Paste(Text),
    /// Show or hide the keys.
    Help,
    /// Leave the program; asks when something is under way.
    Leave,
    /// Leave, said twice by an impatient hand: asks the first time only.
    Interrupt,
    /// Ask for a new sign-in code.
    Renew,
    /// Sign in with a token that was issued elsewhere.
    Token,
    /// Sign in by a browser, or open it again.
    Browser,
    /// Paste the address that a browser ended at.
    PasteBack,
    /// Something was entered without being shown.
    Entered(Entered),
    /// Copy the code to the terminal's clipboard.
    CopyCode,
    /// Copy the address to the terminal's clipboard.
    CopyUrl,
    /// Copy the sentence for whoever approves to the terminal's clipboard.
    CopyRequest,
    /// Show the QR alone, or go back from it.
    QrAlone,
    /// Show the code letter by letter, or go back from that.
    Spell,
    /// Five more minutes.
    MoreTime,
    /// The log of the row in focus.
    Log,
    /// Cycle the glyph sets; the face's business.
    Glyphs,
    /// Swap the light and the dark of the QR; the face's business.
    Flip,
    /// Let the doctor look, over this screen; the shell's business.
    Doctor,
    /// An answer to a question, typed as a line.
    Answer(Text),
}

/// What was entered into a field that shows nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entered {
    /// So many letters so far, counted no further than they are shown.
    Count(usize),
    /// All of it, as a handle.
    Secret(SecretRef),
    /// All of it, which cannot be used.
    Unfit(Unfit),
}

/// A set-up that is read back: it was not written, because a run brings its own.
fn not_written() -> Result<Box<super::Setup>, Fault> {
    Err(Fault::Died { part: "the profile".into(), words: "it is not written down".into() })
}

/// What the world said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// The chosen profile with all that belongs to it, or why it cannot be used.
    Prepared(#[serde(skip, default = "not_written")] Result<Box<super::Setup>, Fault>),
    /// What this machine offers as a cluster.
    Surveyed(Box<Survey>),
    /// The server's time.
    Clock(Timestamp),
    /// Who else can read what is sent to the server.
    Reader(Reader),
    /// The machine and its cluster, or why they cannot be looked at.
    Looked(Result<Box<Facts>, Fault>),
    /// Where the machine's cloud says that it stands, if there is one.
    Located(Option<Guess>),
    /// A code to approve.
    Code(Grant),
    /// Which other ways to sign in are open.
    Ways(Ways),
    /// An address at which a browser signs in.
    Link(Link),
    /// Whether a browser could be opened, or why not.
    Opened(Result<(), Text>),
    /// The address that was entered belongs to no sign-in of this run.
    Unfit(Unfit),
    /// What a poll told.
    Polled(Polled),
    /// The end of a sign-in.
    SignedIn(Result<SecretRef, Fault>),
    /// A machine whose identity is issued with the sign-in, or why it cannot be looked at.
    Found(Result<Box<Findings>, Fault>),
    /// The end of a sign-in that brought identity and credential.
    Issued(Box<Issued>),
    /// How a set-up went.
    Fitted(Box<Fitted>),
    /// What the control plane says to the issued token.
    Settled(Result<Probe, Fault>),
    /// Whose session it is.
    Who(Result<Account, Fault>),
    /// A page of the account's clients.
    Clients(Result<ClientPage, Fault>),
    /// How far claim and installation have come.
    Progress(Progress),
    /// The end of a claim.
    Claimed(Result<Box<Claimed>, Fault>),
    /// The rollout at this moment.
    Snapshot(Snapshot),
    /// The installation ended by a fault.
    RolloutEnded(Fault),
    /// What the control plane says of the client.
    Presence(Result<Presence, Fault>),
    /// How an enrolled machine does.
    Health(Box<Health>),
    /// How a registered machine stands.
    Stood(Box<Standing>),
    /// What taking it out came to.
    Parted(Result<Box<Parted>, Fault>),
    /// What the server says of a client after it was changed.
    Edited(Result<Box<Client>, Fault>),
    /// How far taking the machine out of the fleet came.
    Retired(Result<Box<Retired>, Fault>),
    /// Whether the selected client was noted.
    Selected(Result<(), Fault>),
    /// Whether the server confirmed that the session is dead.
    Revoked(Result<(), Fault>),
    /// Whether the session was put away, and what is worth knowing about that.
    Kept(Result<Rested, Fault>),
}
