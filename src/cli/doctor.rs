//! The flags of the doctor.

use std::path::PathBuf;

use clap::Args;

use super::{At, Cluster, Display};

/// The flags of doctor.
#[derive(Clone, Debug, Default, Args)]
pub struct Doctor {
    /// Which server.
    #[command(flatten)]
    pub at: At,
    /// Which cluster.
    #[command(flatten)]
    pub cluster: Cluster,
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
