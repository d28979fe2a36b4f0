//! From the state of a workload to one sentence: what it waits for, and whether waiting can help.
//!
//! Pure: a [`Scene`] holds the objects as they were last seen and the present moment. What a pod's status says
//! outranks events; an event counts only for the same object (by UID) and when it is newer than this rollout;
//! no text of an event or a log makes a verdict by itself, it only explains a status. How long each kind of
//! trouble may last before it counts as hopeless stands in one table, [`rule`].

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;

mod clean;
mod container;
mod crash;
mod create;
mod crowd;
mod deadline;
mod finding;
mod image;
mod kind;
mod node;
mod pod;
mod probe;
mod quantity;
mod rules;
mod schedule;
mod setup;
#[cfg(test)]
mod tests;
mod view;
mod volume;
mod words;

pub(crate) use clean::safe;
pub use crowd::state_of;
pub use kind::Kind;
pub use rules::{Hopeless, Rule, rule};

use crate::cluster::kstatus::{Jobs, Status, status_with, text};
use crate::model::TimerKind;
use finding::Finding;
use view::View;

/// Whether waiting can help; the worst is last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// On its ordinary way.
    Waiting,
    /// Work is going on that takes its time, such as an image being pulled.
    Slow,
    /// Something failed, and the cluster tries again by itself.
    Retrying,
    /// Waiting does not help: somebody has to change something.
    Hopeless,
}

/// What in the cluster shows it. All texts are neutralised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The object in words, such as `pod web-5d9b7`.
    pub object: String,
    /// The reason it gives, in its own CamelCase word.
    pub reason: String,
    /// The message it gives.
    pub message: String,
    /// Since when, as far as the cluster tells.
    pub since: Option<Timestamp>,
    /// The last lines of the container's log, oldest first; empty where they do not matter.
    pub log: Vec<String>,
}

/// The clock that a cause waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Timer {
    /// Which clock.
    pub kind: TimerKind,
    /// When it runs out, if that is known and still to come.
    pub due: Option<Timestamp>,
    /// How long it runs from beginning to end, if that is known.
    pub length: Option<SignedDuration>,
    /// The clock in plain words.
    pub says: String,
}

/// Why a workload is not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// The kind of trouble.
    pub kind: Kind,
    /// Whether waiting can help.
    pub class: Class,
    /// One plain sentence (a second one where older pods still serve).
    pub sentence: String,
    /// What shows it.
    pub evidence: Evidence,
    /// The clock it waits for.
    pub timer: Option<Timer>,
    /// What the person can do.
    pub next: String,
}

/// The last lines of one container's log, already scrubbed of secrets.
#[derive(Clone, Copy, Debug)]
pub struct Log<'a> {
    /// UID of the pod.
    pub pod: &'a str,
    /// Name of the container.
    pub container: &'a str,
    /// The lines, oldest first.
    pub lines: &'a [String],
}

/// When a container was first noticed waiting in trouble: for where the cluster's own events do not tell, or tell
/// later than its status does.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    /// UID of the pod.
    pub pod: &'a str,
    /// Name of the container.
    pub container: &'a str,
    /// The moment.
    pub since: Timestamp,
}

/// One workload and what belongs to it, as last seen. What is not known stays empty.
///
/// The slices may hold more than belongs to the workload (say, all pods of the namespace): owners and UIDs decide.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, PersistentVolumeClaim, Pod or Namespace.
    pub workload: &'a Value,
    /// ReplicaSets.
    pub replicasets: &'a [&'a Value],
    /// Pods.
    pub pods: &'a [&'a Value],
    /// PersistentVolumeClaims.
    pub pvcs: &'a [&'a Value],
    /// Nodes.
    pub nodes: &'a [&'a Value],
    /// ResourceQuotas.
    pub quotas: &'a [&'a Value],
    /// Events, of either API version.
    pub events: &'a [&'a Value],
    /// Last log lines, where somebody has fetched them.
    pub logs: &'a [Log<'a>],
    /// Containers in trouble, where somebody has watched them.
    pub noticed: &'a [Notice<'a>],
    /// What [`state_of`] says of each pod, by UID, where it is kept: it takes long to work out for a thousand pods.
    pub states: Option<&'a HashMap<String, u64>>,
    /// Since when everything else of the release is ready: the start of the rollout where there is nothing else,
    /// none while something else is still on its way. A program that keeps ending may be waiting for just that.
    pub others_ready: Option<Timestamp>,
    /// When this rollout started.
    pub since: Timestamp,
    /// The present.
    pub now: Timestamp,
}

/// Why the workload of `scene` is not done; `None` when it is, or when nothing is awaited.
pub fn cause(scene: &Scene) -> Option<Cause> {
    let workload = scene.workload;
    let is_current = status_with(workload, scene.now, Jobs::Completed).status == Status::Current;
    // kstatus takes no notice of a pause, and what is paused does not take the next change.
    if is_current && !deadline::is_paused(workload) {
        return None;
    }
    let view = View::new(scene);
    if let Some(finding) = deadline::before_pods(&view) {
        return Some(finding.judge(&view));
    }
    let findings = match text(workload, "/kind") {
        "PersistentVolumeClaim" => volume::claim(&view, workload).into_iter().collect(),
        "Pod" => pod::look(&view, workload).into_iter().collect(),
        _ => of_workload(&view),
    };
    let worst = findings.into_iter().map(|finding| finding.judge(&view)).reduce(worse);
    let cause = worst.unwrap_or_else(|| deadline::fallback(&view).judge(&view));
    Some(deadline::serve_note(&view, cause))
}

/// The pods that a workload's rollout is about: owned, of its present revision, not being deleted.
pub fn present_pods<'a>(scene: &Scene<'a>) -> Vec<&'a Value> {
    view::present_pods(scene)
}

/// Everything that stands in the way of a workload's pods.
///
/// A pod that has ended for good and stays behind is old news as soon as another one has taken its place; but the
/// pods of a Job are its tries, and each of them counts.
fn of_workload(view: &View) -> Vec<Finding> {
    let is_over = |pod: &&Value| text(pod, "/status/phase") == "Failed" && view.kind() != "Job";
    let (over, living): (Vec<&Value>, Vec<&Value>) = crowd::speakers(view).into_iter().partition(is_over);
    let look =
        |pods: Vec<&Value>| pods.into_iter().filter_map(|pod| pod::look(view, pod)).collect::<Vec<_>>();
    let mut findings = look(living);
    findings.extend(create::look(view));
    if findings.is_empty() { look(over) } else { findings }
}

/// The worse of two causes; of equals the one that shows a fault rather than a wait, then the older.
fn worse(one: Cause, other: Cause) -> Cause {
    let key = |cause: &Cause| (cause.class, rule(cause.kind).first);
    match key(&one).cmp(&key(&other)) {
        std::cmp::Ordering::Less => other,
        std::cmp::Ordering::Greater => one,
        std::cmp::Ordering::Equal => {
            let earlier = matches!((one.evidence.since, other.evidence.since), (Some(a), Some(b)) if b < a);
            if earlier { other } else { one }
        }
    }
}
