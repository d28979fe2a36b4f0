//! Pods that no node takes.

use serde_json::Value;

use super::clean::{QUOTE, between, clean, safe, safe_label};
use super::container::quote;
use super::finding::Finding;
use super::pod::called;
use super::view::{View, born, uid};
use super::words::{list, many};
use super::{Kind, quantity, volume};
use crate::cluster::kstatus::{at, condition, flag, text, time};

/// What the scheduler says of nodes that it passed over, in the order in which it asks: so the last sign found
/// belongs to the nodes that came closest. (kube-scheduler, `framework/plugins/*`, default order of the filters)
const SIGNS: &[(&str, Kind)] = &[
    ("no nodes available to schedule pods", Kind::NoNode),
    ("node(s) were unschedulable", Kind::NodeCordoned),
    ("untolerated taint", Kind::Taint),
    ("that the pod didn't tolerate", Kind::Taint),
    ("didn't match Pod's node affinity", Kind::NodeSelector),
    ("didn't match node selector", Kind::NodeSelector),
    ("didn't match the requested node name", Kind::NodeSelector),
    ("free ports for the requested pod ports", Kind::HostPort),
    ("Insufficient ", Kind::NotEnoughRoom),
    ("Too many pods", Kind::NotEnoughRoom),
    ("exceed max volume count", Kind::NotEnoughRoom),
    ("did not have enough free storage", Kind::VolumeNode),
    ("had volume node affinity conflict", Kind::VolumeNode),
    ("didn't match PersistentVolume's node affinity", Kind::VolumeNode),
    ("find available persistent volumes to bind", Kind::VolumeNode),
    ("had no available volume zone", Kind::VolumeNode),
    ("pod topology spread constraints", Kind::Affinity),
    ("pod affinity", Kind::Affinity),
    ("anti-affinity", Kind::Affinity),
    ("unbound immediate PersistentVolumeClaims", Kind::VolumePending),
    ("persistentvolumeclaim \"", Kind::ClaimMissing),
    ("waiting for ephemeral volume controller to create", Kind::VolumePending),
    ("\" is being deleted", Kind::Deleting),
    ("bound to non-existent p", Kind::VolumeLost),
];

/// Taints that Kubernetes sets itself while a node is in trouble. (API, `node.kubernetes.io/*`)
const TROUBLE: &[(&str, Kind)] = &[
    ("node.kubernetes.io/not-ready", Kind::NodeNotReady),
    ("node.kubernetes.io/unreachable", Kind::NodeNotReady),
    ("node.cloudprovider.kubernetes.io/uninitialized", Kind::NodeNotReady),
    ("node.kubernetes.io/network-unavailable", Kind::NodeNotReady),
    ("node.kubernetes.io/disk-pressure", Kind::NodePressure),
    ("node.kubernetes.io/memory-pressure", Kind::NodePressure),
    ("node.kubernetes.io/pid-pressure", Kind::NodePressure),
    ("node.kubernetes.io/unschedulable", Kind::NodeCordoned),
];

/// Why the pod is on no node yet.
pub(super) fn look(view: &View, pod: &Value) -> Option<Finding> {
    let scheduled = condition(pod, "PodScheduled");
    let reason = scheduled.map_or("", |condition| text(condition, "/reason"));
    let message = scheduled.map_or("", |condition| text(condition, "/message"));
    let since = scheduled.and_then(|condition| time(condition, "/lastTransitionTime")).or_else(|| born(pod));
    let workload = view.name();
    let found = |kind, sentence: String, next: String| {
        Some(Finding::new(kind, sentence, called(pod), since).says(reason, message).next(next))
    };
    match reason {
        "SchedulingGated" => {
            let sentence = format!("{workload} is held back by a scheduling gate.");
            return found(Kind::SchedulingGate, sentence, "Whoever set the gate has to lift it.".to_owned());
        }
        "Unschedulable" => {}
        _ => {
            let sentence = format!("{workload} waits to be given a node.");
            return found(Kind::NotScheduledYet, sentence, "Nothing to do yet.".to_owned());
        }
    }
    // The claim is the cause, the pod its consequence.
    if message.contains("PersistentVolumeClaim")
        || message.contains("persistentvolumeclaim")
        || message.contains("persistent volumes to bind")
    {
        let claim = volume::claims(view, pod).into_iter().find_map(|claim| volume::claim(view, claim));
        if let Some(finding) = claim.filter(|finding| finding.kind != Kind::WaitsForConsumer) {
            return Some(finding);
        }
    }
    if let Some(event) = view.latest(uid(pod), &["TriggeredScaleUp"], |_| true) {
        let sentence = format!("{workload} waits for a node that is being added.");
        let finding = Finding::new(Kind::ScalingUp, sentence, called(pod), Some(event.first));
        return Some(
            finding.says(event.reason, event.message).next("Nothing to do: new nodes take minutes."),
        );
    }
    let kind = classify(message);
    found(
        kind,
        format!("{workload} cannot be placed: {}.", sentence(view, pod, kind, message)),
        next(view, pod, kind),
    )
}

/// Which kind of trouble the scheduler's message tells of, for the nodes that came closest.
pub(super) fn classify(message: &str) -> Kind {
    // What follows is about preemption, which only repeats it.
    let told = message.split_once("preemption:").map_or(message, |(told, _)| told);
    let last = SIGNS.iter().rev().find(|(sign, _)| told.contains(sign));
    match last.map_or(Kind::Unschedulable, |(_, kind)| *kind) {
        Kind::Taint => {
            TROUBLE.iter().find(|(taint, _)| told.contains(taint)).map_or(Kind::Taint, |(_, kind)| *kind)
        }
        Kind::NotEnoughRoom => {
            match (told.contains("Insufficient cpu"), told.contains("Insufficient memory")) {
                (true, true) => Kind::NotEnoughCpuAndMemory,
                (true, false) => Kind::NotEnoughCpu,
                (false, true) => Kind::NotEnoughMemory,
                (false, false) => Kind::NotEnoughRoom,
            }
        }
        kind => kind,
    }
}

fn sentence(view: &View, pod: &Value, kind: Kind, message: &str) -> String {
    let told = message.split_once("preemption:").map_or(message, |(told, _)| told);
    let told = told.split_once("available: ").map_or(told, |(_, told)| told);
    let told = told.split_once(". ").map_or(told, |(told, _)| told);
    match kind {
        Kind::NotEnoughCpu | Kind::NotEnoughMemory | Kind::NotEnoughCpuAndMemory => {
            room(view, pod, kind, told)
        }
        Kind::NodeSelector => format!("no node carries {}", wanted_labels(pod)),
        Kind::Taint => {
            let taint = between(told, "taint {", "}").or_else(|| between(told, "taint(s) {", "}"));
            let taint = taint.map_or_else(String::new, |taint| {
                format!(" ({})", clean(taint.trim_end_matches(": "), QUOTE))
            });
            format!("every node that would do has a taint it does not tolerate{taint}")
        }
        Kind::NodeCordoned => "every node that would do is closed for new pods (cordoned)".to_owned(),
        Kind::NodeNotReady => "no node is ready yet".to_owned(),
        Kind::NodePressure => "every node that would do is short of memory, disk or process ids".to_owned(),
        Kind::HostPort => "a port it needs on the node is taken".to_owned(),
        Kind::VolumeNode => "its volume is on a node or in a zone where it cannot run".to_owned(),
        Kind::Affinity => "its rules on which pods may run beside it leave no node".to_owned(),
        Kind::ClaimMissing => {
            let claim = between(message, "persistentvolumeclaim \"", "\"").unwrap_or_default();
            format!("its volume claim {} does not exist", clean(claim, QUOTE))
        }
        Kind::VolumePending => "its volume is not there yet".to_owned(),
        Kind::VolumeLost => "the volume that its claim was bound to has gone".to_owned(),
        Kind::Deleting => {
            let claim = between(message, "persistentvolumeclaim \"", "\"").unwrap_or_default();
            format!("its volume claim {} is being deleted", clean(claim, QUOTE))
        }
        Kind::NoNode => "the cluster has no node".to_owned(),
        Kind::NotEnoughRoom => format!("no node has room: {}", quote(told)),
        _ => quote(told),
    }
}

/// What it asks for, and what the largest node has.
fn room(view: &View, pod: &Value, kind: Kind, told: &str) -> String {
    let mut asked = Vec::new();
    let mut most = Vec::new();
    let mut beyond = false;
    for (resource, here, write) in [
        ("cpu", kind != Kind::NotEnoughMemory, quantity::cpu as fn(i128) -> String),
        ("memory", kind != Kind::NotEnoughCpu, quantity::memory),
    ] {
        if !here {
            continue;
        }
        let (wants, has) = (quantity::asked(pod, resource), quantity::largest(view.scene.nodes, resource));
        let of = if resource == "memory" { " of memory" } else { "" };
        asked.extend(wants.map(|wants| format!("{}{of}", write(wants))));
        most.extend(has.map(|has| format!("{}{of}", write(has))));
        beyond |= matches!((wants, has), (Some(wants), Some(has)) if wants > has);
    }
    if asked.is_empty() || most.is_empty() {
        return format!("no node has room: {}", quote(told));
    }
    let taken = if beyond { "" } else { ", and other pods have taken too much of it" };
    format!("it asks for {}; the largest node has {}{taken}", list(&asked), list(&most))
}

/// The labels that the pod asks of its node.
fn wanted_labels(pod: &Value) -> String {
    let labels: Vec<String> = pod
        .pointer("/spec/nodeSelector")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(key, value)| clean(&format!("{key}={}", value.as_str().unwrap_or_default()), QUOTE))
        .collect();
    match labels.len() {
        0 => "the labels that its node affinity asks for".to_owned(),
        1 => format!("the label {}", list(&labels)),
        count => format!("the {} {}", many(i64::try_from(count).unwrap_or(2), "label"), list(&labels)),
    }
}

fn next(view: &View, pod: &Value, kind: Kind) -> String {
    match kind {
        Kind::NotEnoughCpu | Kind::NotEnoughMemory | Kind::NotEnoughCpuAndMemory | Kind::NotEnoughRoom => {
            "Free room on a node, add a larger one, or lower what it asks for in the profile's values. What takes the \
             room: kubectl describe nodes"
        }
        Kind::NodeSelector => return label(view, pod),
        Kind::Taint => {
            "Remove the taint, or add a toleration in the profile's values. Which nodes have it: kubectl describe nodes"
        }
        Kind::NodeCordoned => return uncordon(view),
        Kind::HostPort => "Free the port on the node, or change it in the profile's values.",
        Kind::NoNode => "Start a node and join it to the cluster.",
        Kind::NodeNotReady => "Wait for the node, or check its kubelet and its network: kubectl describe nodes",
        Kind::NodePressure => "Free memory or disk on the node. Which one is short: kubectl describe nodes",
        Kind::VolumePending => "Nothing to do yet.",
        Kind::VolumeNode => "See where its volume may be used: kubectl describe pv",
        Kind::VolumeLost => volume::LOST,
        Kind::ClaimMissing => {
            "The next run makes the volume claim; if it is missing again, the release is at fault."
        }
        Kind::Deleting => "Wait until it has gone.",
        Kind::Affinity => "See which pods are on which nodes: kubectl get pods -A -o wide",
        _ => "See which nodes there are and what they carry: kubectl describe nodes",
    }
    .to_owned()
}

/// How to give a node the labels asked for: ready to be copied where there is one node.
fn label(view: &View, pod: &Value) -> String {
    let asked = at(pod, "/spec/nodeSelector").and_then(Value::as_object);
    let labels: Option<Vec<String>> =
        asked.into_iter().flatten().map(|(key, value)| safe_label(key, value.as_str()?)).collect();
    let command = match (view.scene.nodes, labels) {
        ([node], Some(labels)) if !labels.is_empty() => safe(text(node, "/metadata/name"))
            .map(|node| format!("Label the node as asked: kubectl label node {node} {}", labels.join(" "))),
        _ => None,
    };
    command.unwrap_or_else(|| {
        "Label a node as asked, or change the profile's values. What they carry: kubectl get nodes --show-labels"
            .to_owned()
    })
}

/// How to open the nodes again that are closed for new pods.
fn uncordon(view: &View) -> String {
    let closed = view.scene.nodes.iter().filter(|node| flag(node, "/spec/unschedulable"));
    let closed: Option<Vec<&str>> = closed.map(|node| safe(text(node, "/metadata/name"))).collect();
    match closed.as_deref() {
        Some([node]) => format!("Open the node again: kubectl uncordon {node}"),
        _ => "Open one of the closed nodes again with kubectl uncordon. Which they are: kubectl get nodes"
            .to_owned(),
    }
}
