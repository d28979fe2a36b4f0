//! The command line.

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::error::EXIT_TABLE;

mod display;
mod doctor;
mod life;
mod resume;
mod sandbox;
mod workstation;

pub use display::Display;
pub use doctor::Doctor;
pub use life::{Clients, Here, Replay, Retire, Set, Status};
pub use resume::quoted;
pub use sandbox::{Played, Sandbox};
pub use workstation::{AfterCare, Care};

const EXAMPLES: &str = "\
Examples:
  landfall                                  asks where, then signs in from a phone
  landfall sandbox                          try it: nothing real is touched
  landfall --profile tracebloc-prod         enroll this machine at that service
  sudo landfall --profile tracebloc-prod    where only root may read the cluster's kubeconfig (k3s)
  landfall --profile acme --context edge --name lab-9 --location DE
                                            with some answers given beforehand
  landfall --profile acme --json --yes --token-file token.txt
                                            enroll from a script
";

/// Brings this machine into a fleet: sign in from a phone, confirm, watch it come online.
#[derive(Debug, Parser)]
#[command(name = "landfall", version = version(), max_term_width = 100, args_conflicts_with_subcommands = true)]
#[command(after_help = EXAMPLES, after_long_help = long_help())]
pub struct Cli {
    /// What to do; without it, enroll.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The flags of enroll.
    #[command(flatten)]
    pub enroll: Enroll,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Enroll this machine (what happens without a command)
    Enroll(Box<Enroll>),
    /// Try everything against an embedded control plane and cluster on loopback
    #[command(after_help = sandbox::help())]
    Sandbox(Box<Sandbox>),
    /// Sign in and stay signed in
    #[command(visible_alias = "login")]
    SignIn(Box<SignIn>),
    /// Drop the session that is kept, and end it at the server
    #[command(visible_alias = "logout")]
    SignOut(Box<At>),
    /// Ask the server who is signed in
    Whoami(Box<At>),
    /// Look after a workstation that is registered
    Workstation {
        /// What to do.
        #[command(subcommand)]
        what: AfterCare,
    },
    /// Look at everything and say what is wrong, what follows from it, and what to do
    Doctor(Box<Doctor>),
    /// List the profiles, and say what they are
    Profiles(Box<Profiles>),
    /// Say how this machine does: 0 healthy, 2 a problem, 3 it could not be looked at
    Status(Box<Status>),
    /// List the account's clients, and mark what looks left behind
    Clients(Box<Clients>),
    /// Say anew where this machine stands, or what it is called
    #[command(subcommand)]
    Set(Box<Set>),
    /// Take this machine out of the fleet. To rotate its credential, retire it and enroll it again
    #[command(visible_aliases = ["delete", "offboard"])]
    Retire(Box<Retire>),
    /// Show again what a run showed, from its recording; nothing is asked or changed
    Replay(Box<Replay>),
    /// Write the completions of a shell to standard output
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// The flags of enroll.
#[derive(Clone, Debug, Default, Args, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Enroll {
    /// The profile: where you sign in and what is installed
    #[arg(long, alias = "env", value_name = "NAME")]
    pub profile: Option<String>,
    /// A TOML file that holds one profile
    #[arg(long, value_name = "FILE", conflicts_with = "profile")]
    pub profile_file: Option<PathBuf>,
    /// Another address of the API than the profile's
    #[arg(long, value_name = "URL")]
    pub api: Option<String>,
    /// Which cluster.
    #[command(flatten)]
    pub cluster: Cluster,
    /// The helm to run, where the profile installs by helm [default: the first safe one on PATH]
    #[arg(long, value_name = "FILE")]
    pub helm: Option<PathBuf>,
    /// This machine's name in the account
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The namespace of a new client [default: made of its name]
    #[arg(long, value_name = "SLUG")]
    pub namespace: Option<String>,
    /// Where it stands: a zone key such as DE, or "later"
    #[arg(long, alias = "zone", value_name = "KEY|later")]
    pub location: Option<String>,
    /// The account id that must approve; needed with --yes and a code
    #[arg(long, value_name = "ID")]
    pub expect_account: Option<u64>,
    /// Ask nothing: accept every proposal
    #[arg(long)]
    pub yes: bool,
    /// Agree to a new password for the client of this name, where its own is lost
    #[arg(long, value_name = "SLUG")]
    pub reset_credential: Option<String>,
    /// Say that this is the machine the client was enrolled on, where that cannot be told
    #[arg(long)]
    pub same_machine: bool,
    /// Do not wait for another run on this cluster: it stops before its next write
    #[arg(long)]
    pub take_over: bool,
    /// Register this machine anew, where it is registered already
    #[arg(long)]
    pub replace: bool,
    /// Plain lines instead of the full screen
    #[arg(long, conflicts_with = "json")]
    pub plain: bool,
    /// JSON lines, for scripts
    #[arg(long)]
    pub json: bool,
    /// How the full screen is drawn.
    #[command(flatten)]
    pub display: Display,
    /// An issued token instead of a code: a file, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// A PEM file of CA certificates to trust beside the system's
    #[arg(long, value_name = "FILE")]
    pub ca_cert: Option<PathBuf>,
    /// Keep the session for later runs, instead of ending it with this one
    #[arg(long)]
    pub stay_signed_in: bool,
    /// Where a session is kept; with none, one that is kept already is not used either
    #[arg(long, value_name = "PLACE")]
    pub secret_store: Option<SecretStore>,
    /// Neither use a session that is kept, nor keep this one; the same as --secret-store none
    #[arg(long, conflicts_with = "stay_signed_in")]
    pub no_token_cache: bool,
    /// Seconds the rollout may take
    #[arg(long, value_name = "SECS", default_value_t = 600)]
    pub budget: u64,
    /// Seconds both sides must agree before the machine counts as online
    #[arg(long, value_name = "SECS", default_value_t = 5)]
    pub hold: u64,
    /// Say every step in plain words on standard error
    #[arg(short, long)]
    pub verbose: bool,
    /// How much of the walk is wanted.
    #[arg(skip)]
    pub walk: Walk,
    /// Whether the token of an earlier registration is used.
    #[arg(skip)]
    pub kept_token: bool,
    /// The command that comes back, where these flags would not.
    #[arg(skip)]
    pub resume_instead: Option<&'static str>,
}

/// How much of the walk is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Walk {
    /// All of it.
    #[default]
    Whole,
    /// The sign-in alone.
    SignIn,
    /// The way out.
    Retire {
        /// Whether volumes and their data stay.
        keep_data: bool,
        /// Whether running experiments are given up.
        force: bool,
    },
}

/// Where a session may rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SecretStore {
    /// The desktop's keyring (Secret Service)
    Keyring,
    /// The kernel's keyring of this user, until the machine restarts or 7 days have passed
    Kernel,
    /// A file that only you (and root) can read
    File,
    /// Nowhere: it ends with the run
    None,
}

/// The flags of sign-in.
#[derive(Clone, Debug, Args)]
pub struct SignIn {
    /// Where.
    #[command(flatten)]
    pub at: At,
    /// The account id that must approve; needed with --yes and a code
    #[arg(long, value_name = "ID")]
    pub expect_account: Option<u64>,
    /// Ask nothing
    #[arg(long)]
    pub yes: bool,
    /// Plain lines instead of the full screen
    #[arg(long, conflicts_with = "json")]
    pub plain: bool,
    /// How the full screen is drawn.
    #[command(flatten)]
    pub display: Display,
    /// An issued token instead of a code: a file, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Where the session is kept [default: keyring]
    #[arg(long, value_name = "PLACE")]
    pub secret_store: Option<SecretStore>,
    /// Say every step in plain words on standard error
    #[arg(short, long)]
    pub verbose: bool,
}

/// Which server, and how the answer is told.
#[derive(Clone, Debug, Default, Args)]
pub struct At {
    /// The profile: where you sign in
    #[arg(long, alias = "env", value_name = "NAME")]
    pub profile: Option<String>,
    /// A TOML file that holds one profile
    #[arg(long, value_name = "FILE", conflicts_with = "profile")]
    pub profile_file: Option<PathBuf>,
    /// Another address of the API than the profile's
    #[arg(long, value_name = "URL")]
    pub api: Option<String>,
    /// A PEM file of CA certificates to trust beside the system's
    #[arg(long, value_name = "FILE")]
    pub ca_cert: Option<PathBuf>,
    /// JSON lines, for scripts
    #[arg(long)]
    pub json: bool,
}

/// Which cluster, and how far its kubeconfig is trusted.
#[derive(Clone, Debug, Default, Args, PartialEq, Eq)]
pub struct Cluster {
    /// The cluster's kubeconfig [default: $KUBECONFIG, ~/.kube/config, k3s's own]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The context in it
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// Agree to what the kubeconfig asks for beyond a connection: programs, files elsewhere, an unchecked server
    #[arg(long)]
    pub allow_exec: bool,
}

/// The flags of profiles.
#[derive(Clone, Debug, Default, Args)]
pub struct Profiles {
    /// A TOML file that holds one profile
    #[arg(long, value_name = "FILE")]
    pub profile_file: Option<PathBuf>,
    /// JSON lines, for scripts
    #[arg(long)]
    pub json: bool,
}

/// The version, with what this program was built for: arch-vendor-system-environment.
fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        let system = match std::env::consts::OS {
            "linux" if cfg!(target_env = "musl") => "unknown-linux-musl",
            "linux" => "unknown-linux-gnu",
            "macos" => "apple-darwin",
            other => other,
        };
        format!("{} ({}-{system})", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH)
    });
    &VERSION
}

fn long_help() -> String {
    let codes: Vec<String> = EXIT_TABLE.iter().map(|(code, words)| format!("  {code:>3}  {words}")).collect();
    format!(
        "{EXAMPLES}\nExit codes:\n{}\n  128+n  ended by signal n\n\nScenarios of the sandbox:\n{}\n\n\
         Scenarios of the sandbox with --backend pychron:\n{}\n",
        codes.join("\n"),
        sandbox::scenarios(),
        sandbox::pychron_scenarios()
    )
}
