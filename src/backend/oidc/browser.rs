//! The authorization code grant with PKCE (RFC 6749 §4.1, RFC 7636 with S256), for a browser on this machine or
//! on another one (RFC 8252). The browser ends at an address of 127.0.0.1: here, that is taken from the port; from
//! elsewhere, a person copies it. Whichever comes first is used, once.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use ring::digest::{SHA256, digest};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use url::Url;
use zeroize::Zeroizing;

use super::claims::encode;
use super::discovery::Places;
use super::loopback::{self, PATH, Page};
use super::tokens::Said;
use super::{Oidc, refusal};
use crate::backend::Returned;
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Address, Link, Unfit};
use crate::secret::SecretRef;

/// How long a browser may take.
const LIFE: Duration = Duration::from_secs(600);
/// The longest code that is taken, in bytes.
const LONGEST: usize = 4 * 1024;

/// A sign-in by a browser that is under way. Each of its values is used for it alone.
pub(super) struct Attempt {
    state: Zeroizing<String>,
    nonce: Zeroizing<String>,
    verifier: Zeroizing<String>,
    redirect: String,
    /// Name and port of the redirect address.
    host: String,
    listener: Mutex<Option<TcpListener>>,
}

/// What the provider answered by way of the browser.
enum Answer {
    Code(Zeroizing<String>),
    Refused(Fault),
}

/// 256 bits of chance, as 43 characters (RFC 7636 §4.1).
fn chance() -> Zeroizing<String> {
    let bytes = Zeroizing::new(rand::random::<[u8; 32]>());
    Zeroizing::new(encode(&*bytes))
}

impl Oidc {
    /// Whether the provider takes a browser's sign-in as it must be: by a code, with PKCE.
    pub(super) async fn takes_browser(&self) -> bool {
        self.places().await.is_ok_and(|places| places.authorization.is_some())
    }

    /// Begins a sign-in by a browser; what was under way before is over.
    pub(super) async fn open_browser(&self) -> Result<Link, Fault> {
        let why = "it names no authorization_endpoint that takes a code with PKCE (S256)";
        let places = self.places().await?;
        let place = places.authorization.as_ref().ok_or(Fault::BadReply { why: why.into() })?;
        let shut = |error: std::io::Error| Fault::Unreachable {
            host: "127.0.0.1".into(),
            why: Text::new(&format!("no port can be opened for the browser's return ({error})")),
        };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(shut)?;
        let host = format!("127.0.0.1:{}", listener.local_addr().map_err(shut)?.port());
        let attempt = Attempt {
            state: chance(),
            nonce: chance(),
            verifier: chance(),
            redirect: format!("http://{host}{PATH}"),
            host,
            listener: Mutex::new(Some(listener)),
        };
        let challenge = encode(digest(&SHA256, attempt.verifier.as_bytes()).as_ref());
        let mut url = place.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client.client_id)
            .append_pair("redirect_uri", &attempt.redirect)
            .append_pair("scope", &self.scope())
            .append_pair("state", &attempt.state)
            .append_pair("nonce", &attempt.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        *self.attempt.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(attempt));
        Ok(Link { address: Address::of(&url), life: LIFE })
    }

    /// Waits until a browser on this machine comes back.
    pub(super) async fn browser_returns(&self) -> Result<SecretRef, Fault> {
        let Some(attempt) = self.current() else { return Err(Fault::SignInExpired) };
        let Some(listener) = attempt.listener.lock().await.take() else { return Err(Fault::SignInExpired) };
        let places = self.places().await?;
        let came =
            loopback::answer(listener, &attempt.host, |query| match self.heard_by(places, &attempt, query) {
                Ok(Answer::Refused(fault)) => (Page::Refused, Some(Answer::Refused(fault))),
                Ok(code) => (Page::Taken, Some(code)),
                Err(_) => (Page::NotOurs, None),
            });
        let came = tokio::time::timeout(LIFE, came).await;
        if !self.is_last_word(&attempt) {
            // What was pasted came first.
            return std::future::pending().await;
        }
        match came {
            Ok(Answer::Code(code)) => self.redeem_code(places, &attempt, &code).await,
            Ok(Answer::Refused(fault)) => Err(fault),
            Err(_) => Err(Fault::SignInExpired),
        }
    }

    /// Takes the address that a browser elsewhere came to.
    pub(super) async fn take_pasted(&self, pasted: SecretRef) -> Returned {
        let text = self.vault.open(pasted, &self.audience());
        self.vault.drop(pasted);
        let (Ok(text), Some(attempt)) = (text, self.current()) else { return Returned::Unfit(Unfit::Over) };
        let places = match self.places().await {
            Ok(places) => places,
            Err(fault) => return Returned::Failed(fault),
        };
        let answer = match query(&text, places).and_then(|query| self.heard_by(places, &attempt, &query)) {
            Ok(answer) => answer,
            Err(unfit) => return Returned::Unfit(unfit),
        };
        if !self.is_last_word(&attempt) {
            return Returned::Unfit(Unfit::Over);
        }
        let end = match answer {
            Answer::Code(code) => self.redeem_code(places, &attempt, &code).await,
            Answer::Refused(fault) => Err(fault),
        };
        match end {
            Ok(session) => Returned::Session(session),
            Err(fault) => Returned::Failed(fault),
        }
    }

    fn current(&self) -> Option<Arc<Attempt>> {
        self.attempt.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends the attempt; true for whoever ends it first.
    fn is_last_word(&self, attempt: &Arc<Attempt>) -> bool {
        let mut current = self.attempt.lock().unwrap_or_else(PoisonError::into_inner);
        current.take_if(|current| Arc::ptr_eq(current, attempt)).is_some()
    }

    /// Reads what the provider answered, once it is sure that it answers this attempt.
    fn heard_by(&self, places: &Places, attempt: &Attempt, query: &str) -> Result<Answer, Unfit> {
        let one = |name: &str| {
            let mut found = url::form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
            let value = found.next().map(|(_, value)| Zeroizing::new(value.into_owned()));
            // RFC 6749 §3.1: none comes twice.
            if found.next().is_some() { Err(Unfit::NoAnswer) } else { Ok(value) }
        };
        let (code, error, state, issuer) = (one("code")?, one("error")?, one("state")?, one("iss")?);
        if code.is_none() && error.is_none() {
            return Err(Unfit::NoAnswer);
        }
        if state.as_ref() != Some(&attempt.state) {
            return Err(Unfit::OtherSignIn);
        }
        match issuer {
            Some(issuer) if *issuer != self.client.issuer => return Err(Unfit::OtherIssuer),
            None if places.says_issuer => return Err(Unfit::OtherIssuer),
            _ => {}
        }
        match (code, error) {
            (Some(code), None) if (1..=LONGEST).contains(&code.len()) => Ok(Answer::Code(code)),
            (None, Some(error)) if error.as_str() == "access_denied" => {
                Ok(Answer::Refused(Fault::SignInDeclined))
            }
            (None, Some(error)) => {
                let more = one("error_description")?.map(|more| format!(": {}", *more)).unwrap_or_default();
                let said = self.vault.scrub(&format!("{}{more}", *error));
                let why = format!("it answers the browser with \"{said}\"");
                Ok(Answer::Refused(Fault::BadGrant { why: why.into() }))
            }
            _ => Err(Unfit::NoAnswer),
        }
    }

    /// Exchanges the code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5), once.
    async fn redeem_code(&self, places: &Places, attempt: &Attempt, code: &str) -> Result<SecretRef, Fault> {
        self.hide(code);
        self.hide(&attempt.verifier);
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", attempt.redirect.as_str()),
            ("client_id", self.client.client_id.as_str()),
            ("code_verifier", attempt.verifier.as_str()),
        ];
        let (http, answered) = self.post(&places.token, &form).await.map_err(|trouble| trouble.fault)?;
        if !answered.is_success() {
            return Err(refusal::refusal(&http, &answered));
        }
        let said = answered.object::<Said>().ok_or_else(|| refusal::unreadable(&http, &answered))?;
        self.take_for(said, &attempt.nonce).map_err(|why| Fault::BadReply { why: why.into() })
    }
}

/// The query of an address as a person pastes it. Whoever copies it from a narrow window brings line breaks along.
fn query(pasted: &str, places: &Places) -> Result<Zeroizing<String>, Unfit> {
    let text: Zeroizing<String> = Zeroizing::new(pasted.split_whitespace().collect());
    if text.is_empty() {
        return Err(Unfit::Nothing);
    }
    let Ok(url) = text.parse::<Url>() else {
        // An address bar may leave out `http://`, which makes the host and port of it no address.
        return match text.split_once('?') {
            Some((_, query)) => Ok(Zeroizing::new(query.to_owned())),
            None if text.starts_with("code=") || text.starts_with("state=") => Ok(text),
            None if text.contains(['/', '.', '=']) => Err(Unfit::NoAddress),
            None => Err(Unfit::CodeAlone),
        };
    };
    let own = places.authorization.as_ref();
    if own.is_some_and(|own| own.origin() == url.origin() && own.path() == url.path()) {
        return Err(Unfit::NotOpened);
    }
    url.query().map(|query| Zeroizing::new(query.to_owned())).ok_or(Unfit::NoAnswer)
}
