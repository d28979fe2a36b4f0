//! Looking: gathers facts, each part once, and judges nothing.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::report::About;
use crate::backend::Backend;
use crate::cluster::connect::Where;
use crate::config::Profile;
use crate::config::state::StateFolder;
use crate::error::Fault;
use crate::foreign::Text;
use crate::http;
use crate::install::{Fitting, Install};
use crate::secret::{Audience, Secret, Vault};
use crate::shell::capabilities::Why;
use crate::store::Sessions;

mod account;
mod certificate;
mod cluster;
mod elsewhere;
mod endpoint;
mod machine;
mod network;
mod proxy;
mod readers;
mod station;
mod workload;

pub use account::{account, plane, store};
pub use cluster::cluster;
pub use machine::machine;
pub use network::network;
pub use station::station;
pub use workload::workload;

/// How long a server's layers together may take.
const NETWORK: Duration = Duration::from_secs(6);
/// How long a question to the control plane may take.
const QUESTION: Duration = Duration::from_secs(6);
/// How long a first answer of the cluster may take.
const CLUSTER: Duration = Duration::from_secs(4);
/// How long reading in the cluster may take.
const READING: Duration = Duration::from_secs(5);

/// What the environment and the terminal say: read elsewhere, handed in.
#[derive(Clone)]
pub struct Surroundings {
    /// `$HOME`.
    pub home: Option<PathBuf>,
    /// This machine's name.
    pub host: Text,
    /// Who runs this program.
    pub user: Text,
    /// `$SUDO_USER`.
    pub sudo_from: Option<Text>,
    /// `$TERM`.
    pub term: Text,
    /// The locale.
    pub locale: Text,
    /// Whether input and output are terminals.
    pub tty: bool,
    /// What would be chosen for this terminal, and why.
    pub why: Why,
    /// The time zone, by its name.
    pub time_zone: Option<Text>,
    /// Proxy variables as they came: a value may hold a password.
    pub proxies: Vec<(&'static str, Zeroizing<String>)>,
    /// What `NO_PROXY` names.
    pub no_proxy: Vec<Text>,
    /// What a program that signs in for a kubeconfig may see of our environment.
    pub programs: Vec<(OsString, OsString)>,
    /// `$SSL_CERT_FILE`.
    pub cert_file: Option<PathBuf>,
    /// The temporary folder.
    pub temporary: PathBuf,
    /// The folder of our configuration.
    pub config: Option<PathBuf>,
}

/// What is looked at, and by what means. Nothing is asked before [`super::examine`].
#[derive(Clone)]
pub struct Subject {
    /// The profile, or why there is none.
    pub profile: Result<Profile, Fault>,
    /// What the environment says.
    pub surroundings: Surroundings,
    /// Where a kubeconfig may be.
    pub kubeconfig: Where,
    /// Which context of it.
    pub context: Option<String>,
    /// The control plane, if there is a profile.
    pub backend: Option<Arc<dyn Backend>>,
    /// What is put on the machine, if there is a profile.
    pub install: Option<Arc<dyn Install>>,
    /// What is put on a machine whose identity comes with the sign-in, if this is one.
    pub fitting: Option<Arc<dyn Fitting>>,
    /// The sessions that rest here.
    pub sessions: Option<Sessions>,
    /// The state of earlier runs.
    pub state: Option<StateFolder>,
    /// Everything secret that comes by; no text leaves with any of it.
    pub vault: Vault,
    /// Whether what the kubeconfig asks for beside a connection was agreed to.
    pub allow: bool,
    /// How servers are spoken to.
    pub http: http::Options,
    /// The present.
    pub clock: fn() -> Timestamp,
}

impl Subject {
    /// What the report says of it.
    pub fn about(&self) -> About {
        let profile = self.profile.as_ref().ok().map(Profile::facts);
        About {
            version: env!("CARGO_PKG_VERSION"),
            profile: profile.as_ref().map(|facts| facts.name.clone()),
            host: profile.as_ref().map(|facts| facts.host.clone()),
            machine: self.surroundings.host.clone(),
            sandbox: profile.is_some_and(|facts| facts.sandbox),
        }
    }

    /// The API origin of the profile.
    fn origin(&self) -> String {
        self.profile.as_ref().map(|profile| profile.api.origin().ascii_serialization()).unwrap_or_default()
    }

    /// Remembers a value that must never be told.
    fn hide(&self, value: &str) {
        if !value.is_empty() {
            // No sink asks for this audience: it is held to be recognised only.
            self.vault.keep(Secret::new(value, Audience::session("never sent")));
        }
    }

    /// Whether this machine's identity comes with the sign-in: then there is neither session nor cluster.
    fn issues(&self) -> bool {
        self.fitting.is_some()
    }

    /// What cannot be looked at without a profile.
    fn no_profile(&self) -> Option<Text> {
        let fault = self.profile.as_ref().err()?;
        Some(Text::from(format!("no server is known: {}", fault.sentence())))
    }
}

/// Milliseconds between two moments.
fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}
