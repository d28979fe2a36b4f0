//! Who vouches for a server: the judge of its certificate, which also tells by whose word it counts.
//!
//! A chain that ends at one of the system's CAs, as they come with it, is nothing to speak of. One that ends at a
//! CA which the profile, a flag or this machine's administrator added is: whoever holds that CA can stand in for
//! the server. So it is named. Of the system's CAs the added ones are told by where they lie, and by not being in
//! the bundle that the system comes with; where there is no such bundle, nothing is said.

mod system;

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{CertificateDer, ServerName, TrustAnchor, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme,
};
use webpki::{EndEntityCert, KeyUsage};

use super::certificate::{public_key, read};
use crate::error::Distrust;
use crate::foreign::Text;
use crate::model::{CaPin, Reader, TrustedBy};

pub use system::System;

/// The most certificates of a chain that are named.
const CHAIN: usize = 4;

/// CA certificates, ready to be looked for at the end of a chain.
#[derive(Debug, Default)]
struct Anchors {
    found: Vec<TrustAnchor<'static>>,
    /// The same, whole.
    certificates: Vec<CertificateDer<'static>>,
}

impl Anchors {
    fn of(certificates: Vec<CertificateDer<'static>>) -> Self {
        let usable = certificates.into_iter().filter_map(|certificate| {
            Some((webpki::anchor_from_trusted_cert(&certificate).ok()?.to_owned(), certificate))
        });
        let (found, certificates) = usable.unzip();
        Self { found, certificates }
    }
}

/// What a judge saw, for whoever holds the client.
pub(super) type Seen = Arc<Mutex<Option<Reader>>>;

/// Judges the certificates of one server, by the usual rules.
#[derive(Debug)]
pub(super) struct Judge {
    rules: Arc<WebPkiServerVerifier>,
    algorithms: WebPkiSupportedAlgorithms,
    system: &'static System,
    given: Anchors,
    pin: Option<CaPin>,
    /// The server whose chain is watched; a proxy on the way is judged, and that is all.
    server: String,
    host: Text,
    seen: Seen,
}

impl Judge {
    /// A judge for the server of that name, shown as `host`. `None` if there is no CA to judge by.
    pub fn new(
        system: &'static System,
        server: &str,
        host: Text,
        given: Vec<CertificateDer<'static>>,
        pin: Option<CaPin>,
        seen: Seen,
    ) -> Option<Self> {
        let provider = provider();
        let given = Anchors::of(given);
        let mut roots = RootCertStore::empty();
        roots.extend(system.anchors.found.iter().chain(&given.found).cloned());
        let rules = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone());
        Some(Self {
            rules: rules.build().ok()?,
            algorithms: provider.signature_verification_algorithms,
            system,
            given,
            pin,
            server: server.trim_matches(['[', ']']).to_owned(),
            host,
            seen,
        })
    }

    /// The settings of a TLS client that this judges for.
    pub fn settings(self) -> Result<ClientConfig, rustls::Error> {
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(self))
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    /// The CAs of the chain, the one next to the server first, if it ends at one of these.
    fn chain(
        &self,
        anchors: &Anchors,
        server: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Option<Vec<CertificateDer<'static>>> {
        let server = EndEntityCert::try_from(server).ok()?;
        let usage = KeyUsage::server_auth();
        let path =
            server.verify_for_usage(self.algorithms.all, &anchors.found, between, now, usage, None, None);
        let path = path.ok()?;
        let end = anchors.found.iter().position(|anchor| anchor == path.anchor())?;
        let between = path.intermediate_certificates().map(|certificate| certificate.der().into_owned());
        Some(between.chain(anchors.certificates.get(end).cloned()).collect())
    }

    /// Notes who vouches for the server, and compares it with the pin.
    fn watch(
        &self,
        server: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Distrust> {
        let (chain, given) = match self.chain(&self.system.anchors, server, between, now) {
            Some(chain) => (chain, false),
            None => (self.chain(&self.given, server, between, now).unwrap_or_default(), true),
        };
        let reader = chain.last().and_then(|root| {
            let by = match given {
                true => TrustedBy::Given,
                false if self.system.was_added(root) => TrustedBy::Machine,
                false => return None,
            };
            Some(Reader { name: subject(root), host: self.host.clone(), by })
        });
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = reader;
        let Some(pin) = self.pin else { return Ok(()) };
        let is =
            |der: &CertificateDer<'_>| CaPin::of(der) == pin || public_key(der).map(CaPin::of) == Some(pin);
        if chain.iter().any(is) {
            return Ok(());
        }
        let told = |der: &CertificateDer<'_>| {
            let hash = public_key(der).map(CaPin::of).map_or_else(String::new, |pin| pin.to_string());
            Text::from(format!("\"{}\" ({hash})", subject(der)))
        };
        let seen = chain.iter().rev().take(CHAIN).map(told).collect();
        Err(Distrust::OtherCa { pinned: pin.to_string().into(), seen })
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let judged =
            self.rules.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match judged {
            Err(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
                let top = intermediates.last().unwrap_or(end_entity);
                let issuer = read(top).map(|certificate| certificate.issuer).unwrap_or_default();
                Err(refused(Distrust::UnknownIssuer { issuer }))
            }
            Ok(fine) if server_name.to_str() == self.server.as_str() => {
                self.watch(end_entity, intermediates, now).map_err(refused)?;
                Ok(fine)
            }
            judged => judged,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.rules.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.rules.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.rules.supported_verify_schemes()
    }
}

/// The facts of a refusal, on their way through the TLS client.
#[derive(Debug)]
pub(super) struct Refusal(pub Distrust);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.words())
    }
}

impl Error for Refusal {}

fn refused(why: Distrust) -> rustls::Error {
    CertificateError::Other(OtherError(Arc::new(Refusal(why)))).into()
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn subject(der: &CertificateDer<'_>) -> Text {
    read(der).map(|certificate| certificate.subject).unwrap_or_default()
}
