//! The cluster, before anything of ours in it.

use jiff::SignedDuration;

use super::cluster_inside as inside;
use super::machine::shell;
use crate::doctor::facts::{ClusterSide, KubeFile};
use crate::doctor::table::{Entry, Finding, Judge};
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::Known;

/// The oldest minor version of Kubernetes 1 that is tried: server-side apply and the objects of a release need
/// no more, and upstream ended its care for older ones long ago.
const OLDEST: u64 = 25;
/// How many minor versions a kubelet may be behind (Kubernetes version skew policy).
const SKEW: u64 = 3;
/// How long before its end a certificate is worth a word.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The way to the API, the nearest layer first.
const WAY: &[&str] = &["C07", "C06", "C05", "C04", "C03", "C02", "C01"];

/// The checks.
pub const CHECKS: &[Entry] = &[
    Entry { id: "C01", title: "kubeconfig", after: &[], judge: Judge::Cluster(found) },
    Entry {
        id: "C02",
        title: "what the kubeconfig asks for",
        after: &["C03", "C01"],
        judge: Judge::Cluster(sane),
    },
    Entry { id: "C03", title: "context", after: &["C01"], judge: Judge::Cluster(context) },
    Entry {
        id: "C04",
        title: "login's certificate",
        after: &["C03", "C01"],
        judge: Judge::Cluster(certificate),
    },
    Entry { id: "C05", title: "cluster's port", after: &["C02", "C03", "C01"], judge: Judge::Cluster(port) },
    Entry {
        id: "C06",
        title: "cluster's TLS",
        after: &["C05", "C02", "C03", "C01"],
        judge: Judge::Cluster(tls),
    },
    Entry {
        id: "C07",
        title: "cluster's answer",
        after: &["C06", "C04", "C05", "C02", "C03", "C01"],
        judge: Judge::Cluster(answer),
    },
    Entry { id: "C08", title: "cluster's version", after: WAY, judge: Judge::Cluster(version) },
    Entry { id: "C09", title: "rights in the cluster", after: WAY, judge: Judge::Cluster(rights) },
    Entry {
        id: "C10",
        title: "cluster's id",
        after: &["C07", "C06", "C05", "C04", "C02", "C03", "C01", "C09"],
        judge: Judge::Cluster(id),
    },
    Entry {
        id: "C11",
        title: "one release",
        after: &["C07", "C06", "C05", "C04", "C02", "C03", "C01", "C09"],
        judge: Judge::Cluster(inside::one_release),
    },
    Entry {
        id: "C12",
        title: "the right context",
        after: &["C11", "C07", "C05", "C03", "C01"],
        judge: Judge::Cluster(inside::right_context),
    },
    Entry {
        id: "C13",
        title: "leftovers of a run",
        after: &["C07", "C06", "C05", "C04", "C02", "C03", "C01", "C09"],
        judge: Judge::Cluster(inside::leftovers),
    },
    Entry {
        id: "C14",
        title: "credential written ahead",
        after: &["C07", "C06", "C05", "C04", "C02", "C03", "C01", "C09"],
        judge: Judge::Cluster(inside::records),
    },
    Entry {
        id: "C15",
        title: "another run at it",
        after: &["C07", "C06", "C05", "C04", "C02", "C03", "C01", "C09"],
        judge: Judge::Cluster(inside::lease),
    },
    Entry {
        id: "C16",
        title: "Helm's record",
        after: &["C11", "C07", "C06", "C05", "C04", "C02", "C03", "C01", "C09"],
        judge: Judge::Cluster(inside::helm),
    },
    Entry {
        id: "C17",
        title: "nodes ready",
        after: &["C07", "C06", "C05", "C04", "C02", "C03", "C01", "C09"],
        judge: Judge::Cluster(inside::ready),
    },
    Entry {
        id: "C18",
        title: "nodes' pressure",
        after: &["C17", "C07", "C06", "C05", "C04", "C02", "C03", "C01", "C09"],
        judge: Judge::Cluster(inside::pressure),
    },
    Entry {
        id: "C19",
        title: "metrics API",
        after: &["C17", "C07", "C06", "C05", "C04", "C02", "C03", "C01"],
        judge: Judge::Cluster(inside::metrics),
    },
    Entry { id: "C20", title: "modes of the kubeconfig", after: &["C01"], judge: Judge::Cluster(modes) },
    Entry {
        id: "C21",
        title: "the same machine",
        after: &["C07", "C06", "C05", "C04", "C02", "C03", "C01", "C09"],
        judge: Judge::Cluster(inside::same),
    },
    Entry {
        id: "C22",
        title: "kubelet versions",
        after: &["C08", "C07", "C06", "C05", "C04", "C02", "C03", "C01", "C09"],
        judge: Judge::Cluster(kubelets),
    },
];

pub fn no_file() -> Finding {
    Finding::unknown("there is no kubeconfig to go by")
}

pub fn unread(why: &Text) -> Finding {
    Finding::unknown(why.clone())
}

fn found(cluster: &ClusterSide) -> Finding {
    match &cluster.file {
        Ok(file) => {
            let paths: Vec<&str> = file.paths.iter().map(Text::as_str).collect();
            Finding::pass(paths.join(", "))
        }
        Err(fault @ Fault::NoKubeconfig { looked }) => {
            Finding::fail("no kubeconfig was found: there is no cluster to go to")
                .because(looked.iter().map(|path| format!("looked for {path}")))
                .fix(fault.next("landfall doctor"))
        }
        Err(fault) => Finding::fail("the kubeconfig cannot be used")
            .because([fault.sentence()])
            .fix(fault.next("landfall doctor")),
    }
}

fn sane(cluster: &ClusterSide) -> Finding {
    let Ok(file) = &cluster.file else { return no_file() };
    if let Some(demands) = &file.demands {
        return Finding::unknown("the kubeconfig asks for more than a connection, and nobody agreed to it")
            .because([format!("it {demands}")])
            .fix("if it may: landfall doctor --allow-exec");
    }
    match &file.server {
        Some(Ok(server)) => Finding::pass(format!("a plain connection to {server}")),
        Some(Err(fault)) => Finding::fail("the kubeconfig asks for what is not done here")
            .because([fault.sentence()])
            .fix(fault.next("landfall doctor")),
        None => Finding::unknown("no context is chosen"),
    }
}

fn context(cluster: &ClusterSide) -> Finding {
    let Ok(file) = &cluster.file else { return no_file() };
    match &file.chosen {
        Ok(name) if file.contexts.len() == 1 => Finding::pass(format!("{name}, the only one")),
        Ok(name) => Finding::pass(format!("{name}, of {}", file.contexts.len())),
        Err(fault) => {
            let names: Vec<&str> = file.contexts.iter().take(8).map(Text::as_str).collect();
            Finding::fail("it is not clear which context is meant")
                .because([format!("there are: {}", names.join(", ")), fault.sentence()])
                .fix("name it: landfall doctor --context NAME")
        }
    }
}

fn certificate(cluster: &ClusterSide) -> Finding {
    let Ok(file) = &cluster.file else { return no_file() };
    let Some(seen) = &file.certificate else { return Finding::nothing("it signs in without a certificate") };
    let Some(until) = seen.not_after else { return Finding::unknown("its dates cannot be read") };
    let day = until.strftime("%F");
    if cluster.now > until {
        Finding::fail(format!("the certificate in the kubeconfig ended on {day}"))
            .fix("on k3s a restart renews it: sudo systemctl restart k3s; then copy the kubeconfig again")
    } else if cluster.now.checked_add(SOON).is_ok_and(|soon| soon > until) {
        Finding::warn(format!("the certificate in the kubeconfig ends on {day}"))
            .fix("on k3s a restart renews it: sudo systemctl restart k3s")
    } else {
        Finding::pass(format!("good until {day}"))
    }
}

fn port(cluster: &ClusterSide) -> Finding {
    let Ok(file) = &cluster.file else { return no_file() };
    match &cluster.port {
        Some(Ok(())) => Finding::pass(format!("{} takes connections", file.host)),
        Some(Err(why)) => Finding::fail(format!("no connection to the cluster at {}", server(file)))
            .because([why.clone()])
            .fix(if file.loopback {
                "see whether it runs: sudo systemctl status k3s"
            } else {
                "see whether that machine is up, and whether its port is let through"
            }),
        None => Finding::unknown("no address is known"),
    }
}

fn server(file: &KubeFile) -> Text {
    match &file.server {
        Some(Ok(server)) => server.clone(),
        _ => file.host.clone(),
    }
}

/// Whether a fault speaks of TLS rather than of the cluster.
fn of_tls(fault: &Fault) -> bool {
    matches!(fault, Fault::ClusterUnreachable { why, .. }
        if ["certificate", "TLS", "tls", "InvalidContentType", "HandshakeFailure", "corrupt message"]
            .iter().any(|word| why.contains(word)))
}

fn tls(cluster: &ClusterSide) -> Finding {
    match &cluster.version {
        Some(Err(fault)) if of_tls(fault) => {
            Finding::fail("the cluster's certificate is not the one the kubeconfig trusts")
                .because([fault.sentence()])
                .fix("copy the cluster's kubeconfig anew; a rebuilt cluster has a new CA")
        }
        Some(Ok(_)) => Finding::pass("trusted by the kubeconfig"),
        Some(Err(_)) if cluster.port.as_ref().is_some_and(Result::is_ok) => {
            Finding::pass("nothing speaks against it")
        }
        _ => Finding::unknown("there is no connection"),
    }
}

fn answer(cluster: &ClusterSide) -> Finding {
    if cluster.rejected {
        return Finding::fail("the cluster does not accept the kubeconfig's login")
            .fix("copy the cluster's kubeconfig anew; its token or certificate is of another cluster, or was withdrawn");
    }
    match &cluster.version {
        Some(Ok(_)) => Finding::pass("it answers"),
        Some(Err(fault)) if of_tls(fault) => Finding::unknown("TLS does not come about"),
        Some(Err(fault)) if cluster.port.as_ref().is_some_and(Result::is_err) => {
            Finding::unknown(fault.sentence())
        }
        Some(Err(fault)) => Finding::fail("something answers, and not as a cluster that is well")
            .because([fault.sentence()])
            .fix("see the cluster's own log: sudo journalctl -u k3s -n 50"),
        None => Finding::unknown("it was not asked"),
    }
}

fn minor(version: &str) -> Option<(u64, u64)> {
    let mut parts = version.trim_start_matches('v').split(|c: char| !c.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn version(cluster: &ClusterSide) -> Finding {
    let Some(Ok(version)) = &cluster.version else { return Finding::unknown("the cluster did not say") };
    match minor(version) {
        None => Finding::unknown(format!("{version} is no version that can be read")),
        Some((1, minor)) if minor < OLDEST => {
            Finding::warn(format!("Kubernetes {version} is older than what this is tried with (1.{OLDEST})"))
                .fix("update the cluster")
        }
        Some(_) => Finding::pass(format!("Kubernetes {version}")),
    }
}

fn kubelets(cluster: &ClusterSide) -> Finding {
    let Some(Ok(server)) = &cluster.version else {
        return Finding::unknown("the cluster did not say its version");
    };
    let Some((_, own)) = minor(server) else {
        return Finding::unknown("the cluster's version cannot be read");
    };
    if cluster.kubelets.is_empty() {
        return Finding::unknown("no node said its version");
    }
    let wrong = cluster.kubelets.iter().find(|(_, version)| match minor(version) {
        Some((_, theirs)) => theirs > own || theirs + SKEW < own,
        None => false,
    });
    match wrong {
        Some((node, version)) => {
            Finding::warn(format!("node {node} runs {version}, which does not go with {server}"))
                .fix("bring the node to the cluster's version")
        }
        None => Finding::pass("they go with the cluster's version"),
    }
}

fn rights(cluster: &ClusterSide) -> Finding {
    match &cluster.rights {
        Known::Unknown(why) => unread(why),
        Known::Yes(rights) => {
            let missing: Vec<String> =
                rights.iter().filter(|right| !right.given).map(|right| right.what.to_string()).collect();
            match missing.first() {
                None => Finding::pass(format!("all {} that are needed", rights.len())),
                Some(first) => Finding::fail(format!("the kubeconfig's user may not {first}"))
                    .because(missing.iter().skip(1).cloned())
                    .fix("use the cluster's admin kubeconfig, or ask for these rights"),
            }
        }
    }
}

fn id(cluster: &ClusterSide) -> Finding {
    match &cluster.id {
        Known::Yes(id) => Finding::pass(format!("{id}")),
        // Nothing is enrolled without it: a cluster that answers and does not tell it is a fault.
        Known::Unknown(why) if matches!(cluster.version, Some(Ok(_))) => Finding::fail(
            "the cluster does not tell its id, so this machine cannot be enrolled or recognised",
        )
        .because([why.clone()])
        .fix("ask for the right to get the namespace kube-system"),
        Known::Unknown(why) => unread(why),
    }
}

fn modes(cluster: &ClusterSide) -> Finding {
    let Ok(file) = &cluster.file else { return no_file() };
    match file.loose.first() {
        None => Finding::pass("closed to others"),
        Some((path, mode)) => {
            Finding::warn(format!("every user of this machine can read {path}, and so own the cluster"))
                .because([format!("mode {:o}", mode & 0o777)])
                .fix(format!("close it: chmod go= {}", shell(path)))
        }
    }
}
