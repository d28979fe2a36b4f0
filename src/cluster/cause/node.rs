//! The node under a pod, and pods that a node ended.

use serde_json::Value;

use super::Kind;
use super::clean::{QUOTE, clean, safe};
use super::container::{Part, quote};
use super::crash;
use super::finding::Finding;
use super::pod::called;
use super::view::{View, born, name};
use super::words::lasting;
use crate::cluster::kstatus::{condition, items, text, time};

/// The pod is on a node that does not report: then nothing else that is said about the pod is news.
pub(super) fn not_ready(view: &View, pod: &Value) -> Option<Finding> {
    let node = view.node(pod)?;
    let ready = condition(node, "Ready")?;
    if text(ready, "/status") == "True" {
        return None;
    }
    let since = time(ready, "/lastTransitionTime");
    let time = lasting(view.since(since), view.now());
    let sentence = format!("{} waits: its node {} is not ready{time}.", view.name(), name(node));
    let finding = Finding::new(Kind::NodeNotReady, sentence, format!("node {}", name(node)), since);
    Some(
        finding
            .says(text(ready, "/reason"), text(ready, "/message"))
            .next(look_at(node, "Check the node: is it on, is its kubelet running, does its network work?")),
    )
}

/// What to do about a node, and how to see it.
fn look_at(node: &Value, what: &str) -> String {
    safe(text(node, "/metadata/name")).map_or_else(
        || what.to_owned(),
        |node| format!("{what} What it says of itself: kubectl describe node {node}"),
    )
}

/// The pod's node is short of something.
pub(super) fn pressure(view: &View, pod: &Value) -> Option<Finding> {
    let node = view.node(pod)?;
    let short =
        [("MemoryPressure", "memory"), ("DiskPressure", "disk space"), ("PIDPressure", "process ids")];
    short.into_iter().find_map(|(kind, what)| {
        let found = condition(node, kind).filter(|found| text(found, "/status") == "True")?;
        let sentence = format!("{} waits: its node {} is short of {what}.", view.name(), name(node));
        let since = time(found, "/lastTransitionTime");
        let finding = Finding::new(Kind::NodePressure, sentence, format!("node {}", name(node)), since);
        Some(
            finding
                .says(text(found, "/reason"), text(found, "/message"))
                .next(look_at(node, &format!("Free {what} on the node."))),
        )
    })
}

/// A pod that has ended badly as a whole. Its controller makes another one in its place.
pub(super) fn ended(view: &View, pod: &Value) -> Option<Finding> {
    let reason = text(pod, "/status/reason");
    let message = text(pod, "/status/message");
    let since = condition(pod, "DisruptionTarget")
        .and_then(|found| time(found, "/lastTransitionTime"))
        .or_else(|| born(pod));
    let workload = view.name();
    let node = clean(text(pod, "/spec/nodeName"), QUOTE);
    let (kind, sentence) = match reason {
        "Evicted" => {
            (Kind::Evicted, format!("{workload} was thrown out by node {node}: {}.", quote(message)))
        }
        "NodeLost" | "NodeShutdown" | "Terminated" | "Shutdown" => {
            (Kind::Evicted, format!("{workload} was ended with its node {node}: {}.", quote(message)))
        }
        "" => {
            let statuses = items(pod, "/status/initContainerStatuses").iter().map(|status| (status, true));
            let main = items(pod, "/status/containerStatuses").iter().map(|status| (status, false));
            return statuses
                .chain(main)
                .filter_map(|(status, init)| Part::new(pod, status, init))
                .find_map(|part| crash::ended(view, &part));
        }
        _ => {
            let why = quote(if message.is_empty() { reason } else { message });
            (Kind::NodeRefused, format!("{workload} was not admitted by node {node}: {why}."))
        }
    };
    let next = match kind {
        Kind::Evicted => "A new pod takes its place; free memory or disk on the node if it happens again.",
        _ => "A new pod takes its place; see the node if it happens again.",
    };
    Some(Finding::new(kind, sentence, called(pod), since).says(reason, message).next(next))
}
