//! What the wizard wants done. Effects are data; the shell carries them out.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::stay::Wish;
use crate::error::Exit;
use crate::foreign::Text;
use crate::model::{
    Account, Address, Claimed, Edit, Intent, Issued, Leaving, ReverseCode, Selected, TargetId,
};
use crate::secret::SecretRef;

/// An order about one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Which machine.
    pub target: TargetId,
    /// What to do.
    pub order: Order,
}

impl Effect {
    /// An order about the machine this program runs on.
    pub fn here(order: Order) -> Self {
        Self { target: TargetId::HERE, order }
    }
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Make the chosen profile ready: the number of its row.
    Prepare(usize),
    /// Look once more which ways to a cluster this machine offers; reads files alone.
    Survey,
    /// Take this way of the survey from now on, with all that it asks for.
    Take(usize),
    /// Look at the machine and its cluster; changes nothing.
    Look,
    /// Ask the machine's cloud where it stands.
    Locate,
    /// Start a device grant and poll it to its end.
    SignIn,
    /// Begin a sign-in by a browser, and wait for one on this machine to come back.
    Browse,
    /// Open this address in a browser of this machine.
    Open(Address),
    /// Take the address that a browser elsewhere ended at.
    Redeem(SecretRef),
    /// Hand the digits that a person typed to the sign-in that asked for them.
    Reverse(ReverseCode),
    /// Register a new key with a token that was issued elsewhere.
    Register(SecretRef),
    /// Put what was issued in place, the token first.
    Fit(Box<Issued>),
    /// Put an issued token that nobody took along where only this user can read it.
    Rescue(Box<Issued>),
    /// Note another address of the API, if one was agreed to, and ask what the server says to the token.
    Settle(Box<Issued>, Option<Text>),
    /// Reveal a secret on the screen.
    Show(SecretRef),
    /// Take a revealed secret off the screen.
    Hide,
    /// Ask whose session it is.
    Who(SecretRef),
    /// Read a page of the account's clients.
    Clients(SecretRef, Option<String>),
    /// Claim the identity and put its credential in place.
    Enroll(SecretRef, Box<Intent>),
    /// Apply the rest and watch it.
    Rollout(Box<Claimed>),
    /// After this wait, ask what the control plane says of the client.
    Presence(SecretRef, u64, Duration),
    /// Look at an enrolled machine from both sides; without a session, by its own credential.
    Health(Option<SecretRef>),
    /// Say something anew of a client, and read it back.
    Edit(SecretRef, u64, Box<Edit>),
    /// Look at a registered machine, and ask what the server says to its token.
    Stand,
    /// End the token of a registered machine, and take away what was put there.
    Part,
    /// Take the machine out of the fleet.
    Retire(SecretRef, Box<Leaving>),
    /// Note the client that this machine is, for later runs.
    Select(Box<Selected>),
    /// Forget the selected client, unless it is this account's.
    Unselect(u64),
    /// End the session at the server, then drop it here.
    Revoke(SecretRef),
    /// Put the session of that account away, so that it outlives the run: where a person wants it, or where
    /// the run was told to.
    Keep(SecretRef, Box<Account>, Option<Wish>),
    /// Drop a session here and where it rests, if it still does: the server does not accept it any more.
    Discard(SecretRef),
    /// Drop a secret here without telling anybody.
    Forget(SecretRef),
    /// Stop what runs in this slot.
    Stop(Slot),
    /// Send the sign-in code to the terminal's clipboard.
    CopyCode,
    /// Send the verification address to the terminal's clipboard.
    CopyUrl,
    /// Send the sentence for whoever approves to the terminal's clipboard.
    CopyRequest,
    /// End the program, after what must be finished.
    Leave(Exit),
}

/// Where a task lives. Starting again drops and aborts what ran there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Slot {
    /// Looking for ways to a cluster.
    Survey,
    /// Looking at the machine.
    Look,
    /// The machine's cloud.
    Locate,
    /// The device grant, or the wait for a browser.
    SignIn,
    /// Opening a browser.
    Open,
    /// The address that a browser ended at.
    Redeem,
    /// Whose session.
    Who,
    /// The account's list.
    Clients,
    /// The claim.
    Enroll,
    /// The set-up of what was issued.
    Fit,
    /// The last word of a set-up.
    Settle,
    /// Apply and watch.
    Rollout,
    /// The control plane's view.
    Presence,
    /// Looking at an enrolled machine.
    Health,
    /// Saying something anew of a client.
    Edit,
    /// Taking the machine out of the fleet.
    Retire,
    /// Noting the selected client.
    Select,
    /// Ending the session.
    Revoke,
    /// Putting the session away.
    Keep,
    /// Removing a session that is dead.
    Discard,
}

impl Slot {
    /// What the task is called in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Survey => "looking for a cluster",
            Self::Look => "looking at the machine",
            Self::Locate => "asking the cloud where the machine stands",
            Self::SignIn | Self::Redeem => "signing in",
            Self::Open => "opening a browser",
            Self::Who => "asking who signed in",
            Self::Clients => "reading the list of clients",
            Self::Enroll => "claiming the identity",
            Self::Fit => "setting this machine up",
            Self::Settle => "asking the server about the token",
            Self::Rollout => "the rollout",
            Self::Presence => "asking the control plane",
            Self::Health => "looking at how the machine does",
            Self::Edit => "changing the client",
            Self::Retire => "retiring the machine",
            Self::Select => "noting the selected client",
            Self::Revoke => "ending the session",
            Self::Keep => "putting the session away",
            Self::Discard => "removing a session that is dead",
        }
    }
}

impl Order {
    /// The slot the order runs in, if it is a task.
    pub fn slot(&self) -> Option<Slot> {
        match self {
            Self::Survey => Some(Slot::Survey),
            Self::Look => Some(Slot::Look),
            Self::Locate => Some(Slot::Locate),
            Self::SignIn | Self::Browse | Self::Register(_) => Some(Slot::SignIn),
            Self::Open(_) => Some(Slot::Open),
            Self::Redeem(_) => Some(Slot::Redeem),
            Self::Fit(_) | Self::Rescue(_) => Some(Slot::Fit),
            Self::Settle(..) => Some(Slot::Settle),
            Self::Who(_) => Some(Slot::Who),
            Self::Clients(..) => Some(Slot::Clients),
            Self::Enroll(..) => Some(Slot::Enroll),
            Self::Rollout(_) => Some(Slot::Rollout),
            Self::Presence(..) => Some(Slot::Presence),
            Self::Health(_) | Self::Stand => Some(Slot::Health),
            Self::Edit(..) => Some(Slot::Edit),
            Self::Retire(..) | Self::Part => Some(Slot::Retire),
            Self::Select(_) | Self::Unselect(_) => Some(Slot::Select),
            Self::Revoke(_) => Some(Slot::Revoke),
            Self::Keep(..) => Some(Slot::Keep),
            Self::Discard(_) => Some(Slot::Discard),
            Self::Prepare(_)
            | Self::Take(_)
            | Self::Reverse(_)
            | Self::Forget(_)
            | Self::Show(_)
            | Self::Hide
            | Self::Stop(_)
            | Self::CopyCode
            | Self::CopyUrl
            | Self::CopyRequest
            | Self::Leave(_) => None,
        }
    }
}

impl Slot {
    /// Whether the task changes the outside world, so that leaving waits for it (bounded).
    pub fn finishes(self) -> bool {
        matches!(
            self,
            Self::Enroll
                | Self::Fit
                | Self::Edit
                | Self::Retire
                | Self::Select
                | Self::Revoke
                | Self::Keep
                | Self::Discard
        )
    }
}
