//! Exactly one identity: the claim.
//!
//! [`enroll`] runs after the yes. It reads everything again and compares it with what was reviewed, reads the
//! decision table in [`decide`], and then makes, continues or anchors one client. The order of its calls is
//! what makes a re-run safe:
//!
//! 1. the credential is written ahead, before the claim leaves this machine;
//! 2. the claim is a get-or-create keyed on the cluster, so it may be sent twice;
//! 3. a credential is delivered only after the control plane said that it works;
//! 4. the write-ahead record goes last, once the sink holds the proven credential.
//!
//! Whatever dies in between, the next run finds either nothing, or a record, or a row with a record whose
//! credential works, or a living client; each is a line of the table.
//!
//! # What is done beside it, and what is not
//!
//! The images are pulled beside it: [`Install::pull_ahead`] begins with it, as soon as everything was read again and is
//! what was reviewed, and is never waited for. It puts nothing of the release anywhere, and what it does put goes by
//! itself.
//!
//! The release is not installed beside it, not even what needs no credential. That would give up what the table stands
//! on:
//!
//! - Before the answer there is no namespace. A name that is taken is answered with another one, a cluster that is
//!   held with a row whose namespace is older, a refusal with none. What was applied by then would be left in a
//!   namespace that is nobody's, with volumes that say that they want to stay.
//! - Between the answer and the delivery, a run that dies would leave a jobs manager without a credential. To every
//!   later run, and to the reference's own installer, that is a release whose Secret was lost or may not be read: the
//!   one state in which nothing may be made or replaced, because the password may still be in use. A mark that says
//!   "never had one" would say the same about a release whose Secret was lost later.
//! - A workload's pods carry the version of the Secret that they read, so that another credential starts them anew.
//!   Applied before there is a Secret, each would be rolled out twice, and the second time would end the pods whose
//!   images are on their way.

mod anchor;
mod check;
mod credential;
pub mod decide;
mod list;
mod mint;
pub mod names;
mod reset;
pub mod retire;
pub mod station;

use std::time::Duration;

use zeroize::Zeroizing;

use crate::backend::Backend;
use crate::error::Fault;
use crate::install::{Holder, Install, Report, Told};
use crate::model::{Claimed, Intent, Progress, Release, Slug};
use crate::secret::{Audience, Secret, SecretRef, Vault};

use check::Plan;

pub use list::whole;

/// How often a machine credential is proven in one run, at most: the server may count failed logins.
const PROOFS: u8 = 5;

/// How often a call whose reply was lost is sent again.
const TRIES: u32 = 3;

/// Claims what was reviewed, and leaves a proven credential in its sink.
///
/// Runs at the same cluster wait for each other; whoever comes later finds what the other left. May be dropped
/// at any await: a re-run then ends with exactly one identity.
pub async fn enroll(
    backend: &dyn Backend,
    install: &dyn Install,
    vault: &Vault,
    origin: &str,
    session: SecretRef,
    intent: &Intent,
    report: &Report,
) -> Result<Claimed, Fault> {
    let claim = claim(backend, install, vault, origin, session, intent, report);
    alone(install, intent.consent.take_over, report, Box::pin(claim)).await
}

/// Does what only one run at a cluster may do: in its turn, until another one takes over.
async fn alone<T>(
    install: &dyn Install,
    take_over: bool,
    report: &Report,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    report(Told::Progress(Progress::ReadingAgain));
    install.queue(take_over, report).await?;
    let end = tokio::select! {
        biased;
        end = work => end,
        overtaken = install.alive() => Err(overtaken),
    };
    install.make_way().await;
    end
}

async fn claim(
    backend: &dyn Backend,
    install: &dyn Install,
    vault: &Vault,
    origin: &str,
    session: SecretRef,
    intent: &Intent,
    report: &Report,
) -> Result<Claimed, Fault> {
    let facts = install.inspect().await?;
    let clients = list::whole(backend, session).await;
    let plan = check::agreed(&facts, clients.as_deref(), intent)?;
    let pulls = check::pulls(&facts, intent);
    let holder =
        Holder { origin: origin.to_owned(), account: intent.account, cluster: intent.cluster.clone() };
    let home = match &facts.release {
        Release::One { namespace, .. } => Some(namespace),
        _ => None,
    };
    let mut run = Run {
        backend,
        install,
        vault,
        session,
        intent,
        report,
        holder,
        home,
        proofs: PROOFS,
        living_is_dead: false,
    };
    let delivered = async {
        let claimed = match plan {
            Plan::Mint => run.mint().await?,
            Plan::Continue(row) => run.go_on(row).await?,
            Plan::Anchor(row) => run.anchor_living(row).await?,
            Plan::Backfill(row) => run.backfill(row).await?,
        };
        run.tell(Progress::Delivering);
        install.guard(&run.holder, None).await?;
        install.deliver(&run.holder, &claimed).await?;
        Ok(claimed)
    };
    let pull = async {
        if pulls {
            install.pull_ahead().await;
        }
    };
    let end = beside(pull, delivered).await;
    if end.is_err() {
        install.pull_no_more().await;
    }
    end
}

/// Does the work, and the other thing beside it for as long as the work lasts.
async fn beside<T>(other: impl Future<Output = ()>, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    tokio::select! {
        biased;
        end = &mut work => return end,
        () = other => {}
    }
    work.await
}

/// What one run of [`enroll`] works with.
struct Run<'a> {
    backend: &'a dyn Backend,
    install: &'a dyn Install,
    vault: &'a Vault,
    session: SecretRef,
    intent: &'a Intent,
    report: &'a Report,
    holder: Holder,
    /// Where the live release lives, if there is one: an adoption keeps it.
    home: Option<&'a Slug>,
    /// Proofs left.
    proofs: u8,
    /// Whether the control plane said that the password in the cluster does not work.
    living_is_dead: bool,
}

impl Run<'_> {
    fn tell(&self, progress: Progress) {
        (self.report)(Told::Progress(progress));
    }

    /// A new password: 24 random bytes, in hexadecimal.
    fn fresh(&self) -> SecretRef {
        let bytes: Zeroizing<[u8; 24]> = Zeroizing::new(rand::random());
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let hex: Zeroizing<String> =
            Zeroizing::new(digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect());
        let Holder { origin, account, cluster } = &self.holder;
        self.vault.keep(Secret::new(hex.as_str(), Audience::machine(origin, *account, cluster.as_str())))
    }
}

/// Whether a call that ended so may have reached the server, or may pass when it is sent again.
fn may_pass(fault: &Fault) -> bool {
    match fault {
        Fault::Server { status, .. } => *status >= 500,
        Fault::Unreachable { .. }
        | Fault::NotTheApi { .. }
        | Fault::BadReply { .. }
        | Fault::RateLimited { .. } => true,
        _ => false,
    }
}

/// Waits before another try: one second, then two, then four.
async fn back_off(tries: u32) {
    tokio::time::sleep(Duration::from_secs(1 << tries.min(2))).await;
}

#[cfg(test)]
mod tests;
