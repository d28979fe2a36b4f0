//! The flags of what comes after enrolling: looking, changing, leaving, looking back.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{At, Cluster, Display, Enroll, Walk};

/// Which server, which machine, and who asks.
#[derive(Clone, Debug, Default, Args)]
pub struct Here {
    /// Where.
    #[command(flatten)]
    pub at: At,
    /// Which cluster.
    #[command(flatten)]
    pub cluster: Cluster,
    /// An issued token instead of the session that is kept: a file, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

/// The flags of status.
#[derive(Clone, Debug, Args)]
pub struct Status {
    /// Where, and who asks.
    #[command(flatten)]
    pub here: Here,
    /// Wait until it is healthy; ends early on what waiting does not cure
    #[arg(long)]
    pub wait: bool,
    /// Seconds that --wait may take
    #[arg(long, value_name = "SECS", default_value_t = 120)]
    pub timeout: u64,
}

/// The flags of clients.
#[derive(Clone, Debug, Args)]
pub struct Clients {
    /// Only those with these words in name, namespace, location or state
    #[arg(value_name = "WORDS")]
    pub words: Vec<String>,
    /// Where, and who asks.
    #[command(flatten)]
    pub here: Here,
    /// Those that were retired too
    #[arg(long)]
    pub all: bool,
}

/// What is said anew.
#[derive(Clone, Debug, Subcommand)]
pub enum Set {
    /// Where this machine stands; counts from now on
    #[command(alias = "zone")]
    Location {
        /// A zone key such as DE, or "later"
        #[arg(value_name = "KEY|later")]
        location: String,
        /// Where, and who asks.
        #[command(flatten)]
        here: Here,
    },
    /// This machine's display name; its namespace stays
    Name {
        /// The name
        name: String,
        /// Where, and who asks.
        #[command(flatten)]
        here: Here,
    },
}

/// The flags of retire.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Retire {
    /// Where, and who asks.
    #[command(flatten)]
    pub here: Here,
    /// Ask nothing, not even for the client's name
    #[arg(long)]
    pub yes: bool,
    /// Leave the volumes with their data, and the namespace around them
    #[arg(long)]
    pub keep_data: bool,
    /// Also while experiments run on it: they are lost
    #[arg(long)]
    pub force: bool,
    /// The account id that must approve; needed with --yes and a code
    #[arg(long, value_name = "ID")]
    pub expect_account: Option<u64>,
    /// Say that this is the machine the client was enrolled on, where that cannot be told
    #[arg(long)]
    pub same_machine: bool,
    /// Do not wait for another run on this cluster: it stops before its next write
    #[arg(long)]
    pub take_over: bool,
    /// Plain lines instead of the full screen
    #[arg(long, conflicts_with = "json")]
    pub plain: bool,
    /// How the full screen is drawn.
    #[command(flatten)]
    pub display: Display,
    /// Where a session is kept; with none, one that is kept already is not used either
    #[arg(long, value_name = "PLACE")]
    pub secret_store: Option<super::SecretStore>,
    /// Say every step in plain words on standard error
    #[arg(short, long)]
    pub verbose: bool,
}

/// The flags of replay.
#[derive(Clone, Debug, Args)]
pub struct Replay {
    /// The recording
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How much faster than life
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    pub speed: f64,
    /// Plain lines instead of the full screen
    #[arg(long, conflicts_with = "json")]
    pub plain: bool,
    /// JSON lines, each marked as one of a replay
    #[arg(long)]
    pub json: bool,
    /// How the full screen is drawn.
    #[command(flatten)]
    pub display: Display,
}

impl Here {
    /// The same as flags of the walk.
    pub fn walk(&self) -> Enroll {
        Enroll { cluster: self.cluster.clone(), token_file: self.token_file.clone(), ..self.at.walk() }
    }

    /// A command about the same machine.
    pub fn again(&self, command: &str) -> String {
        self.walk().resume().replacen("landfall", &format!("landfall {command}"), 1)
    }
}

impl Retire {
    /// The same as flags of the walk, of which only the way out is wanted.
    pub fn walk(&self) -> Enroll {
        Enroll {
            expect_account: self.expect_account,
            yes: self.yes,
            plain: self.plain,
            display: self.display,
            secret_store: self.secret_store,
            same_machine: self.same_machine,
            take_over: self.take_over,
            verbose: self.verbose,
            walk: Walk::Retire { keep_data: self.keep_data, force: self.force },
            ..self.here.walk()
        }
    }
}
