//! Retiring a machine: what would be done, and what was.

use serde::{Deserialize, Serialize};

use super::client::Client;
use super::health::{Health, View};
use super::machine::{Known, Release, Sameness};
use super::names::{ClusterId, Username};
use super::rollout::Removed;
use crate::error::Fault;
use crate::foreign::Text;

/// A machine about to be retired, as it was read. Nothing is changed yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    /// Its row in the account.
    pub client: Client,
    /// The account that signed in.
    pub account: u64,
    /// The cluster that was looked at.
    pub cluster: ClusterId,
    /// What lives there; none where an earlier run removed it already.
    pub release: Release,
    /// Workloads and volumes of it, by kind.
    pub holds: Vec<(Text, usize)>,
    /// Why it cannot be told whether this is the machine that was enrolled, if it cannot.
    pub doubt: Option<Text>,
    /// Whether volumes and their data stay.
    pub keep_data: bool,
    /// Whether running experiments are given up.
    pub force: bool,
    /// Whether another run on this cluster is not waited for.
    pub take_over: bool,
}

impl Leaving {
    /// From a look at both sides; what forbids it is a fault. Running work is not judged here.
    pub fn of(health: &Health, account: u64) -> Result<Self, Fault> {
        let facts = match &health.facts {
            Ok(facts) => facts,
            Err(fault) => return Err(fault.clone()),
        };
        let cluster = match &facts.cluster_id {
            Known::Yes(cluster) => cluster.clone(),
            Known::Unknown(why) => return Err(Fault::NoClusterId { why: why.clone() }),
        };
        match &facts.release {
            Release::Several(namespaces) => {
                return Err(Fault::SeveralReleases { namespaces: namespaces.clone() });
            }
            Release::Unclear(why) => {
                return Err(Fault::CannotTell {
                    what: "what lives in this cluster".into(),
                    why: why.clone(),
                });
            }
            Release::None | Release::One { .. } => {}
        }
        let client = match (&health.view, &facts.release) {
            (View::Row(client, _), _) => client.as_ref().clone(),
            (View::Unknown(fault), _) => return Err(fault.clone()),
            (View::NotInAccount, Release::One { namespace, .. }) => {
                return Err(Fault::ForeignRelease { namespace: namespace.as_str().into() });
            }
            (_, Release::One { .. }) => return Err(Fault::SessionRejected),
            (_, _) => {
                let why = "no client of the account holds this cluster, and none lives in it";
                return Err(Fault::NothingHere { why: why.into() });
            }
        };
        let doubt = match &facts.machine {
            // Retiring a copy would end the credential of the machine it was copied from.
            Sameness::Copy => {
                return Err(Fault::LooksCopied { client: format!("\"{}\"", client.name).into() });
            }
            Sameness::Unclear(why) => Some(why.clone()),
            Sameness::Same | Sameness::Unrecorded => None,
        };
        let mut holds: Vec<(Text, usize)> = Vec::new();
        for row in health.snapshot.iter().flat_map(|snapshot| &snapshot.rows) {
            match holds.iter_mut().find(|(kind, _)| *kind == row.kind) {
                Some((_, count)) => *count += 1,
                None => holds.push((row.kind.clone(), 1)),
            }
        }
        Ok(Self {
            client,
            account,
            cluster,
            release: facts.release.clone(),
            holds,
            doubt,
            keep_data: false,
            force: false,
            take_over: false,
        })
    }

    /// The machine's login name, where it lives.
    pub fn username(&self) -> Option<&Username> {
        match &self.release {
            Release::One { username, .. } => Some(username),
            _ => None,
        }
    }

    /// What a person types to confirm: the name, or where it has none that shows, the namespace.
    pub fn word(&self) -> &Text {
        if self.client.name.is_empty() { &self.client.namespace } else { &self.client.name }
    }
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    /// Whether the control plane confirmed that the credential is dead.
    pub revoked: bool,
    /// What became of the release.
    pub removed: Removed,
    /// What is left to do, each a sentence without a full stop; empty if all of it is done.
    pub left: Vec<Text>,
}
