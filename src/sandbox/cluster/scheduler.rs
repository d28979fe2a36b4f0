//! The scheduler: finds the pod its node, in the words of the real one when there is none.

use super::api::Api;
use super::events::{Source, Tone, record};
use super::kinds;
use super::kubelet::PodRef;
use super::object::{at, entry, list, name, namespace, set, text};
use super::quantity::{self, thousandths};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub mod taints;

/// How long the scheduler takes for a pod.
const LATENCY: Duration = Duration::from_millis(300);
/// How long until it tries a pod again for the first time, and says so again.
const RETRY: Duration = Duration::from_secs(4);
/// How often it looks whether something has changed for a pod that does not fit.
const LOOK: Duration = Duration::from_secs(1);
/// The annotation that tells the volume provisioner where a claim is wanted.
pub const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";

enum Fit {
    /// The pod may go to this node once these claims are bound.
    Fits(String, Vec<String>),
    No(String),
}

/// Waits until the pod is bound to the node. Returns early if it is gone.
pub async fn place(api: &Arc<Api>, pod: &PodRef) {
    api.clock.sleep(LATENCY).await;
    let mut said: Option<String> = None;
    let mut waited = Duration::ZERO;
    loop {
        let Some(object) = pod.get(api) else { return };
        if !text(&object, &["spec", "nodeName"]).is_empty() {
            return;
        }
        match fit(api, &object) {
            Fit::Fits(node, claims) => {
                bind_claims(api, pod, &node, &claims).await;
                bind(api, pod, &node);
                return;
            }
            Fit::No(message) => {
                let again = waited == RETRY;
                if said.as_ref() != Some(&message) || again {
                    refuse(api, pod, &message);
                    said = Some(message);
                }
            }
        }
        api.clock.sleep(LOOK).await;
        waited += LOOK;
    }
}

fn refuse(api: &Api, pod: &PodRef, message: &str) {
    let stamp = api.clock.stamp();
    let object = pod.mutate(api, |object| {
        let since = super::kubelet::status::since(object, "PodScheduled", "False", &stamp);
        let condition = json!({
            "type": "PodScheduled", "observedGeneration": object["metadata"]["generation"], "status": "False",
            "lastProbeTime": null, "lastTransitionTime": since, "reason": "Unschedulable", "message": message,
        });
        set(object, &["status", "conditions"], json!([condition]));
    });
    if let Some(object) = object {
        record(api, Source::Scheduler, &kinds::PODS, &object, Tone::Warning, "FailedScheduling", message);
    }
}

fn bind(api: &Api, pod: &PodRef, node: &str) {
    let stamp = api.clock.stamp();
    let object = pod.mutate(api, |object| {
        set(object, &["spec", "nodeName"], node);
        let condition = json!({
            "type": "PodScheduled", "observedGeneration": object["metadata"]["generation"], "status": "True",
            "lastProbeTime": null, "lastTransitionTime": stamp,
        });
        set(object, &["status", "conditions"], json!([condition]));
    });
    if let Some(object) = object {
        let message = format!("Successfully assigned {}/{} to {node}", namespace(&object), name(&object));
        record(api, Source::Scheduler, &kinds::PODS, &object, Tone::Normal, "Scheduled", &message);
    }
}

async fn bind_claims(api: &Arc<Api>, pod: &PodRef, node: &str, claims: &[String]) {
    for claim in claims {
        api.mutate(&kinds::PERSISTENTVOLUMECLAIMS, &pod.namespace, claim, |object| {
            entry(object, &["metadata", "annotations"]).insert(SELECTED_NODE.to_owned(), json!(node));
        });
    }
    let bound = |claim: &String| {
        api.get(&kinds::PERSISTENTVOLUMECLAIMS, &pod.namespace, claim)
            .is_none_or(|object| object["status"]["phase"] == "Bound")
    };
    while !claims.iter().all(bound) {
        api.clock.sleep(Duration::from_millis(200)).await;
    }
}

fn fit(api: &Api, pod: &Value) -> Fit {
    let nodes = api.list(&kinds::NODES, None);
    let total = nodes.len();
    let claims = match claims(api, pod) {
        Ok(claims) => claims,
        // What fails before any node was looked at ends in these two words.
        Err(why) => return Fit::No(format!("0/{total} nodes are available: {why}. not found")),
    };
    if nodes.is_empty() {
        return Fit::No("no nodes available to schedule pods".to_owned());
    }
    let pods = api.list(&kinds::PODS, None);
    let mut told = Vec::new();
    let (mut helpless, mut full) = (0, 0);
    // The emptiest node first, so that pods spread.
    let mut nodes: Vec<_> = nodes.iter().map(|node| (on(&pods, name(node)).count(), node)).collect();
    nodes.sort_by_key(|(pods, node)| (*pods, name(node).to_owned()));
    for (_, node) in nodes {
        match look(&pods, node, pod) {
            Look::Fits => return Fit::Fits(name(node).to_owned(), claims),
            Look::Never(why) => {
                helpless += 1;
                told.extend(why);
            }
            Look::Full(why) => {
                full += 1;
                told.extend(why);
            }
        }
    }
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for why in told {
        *reasons.entry(why).or_default() += 1;
    }
    let why: Vec<_> = reasons.into_iter().map(|(why, count)| format!("{count} {why}")).collect();
    let mut preemption = Vec::new();
    if full > 0 {
        preemption.push(format!("{full} No preemption victims found for incoming pod"));
    }
    if helpless > 0 {
        preemption.push(format!("{helpless} Preemption is not helpful for scheduling"));
    }
    Fit::No(format!(
        "0/{total} nodes are available: {}. no new claims to deallocate, preemption: 0/{total} nodes are available: {}.",
        why.join(", "),
        preemption.join(", ")
    ))
}

/// What one node says to a pod.
enum Look {
    Fits,
    /// Whatever else runs there.
    Never(Vec<String>),
    /// As long as the others run there.
    Full(Vec<String>),
}

/// The pods that are on a node and have not ended.
fn on<'a>(pods: &'a [Arc<Value>], node: &'a str) -> impl Iterator<Item = &'a Arc<Value>> {
    pods.iter().filter(move |pod| {
        pod["spec"]["nodeName"] == *node && !matches!(text(pod, &["status", "phase"]), "Succeeded" | "Failed")
    })
}

fn look(pods: &[Arc<Value>], node: &Value, pod: &Value) -> Look {
    let never = |why: String| Look::Never(vec![why]);
    if node["spec"]["unschedulable"] == true && !taints::tolerates(pod, &taints::UNSCHEDULABLE) {
        return never("node(s) were unschedulable".to_owned());
    }
    if let Some(taint) = taints::untolerated(pod, node) {
        return never(format!("node(s) had untolerated taint {taint}"));
    }
    if !taints::is_chosen(pod, node) {
        return never("node(s) didn't match Pod's node affinity/selector".to_owned());
    }
    let room = |resource: &str| quantity::of(at(node, &["status", "allocatable", resource])).unwrap_or(0);
    let mut used: BTreeMap<String, i128> = BTreeMap::new();
    let mut count = 0;
    for other in on(pods, name(node)) {
        count += 1_000;
        for (resource, amount) in requests(other) {
            *used.entry(resource).or_default() += amount;
        }
    }
    let mut short = Vec::new();
    let mut never = false;
    if count + 1_000 > room("pods") {
        never |= room("pods") == 0;
        short.push("Too many pods".to_owned());
    }
    for (resource, amount) in requests(pod) {
        if amount > room(&resource) - used.get(&resource).copied().unwrap_or(0) {
            never |= amount > room(&resource);
            short.push(format!("Insufficient {resource}"));
        }
    }
    match (short.is_empty(), never) {
        (true, _) => Look::Fits,
        (false, true) => Look::Never(short),
        (false, false) => Look::Full(short),
    }
}

/// The claims of the pod that wait for their first consumer, or why one of them cannot be used.
fn claims(api: &Api, pod: &Value) -> Result<Vec<String>, String> {
    let mut waiting = Vec::new();
    for volume in list(pod, &["spec", "volumes"]) {
        let claim = text(volume, &["persistentVolumeClaim", "claimName"]);
        if claim.is_empty() {
            continue;
        }
        let object = api
            .get(&kinds::PERSISTENTVOLUMECLAIMS, namespace(pod), claim)
            .ok_or_else(|| format!("persistentvolumeclaim \"{claim}\" not found"))?;
        if super::object::is_deleting(&object) {
            return Err(format!("persistentvolumeclaim \"{claim}\" is being deleted"));
        }
        if object["status"]["phase"] == "Bound" {
            continue;
        }
        let class = api.get(&kinds::STORAGECLASSES, "", text(&object, &["spec", "storageClassName"]));
        if class.is_some_and(|class| class["volumeBindingMode"] == "WaitForFirstConsumer") {
            waiting.push(claim.to_owned());
        } else {
            return Err("pod has unbound immediate PersistentVolumeClaims".to_owned());
        }
    }
    Ok(waiting)
}

/// What the pod asks for, in thousandths: the sum of its containers, or more if an init container needs more.
fn requests(pod: &Value) -> BTreeMap<String, i128> {
    let of = |container: &Value| -> Vec<(String, i128)> {
        at(container, &["resources", "requests"])
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(resource, amount)| {
                let amount = amount.as_str().map_or_else(|| amount.to_string(), str::to_owned);
                Some((resource.clone(), thousandths(&amount)?))
            })
            .collect()
    };
    let mut sum: BTreeMap<String, i128> = BTreeMap::new();
    for (resource, amount) in list(pod, &["spec", "containers"]).iter().flat_map(of) {
        *sum.entry(resource).or_default() += amount;
    }
    for (resource, amount) in list(pod, &["spec", "initContainers"]).iter().flat_map(of) {
        let most = sum.entry(resource).or_default();
        *most = amount.max(*most);
    }
    sum
}
