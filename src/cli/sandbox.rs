//! The flags of the sandbox.

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};

use clap::{Args, ValueEnum};

use crate::sandbox::scenario;

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

/// The scenarios by name, a line each.
pub fn scenarios() -> String {
    let lines: Vec<String> =
        scenario::NAMES.iter().map(|(name, does)| format!("  {name:<17} {does}")).collect();
    lines.join("\n")
}

/// The scenarios of a workstation, a line each.
pub fn pychron_scenarios() -> String {
    let lines: Vec<String> =
        scenario::pychron_names().map(|(name, does)| format!("  {name:<18} {does}")).collect();
    lines.join("\n")
}

/// What stands under the flags in the help.
pub fn help() -> String {
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
