//! A new password for a client whose old one is lost.
//!
//! Only by consent that names the client, and only where nobody can be cut off by it: the control plane has
//! not heard of the client for a quarter of an hour by its own clock, nothing that is ready here uses a
//! credential that works, and the machine is the same (the table has seen to that). A revoked or retired client
//! comes back the same way, and so does one whose delivered password was overwritten by a change of a killed
//! run that arrived late.

use jiff::SignedDuration;

use super::check;
use super::credential::{claimed, dead};
use super::mint::newest;
use super::{Run, TRIES, back_off, may_pass};
use crate::error::Fault;
use crate::model::{Claimed, Client, ClientState, How, Presence, Progress};

/// How long the control plane must not have heard of the client.
const SILENCE: SignedDuration = SignedDuration::from_mins(15);

impl Run<'_> {
    /// Whether the person agreed to a new password for this very client.
    pub(super) fn may_reset(&self, row: &Client) -> bool {
        self.intent.consent.reset.as_ref().is_some_and(|slug| row.namespace.as_str() == slug.as_str())
    }

    pub(super) async fn reset(&mut self, row: &Client) -> Result<Claimed, Fault> {
        check::holds(row, &self.holder.cluster)?;
        let identity = check::identity(row, self.home, &[&self.intent.slug])?;
        let refused = |why: &str| Fault::NotClaimable { client: row.name.clone(), why: why.into() };
        is_silent(self.heard_of(row).await?).map_err(refused)?;
        // With a password that is rejected nothing here can be at work, however ready it looks.
        if !self.living_is_dead && self.install.in_use().await? {
            return Err(refused("something that is ready in this cluster uses its present password"));
        }
        self.tell(Progress::WritingAhead);
        let fresh = self.fresh();
        let candidates = self.install.intend(&self.holder, &row.name, &identity.namespace, fresh).await?;
        if !newest(&candidates)?.ours {
            self.install.intend_again(&self.holder, fresh).await?;
        }
        self.set_password(row, fresh).await?;
        if self.prove(row, &identity, fresh).await? {
            return Ok(claimed(row, identity, fresh, How::Reset));
        }
        Err(dead(row, "the control plane does not take a new password for it"))
    }

    async fn heard_of(&self, row: &Client) -> Result<Presence, Fault> {
        let mut tries = 1;
        loop {
            match self.backend.presence(self.session, row.id).await {
                Err(fault) if may_pass(&fault) && tries < TRIES => back_off(tries).await,
                told => return told,
            }
            tries += 1;
        }
    }
}

/// Why the client may still be alive somewhere, if it may.
fn is_silent(presence: Presence) -> Result<(), &'static str> {
    let Presence { state, last_heard, server_now } = presence;
    match (last_heard, server_now) {
        _ if state == ClientState::Online => Err("the control plane says that it is online"),
        (None, _) => Ok(()),
        (Some(heard), Some(now)) if now.duration_since(heard) >= SILENCE => Ok(()),
        (Some(_), Some(_)) => {
            Err("the control plane heard of it less than 15 minutes ago; wait, then run it again")
        }
        (Some(_), None) => {
            Err("the control plane does not say what time it is, so its silence cannot be told")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_silent_client_is_reset() {
        let at = |minutes: i64| jiff::Timestamp::from_second(1_000_000 + minutes * 60).unwrap();
        for (state, heard, now, silent) in [
            (ClientState::Pending, None, None, true),
            (ClientState::Offline, Some(at(0)), Some(at(15)), true),
            (ClientState::Offline, Some(at(0)), Some(at(14)), false),
            (ClientState::Offline, Some(at(20)), Some(at(0)), false),
            (ClientState::Offline, Some(at(0)), None, false),
            (ClientState::Online, None, Some(at(0)), false),
            (ClientState::Online, Some(at(0)), Some(at(60)), false),
        ] {
            let presence = Presence { state, last_heard: heard, server_now: now };
            assert_eq!(is_silent(presence).is_ok(), silent, "{presence:?}");
        }
    }
}
