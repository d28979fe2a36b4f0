//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::error::EXIT_TABLE;
use crate::sandbox::scenario;

const EXAMPLES: &str = "\
Examples:
  landfall sandbox                          try it: nothing real is touched
  landfall --profile tracebloc-prod         enroll this machine, signing in from a phone
  landfall --profile acme --json --yes --token-file token.txt
                                            enroll from a script
";

/// Brings this machine into a fleet: sign in from a phone, confirm, watch it come online.
#[derive(Debug, Parser)]
#[command(name = "landfall", version, max_term_width = 100, args_conflicts_with_subcommands = true)]
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
    Sandbox(Box<Sandbox>),
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
    /// This machine's name in the account
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
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
    /// Plain lines instead of the full screen
    #[arg(long, conflicts_with = "json")]
    pub plain: bool,
    /// JSON lines, for scripts
    #[arg(long)]
    pub json: bool,
    /// An issued token instead of a code: a file, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// A PEM file of CA certificates to trust beside the system's
    #[arg(long, value_name = "FILE")]
    pub ca_cert: Option<PathBuf>,
    /// Seconds the rollout may take
    #[arg(long, value_name = "SECS", default_value_t = 600)]
    pub budget: u64,
    /// Seconds both sides must agree before the machine counts as online
    #[arg(long, value_name = "SECS", default_value_t = 5)]
    pub hold: u64,
    /// Say every step in plain words on standard error
    #[arg(short, long)]
    pub verbose: bool,
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
    /// What goes wrong
    #[arg(long, value_name = "NAME", value_parser = named_scenario)]
    pub scenario: Option<scenario::Scenario>,
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

fn named_scenario(name: &str) -> Result<scenario::Scenario, String> {
    scenario::Scenario::named(name).ok_or_else(|| {
        let names: Vec<&str> = scenario::NAMES.iter().map(|(name, _)| *name).collect();
        format!("the scenarios are: {}", names.join(", "))
    })
}

fn long_help() -> String {
    let codes: Vec<String> = EXIT_TABLE.iter().map(|(code, words)| format!("  {code:>3}  {words}")).collect();
    let scenarios: Vec<String> =
        scenario::NAMES.iter().map(|(name, does)| format!("  {name:<17} {does}")).collect();
    format!(
        "{EXAMPLES}\nExit codes:\n{}\n  128+n  ended by signal n\n\nScenarios of the sandbox:\n{}\n",
        codes.join("\n"),
        scenarios.join("\n")
    )
}

impl Enroll {
    /// Reads the flags that stand behind `--` of the sandbox.
    pub fn of(args: &[OsString]) -> Result<Self, clap::Error> {
        let mut line = vec![OsString::from("landfall")];
        line.extend(args.iter().cloned());
        Cli::try_parse_from(line).map(|cli| match cli.command {
            Some(Command::Enroll(enroll)) => *enroll,
            _ => cli.enroll,
        })
    }

    /// The command that comes back to the same place. Holds our own words and values of a safe alphabet only:
    /// whatever is not, is left out and named instead.
    pub fn resume(&self) -> String {
        let mut words = vec!["landfall".to_owned()];
        let mut say = |flag: &str, value: Option<String>| {
            if let Some(value) = value {
                words.push(flag.to_owned());
                words.push(quoted(value));
            }
        };
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        say("--profile", self.profile.clone());
        say("--profile-file", path(&self.profile_file));
        say("--api", self.api.clone());
        say("--kubeconfig", path(&self.kubeconfig));
        say("--context", self.context.clone());
        say("--name", self.name.clone());
        say("--location", self.location.clone());
        say("--expect-account", self.expect_account.map(|id| id.to_string()));
        say("--token-file", path(&self.token_file));
        say("--ca-cert", path(&self.ca_cert));
        for (flag, set) in [("--yes", self.yes), ("--plain", self.plain), ("--json", self.json)] {
            if set {
                words.push(flag.to_owned());
            }
        }
        words.join(" ")
    }
}

/// The value as one word of a shell; what could mean something else is left for the person to fill in.
fn quoted(value: String) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@+=,".contains(c);
    if value == "-" || !value.is_empty() && !value.starts_with('-') && value.chars().all(plain) {
        value
    } else if !value.is_empty() && value.chars().all(|c| plain(c) || c == ' ' || c.is_alphanumeric()) {
        format!("'{value}'")
    } else {
        "...".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_table_of_flags_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_work_with_and_without_the_word_enroll() {
        let args = ["--profile", "acme", "--yes"].map(OsString::from);
        let bare = Enroll::of(&args).unwrap();
        let mut named = vec![OsString::from("enroll")];
        named.extend(args);
        assert_eq!(Enroll::of(&named).unwrap(), bare);
        assert!(bare.yes);
    }

    #[test]
    fn the_resume_command_holds_safe_words_only() {
        let enroll = Enroll {
            profile: Some("acme".into()),
            name: Some("x'; rm -rf ~".into()),
            location: Some("DE".into()),
            context: Some("Müller GmbH 1".into()),
            yes: true,
            ..Enroll::default()
        };
        assert_eq!(
            enroll.resume(),
            "landfall --profile acme --context 'Müller GmbH 1' --name ... --location DE --yes"
        );
    }
}
