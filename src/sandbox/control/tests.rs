//! The control plane over real sockets, seen with the eyes of a client that shares nothing with it.

mod clients;
mod device;
mod guards;
mod pages;

use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

use super::*;

/// A control plane that is being served, and a client for it.
struct Served {
    control: Control,
    base: String,
    http: Client,
}

/// Serves these options; the polling pace is off so that no test waits.
async fn serve(options: ControlOptions) -> Served {
    // Another test may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let control = Control::new(ControlOptions { min_interval: 0, ..options });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let server = control.clone();
    tokio::spawn(async move { server.serve(listener).await });
    let http = Client::builder().no_proxy().tls_certs_only([]).user_agent("test/1.2.3 (linux/x86_64)");
    Served { control, base, http: http.build().expect("a client") }
}

impl Served {
    fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.base))
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.base))
    }

    fn patch(&self, path: &str) -> RequestBuilder {
        self.http.patch(format!("{}{path}", self.base)).bearer_auth(self.control.issued_token())
    }

    /// GET with the issued bearer.
    async fn read(&self, path: &str) -> (u16, Value) {
        told(self.get(path).bearer_auth(self.control.issued_token())).await
    }

    /// POST with the issued bearer.
    async fn write(&self, path: &str, body: &Value) -> (u16, Value) {
        told(self.post(path).bearer_auth(self.control.issued_token()).json(body)).await
    }

    /// The names of the audit events so far, with their clients.
    async fn events(&self) -> Vec<(String, Value)> {
        let (_, audit) = told(self.get("/audit")).await;
        let events = audit.as_array().expect("a list");
        events
            .iter()
            .map(|event| {
                assert_eq!(event["account"], json!(7001));
                (event["name"].as_str().expect("a name").to_owned(), event["client_id"].clone())
            })
            .collect()
    }
}

/// Sends, and reads status and JSON; every such reply has a date.
async fn told(request: RequestBuilder) -> (u16, Value) {
    let reply = request.send().await.expect("a reply");
    assert!(reply.headers().contains_key("date"));
    let status = reply.status().as_u16();
    let text = reply.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// A body to mint with.
fn mint(name: &str, cluster: &str) -> Value {
    json!({
        "first_name": name,
        "namespace": name.to_lowercase().replace(' ', "-"),
        "location": "DE",
        "password": "a long and random password",
        "cluster_id": cluster,
    })
}
