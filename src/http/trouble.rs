//! Why there is no answer, in words: name, connection, TLS, time, or cut short.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::path::Path;

use jiff::Timestamp;
use reqwest::Certificate;
use rustls::CertificateError;
use url::Url;

use super::{Http, Trouble, address, seconds};
use crate::error::Fault;
use crate::foreign::Text;

/// Reads a PEM file of CA certificates.
pub(super) fn authorities(path: &Path) -> Result<Vec<Certificate>, Fault> {
    let wrong = |why: &str| Fault::BadInput {
        what: format!("The CA file {}", path.display()).into(),
        why: why.into(),
    };
    let pem = std::fs::read(path).map_err(|error| wrong(&error.to_string()))?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(wrong("it holds no certificate in PEM form")),
    }
}

impl Http {
    pub(super) fn unreachable(&self, why: impl Into<Text>, passing: bool) -> Trouble {
        Trouble { fault: Fault::Unreachable { host: self.host.clone(), why: why.into() }, passing }
    }

    /// A redirect that is not followed, told as what it mostly is: something in between.
    pub(super) fn elsewhere(&self, status: u16, target: &Url) -> Trouble {
        let place = format!("sends us on to {}://{}", target.scheme(), address::host(target));
        let title = self.text(&place);
        Trouble { fault: Fault::NotTheApi { host: self.host.clone(), status, title }, passing: false }
    }

    /// Says what broke. reqwest's own text is not used: it holds the URL.
    pub(super) fn classify(&self, error: &reqwest::Error) -> Trouble {
        let causes = causes(error);
        if error.is_builder() {
            return self.unreachable(unbuilt(&causes), false);
        }
        if let Some(tls) = causes.iter().find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
            return self.unreachable(tls_words(tls), !matches!(tls, rustls::Error::InvalidCertificate(_)));
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

fn unbuilt(causes: &[&(dyn Error + 'static)]) -> String {
    let last = causes.last().map(ToString::to_string).unwrap_or_default();
    if last.contains("No CA certificates") {
        "this machine has no CA certificates to check it by (install the package ca-certificates, or name a \
         CA file)"
            .into()
    } else {
        format!("the connection cannot be set up ({last})")
    }
}

/// A TLS failure in words.
pub fn tls_words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(wrong) => certificate_words(wrong),
        rustls::Error::InvalidMessage(_) => "what answers there does not speak TLS".into(),
        other => format!("the TLS connection failed ({other})"),
    }
}

fn certificate_words(wrong: &CertificateError) -> String {
    let date = |time: &rustls::pki_types::UnixTime| {
        i64::try_from(time.as_secs())
            .ok()
            .and_then(|secs| Timestamp::from_second(secs).ok())
            .map_or_else(|| "an unreadable date".to_owned(), |at| at.strftime("%F %R UTC").to_string())
    };
    match wrong {
        CertificateError::UnknownIssuer => {
            "its certificate comes from an issuer that this machine does not know; a proxy may be inspecting \
             the traffic"
                .into()
        }
        CertificateError::Expired => "its certificate has expired, or the clock here is fast".into(),
        CertificateError::ExpiredContext { time, not_after } => format!(
            "its certificate was good until {}, and the clock here says {}",
            date(not_after),
            date(time)
        ),
        CertificateError::NotValidYet => "its certificate is not valid yet, or the clock here is slow".into(),
        CertificateError::NotValidYetContext { time, not_before } => format!(
            "its certificate is good from {}, and the clock here says {}",
            date(not_before),
            date(time)
        ),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another host".into()
        }
        CertificateError::Revoked => "its certificate was revoked".into(),
        other => format!("its certificate cannot be trusted ({other})"),
    }
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::UnixTime;

    use super::*;
    use std::time::Duration;

    #[test]
    fn tls_failures_say_which() {
        let at = |secs| UnixTime::since_unix_epoch(Duration::from_secs(secs));
        for (wrong, words) in [
            (
                CertificateError::ExpiredContext { time: at(86_400), not_after: at(60) },
                "its certificate was good until 1970-01-01 00:01 UTC, and the clock here says 1970-01-02 \
                 00:00 UTC",
            ),
            (
                CertificateError::NotValidYetContext { time: at(60), not_before: at(86_400) },
                "its certificate is good from 1970-01-02 00:00 UTC, and the clock here says 1970-01-01 00:01 \
                 UTC",
            ),
            (CertificateError::NotValidForName, "its certificate is for another host"),
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
