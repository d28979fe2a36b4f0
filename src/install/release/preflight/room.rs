//! Whether the release's pods find room: each pod whole on one node, beside what runs there already.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Plan, pod_spec, told, unread};
use crate::cluster::connect::{Connected, kind, text_at};
use crate::cluster::kstatus::items;
use crate::foreign::Text;
use crate::install::release::{nodes, quantity};
use crate::model::{Check, CheckState};

pub(super) const ID: &str = "P02";

/// Labels of nodes that come and go by themselves: where one fits nowhere, another node may be made for it.
const GROWING: [&str; 5] = [
    "karpenter.sh/nodepool",
    "eks.amazonaws.com/nodegroup",
    "cloud.google.com/gke-nodepool",
    "kubernetes.azure.com/agentpool",
    "cluster.x-k8s.io/cluster-name",
];

/// CPU in thousandths of a core, memory in bytes, and how many pods it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Size {
    cpu: u64,
    memory: u64,
    pods: u64,
}

impl Size {
    fn plus(self, other: Self) -> Self {
        // The cluster's word may be any number.
        Self {
            cpu: self.cpu.saturating_add(other.cpu),
            memory: self.memory.saturating_add(other.memory),
            pods: self.pods.saturating_add(other.pods),
        }
    }

    fn or_more(self, other: Self) -> Self {
        Self { cpu: self.cpu.max(other.cpu), memory: self.memory.max(other.memory), pods: self.pods }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(other.cpu),
            memory: self.memory.saturating_sub(other.memory),
            pods: self.pods.saturating_sub(other.pods),
        }
    }

    fn fits(self, room: Self) -> bool {
        self.cpu <= room.cpu && self.memory <= room.memory && self.pods <= room.pods
    }

    fn one_pod(self) -> Self {
        Self { pods: 1, ..self }
    }

    #[expect(clippy::cast_precision_loss, reason = "two decimals are shown")]
    fn words(self) -> String {
        let gib = self.memory as f64 / f64::from(1 << 30);
        format!("{:.2} CPU and {gib:.2} Gi", self.cpu as f64 / 1000.0)
    }
}

/// A pod of a release: of a workload, with what it asks for and what it puts up with.
struct Pod<'a> {
    of: String,
    size: Size,
    spec: &'a Value,
    everywhere: bool,
}

/// A node that takes pods, with what is free there.
struct Node<'a> {
    object: &'a Value,
    free: Size,
}

/// A pod of somebody's, as far as it takes room. There may be thousands.
#[derive(Clone, Deserialize)]
struct Running {
    metadata: Meta,
    spec: RunningSpec,
    #[serde(default)]
    status: Phase,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    owner_references: Vec<Owner>,
}

#[derive(Clone, Deserialize)]
struct Owner {
    name: String,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RunningSpec {
    #[serde(default)]
    node_name: String,
    #[serde(default)]
    containers: Vec<Container>,
    #[serde(default)]
    init_containers: Vec<Container>,
    #[serde(default)]
    overhead: BTreeMap<String, String>,
}

#[derive(Clone, Default, Deserialize)]
struct Phase {
    #[serde(default)]
    phase: String,
}

#[derive(Clone, Deserialize)]
struct Container {
    #[serde(default)]
    resources: Resources,
}

#[derive(Clone, Default, Deserialize)]
struct Resources {
    #[serde(default)]
    requests: BTreeMap<String, String>,
}

pub(super) async fn check(cluster: &Connected, plan: &Plan<'_>) -> Check {
    let (nodes, running) = tokio::join!(
        cluster.list(&kind::NODE, None, ""),
        cluster.list_lean_everywhere::<Running>(&kind::POD)
    );
    let nodes = match nodes {
        Ok(nodes) => nodes,
        Err(failed) => return unread(ID, "the nodes' free room cannot be told", &failed),
    };
    let taken = running.as_ref().map(|pods| taken(pods, plan));
    let found = judge(&nodes, taken.as_ref().ok(), plan.objects);
    match running {
        // Even an empty node may be too small; that is certain. That it is large enough is not.
        Err(failed) if found.state == CheckState::Pass => {
            unread(ID, "the nodes are large enough, what runs on them cannot be told", &failed)
        }
        _ => found,
    }
}

/// What runs where already, but for the release itself, which is about to be counted.
fn taken(pods: &[Running], plan: &Plan<'_>) -> BTreeMap<String, Size> {
    let mut taken: BTreeMap<String, Size> = BTreeMap::new();
    let elsewhere: Vec<(&str, &str)> = plan
        .workloads()
        .into_iter()
        .filter(|(space, _)| *space != plan.slug)
        .flat_map(|(space, objects)| {
            objects.into_iter().map(move |object| (space, text_at(object, "/metadata/name")))
        })
        .collect();
    let counts = |pod: &&Running| {
        let is_placed = !pod.spec.node_name.is_empty();
        let has_ended = matches!(pod.status.phase.as_str(), "Succeeded" | "Failed");
        is_placed && !has_ended && !is_own(pod, plan.place, &elsewhere)
    };
    for pod in pods.iter().filter(counts) {
        let of = |amounts: &BTreeMap<String, String>| {
            let of = |what: &str| amounts.get(what).map_or("", String::as_str);
            size(of("cpu"), of("memory"))
        };
        let asked = |containers: &[Container]| -> Vec<Size> {
            containers.iter().map(|container| of(&container.resources.requests)).collect()
        };
        let together = asked(&pod.spec.containers).into_iter().fold(Size::default(), Size::plus);
        // What it was prepared by counts as long as it runs. (kubernetes, resource helpers, PodRequests)
        let all = asked(&pod.spec.init_containers).into_iter().fold(together, Size::or_more);
        let node = taken.entry(pod.spec.node_name.clone()).or_default();
        *node = node.plus(all.plus(of(&pod.spec.overhead)).one_pod());
    }
    taken
}

/// Whether a pod is of the release that lives in `place`. In other namespaces its owner tells: the workload, or the
/// ReplicaSet that is called after it.
fn is_own(pod: &Running, place: Option<&str>, elsewhere: &[(&str, &str)]) -> bool {
    let space = pod.metadata.namespace.as_str();
    let owned_by = |workload: &str| {
        let after = |owner: &Owner| {
            owner.name.strip_prefix(workload).map(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        pod.metadata.owner_references.iter().filter_map(after).any(|is_its| is_its)
    };
    place.is_some()
        && (place == Some(space)
            || elsewhere.iter().any(|(other, workload)| *other == space && owned_by(workload)))
}

fn size(cpu: &str, memory: &str) -> Size {
    let (cpu, memory) = (quantity::milli_cpu(cpu).unwrap_or(0), quantity::bytes(memory).unwrap_or(0));
    Size { cpu, memory, pods: 0 }
}

fn judge(all: &[Value], taken: Option<&BTreeMap<String, Size>>, objects: &[Value]) -> Check {
    let mut open: Vec<Node<'_>> = all
        .iter()
        .filter(|node| nodes::is_open(node))
        .map(|node| {
            let of = |what: &str| text_at(node, &format!("/status/allocatable/{what}"));
            // A kubelet that does not say how many pods it takes is not held to it.
            let pods = of("pods").parse().unwrap_or(u64::MAX);
            let whole = Size { pods, ..size(of("cpu"), of("memory")) };
            let used = taken.and_then(|taken| taken.get(text_at(node, "/metadata/name"))).copied();
            Node { object: node, free: whole.minus(used.unwrap_or_default()) }
        })
        .collect();
    if open.is_empty() {
        return told(ID, CheckState::Fail, "no node is ready to take pods")
            .because(all.iter().map(|node| Text::new(&format!("Node {}", text_at(node, "/metadata/name")))))
            .fix("See why with: kubectl get nodes; then try again.");
    }
    let mut homeless = Vec::new();
    let pods = pods(objects);
    for pod in &pods {
        let mut hosts: Vec<&mut Node<'_>> =
            open.iter_mut().filter(|node| nodes::puts_up(pod.spec, node.object)).collect();
        // The largest room first, as the scheduler's default spreading has it.
        hosts.sort_by_key(|node| std::cmp::Reverse((node.free.pods > 0, node.free.memory, node.free.cpu)));
        let largest =
            hosts.first().map(|node| (text_at(node.object, "/metadata/name").to_owned(), node.free));
        let places = if pod.everywhere { hosts.len() } else { 1 };
        let mut placed = 0;
        for node in hosts.into_iter().filter(|node| pod.size.fits(node.free)).take(places) {
            node.free = node.free.minus(pod.size);
            placed += 1;
        }
        if placed < places || placed == 0 {
            homeless.push(match largest {
                Some((name, Size { pods: 0, .. })) => {
                    format!("{} finds no node that takes one pod more; {name} is full", pod.of)
                }
                Some((name, free)) => format!(
                    "{} asks for {}; the most that is free is {} on {name}",
                    pod.of,
                    pod.size.words(),
                    free.words()
                ),
                None => format!("{} is taken by no node: their taints or labels forbid it", pod.of),
            });
        }
    }
    if homeless.is_empty() {
        let sum = pods.iter().fold(Size::default(), |sum, pod| sum.plus(pod.size));
        return told(ID, CheckState::Pass, format!("there is room for {}", sum.words()));
    }
    let grows = all.iter().any(|node| {
        let labels = node.pointer("/metadata/labels");
        GROWING.iter().any(|label| labels.is_some_and(|labels| labels.get(label).is_some()))
    });
    let state = if grows { CheckState::Warn } else { CheckState::Fail };
    let first = homeless.first().cloned().unwrap_or_default();
    let words = if grows { format!("{first}; more nodes may be made for it") } else { first };
    told(ID, state, words)
        .because(homeless.iter().map(String::as_str))
        .fix("Make room on a node or add one: kubectl describe nodes shows what takes it.")
}

/// One pod a replica; of a DaemonSet one that goes everywhere. The largest first, so that the small ones fill up.
fn pods(objects: &[Value]) -> Vec<Pod<'_>> {
    let mut pods = Vec::new();
    for object in objects {
        let kind = text_at(object, "/kind");
        let Some(spec) = pod_spec(object).filter(|_| kind != "CronJob") else { continue };
        let requests = |list: &str| {
            let asked = items(spec, list).iter().map(|container| {
                let of = |what: &str| text_at(container, &format!("/resources/requests/{what}"));
                size(of("cpu"), of("memory"))
            });
            asked.collect::<Vec<_>>()
        };
        // What prepares a pod runs before the rest, one after the other. (kubernetes, resource helpers, PodRequests)
        let together = requests("/containers").into_iter().fold(Size::default(), Size::plus);
        let size = requests("/initContainers").into_iter().fold(together, Size::or_more).one_pod();
        let everywhere = kind == "DaemonSet";
        let replicas = object.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1);
        for _ in 0..if everywhere { 1 } else { replicas.min(100) } {
            let of = format!("{kind} {}", text_at(object, "/metadata/name"));
            pods.push(Pod { of, size, spec, everywhere });
        }
    }
    pods.sort_by_key(|pod| std::cmp::Reverse((pod.size.memory, pod.size.cpu)));
    pods
}

#[cfg(test)]
mod tests;
