//! Runs the binary, and a sandbox of its own for each test.
#![expect(clippy::disallowed_methods, reason = "a test starts processes and waits for them")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;

/// The binary, with an environment that says nothing about this machine.
pub fn landfall(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
    command
        .args(args)
        .env_clear()
        .env("TZ", "Europe/Berlin")
        .env("LC_ALL", "C.UTF-8")
        .env("HOME", format!("{}/home-{}", env!("CARGO_TARGET_TMPDIR"), std::process::id()));
    command.stdin(Stdio::null());
    command
}

/// Runs until the line that names the stage, then kills it with SIGKILL; whether the stage was reached.
pub fn killed_at(sandbox: &Served, stage: &str) -> bool {
    let mut child = landfall(&sandbox.flags(&[])).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let reached = lines.map_while(Result::ok).any(|line| line.contains(stage));
    child.kill().unwrap();
    child.wait().unwrap();
    reached
}

/// Runs it to its end.
pub fn run(args: &[&str]) -> Ran {
    Ran::of(landfall(args).output().unwrap())
}

/// Runs it to its end with a home of its own.
pub fn run_in(home: &std::path::Path, args: &[&str]) -> Ran {
    Ran::of(landfall(args).env("HOME", home).output().unwrap())
}

/// What a run left.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The JSON lines, each checked to be one of ours.
    pub fn events(&self) -> Vec<Value> {
        let events: Vec<Value> = self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(events.iter().all(|event| event["v"] == 1 && event["event"].is_string()), "{}", self.out);
        events
    }
}

/// A served sandbox; ends with its test.
pub struct Served {
    child: Child,
    place: Value,
}

impl Served {
    pub fn start(args: &[&str]) -> Self {
        let args: Vec<&str> = ["sandbox", "--serve"].iter().chain(args).copied().collect();
        let mut child = landfall(&args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        Self { child, place: serde_json::from_str(&first).unwrap() }
    }

    pub fn at(&self, what: &str) -> &str {
        self.place[what].as_str().unwrap()
    }

    /// The flags of an unattended run with an issued token, with more behind them.
    pub fn flags<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let mut flags = vec!["--profile-file", self.at("profile"), "--token-file", self.at("token_file")];
        flags.extend(["--yes", "--json", "--hold", "0"]);
        flags.extend(more);
        flags
    }

    pub fn enroll(&self, more: &[&str]) -> Ran {
        run(&self.flags(more))
    }

    /// GET, with the issued token, spoken by hand: the judge shares nothing with the program.
    pub fn get(&self, path: &str) -> Value {
        let token = std::fs::read_to_string(self.at("token_file")).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nAuthorization: Bearer {token}");
        serde_json::from_str(&self.http(&head, "").1).unwrap()
    }

    /// Whether the control plane takes a machine credential.
    pub fn accepts(&self, username: &str, password: &str) -> bool {
        let form = format!("username={username}&password={password}");
        let head = "POST /api-token-auth/ HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
        self.http(head, &form).0 == 200
    }

    /// The status of a call with that head, spoken by hand.
    pub fn status(&self, head: &str) -> u16 {
        self.http(head, "").0
    }

    fn http(&self, head: &str, body: &str) -> (u16, String) {
        Self::ask(self.at("api"), head, body)
    }

    fn ask(base: &str, head: &str, body: &str) -> (u16, String) {
        let host = base.strip_prefix("http://").unwrap();
        Self::talk(TcpStream::connect(host).unwrap(), host, head, body)
    }

    /// The same by TLS, trusting only the authority of the kubeconfig.
    fn ask_cluster(&self, head: &str, body: &str) -> (u16, String) {
        let config = std::fs::read_to_string(self.at("kubeconfig")).unwrap();
        let config: Value = serde_saphyr::from_str(&config).unwrap();
        let cluster = &config["clusters"][0]["cluster"];
        let host = cluster["server"].as_str().unwrap().strip_prefix("https://").unwrap();
        let pem = debase(cluster["certificate-authority-data"].as_str().unwrap());
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(&pem).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let trust =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let trust = Arc::new(trust.with_root_certificates(roots).with_no_client_auth());
        let name = host.split(':').next().unwrap().to_owned().try_into().unwrap();
        let tls = ClientConnection::new(trust, name).unwrap();
        let stream = StreamOwned::new(tls, TcpStream::connect(host).unwrap());
        let token = config["users"][0]["user"]["token"].as_str().unwrap();
        Self::talk(stream, host, &format!("{head}\r\nAuthorization: Bearer {token}"), body)
    }

    fn talk(mut stream: impl Read + Write, host: &str, head: &str, body: &str) -> (u16, String) {
        write!(
            stream,
            "{head}\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        let status = reply.split(' ').nth(1).unwrap().parse().unwrap();
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        (status, if chunked { dechunk(body) } else { body.to_owned() })
    }

    /// An object of the cluster, read with the kubeconfig's token.
    pub fn cluster(&self, path: &str) -> (u16, Value) {
        let (status, body) = self.ask_cluster(&format!("GET {path} HTTP/1.1"), "");
        (status, serde_json::from_str(&body).unwrap())
    }

    /// PATCHes a client at the control plane; the status.
    pub fn patch(&self, id: &Value, change: &Value) -> u16 {
        let token = std::fs::read_to_string(self.at("token_file")).unwrap();
        let head = format!("PATCH /edge-device/{id}/ HTTP/1.1\r\nAuthorization: Bearer {token}");
        self.http(&format!("{head}\r\nContent-Type: application/json"), &change.to_string()).0
    }

    /// POSTs an object to the cluster; the status.
    pub fn put(&self, path: &str, object: &Value) -> u16 {
        let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/json");
        self.ask_cluster(&head, &object.to_string()).0
    }

    pub fn cluster_id(&self) -> String {
        let (_, kube_system) = self.cluster("/api/v1/namespaces/kube-system");
        kube_system["metadata"]["uid"].as_str().unwrap().to_owned()
    }

    /// The system UUID of the cluster's node.
    pub fn machine(&self) -> String {
        let (_, nodes) = self.cluster("/api/v1/nodes");
        nodes["items"][0]["status"]["nodeInfo"]["systemUUID"].as_str().unwrap().to_owned()
    }

    /// How many clients of the account hold this cluster.
    pub fn clients_here(&self) -> Vec<Value> {
        let id = self.cluster_id();
        let mut rows = Vec::new();
        for page in 1.. {
            let list = self.get(&format!("/edge-device/?page={page}"));
            rows.extend(
                list["results"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|row| row["cluster_id"] == id.as_str())
                    .cloned(),
            );
            if list["next"].is_null() {
                break;
            }
        }
        rows
    }

    /// The credential that the release holds.
    pub fn credential(&self, namespace: &str) -> Option<(String, String)> {
        let (status, secret) =
            self.cluster(&format!("/api/v1/namespaces/{namespace}/secrets/{namespace}-secrets"));
        let text = |key: &str| String::from_utf8(debase(secret["data"][key].as_str().unwrap())).unwrap();
        (status == 200).then(|| (text("CLIENT_ID"), text("CLIENT_PASSWORD")))
    }

    /// The Jobs that pull images which are left.
    pub fn pulls(&self) -> Vec<String> {
        self.names("/apis/batch/v1/namespaces/kube-system/jobs")
    }

    /// The names in a list of the cluster.
    pub fn names(&self, path: &str) -> Vec<String> {
        let (_, list) = self.cluster(path);
        let names =
            list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].as_str().unwrap());
        names.map(str::to_owned).collect()
    }

    /// The write-ahead records that are left.
    pub fn records(&self) -> Vec<String> {
        let mut names = self.names("/api/v1/namespaces/kube-system/secrets");
        names.retain(|name| name.starts_with("landfall"));
        names
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // SIGTERM, so that it removes its files; a test that failed should not leave processes either.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

fn dechunk(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            break;
        }
        whole.push_str(&rest[..size]);
        body = &rest[size + 2..];
    }
    whole
}

/// A text in base64, as a Secret holds it.
pub fn base(text: &str) -> String {
    let digit = |bits: u32| char::from(LETTERS[usize::try_from(bits & 63).unwrap()]);
    let mut out = String::new();
    for three in text.as_bytes().chunks(3) {
        let bits = three.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        let digits = [18, 12, 6, 0].map(|shift| digit(bits >> shift));
        out.extend(&digits[..=three.len()]);
        out.extend(std::iter::repeat_n('=', 3 - three.len()));
    }
    out
}

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn debase(text: &str) -> Vec<u8> {
    let (mut bits, mut held, mut out) = (0u32, 0, Vec::new());
    for letter in text.bytes().filter(|b| *b != b'=') {
        let value = LETTERS.iter().position(|l| *l == letter).unwrap();
        bits = bits << 6 | u32::try_from(value).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    out
}
