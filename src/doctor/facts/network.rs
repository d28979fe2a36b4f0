//! The way to a server, layer by layer.

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;

use crate::error::{Distrust, Fault};
use crate::foreign::Text;
use crate::http::certificate::Certificate;

/// One layer of the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layered<T> {
    /// It works.
    Works(T),
    /// It does not; why.
    Broken(Text),
    /// A layer below is broken, so it was not tried.
    NotReached,
    /// It has no part in this way.
    NotUsed,
}

impl<T> Layered<T> {
    /// What it gave.
    pub fn works(&self) -> Option<&T> {
        match self {
            Self::Works(value) => Some(value),
            _ => None,
        }
    }
}

/// How a server is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Straight.
    Direct,
    /// Through this proxy, named by this variable.
    Proxy(Text, &'static str),
}

/// What a TLS handshake showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSeen {
    /// The server's own certificate, where it could be read.
    pub certificate: Option<Certificate>,
    /// Why it is not trusted, if it is not.
    pub refused: Option<Distrust>,
}

/// What the API's own question brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSeen {
    /// How long the answer took.
    pub took: Duration,
    /// The server's own time.
    pub date: Option<Timestamp>,
    /// This machine's time at the answer.
    pub at: Timestamp,
    /// Why this is not how the API answers, if it is not.
    pub unexpected: Option<Fault>,
}

/// A server, layer by layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Host and port.
    pub host: Text,
    /// Whether it is on this machine.
    pub loopback: bool,
    /// How it was reached.
    pub way: Way,
    /// Its name, or the proxy's.
    pub dns: Layered<Vec<IpAddr>>,
    /// A connection to it, or to the proxy, and how long that took.
    pub tcp: Layered<Duration>,
    /// The tunnel through the proxy.
    pub tunnel: Layered<()>,
    /// TLS.
    pub tls: Layered<TlsSeen>,
    /// Addresses that gave no connection, although another one did.
    pub dead: Vec<IpAddr>,
}

/// The way to the control plane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// This machine's time.
    pub now: Timestamp,
    /// The way that counts: what the program itself takes.
    pub endpoint: Endpoint,
    /// Through a proxy: the same without it.
    pub direct: Option<Endpoint>,
    /// The API's answer, by the program's own client.
    pub http: Layered<HttpSeen>,
    /// Interfaces that are up, besides the loopback, with their MTU.
    pub interfaces: Vec<(Text, u64)>,
    /// Whether there is a default route.
    pub default_route: Option<bool>,
    /// The name servers that are configured.
    pub resolvers: Option<Vec<Text>>,
}

/// Whether `NO_PROXY` names a host: by its whole name, a domain above it, an address, or a block of addresses.
pub fn bypasses(names: &[&str], host: &str) -> bool {
    let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
    let address: Option<IpAddr> = host.parse().ok();
    names.iter().any(|name| {
        let name = name.trim().to_ascii_lowercase();
        let bare =
            name.split_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(&*name, |it| it.0);
        match (bare, address) {
            ("*", _) => true,
            ("", _) => false,
            (bare, Some(address)) => bare.parse() == Ok(address) || in_block(bare, address),
            (bare, None) => {
                let bare = bare.trim_start_matches("*.").trim_start_matches('.');
                host == bare || host.strip_suffix(bare).is_some_and(|rest| rest.ends_with('.'))
            }
        }
    })
}

/// Whether an address lies in a block such as `10.0.0.0/8`.
fn in_block(block: &str, address: IpAddr) -> bool {
    let Some((base, length)) = block.split_once('/') else { return false };
    let Ok(length) = length.parse::<u32>() else { return false };
    match (base.parse(), address) {
        (Ok(IpAddr::V4(base)), IpAddr::V4(address)) if length <= 32 => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            base.to_bits() & mask == address.to_bits() & mask
        }
        (Ok(IpAddr::V6(base)), IpAddr::V6(address)) if length <= 128 => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            base.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_proxy_names_is_reached_straight() {
        for (names, host, straight) in [
            (&["10.0.0.0/8"][..], "10.1.2.3", true),
            (&["10.0.0.0/8"], "11.1.2.3", false),
            (&["0.0.0.0/0"], "11.1.2.3", true),
            (&[".acme.example"], "api.acme.example", true),
            (&["acme.example"], "api.acme.example", true),
            (&["acme.example"], "notacme.example", false),
            (&["*"], "anything", true),
            (&["localhost", "k8s:6443"], "k8s", true),
            (&["fd00::/8"], "[fd00::1]", true),
            (&["10.0.0.0/99", ""], "10.0.0.1", false),
        ] {
            assert_eq!(bypasses(names, host), straight, "{names:?} {host}");
        }
    }
}
