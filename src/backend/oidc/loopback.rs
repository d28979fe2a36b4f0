//! Waits for a browser on this machine to come back (RFC 8252 §7.3): a port of 127.0.0.1 that takes one answer,
//! says that the page may be closed, and is gone.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use zeroize::Zeroizing;

/// The path of the redirect address; a provider compares it, and leaves the port open (RFC 8252 §7.3).
pub(super) const PATH: &str = "/callback";
/// The longest request head that is read, in bytes.
const LONGEST: usize = 16 * 1024;
/// How long a connection may take to say what it wants; browsers open some that never say anything.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many connections are read at a time.
const AT_ONCE: usize = 8;
/// A port that takes no connection now is asked again after this.
const PAUSE: Duration = Duration::from_millis(100);

/// What the browser's page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// The answer was taken.
    Taken,
    /// The provider refused.
    Refused,
    /// Another sign-in's answer, or none.
    NotOurs,
    /// No page of this program.
    Nowhere,
}

impl Page {
    fn text(self) -> (&'static str, &'static str) {
        match self {
            Self::Taken => {
                ("200 OK", "The terminal has your answer. You may close this page and go back to it.")
            }
            Self::Refused => {
                ("200 OK", "The sign-in did not succeed. Close this page; the terminal says more.")
            }
            Self::NotOurs => {
                ("400 Bad Request", "This page does not belong to the sign-in that waits in the terminal.")
            }
            Self::Nowhere => ("404 Not Found", "There is nothing here."),
        }
    }
}

/// Serves until `read` takes the query of a request; then answers that one and closes the port.
pub(super) async fn answer<T>(
    listener: TcpListener,
    host: &str,
    mut read: impl FnMut(&str) -> (Page, Option<T>),
) -> T {
    let mut open = FuturesUnordered::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if open.len() < AT_ONCE => match accepted {
                Ok((stream, _)) => open.push(asked(stream, host)),
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
            Some(asked) = open.next() => {
                let Some((stream, query)) = asked else { continue };
                let (page, taken) = match query {
                    Some(query) => read(&query),
                    None => (Page::Nowhere, None),
                };
                say(stream, page).await;
                if let Some(taken) = taken {
                    return taken;
                }
            }
        }
    }
}

/// Reads the head of a request: the query, where it is for our page. Another name than ours in `Host` is a page
/// elsewhere that had its name point here (DNS rebinding).
async fn asked(mut stream: TcpStream, host: &str) -> Option<(TcpStream, Option<Zeroizing<String>>)> {
    let mut head = Zeroizing::new(Vec::with_capacity(LONGEST));
    let whole = async {
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            if head.len() >= LONGEST || stream.read_buf(&mut *head).await.ok()? == 0 {
                return None;
            }
        }
        Some(())
    };
    tokio::time::timeout(PATIENCE, whole).await.ok().flatten()?;
    let head = std::str::from_utf8(&head).ok()?;
    let mut lines = head.split("\r\n");
    let target = lines.next()?.strip_prefix("GET ").and_then(|rest| rest.strip_suffix(" HTTP/1.1"));
    let named =
        lines.filter_map(|line| line.split_once(':')).find(|(name, _)| name.eq_ignore_ascii_case("host"));
    let ours = named.is_some_and(|(_, value)| value.trim() == host);
    let query = target
        .and_then(|target| target.strip_prefix(PATH))
        .and_then(|rest| if rest.is_empty() { Some("") } else { rest.strip_prefix('?') })
        .filter(|_| ours)
        .map(|query| Zeroizing::new(query.to_owned()));
    Some((stream, query))
}

async fn say(mut stream: TcpStream, page: Page) {
    let (status, words) = page.text();
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>landfall</title><p>{words}</p></html>\n"
    );
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
         Content-Security-Policy: default-src 'none'\r\nX-Content-Type-Options: nosniff\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    // A browser that is gone already costs its page, not the sign-in.
    let _ = tokio::time::timeout(PATIENCE, async {
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await
    })
    .await;
}
