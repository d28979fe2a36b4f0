//! This machine's ways to a cluster: looked for again whenever that is asked, and the one that was taken.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::environment::Environment;
use crate::cluster::connect::{self, Connected, Lead, Leave, Where, find};
use crate::config::Profile;
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::Survey;
use crate::secret::Vault;

/// Where k3s writes the kubeconfig of the machine it runs on.
const K3S: &str = "/etc/rancher/k3s/k3s.yaml";

/// Shared by whoever looks, and whoever connects.
#[derive(Clone, Default)]
pub struct Machine {
    place: Where,
    wanted: Option<String>,
    leave: Leave,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    leads: Vec<Lead>,
    taken: Option<Lead>,
}

impl Machine {
    /// The machine as the profile and the environment describe it. Nothing is read yet.
    pub fn new(profile: &Profile, environment: &Environment) -> Self {
        let place = Where {
            explicit: profile.kubeconfig.clone(),
            env: environment.kubeconfig.clone(),
            home: environment.home.clone(),
            system: PathBuf::from(K3S),
            sudo: environment.sudo.clone(),
        };
        let leave = Leave { allowed: Vec::new(), environment: environment.for_programs.clone() };
        Self { place, wanted: profile.context.clone(), leave, held: Arc::default() }
    }

    /// Reads the kubeconfig files; nothing that they name is touched.
    pub fn survey(&self) -> Survey {
        let (survey, leads) = connect::survey(&self.place, self.wanted.as_deref());
        self.held().leads = leads;
        survey
    }

    /// Takes a way of the latest survey, with everything that it asked for there.
    pub fn take(&self, way: usize) {
        let mut held = self.held();
        held.taken = held.leads.get(way).cloned();
    }

    /// Connects by the way that was taken. The file is read anew: a cluster that was set up again meanwhile has
    /// a new one.
    pub async fn connect(&self, vault: Vault) -> Result<Connected, Fault> {
        let Some(lead) = self.held().taken.clone() else {
            return Err(Fault::NoKubeconfig { looked: Vec::new() });
        };
        let leave = Leave { allowed: lead.way.demands.clone(), ..self.leave.clone() };
        let found = find(&lead.place)?;
        if !found.contexts().any(|context| context == lead.context) {
            let why = Text::new(&format!("the context {} is gone from it", lead.way.context));
            return Err(Fault::BadKubeconfig { path: lead.way.file, why });
        }
        connect::connect(&found, &lead.context, &leave, vault).await
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // A panic elsewhere does not make the list itself wrong.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
