//! Renews a kept session before it is used.

use super::clock;
use crate::backend::Backend;
use crate::error::Fault;
use crate::secret::SecretRef;
use crate::store::{Sessions, TokenCachePolicy, Usable};

/// The session as it is to be used: the one in hand, or its renewal. One that was renewed once already is
/// found that way by every other run.
pub async fn fresh(
    backend: &dyn Backend,
    sessions: &Sessions,
    session: SecretRef,
    policy: TokenCachePolicy,
) -> Result<Usable, Fault> {
    match backend.spent(session, policy == TokenCachePolicy::Refresh) {
        Some(spent) => sessions.renew(session, spent, backend.renew(session), clock::wall()).await,
        None => Ok(session.into()),
    }
}
