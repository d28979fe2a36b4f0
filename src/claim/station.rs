//! A machine whose identity was issued with the sign-in: how it stands, and its way out.

use crate::backend::Backend;
use crate::error::Fault;
use crate::install::{Fitting, Kept};
use crate::model::{Ended, Parted, Probe, Reach, Standing};
use crate::secret::SecretRef;

/// How it stands on this machine and at the control plane. Changes nothing.
pub async fn standing(backend: &dyn Backend, fitting: &dyn Fitting) -> Standing {
    let kept = fitting.token().await.ok().flatten();
    let probe = match &kept {
        None => Probe::NoToken,
        Some(Kept { addressed: false, .. }) => Probe::NoAddress,
        Some(Kept { token, owner, .. }) => backend.probe(*token, owner, None).await,
    };
    Standing { token: kept.map(|kept| kept.token), ..fitting.standing(probe).await }
}

/// Ends the token at the control plane, then takes away what lies here. In this order: a run that is cut short leaves
/// the token where the next one finds it, to end it again and to see that it is dead. What is here goes even if the
/// control plane does not answer; then its end is not proven, and said not to be.
pub async fn part(backend: &dyn Backend, fitting: &dyn Fitting, reach: Reach) -> Result<Parted, Fault> {
    let ended = match fitting.token().await {
        Ok(None) => Ended::Nothing,
        Ok(Some(Kept { token, owner, .. })) => match end(backend, token).await {
            Ok(()) => match backend.probe(token, &owner, None).await {
                Probe::Rejected => Ended::Proven,
                other => Ended::Unproven { why: other.sentence().into() },
            },
            Err(fault) => Ended::Unproven { why: fault.sentence().into() },
        },
        // One that cannot be read cannot be ended from here.
        Err(fault) => Ended::Unproven { why: fault.sentence().into() },
    };
    Ok(Parted { ended, forgotten: fitting.remove(reach).await? })
}

async fn end(backend: &dyn Backend, token: SecretRef) -> Result<(), Fault> {
    let mut tries = 1;
    loop {
        match backend.revoke(token).await {
            Err(fault) if super::may_pass(&fault) && tries < super::TRIES => super::back_off(tries).await,
            end => return end,
        }
        tries += 1;
    }
}
