//! The flags of the doctor.

use std::path::PathBuf;

use clap::Args;

use super::{At, Display};

/// The flags of doctor.
#[derive(Clone, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Doctor {
    /// Which server.
    #[command(flatten)]
    pub at: At,
    /// The cluster's kubeconfig [default: $KUBECONFIG, ~/.kube/config, k3s's own]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The context in it
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// Agree to what the kubeconfig asks for beyond a connection: programs, files elsewhere, an unchecked server
    #[arg(long)]
    pub allow_exec: bool,
    /// Plain lines instead of the full screen
    #[arg(long, conflicts_with = "json")]
    pub plain: bool,
    /// Say every check, not only what is wrong
    #[arg(long)]
    pub all: bool,
    /// Only these checks, by their ids
    #[arg(long, value_name = "ID,...", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Write everything that support needs, without secrets, to a file; - for standard output
    #[arg(long, value_name = "FILE.tar.gz|-", conflicts_with = "from")]
    pub bundle: Option<PathBuf>,
    /// Write the bundle without asking
    #[arg(long, requires = "bundle")]
    pub yes: bool,
    /// Read a bundle that was made elsewhere, instead of looking at this machine
    #[arg(long, value_name = "FILE.tar.gz")]
    pub from: Option<PathBuf>,
    /// How the full screen is drawn.
    #[command(flatten)]
    pub display: Display,
}
