//! Renewing a session that rests here, so that two runs never send the same renewal.

use jiff::Timestamp;

use super::{Sessions, failed};
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::Renewal;
use crate::secret::SecretRef;

/// A session as it is to be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usable {
    /// The session.
    pub session: SecretRef,
    /// Why it does not rest here, if it does not: it lives as long as this run.
    pub unkept: Option<Text>,
}

impl From<SecretRef> for Usable {
    fn from(session: SecretRef) -> Self {
        Self { session, unkept: None }
    }
}

impl Sessions {
    /// Renews the session that rests here, under the lock: whoever waited for it finds the new one, and sends
    /// nothing. Before `exchange` runs, only `spent` rests here, so that a run that dies in between leaves
    /// nothing to be sent twice; the new session rests here before it is handed out. One that cannot be put away is
    /// handed out all the same: it was paid for with the one before.
    pub async fn renew(
        &self,
        held: SecretRef,
        spent: SecretRef,
        exchange: impl Future<Output = Renewal>,
        now: Timestamp,
    ) -> Result<Usable, Fault> {
        let mut locked = self.folder.lock().await?;
        let Some(session) = locked.state.session(&self.entry).cloned() else {
            return Err(Fault::SessionRejected);
        };
        let told = |why| failed(session.place, why);
        match self.load(&mut locked.folder, &session).await.map_err(told)? {
            Some(resting) if self.same(resting, held) => {}
            Some(renewed) => return Ok(renewed.into()),
            None => return Err(Fault::SessionRejected),
        }
        self.store(&mut locked, &session, spent, now).await.map_err(told)?;
        match exchange.await {
            Renewal::Fresh(new) => {
                let unkept = self.store(&mut locked, &session, new, now).await.err();
                Ok(Usable { session: new, unkept })
            }
            Renewal::NotSent(fault) => {
                self.store(&mut locked, &session, held, now).await.map_err(told)?;
                Err(fault)
            }
            Renewal::Rejected | Renewal::Lost => Err(Fault::SessionRejected),
        }
    }
}
