//! The dialect on the wire, heard by a peer that knows nothing of the program.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;

use super::rig::{Ran, event, landfall};

/// Answers one call after the other from a list, and hands out what was asked.
#[expect(clippy::disallowed_methods, reason = "the peer is another machine")]
fn peer(answers: Vec<(u16, String)>) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (to, from) = mpsc::channel();
    std::thread::spawn(move || {
        for (status, body) in answers {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).unwrap() == 0 || line == "\r\n" {
                    break;
                }
                if let Some(said) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = said.trim().parse().unwrap();
                }
                head.push_str(&line);
            }
            let mut sent = vec![0; length];
            reader.read_exact(&mut sent).unwrap();
            let _ = to.send(format!("{head}\n{}", String::from_utf8_lossy(&sent)));
            let _ = write!(
                stream,
                "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    });
    (base, from)
}

fn run(base: &str, home: &std::path::Path) -> Ran {
    let profile = home.join("p.toml");
    std::fs::write(&profile, format!("api = \"{base}///\"\nbackend = \"pychron\"\n")).unwrap();
    let flags = ["--profile-file", profile.to_str().unwrap(), "--json", "--yes", "--secret-store", "file"];
    Ran::of(landfall(&flags).env("HOME", home).output().unwrap())
}

fn code(interval: &str) -> String {
    format!(
        "{{\"device_code\":\"dev-1\",\"user_code\":\"AB-12\",\"verification_url\":\"http://127.0.0.1/a\",\
         \"verification_url_complete\":\"http://127.0.0.1/a?c=AB-12\",\"expires_at\":\"2099-05-09T12:00:00Z\",\
         \"interval_seconds\":{interval}}}"
    )
}

#[test]
fn p03_p06_p07_the_calls_are_as_the_reference_has_them() {
    let home = tempfile::tempdir().unwrap();
    let answers = vec![(201, code("1")), (425, "ignored".into()), (403, "{}".into())];
    let (base, asked) = peer(answers);
    let ran = run(&base, home.path());
    assert_eq!(event(&ran, "failed")["fault"], "sign-in-declined", "{ran:?}");
    let (start, poll) = (asked.recv().unwrap(), asked.recv().unwrap());
    assert!(start.starts_with("POST /api/v1/forgejo/device-codes HTTP/1.1\r\n"), "{start}");
    assert!(poll.starts_with("POST /api/v1/forgejo/device-codes/poll HTTP/1.1\r\n"), "{poll}");
    for call in [&start, &poll] {
        let head = call.to_ascii_lowercase();
        assert!(!head.contains("authorization:") && head.contains("accept: application/json"), "{call}");
        assert!(head.contains("content-type: application/json"), "{call}");
    }
    let body: serde_json::Value = serde_json::from_str(start.lines().last().unwrap()).unwrap();
    let key = body["public_key"].as_str().unwrap();
    assert!(
        key.starts_with("ssh-ed25519 AAAA") && key.contains(" pychron-") && !key.ends_with('\n'),
        "{key}"
    );
    assert!(!body["hostname"].as_str().unwrap().is_empty());
    assert_eq!(body.as_object().unwrap().len(), 2);
    assert_eq!(poll.lines().last().unwrap(), "{\"device_code\":\"dev-1\"}");
}

#[test]
fn p08_six_in_a_row_are_borne_and_the_seventh_is_told() {
    let home = tempfile::tempdir().unwrap();
    // Two that pass, then pending, then seven: the pending one takes the count back.
    let mut answers = vec![(201, code("1")), (503, "{}".into()), (404, "{}".into()), (425, String::new())];
    answers.extend((0..7).map(|_| (504, "{\"detail\":\"late\"}".into())));
    let (base, asked) = peer(answers);
    let ran = run(&base, home.path());
    let failed = event(&ran, "failed");
    assert_eq!((&failed["fault"], &failed["status"]), (&"server".into(), &504.into()), "{ran:?}");
    assert_eq!(asked.iter().count(), 11);
}

#[test]
fn p08_a_success_that_is_no_json_is_asked_again_and_500_is_not() {
    let home = tempfile::tempdir().unwrap();
    let (base, asked) = peer(vec![(201, code("1")), (200, "<html>".into()), (500, "{}".into())]);
    let ran = run(&base, home.path());
    assert_eq!(event(&ran, "failed")["fault"], "mint-failed", "{ran:?}");
    assert_eq!(asked.iter().count(), 3);
}

#[test]
fn p07_a_success_without_token_or_lab_is_an_end() {
    let home = tempfile::tempdir().unwrap();
    let (base, _asked) = peer(vec![(201, code("0")), (200, "{\"lab\":\"X\"}".into())]);
    let ran = run(&base, home.path());
    assert_eq!(event(&ran, "failed")["fault"], "bad-reply", "{ran:?}");
    let (base, _asked) = peer(vec![(201, code("null")), (200, "{\"api_token\":\"pcy_canary\"}".into())]);
    let ran = run(&base, home.path());
    let failed = event(&ran, "failed");
    assert_eq!(failed["fault"], "bad-grant", "{ran:?}");
    // A token that was minted is not lost, and not said.
    assert!(!ran.out.contains("pcy_canary"));
    let kept = home.path().join(".pychron/tokens/recovered-default");
    assert_eq!(std::fs::read_to_string(kept).unwrap(), "pcy_canary");
}

#[test]
fn p08_what_the_server_says_is_cut_at_200_characters() {
    let home = tempfile::tempdir().unwrap();
    let (base, _asked) = peer(vec![(400, format!("{{\"detail\":\"{}\"}}", "x".repeat(900)))]);
    let ran = run(&base, home.path());
    let said = event(&ran, "failed")["said"].as_str().unwrap().to_owned();
    assert!(said.chars().count() <= 200 && said.ends_with("..."), "{said}");
}
