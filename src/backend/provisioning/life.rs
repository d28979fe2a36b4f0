//! A client's life after the claim: what is said of it, and its end.

use serde::Serialize;

use super::{Provisioning, fields};
use crate::backend::{Edit, Ending};
use crate::error::Fault;
use crate::http::{Body, Call};
use crate::model::Client;
use crate::secret::SecretRef;

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Said<'a> {
    FirstName(&'a str),
    Location(&'a str),
}

impl Provisioning {
    /// PATCH of name or location; what the server answers must say the same.
    pub(super) async fn say_anew(&self, session: SecretRef, id: u64, edit: &Edit) -> Result<Client, Fault> {
        let token = self.token(session)?;
        let body = Body::json(&match edit {
            Edit::Name(name) => Said::FirstName(name),
            // The service keeps "not set" as an empty text.
            Edit::Location(location) => Said::Location(location.key().unwrap_or_default()),
        })?;
        let path = format!("edge-device/{id}/");
        let answered =
            self.http.send(Call::patch(&path, body).bearer(&token)).await.map_err(|trouble| trouble.fault)?;
        if !answered.is_success() {
            return Err(self.write_refusal(&answered, &token).await);
        }
        let row = self.success(&answered)?;
        let client = fields::client(&self.http, &row).map_err(bad)?;
        if client.id != id {
            return Err(bad("it is about another client than was changed"));
        }
        Ok(client)
    }

    /// POST revoke (the slash at its end matters). It is idempotent, so a lost reply is asked for again.
    pub(super) async fn end_client(&self, session: SecretRef, id: u64) -> Result<Ending, Fault> {
        let token = self.token(session)?;
        let path = format!("edge-device/{id}/revoke/");
        let answered = self
            .http
            .send_again(Call::post(&path, Body::Empty).bearer(&token))
            .await
            .map_err(|trouble| trouble.fault)?;
        if answered.status == 404 && !answered.is_page() {
            return Ok(Ending::Gone);
        }
        if !answered.is_success() {
            return Err(self.write_refusal(&answered, &token).await);
        }
        let told = self.success(&answered)?;
        // A portal says 200 to everything: only an answer about this client counts.
        if fields::whole(&told["client_id"]) != Some(id) {
            return Err(bad("it does not say which client was revoked"));
        }
        Ok(Ending::Revoked)
    }
}

fn bad(why: &str) -> Fault {
    Fault::BadReply { why: why.into() }
}
