//! An answer: its head, its body, and what can be told from them.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{CONTENT_TYPE, DATE, LOCATION, RETRY_AFTER};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;
use zeroize::Zeroizing;

/// What a server answered. The body may hold a token: it is wiped on drop and has no Debug.
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// The server's own time (its `Date` header).
    pub date: Option<Timestamp>,
    /// How long it asks to wait (RFC 9110 §10.2.3); a date is read against its own `Date`.
    pub retry_after: Option<Duration>,
    /// The media type, in lower case and without parameters; empty if none was given.
    pub media: String,
    /// The body, bounded; empty if it was not asked for.
    pub body: Zeroizing<Vec<u8>>,
}

impl Answered {
    pub(super) fn head(response: &reqwest::Response) -> Self {
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let date = header(DATE).and_then(http_date);
        Self {
            status: response.status().as_u16(),
            date,
            retry_after: header(RETRY_AFTER).and_then(|raw| retry_after(raw, date)),
            media: media(header(CONTENT_TYPE).unwrap_or_default()),
            body: Zeroizing::default(),
        }
    }

    /// 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A status that another try may better.
    pub fn may_pass(&self) -> bool {
        matches!(self.status, 408 | 429 | 500..=599)
    }

    /// Whether this is a page for people where the API speaks JSON.
    pub fn is_page(&self) -> bool {
        matches!(self.media.as_str(), "text/html" | "application/xhtml+xml")
            || self.body.trim_ascii_start().starts_with(b"<")
    }

    /// The body as JSON, whatever its media type says.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body as a JSON object of a type that moves its secrets out. An array is no object, although serde
    /// would fill a struct from one.
    pub fn object<T: DeserializeOwned>(&self) -> Option<T> {
        let object = self.body.trim_ascii_start().starts_with(b"{");
        object.then(|| serde_json::from_slice(&self.body).ok()).flatten()
    }

    /// The page's title, or else its first words. Foreign text, not yet neutralised.
    pub fn title(&self) -> String {
        let page = String::from_utf8_lossy(&self.body);
        // Lower-casing ASCII only keeps every index valid for the original.
        let lower = page.to_ascii_lowercase();
        let title = lower.find("<title").and_then(|at| {
            let from = at + lower.get(at..)?.find('>')? + 1;
            let to = from + lower.get(from..)?.find("</title")?;
            page.get(from..to)
        });
        match title {
            Some(title) if !title.trim().is_empty() => title.chars().take(120).collect(),
            _ => words(&page),
        }
    }
}

/// Where a redirect leads, if the answer is one that names a place.
pub(super) fn redirect(response: &reqwest::Response, from: &Url) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    from.join(response.headers().get(LOCATION)?.to_str().ok()?).ok()
}

/// A text field of a JSON object.
pub(super) fn field(body: &[u8], name: &str) -> Option<String> {
    let object: Value = serde_json::from_slice(body).ok()?;
    object.get(name)?.as_str().map(str::to_owned)
}

/// The first words of a page, without its tags.
fn words(page: &str) -> String {
    let mut inside = false;
    page.chars()
        .take(4096)
        .filter_map(|c| match c {
            '<' => {
                inside = true;
                Some(' ')
            }
            '>' => {
                inside = false;
                None
            }
            c => (!inside).then_some(c),
        })
        .take(120)
        .collect()
}

fn media(raw: &str) -> String {
    raw.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn http_date(raw: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(raw.trim()).ok()
}

fn retry_after(raw: &str, now: Option<Timestamp>) -> Option<Duration> {
    let raw = raw.trim();
    if !raw.is_empty() && raw.bytes().all(|b| b.is_ascii_digit()) {
        return Some(Duration::from_secs(raw.parse().unwrap_or(u64::from(u32::MAX))));
    }
    let wait = http_date(raw)?.duration_since(now?);
    Some(Duration::try_from(wait).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = http_date("Sun, 06 Nov 1994 08:49:37 GMT");
        assert!(now.is_some());
        let seconds = |n| Some(Duration::from_secs(n));
        for (raw, now, wait) in [
            ("7", now, seconds(7)),
            (" 0 ", None, seconds(0)),
            ("99999999999999999999999", None, seconds(u64::from(u32::MAX))),
            ("Sun, 06 Nov 1994 08:50:37 GMT", now, seconds(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", now, seconds(0)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", None, None),
            ("-3", now, None),
            ("1.5", now, None),
            ("soon", now, None),
            ("", now, None),
        ] {
            assert_eq!(retry_after(raw, now), wait, "{raw:?}");
        }
    }

    fn page(media: &str, body: &str) -> Answered {
        let body = Zeroizing::new(body.as_bytes().to_vec());
        Answered { status: 200, date: None, retry_after: None, media: media.into(), body }
    }

    #[test]
    fn a_page_is_known_by_its_type_or_its_first_letter() {
        assert!(page("text/html", "{}").is_page());
        assert!(page("", "  \n<!doctype html>").is_page());
        assert!(!page("application/json", "{\"a\":\"<b>\"}").is_page());
        assert!(!page("", "").is_page());
    }

    #[test]
    fn a_page_is_told_by_its_title_or_first_words() {
        for (body, title) in [
            ("<html><TITLE lang=de>Hotel Wi-Fi</Title><p>x", "Hotel Wi-Fi"),
            ("<html><title> </title><h1>Please log in</h1>", "Please log in"),
            ("<title>never closed", "never closed"),
            ("<title", ""),
            ("Bad Gateway", "Bad Gateway"),
            ("İ<title>dotted</title>", "dotted"),
        ] {
            let told = page("text/html", body).title();
            assert_eq!(told.split_whitespace().collect::<Vec<_>>().join(" "), title, "{body}");
        }
    }
}
