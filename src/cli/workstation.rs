//! Looking after a workstation.

use clap::{Args, Subcommand};

use super::{At, Enroll, SecretStore};

/// What to do with a workstation that is registered.
#[derive(Debug, Subcommand)]
pub enum AfterCare {
    /// Say what is there, and what the server says to the token
    Status(Care),
    /// Register a new key with the token that is kept
    ReEnroll(Box<Enroll>),
    /// End the token at the server, and take the set-up away; the projects stay
    Revoke(Care),
    /// Take everything away, the projects too, so that another lab can have this machine
    SwitchLab(Care),
}

/// The flags of looking after a workstation.
#[derive(Clone, Debug, Default, Args)]
pub struct Care {
    /// Where.
    #[command(flatten)]
    pub at: At,
    /// Ask nothing
    #[arg(long)]
    pub yes: bool,
    /// Where the token is kept [default: where it was put, else the keyring]
    #[arg(long, value_name = "PLACE")]
    pub secret_store: Option<SecretStore>,
}
