//! Renewing a session that rests here, so that two runs never send the same renewal.

use jiff::Timestamp;

use super::{Sessions, failed};
use crate::error::Fault;
use crate::model::Renewal;
use crate::secret::SecretRef;

impl Sessions {
    /// Renews the session that rests here, under the lock: whoever waited for it finds the new one, and sends
    /// nothing. Before `exchange` runs, only `spent` rests here, so that a run that dies in between leaves
    /// nothing to be sent twice; the new session rests here before it is handed out.
    pub async fn renew(
        &self,
        held: SecretRef,
        spent: SecretRef,
        exchange: impl Future<Output = Renewal>,
        now: Timestamp,
    ) -> Result<SecretRef, Fault> {
        let mut locked = self.folder.lock().await?;
        let Some(session) = locked.state.session(&self.entry).cloned() else {
            return Err(Fault::SessionRejected);
        };
        let told = |why| failed(session.place, why);
        match self.load(&mut locked.folder, &session).await.map_err(told)? {
            Some(resting) if self.same(resting, held) => {}
            Some(renewed) => return Ok(renewed),
            None => return Err(Fault::SessionRejected),
        }
        self.store(&mut locked, &session, spent, now).await.map_err(told)?;
        match exchange.await {
            Renewal::Fresh(new) => {
                self.store(&mut locked, &session, new, now).await.map_err(told)?;
                Ok(new)
            }
            Renewal::NotSent(fault) => {
                self.store(&mut locked, &session, held, now).await.map_err(told)?;
                Err(fault)
            }
            Renewal::Rejected | Renewal::Lost => Err(Fault::SessionRejected),
        }
    }
}
