//! This machine's ways to a cluster: looked for again whenever that is asked, and the one that was taken.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::environment::Environment;
use crate::cluster::connect::{self, Connected, Lead, Leave, Where, find};
use crate::config::Profile;
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::release::find_helm;
use crate::model::{Demand, Survey};
use crate::secret::Vault;
use crate::wizard::machine::{MachinePane, Open};

/// Where k3s writes the kubeconfig of the machine it runs on.
const K3S: &str = "/etc/rancher/k3s/k3s.yaml";

/// Where a kubeconfig may be.
pub fn place(explicit: Option<PathBuf>, environment: &Environment) -> Where {
    Where {
        explicit,
        env: environment.kubeconfig.clone(),
        home: environment.home.clone(),
        system: PathBuf::from(K3S),
        sudo: environment.sudo.clone(),
    }
}

/// Shared by whoever looks, and whoever connects.
#[derive(Clone, Default)]
pub struct Machine {
    place: Where,
    wanted: Option<String>,
    /// The helm that the profile needs: the one it names, or else where to look.
    helm: Option<(Option<PathBuf>, Vec<PathBuf>)>,
    leave: Leave,
    held: Arc<Mutex<Held>>,
}

#[derive(Default)]
struct Held {
    leads: Vec<Lead>,
    taken: Option<Lead>,
    /// Why none could be taken, where nobody is there to choose.
    fault: Option<Fault>,
}

impl Machine {
    /// The machine as the profile and the environment describe it. Nothing is read yet.
    pub fn new(profile: &Profile, environment: &Environment) -> Self {
        let place = place(profile.kubeconfig.clone(), environment);
        let leave = Leave { allowed: Vec::new(), environment: environment.for_programs() };
        let helm = profile.chart.as_ref().map(|chart| (chart.program.clone(), environment.path.clone()));
        Self { place, wanted: profile.context.clone(), helm, leave, held: Arc::default() }
    }

    /// Reads the kubeconfig files; nothing that they name is touched. A way that needs no question is taken.
    pub fn survey(&self) -> Survey {
        self.settle(false)
    }

    /// The same where nobody is there to answer; why there is no way is said when it is connected to. `allowed`
    /// says that a flag agrees to what the way asks for.
    #[must_use]
    pub fn unattended(self, allowed: bool) -> Self {
        self.settle(allowed);
        self
    }

    fn settle(&self, allowed: bool) -> Survey {
        let (mut survey, leads) = connect::survey(&self.place, self.wanted.as_deref());
        survey.missing = self.helm.as_ref().and_then(|(given, path)| find_helm(given.as_deref(), path).err());
        let pane = MachinePane::new(survey.clone(), allowed);
        let fault = match pane.open() {
            None => None,
            Some(Open::Consent(way)) => {
                let demands: Vec<String> = way.demands.iter().map(Demand::words).collect();
                let question = format!("the kubeconfig {} {}; may it?", way.file, demands.join("; it "));
                Some(Fault::NeedsPerson { question: Text::new(&question), flag: "--allow-exec" })
            }
            Some(_) => Some(pane.fault()),
        };
        let mut held = self.held();
        held.taken = pane.way.filter(|_| fault.is_none()).and_then(|way| leads.get(way).cloned());
        held.leads = leads;
        held.fault = fault;
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
        let (taken, fault) = {
            let held = self.held();
            (held.taken.clone(), held.fault.clone())
        };
        let nothing = || Fault::NoKubeconfig { looked: Vec::new() };
        let lead = taken.ok_or_else(|| fault.unwrap_or_else(nothing))?;
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
