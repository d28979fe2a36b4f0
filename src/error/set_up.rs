//! What can go wrong where an identity is issued with the sign-in, and put on this machine.

use serde::{Deserialize, Serialize};

use super::text::end;
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

impl SetUp {
    /// What happened, and why.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::KeyRejected { said } => {
                format!("The server refuses this machine's new key: \"{said}\".")
            }
            Self::MintFailed { status } => format!(
                "It was approved, but the server failed while it made the token (status {status}); the code is \
                 spent."
            ),
            Self::MissingScope { scope } => {
                format!("The token may not do this: it lacks the scope {scope}.")
            }
            Self::SetUpFailed { part, why } => {
                format!("{part} could not be written: {}.", end(why))
            }
            Self::NotRegistered => {
                "This machine is not registered, so there is nothing here to retire.".into()
            }
            Self::NotInKeyring { why, file } => format!(
                "The token could not be put into the keyring: {}. It rests in {file}, which only you can read.",
                end(why)
            ),
        }
    }

    /// What to do.
    pub(super) fn next(&self, resume: &str) -> String {
        match self {
            Self::SetUpFailed { .. } => format!("Mend what it names, then run: {resume}"),
            Self::KeyRejected { .. } => format!(
                "A new run makes another key. If that is refused too, tell your administrator what the server \
                 says. To ask for a new code, run: {resume}"
            ),
            Self::MintFailed { .. } => {
                format!("Tell your administrator. To ask for a new code, run: {resume}")
            }
            Self::MissingScope { .. } => {
                format!("Ask your administrator for a token with that scope, then run: {resume}")
            }
            Self::NotRegistered => {
                format!("To register it, run: {}", resume.replacen("landfall retire", "landfall", 1))
            }
            Self::NotInKeyring { .. } => {
                "Once a keyring answers, move the token there and remove the file.".into()
            }
        }
    }
}
