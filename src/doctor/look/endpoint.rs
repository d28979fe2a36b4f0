//! A server, layer by layer: name, connection, tunnel, TLS. Nothing is sent but what a layer needs.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use url::{Host, Url};
use zeroize::Zeroizing;

use super::proxy::Proxy;
use super::{Subject, between};
use crate::doctor::facts::{Endpoint, Layered, TlsSeen, Way};
use crate::error::Distrust;
use crate::foreign::Text;
use crate::http::certificate::read;
use crate::http::is_loopback;
use crate::secret::base64;

/// How long one layer may take.
const LAYER: Duration = Duration::from_millis(2500);
/// The most of a proxy's answer that is read, in bytes.
const ANSWER: usize = 8 * 1024;
/// The most addresses of one name that are tried.
const ADDRESSES: usize = 4;

/// Looks at each layer in turn.
pub async fn look(
    subject: &Subject,
    target: &Url,
    proxy: Option<&Proxy>,
    verifier: Option<&Verifier>,
) -> Endpoint {
    let host = target.host_str().unwrap_or_default();
    let port = target.port_or_known_default().unwrap_or(443);
    let mut endpoint = Endpoint {
        host: Text::within(&format!("{host}:{port}"), 120),
        loopback: is_loopback(target),
        way: proxy.map_or(Way::Direct, |proxy| Way::Proxy(proxy.shown(), proxy.variable)),
        dns: Layered::NotReached,
        tcp: Layered::NotReached,
        tunnel: if proxy.is_some() { Layered::NotReached } else { Layered::NotUsed },
        tls: if target.scheme() == "https" { Layered::NotReached } else { Layered::NotUsed },
        dead: Vec::new(),
    };
    let first = proxy.map_or(target, |proxy| &proxy.url);
    let addresses = match addresses(first).await {
        Ok((addresses, named)) => {
            let found: Vec<IpAddr> = addresses.iter().map(SocketAddr::ip).collect();
            endpoint.dns = if named { Layered::Works(found) } else { Layered::NotUsed };
            addresses
        }
        Err(why) => {
            endpoint.dns = Layered::Broken(why);
            return endpoint;
        }
    };
    let began = (subject.clock)();
    let (stream, dead) = connect(&addresses).await;
    endpoint.dead = dead;
    let mut stream = match stream {
        Ok(stream) => {
            endpoint.tcp = Layered::Works(between(began, (subject.clock)()));
            stream
        }
        Err(why) => {
            endpoint.tcp = Layered::Broken(why);
            return endpoint;
        }
    };
    if let Some(proxy) = proxy {
        // Plain http goes to the proxy as it is, and an https proxy is spoken to by the client alone.
        if target.scheme() != "https" || proxy.url.scheme() != "http" {
            endpoint.tunnel = Layered::NotUsed;
            if target.scheme() == "https" {
                endpoint.tls = Layered::NotUsed;
            }
            return endpoint;
        }
        endpoint.tunnel = match timeout(LAYER, tunnel(&mut stream, host, port, proxy)).await {
            Ok(Ok(())) => Layered::Works(()),
            Ok(Err(why)) => Layered::Broken(why),
            Err(_) => Layered::Broken(late("the proxy")),
        };
        if endpoint.tunnel.works().is_none() {
            return endpoint;
        }
    }
    if let (Layered::NotReached, Some(verifier)) = (&endpoint.tls, verifier) {
        endpoint.tls = match timeout(LAYER, handshake(&mut stream, host, verifier)).await {
            Ok(Ok(seen)) => Layered::Works(seen),
            Ok(Err(why)) => Layered::Broken(why),
            Err(_) => Layered::Broken(late("TLS")),
        };
    }
    endpoint
}

fn late(what: &str) -> Text {
    Text::from(format!("{what}: no answer within {} s", LAYER.as_secs_f32()))
}

/// The addresses of a host, and whether a name was asked for.
async fn addresses(url: &Url) -> Result<(Vec<SocketAddr>, bool), Text> {
    let port = url.port_or_known_default().unwrap_or(443);
    let name = match url.host() {
        Some(Host::Ipv4(ip)) => return Ok((vec![SocketAddr::new(ip.into(), port)], false)),
        Some(Host::Ipv6(ip)) => return Ok((vec![SocketAddr::new(ip.into(), port)], false)),
        Some(Host::Domain("localhost")) => {
            return Ok((vec![SocketAddr::new(std::net::Ipv4Addr::LOCALHOST.into(), port)], false));
        }
        Some(Host::Domain(name)) => name,
        None => return Err(Text::from("it names no host")),
    };
    match timeout(LAYER, lookup_host((name, port))).await {
        Ok(Ok(found)) => {
            let found: Vec<SocketAddr> = found.take(ADDRESSES).collect();
            if found.is_empty() { Err(Text::from("the name has no address")) } else { Ok((found, true)) }
        }
        Ok(Err(error)) => Err(Text::from(error.to_string())),
        Err(_) => Err(late("the name server")),
    }
}

/// A connection to the first address that gives one, and those that gave none before it. One of each kind is
/// tried at least, side by side.
async fn connect(addresses: &[SocketAddr]) -> (Result<TcpStream, Text>, Vec<IpAddr>) {
    let tries = addresses.iter().map(|address| async move {
        match timeout(LAYER, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err((address.ip(), plain(&error))),
            Err(_) => Err((address.ip(), late("the connection"))),
        }
    });
    let ended = futures_util::future::join_all(tries).await;
    let (mut stream, mut dead, mut why) = (None, Vec::new(), Text::default());
    for end in ended {
        match end {
            Ok(one) => stream = stream.or(Some(one)),
            Err((address, words)) => {
                dead.push(address);
                why = words;
            }
        }
    }
    match stream {
        Some(stream) => (Ok(stream), dead),
        None => (Err(why), Vec::new()),
    }
}

fn plain(error: &std::io::Error) -> Text {
    use std::io::ErrorKind::{
        ConnectionRefused, HostUnreachable, NetworkUnreachable, PermissionDenied, TimedOut,
    };
    match error.kind() {
        ConnectionRefused => "the connection was refused: nothing listens there".into(),
        NetworkUnreachable => "there is no way to its network".into(),
        HostUnreachable => "there is no way to it".into(),
        TimedOut => "no answer".into(),
        PermissionDenied => "this machine's own firewall forbids it".into(),
        _ => Text::from(error.to_string()),
    }
}

/// Asks a proxy for a way to the server (RFC 9110 §9.3.6).
async fn tunnel(stream: &mut TcpStream, host: &str, port: u16, proxy: &Proxy) -> Result<(), Text> {
    let mut request = Zeroizing::new(format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n"));
    if let Some((user, password)) = proxy.login() {
        let login = Zeroizing::new(format!("{}:{}", *user, *password));
        request.push_str("Proxy-Authorization: Basic ");
        request.push_str(&base64(login.as_bytes()));
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await.map_err(|error| plain(&error))?;
    let mut answer = Vec::new();
    let mut part = [0; 1024];
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") && answer.len() < ANSWER {
        match stream.read(&mut part).await {
            Ok(0) => break,
            Ok(length) => answer.extend_from_slice(part.get(..length).unwrap_or_default()),
            Err(error) => return Err(plain(&error)),
        }
    }
    let head = String::from_utf8_lossy(&answer);
    let status = head.split(' ').nth(1).unwrap_or_default();
    match status {
        "200" => Ok(()),
        "" => Err(Text::from("it does not speak as a proxy does")),
        _ => Err(Text::within(&format!("it answers {}", head.lines().next().unwrap_or_default()), 120)),
    }
}

/// A certificate, and why it is not trusted.
type Shown = (Vec<u8>, Option<Distrust>);

/// Keeps what a server shows, and what the program's own judge says of it. The handshake ends well either way:
/// nothing is ever sent over this connection.
#[derive(Clone, Debug)]
pub struct Verifier {
    judge: Arc<dyn ServerCertVerifier>,
    shown: Arc<Mutex<Option<Shown>>>,
}

impl Verifier {
    /// With the judge that the HTTP client has.
    pub fn new(judge: Arc<dyn ServerCertVerifier>) -> Self {
        Self { judge, shown: Arc::default() }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verdict = self.judge.verify_server_cert(end_entity, intermediates, server_name, ocsp, now);
        let why = verdict.err().map(|error| crate::http::tls_distrust(&error));
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some((end_entity.to_vec(), why));
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.judge.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.judge.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

async fn handshake(stream: &mut TcpStream, host: &str, verifier: &Verifier) -> Result<TlsSeen, Text> {
    let fresh = Verifier { judge: verifier.judge.clone(), shown: Arc::default() };
    let shown = fresh.shown.clone();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Text::from(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(fresh))
        .with_no_client_auth();
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
        .map_err(|_| Text::from("its name is none that TLS knows"))?;
    let mut tls =
        ClientConnection::new(Arc::new(config), name).map_err(|error| Text::from(error.to_string()))?;
    let ended = exchange(stream, &mut tls).await;
    let seen = shown.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (seen, ended) {
        (Some((der, refused)), _) => Ok(TlsSeen { certificate: read(&der), refused }),
        (None, Err(why)) => Err(why),
        (None, Ok(())) => Ok(TlsSeen { certificate: None, refused: None }),
    }
}

async fn exchange(stream: &mut TcpStream, tls: &mut ClientConnection) -> Result<(), Text> {
    let mut part = vec![0; 16 * 1024];
    while tls.is_handshaking() {
        while tls.wants_write() {
            let mut out = Vec::new();
            tls.write_tls(&mut out).map_err(|error| plain(&error))?;
            stream.write_all(&out).await.map_err(|error| plain(&error))?;
        }
        if !tls.is_handshaking() {
            break;
        }
        let length = stream.read(&mut part).await.map_err(|error| plain(&error))?;
        if length == 0 {
            return Err(Text::from("it hung up during the handshake"));
        }
        let mut left = part.get(..length).unwrap_or_default();
        while !left.is_empty() {
            tls.read_tls(&mut left).map_err(|error| plain(&error))?;
            tls.process_new_packets().map_err(|error| Text::from(crate::http::tls_words(&error)))?;
        }
    }
    Ok(())
}
