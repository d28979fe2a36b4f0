//! Why there is no answer, in words: name, connection, TLS, time, or cut short.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::path::Path;

use jiff::Timestamp;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{CertificateError, OtherError};
use url::Url;

use super::trust::Refusal;
use super::{Http, Trouble, address, seconds};
use crate::error::{Distrust, Fault};
use crate::foreign::Text;

/// Why no https server can be spoken to.
pub(super) const NO_CA: &str = "this machine has no CA certificates to check it by (install the package \
                                ca-certificates, or name a CA file with --ca-cert FILE)";
/// The most names of a certificate that are told.
const NAMES: usize = 5;

/// Reads a PEM file of CA certificates.
pub(super) fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let wrong = |why: &str| Fault::BadInput {
        what: format!("The CA file {}", path.display()).into(),
        why: why.into(),
    };
    let pem = std::fs::read(path).map_err(|error| wrong(&error.to_string()))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(wrong("it holds no certificate in PEM form")),
    }
}

impl Http {
    pub(super) fn unreachable(&self, why: impl Into<Text>, passing: bool) -> Trouble {
        Trouble {
            fault: Fault::Unreachable { host: self.host.clone(), why: why.into() },
            passing,
            unsent: false,
        }
    }

    /// A redirect that is not followed, told as what it mostly is: something in between.
    pub(super) fn elsewhere(&self, status: u16, target: &Url) -> Trouble {
        let place = format!("sends us on to {}://{}", target.scheme(), address::host(target));
        let title = self.text(&place);
        Trouble {
            fault: Fault::NotTheApi { host: self.host.clone(), status, title },
            passing: false,
            unsent: false,
        }
    }

    /// Says what broke. reqwest's own text is not used: it holds the URL.
    pub(super) fn classify(&self, error: &reqwest::Error) -> Trouble {
        Trouble { unsent: error.is_builder() || error.is_connect(), ..self.told(error) }
    }

    fn told(&self, error: &reqwest::Error) -> Trouble {
        let causes = causes(error);
        if error.is_builder() {
            let last = causes.last().map(ToString::to_string).unwrap_or_default();
            return self.unreachable(format!("the connection cannot be set up ({last})"), false);
        }
        match causes.iter().find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::InvalidCertificate(wrong)) => {
                let why = distrust(wrong, self.server_time());
                let fault = Fault::Distrusted { host: self.host.clone(), why };
                return Trouble { fault, passing: false, unsent: true };
            }
            Some(tls) => return self.unreachable(tls_words(tls), true),
            None => {}
        }
        if error.is_timeout() {
            let (what, span) = if error.is_connect() {
                ("no connection", self.deadlines.connect)
            } else {
                ("nothing came", self.deadlines.read)
            };
            return self.unreachable(format!("{what} within {} s", seconds(span)), true);
        }
        let kind = causes.iter().find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
        let last = causes.last().map(ToString::to_string).unwrap_or_default();
        let why = match kind {
            _ if error.is_dns() => format!("its name cannot be resolved ({last})"),
            Some(ErrorKind::ConnectionRefused) => "the connection was refused".into(),
            Some(ErrorKind::NetworkUnreachable) => "there is no way to its network".into(),
            Some(ErrorKind::HostUnreachable) => "there is no way to it".into(),
            Some(ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe) => {
                "the connection was reset".into()
            }
            _ if last.contains("proxy authorization required") => {
                "the proxy in between asks for a user name and password".into()
            }
            _ if last.contains("tunnel error") => "the proxy in between did not let us through".into(),
            _ if error.is_connect() => format!("no connection ({last})"),
            _ => format!("the answer was cut short ({last})"),
        };
        let why = self.text(&why);
        self.unreachable(why, true)
    }
}

/// An error and what lies below it. An I/O error keeps its own cause apart.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut all = Vec::new();
    let mut next = Some(error);
    // The bound is against a cause that names itself.
    while let (Some(cause), 0..16) = (next, all.len()) {
        all.push(cause);
        next = match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => cause.source(),
        };
    }
    all
}

/// Why a handshake ended at the server's certificate, as facts.
pub fn tls_distrust(error: &rustls::Error) -> Distrust {
    match error {
        rustls::Error::InvalidCertificate(wrong) => distrust(wrong, None),
        other => Distrust::Other { said: other.to_string().into() },
    }
}

/// A TLS failure in words.
pub fn tls_words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(wrong) => distrust(wrong, None).words(),
        rustls::Error::InvalidMessage(_) => "what answers there does not speak TLS".into(),
        other => format!("the TLS connection failed ({other})"),
    }
}

/// What is wrong with a certificate; `server` is what the server's clock said when it last answered.
fn distrust(wrong: &CertificateError, server: Option<Timestamp>) -> Distrust {
    let date = |time: &UnixTime| Timestamp::from_second(i64::try_from(time.as_secs()).ok()?).ok();
    match wrong {
        CertificateError::Other(OtherError(own)) if own.is::<Refusal>() => {
            own.downcast_ref().map_or(Distrust::Revoked, |Refusal(why)| why.clone())
        }
        CertificateError::UnknownIssuer => Distrust::UnknownIssuer { issuer: Text::default() },
        CertificateError::Expired => Distrust::Expired { until: None, clock: None, server },
        CertificateError::ExpiredContext { time, not_after } => {
            Distrust::Expired { until: date(not_after), clock: date(time), server }
        }
        CertificateError::NotValidYet => Distrust::NotYetValid { from: None, clock: None, server },
        CertificateError::NotValidYetContext { time, not_before } => {
            Distrust::NotYetValid { from: date(not_before), clock: date(time), server }
        }
        CertificateError::NotValidForName => Distrust::WrongHost { names: Vec::new() },
        CertificateError::NotValidForNameContext { presented, .. } => Distrust::WrongHost {
            // They come as DnsName("a.example").
            names: presented
                .iter()
                .filter_map(|name| name.split('"').nth(1))
                .take(NAMES)
                .map(|name| Text::within(name, 80))
                .collect(),
        },
        CertificateError::Revoked => Distrust::Revoked,
        other => Distrust::Other { said: other.to_string().into() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn tls_failures_say_which() {
        let at = |secs| UnixTime::since_unix_epoch(Duration::from_secs(secs));
        for (wrong, words) in [
            (
                CertificateError::ExpiredContext { time: at(86_400), not_after: at(60) },
                "its certificate was good until 1970-01-01 00:01 UTC, and the clock here says 1970-01-02 \
                 00:00 UTC, 23 hours later",
            ),
            (
                CertificateError::NotValidYetContext { time: at(60), not_before: at(86_400) },
                "its certificate is good from 1970-01-02 00:00 UTC, and the clock here says 1970-01-01 00:01 \
                 UTC, 23 hours earlier: the clock may be behind by at least that",
            ),
            (
                CertificateError::NotValidForNameContext {
                    expected: "a.example".try_into().unwrap(),
                    presented: vec!["DnsName(\"b.example\")".into(), "DnsName(\"*.c.example\")".into()],
                },
                "its certificate is for another host: b.example, *.c.example",
            ),
        ] {
            assert_eq!(tls_words(&rustls::Error::InvalidCertificate(wrong)), words);
        }
    }

    #[test]
    fn a_tls_failure_is_found_below_io_errors() {
        let inner = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let error = io::Error::other(io::Error::other(inner));
        assert!(causes(&error).iter().any(|cause| cause.is::<rustls::Error>()));
    }
}
