//! What is in the cluster, and who is at it.

use jiff::{SignedDuration, Timestamp};

use super::cluster::{no_file, unread};
use super::machine::shell;
use super::objects::{is_true, name};
use crate::cluster::kstatus::{condition, text};
use crate::doctor::facts::ClusterSide;
use crate::doctor::table::Finding;
use crate::model::{Known, Release, Sameness};

/// A record or Lease younger than this belongs to a run that is at it now.
const FRESH: SignedDuration = SignedDuration::from_mins(15);
/// A Lease that gave no sign for so long is nobody's.
const SILENT: SignedDuration = SignedDuration::from_secs(60);

/// How many releases live here.
pub fn one_release(cluster: &ClusterSide) -> Finding {
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

/// Whether another context may be meant.
pub fn right_context(cluster: &ClusterSide) -> Finding {
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

/// What an interrupted run left.
pub fn leftovers(cluster: &ClusterSide) -> Finding {
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

/// Credentials written ahead and not finished.
pub fn records(cluster: &ClusterSide) -> Finding {
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

/// Whether another run is at it.
pub fn lease(cluster: &ClusterSide) -> Finding {
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

/// What Helm's own record says.
pub fn helm(cluster: &ClusterSide) -> Finding {
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

/// Whether the nodes are ready.
pub fn ready(cluster: &ClusterSide) -> Finding {
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

/// Whether a node runs out of something.
pub fn pressure(cluster: &ClusterSide) -> Finding {
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

/// Whether usage is reported.
pub fn metrics(cluster: &ClusterSide) -> Finding {
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

/// Whether this is the machine that was enrolled.
pub fn same(cluster: &ClusterSide) -> Finding {
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
