//! The tables of back ends and installs: one line each.

use std::sync::Arc;

use super::clock;
use super::environment::Environment;
use super::machine::Machine;
use crate::backend::Backend;
use crate::backend::oidc::Oidc;
use crate::backend::provisioning::Provisioning;
use crate::backend::pychron::Pychron;
use crate::cli::SecretStore;
use crate::config::state::StateFolder;
use crate::config::{BackendKind, InstallKind, Profile};
use crate::error::Fault;
use crate::foreign::Text;
use crate::http;
use crate::install::release::{Connector, Process, ReleaseInstall};
use crate::install::workstation::{Rest, Workstation};
use crate::install::{Fitting, Install};
use crate::secret::Vault;
use crate::store::Sessions;

/// The control plane of a profile.
pub fn backend(profile: &Profile, vault: &Vault, options: &http::Options) -> Result<Arc<dyn Backend>, Fault> {
    match profile.backend {
        BackendKind::Oidc => {
            let client = profile.oidc.clone().ok_or_else(no_client)?;
            let oidc = Oidc::new(client, vault.clone(), options, clock::wall)?;
            Ok(Arc::new(oidc.trusting(&profile.trust)))
        }
        BackendKind::Provisioning => {
            let provisioning = Provisioning::new(profile.api.clone(), vault.clone(), options)?;
            Ok(Arc::new(provisioning.trusting(&profile.trust)))
        }
        BackendKind::Pychron => {
            let pychron = Pychron::new(profile.api.clone(), vault.clone(), options, clock::wall)?;
            Ok(Arc::new(pychron.trusting(&profile.trust)))
        }
    }
}

/// The sessions that are kept for a profile's API on this machine, if this user has a place for such things.
pub fn sessions(profile: &Profile, vault: &Vault) -> Option<Sessions> {
    let folder = StateFolder::of_user()?;
    Some(match &profile.oidc {
        Some(client) => Sessions::of_issuer(folder, vault.clone(), &profile.api, client.key()),
        None => Sessions::new(folder, vault.clone(), &profile.api, profile.backend.name()),
    })
}

/// Only another address than the profile's leaves it without a client.
fn no_client() -> Fault {
    let why = "a profile for an OpenID provider names issuer and client_id together; put both into a profile"
        .into();
    Fault::BadInput { what: "The flag --api".into(), why }
}

/// What a profile puts into a cluster. Nothing is connected before it is first asked.
pub fn install(
    profile: &Profile,
    vault: &Vault,
    origin: &str,
    environment: &Environment,
    machine: &Machine,
) -> Arc<dyn Install> {
    let (machine, secrets) = (machine.clone(), vault.clone());
    let connector: Connector = Arc::new(move || {
        let (machine, vault) = (machine.clone(), secrets.clone());
        Box::pin(async move { machine.connect(vault).await })
    });
    match profile.install {
        InstallKind::Release => {
            let install = ReleaseInstall::new(connector, origin, vault.clone(), clock::wall);
            let install = install.run_by(Process::this(), environment.person());
            Arc::new(match (&profile.chart, &profile.objects) {
                (Some(chart), _) => install.by_helm(chart.clone(), environment.for_children()),
                (None, Some(file)) => install.of_file(file.clone()),
                (None, None) => install,
            })
        }
        InstallKind::Workstation => {
            let connector: Connector = Arc::new(|| Box::pin(async { Err(no_cluster()) }));
            Arc::new(ReleaseInstall::new(connector, origin, vault.clone(), clock::wall))
        }
    }
}

fn no_cluster() -> Fault {
    let why = "it installs nothing into a cluster; see landfall workstation --help".into();
    Fault::BadInput { what: "This profile".into(), why }
}

/// What a profile puts on the machine whose identity is issued with the sign-in, if it is such a one.
/// `reveals` says that a token which finds no place can be shown to the person.
pub fn fitting(
    profile: &Profile,
    vault: &Vault,
    origin: &str,
    environment: &Environment,
    (rest, reveals): (Option<Rest>, bool),
) -> Option<Arc<dyn Fitting>> {
    match profile.install {
        InstallKind::Release => None,
        InstallKind::Workstation => {
            let station = workstation(profile, vault, origin, environment, rest);
            Some(Arc::new(station.revealing(reveals)))
        }
    }
}

/// Where a flag wants the token of a workstation, if one does.
pub fn rest(flag: Option<SecretStore>) -> Result<Option<Rest>, Fault> {
    match flag {
        Some(SecretStore::File) => Ok(Some(Rest::File)),
        Some(SecretStore::Kernel) => {
            // It must be there after a restart.
            let why = "a workstation's token rests in the desktop's keyring or in a file".into();
            Err(Fault::BadInput { what: "--secret-store kernel".into(), why })
        }
        Some(SecretStore::Keyring | SecretStore::None) => Ok(Some(Rest::Keyring)),
        None => Ok(None),
    }
}

/// The set-up of this machine in a home folder. Without a word on it the token rests where it did before.
pub fn workstation(
    profile: &Profile,
    vault: &Vault,
    origin: &str,
    environment: &Environment,
    rest: Option<Rest>,
) -> Workstation {
    let home = profile.home.clone().or_else(|| environment.home.clone());
    // Behind a sandbox nothing is real, and the keyring of this desktop is.
    let rest = if profile.sandbox { Rest::File } else { rest.unwrap_or_else(|| Rest::of(home.as_deref())) };
    let api = Text::new(profile.api.as_str());
    Workstation::new(home, environment.host.clone(), api, origin, rest, vault.clone())
}
