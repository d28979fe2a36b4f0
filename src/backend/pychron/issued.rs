//! What a poll or a registration hands over, checked part by part.

use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::Pychron;
use crate::error::Fault;
use crate::foreign::Text;
use crate::http::Http;
use crate::model::{Issued, Owner, Parts};
use crate::secret::{Secret, SecretRef};

/// The member of a registration that names the SSH alias.
const ALIAS: &str = "ssh_host_alias";

#[derive(Deserialize)]
pub(super) struct Handed {
    // Moved into the vault; never a JSON value, whose copies would linger.
    api_token: Option<String>,
    #[serde(default)]
    lab: Value,
    #[serde(default)]
    api_base_url: Value,
    #[serde(default)]
    ssh_host_alias: Value,
    #[serde(default)]
    ssh_key: Value,
    #[serde(default)]
    database_iam: Value,
}

impl Pychron {
    /// A poll's success. Without a token there is nothing; with one, the rest may still be unfit for use.
    pub(super) fn issued(&self, handed: Handed) -> Result<Issued, Fault> {
        let Some(token) = handed.api_token.and_then(|token| self.keep(token)) else {
            return Err(Fault::BadReply { why: "it holds no token that can be used".into() });
        };
        let bundle = handed.database_iam.is_object().then(|| {
            let text = handed.database_iam.to_string();
            self.vault.keep(Secret::new(text, self.audience()))
        });
        let lab = handed.lab.as_str().unwrap_or_default();
        let moved = handed.api_base_url.as_str();
        let parts = self.parts(token, lab, moved, handed.ssh_key, handed.ssh_host_alias);
        Ok(Issued { token, parts: parts.map_err(|why| Fault::BadGrant { why: why.into() }), bundle })
    }

    /// The parts that end in files of this machine. `key` is the registration as it came; the alias in it
    /// wins over the one beside it.
    pub(super) fn parts(
        &self,
        token: SecretRef,
        lab: &str,
        moved: Option<&str>,
        key: Value,
        beside: Value,
    ) -> Result<Parts, String> {
        let owner: Owner = lab.trim().parse().map_err(|why| format!("its lab is {why}"))?;
        let Value::Object(mut key) = key else { return Err("it holds no registration of the key".into()) };
        if !key.get(ALIAS).is_some_and(Value::is_object) {
            key.insert(ALIAS.into(), beside);
        }
        let none = Map::new();
        let alias = key.get(ALIAS).and_then(Value::as_object).unwrap_or(&none);
        let text = |name: &str| alias.get(name).and_then(Value::as_str).unwrap_or_default().trim();
        let unfit = |what: &str, why: &dyn std::fmt::Display| format!("its {what} is {why}");
        let port = match alias.get("port") {
            None | Some(Value::Null) => Some(22),
            Some(said) => said.as_u64().and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0),
        };
        let shown = |name: &str| {
            Text::within(&self.http.text(key.get(name).and_then(Value::as_str).unwrap_or_default()), 120)
        };
        let parts = Parts {
            alias: text("alias").parse().map_err(|why| unfit("alias", &why))?,
            host: text("real_host").parse().map_err(|why| unfit("host behind the alias", &why))?,
            port: port.ok_or("its port is no port")?,
            known_host: text("known_hosts_line").parse().map_err(|why| unfit("host key", &why))?,
            moved: self.moved(moved)?,
            account: shown("bot_username"),
            fingerprint: shown("fingerprint"),
            record: serde_json::to_string_pretty(&key).map_err(|error| error.to_string())?,
            owner,
        };
        let secret = self.vault.open(token, &self.audience()).map_err(|error| error.to_string())?;
        if parts.record.contains(secret.as_str()) || parts.owner.as_str().contains(secret.as_str()) {
            return Err("it repeats the token where it must not be".into());
        }
        Ok(parts)
    }

    /// The address that the server wants to be asked at, if it is another one.
    fn moved(&self, said: Option<&str>) -> Result<Option<Text>, String> {
        let Some(said) = said.map(str::trim).filter(|said| !said.is_empty()) else { return Ok(None) };
        let url: Url = said.parse().map_err(|_| "its new address is not an address")?;
        // The same rules as for the address that was given: https, and nothing that disguises the host.
        let other = Http::new(url, self.vault.clone(), &self.options)
            .map_err(|fault| format!("its new address is not fit to be asked: {fault}"))?;
        if other.base() == self.http.base() {
            return Ok(None);
        }
        let shown = Text::new(other.base().as_str());
        if shown.as_str() != other.base().as_str() {
            return Err("its new address is too long, or holds characters that cannot be shown".into());
        }
        Ok(Some(shown))
    }
}
