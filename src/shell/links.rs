//! The tables of back ends and installs: one line each.

use std::path::PathBuf;
use std::sync::Arc;

use super::clock;
use super::environment::Environment;
use crate::backend::Backend;
use crate::backend::provisioning::Provisioning;
use crate::cluster::connect::{self, Where, choose, find};
use crate::config::state::StateFolder;
use crate::config::{BackendKind, InstallKind, Profile};
use crate::error::Fault;
use crate::http;
use crate::install::Install;
use crate::install::release::{Connector, Process, ReleaseInstall};
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
    }
}

/// The sessions that are kept for a profile's API on this machine, if this user has a place for such things.
pub fn sessions(profile: &Profile, vault: &Vault) -> Option<Sessions> {
    Some(Sessions::new(StateFolder::of_user()?, vault.clone(), &profile.api, profile.backend.name()))
}

/// Where a kubeconfig may be.
pub fn kubeconfig(explicit: Option<PathBuf>, environment: &Environment) -> Where {
    Where {
        explicit,
        env: environment.kubeconfig.clone(),
        home: environment.home.clone(),
        system: PathBuf::from(K3S),
    }
}

/// What a profile puts on the machine. Nothing is read or connected before it is first asked. `unattended`
/// says that nobody is there to see which context was taken.
pub fn install(
    profile: &Profile,
    vault: &Vault,
    origin: &str,
    environment: &Environment,
    unattended: bool,
) -> Arc<dyn Install> {
    let place = kubeconfig(profile.kubeconfig.clone(), environment);
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
    match profile.install {
        InstallKind::Release => {
            let install = ReleaseInstall::new(connector, origin, vault.clone(), clock::wall);
            Arc::new(install.run_by(Process::this(), environment.person()))
        }
    }
}
