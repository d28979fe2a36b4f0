//! What happened, in order, as `GET /audit` tells it.

use std::collections::VecDeque;

use serde_json::{Value, json};

/// Events kept; the oldest go first.
const KEPT: usize = 10_000;

/// The names that every step on the server leaves behind (contract, R9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// A person let a device sign in.
    DeviceApprove,
    /// A client was minted.
    ClientCreate,
    /// A client was adopted, or given its cluster.
    ClientAdopt,
    /// A claim was refused because somebody holds the cluster.
    ClientConflict,
    /// A machine credential was stored for a new client.
    CredentialIssue,
    /// A machine credential was replaced.
    CredentialReset,
    /// A person (no client) or a machine (its client) logged in.
    AuthLogin,
    /// A person signed out.
    AuthLogout,
    /// A person's token (no client) or a machine's credential (its client) was revoked.
    TokenRevoke,
}

impl Event {
    fn name(self) -> &'static str {
        match self {
            Self::DeviceApprove => "device.approve",
            Self::ClientCreate => "client.create",
            Self::ClientAdopt => "client.adopt",
            Self::ClientConflict => "client.conflict_409",
            Self::CredentialIssue => "credential.issue",
            Self::CredentialReset => "credential.reset",
            Self::AuthLogin => "auth.login",
            Self::AuthLogout => "auth.logout",
            Self::TokenRevoke => "token.revoke",
        }
    }
}

/// The log. It holds no secret, so it may be read without a bearer.
#[derive(Default)]
pub(super) struct Audit(VecDeque<Value>);

impl Audit {
    /// Writes one event down.
    pub(super) fn note(&mut self, time: &str, event: Event, account: i64, client: Option<i64>) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        let name = event.name();
        self.0.push_back(json!({ "time": time, "name": name, "account": account, "client_id": client }));
    }

    /// All that is kept, oldest first.
    pub(super) fn all(&self) -> Value {
        self.0.iter().cloned().collect()
    }
}
