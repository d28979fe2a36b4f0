//! Leaving the fleet: the way out of what [`super::enroll`] made.
//!
//! The order is what makes a re-run safe. The credential is ended at the control plane first, so that whatever
//! happens afterwards nobody can use it; the pointer on this machine goes before anything is torn down; the
//! release's Secret goes last, so that an interrupted removal is found again; and in the end both sides are
//! looked at. The row and the history of the client stay on the server.

use super::{TRIES, alone, back_off, may_pass};
use crate::backend::{Backend, Proof};
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::{Holder, Install, Report, Told};
use crate::model::{Facts, Known, Leaving, Progress, Release, Removed, Reply, Retired, Sameness, Username};
use crate::secret::SecretRef;

/// Retires what was shown and confirmed. `clear` drops the pointer on this machine; it says why if it cannot.
pub async fn retire(
    backend: &dyn Backend,
    install: &dyn Install,
    origin: &str,
    session: SecretRef,
    leaving: &Leaving,
    clear: Reply<'_, Option<Text>>,
    report: &Report,
) -> Result<Retired, Fault> {
    let work = end(backend, install, origin, session, leaving, clear, report);
    alone(install, leaving.take_over, report, Box::pin(work)).await
}

async fn end(
    backend: &dyn Backend,
    install: &dyn Install,
    origin: &str,
    session: SecretRef,
    leaving: &Leaving,
    clear: Reply<'_, Option<Text>>,
    report: &Report,
) -> Result<Retired, Fault> {
    let holder =
        Holder { origin: origin.to_owned(), account: leaving.account, cluster: leaving.cluster.clone() };
    let facts = install.inspect().await?;
    unchanged(&facts, leaving)?;
    guard(backend, session, leaving).await?;
    // Read while it is there: in the end it must not work any more.
    let credential = match &facts.release {
        Release::One { .. } => install.living(&holder).await.ok().flatten(),
        _ => None,
    };
    install.guard(&holder, None).await?;
    report(Told::Progress(Progress::Revoking));
    let mut left = Vec::new();
    let revoked = match revoke(backend, session, leaving.client.id).await {
        Ok(()) => true,
        // Nothing was changed, and the same again would go on as it should.
        Err(
            fault @ (Fault::SessionRejected | Fault::NoWriteRight { .. } | Fault::UpgradeRequired { .. }),
        ) => return Err(fault),
        Err(fault) => {
            let why = fault.sentence();
            left.push(Text::new(&format!(
                "end the credential at the control plane, which did not confirm it ({})",
                why.trim_end_matches('.')
            )));
            false
        }
    };
    left.extend(clear.await);
    let removed = match remove(install, &holder, leaving.keep_data, report).await {
        Ok(removed) => removed,
        Err(fault) => {
            let why = fault.sentence();
            left.push(Text::new(&format!("remove the release here ({})", why.trim_end_matches('.'))));
            Removed::default()
        }
    };
    if !removed.ending.is_empty() {
        let names: Vec<&str> = removed.ending.iter().map(Text::as_str).collect();
        left.push(Text::new(&format!("wait until these have gone: {}", names.join(", "))));
    }
    report(Told::Progress(Progress::Verifying));
    left.extend(still_here(install, &removed).await);
    if revoked {
        left.extend(still_alive(backend, &holder, credential).await);
    }
    Ok(Retired { revoked, removed, left })
}

/// What was shown must still be so; a release that is gone meanwhile is as good.
fn unchanged(facts: &Facts, leaving: &Leaving) -> Result<(), Fault> {
    let changed = |what: &str| Err(Fault::Changed { what: what.into() });
    match &facts.cluster_id {
        Known::Yes(now) if *now == leaving.cluster => {}
        Known::Yes(_) => return changed("this is another cluster now"),
        Known::Unknown(why) => return Err(Fault::NoClusterId { why: why.clone() }),
    }
    if facts.machine == Sameness::Copy {
        return Err(Fault::LooksCopied { client: leaving.client.name.clone() });
    }
    match &facts.release {
        Release::None => Ok(()),
        now if *now == leaving.release => Ok(()),
        _ => changed("what lives in this cluster"),
    }
}

/// Work that began meanwhile stops it, unless it is given up.
async fn guard(backend: &dyn Backend, session: SecretRef, leaving: &Leaving) -> Result<(), Fault> {
    let Some(now) = backend.client(session, leaving.client.id).await? else { return Ok(()) };
    if now.username != leaving.client.username {
        return Err(Fault::Changed { what: "the client's row names another machine now".into() });
    }
    match now.running {
        Some(running) if running > 0 && !leaving.force => Err(Fault::WorkRuns { client: now.name, running }),
        _ => Ok(()),
    }
}

/// A client that is gone from the account needs no end.
async fn revoke(backend: &dyn Backend, session: SecretRef, id: u64) -> Result<(), Fault> {
    let mut tries = 1;
    loop {
        match backend.retire(session, id).await {
            Ok(_) => return Ok(()),
            Err(fault) if may_pass(&fault) && tries < TRIES => back_off(tries).await,
            Err(fault) => return Err(fault),
        }
        tries += 1;
    }
}

async fn remove(
    install: &dyn Install,
    holder: &Holder,
    keep: bool,
    report: &Report,
) -> Result<Removed, Fault> {
    install.guard(holder, None).await?;
    install.remove(holder, keep, report).await
}

/// What the cluster still holds of it, if anything.
async fn still_here(install: &dyn Install, removed: &Removed) -> Option<Text> {
    let facts = match install.inspect().await {
        Ok(facts) => facts,
        Err(fault) => return Some(Text::new(&format!("look at the cluster again ({fault})"))),
    };
    match (&facts.release, &facts.record) {
        (Release::None, Known::Yes(false)) => None,
        // Told already.
        (Release::One { .. }, _) if !removed.ending.is_empty() => None,
        (Release::None, Known::Yes(true)) => Some("remove the record of the claim in kube-system".into()),
        (Release::None, Known::Unknown(why)) => {
            Some(Text::new(&format!("look for a record of the claim in kube-system ({why})")))
        }
        (Release::One { namespace, .. }, _) => {
            Some(Text::new(&format!("remove the release in namespace {namespace}")))
        }
        (Release::Several(_) | Release::Unclear(_), _) => Some("look at what lives in the cluster".into()),
    }
}

/// Whether the credential that was here still works, if that can be told.
async fn still_alive(
    backend: &dyn Backend,
    holder: &Holder,
    credential: Option<(Username, SecretRef)>,
) -> Option<Text> {
    let (username, password) = credential?;
    match backend.prove(holder.account, &holder.cluster, &username, password).await {
        Proof::Works => Some("end the credential at the control plane, which still takes it".into()),
        Proof::Rejected | Proof::Inactive | Proof::Unknown(_) => None,
    }
}
