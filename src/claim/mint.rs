//! A new client: written ahead, asked for until the answer is known, proven.

use super::check;
use super::credential::{claimed, dead};
use super::names::numbered;
use super::{Run, TRIES, back_off, list, may_pass};
use crate::backend::{Application, Outcome};
use crate::error::Fault;
use crate::install::Candidate;
use crate::model::{Claimed, Client, How, Progress, Slug};

/// How many namespaces are tried: the one asked for, and its numbered forms.
const NAMESPACES: u32 = 20;

impl Run<'_> {
    pub(super) async fn mint(&mut self) -> Result<Claimed, Fault> {
        let intent = self.intent;
        self.tell(Progress::WritingAhead);
        let fresh = self.fresh();
        let candidates = self.install.intend(&self.holder, &intent.name, &intent.slug, fresh).await?;
        let newest = newest(&candidates)?;
        let mut application = Application {
            name: intent.name.clone(),
            slug: intent.slug.clone(),
            location: intent.location.clone(),
            cluster: self.holder.cluster.clone(),
            account: self.holder.account,
            password: newest.password,
        };
        let (mut namespaces, mut tries) = (1, 0);
        loop {
            self.install.guard(&self.holder, Some(newest.password)).await?;
            self.tell(Progress::Claiming);
            match self.backend.claim(self.session, &application).await {
                Outcome::Minted(row) => return self.minted(&row, &application.slug, newest).await,
                Outcome::Existing(row) => return self.resume(&row, &candidates).await,
                Outcome::NamespaceTaken => {
                    namespaces += 1;
                    let next = numbered(&intent.slug, namespaces).filter(|_| namespaces <= NAMESPACES);
                    application.slug = next.ok_or_else(|| Fault::FieldRefused {
                        field: "namespace".into(),
                        said: "it and its numbered forms are all in use".into(),
                    })?;
                }
                // Of our own cluster this means that the claim is there already.
                Outcome::Refused(fault @ Fault::ClusterInUse { .. }) => {
                    let row = self.anchored().await?.ok_or(fault)?;
                    return self.resume(&row, &candidates).await;
                }
                Outcome::Refused(fault) => return Err(fault),
                Outcome::Unknown(fault) => {
                    back_off(tries).await;
                    tries += 1;
                    match self.anchored().await {
                        Ok(Some(row)) => return self.resume(&row, &candidates).await,
                        Ok(None) if tries < TRIES => {}
                        Err(other) if tries < TRIES && may_pass(&other) => {}
                        Err(other) if !may_pass(&other) => return Err(other),
                        _ => return Err(fault),
                    }
                }
            }
        }
    }

    /// The server made a new client with the password we sent.
    async fn minted(&mut self, row: &Client, asked: &Slug, sent: &Candidate) -> Result<Claimed, Fault> {
        check::holds(row, &self.holder.cluster)?;
        let identity = check::identity(row, None, &[asked])?;
        self.install.answered(&self.holder, sent.password, row.id).await?;
        if !self.prove(row, &identity, sent.password).await? {
            return Err(dead(row, "the control plane rejects the password it was just given"));
        }
        let password = self.made_here(row, &identity, sent).await?;
        Ok(claimed(row, identity, password, How::Minted))
    }

    /// The row that holds our cluster, by the account's list as it is now.
    async fn anchored(&self) -> Result<Option<Client>, Fault> {
        let rows = list::whole(self.backend, self.session).await?;
        Ok(rows.into_iter().find(|row| row.cluster_id.as_ref() == Some(&self.holder.cluster)))
    }
}

/// The newest candidate of a record that was just written or found.
pub(super) fn newest(candidates: &[Candidate]) -> Result<&Candidate, Fault> {
    candidates.first().ok_or_else(|| Fault::CannotTell {
        what: "whether the credential was written ahead".into(),
        why: "the record holds none".into(),
    })
}
