//! With a token in hand: registering a key without a code, and ending the token.

use serde::Serialize;
use serde_json::Value;

use super::whoami::Who;
use super::{BELOW, Pychron, key};
use crate::backend::DeviceContext;
use crate::error::{Fault, SetUp};
use crate::http::{Body, Call, Trouble};
use crate::model::{Issued, slug};
use crate::secret::SecretRef;

/// What a token must be allowed to do.
pub(super) const SCOPE: &str = "workstations:register_ssh_key";

#[derive(Serialize)]
struct Key<'a> {
    public_key: &'a str,
    title: String,
}

impl Pychron {
    /// POST `workstations/ssh-keys`. Whose token it is, the server says first.
    pub(super) async fn register_key(
        &self,
        token: SecretRef,
        device: &DeviceContext,
    ) -> Result<Issued, Fault> {
        let secret = self.open(token)?;
        let lab = match self.who_is(&self.http, &secret).await {
            Ok(Who { lab, .. }) => lab,
            Err(fault) => return Err(fault),
        };
        let title = format!("pychron-{}", slug(&device.host));
        let body = Body::json(&Key { public_key: key(device)?, title })?;
        let path = format!("{BELOW}/workstations/ssh-keys");
        let answered = self.http.send_once(Call::post(&path, body).bearer(&secret)).await;
        let answered = answered.map_err(|Trouble { fault, .. }| fault)?;
        match answered.status {
            200 | 201 => {}
            401 => return Err(Fault::SessionRejected),
            403 if !answered.is_page() => {
                return Err(Fault::SetUp(SetUp::MissingScope { scope: SCOPE.into() }));
            }
            409 | 422 => return Err(Fault::SetUp(SetUp::KeyRejected { said: self.said(&answered) })),
            _ => return Err(self.refusal(&answered)),
        }
        let registered = answered.json().unwrap_or_default();
        let parts = self.parts(token, &lab, None, registered, Value::Null);
        Ok(Issued { token, parts: parts.map_err(|why| Fault::BadGrant { why: why.into() }), bundle: None })
    }

    /// DELETE `tokens/self`. A token that the server does not know is ended.
    pub(super) async fn end(&self, token: SecretRef) -> Result<(), Fault> {
        let secret = self.open(token)?;
        let path = format!("{BELOW}/tokens/self");
        let answered = self.http.send_once(Call::delete(&path).bearer(&secret)).await;
        let answered = answered.map_err(|Trouble { fault, .. }| fault)?;
        match answered.status {
            200..300 => Ok(()),
            401 | 404 if !answered.is_page() => Ok(()),
            _ => Err(self.refusal(&answered)),
        }
    }
}
