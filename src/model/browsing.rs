//! A sign-in by a browser: the address to open, and what comes back from there.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Address;

/// An address at which a browser signs in, and for how long its return is awaited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The address to open.
    pub address: Address,
    /// How long its return is awaited, from when it was handed out.
    pub life: Duration,
}

/// Which ways to sign in are open besides the code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ways {
    /// A token that was issued elsewhere can be handed in.
    pub token: bool,
    /// A browser can be sent for it.
    pub browser: bool,
    /// That browser can be opened from here: there is a display, and its user sits before it.
    pub opens: bool,
}

/// Why what was entered cannot be used; the person can enter it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unfit {
    /// Nothing but blanks.
    Nothing,
    /// Longer than any token or address of a sign-in.
    TooLong,
    /// No token: more than one word, or characters that none has (RFC 6750 §2.1).
    NoToken,
    /// No address.
    NoAddress,
    /// The code alone, without the address that says which sign-in it belongs to.
    CodeAlone,
    /// The address that was to be opened, and not the one that the browser came to.
    NotOpened,
    /// An address without the answer of a sign-in.
    NoAnswer,
    /// The answer to another sign-in.
    OtherSignIn,
    /// The answer of another provider (RFC 9207), or of one that does not say which it is although it always does.
    OtherIssuer,
    /// The sign-in that it belongs to is over.
    Over,
}
