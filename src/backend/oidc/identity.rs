//! Who it is (OpenID Connect Core 5.3).

use serde_json::Value;

use super::claims::{self, Claims};
use super::discovery::path;
use super::tokens::Session;
use super::{Oidc, refusal};
use crate::error::Fault;
use crate::foreign::Text;
use crate::http::{Answered, Call, Http};
use crate::model::Account;
use crate::secret::SecretRef;

impl Oidc {
    pub(super) async fn account(&self, handle: SecretRef) -> Result<Account, Fault> {
        let session = self.open(handle)?;
        let Some(place) = &self.places().await?.userinfo else { return self.by_token(&session) };
        let http = self.link(place)?;
        let call = path(place);
        let call = Call::get(&call).bearer(&session.access);
        let answered = http.send(call).await.map_err(|trouble| trouble.fault)?;
        if matches!(answered.status, 401 | 403) && !answered.is_page() {
            return Err(Fault::SessionRejected);
        }
        if !answered.is_success() {
            return Err(refusal::refusal(&http, &answered));
        }
        let claims = said(&answered).ok_or_else(|| refusal::unreadable(&http, &answered))?;
        let bad = |why: &str| Fault::BadReply { why: why.into() };
        let person = claims::person(&claims).ok_or_else(|| bad("it names no subject"))?;
        // Else a token of somebody else's could be slipped in (OpenID Connect Core 5.3.2).
        if session.sub.as_ref().is_some_and(|sub| *sub != person.sub) {
            return Err(bad("who it says we are is not who signed in"));
        }
        Ok(self.shown(&http, &person))
    }

    /// Without a place to ask, the ID token's word counts, as long as the access token does.
    fn by_token(&self, session: &Session) -> Result<Account, Fault> {
        let Some(sub) = session.sub.clone() else {
            let why = "it names no userinfo_endpoint and gave no ID token, so nobody can tell who signed in";
            return Err(Fault::BadReply { why: why.into() });
        };
        if session.stale((self.clock)()) {
            return Err(Fault::SessionRejected);
        }
        let person = Claims { sub, name: session.name.clone(), email: session.email.clone() };
        Ok(self.shown(&*self.link(&self.issuer)?, &person))
    }

    fn shown(&self, http: &Http, person: &Claims) -> Account {
        let sub = Text::within(&http.text(&person.sub), 64);
        let name = http.text(&person.name);
        let email = http.text(&person.email);
        Account {
            id: self.client.account(&person.sub),
            name: if name.is_empty() { sub.clone() } else { format!("{name}, subject {sub}").into() },
            email: if email.is_empty() { sub } else { email },
            first_name: name,
        }
    }
}

/// The claims of an answer: an object, or a signed token that holds one.
fn said(answered: &Answered) -> Option<Value> {
    if answered.media == "application/jwt" {
        return claims::payload(std::str::from_utf8(&answered.body).ok()?.trim());
    }
    answered.json().filter(Value::is_object)
}
