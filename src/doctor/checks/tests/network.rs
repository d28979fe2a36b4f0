//! Faults on the way.

use std::time::Duration;

use super::Case;
use super::world::{a, ago, certificate, endpoint, m, n, now};
use crate::doctor::facts::{Endpoint, Layered, ProxyVariable, TlsSeen, Way, World};
use crate::error::{Distrust, Fault};
use crate::foreign::Text;

fn unreachable() -> Fault {
    Fault::Unreachable { host: "api.acme.example".into(), why: "the connection was refused".into() }
}

/// Nothing above a broken layer is reached.
fn cut(world: &mut World, dns: bool, tcp: bool) {
    let way = &mut n(world).endpoint;
    if dns {
        way.dns = Layered::Broken("no such host".into());
        way.tcp = Layered::NotReached;
    }
    if tcp {
        way.tcp = Layered::Broken("the connection was refused".into());
    }
    way.tls = Layered::NotReached;
    silent(world);
}

fn silent(world: &mut World) {
    n(world).http = Layered::Broken("there is no way to it".into());
    a(world).who = Some(Err(unreachable()));
    a(world).list = Some(Err(unreachable()));
    world.plane = crate::doctor::facts::Look::Failed("the account could not be asked".into());
}

fn proxied(world: &mut World, tunnel: Layered<()>) {
    m(world).proxies =
        vec![ProxyVariable { name: "HTTPS_PROXY", shown: "10.0.0.8:3128".into(), problem: None }];
    m(world).no_proxy = vec!["10.0.0.0/8".into()];
    let works = tunnel.works().is_some();
    let network = n(world);
    network.direct = Some(Endpoint { tcp: Layered::Broken("refused".into()), ..endpoint() });
    network.endpoint.way = Way::Proxy("10.0.0.8:3128".into(), "HTTPS_PROXY");
    network.endpoint.dns = Layered::NotUsed;
    network.endpoint.tunnel = tunnel;
    if !works {
        network.endpoint.tls = Layered::NotReached;
        silent(world);
    }
}

fn tls(world: &mut World, change: impl FnOnce(&mut TlsSeen)) {
    let Layered::Works(seen) = &mut n(world).endpoint.tls else { panic!() };
    change(seen);
}

fn loopback(world: &mut World) {
    n(world).endpoint.loopback = true;
    n(world).interfaces.clear();
    n(world).resolvers = Some(Vec::new());
}

fn unexpected(world: &mut World, fault: Option<Fault>) {
    let Layered::Works(seen) = &mut n(world).http else { panic!() };
    seen.unexpected = fault;
}

pub const CASES: &[Case] = &[
    ("N01", |world| n(world).interfaces.clear(), loopback),
    ("N01", |world| n(world).default_route = Some(false), |world| n(world).default_route = None),
    (
        "N02",
        |world| n(world).resolvers = Some(Vec::new()),
        |world| n(world).resolvers = Some(vec!["127.0.0.53".into()]),
    ),
    ("N03", |world| cut(world, true, false), |world| n(world).endpoint.dns = Layered::NotUsed),
    (
        "N04",
        |world| cut(world, false, true),
        |world| n(world).endpoint.tcp = Layered::Works(Duration::from_secs(2)),
    ),
    (
        "N05",
        |world| {
            tls(world, |seen| seen.refused = Some(Distrust::WrongHost { names: vec!["b.example".into()] }));
        },
        |world| tls(world, |seen| seen.certificate.as_mut().unwrap().issuer = "Corp CA".into()),
    ),
    (
        "N05",
        |world| n(world).endpoint.tls = Layered::Broken("it hung up during the handshake".into()),
        |_| (),
    ),
    // A captive portal answers, and that is not enough.
    (
        "N06",
        |world| {
            let fault =
                Fault::NotTheApi { host: "api.acme.example".into(), status: 200, title: "Hotel".into() };
            unexpected(world, Some(fault));
        },
        |world| unexpected(world, None),
    ),
    ("N06", |world| n(world).http = Layered::Broken("nothing came within 5 s".into()), |_| ()),
    (
        "N07",
        |world| {
            proxied(world, Layered::Broken("it answers HTTP/1.1 407 Proxy Authentication Required".into()));
        },
        |world| proxied(world, Layered::Works(())),
    ),
    ("N07", |world| proxied(world, Layered::Broken("it answers HTTP/1.1 403 Forbidden".into())), |_| ()),
    (
        "N08",
        |world| tls(world, |seen| seen.certificate.as_mut().unwrap().not_after = Some(ago(60))),
        |world| {
            tls(world, |seen| {
                seen.certificate.as_mut().unwrap().not_after =
                    Some(now() + jiff::SignedDuration::from_hours(24 * 20));
            });
        },
    ),
    (
        "N08",
        |world| {
            tls(world, |seen| {
                seen.certificate.as_mut().unwrap().not_before =
                    Some(now() + jiff::SignedDuration::from_hours(1));
            });
        },
        |world| tls(world, |seen| seen.certificate = None),
    ),
    (
        "N09",
        |world| {
            tls(world, |seen| {
                seen.certificate.as_mut().unwrap().issuer = "Zscaler Intermediate Root CA".into();
            });
        },
        |world| {
            tls(world, |seen| {
                seen.certificate.as_mut().unwrap().issuer = "Proximus CA".replace("Prox", "Pr0x").into();
            });
        },
    ),
    (
        "N09",
        |world| {
            tls(world, |seen| {
                let corp = "Corp Inspection (00ff)".into();
                seen.refused = Some(Distrust::OtherCa { pinned: "aa11".into(), seen: vec![corp] });
            });
        },
        // One that ran out may well be the server's own.
        |world| {
            tls(world, |seen| {
                seen.refused = Some(Distrust::Expired { until: Some(ago(60)), clock: None, server: None });
            });
        },
    ),
    (
        "N09",
        |world| {
            tls(world, |seen| {
                seen.refused = Some(Distrust::UnknownIssuer { issuer: "Corp Inspection".into() });
                seen.certificate.as_mut().unwrap().issuer = "Corp Inspection".into();
            });
        },
        |world| {
            // A certificate that somebody signed for himself is a mistake of the server's, not an inspection.
            let own = certificate();
            tls(world, |seen| {
                seen.refused = Some(Distrust::UnknownIssuer { issuer: "Corp Inspection".into() });
                seen.certificate.as_mut().unwrap().issuer = own.subject;
            });
        },
    ),
    (
        "N10",
        |world| n(world).endpoint.tcp = Layered::Works(Duration::from_secs(1)),
        |world| {
            n(world).endpoint.tcp = Layered::Works(Duration::from_millis(600));
        },
    ),
    ("N11", |world| n(world).interfaces[0].1 = 1000, |world| n(world).interfaces[0].1 = 1280),
    (
        "N11",
        |world| {
            n(world).endpoint.tls = Layered::Broken("TLS: no answer within 2.5 s".into());
        },
        |world| n(world).endpoint.tls = Layered::Broken("it hung up during the handshake".into()),
    ),
    (
        "N12",
        |world| n(world).endpoint.dead = vec!["2001:db8::1".parse().unwrap()],
        |world| {
            n(world).endpoint.dns = Layered::Works(vec!["192.0.2.1".parse().unwrap()]);
        },
    ),
    (
        "N13",
        |world| {
            proxied(world, Layered::Broken("it answers HTTP/1.1 502".into()));
            n(world).direct = Some(endpoint());
        },
        |world| proxied(world, Layered::Works(())),
    ),
    // A proxy of which only the name is like an inspector's.
    (
        "N13",
        |world| {
            proxied(world, Layered::Broken("it answers HTTP/1.1 403".into()));
            n(world).direct = Some(endpoint());
        },
        |world| n(world).endpoint.host = Text::new("proxy.acme.example:443"),
    ),
];
