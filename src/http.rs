//! The one HTTP client: deadlines, size caps, redirects, proxy, CA, retry classes, version header.
//!
//! An [`Http`] is bound to one base address and can speak to no other: a credential given to it cannot
//! reach another host. Redirects are followed only by GET, at most three times, and only to the same scheme,
//! host and port. Bodies are read in chunks against a cap, whatever length the server claims; no compression
//! is asked for and none is undone, so nothing inflates. No error text holds a URL's query or a secret.

mod address;
mod answer;
mod call;
pub mod certificate;
pub mod metadata;
mod trouble;
mod trust;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, redirect};
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::CertificateDer;
use tokio::sync::OnceCell;
use url::Url;
use zeroize::Zeroizing;

use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{CaPin, Reader};
use crate::secret::Vault;

pub use address::is_loopback;
pub use answer::Answered;
pub use call::{Body, Call, Deadlines, LIST, ONE, Options};
pub use trouble::{tls_distrust, tls_words};

/// How often one GET is tried in all.
const TRIES: u8 = 3;
/// How many redirects one GET follows.
const REDIRECTS: u8 = 3;
/// A server that asks for a longer pause than this is not tried again; the fault tells how long it asked for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Why there is no answer.
#[derive(Debug)]
pub struct Trouble {
    /// What went wrong.
    pub fault: Fault,
    /// Whether another try might go better.
    pub passing: bool,
    /// Whether nothing of the request was sent.
    pub unsent: bool,
}

/// The client of one base address. Nothing is loaded or connected before the first call.
pub struct Http {
    base: Url,
    host: Text,
    authorities: Vec<CertificateDer<'static>>,
    pin: Option<CaPin>,
    reader: trust::Seen,
    deadlines: Deadlines,
    vault: Vault,
    client: OnceCell<reqwest::Client>,
    latest: Mutex<Option<Timestamp>>,
}

impl Http {
    /// Checks the address and reads the CA file, if one is given.
    pub fn new(base: Url, vault: Vault, options: &Options) -> Result<Self, Fault> {
        let base = address::base(base, options.plain_http)?;
        let authorities = match &options.ca_cert {
            Some(path) => trouble::authorities(path)?,
            None => Vec::new(),
        };
        Ok(Self {
            host: address::host(&base),
            base,
            authorities,
            pin: options.ca_sha256,
            reader: trust::Seen::default(),
            deadlines: options.deadlines,
            vault,
            client: OnceCell::new(),
            latest: Mutex::new(None),
        })
    }

    /// The base address; its path ends with a slash.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Scheme, host and port: the audience of every credential that goes this way.
    pub fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// Host and port, for sentences.
    pub fn host(&self) -> &Text {
        &self.host
    }

    /// The server's own time at its latest answer (its `Date` header).
    pub fn server_time(&self) -> Option<Timestamp> {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who else can read what is sent, if the server's certificate counts by the word of a CA that was added.
    pub fn reader(&self) -> Option<Reader> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Foreign text of an answer, neutralised, and without any secret that we hold.
    pub fn text(&self, raw: &str) -> Text {
        // Twice: what was hidden between invisible characters only shows once they are gone.
        self.vault.scrub(&self.vault.scrub(raw))
    }

    /// Sends a call. A GET is tried up to three times when the trouble may pass (no usable connection, 408,
    /// 429, 5xx), with a growing pause or the one the server asks for. Anything else is sent once.
    pub async fn send(&self, call: Call<'_>) -> Result<Answered, Trouble> {
        let tries = if call.method == Method::GET { TRIES } else { 1 };
        self.send_up_to(tries, call).await
    }

    /// Sends a call up to three times, whatever its method. Only for calls that may be repeated without
    /// harm.
    pub async fn send_again(&self, call: Call<'_>) -> Result<Answered, Trouble> {
        self.send_up_to(TRIES, call).await
    }

    /// Sends a call once, whatever its method.
    pub async fn send_once(&self, call: Call<'_>) -> Result<Answered, Trouble> {
        self.send_up_to(1, call).await
    }

    /// Sends a call once and drops the body unread.
    pub async fn send_unread(&self, call: Call<'_>) -> Result<Answered, Trouble> {
        self.bounded(&call, false).await
    }

    async fn send_up_to(&self, tries: u8, call: Call<'_>) -> Result<Answered, Trouble> {
        let mut nth = 1;
        loop {
            let outcome = self.bounded(&call, true).await;
            let asked = match &outcome {
                Ok(answered) if answered.may_pass() => answered.retry_after,
                Err(trouble) if trouble.passing => None,
                _ => return outcome,
            };
            if nth >= tries || asked.is_some_and(|pause| pause > LONGEST_PAUSE) {
                return outcome;
            }
            let own = self.deadlines.pause * 2u32.pow(u32::from(nth - 1));
            tokio::time::sleep(asked.unwrap_or_default().max(own.mul_f64(rand::random_range(0.5..=1.0))))
                .await;
            nth += 1;
        }
    }

    async fn bounded(&self, call: &Call<'_>, read_body: bool) -> Result<Answered, Trouble> {
        let total = call.total.unwrap_or(self.deadlines.total);
        match tokio::time::timeout(total, self.follow(call, read_body)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(self.unreachable(format!("no whole answer within {} s", seconds(total)), true)),
        }
    }

    async fn follow(&self, call: &Call<'_>, read_body: bool) -> Result<Answered, Trouble> {
        let mut url = self.under_base(call.path);
        for _ in 0..=REDIRECTS {
            let response = self.one(call, url.clone()).await?;
            let Some(target) = answer::redirect(&response, &url) else {
                return self.take(response, call.cap, read_body).await;
            };
            if call.method != Method::GET || target.origin() != url.origin() {
                return Err(self.elsewhere(response.status().as_u16(), &target));
            }
            url = target;
        }
        Err(self.elsewhere(302, &url))
    }

    async fn one(&self, call: &Call<'_>, url: Url) -> Result<reqwest::Response, Trouble> {
        let client = self.client.get_or_try_init(|| self.build()).await?;
        let mut request = client.request(call.method.clone(), url).header(ACCEPT, "application/json");
        if let Some(token) = call.bearer {
            request = request.header(AUTHORIZATION, bearer(token).ok_or_else(unusable_token)?);
        }
        request = match &call.body {
            Body::Empty if call.method == Method::GET => request,
            // Some proxies answer 411 to a POST that names no length.
            Body::Empty => request.header(CONTENT_TYPE, "application/json").header(CONTENT_LENGTH, "0"),
            Body::Json(json) => request.header(CONTENT_TYPE, "application/json").body(json.to_vec()),
            Body::Form(form) => {
                request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.to_string())
            }
        };
        request.send().await.map_err(|error| self.classify(&error))
    }

    /// Reads what is needed of an answer. 426 ends every call here.
    async fn take(
        &self,
        mut response: reqwest::Response,
        cap: usize,
        read_body: bool,
    ) -> Result<Answered, Trouble> {
        let mut answered = Answered::head(&response);
        if let Some(date) = answered.date {
            *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(date);
        }
        if answered.status == 426 {
            // The status alone is the contract; the floor is best effort.
            let body = self.body(&mut response, ONE).await.unwrap_or_default();
            let floor = answer::field(&body, "min_version").unwrap_or_default();
            let min_version = Text::within(&self.text(&floor), 24);
            return Err(Trouble {
                fault: Fault::UpgradeRequired { min_version },
                passing: false,
                unsent: false,
            });
        }
        if read_body {
            answered.body = self.body(&mut response, cap).await?;
        }
        Ok(answered)
    }

    async fn body(
        &self,
        response: &mut reqwest::Response,
        cap: usize,
    ) -> Result<Zeroizing<Vec<u8>>, Trouble> {
        let too_large = || Trouble {
            fault: Fault::BadReply { why: format!("it is larger than {} KiB", cap / 1024).into() },
            passing: false,
            unsent: false,
        };
        let claimed = response.content_length().unwrap_or(0);
        if claimed > cap as u64 {
            return Err(too_large());
        }
        let mut body = Zeroizing::new(Vec::with_capacity(usize::try_from(claimed).unwrap_or(0)));
        while let Some(chunk) = response.chunk().await.map_err(|error| self.classify(&error))? {
            if body.len() + chunk.len() > cap {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    async fn build(&self) -> Result<reqwest::Client, Trouble> {
        // Whoever comes first installs it; all of this program uses the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(user_agent())
            .connect_timeout(self.deadlines.connect)
            .read_timeout(self.deadlines.read)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false);
        if is_loopback(&self.base) {
            builder = builder.no_proxy().resolve_to_addrs("localhost", &address::LOCALHOST);
        }
        builder = if self.base.scheme() == "http" {
            // A machine without a CA store can still speak to the sandbox.
            builder.tls_certs_only(Vec::new())
        } else {
            builder.tls_backend_preconfigured(self.tls().await?)
        };
        builder.build().map_err(|error| self.classify(&error))
    }

    /// What judges the certificates of this server, for whoever looks at a handshake alone; why there is none, if so.
    pub async fn verifier(&self) -> Result<Arc<dyn ServerCertVerifier>, Text> {
        match self.judge().await {
            Some(judge) => Ok(Arc::new(judge)),
            None => Err(trouble::NO_CA.into()),
        }
    }

    async fn judge(&self) -> Option<trust::Judge> {
        let server = self.base.host_str().unwrap_or_default();
        let (given, seen) = (self.authorities.clone(), self.reader.clone());
        let system = trust::System::of_this_machine().await;
        trust::Judge::new(system, server, self.host.clone(), given, self.pin, seen)
    }

    async fn tls(&self) -> Result<rustls::ClientConfig, Trouble> {
        let judge = self.judge().await.ok_or_else(|| self.unreachable(trouble::NO_CA, false))?;
        judge.settings().map_err(|error| self.unreachable(tls_words(&error), false))
    }

    fn under_base(&self, path: &str) -> Url {
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path, None),
        };
        let mut url = self.base.clone();
        url.set_path(&format!("{}{}", self.base.path(), path.trim_start_matches('/')));
        url.set_query(query);
        url
    }
}

/// `landfall/<version> (<os>/<arch>)`, on every request.
fn user_agent() -> String {
    format!("landfall/{} ({}/{})", env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH)
}

fn bearer(token: &str) -> Option<HeaderValue> {
    let line = Zeroizing::new(format!("Bearer {token}"));
    let mut value = HeaderValue::from_str(&line).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn unusable_token() -> Trouble {
    let why = "it holds characters that a request cannot carry".into();
    Trouble { fault: Fault::BadInput { what: "The token".into(), why }, passing: false, unsent: true }
}

fn seconds(span: Duration) -> f64 {
    (span.as_secs_f64() * 10.0).round() / 10.0
}
