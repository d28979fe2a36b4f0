//! What the server says to a token.

use serde_json::Value;
use url::Url;

use super::register::SCOPE;
use super::{BELOW, Pychron};
use crate::error::Fault;
use crate::foreign::Text;
use crate::http::{Call, Http, Trouble};
use crate::model::{Owner, Probe};
use crate::secret::SecretRef;

/// A token's own words.
pub(super) struct Who {
    pub(super) kind: Text,
    pub(super) lab: String,
    pub(super) scopes: Vec<Text>,
}

impl Pychron {
    /// GET `whoami` at that address. 401 alone means that the token is not accepted.
    pub(super) async fn who_is(&self, http: &Http, secret: &str) -> Result<Who, Fault> {
        let path = format!("{BELOW}/whoami");
        let answered = http.send_once(Call::get(&path).bearer(secret)).await;
        let answered = answered.map_err(|Trouble { fault, .. }| fault)?;
        match answered.status {
            401 => return Err(Fault::SessionRejected),
            200 => {}
            _ => return Err(self.refusal(&answered)),
        }
        let unreadable = || Fault::BadReply { why: "it is not the JSON that the API speaks".into() };
        let Some(Value::Object(said)) = answered.json() else { return Err(unreadable()) };
        let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default();
        let scopes = said.get("scopes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Ok(Who {
            kind: Text::within(&self.http.text(text("kind")), 40),
            lab: text("lab").trim().to_owned(),
            scopes: scopes
                .iter()
                .filter_map(|scope| Some(Text::within(&self.http.text(scope.as_str()?), 60)))
                .take(40)
                .collect(),
        })
    }

    pub(super) async fn whoami(&self, token: SecretRef, owner: &Owner, elsewhere: Option<&str>) -> Probe {
        let Ok(secret) = self.open(token) else { return Probe::NoToken };
        let other = match elsewhere.map(|raw| self.other(raw)).transpose() {
            Ok(other) => other,
            Err(why) => return Probe::Invalid { why },
        };
        let who = match self.who_is(other.as_ref().unwrap_or(&self.http), &secret).await {
            Ok(who) => who,
            Err(Fault::SessionRejected) => return Probe::Rejected,
            Err(fault @ Fault::Unreachable { .. }) => {
                return Probe::Unreachable { why: fault.sentence().into() };
            }
            Err(fault) => return Probe::Invalid { why: fault.sentence().into() },
        };
        if who.lab != owner.as_str() {
            return Probe::Elsewhere { owner: Text::within(&self.http.text(&who.lab), 64) };
        }
        if !who.scopes.iter().any(|scope| scope.as_str() == SCOPE) {
            return Probe::MissingScope { has: who.scopes };
        }
        Probe::Good { kind: who.kind, owner: owner.as_str().into() }
    }

    /// Another address, to which somebody agreed.
    fn other(&self, raw: &str) -> Result<Http, Text> {
        let url: Url = raw.parse().map_err(|_| Text::from("the new address is not an address"))?;
        Http::new(url, self.vault.clone(), &self.options).map_err(|fault| fault.sentence().into())
    }
}
