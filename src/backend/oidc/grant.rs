//! The device grant in its standard form: forms in, JSON out (RFC 8628 §3).

use serde::Deserialize;
use serde_json::Value;

use super::tokens::Said;
use super::{Oidc, refusal};
use crate::backend::device_grant;
use crate::backend::{Answer, Begun};
use crate::error::Fault;
use crate::foreign::Text;
use crate::http::{Answered, Http};
use crate::secret::SecretRef;

/// The grant's name (RFC 8628 §3.4).
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The longest token that is taken, in bytes.
pub(super) const LONGEST: usize = 8 * 1024;

#[derive(Deserialize)]
struct Handed {
    // Moved into the vault; never a JSON value, whose copies would linger.
    device_code: Option<String>,
    user_code: Option<String>,
    verification_uri: Option<String>,
    /// What drafts of the RFC called it, and some servers still do.
    verification_url: Option<String>,
    verification_uri_complete: Option<String>,
    #[serde(default)]
    expires_in: Value,
    #[serde(default)]
    interval: Value,
}

impl Oidc {
    pub(super) async fn start_grant(&self) -> Result<Begun, Fault> {
        let place = self.places().await?.device.as_ref().ok_or(Fault::NoDeviceGrant)?;
        let scope = self.scope();
        let form = [("client_id", self.client.client_id.as_str()), ("scope", &scope)];
        let (http, answered) = self.post(place, &form).await.map_err(|trouble| trouble.fault)?;
        if !answered.is_success() {
            return Err(self.grant_refusal(&http, &answered));
        }
        let handed = answered.object().ok_or_else(|| refusal::unreadable(&http, &answered))?;
        self.checked(handed).map_err(|why| Fault::BadGrant { why })
    }

    fn checked(&self, handed: Handed) -> Result<Begun, Text> {
        let life = device_grant::life(seconds(&handed.expires_in));
        let interval = device_grant::interval(seconds(&handed.interval));
        let handed = device_grant::Handed {
            device_code: handed.device_code,
            user_code: handed.user_code,
            address: handed.verification_uri.or(handed.verification_url),
            complete: handed.verification_uri_complete,
        };
        handed.begun(&self.issuer, &self.trust, (life, interval), (&self.vault, self.audience()))
    }

    pub(super) async fn poll_grant(&self, device_code: SecretRef) -> Answer {
        let place = match self.places().await {
            Ok(places) => &places.token,
            Err(fault) => return Answer::Retry { fault, wait: None },
        };
        let Ok(code) = self.vault.open(device_code, &self.audience()) else {
            // It was used up or given up.
            return Answer::Expired;
        };
        let client_id = self.client.client_id.as_str();
        let form = [("grant_type", GRANT_TYPE), ("device_code", &**code), ("client_id", client_id)];
        let answer = match self.post(place, &form).await {
            Ok((http, answered)) => self.heard(&http, &answered),
            Err(trouble) => match trouble.fault {
                fault @ (Fault::UpgradeRequired { .. } | Fault::BadInput { .. }) => Answer::Fatal(fault),
                fault => Answer::Retry { fault, wait: None },
            },
        };
        if !matches!(answer, Answer::Pending { .. } | Answer::SlowDown { .. } | Answer::Retry { .. }) {
            self.vault.drop(device_code);
        }
        answer
    }

    /// What one answer of the token endpoint means (RFC 8628 §3.5).
    fn heard(&self, http: &Http, answered: &Answered) -> Answer {
        let wait = answered.retry_after;
        let retry = |fault| Answer::Retry { fault, wait };
        // The word counts, not the status it comes with.
        match refusal::error(answered).as_deref() {
            Some("authorization_pending") => return Answer::Pending { wait },
            Some("slow_down") => return Answer::SlowDown { wait },
            Some("expired_token") => return Answer::Expired,
            Some("access_denied") => return Answer::Denied,
            _ => {}
        }
        if !answered.is_success() {
            let fault = self.grant_refusal(http, answered);
            // A gateway or a portal knows nothing of this grant.
            let passing = answered.may_pass() || answered.is_page() || answered.status < 400;
            return if passing { retry(fault) } else { Answer::Fatal(fault) };
        }
        match answered.object::<Said>() {
            None => retry(refusal::unreadable(http, answered)),
            // The code is used up by now: no later poll can bring what this one did not.
            Some(said) => match self.take(said, None) {
                Ok(session) => Answer::Granted(session),
                Err(why) => Answer::Fatal(Fault::BadReply { why: why.into() }),
            },
        }
    }
}

/// A number of seconds, also when it is written as text.
pub(super) fn seconds(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}
