//! What stands in the way of one pod, from the outside in: node, placement, containers.

use serde_json::Value;

use super::container::{self, Part};
use super::crowd::is_ready;
use super::finding::Finding;
use super::view::{View, born, name};
use super::{Kind, node, schedule};
use crate::cluster::kstatus::{condition, items, text, time};

/// Why the pod is not ready; nothing when it is, or has ended well.
pub(super) fn look(view: &View, pod: &Value) -> Option<Finding> {
    let phase = text(pod, "/status/phase");
    if is_ready(pod) || phase == "Succeeded" {
        return None;
    }
    if phase == "Failed" {
        return node::ended(view, pod);
    }
    if let Some(finding) = node::not_ready(view, pod) {
        return Some(finding);
    }
    if text(pod, "/spec/nodeName").is_empty() {
        return schedule::look(view, pod);
    }
    containers(view, pod).or_else(|| node::pressure(view, pod)).or_else(|| Some(waiting_for_ready(view, pod)))
}

/// `pod web-5d9b7`.
pub(super) fn called(pod: &Value) -> String {
    format!("pod {}", name(pod))
}

/// The first init container that is not done decides; else the worst of the main containers and the sidecars.
fn containers(view: &View, pod: &Value) -> Option<Finding> {
    let statuses = items(pod, "/status/initContainerStatuses").iter();
    let mut sidecars = Vec::new();
    for part in statuses.filter_map(|status| Part::new(pod, status, true)) {
        if !part.done() {
            return container::look(view, &part);
        }
        if part.is_sidecar() {
            sidecars.push(part);
        }
    }
    let statuses = items(pod, "/status/containerStatuses").iter();
    let main = statuses.filter_map(|status| Part::new(pod, status, false));
    main.chain(sidecars)
        .filter_map(|part| container::look(view, &part))
        .map(|finding| (finding.clone().judge(view).class, finding))
        .reduce(|one, other| if other.0 > one.0 { other } else { one })
        .map(|(_, finding)| finding)
}

/// Nothing is wrong with any container, and yet the pod is not ready.
fn waiting_for_ready(view: &View, pod: &Value) -> Finding {
    let workload = view.name();
    let ready = condition(pod, "Ready");
    let reason = ready.map_or("", |condition| text(condition, "/reason"));
    let message = ready.map_or("", |condition| text(condition, "/message"));
    let since = ready.and_then(|condition| time(condition, "/lastTransitionTime")).or_else(|| born(pod));
    let (kind, sentence) = if items(pod, "/status/containerStatuses").is_empty() {
        let node = super::clean::clean(text(pod, "/spec/nodeName"), super::clean::QUOTE);
        (Kind::ContainerStarting, format!("{workload} is being set up on node {node}."))
    } else if reason == "ReadinessGatesNotReady" {
        (Kind::NotReady, format!("{workload} runs and waits for a readiness gate: {message}."))
    } else {
        (Kind::NotReady, format!("{workload} runs, but is not ready yet."))
    };
    Finding::new(kind, sentence, called(pod), since).says(reason, message).next("Nothing to do yet.")
}
