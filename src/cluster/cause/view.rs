//! What belongs to the workload, found by owner and UID.

use std::cell::OnceCell;
use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::Scene;
use super::clean::{QUOTE, clean, safe};
use crate::cluster::kstatus::{condition, items, number, text, time};

/// An event of this rollout.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event<'a> {
    pub reason: &'a str,
    pub message: &'a str,
    /// Which container of a pod it is about, such as `spec.containers{web}`; empty where it is about all of it.
    pub field: &'a str,
    /// When it was first seen, but not before the rollout started.
    pub first: Timestamp,
    /// When it was last seen.
    pub last: Timestamp,
    /// How often.
    pub count: i64,
}

/// The events of one object. Times take long to read, and most objects are never asked about.
#[derive(Default)]
struct Told<'a> {
    raw: Vec<&'a Value>,
    read: OnceCell<Vec<Event<'a>>>,
}

/// The scene, with its objects sorted by owner.
pub(super) struct View<'a> {
    pub scene: &'a Scene<'a>,
    /// The ReplicaSet of the Deployment's present revision.
    pub replicaset: Option<&'a Value>,
    /// Pods that the rollout waits for: owned, of the present revision, not being deleted.
    pub pods: Vec<&'a Value>,
    /// Pods of earlier revisions and pods being deleted.
    pub old_pods: Vec<&'a Value>,
    events: HashMap<&'a str, Told<'a>>,
}

impl<'a> View<'a> {
    pub fn new(scene: &'a Scene<'a>) -> Self {
        let replicaset = current_replicaset(scene);
        let (pods, old_pods) = split_pods(scene, replicaset);
        Self { scene, replicaset, pods, old_pods, events: by_object(scene) }
    }

    pub fn now(&self) -> Timestamp {
        self.scene.now
    }

    /// Kind of the workload.
    pub fn kind(&self) -> &'a str {
        text(self.scene.workload, "/kind")
    }

    /// Name of the workload, for a sentence.
    pub fn name(&self) -> String {
        name(self.scene.workload)
    }

    /// ` -n NAMESPACE` for a command, where the namespace may stand in one.
    pub fn in_namespace(&self) -> String {
        safe(text(self.scene.workload, "/metadata/namespace"))
            .map_or_else(String::new, |namespace| format!(" -n {namespace}"))
    }

    /// A moment, but not before the rollout started.
    pub fn since(&self, moment: Option<Timestamp>) -> Option<Timestamp> {
        moment.map(|moment| moment.max(self.scene.since))
    }

    /// The events of this rollout on the object with this UID.
    pub fn events(&self, uid: &str) -> &[Event<'a>] {
        let Some(told) = self.events.get(uid) else { return &[] };
        told.read.get_or_init(|| told.raw.iter().filter_map(|event| read(self.scene, event)).collect())
    }

    /// All events on the object with this UID as they came, of this rollout or not.
    pub fn told(&self, uid: &str) -> &[&'a Value] {
        self.events.get(uid).map_or(&[], |told| &told.raw)
    }

    /// The newest event on an object with one of these reasons that `fits`.
    pub fn latest(&self, uid: &str, reasons: &[&str], fits: impl Fn(&Event) -> bool) -> Option<Event<'a>> {
        let wanted = |event: &&Event| reasons.contains(&event.reason) && fits(event);
        self.events(uid).iter().filter(wanted).max_by_key(|event| event.last).copied()
    }

    /// When such events began and how many there were.
    pub fn span(
        &self,
        uid: &str,
        reasons: &[&str],
        fits: impl Fn(&Event) -> bool,
    ) -> Option<(Timestamp, i64)> {
        let wanted = self.events(uid).iter().filter(|event| reasons.contains(&event.reason) && fits(event));
        wanted.fold(None, |so_far, event| {
            let (first, count) = so_far.unwrap_or((event.first, 0));
            Some((first.min(event.first), count + event.count))
        })
    }

    /// The node that a pod is on.
    pub fn node(&self, pod: &Value) -> Option<&'a Value> {
        let name = text(pod, "/spec/nodeName");
        self.scene.nodes.iter().copied().find(|node| !name.is_empty() && text(node, "/metadata/name") == name)
    }

    /// Whether the Deployment's progress deadline has passed in this rollout. One that had passed before says nothing
    /// about what was mended since: it stays until the Deployment is done.
    pub fn deadline_passed(&self) -> bool {
        condition(self.scene.workload, "Progressing").is_some_and(|condition| {
            let told = time(condition, "/lastUpdateTime").or_else(|| time(condition, "/lastTransitionTime"));
            text(condition, "/reason") == "ProgressDeadlineExceeded"
                && told.is_none_or(|told| told >= start(self.scene))
        })
    }

    /// When the Deployment's progress deadline runs out.
    pub fn deadline(&self) -> Option<Timestamp> {
        let seconds = number(self.scene.workload, "/spec/progressDeadlineSeconds")?;
        if seconds >= i64::from(i32::MAX) || self.kind() != "Deployment" {
            return None;
        }
        let progressing = condition(self.scene.workload, "Progressing")?;
        time(progressing, "/lastUpdateTime")?.checked_add(SignedDuration::from_secs(seconds)).ok()
    }

    /// The last lines of a container's log.
    pub fn log(&self, pod: &Value, container: &str) -> &'a [String] {
        let uid = uid(pod);
        let log = self.scene.logs.iter().find(|log| log.pod == uid && log.container == container);
        log.map_or(&[], |log| log.lines)
    }
}

pub(super) fn uid(object: &Value) -> &str {
    text(object, "/metadata/uid")
}

/// An object's name, for a sentence.
pub(super) fn name(object: &Value) -> String {
    clean(text(object, "/metadata/name"), QUOTE)
}

/// When the object was made.
pub(super) fn born(object: &Value) -> Option<Timestamp> {
    time(object, "/metadata/creationTimestamp")
}

fn owned_by(object: &Value, owner: &str) -> bool {
    let owners = items(object, "/metadata/ownerReferences");
    !owner.is_empty() && owners.iter().any(|reference| text(reference, "/uid") == owner)
}

fn revision(object: &Value) -> Option<i64> {
    text(object, "/metadata/annotations/deployment.kubernetes.io~1revision").parse().ok()
}

/// The ReplicaSet that the Deployment is rolling out: of its own revision, else the newest.
/// (The deployment controller writes `deployment.kubernetes.io/revision` on both.)
fn current_replicaset<'a>(scene: &Scene<'a>) -> Option<&'a Value> {
    if text(scene.workload, "/kind") != "Deployment" {
        return None;
    }
    let owner = uid(scene.workload);
    let own = || scene.replicasets.iter().copied().filter(|set| owned_by(set, owner));
    let wanted = revision(scene.workload);
    own()
        .find(|set| wanted.is_some() && revision(set) == wanted)
        .or_else(|| own().max_by_key(|set| (revision(set), born(set))))
}

/// The pods that are waited for, and the others that the workload owns.
fn split_pods<'a>(scene: &Scene<'a>, replicaset: Option<&'a Value>) -> (Vec<&'a Value>, Vec<&'a Value>) {
    let deployment = text(scene.workload, "/kind") == "Deployment";
    let owner = uid(scene.workload);
    let sets: Vec<&str> =
        scene.replicasets.iter().filter(|set| owned_by(set, owner)).map(|set| uid(set)).collect();
    let current = if deployment { replicaset.map_or("", |set| uid(set)) } else { owner };
    let mut pods = Vec::new();
    let mut old = Vec::new();
    for pod in scene.pods.iter().copied() {
        let going = !text(pod, "/metadata/deletionTimestamp").is_empty();
        match owned_by(pod, current) {
            true if !going => pods.push(pod),
            true => old.push(pod),
            false if deployment && sets.iter().any(|set| owned_by(pod, set)) => old.push(pod),
            false => {}
        }
    }
    (pods, old)
}

/// The pods that are waited for.
pub(super) fn present_pods<'a>(scene: &Scene<'a>) -> Vec<&'a Value> {
    split_pods(scene, current_replicaset(scene)).0
}

/// Events by the UID of their object.
fn by_object<'a>(scene: &Scene<'a>) -> HashMap<&'a str, Told<'a>> {
    let mut events: HashMap<&str, Told> = HashMap::new();
    for event in scene.events.iter().copied() {
        let object = [text(event, "/involvedObject/uid"), text(event, "/regarding/uid")];
        if let Some(object) = object.into_iter().find(|uid| !uid.is_empty()) {
            events.entry(object).or_default().raw.push(event);
        }
    }
    events
}

/// The first moment that counts as of this rollout. Kubernetes writes most times in whole seconds, cut off: so one
/// second is forgiven.
fn start(scene: &Scene) -> Timestamp {
    scene.since.checked_sub(SignedDuration::from_secs(1)).unwrap_or(scene.since)
}

/// An event, if it is of this rollout.
fn read<'a>(scene: &Scene<'_>, event: &'a Value) -> Option<Event<'a>> {
    let (first, last) = times(event).filter(|(_, last)| *last >= start(scene))?;
    let count = ["/series/count", "/count", "/deprecatedCount"];
    let message = [text(event, "/message"), text(event, "/note")];
    let field = [text(event, "/involvedObject/fieldPath"), text(event, "/regarding/fieldPath")];
    Some(Event {
        reason: text(event, "/reason"),
        field: field.into_iter().find(|field| !field.is_empty()).unwrap_or_default(),
        message: message.into_iter().find(|message| !message.is_empty()).unwrap_or_default(),
        first: first.max(scene.since),
        last,
        count: count.iter().find_map(|pointer| number(event, pointer)).unwrap_or(1),
    })
}

/// First and last time of an event, in the fields of `v1` and of `events.k8s.io/v1`.
fn times(event: &Value) -> Option<(Timestamp, Timestamp)> {
    let at = |pointers: &[&str]| pointers.iter().find_map(|pointer| time(event, pointer));
    let born = "/metadata/creationTimestamp";
    let first = at(&["/firstTimestamp", "/deprecatedFirstTimestamp", "/eventTime", born]);
    let last = at(&[
        "/series/lastObservedTime",
        "/lastTimestamp",
        "/deprecatedLastTimestamp",
        "/eventTime",
        "/firstTimestamp",
        born,
    ]);
    last.map(|last| (first.unwrap_or(last), last))
}
