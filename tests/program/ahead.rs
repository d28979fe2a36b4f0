//! A control plane that answers the claim late: the images are pulled meanwhile, and nothing of that is left.
#![expect(clippy::disallowed_methods, reason = "a relay runs beside the test, and the test has an end")]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::rig::{Ran, Served, landfall};

const CLAIM: &[u8] = b"POST /edge-device/ ";
const PATIENCE: Duration = Duration::from_secs(60);

/// A relay to the control plane, which holds the claim back.
struct Door {
    address: String,
    arrived: Receiver<Sender<Option<&'static str>>>,
}

impl Door {
    fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (arrives, arrived) = channel();
        let (own, server) = (address.clone(), server.to_owned());
        thread::spawn(move || {
            for near in listener.incoming().map(Result::unwrap) {
                let far = TcpStream::connect(&server).unwrap();
                let (mut back, mut answers) = (near.try_clone().unwrap(), far.try_clone().unwrap());
                thread::spawn(move || {
                    let _ = std::io::copy(&mut answers, &mut back);
                    let _ = back.shutdown(Shutdown::Write);
                });
                let (own, server, arrives) = (own.clone(), server.clone(), arrives.clone());
                thread::spawn(move || carry(near, far, (&own, &server), &arrives));
            }
        });
        Self { address, arrived }
    }

    /// Waits for the claim; what is sent back is answered in the control plane's place, or lets the claim in.
    fn claim(&self) -> Sender<Option<&'static str>> {
        self.arrived.recv_timeout(PATIENCE).unwrap()
    }
}

fn carry(
    mut near: TcpStream,
    mut far: TcpStream,
    (own, server): (&str, &str),
    arrives: &Sender<Sender<Option<&'static str>>>,
) {
    let mut part = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = near.read(&mut part) {
        // The sandbox answers to its own name only.
        let text = String::from_utf8(part[..length].to_vec()).unwrap().replace(own, server);
        if text.as_bytes().starts_with(CLAIM) {
            let (answer, wait) = channel();
            arrives.send(answer).unwrap();
            if let Ok(Some(answer)) = wait.recv() {
                near.write_all(answer.as_bytes()).unwrap();
                continue;
            }
        }
        if far.write_all(text.as_bytes()).is_err() {
            break;
        }
    }
    let _ = far.shutdown(Shutdown::Write);
}

/// Starts an enrollment through that door.
fn start(sandbox: &Served, door: &Door) -> Child {
    let host = sandbox.at("api").strip_prefix("http://").unwrap();
    let profile = std::fs::read_to_string(sandbox.at("profile")).unwrap().replace(host, &door.address);
    let path = format!("{}/ahead-{}.toml", env!("CARGO_TARGET_TMPDIR"), door.address.replace(':', "-"));
    std::fs::write(&path, profile).unwrap();
    let args =
        ["--profile-file", &path, "--token-file", sandbox.at("token_file"), "--yes", "--json", "--hold", "0"];
    landfall(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until the node has that many images.
fn pulled(sandbox: &Served, images: usize) {
    let begun = Instant::now();
    loop {
        let (_, nodes) = sandbox.cluster("/api/v1/nodes");
        let there = nodes["items"][0]["status"]["images"].as_array().unwrap().len();
        if there == images {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{there} of {images}");
    }
}

#[test]
fn images_are_pulled_while_the_claim_is_on_its_way() {
    let sandbox = Served::start(&["--speed", "20"]);
    let (_, nodes) = sandbox.cluster("/api/v1/nodes");
    let before = nodes["items"][0]["status"]["images"].as_array().unwrap().len();
    let door = Door::before(sandbox.at("api").strip_prefix("http://").unwrap());
    let child = start(&sandbox, &door);
    let claim = door.claim();
    pulled(&sandbox, before + 3);
    assert_eq!(sandbox.clients_here().len(), 0, "the claim has not come in");
    let ours = "/api/v1/namespaces?labelSelector=app.kubernetes.io%2Fmanaged-by%3Dlandfall";
    assert_eq!(sandbox.names(ours), Vec::<String>::new(), "nothing of the release is there");
    claim.send(None).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let namespace = sandbox.names(ours).remove(0);
    let (_, events) = sandbox.cluster(&format!("/api/v1/namespaces/{namespace}/events"));
    let pulling = events["items"].as_array().unwrap().iter().filter(|event| event["reason"] == "Pulling");
    assert_eq!(pulling.count(), 0, "the rollout's pods find their images there");
    assert_eq!((sandbox.pulls(), sandbox.records()), (Vec::new(), Vec::new()));
}

#[test]
fn where_the_claim_is_refused_the_pulls_are_called_off() {
    let sandbox = Served::start(&["--speed", "20", "--scenario", "slow-pull"]);
    let door = Door::before(sandbox.at("api").strip_prefix("http://").unwrap());
    let child = start(&sandbox, &door);
    let claim = door.claim();
    let begun = Instant::now();
    while sandbox.pulls().len() < 3 {
        assert!(begun.elapsed() < PATIENCE);
    }
    claim
        .send(Some(
            "HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 35\r\n\r\n\
             {\"detail\": \"You may not do this.  \"}",
        ))
        .unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_ne!(ran.code, Some(0), "{ran:?}");
    assert_eq!(sandbox.pulls(), Vec::<String>::new());
}
