//! A kept session is for one origin, whatever the profile is called and whoever edited it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use super::rig::{Ran, landfall};
use super::session::{Person, is};

/// A server that takes every call down and says no; its address, and what it heard.
#[expect(clippy::disallowed_methods, reason = "a stand-in runs beside the test")]
fn listener() -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let into = heard.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map(Result::unwrap) {
            let mut call = [0; 8192];
            let length = stream.read(&mut call).unwrap_or(0);
            into.lock().unwrap().extend(&call[..length]);
            let _ =
                stream.write_all(b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        }
    });
    (address, heard)
}

#[test]
fn an_edited_profile_or_another_address_finds_nothing_to_send() {
    let person = Person::signed_in();
    let token = person.token();
    let (elsewhere, heard) = listener();
    let text = fs::read_to_string(person.sandbox.at("profile")).unwrap();
    let edited = person.home.path().join("edited.toml");
    fs::write(&edited, text.replace(person.sandbox.at("api"), &elsewhere)).unwrap();
    let edited = ["--profile-file", edited.to_str().unwrap()];
    let moved = ["--profile-file", person.sandbox.at("profile"), "--api", &elsewhere];
    for flags in [&edited[..], &moved] {
        for command in ["whoami", "enroll", "sign-out"] {
            let mut args = vec![command, "--json"];
            args.extend(flags);
            if command == "enroll" {
                args.extend(["--yes", "--expect-account", "1", "--budget", "5"]);
            }
            let ran = Ran::of(landfall(&args).env("HOME", person.home.path()).output().unwrap());
            for told in [r#""state":"signed-in""#, r#""event":"signed-in""#] {
                assert!(!ran.out.contains(told), "{ran:?}");
            }
        }
    }
    let heard = String::from_utf8_lossy(&heard.lock().unwrap()).into_owned();
    assert!(heard.contains("/device/code"), "it was never asked: {heard}");
    assert!(!heard.contains(&token) && !heard.to_lowercase().contains("authorization"), "{heard}");
    assert_eq!(person.whoami(), is(0, "signed-in"));
    assert!(person.accepted(&token));
}
