//! A stand-in server: raw bytes over a loopback socket, one request a connection.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request as it came over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Method and path with query.
    pub call: String,
    /// Header lines; the names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Seen {
    /// A header, if it was sent.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What the stand-in does with a request.
pub enum Act {
    /// Writes this and closes.
    Say(Vec<u8>),
    /// Writes this and stays silent, with the connection open.
    Hang(Vec<u8>),
    /// Writes the first, then the second again and again.
    Endless(Vec<u8>, Vec<u8>),
    /// Writes the first, then one byte of the second every so many milliseconds.
    Drip(Vec<u8>, Vec<u8>, u64),
}

/// An answer with a JSON body.
pub fn json(status: u16, body: &Value) -> Act {
    answer(status, "Content-Type: application/json\r\n", &body.to_string())
}

/// A page.
pub fn html(status: u16, body: &str) -> Act {
    answer(status, "Content-Type: text/html; charset=utf-8\r\n", body)
}

/// An answer with these header lines, each with its line end.
pub fn answer(status: u16, headers: &str, body: &str) -> Act {
    let length = body.len();
    Act::Say(
        format!(
            "HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .into_bytes(),
    )
}

/// A recorded answer.
pub fn recorded(name: &str) -> Act {
    let (status, body) = fixture(name);
    if body.is_null() { answer(status, "", "") } else { json(status, &body) }
}

/// Status and body of a recorded answer.
pub fn fixture(name: &str) -> (u16, Value) {
    let path = format!("{}/tests/wire/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let whole: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    (u16::try_from(whole["status"].as_u64().unwrap()).unwrap(), whole["body"].clone())
}

/// A running stand-in; it ends with this value.
pub struct Peer {
    port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Peer {
    /// Answers each request by `act`, told how many came before it.
    #[expect(clippy::disallowed_methods, reason = "a stand-in server runs beside the test")]
    pub async fn start(act: impl Fn(&Seen, usize) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (log, act) = (seen.clone(), Arc::new(act));
        let task = tokio::spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (log, act) = (log.clone(), act.clone());
                open.spawn(async move {
                    let mut stream = stream;
                    if let Some(request) = read(&mut stream).await {
                        let act = {
                            let mut log = log.lock().unwrap();
                            log.push(request.clone());
                            act(&request, log.len() - 1)
                        };
                        perform(&mut stream, act).await;
                    }
                });
            }
        });
        Self { port, seen, task }
    }

    /// Answers everything in the same way, but the question for extensions with 404.
    pub async fn always(act: impl Fn() -> Act + Send + Sync + 'static) -> Self {
        Self::start(move |seen, _| match seen.call.as_str() {
            "GET /.well-known/landfall" => json(404, &Value::Null),
            _ => act(),
        })
        .await
    }

    /// Its address with that path.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Host and port, as sentences name them.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What came, apart from the question for extensions.
    pub fn seen(&self) -> Vec<Seen> {
        let all = self.seen.lock().unwrap();
        all.iter().filter(|seen| !seen.call.ends_with("/.well-known/landfall")).cloned().collect()
    }

    /// Method and path of what came, apart from the question for extensions.
    pub fn calls(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.call).collect()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut raw = Vec::new();
    let end = loop {
        if let Some(at) = raw.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut raw).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(raw[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let call = lines.next().unwrap().strip_suffix(" HTTP/1.1").unwrap().to_owned();
    let headers: Vec<_> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .map_or(0, |(_, value)| value.parse().unwrap());
    while raw.len() < end + 4 + length {
        if stream.read_buf(&mut raw).await.ok()? == 0 {
            return None;
        }
    }
    Some(Seen { call, headers, body: String::from_utf8(raw[end + 4..].to_vec()).unwrap() })
}

async fn perform(stream: &mut TcpStream, act: Act) {
    match act {
        Act::Say(raw) => {
            let _ = stream.write_all(&raw).await;
            let _ = stream.shutdown().await;
        }
        Act::Hang(raw) => {
            let _ = stream.write_all(&raw).await;
            std::future::pending::<()>().await;
        }
        Act::Endless(head, chunk) => {
            let _ = stream.write_all(&head).await;
            while stream.write_all(&chunk).await.is_ok() {}
        }
        Act::Drip(head, body, every) => {
            let _ = stream.write_all(&head).await;
            for byte in body {
                tokio::time::sleep(std::time::Duration::from_millis(every)).await;
                if stream.write_all(&[byte]).await.is_err() {
                    return;
                }
            }
        }
    }
}
