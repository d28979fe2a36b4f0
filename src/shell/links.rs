//! The tables of back ends and installs: one line each.

use std::sync::Arc;

use super::clock;
use super::environment::Environment;
use super::machine::Machine;
use crate::backend::Backend;
use crate::backend::oidc::Oidc;
use crate::backend::provisioning::Provisioning;
use crate::config::state::StateFolder;
use crate::config::{BackendKind, InstallKind, Profile};
use crate::error::Fault;
use crate::http;
use crate::install::Install;
use crate::install::release::{Connector, Process, ReleaseInstall};
use crate::secret::Vault;
use crate::store::Sessions;

/// The control plane of a profile.
pub fn backend(profile: &Profile, vault: &Vault, options: &http::Options) -> Result<Arc<dyn Backend>, Fault> {
    match profile.backend {
        BackendKind::Oidc => {
            let client = profile.oidc.clone().ok_or_else(no_client)?;
            Ok(Arc::new(Oidc::new(client, vault.clone(), options, clock::wall)?))
        }
        BackendKind::Provisioning => {
            Ok(Arc::new(Provisioning::new(profile.api.clone(), vault.clone(), options)?))
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

/// What a profile puts on the machine. Nothing is connected before it is first asked.
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
            Arc::new(match &profile.chart {
                Some(chart) => install.by_helm(chart.clone(), environment.for_children()),
                None => install,
            })
        }
    }
}
