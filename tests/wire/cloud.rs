//! The guess from a cloud's metadata service, against stand-ins for each provider's on loopback.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use landfall::cloud;

/// What a stand-in answers to the head of a request; an empty text means that it never answers.
type Script = fn(&str) -> String;

struct StandIn {
    at: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn refused() -> String {
    "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".into()
}

fn serve(script: Script) -> StandIn {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = heads.clone();
    #[expect(clippy::disallowed_methods, reason = "a stand-in lives beside the test")]
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            let seen = seen.clone();
            std::thread::spawn(move || answer(stream, script, &seen));
        }
    });
    StandIn { at, heads }
}

fn answer(mut stream: TcpStream, script: Script, seen: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    seen.lock().unwrap().push(head.clone());
    match script(&head).as_str() {
        // Held open until the other side gives up.
        "" => drop(stream.read(&mut byte)),
        answer => drop(stream.write_all(answer.as_bytes())),
    }
}

fn amazon(head: &str) -> String {
    let token = head.contains("x-aws-ec2-metadata-token: a-token");
    match head {
        _ if head.starts_with("put /latest/api/token") && head.contains("token-ttl-seconds: 60") => {
            ok("a-token")
        }
        _ if head.starts_with("get /latest/meta-data/placement/region") && token => ok("eu-central-1"),
        _ => refused(),
    }
}

fn google(head: &str) -> String {
    let right =
        head.starts_with("get /computemetadata/v1/instance/zone") && head.contains("metadata-flavor: google");
    if right { ok("projects/42/zones/europe-west9-a\n") } else { refused() }
}

fn azure(head: &str) -> String {
    let right = head.starts_with("get /metadata/instance/compute/location?api-version=")
        && head.contains("metadata: true");
    if right { ok("westeurope") } else { refused() }
}

/// Only Google's path answers; the others hang, as a packet filter would have it.
fn google_among_the_deaf(head: &str) -> String {
    if head.contains("computemetadata") { google(head) } else { String::new() }
}

fn hostile(head: &str) -> String {
    match head {
        _ if head.starts_with("put ") => ok(&"t".repeat(300)),
        _ if head.contains("computemetadata") => ok("projects/1/zones/\u{1b}[2Jeurope-west3-a"),
        _ => ok(&"westeurope".repeat(1000)),
    }
}

fn redirecting(_: &str) -> String {
    "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        .into()
}

async fn guessed(script: Script) -> (Option<(String, String)>, Vec<String>) {
    let stand_in = serve(script);
    let guess = cloud::guess(stand_in.at).await;
    let heads = stand_in.heads.lock().unwrap().clone();
    (guess.map(|guess| (guess.zone.to_string(), guess.source)), heads)
}

fn found(zone: &str, source: &str) -> (String, String) {
    (zone.into(), format!("the {source} (instance metadata)"))
}

#[tokio::test]
async fn each_provider_names_its_region() {
    assert_eq!(guessed(amazon).await.0, Some(found("DE", "AWS region eu-central-1")));
    assert_eq!(guessed(google).await.0, Some(found("FR", "Google Cloud region europe-west9")));
    assert_eq!(guessed(azure).await.0, Some(found("NL", "Azure region westeurope")));
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a deadline is measured")]
async fn the_deaf_are_not_waited_for() {
    let began = std::time::Instant::now();
    assert_eq!(guessed(google_among_the_deaf).await.0, Some(found("FR", "Google Cloud region europe-west9")));
    assert_eq!(guessed(|_| String::new()).await.0, None);
    // Two asked in turn; a loaded machine takes a little longer.
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test]
async fn an_answer_that_cannot_be_one_is_none() {
    assert_eq!(guessed(hostile).await.0, None);
    assert_eq!(guessed(|_| ok("atlantis-north-1")).await.0, None);
    assert_eq!(guessed(|_| refused()).await.0, None);
    let (guess, heads) = guessed(redirecting).await;
    assert_eq!(guess, None);
    assert_eq!(heads.len(), 3, "a redirect was followed: {heads:?}");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(cloud::guess(nobody).await, None);
}
