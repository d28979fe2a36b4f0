//! How an enrolled machine does: what is selected here, what the cluster shows, what the control plane says.
//! Each is known or not by itself; what is not known is never taken for good.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::client::{Client, ClientState};
use super::machine::{Facts, Release, Sameness};
use super::names::{ClusterId, Location, Slug, Username};
use super::rollout::{Row, RowState, Sight, Snapshot};
use crate::error::Fault;
use crate::foreign::Text;

/// The client that this machine was last enrolled as: a local pointer, and no proof of anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selected {
    /// The account it belongs to.
    pub account: u64,
    /// The dashboard number.
    pub id: u64,
    /// The display name, as it was then.
    pub name: Text,
    /// The namespace.
    pub namespace: Slug,
    /// The machine's login name.
    pub username: Username,
    /// The anchor.
    pub cluster: ClusterId,
    /// Where it stands, as it was then.
    pub location: Location,
}

/// What the control plane says of this machine's client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// Its row in the account, and the server's own time when it was read.
    Row(Box<Client>, Option<Timestamp>),
    /// The account that is signed in holds no such client.
    NotInAccount,
    /// Nobody is signed in; the machine's own credential is accepted.
    Accepted,
    /// Nobody is signed in; the machine's own credential is rejected.
    Rejected,
    /// Nobody is signed in; the machine's own credential was revoked, or the client was retired.
    Inactive,
    /// It could not be asked; why.
    Unknown(Fault),
    /// It was not asked; why.
    NotAsked(Text),
}

/// What it all comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything that was looked at is well, on both sides.
    Healthy,
    /// Something is wrong that waiting may cure.
    NotYet,
    /// Something is wrong that waiting does not cure.
    Wrong,
    /// What matters could not be looked at.
    Unseen,
}

/// Everything that is known of this machine at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The local pointer for this control plane, if there is one.
    pub selected: Option<Selected>,
    /// The cluster, or why it cannot be looked at.
    pub facts: Result<Box<Facts>, Fault>,
    /// The workloads, once they were looked at.
    pub snapshot: Option<Snapshot>,
    /// What the control plane says.
    pub view: View,
}

impl Health {
    /// What lives in the cluster, if that is known.
    pub fn release(&self) -> Option<(&Slug, &Username)> {
        match &self.facts.as_ref().ok()?.release {
            Release::One { namespace, username } => Some((namespace, username)),
            _ => None,
        }
    }

    /// The rows, the worst first.
    pub fn rows(&self) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.snapshot.iter().flat_map(|snapshot| &snapshot.rows).collect();
        rows.sort_by_key(|row| row.state);
        rows
    }

    /// How many workloads are ready, of how many.
    pub fn ready(&self) -> (usize, usize) {
        let rows = self.rows();
        (rows.iter().filter(|row| row.state == RowState::Ready).count(), rows.len())
    }

    /// What the cluster's side comes to.
    pub fn here(&self) -> Verdict {
        let Ok(facts) = &self.facts else { return Verdict::Unseen };
        match &facts.release {
            Release::None | Release::Several(_) => return Verdict::Wrong,
            Release::Unclear(_) => return Verdict::Unseen,
            Release::One { .. } if facts.machine == Sameness::Copy => return Verdict::Wrong,
            Release::One { .. } => {}
        }
        match &self.snapshot {
            None => Verdict::Unseen,
            Some(snapshot) if snapshot.sight != Sight::Clear => Verdict::Unseen,
            Some(snapshot) if snapshot.is_ready() => Verdict::Healthy,
            Some(snapshot) if snapshot.rows.iter().any(|row| row.state == RowState::Failed) => Verdict::Wrong,
            // Nothing was applied, and nobody is about to.
            Some(snapshot) if snapshot.rows.is_empty() => Verdict::Wrong,
            Some(snapshot) if snapshot.rows.iter().all(|row| row.state == RowState::Unknown) => {
                Verdict::Unseen
            }
            Some(_) => Verdict::NotYet,
        }
    }

    /// What the control plane's side comes to.
    pub fn there(&self) -> Verdict {
        match &self.view {
            View::Row(client, _) if client.decommissioned => Verdict::Wrong,
            View::Row(client, _) => match client.state {
                ClientState::Online => Verdict::Healthy,
                ClientState::Offline | ClientState::Pending => Verdict::NotYet,
                ClientState::Unknown => Verdict::Unseen,
            },
            View::Accepted => Verdict::Healthy,
            View::NotInAccount
            | View::Rejected
            | View::Inactive
            | View::Unknown(Fault::UpgradeRequired { .. }) => Verdict::Wrong,
            View::Unknown(_) | View::NotAsked(_) => Verdict::Unseen,
        }
    }

    /// What both sides come to: the worse of them, and what is wrong before what was not seen.
    pub fn verdict(&self) -> Verdict {
        let sides = [self.here(), self.there()];
        [Verdict::Wrong, Verdict::NotYet, Verdict::Unseen]
            .into_iter()
            .find(|verdict| sides.contains(verdict))
            .unwrap_or(Verdict::Healthy)
    }

    /// Whether the control plane's row says that it hears from this machine.
    pub fn connected(&self) -> Option<bool> {
        match &self.view {
            View::Row(client, _) if client.state != ClientState::Unknown => {
                Some(client.state == ClientState::Online)
            }
            View::NotInAccount | View::Rejected | View::Inactive => Some(false),
            _ => None,
        }
    }

    /// The client's name: by the control plane, else as it was selected, else its namespace.
    pub fn name(&self) -> Text {
        let selected = self
            .selected
            .as_ref()
            .filter(|selected| self.release().is_none_or(|(_, username)| *username == selected.username));
        match (&self.view, selected, self.release()) {
            (View::Row(client, _), _, _) if !client.name.is_empty() => client.name.clone(),
            (_, Some(selected), _) => selected.name.clone(),
            (_, None, Some((namespace, _))) => namespace.as_str().into(),
            _ => Text::default(),
        }
    }
}
