//! The cluster, before anything of ours in it.

use jiff::{SignedDuration, Timestamp};

use super::machine::shell;
use super::objects::{is_true, name};
use crate::cluster::kstatus::{condition, text};
use crate::doctor::facts::{ClusterSide, KubeFile};
use crate::doctor::table::{Entry, Finding, Judge};
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Known, Release, Sameness};

/// The oldest minor version of Kubernetes 1 that is tried: server-side apply and the objects of a release need
/// no more, and upstream ended its care for older ones long ago.
const OLDEST: u64 = 25;
/// How many minor versions a kubelet may be behind (Kubernetes version skew policy).
const SKEW: u64 = 3;
/// A record or Lease younger than this belongs to a run that is at it now.
const FRESH: SignedDuration = SignedDuration::from_mins(15);
/// A Lease that gave no sign for so long is nobody's.
const SILENT: SignedDuration = SignedDuration::from_secs(60);
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
        judge: Judge::Cluster(one_release),
    },
    Entry {
        id: "C12",
        title: "the right context",
        after: &["C11", "C07", "C05", "C03", "C01"],
        judge: Judge::Cluster(right_context),
    },
    Entry {
        id: "C13",
        title: "leftovers of a run",
        after: &["C07", "C06", "C05", "C04", "C02", "C03", "C01", "C09"],
        judge: Judge::Cluster(leftovers),
    },
    Entry {
        id: "C14",
        title: "credential written ahead",
        after: &["C07", "C06", "C05", "C04", "C02", "C03", "C01", "C09"],
        judge: Judge::Cluster(records),
    },
    Entry {
        id: "C15",
        title: "another run at it",
        after: &["C07", "C06", "C05", "C04", "C02", "C03", "C01", "C09"],
        judge: Judge::Cluster(lease),
    },
    Entry {
        id: "C16",
        title: "Helm's record",
        after: &["C11", "C07", "C06", "C05", "C04", "C02", "C03", "C01", "C09"],
        judge: Judge::Cluster(helm),
    },
    Entry {
        id: "C17",
        title: "nodes ready",
        after: &["C07", "C06", "C05", "C04", "C02", "C03", "C01", "C09"],
        judge: Judge::Cluster(ready),
    },
    Entry {
        id: "C18",
        title: "nodes' pressure",
        after: &["C17", "C07", "C06", "C05", "C04", "C02", "C03", "C01", "C09"],
        judge: Judge::Cluster(pressure),
    },
    Entry {
        id: "C19",
        title: "metrics API",
        after: &["C17", "C07", "C06", "C05", "C04", "C02", "C03", "C01"],
        judge: Judge::Cluster(metrics),
    },
    Entry { id: "C20", title: "modes of the kubeconfig", after: &["C01"], judge: Judge::Cluster(modes) },
    Entry {
        id: "C21",
        title: "the same machine",
        after: &["C07", "C06", "C05", "C04", "C02", "C03", "C01", "C09"],
        judge: Judge::Cluster(same),
    },
    Entry {
        id: "C22",
        title: "kubelet versions",
        after: &["C08", "C07", "C06", "C05", "C04", "C02", "C03", "C01", "C09"],
        judge: Judge::Cluster(kubelets),
    },
];

fn no_file() -> Finding {
    Finding::unknown("there is no kubeconfig to go by")
}

fn unread(why: &Text) -> Finding {
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

fn one_release(cluster: &ClusterSide) -> Finding {
    match &cluster.release {
        Release::None => Finding::nothing("nothing is installed yet"),
        Release::One { namespace, .. } => Finding::pass(format!("in {namespace}")),
        Release::Several(namespaces) => {
            Finding::fail(format!("{} releases live in one cluster", namespaces.len()))
                .because(namespaces.iter().map(|namespace| format!("namespace {namespace}")))
                .fix("find out which one counts, and remove the other; nothing is done here until then")
        }
        Release::Unclear(why) => unread(why),
    }
}

fn right_context(cluster: &ClusterSide) -> Finding {
    let Ok(file) = &cluster.file else { return no_file() };
    let Ok(chosen) = &file.chosen else { return Finding::unknown("no context is chosen") };
    if file.contexts.len() < 2 {
        return Finding::pass("there is only one");
    }
    match (&cluster.release, &file.current) {
        (Release::None, Some(current)) if current != chosen => {
            Finding::warn(format!("nothing is installed in {chosen}, and the current context is {current}"))
                .fix("if that is the one: landfall doctor --context NAME")
        }
        (Release::None, _) if !file.named => {
            Finding::warn(format!("nothing is installed in {chosen}; another context may be meant"))
                .because([format!("there are {}", file.contexts.len())])
                .fix("name it: landfall doctor --context NAME")
        }
        (Release::Unclear(why), _) => unread(why),
        _ => Finding::pass(format!("{chosen} is where the release lives")),
    }
}

fn leftovers(cluster: &ClusterSide) -> Finding {
    match &cluster.bare {
        Known::Unknown(why) => unread(why),
        Known::Yes(bare) => match bare.first() {
            None => Finding::pass("none"),
            Some(first) => {
                Finding::warn(format!("the namespace {first} was made by a run that did not finish"))
                    .because(bare.iter().skip(1).cloned())
                    .fix("run it again, it goes on there: landfall")
            }
        },
    }
}

fn young(since: Option<Timestamp>, now: Timestamp) -> bool {
    since.is_some_and(|since| now.duration_since(since) < FRESH)
}

fn records(cluster: &ClusterSide) -> Finding {
    match &cluster.records {
        Known::Unknown(why) => unread(why),
        Known::Yes(records) => match records.first() {
            None => Finding::pass("none is left"),
            Some(first) if young(first.since, cluster.now) => {
                Finding::pass("a run that began minutes ago has one, as it should")
            }
            Some(first) => Finding::warn("a run was interrupted between claim and delivery")
                .because(
                    records
                        .iter()
                        .map(|record| format!("Secret kube-system/{}, {}", record.name, record.state)),
                )
                .because(first.since.iter().map(|since| format!("since {}", since.strftime("%F %R UTC"))))
                .fix("run it again, it finishes what was begun: landfall"),
        },
    }
}

fn lease(cluster: &ClusterSide) -> Finding {
    let holder = match &cluster.lease {
        Known::Unknown(why) => return unread(why),
        Known::Yes(None) => return Finding::pass("nobody is"),
        Known::Yes(Some(holder)) if holder.id.is_empty() => return Finding::pass("nobody is"),
        Known::Yes(Some(holder)) => holder,
    };
    let told = [format!("{} ({})", holder.who, holder.id)];
    match holder.renewed {
        Some(at) if cluster.now.duration_since(at) < SILENT => {
            Finding::warn("another run is at this cluster right now").because(told).fix("let it end first")
        }
        _ => Finding::pass("the last run ended without giving its turn back; the next one takes it")
            .because(told),
    }
}

fn helm(cluster: &ClusterSide) -> Finding {
    let records = match &cluster.helm {
        Known::Unknown(why) => return unread(why),
        Known::Yes(records) => records,
    };
    let Some(last) = records.iter().max_by_key(|record| record.revision) else {
        return Finding::nothing("Helm holds no record of it");
    };
    let told = format!("{} revision {} is {}", last.name, last.revision, last.status);
    match last.status.as_str() {
        "deployed" => Finding::pass(told),
        status if status.starts_with("pending") => Finding::fail(format!("a Helm run was cut short: {told}"))
            .fix(format!("go back to the last one that worked: helm rollback {}", shell(&last.name))),
        "failed" => Finding::fail(format!("the last Helm run failed: {told}"))
            .fix(format!("see why: helm history {}", shell(&last.name))),
        _ => Finding::warn(told).fix(format!("see: helm history {}", shell(&last.name))),
    }
}

fn ready(cluster: &ClusterSide) -> Finding {
    let nodes = match &cluster.nodes {
        Known::Unknown(why) => return unread(why),
        Known::Yes(nodes) => nodes,
    };
    if nodes.is_empty() {
        return Finding::fail("the cluster has no node").fix("start a node: sudo systemctl start k3s");
    }
    let sick: Vec<_> = nodes.iter().filter(|node| !is_true(node, "Ready")).collect();
    let Some(first) = sick.first() else {
        return Finding::pass(if nodes.len() == 1 {
            "the one node".into()
        } else {
            format!("all {}", nodes.len())
        });
    };
    let why = condition(first, "Ready")
        .map(|ready| format!("{}: {}", text(ready, "/reason"), text(ready, "/message")));
    let told = format!("node {} is not ready", name(first));
    let finding = if sick.len() == nodes.len() { Finding::fail(told) } else { Finding::warn(told) };
    finding.because(why).fix("see its kubelet: sudo journalctl -u k3s -n 50, on that node")
}

fn pressure(cluster: &ClusterSide) -> Finding {
    let nodes = match &cluster.nodes {
        Known::Unknown(why) => return unread(why),
        Known::Yes(nodes) => nodes,
    };
    for node in nodes {
        for (kind, what) in
            [("DiskPressure", "disk space"), ("MemoryPressure", "memory"), ("PIDPressure", "process numbers")]
        {
            if is_true(node, kind) {
                return Finding::fail(format!("node {} runs out of {what} and throws pods out", name(node)))
                    .because(condition(node, kind).map(|seen| text(seen, "/message").to_owned()))
                    .fix("make room on that node");
            }
        }
    }
    Finding::pass("none")
}

fn metrics(cluster: &ClusterSide) -> Finding {
    match &cluster.metrics {
        Known::Yes(Some(true)) => Finding::pass("it is served"),
        Known::Yes(Some(false)) => Finding::warn("the metrics API is there and does not answer")
            .fix("see: kubectl -n kube-system get pods -l k8s-app=metrics-server"),
        // Nothing of the release itself needs it.
        Known::Yes(None) => Finding::nothing("it is not served: usage will not be reported")
            .fix("to have it: kubectl apply -f https://github.com/kubernetes-sigs/metrics-server/releases/latest/download/components.yaml"),
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

fn same(cluster: &ClusterSide) -> Finding {
    match &cluster.same {
        Sameness::Unrecorded => Finding::nothing("no claim is recorded here"),
        Sameness::Same => Finding::pass("the machine it was enrolled on"),
        Sameness::Copy => {
            Finding::fail("this cluster was enrolled on another machine: it looks like a copied disk")
                .fix("make a fresh cluster on this machine, then enroll it: landfall")
        }
        Sameness::Unclear(why) => unread(why),
    }
}
