//! A relay between the program and a sandbox, which takes down every byte: what passed there is known to be secret,
//! and is then looked for everywhere else.
#![expect(clippy::disallowed_methods, reason = "a relay runs beside the test")]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A running relay; it ends with the process.
pub struct Tap {
    address: String,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    /// A relay to that address, host and port.
    pub fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (server, own, into) = (server.to_owned(), address.clone(), heard.clone());
        thread::spawn(move || {
            for near in listener.incoming().map(Result::unwrap) {
                let far = TcpStream::connect(&server).unwrap();
                // The sandbox answers to its own name only, and its answers name that one.
                let names = (own.clone(), server.clone());
                relay(near.try_clone().unwrap(), far.try_clone().unwrap(), Some(names), into.clone());
                relay(far, near, None, into.clone());
            }
        });
        Self { address, heard }
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The values that JSON passed under that name, each once.
    pub fn values(&self, name: &str) -> Vec<String> {
        let heard = String::from_utf8_lossy(&self.heard.lock().unwrap()).into_owned();
        let mut found: Vec<String> = heard
            .split(&format!("\"{name}\":\""))
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()))
            .collect();
        found.sort();
        found.dedup();
        found
    }
}

/// Carries bytes one way until they end; the first name is replaced by the second.
fn relay(
    mut from: TcpStream,
    mut to: TcpStream,
    names: Option<(String, String)>,
    heard: Arc<Mutex<Vec<u8>>>,
) {
    thread::spawn(move || {
        let mut part = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut part) {
            let mut bytes = part[..length].to_vec();
            if let Some((near, far)) = &names {
                bytes = String::from_utf8(bytes).unwrap().replace(near, far).into_bytes();
            }
            heard.lock().unwrap().extend(&bytes);
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
}
