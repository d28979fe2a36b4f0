//! The command line.

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::LazyLock;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::error::EXIT_TABLE;
use crate::sandbox::scenario;

mod display;
mod life;
mod resume;

pub use display::Display;
pub use life::{Clients, Here, Replay, Retire, Set, Status};
pub use resume::quoted;

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
    #[command(after_help = sandbox_help())]
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
    /// The cluster's kubeconfig [default: $KUBECONFIG, ~/.kube/config, k3s's own]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The context in it
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// The helm to run, where the profile installs by helm [default: the first safe one on PATH]
    #[arg(long, value_name = "FILE")]
    pub helm: Option<PathBuf>,
    /// Agree to what the kubeconfig asks for beyond a connection: programs, files elsewhere, an unchecked server
    #[arg(long)]
    pub allow_exec: bool,
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
    /// Where the token is kept [default: keyring]
    #[arg(long, value_name = "PLACE")]
    pub secret_store: Option<SecretStore>,
}

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

/// The flags of the sandbox.
#[derive(Clone, Debug, Args)]
pub struct Sandbox {
    /// Only serve; the first line on standard output says where, as JSON
    #[arg(long)]
    pub serve: bool,
    /// A simulated person approves after so many seconds
    #[arg(long, value_name = "SECS")]
    pub approve: Option<u64>,
    /// Which system is played
    #[arg(long, value_name = "NAME", default_value = "provisioning")]
    pub backend: Played,
    /// What goes wrong and what the sandbox is made of: a name below, or a TOML file
    #[arg(long, value_name = "NAME|FILE", value_parser = scenario::Scenario::given)]
    pub scenario: Option<scenario::Scenario>,
    /// Where the sandbox listens: an address, or ADDRESS:PORT (the cluster then takes the ports after it)
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub listen: Option<SocketAddr>,
    /// Let other machines in, by TLS and with a password made for this run
    #[arg(long)]
    pub expose: bool,
    /// How much faster than life the cluster runs
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    pub speed: f64,
    /// How many clusters are served, for one control plane
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=200), hide = true)]
    pub clusters: u16,
    /// Flags handed to enroll
    #[arg(last = true, value_name = "ARGS")]
    pub args: Vec<OsString>,
}

/// Which system a sandbox plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Played {
    /// The provisioning API, with a cluster
    #[default]
    Provisioning,
    /// pychronAPI: a workstation that an administrator approves
    Pychron,
}

fn address(given: &str) -> Result<SocketAddr, String> {
    let plain = given.parse::<IpAddr>().map(|address| SocketAddr::new(address, 0));
    plain
        .or_else(|_| given.parse())
        .map_err(|_| "an address such as 127.0.0.1, 192.0.2.7:8443 or [::1]:8443".to_owned())
}

fn scenarios() -> String {
    let lines: Vec<String> =
        scenario::NAMES.iter().map(|(name, does)| format!("  {name:<17} {does}")).collect();
    lines.join("\n")
}

fn pychron_scenarios() -> String {
    let lines: Vec<String> =
        scenario::pychron_names().map(|(name, does)| format!("  {name:<18} {does}")).collect();
    lines.join("\n")
}

fn sandbox_help() -> String {
    format!(
        "Scenarios:\n{}\n\nA scenario may be a TOML file too; the README shows one.\n\nScenarios with --backend \
         pychron:\n{}\n\nExamples:\n  \
         landfall sandbox --approve 2 -- --plain --yes\n  \
         landfall sandbox --serve --scenario crash-loop      then use the kubeconfig that it prints\n  \
         landfall sandbox --serve --listen 0.0.0.0:8443 --expose\n  \
         landfall sandbox --backend pychron                  a workstation, and an administrator's page",
        scenarios(),
        pychron_scenarios()
    )
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
        scenarios(),
        pychron_scenarios()
    )
}
