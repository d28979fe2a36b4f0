//! The wizard's shape is data from the profile: which steps there are, and what things are called.

use std::fmt;
use std::time::Duration;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::foreign::Text;

/// What stands where something may not be written.
const NOT_WRITTEN: &str = "(not written)";

/// A step of the walk. Order and presence are the profile's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Which profile, where none is configured. Before the profile's own steps, and not on its rail.
    Profile,
    /// Which cluster is this machine's, where that is not clear. Not on the rail either.
    Machine,
    /// Who is asking, and what they may do.
    SignIn,
    /// Which identity this machine takes.
    Client,
    /// Where it stands.
    Location,
    /// What is about to happen; nothing outside was changed before this.
    Review,
    /// Claim, install, watch.
    Rollout,
    /// Heard from by the control plane, held.
    Live,
    /// The first page of a machine that is enrolled already.
    Home,
    /// Saying something anew of its client.
    Change,
    /// Taking it out of the fleet.
    Retire,
}

/// A way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// Device authorization grant (RFC 8628): a code approved on another device.
    Device,
    /// A bearer that the server already issued.
    Token,
    /// Authorization code with PKCE (RFC 6749 §4.1, RFC 7636), by a browser here or elsewhere (RFC 8252).
    Browser,
}

/// What this back end calls its things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nouns {
    /// One machine's identity, for example "client".
    pub client: &'static str,
    /// What a machine is installed into, for example "cluster".
    pub place: &'static str,
    /// What the last step is called, for example "Online".
    pub end: &'static str,
}

/// Who approves a sign-in by code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Approver {
    /// Whoever enrolls, with a phone: who it was is shown and confirmed.
    #[default]
    Person,
    /// An administrator elsewhere, who must first be told: a sentence to send is shown.
    Administrator,
}

/// Where the machine's credential comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Credential {
    /// This program chooses it, writes it ahead and proves it.
    #[default]
    Chosen,
    /// The control plane issues it once, together with the sign-in: it goes to its sink first.
    Issued,
}

/// What the wizard asks of a profile instead of asking which back end it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The steps, in order.
    pub steps: &'static [Step],
    /// What things are called.
    pub nouns: Nouns,
    /// The ways to sign in; none may be assumed.
    pub routes: &'static [Route],
    /// Who approves a code.
    pub approver: Approver,
    /// Where the credential comes from.
    pub credential: Credential,
}

/// The profile as the faces show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileFacts {
    /// Its name, for example `prod`.
    pub name: Text,
    /// The API's host and port.
    pub host: Text,
    /// Whether everything behind it is simulated.
    pub sandbox: bool,
    /// The account id that must approve, if the profile or a flag pins one.
    pub expect_account: Option<u64>,
}

/// A short code that a person types into the activation page. It is shown, never written: its Debug and
/// Serialize say only that there was one.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode(Text);

impl UserCode {
    /// Takes the code as it came.
    pub fn new(raw: &str) -> Self {
        Self(Text::within(raw, 24))
    }

    /// The code, for a face.
    pub fn shown(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(..)")
    }
}

impl<'de> Deserialize<'de> for UserCode {
    /// What was written is never the code, so what is read is none.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self::new(NOT_WRITTEN))
    }
}

impl Serialize for UserCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(NOT_WRITTEN)
    }
}

/// An address at which a sign-in is approved. Like the code it is shown, and never written.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Text);

impl Address {
    /// Takes the address; whether it is fit to be opened is checked before.
    pub fn new(raw: &str) -> Self {
        Self(Text::new(raw))
    }

    /// Takes an address of our own making: the parameters of a browser's sign-in make it long.
    pub fn of(url: &url::Url) -> Self {
        Self(Text::within(url.as_str(), 4096))
    }

    /// The address, for a face.
    pub fn shown(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Text>> From<T> for Address {
    fn from(raw: T) -> Self {
        Self(raw.into())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(..)")
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(NOT_WRITTEN)
    }
}

impl<'de> Deserialize<'de> for Address {
    /// What was written is never the address, so what is read is none.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self::new(NOT_WRITTEN))
    }
}

/// What a person needs to approve a device grant (RFC 8628 §3.2). The device code itself stays with the
/// back end.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// The code to type or compare.
    pub user_code: UserCode,
    /// The address to open; checked to be https (or loopback).
    pub verification_uri: Address,
    /// The address with the code filled in, for the QR.
    pub complete: Option<Address>,
    /// How long the code is good for, from when it was handed out.
    pub expires_in: Duration,
    /// How long to wait between polls.
    pub interval: Duration,
}

/// What one poll told, for the status line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Polled {
    /// Nobody has decided yet; asked again after this long.
    Pending(Duration),
    /// The server asked to be polled less often; asked again after this long.
    SlowDown(Duration),
    /// No usable answer came; asked again after this long. The text says why.
    Trouble(Duration, Text),
    /// The machine was suspended for so long, and the code aged meanwhile.
    Slept(Duration),
    /// Approved; the server waits for the digits that the approval page shows.
    ReverseCode {
        /// Whether those that were sent are not the right ones.
        wrong: bool,
    },
}
