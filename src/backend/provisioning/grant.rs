//! The device grant in the provisioning API's JSON form.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Provisioning, fields, refusal};
use crate::backend::{Answer, Begun, DeviceContext, device_grant};
use crate::error::Fault;
use crate::foreign::Text;
use crate::http::{Answered, Body, Call};
use crate::model::ReverseCode;
use crate::secret::{Audience, Secret, SecretRef};

/// How long the question for extensions may hold up the code.
const EXTENSIONS_WITHIN: Duration = Duration::from_secs(3);
/// The longest token that is taken, in bytes.
const TOKEN: usize = 16 * 1024;

#[derive(Serialize)]
struct Ask<'a> {
    device_context: Said<'a>,
}

#[derive(Serialize)]
struct Said<'a> {
    host: &'a str,
    user: &'a str,
    os: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    fingerprint: &'a str,
}

#[derive(Serialize)]
struct Poll<'a> {
    device_code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reverse_code: Option<&'a str>,
}

#[derive(Deserialize)]
struct Handed {
    // Moved into the vault; never a JSON value, whose copies would linger.
    device_code: Option<String>,
    user_code: Option<String>,
    verification_uri: Option<String>,
    verification_uri_complete: Option<String>,
    #[serde(default)]
    expires_in: Value,
    #[serde(default)]
    interval: Value,
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    #[serde(default)]
    error: Value,
}

/// What the server takes beyond the common form; asked once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extensions {
    /// `device_context`: what the device says of itself, for the approval page.
    context: bool,
    /// `reverse_code`: digits that the approval page shows, to be typed here.
    reverse_code: bool,
}

/// Whether an answer to a poll says that the digits of the approval page are missing, or wrong.
fn asks_for_digits(answered: &Answered) -> bool {
    let said: Option<Token> = answered.object();
    said.is_some_and(|said| refusal::words(&said.error) == Some("reverse_code_required"))
}

impl Provisioning {
    pub(super) async fn start_grant(&self, device: &DeviceContext) -> Result<Begun, Fault> {
        let body = if self.extensions().await.context {
            let DeviceContext { host, user, os, fingerprint, .. } = device;
            Body::json(&Ask { device_context: Said { host, user, os, fingerprint } })?
        } else {
            Body::Empty
        };
        // A second code asked for after a lost answer harms nobody: the first one is left to expire.
        let answered =
            self.http.send_again(Call::post("device/code", body)).await.map_err(|trouble| trouble.fault)?;
        match answered.status {
            404 if !answered.is_page() || self.api_is_there().await => Err(Fault::NoDeviceGrant),
            _ if !answered.is_success() => Err(self.plain_refusal(&answered)),
            _ => {
                let handed = answered.object().ok_or_else(|| self.unreadable(&answered))?;
                self.checked(handed).map_err(|why| Fault::BadGrant { why })
            }
        }
    }

    /// The extensions that the server lists. No list, no answer or no sense means none.
    async fn extensions(&self) -> Extensions {
        let ask = || async {
            let call = Call::get(".well-known/landfall").within(EXTENSIONS_WITHIN);
            let answered = self.http.send_once(call).await.map_err(|_| ())?;
            let listed = answered.json().filter(|_| answered.is_success()).unwrap_or_default();
            let listed = listed["extensions"].as_array().map(Vec::as_slice).unwrap_or_default().to_vec();
            let lists = |name: &str| listed.iter().any(|one| one == name);
            Ok::<_, ()>(Extensions { context: lists("device_context"), reverse_code: lists("reverse_code") })
        };
        // Trouble on the way is no answer: asked again with the next code.
        self.extensions.get_or_try_init(ask).await.copied().unwrap_or_default()
    }

    /// Tells a server without this sign-in from a wrong address, when both say 404 with a page: the API
    /// asks for a session before it says who one is.
    async fn api_is_there(&self) -> bool {
        match self.http.send_once(Call::get("userinfo/")).await {
            Ok(answered) => matches!(answered.status, 401 | 403) && !answered.is_page(),
            Err(_) => false,
        }
    }

    fn checked(&self, handed: Handed) -> Result<Begun, Text> {
        let life = device_grant::life(fields::seconds(&handed.expires_in));
        let interval = device_grant::interval(fields::seconds(&handed.interval));
        let handed = device_grant::Handed {
            device_code: handed.device_code,
            user_code: handed.user_code,
            address: handed.verification_uri,
            complete: handed.verification_uri_complete,
        };
        let audience = Audience::session(self.origin.clone());
        handed.begun(self.http.base(), &self.trust, (life, interval), (&self.vault, audience))
    }

    /// One poll; with the digits that a person typed, if the server asked for them.
    pub(super) async fn poll_grant(&self, device_code: SecretRef, digits: Option<&ReverseCode>) -> Answer {
        let Ok(code) = self.vault.open(device_code, &Audience::session(self.origin.clone())) else {
            // It was used up or given up.
            return Answer::Expired;
        };
        let body =
            match Body::json(&Poll { device_code: &code, reverse_code: digits.map(ReverseCode::digits) }) {
                Ok(body) => body,
                Err(fault) => return Answer::Fatal(fault),
            };
        let answer = match self.http.send_once(Call::post("device/token", body)).await {
            // Where it is not listed, the word means nothing, and nobody is asked for digits.
            Ok(answered) if asks_for_digits(&answered) && self.extensions().await.reverse_code => {
                Answer::ReverseCode
            }
            Ok(answered) => self.answer(&answered),
            Err(trouble) => match trouble.fault {
                fault @ (Fault::UpgradeRequired { .. } | Fault::BadInput { .. }) => Answer::Fatal(fault),
                fault => Answer::Retry { fault, wait: None },
            },
        };
        if !matches!(
            answer,
            Answer::Pending { .. } | Answer::ReverseCode | Answer::SlowDown { .. } | Answer::Retry { .. }
        ) {
            self.vault.drop(device_code);
        }
        answer
    }

    fn answer(&self, answered: &Answered) -> Answer {
        let wait = answered.retry_after;
        let retry = |fault| Answer::Retry { fault, wait };
        let Some(said) = answered.object::<Token>() else {
            // A gateway, a portal, or a garbled answer: none of them knows about this grant.
            let fault =
                if answered.is_success() { self.unreadable(answered) } else { self.plain_refusal(answered) };
            return retry(fault);
        };
        // The word counts, not the status it comes with.
        match refusal::words(&said.error) {
            Some("authorization_pending") => return Answer::Pending { wait },
            Some("slow_down") => return Answer::SlowDown { wait },
            Some("expired_token") => return Answer::Expired,
            Some("access_denied") => return Answer::Denied,
            _ => {}
        }
        match said.token {
            Some(token) if answered.is_success() && !token.is_empty() => self.granted(token),
            _ if answered.is_success() => retry(Fault::BadReply { why: "it holds no token".into() }),
            _ if answered.may_pass() => retry(self.plain_refusal(answered)),
            _ => Answer::Fatal(self.plain_refusal(answered)),
        }
    }

    fn granted(&self, token: String) -> Answer {
        let secret = Secret::new(token, Audience::session(self.origin.clone()));
        let session = self.vault.keep(secret);
        // A bearer holds visible ASCII only (RFC 6750 §2.1).
        let fits = self
            .token(session)
            .is_ok_and(|token| token.len() <= TOKEN && token.bytes().all(|b| b.is_ascii_graphic()));
        if fits {
            return Answer::Granted(session);
        }
        self.vault.drop(session);
        Answer::Fatal(Fault::BadReply { why: "its token cannot be sent back".into() })
    }
}
