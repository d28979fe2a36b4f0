//! Exactly one identity.
pub mod decide;
pub mod names;
use crate::backend::Backend;
use crate::error::Fault;
use crate::install::{Install, Report};
use crate::model::{Claimed, Intent};
use crate::secret::{SecretRef, Vault};

/// Claims.
pub async fn enroll(
    _backend: &dyn Backend,
    _install: &dyn Install,
    _vault: &Vault,
    _origin: &str,
    _session: SecretRef,
    _intent: &Intent,
    _report: &Report,
) -> Result<Claimed, Fault> {
    Err(Fault::SessionRejected)
}
