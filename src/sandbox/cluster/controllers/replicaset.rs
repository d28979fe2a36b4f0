//! ReplicaSets: as many pods as are asked for.

use super::template;
use crate::sandbox::cluster::api::Api;
use crate::sandbox::cluster::events::{Source, Tone, record};
use crate::sandbox::cluster::kinds;
use crate::sandbox::cluster::object::{
    self, controller_uid, count, has_condition, is_deleting, list, name, namespace, remove, text, uid,
};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const NAME: &str = "replicaset-controller";
/// The first and the longest pause after a pod could not be created.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(15));

/// The most pods created in one step.
const BURST: usize = 100;

/// The ReplicaSet controller. It remembers whose pods could not be created, and when to try again.
#[derive(Default)]
pub struct ReplicaSets {
    failed: HashMap<String, (Instant, Duration)>,
}

impl ReplicaSets {
    /// Takes the next step for every ReplicaSet. Says when it wants to look again.
    pub fn reconcile(&mut self, api: &Api) -> Option<Instant> {
        let all = api.list(&kinds::REPLICASETS, None);
        self.failed.retain(|known, _| all.iter().any(|set| uid(set) == known));
        for set in all {
            self.one(api, &set);
        }
        self.failed.values().map(|(at, _)| *at).min()
    }

    fn one(&mut self, api: &Api, set: &Value) {
        let wanted = if is_deleting(set) { None } else { Some(count(set, &["spec", "replicas"])) };
        let pods = owned_pods(api, set);
        let active: Vec<_> = pods.iter().filter(|pod| is_active(pod)).collect();
        let have = i64::try_from(active.len()).unwrap_or(i64::MAX);
        let mut failure = None;
        match wanted {
            Some(wanted) if have < wanted => {
                let early = self.failed.get(uid(set)).is_some_and(|(at, _)| Instant::now() < *at);
                if early {
                    return;
                }
                failure = (have..wanted).take(BURST).find_map(|_| create(api, set).err());
            }
            Some(wanted) if have > wanted => {
                let mut victims = active.clone();
                // Those that serve least go first: not ready, then youngest.
                victims.sort_by_key(|pod| (has_condition(pod, "Ready"), std::cmp::Reverse(version(pod))));
                let surplus = usize::try_from(have - wanted).unwrap_or(0);
                for pod in victims.into_iter().take(surplus) {
                    api.delete(&kinds::PODS, namespace(pod), name(pod));
                    let message = format!("Deleted pod: {}", name(pod));
                    tell(api, set, Tone::Normal, "SuccessfulDelete", &message);
                }
            }
            _ => {}
        }
        match &failure {
            None => drop(self.failed.remove(uid(set))),
            Some(message) => {
                let pause =
                    self.failed.get(uid(set)).map_or(BACKOFF.0, |(_, pause)| (*pause * 2).min(BACKOFF.1));
                self.failed.insert(uid(set).to_owned(), (Instant::now() + api.clock.scaled(pause), pause));
                tell(api, set, Tone::Warning, "FailedCreate", &format!("Error creating: {message}"));
            }
        }
        write_status(api, set, failure.as_deref());
    }
}

fn version(pod: &Value) -> u64 {
    text(pod, &["metadata", "resourceVersion"]).parse().unwrap_or(0)
}

/// The pods that the workload controls.
pub fn owned_pods(api: &Api, workload: &Value) -> Vec<Arc<Value>> {
    let mut pods = api.list(&kinds::PODS, Some(namespace(workload)));
    pods.retain(|pod| controller_uid(pod) == uid(workload));
    pods
}

/// Whether the pod counts: it has not ended, and is not about to.
pub fn is_active(pod: &Value) -> bool {
    !is_deleting(pod) && !matches!(text(pod, &["status", "phase"]), "Succeeded" | "Failed")
}

fn tell(api: &Api, set: &Value, tone: Tone, reason: &str, message: &str) {
    record(api, Source::Controller(NAME), &kinds::REPLICASETS, set, tone, reason, message);
}

fn create(api: &Api, set: &Value) -> Result<(), String> {
    let pod = api
        .create(&kinds::PODS, namespace(set), template::pod("ReplicaSet", set), NAME)
        .map_err(|error| error.message().to_owned())?;
    tell(api, set, Tone::Normal, "SuccessfulCreate", &format!("Created pod: {}", name(&pod)));
    Ok(())
}

fn write_status(api: &Api, set: &Value, failure: Option<&str>) {
    let pods = owned_pods(api, set);
    let active: Vec<_> = pods.iter().filter(|pod| is_active(pod)).collect();
    let ready = active.iter().filter(|pod| has_condition(pod, "Ready")).count();
    let terminating = pods.iter().filter(|pod| is_deleting(pod)).count();
    let stamp = api.clock.stamp();
    api.mutate(&kinds::REPLICASETS, namespace(set), name(set), |object| {
        let mut status = json!({
            "replicas": active.len(), "fullyLabeledReplicas": active.len(), "readyReplicas": ready,
            "availableReplicas": ready, "terminatingReplicas": terminating,
            "observedGeneration": set["metadata"]["generation"],
        });
        for field in ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"] {
            if status[field] == 0 {
                remove(&mut status, &[field]);
            }
        }
        // A failure that goes on is told as it was first told.
        let known = list(object, &["status", "conditions"]).first().cloned();
        if let Some(message) = failure {
            let condition = known.unwrap_or_else(|| {
                json!({
                    "type": "ReplicaFailure", "status": "True", "lastTransitionTime": stamp,
                    "reason": "FailedCreate", "message": message,
                })
            });
            status["conditions"] = json!([condition]);
        }
        object::set(object, &["status"], status);
    });
}
