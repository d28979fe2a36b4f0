//! TLS for the sandbox: an authority made for the run, and the certificates it signs.
//!
//! The keys are P-256 (made in well under a millisecond) and live in memory only.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use self::certificate::{Role, certificate};
use super::base64;

mod certificate;

/// How long a caller may take over the handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Callers that have shaken hands and wait to be served.
const WAITING: usize = 64;
/// The name of the authority.
const ISSUER: &str = "landfall sandbox, this run only";

/// A certificate authority that is gone when the sandbox ends.
pub struct Authority {
    key: EcdsaKeyPair,
    own: Vec<u8>,
}

/// A new key, as PKCS #8 and ready to sign.
fn new_key() -> anyhow::Result<(Vec<u8>, EcdsaKeyPair)> {
    let random = SystemRandom::new();
    let failed = |_| anyhow::anyhow!("no key could be made");
    let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
    let stored = EcdsaKeyPair::generate_pkcs8(algorithm, &random).map_err(failed)?;
    let key = EcdsaKeyPair::from_pkcs8(algorithm, stored.as_ref(), &random)
        .map_err(|_| anyhow::anyhow!("the new key could not be read"))?;
    Ok((stored.as_ref().to_vec(), key))
}

impl Authority {
    /// A new authority.
    pub fn new() -> anyhow::Result<Self> {
        let (_, key) = new_key()?;
        let own = certificate(&key, ISSUER, &key, ISSUER, &Role::Authority)?;
        Ok(Self { key, own })
    }

    /// Its certificate, for clients to trust.
    pub fn pem(&self) -> String {
        let text = base64::encode(&self.own);
        let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
        for (n, letter) in text.chars().enumerate() {
            if n > 0 && n % 64 == 0 {
                pem.push('\n');
            }
            pem.push(letter);
        }
        pem + "\n-----END CERTIFICATE-----\n"
    }

    /// What a server needs that is reached under `localhost` and these addresses.
    pub fn server(&self, addresses: &[IpAddr]) -> anyhow::Result<Arc<ServerConfig>> {
        let (stored, key) = new_key()?;
        let role = Role::Server { addresses, name: "localhost" };
        let leaf = certificate(&self.key, ISSUER, &key, "landfall sandbox", &role)?;
        let chain = vec![CertificateDer::from(leaf), CertificateDer::from(self.own.clone())];
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(stored));
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .context("TLS versions")?
                .with_no_client_auth()
                .with_single_cert(chain, key)
                .context("the certificate of the sandbox")?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// A listener whose connections have shaken hands. A caller that does not keeps nobody else waiting.
pub struct TlsListener {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    local: SocketAddr,
}

impl TlsListener {
    /// Speaks TLS on that listener. Must be called inside a runtime.
    pub fn new(listener: TcpListener, config: Arc<ServerConfig>) -> std::io::Result<Self> {
        let local = listener.local_addr()?;
        let (sender, ready) = mpsc::channel(WAITING);
        let acceptor = TlsAcceptor::from(config);
        tokio::spawn(async move {
            loop {
                let (stream, peer) = tokio::select! {
                    () = sender.closed() => return,
                    taken = listener.accept() => {
                        let Ok(taken) = taken else {
                            // Out of descriptors, or a caller that left: the next one may fare better.
                            tokio::time::sleep(Duration::from_millis(50)).await;
                            continue;
                        };
                        taken
                    }
                };
                let (acceptor, sender) = (acceptor.clone(), sender.clone());
                tokio::spawn(async move {
                    if let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await {
                        // Fails only when nobody serves any more.
                        let _ = sender.send((stream, peer)).await;
                    }
                });
            }
        });
        Ok(Self { ready, local })
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(taken) => taken,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(self.local)
    }
}

/// The address of a caller, whichever way it came.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

impl Connected<IncomingStream<'_, TcpListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        Self(stream.remote_addr().ip())
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        Self(stream.remote_addr().ip())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::pki_types::ServerName;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_rustls::TlsConnector;

    #[tokio::test]
    async fn a_client_that_trusts_the_authority_gets_through_and_no_other() {
        let authority = Authority::new().expect("an authority");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("an address");
        let config = authority.server(&[at.ip()]).expect("a certificate");
        let mut listener = TlsListener::new(listener, config).expect("a listener");
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await;
                let _ = stream.write_all(b"hello").await;
            }
        });
        for (trusted, name, well) in [
            (&authority, "127.0.0.1", true),
            (&authority, "localhost", true),
            (&authority, "elsewhere.example", false),
            (&Authority::new().expect("another"), "127.0.0.1", false),
        ] {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(CertificateDer::from(trusted.own.clone())).expect("a root");
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let config = rustls::ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .expect("versions")
                .with_root_certificates(roots)
                .with_no_client_auth();
            let stream = TcpStream::connect(at).await.expect("connected");
            let name = ServerName::try_from(name).expect("a name");
            let shaken = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
            assert_eq!(shaken.is_ok(), well);
            if let Ok(mut stream) = shaken {
                let mut said = [0; 5];
                stream.read_exact(&mut said).await.expect("five bytes");
                assert_eq!(&said, b"hello");
            }
        }
    }
}
