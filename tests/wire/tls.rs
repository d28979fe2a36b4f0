//! TLS: a CA of one's own, and failures that say which. The certificates are made for these tests alone; the
//! key of their CA was thrown away.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use landfall::backend::Backend;
use landfall::backend::provisioning::Provisioning;
use landfall::error::{Distrust, Fault};
use landfall::http::Options;
use landfall::model::{CaPin, Reader, TrustedBy};
use landfall::secret::Vault;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

use super::peer::{Act, Peer, html};
use super::{Bench, hurried, options};

pub fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/wire/fixtures/tls", name].iter().collect()
}

/// Serves one account over TLS with that certificate, and says where.
#[expect(clippy::disallowed_methods, reason = "a stand-in server runs beside the test")]
pub fn serve(certificate: &str) -> String {
    let chain = vec![CertificateDer::from_pem_file(file(certificate)).unwrap()];
    let key = PrivateKeyDer::from_pem_file(file("server.key.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for tcp in listener.incoming() {
            let mut tcp = tcp.unwrap();
            let mut tls = ServerConnection::new(config.clone()).unwrap();
            let mut stream = Stream::new(&mut tls, &mut tcp);
            // A client that does not trust us ends the handshake here.
            if stream.read(&mut [0; 4096]).is_ok() {
                let body = r#"{"account_id": 1}"#;
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
                let _ = stream.write_all(head.as_bytes());
            }
        }
    });
    format!("https://127.0.0.1:{port}")
}

fn trusting() -> Options {
    Options { ca_cert: Some(file("ca.pem")), ..options() }
}

#[tokio::test]
async fn a_ca_of_ones_own_is_believed() {
    let bench = Bench::with(&serve("good.pem"), &trusting());
    assert_eq!(bench.api.reader(), None);
    assert_eq!(bench.api.who(bench.session).await.unwrap().id, 1);
    // And named: whoever holds it can read along.
    let host = bench.api.origin().trim_start_matches("https://").into();
    let reader = Reader { name: "landfall test CA".into(), host, by: TrustedBy::Given };
    assert_eq!(bench.api.reader(), Some(reader));
}

#[tokio::test]
async fn a_pinned_ca_must_vouch_for_the_server() {
    let der = CertificateDer::from_pem_file(file("ca.pem")).unwrap();
    let key = CaPin::of(landfall::http::certificate::public_key(&der).unwrap());
    let server = serve("good.pem");
    for pin in [key, CaPin::of(&der)] {
        let bench = Bench::with(&server, &Options { ca_sha256: Some(pin), ..trusting() });
        assert_eq!(bench.api.who(bench.session).await.unwrap().id, 1);
    }
    // Neither the server's own certificate nor a stranger's.
    let own = CertificateDer::from_pem_file(file("good.pem")).unwrap();
    for pin in [CaPin::of(&own), CaPin::of(b"another")] {
        let bench = Bench::with(&server, &Options { ca_sha256: Some(pin), ..trusting() });
        let seen = vec![format!("\"landfall test CA\" ({key})").into()];
        let why = Distrust::OtherCa { pinned: pin.to_string().into(), seen };
        let host = server.trim_start_matches("https://").into();
        assert_eq!(bench.api.who(bench.session).await, Err(Fault::Distrusted { host, why }));
    }
}

#[tokio::test]
async fn failures_say_which() {
    for (certificate, options, words) in [
        (
            "good.pem",
            options(),
            "its certificate comes from \"landfall test CA\", an issuer that this machine does not know; a proxy",
        ),
        ("expired.pem", trusting(), "its certificate was good until 2021-01-01 00:00 UTC, and the clock"),
        ("future.pem", trusting(), "its certificate is good from 2110-01-01 00:00 UTC, and the clock"),
        ("other-host.pem", trusting(), "its certificate is for another host: other.example"),
    ] {
        let bench = Bench::with(&serve(certificate), &options);
        let Err(Fault::Distrusted { why, .. }) = bench.api.who(bench.session).await else { panic!() };
        assert!(why.words().starts_with(words), "{certificate}: {}", why.words());
    }
}

#[tokio::test]
async fn what_speaks_no_tls_is_told() {
    let plain = Peer::always(|| html(200, "plain")).await;
    let peer = Peer::start(|_, _| Act::Say(b"SSH-2.0-x\r\n".to_vec())).await;
    for host in [plain.host(), peer.host()] {
        let options = Options { ca_cert: Some(file("ca.pem")), ..hurried() };
        let bench = Bench::with(&format!("https://{host}"), &options);
        let Err(Fault::Unreachable { .. }) = bench.api.who(bench.session).await else { panic!() };
    }
}

#[tokio::test]
async fn a_handshake_that_never_ends_has_a_deadline() {
    let peer = Peer::start(|_, _| Act::Hang(Vec::new())).await;
    let options = Options { ca_cert: Some(file("ca.pem")), ..hurried() };
    let bench = Bench::with(&format!("https://{}", peer.host()), &options);
    let Err(Fault::Unreachable { why, .. }) = bench.api.who(bench.session).await else { panic!() };
    assert_eq!(why.as_str(), "nothing came within 1 s");
}

#[test]
fn a_ca_file_that_is_none_is_refused_at_once() {
    for (name, why) in [("server.key.pem", "it holds no certificate in PEM form"), ("missing", "")] {
        let options = Options { ca_cert: Some(file(name)), ..options() };
        let refused = Provisioning::new("https://a.example".parse().unwrap(), Vault::default(), &options);
        let Some(Fault::BadInput { why: told, .. }) = refused.err() else { panic!("{name}") };
        assert!(told.contains(why), "{told}");
    }
}
