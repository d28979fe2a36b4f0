//! A control plane whose every word tries to steer the terminal: the sandbox's own, with its names rewritten.
#![expect(clippy::disallowed_methods, reason = "a stand-in runs beside the test")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use super::rig::{Left, Term, XTERM};
use crate::program::Served;

/// Titles, clears, colours in eight bits, reversed text, a fake prompt on a line of its own; as JSON escapes.
const EVIL: &str =
    "\\u001b]0;owned\\u0007\\u001b[2J\\u009b31m\\u202egnp\\u200b\\r\\n\\u0000$ rm \\u001b[?1000h";

/// What the sandbox calls its account and its clients.
const NAMES: [&str; 5] =
    ["Hamburg Depot", "Lyon Cold Store", "Zaragoza Workshop", "Sandbox", "technician@sandbox.example"];

/// Starts it in front of a sandbox; the path of a profile that leads to it.
pub fn before(sandbox: &Served, folder: &std::path::Path) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let api = format!("http://{host}");
    let behind = sandbox.at("api").strip_prefix("http://").unwrap().to_owned();
    let profile = std::fs::read_to_string(sandbox.at("profile")).unwrap().replace(sandbox.at("api"), &api);
    let path = folder.join("profile.toml");
    std::fs::write(&path, profile).unwrap();
    std::thread::spawn(move || {
        for near in listener.incoming().map_while(Result::ok) {
            let (near_name, behind) = (host.clone(), behind.clone());
            std::thread::spawn(move || pass(near, &near_name, &behind));
        }
    });
    path.to_str().unwrap().to_owned()
}

/// One request through, with the connection closed behind it.
fn pass(mut near: TcpStream, host: &str, behind: &str) -> Option<()> {
    let (head, mut body) = read_head(&mut near)?;
    let length = header(&head, "content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    let mut rest = vec![0; usize::saturating_sub(length, body.len())];
    near.read_exact(&mut rest).ok()?;
    body.extend(rest);
    let mut far = TcpStream::connect(behind).ok()?;
    let head = without(&head.replace(host, behind), &["connection:"]);
    write!(far, "{head}\r\nConnection: close\r\n\r\n").ok()?;
    far.write_all(&body).ok()?;
    let (head, mut body) = read_head(&mut far)?;
    far.read_to_end(&mut body).ok()?;
    let mut text = String::from_utf8(body).ok()?.replace(behind, host);
    for name in NAMES {
        text = text.replace(&format!("\"{name}\""), &format!("\"{EVIL}{name}\""));
    }
    let head = without(&head, &["connection:", "content-length:"]);
    write!(near, "{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}", text.len()).ok()
}

fn without(head: &str, names: &[&str]) -> String {
    let kept = |line: &&str| !names.iter().any(|name| line.to_lowercase().starts_with(name));
    head.lines().filter(kept).collect::<Vec<_>>().join("\r\n")
}

fn read_head(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let body = bytes.split_off(at + 4);
            return Some((String::from_utf8(bytes).ok()?.trim_end().to_owned(), body));
        }
        let length = stream.read(&mut buffer).ok().filter(|length| *length > 0)?;
        bytes.extend_from_slice(&buffer[..length]);
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        line.split_once(": ").filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    })
}

#[test]
fn names_that_try_to_steer_the_terminal_are_shown_as_text() {
    let sandbox = Served::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let profile = before(&sandbox, folder.path());
    let mut term =
        Term::start(XTERM, &["--profile-file", &profile, "--token-file", sandbox.at("token_file")]);
    term.wait_for("retired, not shown");
    assert!(term.contents().contains("]0;owned"), "{}", term.contents());
    term.keys("q");
    assert_eq!(term.left(), Left::clean(130));
}
