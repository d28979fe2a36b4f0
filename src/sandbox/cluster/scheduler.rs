//! The scheduler: finds the pod its node, in the words of the real one when there is none.

use super::api::Api;
use super::events::{Source, Tone, record};
use super::kinds;
use super::kubelet::PodRef;
use super::object::{at, entry, list, name, namespace, set, text};
use super::quantity::thousandths;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long the scheduler takes for a pod.
const LATENCY: Duration = Duration::from_millis(300);
/// How long until it tries a pod again for the first time, and says so again.
const RETRY: Duration = Duration::from_secs(4);
/// How often it looks whether something has changed for a pod that does not fit.
const LOOK: Duration = Duration::from_secs(1);
/// The annotation that tells the volume provisioner where a claim is wanted.
pub const SELECTED_NODE: &str = "volume.kubernetes.io/selected-node";

enum Fit {
    /// The pod may go to the node once these claims are bound.
    Fits(Vec<String>),
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
            Fit::Fits(claims) => {
                bind_claims(api, pod, &claims).await;
                bind(api, pod);
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

fn bind(api: &Api, pod: &PodRef) {
    let stamp = api.clock.stamp();
    let object = pod.mutate(api, |object| {
        set(object, &["spec", "nodeName"], api.node.as_str());
        let condition = json!({
            "type": "PodScheduled", "observedGeneration": object["metadata"]["generation"], "status": "True",
            "lastProbeTime": null, "lastTransitionTime": stamp,
        });
        set(object, &["status", "conditions"], json!([condition]));
    });
    if let Some(object) = object {
        let message =
            format!("Successfully assigned {}/{} to {}", namespace(&object), name(&object), api.node);
        record(api, Source::Scheduler, &kinds::PODS, &object, Tone::Normal, "Scheduled", &message);
    }
}

async fn bind_claims(api: &Arc<Api>, pod: &PodRef, claims: &[String]) {
    for claim in claims {
        api.mutate(&kinds::PERSISTENTVOLUMECLAIMS, &pod.namespace, claim, |object| {
            entry(object, &["metadata", "annotations"]).insert(SELECTED_NODE.to_owned(), json!(api.node));
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
    let claims = match claims(api, pod) {
        Ok(claims) => claims,
        // What fails before any node was looked at ends in these two words.
        Err(why) => return Fit::No(format!("0/1 nodes are available: {why}. not found")),
    };
    let Some(node) = api.get(&kinds::NODES, "", &api.node) else {
        return Fit::No("no nodes available to schedule pods".to_owned());
    };
    if node["spec"]["unschedulable"] == true {
        return Fit::No(unhelpful("1 node(s) were unschedulable"));
    }
    let labels = at(&node, &["metadata", "labels"]);
    let wanted = at(pod, &["spec", "nodeSelector"]);
    if wanted.as_object().is_some_and(|all| all.iter().any(|(key, value)| labels[key] != *value)) {
        return Fit::No(unhelpful("1 node(s) didn't match Pod's node affinity/selector"));
    }
    let room = |resource: &str| {
        at(&node, &["status", "allocatable", resource]).as_str().and_then(thousandths).unwrap_or(0)
    };
    let mut used: BTreeMap<String, i128> = BTreeMap::new();
    for other in api.list(&kinds::PODS, None) {
        let ended = matches!(text(&other, &["status", "phase"]), "Succeeded" | "Failed");
        if other["spec"]["nodeName"] == *api.node && !ended {
            for (resource, amount) in requests(&other) {
                *used.entry(resource).or_default() += amount;
            }
        }
    }
    let mut short = Vec::new();
    let mut never = false;
    for (resource, amount) in requests(pod) {
        if amount > room(&resource) - used.get(&resource).copied().unwrap_or(0) {
            never |= amount > room(&resource);
            short.push(format!("1 Insufficient {resource}"));
        }
    }
    match (short.is_empty(), never) {
        (true, _) => Fit::Fits(claims),
        (false, true) => Fit::No(unhelpful(&short.join(", "))),
        (false, false) => {
            Fit::No(refusal(&short.join(", "), "1 No preemption victims found for incoming pod."))
        }
    }
}

fn unhelpful(why: &str) -> String {
    refusal(why, "1 Preemption is not helpful for scheduling.")
}

fn refusal(why: &str, preemption: &str) -> String {
    format!(
        "0/1 nodes are available: {why}. no new claims to deallocate, preemption: 0/1 nodes are available: {preemption}"
    )
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
