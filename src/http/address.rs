//! Which addresses are spoken to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

use crate::error::Fault;
use crate::foreign::Text;

/// Where `localhost` leads, whatever a resolver says. Port 0 stands for the port of the URL.
pub(super) const LOCALHOST: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0),
];

/// Whether the address is this machine, by its letters alone: 127.0.0.0/8, `[::1]` or `localhost`.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Checks a base address and makes its path end with a slash.
pub(super) fn base(mut url: Url, plain_http: bool) -> Result<Url, Fault> {
    let wrong = |why: &str| Err(Fault::BadInput { what: "The API address".into(), why: why.into() });
    match url.scheme() {
        "https" => {}
        "http" if plain_http || is_loopback(&url) => {}
        "http" => return wrong("it must begin with https://, since plain http can be read on the way"),
        _ => return wrong("it must begin with https://"),
    }
    if url.host_str().is_none_or(str::is_empty) {
        return wrong("it names no host");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("it must not hold a user name or password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong("it must end with the path, without ? or #");
    }
    let path = format!("{}/", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

/// Host, and the port if it is not the usual one.
pub(super) fn host(url: &Url) -> Text {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}").into(),
        None => host.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(raw: &str, plain_http: bool) -> Result<String, String> {
        base(raw.parse().unwrap(), plain_http).map(String::from).map_err(|fault| fault.sentence())
    }

    #[test]
    fn https_anywhere_and_http_on_loopback() {
        for (raw, base) in [
            ("https://api.acme.example", "https://api.acme.example/"),
            ("https://api.acme.example/v1", "https://api.acme.example/v1/"),
            ("https://api.acme.example/v1//", "https://api.acme.example/v1/"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
            ("http://127.3.2.1", "http://127.3.2.1/"),
            ("http://[::1]:1", "http://[::1]:1/"),
            ("http://localhost:1", "http://localhost:1/"),
            ("http://LOCALHOST:1", "http://localhost:1/"),
            // Another spelling of 127.0.0.1.
            ("http://0x7f000001/", "http://127.0.0.1/"),
        ] {
            assert_eq!(checked(raw, false).as_deref(), Ok(base), "{raw}");
        }
        assert_eq!(checked("http://10.0.0.1", true).as_deref(), Ok("http://10.0.0.1/"));
    }

    #[test]
    fn what_is_refused_says_why() {
        let plain = "The API address: it must begin with https://, since plain http can be read on the way.";
        for (raw, why) in [
            ("http://api.acme.example", plain),
            ("http://localhost.evil.example", plain),
            ("http://0.0.0.0", plain),
            ("ftp://127.0.0.1", "The API address: it must begin with https://."),
            ("file:///etc/passwd", "The API address: it must begin with https://."),
            ("https://u@h.example", "The API address: it must not hold a user name or password."),
            ("https://u:p@h.example", "The API address: it must not hold a user name or password."),
            ("https://h.example/?a=b", "The API address: it must end with the path, without ? or #."),
            ("https://h.example/#x", "The API address: it must end with the path, without ? or #."),
        ] {
            assert_eq!(checked(raw, false).unwrap_err(), why, "{raw}");
        }
    }

    #[test]
    fn the_host_is_told_with_an_unusual_port() {
        assert_eq!(host(&"https://a.example/x".parse().unwrap()).as_str(), "a.example");
        assert_eq!(host(&"https://a.example:8443".parse().unwrap()).as_str(), "a.example:8443");
    }
}
