//! Proofs, and what is done with a credential that an earlier run left.

use super::check::{self, Identity};
use super::{Run, TRIES, back_off, may_pass};
use crate::backend::{Amendment, Proof};
use crate::error::Fault;
use crate::install::Candidate;
use crate::model::{Claimed, Client, How, Progress, Slug};
use crate::secret::SecretRef;

impl Run<'_> {
    /// Continues with a client that lives here, or that an earlier run claimed; where its password is lost, and
    /// a person agreed to that, with a new one.
    pub(super) async fn go_on(&mut self, row: &Client) -> Result<Claimed, Fault> {
        match self.find(row).await {
            Err(Fault::CredentialLost { .. }) if self.may_reset(row) => self.reset(row).await,
            end => end,
        }
    }

    async fn find(&mut self, row: &Client) -> Result<Claimed, Fault> {
        refuse_retired(row)?;
        if let Some(claimed) = self.living(row).await? {
            return Ok(claimed);
        }
        let candidates = self.install.recorded(&self.holder).await?;
        self.revive(row, &candidates).await
    }

    /// Continues with a client of which the server says that it was there already.
    pub(super) async fn resume(&mut self, row: &Client, candidates: &[Candidate]) -> Result<Claimed, Fault> {
        check::holds(row, &self.holder.cluster)?;
        match self.find_beside(row, candidates).await {
            Err(Fault::CredentialLost { .. }) if self.may_reset(row) => self.reset(row).await,
            end => end,
        }
    }

    async fn find_beside(&mut self, row: &Client, candidates: &[Candidate]) -> Result<Claimed, Fault> {
        refuse_retired(row)?;
        // Another run may have finished meanwhile; replacing its password would break what it delivered.
        match self.living(row).await? {
            Some(claimed) => Ok(claimed),
            None => self.revive(row, candidates).await,
        }
    }

    /// The client with the credential that lives in the cluster, if that is this client's and works.
    pub(super) async fn living(&mut self, row: &Client) -> Result<Option<Claimed>, Fault> {
        let living = self.install.living(&self.holder).await?;
        let own = living.filter(|(username, _)| row.username.as_ref() == Some(username));
        let Some((_, password)) = own else {
            return Ok(None);
        };
        let identity = check::identity(row, self.home, &[&self.intent.slug])?;
        // Unless the control plane says otherwise, what is ready here may be using it.
        let proven = self.prove(row, &identity, password).await;
        self.living_is_dead = matches!(proven, Ok(false) | Err(Fault::CredentialLost { .. }));
        Ok(proven?.then(|| claimed(row, identity, password, How::Adopted)))
    }

    /// The client with a credential from the record. One that this process did not generate only shows that
    /// an earlier claim arrived; it is replaced before anything is installed.
    async fn revive(&mut self, row: &Client, candidates: &[Candidate]) -> Result<Claimed, Fault> {
        let intended = candidates.iter().filter_map(|candidate| candidate.slug.as_ref());
        let asked: Vec<&Slug> = intended.chain([&self.intent.slug]).collect();
        let identity = check::identity(row, self.home, &asked)?;
        for candidate in candidates {
            // A reset takes a proof as well.
            if self.proofs <= 1 && self.may_reset(row) {
                break;
            }
            if self.prove(row, &identity, candidate.password).await? {
                let how = if candidate.ours { How::Minted } else { How::Resumed };
                let password = self.made_here(row, &identity, candidate).await?;
                return Ok(claimed(row, identity, password, how));
            }
        }
        Err(lost(
            row,
            if candidates.is_empty() {
                "nothing in this cluster holds a password of it that works"
            } else {
                "the control plane rejects every password that an earlier run left here"
            },
        ))
    }

    /// The candidate's password if this process generated it; else a new one, if the server takes it.
    pub(super) async fn made_here(
        &mut self,
        row: &Client,
        identity: &Identity,
        proven: &Candidate,
    ) -> Result<SecretRef, Fault> {
        // Replacing takes two proofs. Without them the old one stays: a further generation that nobody
        // can prove would be worse.
        if proven.ours || self.proofs < 2 {
            return Ok(proven.password);
        }
        let fresh = self.fresh();
        self.install.intend_again(&self.holder, fresh).await?;
        let answer = self.set_password(row, fresh).await;
        if self.prove(row, identity, fresh).await? {
            return Ok(fresh);
        }
        match answer {
            // The request may still be on its way; with the old password it would end what we deliver.
            Err(lost) if may_pass(&lost) => Err(lost),
            // Not changed: the server does not take a new password, and the old one is as good as before.
            _ if self.prove(row, identity, proven.password).await? => Ok(proven.password),
            Err(refused) => Err(refused),
            Ok(()) => Err(dead(row, "the control plane took a new password, and accepts neither")),
        }
    }

    /// Replaces the password at the control plane; asked again while the answer is lost.
    pub(super) async fn set_password(&self, row: &Client, password: SecretRef) -> Result<(), Fault> {
        let change = Amendment::Password(password);
        let mut tries = 0;
        loop {
            self.install.guard(&self.holder, Some(password)).await?;
            match self.amend(row, &change).await {
                Ok(_) => return Ok(()),
                Err(fault) if may_pass(&fault) && tries + 1 < TRIES => back_off(tries).await,
                Err(fault) => return Err(fault),
            }
            tries += 1;
        }
    }

    pub(super) async fn amend(&self, row: &Client, change: &Amendment) -> Result<Client, Fault> {
        let (account, cluster) = (self.holder.account, &self.holder.cluster);
        self.backend.amend(self.session, row.id, account, cluster, change).await
    }

    /// Whether a credential works. An answer that cannot be told is asked for once more; it is never taken
    /// for a no. Inactive ends the run: no other password will do.
    pub(super) async fn prove(
        &mut self,
        row: &Client,
        identity: &Identity,
        password: SecretRef,
    ) -> Result<bool, Fault> {
        self.tell(Progress::Proving);
        let mut asked_again = false;
        loop {
            self.proofs = self.proofs.checked_sub(1).ok_or_else(|| Fault::CannotTell {
                what: format!("whether the credential of \"{}\" works", row.name).into(),
                why: "this run has already tried it five times".into(),
            })?;
            let (account, cluster) = (self.holder.account, &self.holder.cluster);
            match self.backend.prove(account, cluster, &identity.username, password).await {
                Proof::Works => return Ok(true),
                Proof::Rejected => return Ok(false),
                Proof::Inactive => {
                    return Err(lost(row, "the control plane says that it was revoked or retired"));
                }
                Proof::Unknown(fault) if asked_again => return Err(fault),
                Proof::Unknown(_) => back_off(0).await,
            }
            asked_again = true;
        }
    }
}

pub(super) fn claimed(row: &Client, identity: Identity, password: SecretRef, how: How) -> Claimed {
    Claimed {
        id: row.id,
        how,
        name: row.name.clone(),
        namespace: identity.namespace,
        username: identity.username,
        password,
        location: row.location.clone(),
    }
}

pub(super) fn dead(row: &Client, why: &str) -> Fault {
    Fault::CredentialDead { client: row.name.clone(), why: why.into() }
}

/// No password of a retired client works; a new one brings it back.
fn refuse_retired(row: &Client) -> Result<(), Fault> {
    if row.decommissioned { Err(lost(row, "it was retired")) } else { Ok(()) }
}

/// Nothing here works, and a person may agree to a new password.
pub(super) fn lost(row: &Client, why: &str) -> Fault {
    // It stands in a command that is printed, so it must be a name and nothing else.
    match row.namespace.parse::<Slug>() {
        Ok(slug) => {
            Fault::CredentialLost { client: row.name.clone(), slug: slug.as_str().into(), why: why.into() }
        }
        Err(_) => dead(row, why),
    }
}
