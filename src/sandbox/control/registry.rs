//! The clients of all accounts, and the rules of their life: get-or-create keyed on the cluster, the
//! anchor written once, the credential reset and revoked.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::account::{Account, seeds};
use super::audit::{Audit, Event};
use super::client::{Client, Heard};
use super::credential::{Credential, uuid};
use super::fields::Fields;
use super::refusal::Refusal;
use super::{ControlOptions, Faults};
use crate::sandbox::Login;

/// Heartbeats missing for this long (simulated time) make a client offline.
const SILENCE: Duration = Duration::from_secs(90);

/// Now, on both clocks.
pub(super) struct Moment {
    /// For durations.
    pub(super) now: Instant,
    /// RFC 3339, for people and rows.
    pub(super) stamp: String,
}

/// How a POST was fulfilled. The body is the same for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// A new client.
    Minted(i64),
    /// The account held that cluster already.
    Adopted(i64),
}

/// All clients.
pub(super) struct Registry {
    clients: Vec<Client>,
    faults: Faults,
    raced_cluster: Option<String>,
    silence: Duration,
}

impl Registry {
    /// The seeded clients.
    pub(super) fn new(options: &ControlOptions) -> Self {
        Self {
            clients: seeds(options.foreign_cluster.clone(), options.clients),
            faults: options.faults,
            raced_cluster: options.raced_cluster.clone(),
            silence: options.clock.scaled(SILENCE),
        }
    }

    /// The rows of an account, newest first.
    pub(super) fn rows(&self, account: i64, moment: &Moment) -> Vec<Value> {
        let ours = self.clients.iter().rev().filter(|client| client.account == account);
        ours.map(|client| self.row(client, moment)).collect()
    }

    /// One row, if the account owns it.
    pub(super) fn get(&self, account: i64, id: i64, moment: &Moment) -> Result<Value, Refusal> {
        let found = self.clients.iter().find(|client| client.id == id && client.account == account);
        found.map(|client| self.row(client, moment)).ok_or_else(Refusal::not_found)
    }

    /// POST: gives the account its client on that cluster, minting it if there is none.
    pub(super) fn create(
        &mut self,
        account: i64,
        body: &Value,
        moment: &Moment,
        audit: &mut Audit,
    ) -> Result<Claim, Refusal> {
        self.may_write()?;
        let mut fields = Fields::of(body)?;
        let first_name = fields.required("first_name");
        let namespace = fields.namespace();
        let location = fields.location().unwrap_or_default();
        let password = fields.password(true);
        let cluster_id = fields.optional("cluster_id");
        fields.finish()?;
        let (Some(first_name), Some(namespace), Some(password)) = (first_name, namespace, password) else {
            return Err(Refusal::detail(400, "Malformed request."));
        };
        if let Some(holder) = cluster_id.and_then(|cluster| self.holder(cluster)) {
            if holder.account == account {
                audit.note(&moment.stamp, Event::ClientAdopt, account, Some(holder.id));
                return Ok(Claim::Adopted(holder.id));
            }
            return Err(conflict(holder, account, moment, audit));
        }
        if self.clients.iter().any(|client| client.account == account && client.namespace == namespace) {
            let taken = json!({ "namespace": ["already in use"], "code": "namespace_taken" });
            return Err(Refusal::new(400, taken));
        }
        let client = Client {
            id: self.next_id(),
            account,
            first_name: first_name.to_owned(),
            username: uuid(),
            namespace: namespace.to_owned(),
            location: location.to_owned(),
            cluster_id: cluster_id.map(str::to_owned),
            credential: Credential::of(password),
            active: true,
            decommissioned_at: None,
            heard: Heard::Never,
            logged_in: false,
            date_joined: moment.stamp.clone(),
        };
        let raced = client.cluster_id.is_some() && client.cluster_id == self.raced_cluster;
        let client = if raced { self.sibling_wins(client) } else { client };
        let id = client.id;
        audit.note(&moment.stamp, Event::ClientCreate, account, Some(id));
        audit.note(&moment.stamp, Event::CredentialIssue, account, Some(id));
        let refusal = raced.then(|| conflict(&client, account, moment, audit));
        self.clients.push(client);
        refusal.map_or(Ok(Claim::Minted(id)), Err)
    }

    /// PATCH: each field that is there, all or nothing.
    pub(super) fn patch(
        &mut self,
        account: i64,
        id: i64,
        body: &Value,
        moment: &Moment,
        audit: &mut Audit,
    ) -> Result<(), Refusal> {
        self.may_write()?;
        let own = self.clients.iter().find(|client| client.id == id && client.account == account);
        let anchor = own.ok_or_else(Refusal::not_found)?.cluster_id.clone();
        let mut fields = Fields::of(body)?;
        let first_name = fields.optional("first_name");
        let location = fields.location();
        let password = fields.password(false);
        let cluster_id = fields.optional("cluster_id");
        fields.finish()?;

        let backfill = cluster_id.filter(|cluster| anchor.as_deref() != Some(cluster));
        if let Some(cluster) = backfill {
            if let Some(anchor) = anchor {
                audit.note(&moment.stamp, Event::ClientConflict, account, Some(id));
                let error = json!({ "error": "already_anchored", "cluster_id": anchor });
                return Err(Refusal::new(409, error));
            }
            if let Some(holder) = self.holder(cluster) {
                return Err(conflict(holder, account, moment, audit));
            }
        }
        let ignored = self.faults.ignore_password_patch;
        let Some(client) = self.clients.iter_mut().find(|client| client.id == id) else {
            return Err(Refusal::not_found());
        };
        if let Some(name) = first_name {
            name.clone_into(&mut client.first_name);
        }
        if let Some(zone) = location {
            zone.clone_into(&mut client.location);
        }
        if let Some(cluster) = backfill {
            client.cluster_id = Some(cluster.to_owned());
            audit.note(&moment.stamp, Event::ClientAdopt, account, Some(id));
        }
        if let Some(password) = password.filter(|_| !ignored) {
            client.credential = Credential::of(password);
            client.active = true;
            client.decommissioned_at = None;
            client.logged_in = false;
            audit.note(&moment.stamp, Event::CredentialReset, account, Some(id));
        }
        Ok(())
    }

    /// Kills the machine credential and keeps the row.
    pub(super) fn revoke(
        &mut self,
        account: i64,
        id: i64,
        moment: &Moment,
        audit: &mut Audit,
    ) -> Result<Value, Refusal> {
        self.may_write()?;
        let own = self.clients.iter_mut().find(|client| client.id == id && client.account == account);
        let client = own.ok_or_else(Refusal::not_found)?;
        if client.active {
            client.active = false;
            client.logged_in = false;
            audit.note(&moment.stamp, Event::TokenRevoke, account, Some(id));
        }
        Ok(json!({
            "client_id": id,
            "decommissioned": client.decommissioned_at.is_some(),
            "detail": "Client credential revoked. The client may enroll again by normal provisioning.",
            "status": "revoked",
        }))
    }

    /// A machine logs in. A wrong password is rejected before anything is told about the client.
    pub(super) fn login(
        &mut self,
        username: &str,
        password: &str,
        moment: &Moment,
        audit: &mut Audit,
    ) -> Login {
        let found = self.clients.iter_mut().find(|client| client.username == username);
        let Some(client) = found.filter(|client| client.credential.is(password)) else {
            return Login::Rejected;
        };
        if !client.alive() {
            return Login::Inactive;
        }
        client.logged_in = true;
        audit.note(&moment.stamp, Event::AuthLogin, client.account, Some(client.id));
        Login::Accepted
    }

    /// A machine says that it is well. It counts only after a login, and from the client's own namespace.
    pub(super) fn heartbeat(&mut self, username: &str, namespace: &str, moment: &Moment) {
        let found = self.clients.iter_mut().find(|client| client.username == username);
        if let Some(client) = found
            && client.logged_in
            && client.namespace == namespace
        {
            client.heard = Heard::At(moment.now, moment.stamp.clone());
        }
    }

    fn row(&self, client: &Client, moment: &Moment) -> Value {
        client.row(Account::numbered(client.account), self.silence, moment.now, &moment.stamp)
    }

    fn holder(&self, cluster: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.cluster_id.as_deref() == Some(cluster))
    }

    fn next_id(&self) -> i64 {
        self.clients.iter().map(|client| client.id).max().unwrap_or_default() + 1
    }

    fn may_write(&self) -> Result<(), Refusal> {
        if self.faults.read_only {
            return Err(Refusal::detail(403, "You do not have permission to perform this action."));
        }
        Ok(())
    }

    /// The scripted race: another installer of the account registered this cluster a moment before.
    fn sibling_wins(&mut self, asked: Client) -> Client {
        self.raced_cluster = None;
        let namespace = format!("{}-sibling", asked.namespace.chars().take(50).collect::<String>());
        let first_name = format!("{} (sibling)", asked.first_name);
        Client { first_name, namespace, credential: Credential::unknown(), ..asked }
    }
}

/// The 409 that names who holds the cluster.
fn conflict(holder: &Client, account: i64, moment: &Moment, audit: &mut Audit) -> Refusal {
    let ours = holder.account == account;
    audit.note(&moment.stamp, Event::ClientConflict, account, ours.then_some(holder.id));
    let body = if ours {
        json!({
            "cluster_id": holder.cluster_id,
            "error": "cluster_in_use",
            "holder_client_id": holder.id,
            "holder_name": holder.first_name,
        })
    } else {
        json!({
            "cluster_id": holder.cluster_id,
            "error": "cluster_conflict",
            "owner_email": Account::numbered(holder.account).email,
        })
    };
    Refusal::new(409, body)
}

#[cfg(test)]
mod tests;
