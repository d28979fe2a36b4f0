//! kstatus: when is a Kubernetes object done? Pure functions over objects.
//!
//! The rules are those of `sigs.k8s.io/cli-utils/pkg/kstatus` (files named in the doc line of each rule), which
//! Helm 4 and Flux use in a fork; where the fork and its users differ, [`Jobs`] says so. Nothing here reads a
//! clock or asks a server: the object and the present moment go in, a [`Verdict`] comes out.
//!
//! A verdict's texts may quote the object. They are data from outside: neutralise them before showing them.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

mod field;
mod other;
mod reader;
mod rollout;
#[cfg(test)]
mod tests;
mod workload;

pub use field::{at, condition, flag, holds, items, number, text, time};
pub use reader::{SCHEDULE_WINDOW, recheck_at, with_pods};
pub use rollout::{Rollout, rolled_out};

/// Where an object stands. (kstatus, `status.go`)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Status {
    /// The cluster is still working towards what was asked for.
    InProgress,
    /// The cluster says that it will not get there.
    Failed,
    /// What was asked for is what is there.
    Current,
    /// Being deleted.
    Terminating,
    /// There is no such object.
    NotFound,
    /// The object cannot be judged.
    Unknown,
}

/// A status and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Where the object stands.
    pub status: Status,
    /// The rule that decided, in one CamelCase word; empty where nothing is amiss.
    pub reason: Cow<'static, str>,
    /// The numbers or the condition behind it. May quote the object.
    pub message: String,
}

impl Verdict {
    fn new(status: Status, reason: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { status, reason: reason.into(), message: message.into() }
    }

    fn in_progress(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Status::InProgress, reason, message)
    }

    fn failed(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Status::Failed, reason, message)
    }

    fn current(message: impl Into<String>) -> Self {
        Self::new(Status::Current, "", message)
    }

    /// The verdict on an object that is not there.
    pub fn not_found() -> Self {
        Self::new(Status::NotFound, "NotFound", "there is no such object")
    }
}

/// When a Job counts as done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Jobs {
    /// From its start on. (cli-utils, `core.go`, jobConditions)
    #[default]
    Started,
    /// Only when complete. (Helm 4 with `--wait-for-jobs`, `internal/statusreaders/job_status_reader.go`)
    Completed,
    /// Only when complete; a suspended Job counts as done whatever else it says, and so does one whose time to live
    /// has removed it. (Flux, `fluxcd/pkg`, `runtime/statusreaders/job.go`)
    CompletedOrSuspended,
}

/// Judges `object` at the moment `now` by the upstream rules.
pub fn status(object: &Value, now: Timestamp) -> Verdict {
    status_with(object, now, Jobs::Started)
}

/// Judges `object` at the moment `now`; `jobs` says when a Job counts as done.
pub fn status_with(object: &Value, now: Timestamp, jobs: Jobs) -> Verdict {
    if let Some(field) = field::unreadable(object) {
        return Verdict::new(Status::Unknown, "Unreadable", format!("{field} cannot be read"));
    }
    generic(object).unwrap_or_else(|| of_kind(object, now, jobs))
}

/// The verdict on an object that was there as `last` and has gone.
///
/// A Job with `ttlSecondsAfterFinished` removes itself once it has finished, which Flux reads as done.
pub fn vanished(last: &Value, jobs: Jobs) -> Verdict {
    let expires = number(last, "/spec/ttlSecondsAfterFinished").is_some();
    if jobs == Jobs::CompletedOrSuspended && field::group_kind(last) == ("batch", "Job") && expires {
        return Verdict::current("the Job has finished and its time to live has removed it");
    }
    Verdict::not_found()
}

/// One status for many objects that are all to become `desired`. (kstatus, `polling/aggregator/aggregator.go`)
///
/// Any Failed makes Failed; else any Unknown makes Unknown; else all `desired` (also: none at all) makes
/// `desired`; else InProgress.
pub fn aggregate(statuses: impl IntoIterator<Item = Status>, desired: Status) -> Status {
    let mut all_desired = true;
    let mut any_unknown = false;
    for status in statuses {
        match status {
            Status::Failed => return Status::Failed,
            Status::Unknown => any_unknown = true,
            _ => {}
        }
        all_desired &= status == desired;
    }
    match (any_unknown, all_desired) {
        (true, _) => Status::Unknown,
        (false, true) => desired,
        (false, false) => Status::InProgress,
    }
}

/// What holds for every kind, before its own rules. (kstatus, `generic.go`, checkGenericProperties and
/// checkGeneration)
fn generic(object: &Value) -> Option<Verdict> {
    if !text(object, "/metadata/deletionTimestamp").is_empty() {
        return Some(Verdict::new(Status::Terminating, "Deleting", "the object is being deleted"));
    }
    let generation = number(object, "/metadata/generation");
    let observed = number(object, "/status/observedGeneration");
    if let (Some(generation), Some(observed)) = (generation, observed)
        && generation != observed
    {
        let message = format!("generation {generation}, the controller has seen {observed}");
        return Some(Verdict::in_progress("LatestGenerationNotObserved", message));
    }
    items(object, "/status/conditions").iter().find_map(|condition| {
        if text(condition, "/status") != "True" {
            return None;
        }
        let status = match text(condition, "/type") {
            "Reconciling" => Status::InProgress,
            "Stalled" => Status::Failed,
            _ => return None,
        };
        Some(of_condition(status, condition))
    })
}

/// The rules of the object's own kind, found by API group and kind. (kstatus, `core.go`, legacyTypes)
fn of_kind(object: &Value, now: Timestamp, jobs: Jobs) -> Verdict {
    match field::group_kind(object) {
        ("apps" | "extensions", "Deployment") => workload::deployment(object),
        ("apps" | "extensions", "ReplicaSet") => workload::replica_set(object),
        ("apps" | "extensions", "DaemonSet") => workload::daemon_set(object),
        ("apps", "StatefulSet") => workload::stateful_set(object),
        ("batch", "Job") => workload::job(object, jobs),
        ("", "Pod") => other::pod(object, now),
        ("", "PersistentVolumeClaim") => other::claim(object),
        ("", "Service") => other::service(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => other::definition(object),
        ("", "Secret" | "ConfigMap") | ("batch", "CronJob") => Verdict::current("nothing to wait for"),
        ("policy", "PodDisruptionBudget") => Verdict::current("the allowed disruptions are known"),
        _ => by_ready_condition(object),
    }
}

/// Kinds without rules of their own go by a `Ready` condition if they have one. (kstatus, `status.go`,
/// checkReadyCondition)
fn by_ready_condition(object: &Value) -> Verdict {
    let ready = items(object, "/status/conditions").iter().filter(|one| text(one, "/type") == "Ready");
    let mut verdicts = ready.filter_map(|ready| match text(ready, "/status") {
        "True" => Some(Verdict::current("the object is ready")),
        "False" | "Unknown" => Some(of_condition(Status::InProgress, ready)),
        _ => None,
    });
    verdicts.next().unwrap_or_else(|| Verdict::current("nothing to wait for"))
}

/// A verdict in the words of a condition.
fn of_condition(status: Status, condition: &Value) -> Verdict {
    Verdict::new(status, text(condition, "/reason").to_owned(), text(condition, "/message"))
}
