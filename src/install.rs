//! The seam to what is put on a machine once it has an identity. One folder and one line in a table each.

use std::sync::Arc;

use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{
    Check, Claimed, ClusterId, Facts, Findings, Fitted, Forgotten, Issued, Owner, Probe, Progress, Reach,
    Removed, Reply, Resting, Slug, Snapshot, Standing, Username,
};
use crate::secret::SecretRef;

pub mod release;
pub mod workstation;

/// Where an installation tells how far it has come. Called often; must not block.
pub type Report = Arc<dyn Fn(Told) + Send + Sync>;

/// What an installation tells while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// How far it has come.
    Progress(Progress),
    /// The rollout at this moment.
    Snapshot(Snapshot),
}

/// A credential that may belong to a claim, found in the write-ahead record or just written into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The password.
    pub password: SecretRef,
    /// Whether this process generated it; one that it did not serves only to recognise an earlier claim.
    pub ours: bool,
    /// The name an earlier run asked for, if this is an earlier run's.
    pub name: Option<Text>,
    /// The namespace it asked for.
    pub slug: Option<Slug>,
}

/// Whose record it is: part of the record's name and of each credential's audience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The API origin.
    pub origin: String,
    /// The account id.
    pub account: u64,
    /// The anchor.
    pub cluster: ClusterId,
}

/// What is put on a machine, for example a Kubernetes release.
pub trait Install: Send + Sync {
    /// What is known of the target; changes nothing.
    fn inspect(&self) -> Reply<'_, Result<Facts, Fault>>;
    /// Whether the target would take what is to be installed; changes nothing.
    fn preflight(&self) -> Reply<'_, Vec<Check>>;
    /// Writes the intended credential ahead, where a re-run finds it: before the claim leaves this machine.
    /// Returns every candidate, the newest first: an existing record is never overwritten, only read.
    fn intend<'a>(
        &'a self,
        holder: &'a Holder,
        name: &'a Text,
        slug: &'a Slug,
        password: SecretRef,
    ) -> Reply<'a, Result<Vec<Candidate>, Fault>>;
    /// Adds a generation to the record, for a credential that replaces one this process did not make. What is
    /// there stays; after several interrupted runs there may be several.
    fn intend_again<'a>(&'a self, holder: &'a Holder, password: SecretRef) -> Reply<'a, Result<(), Fault>>;
    /// The candidates an earlier run left, without writing anything.
    fn recorded<'a>(&'a self, holder: &'a Holder) -> Reply<'a, Result<Vec<Candidate>, Fault>>;
    /// The credential in the release's sink, if there is exactly one and it can be read; also where a run died
    /// after [`Install::deliver`] and nothing else is applied yet.
    fn living<'a>(&'a self, holder: &'a Holder) -> Reply<'a, Result<Option<(Username, SecretRef)>, Fault>>;
    /// The claim was answered: notes the client in the record. A record that is gone is written again, from
    /// memory.
    fn answered<'a>(
        &'a self,
        holder: &'a Holder,
        password: SecretRef,
        client: u64,
    ) -> Reply<'a, Result<(), Fault>>;
    /// Whether something that is ready here uses the release's credential.
    fn in_use(&self) -> Reply<'_, Result<bool, Fault>>;
    /// Waits for this run's turn. Another run is waited for as long as it gives signs of life, unless it is
    /// to be taken over; then it stops before its next write.
    fn queue<'a>(&'a self, take_over: bool, report: &'a Report) -> Reply<'a, Result<(), Fault>>;
    /// Gives signs of life until dropped; ends only when another run has taken over.
    fn alive(&self) -> Reply<'_, Fault>;
    /// Before a write outside: it is still this run's turn, and the record still holds `password`, if one is
    /// named; a record that is gone is written again, from memory.
    fn guard<'a>(&'a self, holder: &'a Holder, password: Option<SecretRef>) -> Reply<'a, Result<(), Fault>>;
    /// Ends this run's turn.
    fn make_way(&self) -> Reply<'_, ()>;
    /// Begins to bring to the target what the installation needs and no credential is needed for, as the last
    /// inspection said. Only saves time: it tells no failure, and may be dropped or made twice.
    fn pull_ahead(&self) -> Reply<'_, ()> {
        Box::pin(std::future::ready(()))
    }
    /// Calls that off, as far as it has not come.
    fn pull_no_more(&self) -> Reply<'_, ()> {
        Box::pin(std::future::ready(()))
    }
    /// Puts a proven credential into its sink, then removes the write-ahead record.
    fn deliver<'a>(&'a self, holder: &'a Holder, claimed: &'a Claimed) -> Reply<'a, Result<(), Fault>>;
    /// Watches what lives in that namespace, without applying anything, until dropped; tells snapshots. Ends only by
    /// a fault.
    fn observe<'a>(&'a self, namespace: &'a Slug, report: Report) -> Reply<'a, Fault>;
    /// Applies everything else and watches until dropped; tells progress and snapshots. Ends only by a fault.
    fn run<'a>(&'a self, claimed: &'a Claimed, report: Report) -> Reply<'a, Fault>;
    /// Removes what lives here, its credential last, then the write-ahead record; waits a while for it to be gone.
    /// With `keep`, data that says it wants to stay does (`helm.sh/resource-policy: keep`), and so does the
    /// namespace it is in. May be called again after it was interrupted. Whose it is, the caller has judged; only
    /// that this is the cluster of `holder` is made sure of here.
    fn remove<'a>(
        &'a self,
        holder: &'a Holder,
        keep: bool,
        report: &'a Report,
    ) -> Reply<'a, Result<Removed, Fault>>;
}

/// What is put on a machine whose identity is issued together with the sign-in. There is nothing to write
/// ahead and nothing to prove: the credential goes to its sink first, and the rest after it.
pub trait Fitting: Send + Sync {
    /// What is there; changes nothing.
    fn survey(&self) -> Reply<'_, Result<Findings, Fault>>;
    /// Makes a key aside, and hands out its public line. What is in use stays in use.
    fn new_key(&self) -> Reply<'_, Result<Text, Fault>>;
    /// Puts everything in place: the token first. May be called again after it failed.
    fn fit<'a>(&'a self, issued: &'a Issued, report: &'a Report) -> Reply<'a, Fitted>;
    /// Puts a token that found no place where only this user can read it, because nobody can be shown it any more.
    fn rescue<'a>(&'a self, issued: &'a Issued) -> Reply<'a, Resting>;
    /// Notes another address of the API, to which somebody agreed.
    fn settle<'a>(&'a self, owner: &'a Owner, api: &'a str) -> Reply<'a, Result<(), Fault>>;
    /// The token of an earlier set-up, and whose it is.
    fn token(&self) -> Reply<'_, Result<Option<Kept>, Fault>>;
    /// How what was set up stands, part by part; `probe` is what the control plane says to the token. Changes nothing.
    fn standing(&self, probe: Probe) -> Reply<'_, Standing>;
    /// Takes away what was set up, part by part: one that resists does not keep the others, but what is needed to find
    /// it again stays as long as it does. May be called again after it was interrupted.
    fn remove(&self, reach: Reach) -> Reply<'_, Result<Forgotten, Fault>>;
}

/// The token of an earlier set-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Whose the machine is.
    pub owner: Owner,
    /// The token.
    pub token: SecretRef,
    /// Whether what was set up names an address to ask at.
    pub addressed: bool,
}
