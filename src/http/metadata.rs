//! The metadata service of a cloud, at an address of the link: plain HTTP by its nature. No proxy, no name, no
//! redirect, a small answer or none.

use std::net::SocketAddr;

use reqwest::{Client, Method, redirect};

/// The most that an answer may hold, in bytes.
const CAP: usize = 4096;

/// The service at one address.
#[derive(Clone, Debug)]
pub struct Metadata {
    base: String,
    client: Client,
}

impl Metadata {
    /// A client for it; nothing is connected yet.
    pub fn new(at: SocketAddr) -> Option<Self> {
        // Whoever comes first installs it; all of this program uses the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .tls_certs_only(Vec::new());
        Some(Self { base: format!("http://{at}"), client: builder.build().ok()? })
    }

    /// The text of a GET, if it succeeded.
    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Option<String> {
        self.ask(Method::GET, path, headers).await
    }

    /// The text of a PUT without a body, if it succeeded.
    pub async fn put(&self, path: &str, headers: &[(&str, &str)]) -> Option<String> {
        self.ask(Method::PUT, path, headers).await
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Option<String> {
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.base));
        if method == Method::PUT {
            request = request.header("content-length", "0");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.send().await.ok()?;
        if response.status() != 200 {
            return None;
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.ok()? {
            if body.len() + chunk.len() > CAP {
                return None;
            }
            body.extend_from_slice(&chunk);
        }
        String::from_utf8(body).ok()
    }
}
