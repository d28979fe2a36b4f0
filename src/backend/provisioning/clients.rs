//! The account's clients: the list in pages, one by id, and its presence.

use std::sync::atomic::Ordering;

use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::{Provisioning, fields};
use crate::error::Fault;
use crate::http::{Call, LIST};
use crate::model::{Client, ClientPage, Presence};
use crate::secret::SecretRef;

/// The most pages of one list that are read.
const PAGES: u32 = 1000;
/// The most rows of one page that are read.
const ROWS: usize = 5000;

impl Provisioning {
    /// One page. A page that cannot be read whole is an error: a list with a hole in it could make a second
    /// identity.
    pub(super) async fn page(&self, session: SecretRef, next: Option<&str>) -> Result<ClientPage, Fault> {
        let token = self.token(session)?;
        let path = match next {
            None => {
                self.pages.store(1, Ordering::Relaxed);
                "edge-device/".to_owned()
            }
            Some(next) => {
                if self.pages.fetch_add(1, Ordering::Relaxed) >= PAGES {
                    return Err(bad(format!("the list of clients has more than {PAGES} pages")));
                }
                self.below_base(next)?
            }
        };
        let answered = self
            .http
            .send(Call::get(&path).bearer(&token).cap(LIST))
            .await
            .map_err(|trouble| trouble.fault)?;
        let mut body = self.success(&answered)?;
        let (rows, count, next) = match body.take() {
            // All there is, in one piece. Later in a chain it would drop the pages before it.
            Value::Array(rows) if next.is_none() => {
                let count = Some(rows.len() as u64);
                (rows, count, None)
            }
            Value::Object(mut page) => {
                let Some(Value::Array(rows)) = page.remove("results") else {
                    return Err(bad("the list of clients has no rows"));
                };
                let count = page.get("count").and_then(fields::whole);
                (rows, count, self.next_page(page.get("next").unwrap_or(&Value::Null))?)
            }
            _ => return Err(bad("the list of clients has another form than the API's")),
        };
        if rows.len() > ROWS {
            return Err(bad(format!("a page of the list of clients has more than {ROWS} rows")));
        }
        let rows: Result<Vec<_>, _> = rows.iter().map(|row| fields::client(&self.http, row)).collect();
        Ok(ClientPage { rows: rows.map_err(bad)?, count, next })
    }

    /// Path and query of the next page; the host it names is not looked at.
    fn next_page(&self, next: &Value) -> Result<Option<String>, Fault> {
        match next {
            Value::Null => Ok(None),
            Value::String(raw) if raw.is_empty() => Ok(None),
            Value::String(raw) => {
                let url = self.http.base().join(raw).map_err(|_| bad("the next page has no address"))?;
                if !matches!(url.scheme(), "http" | "https") {
                    return Err(bad("the next page has no address"));
                }
                let next = match url.query() {
                    Some(query) => format!("{}?{query}", url.path()),
                    None => url.path().to_owned(),
                };
                self.below_base(&next)?;
                Ok(Some(next))
            }
            _ => Err(bad("the next page has no address")),
        }
    }

    /// Takes the base path off a path and query, and refuses what is not below it. A server behind a proxy
    /// may not know of the base path; its list is then told by its own name.
    fn below_base(&self, next: &str) -> Result<String, Fault> {
        let outside = || bad("the next page lies outside the API");
        let base = self.http.base();
        // Parsed again, so that dot segments are gone before anything is compared.
        let url: Url = base.join(next).map_err(|_| outside())?;
        let path = match url.path().strip_prefix(base.path()) {
            Some(path) => path,
            None if url.path().starts_with("/edge-device/") => url.path().trim_start_matches('/'),
            None => return Err(outside()),
        };
        Ok(match url.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        })
    }

    /// One client and the server's time, or none of that id.
    pub(super) async fn one_client(
        &self,
        session: SecretRef,
        id: u64,
    ) -> Result<Option<(Client, Option<Timestamp>)>, Fault> {
        let token = self.token(session)?;
        let path = format!("edge-device/{id}/");
        let answered =
            self.http.send(Call::get(&path).bearer(&token)).await.map_err(|trouble| trouble.fault)?;
        if answered.status == 404 && !answered.is_page() {
            return Ok(None);
        }
        let row = self.success(&answered)?;
        let client = fields::client(&self.http, &row).map_err(bad)?;
        if client.id != id {
            return Err(bad("it is about another client than was asked for"));
        }
        Ok(Some((client, answered.date)))
    }

    pub(super) async fn heard_of(&self, session: SecretRef, id: u64) -> Result<Presence, Fault> {
        let Some((client, server_now)) = self.one_client(session, id).await? else {
            return Err(Fault::Server {
                host: self.http.host().clone(),
                status: 404,
                said: "no such client".into(),
            });
        };
        Ok(Presence { state: client.state, last_heard: client.last_heard, server_now })
    }
}

fn bad(why: impl Into<crate::foreign::Text>) -> Fault {
    Fault::BadReply { why: why.into() }
}
