//! Where the provider's endpoints are: OpenID Connect Discovery 4, and RFC 8414 for what that leaves out.

use std::sync::Arc;

use serde_json::Value;
use url::Url;

use super::{Oidc, refusal};
use crate::error::Fault;
use crate::http::{Answered, is_loopback};
use crate::http::{Body, Call, Http, Trouble};

/// The addresses that the provider names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Places {
    pub token: Url,
    pub device: Option<Url>,
    pub userinfo: Option<Url>,
    pub revocation: Option<Url>,
    /// Where a browser signs in, if a code with PKCE (S256) is taken there.
    pub authorization: Option<Url>,
    /// Whether every answer by a browser names the issuer (RFC 9207).
    pub says_issuer: bool,
}

impl Places {
    /// Whether nothing is missing that another document could name.
    fn whole(&self) -> bool {
        self.device.is_some() && self.userinfo.is_some() && self.revocation.is_some()
    }

    /// Takes what is missing from another document of the same issuer.
    fn fill(&mut self, more: Self) {
        self.device = self.device.take().or(more.device);
        self.userinfo = self.userinfo.take().or(more.userinfo);
        self.revocation = self.revocation.take().or(more.revocation);
        self.authorization = self.authorization.take().or(more.authorization);
        self.says_issuer |= more.says_issuer;
    }
}

impl Oidc {
    /// The provider's addresses, asked for once.
    pub(super) async fn places(&self) -> Result<&Places, Fault> {
        self.places.get_or_try_init(|| self.discover()).await
    }

    async fn discover(&self) -> Result<Places, Fault> {
        let http = self.link(&self.issuer)?;
        let mut first = None;
        let mut places: Option<Places> = None;
        for path in documents(&self.issuer) {
            let answered = match http.send(Call::get(&path)).await {
                Ok(answered) => answered,
                // What a first document says is good without a second one.
                Err(_) if places.is_some() => break,
                Err(trouble) => return Err(trouble.fault),
            };
            let document = answered.json().filter(|document| answered.is_success() && document.is_object());
            match (document, &mut places) {
                (Some(document), None) => {
                    let read = self.read(&http, &document)?;
                    if read.whole() {
                        return Ok(read);
                    }
                    places = Some(read);
                }
                // The two are different lists at some servers: django-oauth-toolkit tells where to revoke only in
                // the second one.
                (Some(document), Some(places)) => {
                    if let Ok(more) = self.read(&http, &document) {
                        places.fill(more);
                    }
                }
                (None, None) => drop(first.get_or_insert(refusal::refusal(&http, &answered))),
                (None, Some(_)) => {}
            }
        }
        if let Some(places) = places {
            return Ok(places);
        }
        let none = Fault::BadReply { why: "there is no discovery document at its issuer".into() };
        Err(match first {
            Some(Fault::Server { status: 404 | 405, .. }) | None => none,
            Some(fault) => fault,
        })
    }

    fn read(&self, http: &Http, document: &Value) -> Result<Places, Fault> {
        let issuer = document["issuer"].as_str().unwrap_or_default();
        // Byte for byte (OpenID Connect Discovery 4.3, RFC 8414 §3.3): else anybody could speak for anybody.
        if issuer != self.client.issuer {
            let why = format!(
                "its discovery document is for the issuer \"{}\", not for \"{}\"",
                http.text(issuer),
                self.client.issuer
            );
            return Err(Fault::BadReply { why: why.into() });
        }
        let place = |name: &str| match document[name].as_str() {
            None => Ok(None),
            Some(raw) => self
                .endpoint(raw)
                .map(Some)
                .ok_or_else(|| Fault::BadReply { why: format!("its {name} is not an https address").into() }),
        };
        let missing = || Fault::BadReply { why: "its discovery document names no token_endpoint".into() };
        Ok(Places {
            token: place("token_endpoint")?.ok_or_else(missing)?,
            device: self.device_place()?.or(place("device_authorization_endpoint")?),
            userinfo: place("userinfo_endpoint")?,
            revocation: place("revocation_endpoint")?,
            authorization: self.for_browsers(document),
            says_issuer: document["authorization_response_iss_parameter_supported"] == true,
        })
    }

    /// Where a browser signs in. One that cannot be used is no fault: there are other ways.
    fn for_browsers(&self, document: &Value) -> Option<Url> {
        let holds = |list: &str, word: &str| {
            document[list].as_array().is_some_and(|all| all.iter().any(|one| one.as_str() == Some(word)))
        };
        let fits =
            holds("response_types_supported", "code") && holds("code_challenge_methods_supported", "S256");
        let place = self.endpoint(document["authorization_endpoint"].as_str()?)?;
        // A person is sent there, so it lies at the issuer's host or at one that the profile names.
        let known = place.host() == self.issuer.host()
            || place.host_str().is_some_and(|host| self.trust.allows(host));
        (fits && known).then_some(place)
    }

    /// Where to ask for a code, if the profile says so: some servers have the place and do not name it.
    fn device_place(&self) -> Result<Option<Url>, Fault> {
        let Some(raw) = &self.client.device else { return Ok(None) };
        let why = "it must be an https address, as safe as the issuer's own";
        let bad = || Fault::BadInput {
            what: "The profile's device_authorization_endpoint".into(),
            why: why.into(),
        };
        self.endpoint(raw).map(Some).ok_or_else(bad)
    }

    /// An address that secrets may be sent to: as safe as the issuer's own.
    fn endpoint(&self, raw: &str) -> Option<Url> {
        let url: Url = raw.parse().ok()?;
        let safe = url.scheme() == "https"
            || url.scheme() == "http"
                && self.issuer.scheme() == "http"
                && (is_loopback(&url) || url.host() == self.issuer.host());
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        (safe && plain && url.host_str().is_some_and(|host| !host.is_empty())).then_some(url)
    }

    /// Sends a form to an endpoint, once.
    pub(super) async fn post(
        &self,
        place: &Url,
        form: &[(&str, &str)],
    ) -> Result<(Arc<Http>, Answered), Trouble> {
        let http = self.link(place).map_err(|fault| Trouble { fault, passing: false, unsent: true })?;
        let path = path(place);
        let answered = http.send_once(Call::post(&path, encoded(form))).await?;
        Ok((http, answered))
    }
}

fn encoded(form: &[(&str, &str)]) -> Body {
    // Room enough from the start: a buffer that grows leaves copies of a token behind.
    let mut body = url::form_urlencoded::Serializer::new(String::with_capacity(32 * 1024));
    body.extend_pairs(form);
    Body::Form(body.finish().into())
}

/// Path and query of an address, from its root.
pub(super) fn path(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// Where the document may lie: behind the issuer's path (OpenID Connect), or before it (RFC 8414 §3.1).
fn documents(issuer: &Url) -> Vec<String> {
    let path = issuer.path().trim_end_matches('/');
    let mut all = vec![
        format!("{path}/.well-known/openid-configuration"),
        format!("/.well-known/oauth-authorization-server{path}"),
    ];
    if !path.is_empty() {
        // Where some servers put it, against the letter.
        all.push(format!("{path}/.well-known/oauth-authorization-server"));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_lies_behind_the_path_or_before_it() {
        assert_eq!(
            documents(&"https://a.example/realms/x/".parse().unwrap()),
            [
                "/realms/x/.well-known/openid-configuration",
                "/.well-known/oauth-authorization-server/realms/x",
                "/realms/x/.well-known/oauth-authorization-server",
            ]
        );
        assert_eq!(
            documents(&"https://a.example".parse().unwrap()),
            ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]
        );
    }
}
