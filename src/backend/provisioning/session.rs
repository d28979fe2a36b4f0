//! The session: whose it is, and its end.

use super::{Provisioning, fields};
use crate::error::Fault;
use crate::http::{Body, Call};
use crate::model::Account;
use crate::secret::SecretRef;

impl Provisioning {
    pub(super) async fn account(&self, session: SecretRef) -> Result<Account, Fault> {
        let token = self.token(session)?;
        let answered =
            self.http.send(Call::get("userinfo/").bearer(&token)).await.map_err(|trouble| trouble.fault)?;
        if answered.status == 403 && !answered.is_page() {
            // A session that may not even ask who it is, is none.
            return Err(Fault::SessionRejected);
        }
        let row = self.success(&answered)?;
        fields::account(&self.http, &row).map_err(|why| Fault::BadReply { why: why.into() })
    }

    pub(super) async fn end_session(&self, session: SecretRef) -> Result<(), Fault> {
        let token = self.token(session)?;
        // Ending it twice is no worse than once, and a session that lives on is.
        let answered = self
            .http
            .send_again(Call::post("auth/revoke", Body::Empty).bearer(&token))
            .await
            .map_err(|trouble| trouble.fault)?;
        match answered.is_success() {
            true if answered.is_page() => Err(self.page_instead(&answered)),
            true => Ok(()),
            false => Err(self.refusal(&answered)),
        }
    }
}
