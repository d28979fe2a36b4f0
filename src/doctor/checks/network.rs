//! The way to the control plane, layer by layer, so that the first broken one is named.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::doctor::facts::{Endpoint, Layered, Network, TlsSeen, Way};
use crate::doctor::table::{Entry, Finding, Judge};
use crate::error::{Distrust, Fault};
use crate::foreign::Text;

/// A connection that takes longer makes every step feel broken.
const SLOW_CONNECTION: Duration = Duration::from_millis(700);
/// The same for an answer.
const SLOW_ANSWER: Duration = Duration::from_secs(2);
/// IPv6 needs packets of this size (RFC 8200 §5); anything below is a tunnel gone wrong.
const SMALLEST_MTU: u64 = 1280;
/// How long before its end a certificate is worth a word.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Signers that stand for a product which opens TLS on the way.
const INSPECTORS: [&str; 14] = [
    "zscaler",
    "netskope",
    "fortinet",
    "fortigate",
    "palo alto",
    "sophos",
    "blue coat",
    "bluecoat",
    "mcafee",
    "cisco umbrella",
    "websense",
    "forcepoint",
    "kaspersky",
    "proxy",
];

/// The checks.
pub const CHECKS: &[Entry] = &[
    Entry { id: "N01", title: "network interfaces", after: &["A01"], judge: Judge::Network(interfaces) },
    Entry { id: "N02", title: "name servers", after: &["N01", "A01"], judge: Judge::Network(resolvers) },
    Entry {
        id: "N03",
        title: "name of the control plane",
        after: &["N02", "N01", "A01"],
        judge: Judge::Network(dns),
    },
    Entry { id: "N04", title: "connection", after: &["N03", "N01", "A01"], judge: Judge::Network(tcp) },
    Entry {
        id: "N05",
        title: "TLS",
        after: &["N07", "N04", "N03", "N01", "M18", "A01"],
        judge: Judge::Network(tls),
    },
    Entry {
        id: "N06",
        title: "the API's answer",
        after: &["N08", "N05", "N07", "N04", "N03", "N01", "M18", "A01"],
        judge: Judge::Network(http),
    },
    Entry {
        id: "N07",
        title: "proxy",
        after: &["M14", "M15", "N03", "N04", "N01", "A01"],
        judge: Judge::Network(proxy),
    },
    Entry {
        id: "N08",
        title: "certificate's dates",
        after: &["N07", "N04", "N03", "N01", "A01"],
        judge: Judge::Network(dates),
    },
    Entry {
        id: "N09",
        title: "inspection of TLS",
        after: &["N07", "N04", "N03", "N01", "A01"],
        judge: Judge::Network(inspection),
    },
    Entry {
        id: "N10",
        title: "latency",
        after: &["N05", "N07", "N04", "N03", "N01", "A01"],
        judge: Judge::Network(latency),
    },
    Entry { id: "N11", title: "packet size", after: &["N01", "A01"], judge: Judge::Network(mtu) },
    Entry {
        id: "N12",
        title: "every address answers",
        after: &["N04", "N03", "N01", "A01"],
        judge: Judge::Network(families),
    },
    Entry {
        id: "N13",
        title: "without the proxy",
        after: &["N07", "N04", "N03", "N01", "A01"],
        judge: Judge::Network(without_proxy),
    },
];

fn via(endpoint: &Endpoint) -> String {
    match &endpoint.way {
        Way::Direct => endpoint.host.to_string(),
        Way::Proxy(proxy, _) => format!("the proxy {proxy}"),
    }
}

fn interfaces(network: &Network) -> Finding {
    if network.endpoint.loopback {
        return Finding::nothing("the control plane is on this machine");
    }
    let names: Vec<&str> = network.interfaces.iter().map(|(name, _)| name.as_str()).collect();
    if names.is_empty() {
        return Finding::fail("no network interface is up").fix("plug the cable in, or see: ip link");
    }
    if network.default_route == Some(false) {
        return Finding::fail("this machine has no way out of its own network: no default route")
            .because([format!("up: {}", names.join(", "))])
            .fix("see what DHCP gave: ip route");
    }
    Finding::pass(format!("up: {}", names.join(", ")))
}

fn resolvers(network: &Network) -> Finding {
    if network.endpoint.loopback {
        return Finding::nothing("the control plane is on this machine");
    }
    match &network.resolvers {
        None => Finding::unknown("/etc/resolv.conf cannot be read"),
        Some(servers) if servers.is_empty() => Finding::warn("no name server is configured")
            .because(["/etc/resolv.conf names none; then this machine itself is asked"])
            .fix("see: resolvectl status"),
        Some(servers) => {
            let names: Vec<&str> = servers.iter().map(Text::as_str).collect();
            Finding::pass(names.join(", "))
        }
    }
}

fn dns(network: &Network) -> Finding {
    let whose = match network.endpoint.way {
        Way::Direct => network.endpoint.host.clone(),
        Way::Proxy(ref proxy, _) => proxy.clone(),
    };
    match &network.endpoint.dns {
        Layered::Works(found) => Finding::pass(format!("{whose} has {} addresses", found.len()))
            .because(found.iter().take(4).map(ToString::to_string)),
        Layered::Broken(why) => Finding::fail(format!("the name {whose} cannot be resolved"))
            .because([why.clone()])
            .fix("see whether names work at all: resolvectl query example.com"),
        Layered::NotReached => Finding::unknown("it was not tried"),
        Layered::NotUsed => Finding::nothing("an address is used, not a name"),
    }
}

fn tcp(network: &Network) -> Finding {
    let to = via(&network.endpoint);
    match &network.endpoint.tcp {
        Layered::Works(took) => Finding::pass(format!("{to} takes connections, in {} ms", took.as_millis())),
        Layered::Broken(why) => Finding::fail(format!("no connection to {to}"))
            .because([why.clone()])
            .fix("ask who runs the network whether outgoing connections to it are let through"),
        Layered::NotReached => Finding::unknown("its name has no address"),
        Layered::NotUsed => Finding::nothing("no connection is needed"),
    }
}

fn proxy(network: &Network) -> Finding {
    let Way::Proxy(proxy, variable) = &network.endpoint.way else {
        return Finding::nothing("no proxy is used for the control plane");
    };
    match &network.endpoint.tunnel {
        Layered::Works(()) => Finding::pass(format!("{proxy} lets us through ({variable})")),
        Layered::NotUsed => Finding::pass(format!("{proxy} is used ({variable})")),
        Layered::NotReached => Finding::unknown("there is no connection to the proxy"),
        Layered::Broken(why) if why.contains("407") => {
            Finding::fail(format!("the proxy {proxy} asks for a user name and password"))
                .because([why.clone()])
                .fix(format!("set {variable}=http://USER:PASSWORD@{proxy} and run this again"))
        }
        Layered::Broken(why) => Finding::fail(format!("the proxy {proxy} does not let us through"))
            .because([why.clone()])
            .fix(format!("ask who runs the proxy to allow {}", network.endpoint.host)),
    }
}

fn tls(network: &Network) -> Finding {
    match &network.endpoint.tls {
        Layered::Works(TlsSeen { refused: None, certificate }) => Finding::pass("the certificate is trusted")
            .because(certificate.iter().map(|seen| format!("signed by {}", seen.issuer))),
        Layered::Works(TlsSeen { refused: Some(why), certificate }) => {
            let signed = certificate.iter().map(|seen| format!("signed by {}", seen.issuer));
            let fix = match why {
                Distrust::UnknownIssuer { .. } => {
                    "trust your organisation's CA: landfall doctor --ca-cert FILE; or ask for the way to be opened"
                        .to_owned()
                }
                why => why.next("landfall doctor"),
            };
            // A SHA-256 looks like a secret, and would leave as none.
            let words = match why {
                Distrust::OtherCa { .. } => "its CA is not the one that the profile pins (ca_sha256)".into(),
                why => why.words(),
            };
            Finding::fail(format!("{} is not trusted: {words}", network.endpoint.host))
                .because(signed)
                .fix(fix)
        }
        Layered::Broken(why) => Finding::fail("a connection is made, and TLS does not come about")
            .because([why.clone()])
            .fix("something on the way holds it up; ask who runs the network"),
        Layered::NotReached => Finding::unknown("there is no connection"),
        Layered::NotUsed => Finding::nothing("this way is not encrypted: it stays on this machine"),
    }
}

fn dates(network: &Network) -> Finding {
    let seen = match &network.endpoint.tls {
        Layered::Works(TlsSeen { certificate: Some(seen), .. }) => seen,
        Layered::NotUsed => return Finding::nothing("this way is not encrypted: it stays on this machine"),
        _ => return Finding::unknown("no certificate was seen"),
    };
    let now = network.now;
    let (Some(from), Some(until)) = (seen.not_before, seen.not_after) else {
        return Finding::unknown("its dates cannot be read");
    };
    let day = |at: Timestamp| at.strftime("%F").to_string();
    if now > until {
        Finding::fail(format!("the server's certificate was good until {}", day(until)))
            .fix("if this machine's clock is right, tell who runs the control plane")
    } else if now < from {
        Finding::fail(format!("the server's certificate is good from {} only", day(from)))
            .fix("this machine's clock may be slow: timedatectl set-ntp true")
    } else if now.checked_add(SOON).is_ok_and(|soon| soon > until) {
        Finding::warn(format!("the server's certificate ends on {}", day(until)))
            .fix("tell who runs the control plane")
    } else {
        Finding::pass(format!("good until {}", day(until)))
    }
}

fn inspection(network: &Network) -> Finding {
    let seen = match &network.endpoint.tls {
        Layered::Works(seen) => seen,
        Layered::NotUsed => return Finding::nothing("this way is not encrypted: it stays on this machine"),
        _ => return Finding::unknown("no certificate was seen"),
    };
    let Some(certificate) = &seen.certificate else { return Finding::unknown("no certificate was seen") };
    let issuer = certificate.issuer.to_lowercase();
    let told = || {
        Finding::warn(format!(
            "something on the way opens TLS: the certificate is signed by {}",
            certificate.issuer
        ))
        .fix("ask for the control plane's host to be left out of inspection")
    };
    if INSPECTORS.iter().any(|name| issuer.contains(name)) {
        return told();
    }
    // A certificate that ran out, or is for another host, may be the server's own.
    let strange = matches!(seen.refused, Some(Distrust::UnknownIssuer { .. } | Distrust::OtherCa { .. }));
    if strange && !issuer.is_empty() && certificate.issuer != certificate.subject {
        return told();
    }
    Finding::pass(format!("the certificate is the server's own, signed by {}", certificate.issuer))
}

fn http(network: &Network) -> Finding {
    let seen = match &network.http {
        Layered::Works(seen) => seen,
        Layered::Broken(why) => {
            return Finding::fail("the control plane does not answer")
                .because([why.clone()])
                .fix("if the layers below are well, tell who runs the control plane");
        }
        Layered::NotReached => return Finding::unknown("there is no way to it"),
        Layered::NotUsed => return Finding::nothing("no control plane is asked"),
    };
    match &seen.unexpected {
        None => Finding::pass(format!("answers as the API does, in {} ms", seen.took.as_millis())),
        Some(fault @ Fault::NotTheApi { .. }) => Finding::fail(
            "something else answers in the API's place: a sign-in page of the network, or a proxy",
        )
        .because([fault.sentence()])
        .fix("open any page in a browser of this network and sign in there, or ask who runs it"),
        Some(fault) => Finding::fail("the control plane answers with an error")
            .because([fault.sentence()])
            .fix("try again in a minute; if it stays, tell who runs the control plane"),
    }
}

fn latency(network: &Network) -> Finding {
    let connection = network.endpoint.tcp.works().copied();
    let answer = network.http.works().map(|seen| seen.took);
    let Some(connection) = connection else { return Finding::unknown("there is no connection to time") };
    let told = format!("connection in {} ms", connection.as_millis());
    let all = answer.map_or(told.clone(), |answer| format!("{told}, answer in {} ms", answer.as_millis()));
    if connection > SLOW_CONNECTION || answer.is_some_and(|answer| answer > SLOW_ANSWER) {
        Finding::warn(format!("the way is slow: {all}")).fix("expect waits; --slow draws less on the screen")
    } else {
        Finding::pass(all)
    }
}

fn mtu(network: &Network) -> Finding {
    if network.endpoint.loopback {
        return Finding::nothing("the control plane is on this machine");
    }
    let small = network.interfaces.iter().find(|(_, mtu)| *mtu > 0 && *mtu < SMALLEST_MTU);
    if let Some((name, mtu)) = small {
        return Finding::warn(format!(
            "{name} carries only {mtu} bytes a packet; large answers may get lost"
        ))
        .fix(format!("raise it if the line allows: sudo ip link set {name} mtu 1500"));
    }
    let stalled = network.endpoint.tcp.works().is_some()
        && matches!(&network.endpoint.tls, Layered::Broken(why) if why.contains("no answer within"));
    if stalled {
        return Finding::warn(
            "connections are made and then nothing comes: large packets may get lost on the way",
        )
        .because(network.interfaces.iter().map(|(name, mtu)| format!("{name} mtu {mtu}")))
        .fix("try smaller packets: sudo ip link set DEVICE mtu 1400");
    }
    Finding::pass("nothing speaks for lost packets")
}

fn families(network: &Network) -> Finding {
    let Some(found) = network.endpoint.dns.works() else {
        return match network.endpoint.dns {
            Layered::NotUsed => Finding::nothing("an address is used, not a name"),
            _ => Finding::unknown("its name has no address"),
        };
    };
    if network.endpoint.tcp.works().is_none() {
        return Finding::unknown("none of them gave a connection");
    }
    match network.endpoint.dead.first() {
        Some(dead) => {
            let kind = if dead.is_ipv6() { "IPv6" } else { "IPv4" };
            Finding::warn(format!("{dead} gives no connection ({kind}); every call waits for it first"))
                .because([format!(
                    "{} of {} addresses answer",
                    found.len() - network.endpoint.dead.len(),
                    found.len()
                )])
                .fix("if this network has no such addresses, switch them off here; else tell who runs it")
        }
        None => Finding::pass("all that were tried answer"),
    }
}

fn without_proxy(network: &Network) -> Finding {
    let Some(direct) = &network.direct else {
        return Finding::nothing("no proxy is used for the control plane");
    };
    let direct_works = direct.tcp.works().is_some();
    let through = !matches!(network.endpoint.tunnel, Layered::Broken(_) | Layered::NotReached)
        && network.endpoint.tcp.works().is_some();
    match (direct_works, through) {
        (true, true) => Finding::pass("it works with and without the proxy"),
        (true, false) => {
            Finding::warn("without the proxy there is a way; with it there is none").fix(format!(
                "leave the proxy out for it: export NO_PROXY=\"$NO_PROXY,{}\"",
                host_of(&network.endpoint.host)
            ))
        }
        (false, true) => Finding::pass("only through the proxy, as it should be where one is set"),
        (false, false) => Finding::unknown("neither way works"),
    }
}

fn host_of(host: &Text) -> String {
    host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name).to_owned()
}
