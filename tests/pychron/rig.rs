//! A served stand-in with a home folder of its own, and runs of the binary against it.
#![expect(clippy::disallowed_methods, reason = "a test starts processes and waits for them")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

pub use crate::program::{Ran, landfall};

/// A stand-in; ends with its test.
pub struct Stand {
    child: Child,
    place: Value,
}

impl Stand {
    pub fn start(args: &[&str]) -> Self {
        let args: Vec<&str> =
            ["sandbox", "--serve", "--backend", "pychron"].iter().chain(args).copied().collect();
        let mut child = landfall(&args).stdout(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        Self { child, place: serde_json::from_str(&first).unwrap() }
    }

    pub fn at(&self, what: &str) -> &str {
        self.place[what].as_str().unwrap()
    }

    /// A file below the home folder.
    pub fn home(&self, path: &str) -> PathBuf {
        Path::new(self.at("home")).join(path)
    }

    pub fn text(&self, path: &str) -> String {
        fs::read_to_string(self.home(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn mode(&self, path: &str) -> u32 {
        fs::symlink_metadata(self.home(path)).unwrap().mode() & 0o777
    }

    pub fn command(&self, more: &[&str]) -> Command {
        let mut flags = vec!["--profile-file", self.at("profile")];
        flags.extend(more);
        landfall(&flags)
    }

    pub fn run(&self, more: &[&str]) -> Ran {
        Ran::of(self.command(more).output().unwrap())
    }

    /// A run that asks nothing, told in JSON.
    pub fn enroll(&self, more: &[&str]) -> Ran {
        let mut flags = vec!["--yes", "--json"];
        flags.extend(more);
        self.run(&flags)
    }

    /// `landfall workstation WHAT`
    pub fn later(&self, what: &str, more: &[&str]) -> Ran {
        let mut flags = vec!["workstation", what, "--profile-file", self.at("profile")];
        flags.extend(more);
        Ran::of(landfall(&flags).output().unwrap())
    }

    /// Spoken by hand: the judge shares nothing with the program.
    pub fn http(&self, head: &str, body: &str) -> (u16, String) {
        let host = self.at("api").strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let length = body.len();
        write!(
            stream,
            "{head}\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        let status = reply.split(' ').nth(1).unwrap().parse().unwrap();
        (status, reply.split_once("\r\n\r\n").unwrap().1.to_owned())
    }

    /// What happened at the server, a word each.
    pub fn audit(&self) -> Vec<String> {
        serde_json::from_str(&self.http("GET /audit HTTP/1.1", "").1).unwrap()
    }

    /// An administrator answers on the page, as a browser would: reads the form, then sends it.
    pub fn answer(&self, code: &str, answer: &str) {
        let (_, page) = self.http(&format!("GET /admin?code={code} HTTP/1.1"), "");
        let form = page.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let body = format!(
            "code={code}&form={form}&lab=NMGRL&technician=t%40lab.example&scopes=workstations%3Aregister_ssh_key&answer={answer}"
        );
        let head = "POST /admin HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
        let (status, page) = self.http(head, &body);
        assert!(status == 200 && page.contains("Done"), "{page}");
    }

    /// The private key's file; the host's name is this machine's.
    pub fn key(&self) -> String {
        let name = fs::read_dir(self.home(".pychron/keys")).unwrap();
        let mut names = name.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let name = names.find(|name| name.starts_with("pychron_") && !name.contains(".pub")).unwrap();
        format!(".pychron/keys/{name}")
    }

    /// The token as it rests.
    pub fn token(&self) -> String {
        self.text(".pychron/tokens/NMGRL")
    }

    /// Every file below the home folder.
    pub fn files(&self) -> Vec<String> {
        fn walk(at: &Path, root: &Path, found: &mut Vec<String>) {
            for entry in fs::read_dir(at).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, root, found);
                } else {
                    found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        let mut found = Vec::new();
        walk(Path::new(self.at("home")), Path::new(self.at("home")), &mut found);
        found.sort();
        found
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// The first event of a kind.
pub fn event(ran: &Ran, kind: &str) -> Value {
    ran.events()
        .into_iter()
        .find(|event| event["event"] == kind)
        .unwrap_or_else(|| panic!("no {kind}: {ran:?}"))
}

pub fn has(ran: &Ran, kind: &str) -> bool {
    ran.events().iter().any(|event| event["event"] == kind)
}
