//! Jobs: pods until enough of them have ended well, or too many badly.

use super::replicaset::{is_active, owned_pods};
use super::template;
use crate::sandbox::cluster::api::Api;
use crate::sandbox::cluster::events::{Source, Tone, record};
use crate::sandbox::cluster::kinds;
use crate::sandbox::cluster::object::{
    at, count, entry, has_condition, int, is_deleting, list, list_mut, name, namespace, set, text, uid,
};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const NAME: &str = "job-controller";
const INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// The first and the longest pause after a pod that failed.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(600));

/// The Job controller. It remembers since when each Job runs, and when its next pod may come.
#[derive(Default)]
pub struct Jobs {
    known: HashMap<String, Known>,
}

struct Known {
    since: Instant,
    failed: usize,
    next: Instant,
}

/// The pods of a Job.
struct Pods {
    all: Vec<Arc<Value>>,
}

impl Pods {
    fn in_phase(&self, phase: &str) -> usize {
        self.all.iter().filter(|pod| text(pod, &["status", "phase"]) == phase).count()
    }

    fn active(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.all.iter().filter(|pod| is_active(pod))
    }

    /// Pods that failed, and restarts of those that are still tried.
    fn failures(&self) -> usize {
        let restarts = self.active().flat_map(|pod| list(pod, &["status", "containerStatuses"]));
        let restarts: i64 = restarts.map(|status| count(status, &["restartCount"])).sum();
        self.in_phase("Failed") + usize::try_from(restarts).unwrap_or(0)
    }
}

impl Jobs {
    /// Takes the next step for every Job. Says when it wants to look again.
    pub fn reconcile(&mut self, api: &Api) -> Option<Instant> {
        let all = api.list(&kinds::JOBS, None);
        self.known.retain(|known, _| all.iter().any(|job| uid(job) == known));
        all.iter().filter(|job| !is_deleting(job)).filter_map(|job| self.one(api, job)).min()
    }

    fn one(&mut self, api: &Api, job: &Value) -> Option<Instant> {
        let now = Instant::now();
        let pods = Pods { all: owned_pods(api, job) };
        let known =
            self.known.entry(uid(job).to_owned()).or_insert(Known { since: now, failed: 0, next: now });
        if is_finished(job) {
            let left = int(job, &["spec", "ttlSecondsAfterFinished"])?;
            // From here on the time since is that since the end.
            if known.failed != usize::MAX {
                *known = Known { since: now, failed: usize::MAX, next: now };
            }
            let due = known.since + api.clock.scaled(seconds(left));
            if due <= now {
                api.delete(&kinds::JOBS, namespace(job), name(job));
            }
            return Some(due);
        }
        let failed = pods.in_phase("Failed");
        if failed > known.failed {
            let doubled =
                BACKOFF.0 * 2_u32.saturating_pow(u32::try_from(failed - 1).unwrap_or(u32::MAX).min(10));
            known.next = now + api.clock.scaled(doubled.min(BACKOFF.1));
        }
        known.failed = failed;
        let limit = usize::try_from(count(job, &["spec", "backoffLimit"])).unwrap_or(0);
        let deadline =
            int(job, &["spec", "activeDeadlineSeconds"]).map(|n| known.since + api.clock.scaled(seconds(n)));
        let (next, suspended) = (known.next, job["spec"]["suspend"] == true);
        let done = wanted(job)
            .map_or(pods.in_phase("Succeeded") > 0 && pods.active().next().is_none(), |wanted| {
                pods.in_phase("Succeeded") >= wanted
            });
        if done {
            finish(
                api,
                job,
                &pods,
                "Complete",
                "CompletionsReached",
                "Reached expected number of succeeded pods",
            );
        } else if pods.failures() > limit {
            finish(
                api,
                job,
                &pods,
                "Failed",
                "BackoffLimitExceeded",
                "Job has reached the specified backoff limit",
            );
        } else if deadline.is_some_and(|deadline| deadline <= now) {
            finish(
                api,
                job,
                &pods,
                "Failed",
                "DeadlineExceeded",
                "Job was active longer than specified deadline",
            );
        } else {
            if suspended {
                stop(api, &pods);
            } else if next <= now && !create(api, job, &pods) {
                known.next = now + api.clock.scaled(BACKOFF.0);
            }
            let next = known.next;
            write_status(api, job, |object, stamp| suspend(object, suspended, stamp));
            return [(next > now).then_some(next), deadline].into_iter().flatten().min();
        }
        None
    }
}

fn seconds(number: i64) -> Duration {
    Duration::from_secs(u64::try_from(number).unwrap_or(0).min(1 << 30))
}

fn is_finished(job: &Value) -> bool {
    has_condition(job, "Complete") || has_condition(job, "Failed")
}

fn wanted(job: &Value) -> Option<usize> {
    int(job, &["spec", "completions"]).and_then(|n| usize::try_from(n).ok())
}

fn stop(api: &Api, pods: &Pods) {
    for pod in pods.active() {
        api.delete(&kinds::PODS, namespace(pod), name(pod));
    }
}

/// Creates the pods that are missing; false if one was refused.
fn create(api: &Api, job: &Value, pods: &Pods) -> bool {
    let parallel = usize::try_from(count(job, &["spec", "parallelism"])).unwrap_or(0);
    let succeeded = pods.in_phase("Succeeded");
    let active = pods.active().count();
    let room = match wanted(job) {
        Some(wanted) => parallel.min(wanted.saturating_sub(succeeded)),
        // Without a number of completions, the first that ends well ends the creating.
        None if succeeded > 0 => active,
        None => parallel,
    };
    let is_indexed = job["spec"]["completionMode"] == "Indexed";
    let taken = |index: usize| {
        let index = index.to_string();
        pods.all.iter().any(|pod| {
            text(pod, &["metadata", "annotations", INDEX]) == index
                && text(pod, &["status", "phase"]) != "Failed"
        })
    };
    let mut free = (0..wanted(job).unwrap_or(0)).filter(|index| !taken(*index));
    for _ in active..room {
        let mut pod = template::pod("Job", job);
        if let (true, Some(index)) = (is_indexed, free.next()) {
            entry(&mut pod, &["metadata", "annotations"]).insert(INDEX.to_owned(), json!(index.to_string()));
            entry(&mut pod, &["metadata", "labels"]).insert(INDEX.to_owned(), json!(index.to_string()));
            set(&mut pod, &["metadata", "generateName"], format!("{}-{index}-", name(job)));
        }
        match api.create(&kinds::PODS, namespace(job), pod, NAME) {
            Ok(made) => {
                tell(api, job, Tone::Normal, "SuccessfulCreate", &format!("Created pod: {}", name(&made)));
            }
            Err(error) => {
                tell(
                    api,
                    job,
                    Tone::Warning,
                    "FailedCreate",
                    &format!("Error creating: {}", error.message()),
                );
                return false;
            }
        }
    }
    true
}

fn tell(api: &Api, job: &Value, tone: Tone, reason: &str, message: &str) {
    record(api, Source::Controller(NAME), &kinds::JOBS, job, tone, reason, message);
}

fn finish(api: &Api, job: &Value, pods: &Pods, end: &str, reason: &str, message: &str) {
    stop(api, pods);
    let (tone, said, words) = match end {
        "Complete" => (Tone::Normal, "Completed", "Job completed"),
        _ => (Tone::Warning, reason, message),
    };
    tell(api, job, tone, said, words);
    let first = if end == "Complete" { "SuccessCriteriaMet" } else { "FailureTarget" };
    write_status(api, job, |object, stamp| {
        for kind in [first, end] {
            let condition = json!({"type": kind, "status": "True", "reason": reason, "message": message,
                "lastProbeTime": stamp, "lastTransitionTime": stamp});
            list_mut(object, &["status", "conditions"]).push(condition);
        }
        if end == "Complete" {
            set(object, &["status", "completionTime"], stamp);
        }
    });
}

fn suspend(object: &mut Value, suspended: bool, stamp: &str) {
    let wanted = if suspended { "True" } else { "False" };
    let known = list(object, &["status", "conditions"]).iter().find(|c| c["type"] == "Suspended");
    if known.map_or(!suspended, |condition| condition["status"] == wanted) {
        return;
    }
    let (reason, message) =
        if suspended { ("JobSuspended", "Job suspended") } else { ("JobResumed", "Job resumed") };
    let conditions = list_mut(object, &["status", "conditions"]);
    conditions.retain(|condition| condition["type"] != "Suspended");
    conditions.push(json!({"type": "Suspended", "status": wanted, "reason": reason, "message": message,
        "lastProbeTime": stamp, "lastTransitionTime": stamp}));
}

fn write_status(api: &Api, job: &Value, change: impl FnOnce(&mut Value, &str)) {
    let pods = Pods { all: owned_pods(api, job) };
    let stamp = api.clock.stamp();
    let ready = pods.active().filter(|pod| has_condition(pod, "Ready")).count();
    let terminating = pods.all.iter().filter(|pod| is_deleting(pod)).count();
    api.mutate(&kinds::JOBS, namespace(job), name(job), |object| {
        change(object, &stamp);
        let status = entry(object, &["status"]);
        for (field, number) in [
            ("active", pods.active().count()),
            ("ready", ready),
            ("succeeded", pods.in_phase("Succeeded")),
            ("failed", pods.in_phase("Failed")),
            ("terminating", terminating),
        ] {
            if number > 0 || matches!(field, "ready" | "terminating") {
                status.insert(field.to_owned(), json!(number));
            } else {
                status.remove(field);
            }
        }
        status.insert("uncountedTerminatedPods".to_owned(), json!({}));
        if at(object, &["status", "startTime"]).is_null() && object["spec"]["suspend"] != true {
            set(object, &["status", "startTime"], stamp);
        }
    });
}
