//! Writing the anchor into a client that has none yet.

use super::check::{self, Identity};
use super::credential::{claimed, dead};
use super::mint::newest;
use super::{Run, TRIES, back_off, may_pass};
use crate::backend::Amendment;
use crate::error::Fault;
use crate::model::{Claimed, Client, How, Progress};
use crate::secret::SecretRef;

impl Run<'_> {
    /// The client lives here and its row does not say so: its own credential is proven, then the anchor is
    /// written. Without that proof anybody's release could take anybody's row.
    pub(super) async fn anchor_living(&mut self, row: &Client) -> Result<Claimed, Fault> {
        let Some(claimed) = self.living(row).await? else {
            return Err(dead(row, "the password in the cluster cannot be read, or is rejected"));
        };
        self.tell(Progress::Claiming);
        self.write_anchor(row).await?;
        Ok(claimed)
    }

    /// The person gave this cluster to a client that never ran: it gets a new password, then the anchor.
    ///
    /// In this order, because a run that dies in between leaves the row as free as it was. The anchor is
    /// what decides between two machines that want the same client: who loses stops there, and the winner
    /// proves once more, since the loser may have set a password of its own just before.
    pub(super) async fn backfill(&mut self, row: &Client) -> Result<Claimed, Fault> {
        let intent = self.intent;
        let identity = check::identity(row, None, &[&intent.slug])?;
        self.tell(Progress::WritingAhead);
        let password = self.fresh();
        let candidates = self.install.intend(&self.holder, &intent.name, &intent.slug, password).await?;
        if !newest(&candidates)?.ours {
            self.install.intend_again(&self.holder, password).await?;
        }
        self.tell(Progress::Claiming);
        self.take(row, &identity, password).await?;
        self.write_anchor(row).await?;
        if !self.prove(row, &identity, password).await? {
            self.take(row, &identity, password).await?;
        }
        Ok(claimed(row, identity, password, How::Adopted))
    }

    /// Sets the password and proves it.
    async fn take(&mut self, row: &Client, identity: &Identity, password: SecretRef) -> Result<(), Fault> {
        self.set_password(row, password).await?;
        if self.prove(row, identity, password).await? {
            return Ok(());
        }
        Err(dead(row, "the control plane does not take a new password for it"))
    }

    /// Writes the anchor; where the answer is lost, the row itself tells.
    async fn write_anchor(&self, row: &Client) -> Result<(), Fault> {
        let change = Amendment::Anchor(self.holder.cluster.clone());
        let mut tries = 0;
        loop {
            self.install.guard(&self.holder, None).await?;
            let fault = match self.amend(row, &change).await {
                Ok(row) => return check::holds(&row, &self.holder.cluster),
                Err(fault) if may_pass(&fault) => fault,
                Err(fault) => return Err(fault),
            };
            back_off(tries).await;
            tries += 1;
            match self.backend.client(self.session, row.id).await {
                Ok(Some(row)) if check::holds(&row, &self.holder.cluster).is_ok() => return Ok(()),
                Ok(_) if tries < TRIES => {}
                Err(other) if tries < TRIES && may_pass(&other) => {}
                Err(other) if !may_pass(&other) => return Err(other),
                _ => return Err(fault),
            }
        }
    }
}
