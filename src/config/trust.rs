//! What a profile says of the way to its servers.

use std::path::PathBuf;

use url::Host;

use super::file::Entry;
use crate::foreign::Text;
use crate::model::Trust;

/// Checks it; `beside` makes a path from one that is relative to the file.
pub(super) fn trust(
    entry: &Entry,
    https: bool,
    beside: impl FnOnce(PathBuf) -> Result<PathBuf, String>,
) -> Result<Trust, String> {
    if entry.ca_sha256.is_some() && !https {
        return Err("ca_sha256 is set, but api is not https, which knows of no CA".into());
    }
    let pin = entry.ca_sha256.as_deref().map(str::parse).transpose();
    let hosts = entry.verification_hosts.iter().flatten().map(|raw| host(raw));
    Ok(Trust {
        ca_cert: entry.ca_cert.clone().map(beside).transpose()?,
        ca_sha256: pin.map_err(|why| format!("ca_sha256 {why}"))?,
        plain_http: entry.plain_http,
        hosts: hosts.collect::<Result<_, _>>()?,
    })
}

/// A host as an address spells it: lower case, punycode. `*.` before it means every host below it.
fn host(raw: &str) -> Result<String, String> {
    let (below, name) = raw.strip_prefix("*.").map_or(("", raw), |name| ("*.", name));
    match Host::parse(name) {
        Ok(Host::Domain(name)) if !name.contains('*') && (below.is_empty() || name.contains('.')) => {
            Ok(format!("{below}{name}"))
        }
        Ok(ip @ (Host::Ipv4(_) | Host::Ipv6(_))) if below.is_empty() => Ok(ip.to_string()),
        _ => Err(format!("verification_hosts holds \"{}\", which is no host", Text::within(raw, 60))),
    }
}
