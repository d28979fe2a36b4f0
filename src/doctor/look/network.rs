//! The way to the control plane.

use std::fs;

use tokio::time::timeout;
use url::Url;

use super::endpoint::{self, Verifier};
use super::{NETWORK, QUESTION, Subject, between, proxy};
use crate::config::{BackendKind, Profile};
use crate::doctor::facts::{HttpSeen, Layered, Look, Network};
use crate::error::Fault;
use crate::foreign::Text;
use crate::http::{Answered, Call, Http};

/// Looks at each layer, and asks the API a question of its own.
pub async fn network(subject: &Subject) -> Look<Network> {
    let Ok(profile) = &subject.profile else {
        return Look::Failed(subject.no_profile().unwrap_or_default());
    };
    let api = &profile.api;
    let proxy = proxy::of(subject, api);
    let verifier = if api.scheme() == "https" { verifier(subject, api).await } else { Ok(None) };
    let known = verifier.as_ref().ok().and_then(Option::as_ref);
    let way = timeout(NETWORK, endpoint::look(subject, api, proxy.as_ref(), known));
    let straight = async {
        match &proxy {
            Some(_) => timeout(NETWORK, endpoint::look(subject, api, None, known)).await.ok(),
            None => None,
        }
    };
    let (endpoint, direct, http) = tokio::join!(way, straight, question(subject, profile));
    let Ok(mut endpoint) = endpoint else {
        return Look::Failed(Text::from(format!("no layer was settled within {} s", NETWORK.as_secs())));
    };
    if let (Err(why), Layered::NotReached, Some(_)) = (&verifier, &endpoint.tls, endpoint.tcp.works()) {
        endpoint.tls = Layered::Broken(why.clone());
    }
    Look::Seen(Network {
        now: (subject.clock)(),
        endpoint,
        direct,
        http,
        interfaces: interfaces(),
        default_route: default_route(),
        resolvers: resolvers(),
    })
}

async fn verifier(subject: &Subject, api: &Url) -> Result<Option<Verifier>, Text> {
    let http = Http::new(api.clone(), subject.vault.clone(), &subject.http);
    let http = http.map_err(|fault| Text::from(fault.sentence()))?;
    http.verifier().await.map(|judge| Some(Verifier::new(judge)))
}

/// Asks what only the API answers the way it does, without any login.
async fn question(subject: &Subject, profile: &Profile) -> Layered<HttpSeen> {
    let http = match Http::new(profile.api.clone(), subject.vault.clone(), &subject.http) {
        Ok(http) => http,
        Err(fault) => return Layered::Broken(Text::from(fault.sentence())),
    };
    // The second: whether anybody may read it.
    let (path, open) = match profile.backend {
        BackendKind::Provisioning => ("userinfo/", false),
        BackendKind::Pychron => ("api/v1/forgejo/whoami", false),
        BackendKind::Oidc => (".well-known/openid-configuration", true),
    };
    let began = (subject.clock)();
    let Ok(answered) = timeout(QUESTION, http.send_once(Call::get(path))).await else {
        return Layered::Broken(Text::from(format!("no answer within {} s", QUESTION.as_secs())));
    };
    let at = (subject.clock)();
    let seen = |date, unexpected| Layered::Works(HttpSeen { took: between(began, at), date, at, unexpected });
    match answered {
        Ok(answered) => seen(answered.date, unexpected(&http, &answered, open)),
        // It answered, and only wants a newer version: another check says so.
        Err(trouble) if matches!(trouble.fault, Fault::UpgradeRequired { .. }) => {
            seen(http.server_time(), None)
        }
        Err(trouble) => match trouble.fault {
            fault @ (Fault::NotTheApi { .. } | Fault::BadReply { .. }) => {
                seen(http.server_time(), Some(fault))
            }
            Fault::Unreachable { why, .. } => Layered::Broken(why),
            fault => Layered::Broken(Text::from(fault.sentence())),
        },
    }
}

/// A question without a login is refused in JSON, by 401 or 403, and what is `open` is answered in JSON. Anything
/// else is somebody else, or in trouble.
fn unexpected(http: &Http, answered: &Answered, open: bool) -> Option<Fault> {
    let host = http.host().clone();
    match answered.status {
        401 | 403 if !open && !answered.is_page() && answered.json().is_some() => None,
        200 if open && !answered.is_page() && answered.json().is_some() => None,
        429 => None,
        status @ 500..=599 if !answered.is_page() => {
            let said = http.text(&String::from_utf8_lossy(&answered.body));
            Some(Fault::Server { host, status, said: Text::within(&said, 120) })
        }
        status => Some(Fault::NotTheApi { host, status, title: http.text(&answered.title()) }),
    }
}

/// Interfaces that are up, but for the loopback, with their MTU.
fn interfaces() -> Vec<(Text, u64)> {
    let mut found: Vec<(Text, u64)> = fs::read_dir("/sys/class/net")
        .into_iter()
        .flatten()
        .flatten()
        .take(200)
        .filter_map(|entry| {
            let read = |file: &str| fs::read_to_string(entry.path().join(file)).ok();
            let name = entry.file_name().to_string_lossy().into_owned();
            let up = matches!(read("operstate")?.trim(), "up" | "unknown");
            (up && name != "lo").then(|| {
                (Text::within(&name, 20), read("mtu").and_then(|mtu| mtu.trim().parse().ok()).unwrap_or(0))
            })
        })
        // What a cluster makes for its pods says nothing of the line.
        .filter(|(name, _)| {
            !["veth", "cni", "flannel", "cali", "docker", "br-"].iter().any(|own| name.starts_with(own))
        })
        .collect();
    found.sort();
    found
}

fn default_route() -> Option<bool> {
    let four = fs::read_to_string("/proc/net/route").ok()?;
    let six = fs::read_to_string("/proc/net/ipv6_route").unwrap_or_default();
    let by_four = four.lines().skip(1).any(|line| line.split_whitespace().nth(1) == Some("00000000"));
    // The kernel's own entry that refuses everything is one of the loopback's.
    let by_six =
        six.lines().any(|line| line.starts_with(&"0".repeat(32)) && !line.trim_end().ends_with("lo"));
    Some(by_four || by_six)
}

fn resolvers() -> Option<Vec<Text>> {
    let text = fs::read_to_string("/etc/resolv.conf").ok()?;
    let servers = text.lines().filter_map(|line| line.trim().strip_prefix("nameserver"));
    Some(servers.map(|server| Text::within(server, 60)).take(8).collect())
}
