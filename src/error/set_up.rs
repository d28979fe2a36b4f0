//! What can go wrong where an identity is issued with the sign-in, and put on this machine.

use serde::{Deserialize, Serialize};

use crate::foreign::Text;

/// A failure of setting this machine up, as facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum SetUp {
    /// The control plane refuses the machine's new key.
    KeyRejected {
        /// What it said.
        said: Text,
    },
    /// It was approved, but no credential could be made; the code is spent.
    MintFailed {
        /// The HTTP status.
        status: u16,
    },
    /// The token lacks a right that is needed.
    MissingScope {
        /// Which one.
        scope: Text,
    },
    /// A part of the set-up could not be written.
    SetUpFailed {
        /// Which part.
        part: Text,
        /// Why.
        why: Text,
    },
    /// There is no registration here that could be taken away.
    NotRegistered,
    /// An issued token is not where it belongs, but in a file.
    NotInKeyring {
        /// Why not.
        why: Text,
        /// Which file.
        file: Text,
    },
}
