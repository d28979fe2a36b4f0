//! Proxy variables: which one counts for an address, and what is wrong with them.

use url::Url;
use zeroize::Zeroizing;

use super::Subject;
use crate::doctor::facts::{ProxyProblem, ProxyVariable, bypasses};
use crate::foreign::Text;

/// A proxy as it is used.
pub struct Proxy {
    /// The variable that names it.
    pub variable: &'static str,
    /// Its address. Holds a login, perhaps.
    pub url: Url,
}

impl Proxy {
    /// Host and port.
    pub fn shown(&self) -> Text {
        shown(&self.url)
    }

    /// User and password, decoded, if there are any.
    pub fn login(&self) -> Option<(Zeroizing<String>, Zeroizing<String>)> {
        let user = self.url.username();
        (!user.is_empty()).then(|| (decoded(user), decoded(self.url.password().unwrap_or_default())))
    }
}

fn shown(url: &Url) -> Text {
    let host = url.host_str().unwrap_or_default();
    Text::within(&format!("{host}:{}", url.port_or_known_default().unwrap_or(80)), 120)
}

/// A text without its percent signs (RFC 3986 §2.1).
fn decoded(raw: &str) -> Zeroizing<String> {
    let bytes = raw.as_bytes();
    let mut out = Zeroizing::new(Vec::with_capacity(bytes.len()));
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let two = raw.get(at + 1..at + 3).and_then(|two| u8::from_str_radix(two, 16).ok());
        if let (b'%', Some(two)) = (byte, two) {
            out.push(two);
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    Zeroizing::new(String::from_utf8_lossy(&out).into_owned())
}

/// The address in a variable; one without a scheme is meant as http, as curl has it.
fn address(raw: &str) -> Option<Url> {
    let raw = raw.trim();
    let url = if raw.contains("://") { Url::parse(raw) } else { Url::parse(&format!("http://{raw}")) };
    url.ok().filter(|url| url.host_str().is_some_and(|host| !host.is_empty()))
}

/// What stands before the host, as it was written.
fn written_login(raw: &str) -> Option<&str> {
    let rest = raw.split_once("://").map_or(raw, |(_, rest)| rest);
    rest.rsplit_once('@').map(|(login, _)| login)
}

/// Every variable, with what is wrong with it.
pub fn variables(subject: &Subject) -> Vec<ProxyVariable> {
    let proxies = &subject.surroundings.proxies;
    proxies
        .iter()
        .map(|(name, raw)| {
            let login = written_login(raw);
            // Two colons, a slash, an @ or a sharp: the address is cut at the wrong place.
            let odd = |login: &str| {
                login.matches(':').count() > 1
                    || login.contains(['/', '@', '#', '?', ' '])
                    || login.match_indices('%').any(|(at, _)| {
                        login.get(at + 1..at + 3).is_none_or(|two| u8::from_str_radix(two, 16).is_err())
                    })
            };
            let url = address(raw);
            let problem = match (&url, login) {
                (_, Some(login)) if odd(login) => Some(ProxyProblem::NotEncoded),
                (None, _) => Some(ProxyProblem::Malformed),
                (Some(url), _) if !matches!(url.scheme(), "http" | "https") => Some(ProxyProblem::Scheme),
                _ => None,
            };
            let shown = match (&url, problem) {
                (Some(url), None | Some(ProxyProblem::Scheme)) => shown(url),
                _ => Text::from("not shown: it cannot be told apart from a password"),
            };
            ProxyVariable { name, shown, problem }
        })
        .collect()
}

/// The proxy that the program itself takes for an address.
pub fn of(subject: &Subject, target: &Url) -> Option<Proxy> {
    if http_is_loopback(target) {
        return None;
    }
    let names: Vec<&str> = subject.surroundings.no_proxy.iter().map(Text::as_str).collect();
    if bypasses(&names, target.host_str().unwrap_or_default()) {
        return None;
    }
    let order = match target.scheme() {
        "https" => ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
        _ => ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
    };
    order.into_iter().find_map(|wanted| {
        let (variable, raw) = subject.surroundings.proxies.iter().find(|(name, _)| *name == wanted)?;
        Some(Proxy { variable, url: address(raw)? })
    })
}

fn http_is_loopback(url: &Url) -> bool {
    crate::http::is_loopback(url)
}

/// Remembers what must not be told of the variables.
pub fn hide(subject: &Subject) {
    for (_, raw) in &subject.surroundings.proxies {
        if let Some(login) = written_login(raw) {
            subject.hide(login);
            let password = login.split_once(':').map_or("", |(_, password)| password);
            subject.hide(password);
            subject.hide(&decoded(password));
        }
    }
}
