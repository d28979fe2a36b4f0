//! The tables of back ends and installs: one line each.

use std::path::PathBuf;
use std::sync::Arc;

use super::clock;
use super::environment::Environment;
use crate::backend::Backend;
use crate::backend::provisioning::Provisioning;
use crate::backend::pychron::Pychron;
use crate::cluster::connect::{self, Where, choose, find};
use crate::config::state::StateFolder;
use crate::config::{BackendKind, InstallKind, Profile};
use crate::error::Fault;
use crate::foreign::Text;
use crate::http;
use crate::install::release::{Connector, Process, ReleaseInstall};
use crate::install::workstation::{Rest, Workstation};
use crate::install::{Install, Installer};
use crate::secret::Vault;
use crate::store::Sessions;

/// Where k3s writes the kubeconfig of the machine it runs on.
const K3S: &str = "/etc/rancher/k3s/k3s.yaml";

/// The control plane of a profile.
pub fn backend(profile: &Profile, vault: &Vault, options: &http::Options) -> Result<Arc<dyn Backend>, Fault> {
    match profile.backend {
        BackendKind::Provisioning => {
            Ok(Arc::new(Provisioning::new(profile.api.clone(), vault.clone(), options)?))
        }
        BackendKind::Pychron => {
            Ok(Arc::new(Pychron::new(profile.api.clone(), vault.clone(), options, clock::wall)?))
        }
    }
}

/// The sessions that are kept for a profile's API on this machine, if this user has a place for such things.
pub fn sessions(profile: &Profile, vault: &Vault) -> Option<Sessions> {
    Some(Sessions::new(StateFolder::of_user()?, vault.clone(), &profile.api, profile.backend.name()))
}

/// How this run treats what it puts on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// Nobody is there to see which context was taken.
    pub unattended: bool,
    /// A token that finds no place can be shown to the person.
    pub reveals: bool,
    /// Where an issued token rests.
    pub rest: Rest,
}

/// What a profile puts on the machine. Nothing is read or connected before it is first asked.
pub fn install(
    profile: &Profile,
    vault: &Vault,
    origin: &str,
    environment: &Environment,
    way: Way,
) -> Installer {
    match profile.install {
        InstallKind::Release => {
            Installer::Chosen(release(profile, vault, origin, environment, way.unattended))
        }
        InstallKind::Workstation => {
            let station = workstation(profile, vault, origin, environment, way.rest);
            Installer::Issued(Arc::new(station.revealing(way.reveals)))
        }
    }
}

/// The set-up of this machine in a home folder.
pub fn workstation(
    profile: &Profile,
    vault: &Vault,
    origin: &str,
    environment: &Environment,
    rest: Rest,
) -> Workstation {
    let home = profile.home.clone().or_else(|| environment.home.clone());
    // Behind a sandbox nothing is real, and the keyring of this desktop is.
    let rest = if profile.sandbox { Rest::File } else { rest };
    let api = Text::new(profile.api.as_str());
    Workstation::new(home, environment.host.clone(), api, origin, rest, vault.clone())
}

fn release(
    profile: &Profile,
    vault: &Vault,
    origin: &str,
    environment: &Environment,
    unattended: bool,
) -> Arc<dyn Install> {
    let place = Where {
        explicit: profile.kubeconfig.clone(),
        env: environment.kubeconfig.clone(),
        home: environment.home.clone(),
        system: PathBuf::from(K3S),
    };
    let context = profile.context.clone();
    let secrets = vault.clone();
    let connector: Connector = Arc::new(move || {
        let (place, context, vault) = (place.clone(), context.clone(), secrets.clone());
        Box::pin(async move {
            let kubeconfig = find(&place)?;
            let name = choose(&kubeconfig.contexts(), context.as_deref(), unattended)?;
            connect::connect(&kubeconfig, &name, vault).await
        })
    });
    let install = ReleaseInstall::new(connector, origin, vault.clone(), clock::wall);
    Arc::new(install.run_by(Process::this(), environment.person()))
}
