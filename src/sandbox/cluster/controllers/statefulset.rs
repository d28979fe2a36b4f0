//! StatefulSets: pods that have numbers, names and claims of their own, one after the other.

use super::replicaset::{is_active, owned_pods};
use super::template;
use crate::sandbox::cluster::api::Api;
use crate::sandbox::cluster::events::{Source, Tone, record};
use crate::sandbox::cluster::kinds;
use crate::sandbox::cluster::object::{
    self, at, controller_uid, count, entry, has_condition, is_deleting, list, list_mut, name, namespace,
    remove, set, text, uid,
};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const NAME: &str = "statefulset-controller";
const REVISION: &str = "controller-revision-hash";

/// How long the controller waits after a pod was refused.
const RETRY: Duration = Duration::from_secs(5);

/// The StatefulSet controller. It remembers whose pods were refused, and when to try again.
#[derive(Default)]
pub struct StatefulSets {
    refused: HashMap<String, Instant>,
}

impl StatefulSets {
    /// Takes the next step for every StatefulSet. Says when it wants to look again.
    pub fn reconcile(&mut self, api: &Api) -> Option<Instant> {
        let all = api.list(&kinds::STATEFULSETS, None);
        self.refused.retain(|known, again| {
            *again > Instant::now() && all.iter().any(|workload| uid(workload) == known)
        });
        for workload in all.iter().filter(|workload| !is_deleting(workload)) {
            if !one(api, workload, self.refused.contains_key(uid(workload))) {
                self.refused.insert(uid(workload).to_owned(), Instant::now() + api.clock.scaled(RETRY));
            }
        }
        self.refused.values().copied().min()
    }
}

/// The next step of one; false if a pod was refused.
fn one(api: &Api, set: &Value, waits: bool) -> bool {
    let update = revision(api, set);
    let current = match text(set, &["status", "currentRevision"]) {
        "" => update.clone(),
        known => known.to_owned(),
    };
    let well = waits || step(api, set, &current, &update);
    write_status(api, set, &current, &update);
    well
}

/// The name of the revision of the present template, which is kept as an object of its own.
fn revision(api: &Api, workload: &Value) -> String {
    let own = format!("{}-{}", name(workload), template::hash(workload));
    let revisions = api.list(&kinds::CONTROLLERREVISIONS, Some(namespace(workload)));
    let ours = revisions.iter().filter(|revision| controller_uid(revision) == uid(workload));
    let latest = ours.clone().map(|revision| count(revision, &["revision"])).max().unwrap_or(0);
    let known = ours.clone().find(|revision| name(revision) == own);
    match known {
        None => {
            let object = json!({
                "metadata": {
                    "name": own, "ownerReferences": template::owners("StatefulSet", workload),
                    "labels": at(workload, &["spec", "template", "metadata", "labels"]),
                },
                "revision": latest + 1, "data": {"spec": {"template": template::template(workload)}},
            });
            // Fails only when the namespace is going: then nothing needs a revision.
            let _ = api.create(&kinds::CONTROLLERREVISIONS, namespace(workload), object, NAME);
        }
        Some(known) if count(known, &["revision"]) < latest => {
            api.mutate(&kinds::CONTROLLERREVISIONS, namespace(workload), &own, |object| {
                set(object, &["revision"], latest + 1);
            });
        }
        Some(_) => {}
    }
    own
}

fn ordinal(workload: &Value, pod: &Value) -> Option<i64> {
    name(pod).strip_prefix(name(workload))?.strip_prefix('-')?.parse().ok()
}

fn partition(workload: &Value) -> i64 {
    count(workload, &["spec", "updateStrategy", "rollingUpdate", "partition"])
}

fn step(api: &Api, workload: &Value, current: &str, update: &str) -> bool {
    let (first, wanted) =
        (count(workload, &["spec", "ordinals", "start"]), count(workload, &["spec", "replicas"]));
    let in_order = text(workload, &["spec", "podManagementPolicy"]) != "Parallel";
    let mut pods: Vec<(i64, Arc<Value>)> = owned_pods(api, workload)
        .into_iter()
        .filter_map(|pod| Some((ordinal(workload, &pod)?, pod)))
        .collect();
    pods.sort_by_key(|(number, _)| *number);
    let healthy = |pod: &Value| is_active(pod) && has_condition(pod, "Ready");
    for number in first..first.saturating_add(wanted) {
        match pods.iter().find(|(n, _)| *n == number) {
            None => {
                if !create(api, workload, number, if number < partition(workload) { current } else { update })
                {
                    return false;
                }
            }
            Some((_, pod)) if !is_deleting(pod) && !is_active(pod) => delete(api, workload, pod),
            Some((_, pod)) if healthy(pod) => continue,
            Some(_) => {}
        }
        if in_order {
            return true;
        }
    }
    for (_, pod) in
        pods.iter().rev().filter(|(number, _)| *number >= first.saturating_add(wanted) || *number < first)
    {
        if !is_deleting(pod) {
            delete(api, workload, pod);
        }
        if in_order {
            return true;
        }
    }
    if text(workload, &["spec", "updateStrategy", "type"]) == "OnDelete" {
        return true;
    }
    for (number, pod) in pods.iter().rev().filter(|(number, _)| *number >= partition(workload)) {
        let outdated = text(pod, &["metadata", "labels", REVISION]) != update;
        if outdated && !is_deleting(pod) && *number < first.saturating_add(wanted) {
            delete(api, workload, pod);
        }
        // One at a time, from the highest number down, and the next when this one is well.
        if outdated || !healthy(pod) {
            return true;
        }
    }
    true
}

fn delete(api: &Api, workload: &Value, pod: &Value) {
    api.delete(&kinds::PODS, namespace(pod), name(pod));
    let message = format!("delete Pod {} in StatefulSet {} successful", name(pod), name(workload));
    tell(api, workload, Tone::Normal, "SuccessfulDelete", &message);
}

fn tell(api: &Api, workload: &Value, tone: Tone, reason: &str, message: &str) {
    record(api, Source::Controller(NAME), &kinds::STATEFULSETS, workload, tone, reason, message);
}

/// Creates the pod of that number; false if it was refused.
fn create(api: &Api, workload: &Value, number: i64, revision: &str) -> bool {
    let own = format!("{}-{number}", name(workload));
    let kept = api.get(&kinds::CONTROLLERREVISIONS, namespace(workload), revision);
    let mut made_from = workload.clone();
    if let Some(kept) = kept {
        set(&mut made_from, &["spec", "template"], at(&kept, &["data", "spec", "template"]).clone());
    }
    let mut pod = template::pod("StatefulSet", &made_from);
    set(&mut pod, &["metadata", "name"], own.as_str());
    remove(&mut pod, &["metadata", "generateName"]);
    for (label, value) in [
        ("statefulset.kubernetes.io/pod-name", own.clone()),
        ("apps.kubernetes.io/pod-index", number.to_string()),
        (REVISION, revision.to_owned()),
    ] {
        entry(&mut pod, &["metadata", "labels"]).insert(label.to_owned(), json!(value));
    }
    set(&mut pod, &["spec", "hostname"], own.as_str());
    set(&mut pod, &["spec", "subdomain"], text(workload, &["spec", "serviceName"]));
    for claim in list(workload, &["spec", "volumeClaimTemplates"]) {
        claim_for(api, workload, &own, claim);
        let volume = json!({"name": name(claim), "persistentVolumeClaim": {"claimName": format!("{}-{own}", name(claim))}});
        let volumes = list_mut(&mut pod, &["spec", "volumes"]);
        volumes.retain(|volume| volume["name"] != name(claim));
        volumes.push(volume);
    }
    match api.create(&kinds::PODS, namespace(workload), pod, NAME) {
        Ok(_) => {
            let message = format!("create Pod {own} in StatefulSet {} successful", name(workload));
            tell(api, workload, Tone::Normal, "SuccessfulCreate", &message);
            true
        }
        Err(error) => {
            let message = format!(
                "create Pod {own} in StatefulSet {} failed error: {}",
                name(workload),
                error.message()
            );
            tell(api, workload, Tone::Warning, "FailedCreate", &message);
            false
        }
    }
}

/// The claim stays when its pod goes, for the next one of that number.
fn claim_for(api: &Api, workload: &Value, pod: &str, template: &Value) {
    let own = format!("{}-{pod}", name(template));
    if api.get(&kinds::PERSISTENTVOLUMECLAIMS, namespace(workload), &own).is_some() {
        return;
    }
    let mut claim = json!({"metadata": template["metadata"], "spec": template["spec"]});
    set(&mut claim, &["metadata", "name"], own.as_str());
    let labels = at(workload, &["spec", "selector", "matchLabels"]).clone();
    for (label, value) in labels.as_object().into_iter().flatten() {
        entry(&mut claim, &["metadata", "labels"]).insert(label.clone(), value.clone());
    }
    let (tone, reason, message) =
        match api.create(&kinds::PERSISTENTVOLUMECLAIMS, namespace(workload), claim, NAME) {
            Ok(_) => (Tone::Normal, "SuccessfulCreate", "success".to_owned()),
            Err(error) => (Tone::Warning, "FailedCreate", format!("failed error: {}", error.message())),
        };
    let words = format!("create Claim {own} Pod {pod} in StatefulSet {} {message}", name(workload));
    tell(api, workload, tone, reason, &words);
}

fn write_status(api: &Api, workload: &Value, current: &str, update: &str) {
    let pods: Vec<_> = owned_pods(api, workload).into_iter().filter(|pod| is_active(pod)).collect();
    let of = |revision: &str| {
        pods.iter().filter(|pod| text(pod, &["metadata", "labels", REVISION]) == revision).count()
    };
    let ready = pods.iter().filter(|pod| has_condition(pod, "Ready")).count();
    let wanted = usize::try_from(count(workload, &["spec", "replicas"])).unwrap_or(0);
    let done =
        partition(workload) == 0 && of(update) == pods.len() && ready == wanted && pods.len() == wanted;
    let current = if done { update } else { current };
    let mut status = json!({
        "observedGeneration": workload["metadata"]["generation"], "replicas": pods.len(), "readyReplicas": ready,
        "availableReplicas": ready, "currentReplicas": of(current), "updatedReplicas": of(update),
        "currentRevision": current, "updateRevision": update, "collisionCount": 0,
    });
    for field in ["readyReplicas", "currentReplicas", "updatedReplicas"] {
        if status[field] == 0 {
            remove(&mut status, &[field]);
        }
    }
    api.mutate(&kinds::STATEFULSETS, namespace(workload), name(workload), |object| {
        object::set(object, &["status"], status);
    });
}
