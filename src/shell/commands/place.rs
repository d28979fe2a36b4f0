//! Where a small command works: profile, session, control plane and cluster.

use std::sync::Arc;

use super::super::environment::Environment;
use super::super::launch::token;
use super::super::links;
use super::super::look::Looker;
use super::super::machine::Machine;
use crate::backend::Backend;
use crate::cli::{At, Here};
use crate::config::state::StateFolder;
use crate::config::{self, Profile, Wanted};
use crate::error::Fault;
use crate::foreign::Text;
use crate::http;
use crate::model::{Account, ProfileFacts, Selected};
use crate::secret::{SecretRef, Vault};
use crate::store::Sessions;
use crate::wizard::machine::{MachinePane, Open};

/// What the commands about a session need.
pub struct Place {
    pub profile: Profile,
    pub facts: ProfileFacts,
    pub vault: Vault,
    pub options: http::Options,
    pub sessions: Option<Sessions>,
}

impl Place {
    pub fn find(at: &At) -> Result<Self, Fault> {
        Self::of(at, Wanted::default())
    }

    fn of(at: &At, wanted: Wanted) -> Result<Self, Fault> {
        let wanted = Wanted { profile: at.profile.clone(), api: at.api.clone(), ..wanted };
        let profile = config::load(&wanted, at.profile_file.as_deref(), config::folder().as_deref())?;
        let vault = Vault::default();
        let options = http::Options::of(&profile.trust, at.ca_cert.as_deref());
        let sessions = links::sessions(&profile, &vault);
        Ok(Self { facts: profile.facts(), profile, vault, options, sessions })
    }
}

/// Takes the way to the cluster, or says why none is clear without a person.
fn way(machine: &Machine, allowed: bool) -> Option<Fault> {
    let pane = MachinePane::new(machine.survey(), allowed);
    match (pane.open(), pane.way) {
        (None, Some(way)) => {
            machine.take(way);
            None
        }
        (Some(Open::Consent(_)), _) => pane
            .question()
            .map(|question| Fault::NeedsPerson { question: question.text.into(), flag: question.flag }),
        _ => Some(pane.fault()),
    }
}

/// What the commands about a machine need.
pub struct Stand {
    pub place: Place,
    pub looker: Looker,
    /// A session in hand: issued, or kept by an earlier run. It is dropped when the command ends.
    pub session: Option<SecretRef>,
    /// Why a session that is kept is not in hand.
    pub no_session: Option<Text>,
}

impl Stand {
    pub async fn find(here: &Here, environment: &Environment) -> Result<Self, Fault> {
        let wanted = Wanted {
            kubeconfig: here.cluster.kubeconfig.clone(),
            context: here.cluster.context.clone(),
            ..Wanted::default()
        };
        let place = Place::of(&here.at, wanted)?;
        let origin = place.profile.api.origin().ascii_serialization();
        let (mut session, mut no_session) = (None, None);
        if let Some(path) = &here.token_file {
            session = Some(token(path, &place.vault, &origin)?);
        } else if let Some(sessions) = &place.sessions
            && let Some(kept) = sessions.find().await?
        {
            match kept.token {
                Ok(token) => session = Some(token),
                Err(why) => no_session = Some(why),
            }
        }
        let backend: Arc<dyn Backend> = links::backend(&place.profile, &place.vault, &place.options)?;
        let machine = Machine::new(&place.profile, environment);
        let trouble = way(&machine, here.cluster.allow_exec);
        let install = links::install(&place.profile, &place.vault, &origin, environment, &machine);
        let looker = Looker { backend, install, state: StateFolder::of_user(), origin, trouble };
        Ok(Self { place, looker, session, no_session })
    }

    /// The session and whose it is, by the server's word; nobody, where none is in hand.
    pub async fn signed_in(&self) -> Result<(SecretRef, Account), Fault> {
        let why = || self.no_session.clone().unwrap_or_default();
        let session = self.session.ok_or_else(|| Fault::NotSignedIn { why: why() })?;
        Ok((session, self.looker.backend.who(session).await?))
    }

    pub fn selected(&self) -> Option<Selected> {
        self.looker.selected()
    }
}
