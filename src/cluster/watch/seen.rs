//! The picture: what the watches have brought so far.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::lean::trimmed;
use super::{Lean, happenings};
use crate::cluster::cause::{Log, Notice, state_of};
use crate::cluster::connect::{Kind, kind, text_at};
use crate::cluster::kstatus::{items, time};
use crate::foreign::Text;

/// How many events are kept at most. A namespace can hold thousands of old ones, and of a release's own work; each is
/// looked at several times a second.
const EVENTS: usize = 500;

/// Up to so many pods, it does not matter whose they are.
const STRANGERS: usize = 200;

/// How long a ReplicaSet may take to be told after its pods: the two are watched apart.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_secs(60);

/// How long the pods of strangers may stay after that: looking whose they are takes its time.
const SWEEP: SignedDuration = SignedDuration::from_secs(5);

/// What a watch brings.
#[derive(Clone, Debug)]
pub enum News {
    /// All objects of a kind, as they are now.
    Listed(&'static Kind, Vec<Lean>),
    /// One is new or changed.
    Changed(&'static Kind, Lean),
    /// One is gone.
    Gone(&'static Kind, Lean),
    /// The watch broke and is being restarted: since when, and why.
    Lost(&'static Kind, Timestamp, Text),
    /// A kind that may not be read, and can be done without.
    Hidden(&'static Kind),
    /// The last lines of a container's log, scrubbed.
    Words {
        /// The pod's UID.
        pod: String,
        /// The container's name.
        container: String,
        /// The lines, oldest first.
        lines: Vec<String>,
    },
}

/// The objects of each kind by UID, and what is not in sight.
#[derive(Default)]
pub(super) struct Seen {
    /// UIDs of what was applied: pods of other owners are not kept.
    roots: BTreeSet<String>,
    objects: HashMap<&'static str, BTreeMap<String, Value>>,
    listed: BTreeSet<&'static str>,
    lost: BTreeMap<&'static str, (Timestamp, Text)>,
    /// What was applied and is gone, as it was last seen: a Job may remove itself once it is done.
    gone: BTreeMap<String, Value>,
    words: HashMap<(String, String), Vec<String>>,
    /// When a container, by pod and name, was first noticed in trouble.
    noticed: HashMap<(String, String), Timestamp>,
    /// What each pod's status comes to, by UID.
    states: HashMap<String, u64>,
    /// The pods that were told since that was last looked for.
    fresh: BTreeSet<String>,
    /// When the pods of strangers were last let go.
    swept: Option<Timestamp>,
}

impl Seen {
    pub(super) fn new(roots: impl IntoIterator<Item = String>) -> Self {
        Self { roots: roots.into_iter().collect(), ..Self::default() }
    }

    pub(super) fn take(&mut self, news: News) {
        match news {
            News::Listed(kind, objects) => {
                self.lost.remove(kind.name);
                self.listed.insert(kind.name);
                let kept = objects.into_iter().filter(|Lean(object)| self.is_ours(kind, object));
                let by_uid: BTreeMap<String, Value> =
                    kept.map(|Lean(object)| (uid(&object), trimmed(kind, object))).collect();
                if *kind == kind::POD {
                    self.fresh = by_uid.keys().cloned().collect();
                    self.states = by_uid.iter().map(|(uid, pod)| (uid.clone(), state_of(pod))).collect();
                }
                let mut before = self.objects.remove(kind.name).unwrap_or_default();
                before.retain(|uid, _| self.roots.contains(uid) && !by_uid.contains_key(uid));
                self.gone.append(&mut before);
                self.objects.insert(kind.name, by_uid);
                self.bound(kind);
            }
            News::Changed(kind, Lean(object)) => {
                if self.is_ours(kind, &object) {
                    let (uid, object) = (uid(&object), trimmed(kind, object));
                    if *kind == kind::POD {
                        self.fresh.insert(uid.clone());
                        self.states.insert(uid.clone(), state_of(&object));
                    }
                    self.objects.entry(kind.name).or_default().insert(uid, object);
                    self.bound(kind);
                }
            }
            News::Gone(kind, Lean(object)) => {
                let uid = uid(&object);
                if *kind == kind::POD {
                    self.words.retain(|(pod, _), _| *pod != uid);
                    self.noticed.retain(|(pod, _), _| *pod != uid);
                    self.states.remove(&uid);
                }
                self.objects.entry(kind.name).or_default().remove(&uid);
                if self.roots.contains(&uid) {
                    self.gone.insert(uid, trimmed(kind, object));
                }
            }
            News::Lost(kind, since, why) => {
                self.lost.entry(kind.name).or_insert((since, Text::default())).1 = why;
            }
            News::Words { pod, container, lines } => {
                self.words.insert((pod, container), lines);
            }
            News::Hidden(kind) => {
                self.lost.remove(kind.name);
                self.listed.insert(kind.name);
            }
        }
    }

    /// Whether an object can belong to what was applied. A release may start pods of its own by the thousand; they
    /// are its work, not its rollout. A pod's ReplicaSet may be told after the pod, so those are kept.
    fn is_ours(&self, kind: &Kind, object: &Value) -> bool {
        if *kind != kind::POD && *kind != kind::REPLICA_SET {
            return true;
        }
        let owners = items(object, "/metadata/ownerReferences");
        owners.iter().any(|owner| {
            self.roots.contains(text_at(owner, "/uid"))
                || (*kind == kind::POD && text_at(owner, "/kind") == "ReplicaSet")
        })
    }

    /// Lets go of events: of the older half those about nothing that is kept here, then the oldest, a quarter at a
    /// time.
    fn bound(&mut self, kind: &Kind) {
        if *kind != kind::EVENT || self.objects.get(kind.name).is_none_or(|events| events.len() <= EVENTS) {
            return;
        }
        let Some(mut events) = self.objects.remove(kind.name) else { return };
        let about = |event: &Value| self.is_known(text_at(event, "/involvedObject/uid"));
        let middle = youngest(&events, EVENTS / 2);
        events.retain(|_, event| happenings::when(event) > middle || about(event));
        if events.len() > EVENTS {
            let oldest = youngest(&events, EVENTS * 3 / 4);
            events.retain(|_, event| happenings::when(event) > oldest);
        }
        self.objects.insert(kind.name, events);
    }

    /// Lets go of pods whose ReplicaSet was not told in the time that this may take: they are somebody else's.
    fn let_go_of_strangers(&mut self, now: Timestamp) {
        if self.swept.is_some_and(|swept| now.duration_since(swept).abs() < SWEEP) {
            return;
        }
        self.swept = Some(now);
        let Some(mut pods) = self.objects.remove(kind::POD.name) else { return };
        if pods.len() > STRANGERS {
            let is_young = |pod: &Value| {
                time(pod, "/metadata/creationTimestamp")
                    .is_none_or(|born| now.duration_since(born).abs() < TOLD_WITHIN)
            };
            let has_owner = |pod: &Value| {
                let mut owners = items(pod, "/metadata/ownerReferences").iter();
                owners.any(|owner| self.is_known(text_at(owner, "/uid")))
            };
            pods.retain(|_, pod| has_owner(pod) || is_young(pod));
            self.states.retain(|uid, _| pods.contains_key(uid));
        }
        self.objects.insert(kind::POD.name, pods);
    }

    fn is_known(&self, uid: &str) -> bool {
        self.roots.contains(uid) || self.objects.values().any(|objects| objects.contains_key(uid))
    }

    /// The objects of a kind.
    pub(super) fn all(&self, kind: &Kind) -> Vec<&Value> {
        self.objects.get(kind.name).into_iter().flat_map(BTreeMap::values).collect()
    }

    /// The objects of a kind, each with its UID.
    pub(super) fn by_uid(&self, kind: &Kind) -> impl Iterator<Item = (&str, &Value)> {
        let objects = self.objects.get(kind.name).into_iter().flatten();
        objects.map(|(uid, object)| (uid.as_str(), object))
    }

    /// What each pod's status comes to, by UID.
    pub(super) fn states(&self) -> &HashMap<String, u64> {
        &self.states
    }

    /// One object, if it is in sight.
    pub(super) fn one(&self, kind: &str, uid: &str) -> Option<&Value> {
        self.objects.get(kind)?.get(uid)
    }

    /// One of what was applied as it was last seen, if it is gone.
    pub(super) fn last(&self, uid: &str) -> Option<&Value> {
        self.gone.get(uid)
    }

    /// Whether a kind was read at all.
    pub(super) fn knows(&self, kind: &str) -> bool {
        self.listed.contains(kind)
    }

    /// The last words of containers.
    pub(super) fn logs(&self) -> Vec<Log<'_>> {
        self.words.iter().map(|((pod, container), lines)| Log { pod, container, lines }).collect()
    }

    /// Notes which containers wait in trouble now. An image that is tried again is still the same trouble, and a
    /// container that is up has left it behind.
    pub(super) fn notice(&mut self, now: Timestamp) {
        self.let_go_of_strangers(now);
        let mut noticed = std::mem::take(&mut self.noticed);
        for uid in std::mem::take(&mut self.fresh) {
            let Some(pod) = self.one(kind::POD.name, &uid) else { continue };
            let statuses = ["/status/initContainerStatuses", "/status/containerStatuses"];
            for status in statuses.into_iter().flat_map(|pointer| items(pod, pointer)) {
                let key = || (uid.clone(), text_at(status, "/name").to_owned());
                match text_at(status, "/state/waiting/reason") {
                    "ContainerCreating" | "PodInitializing" => {}
                    "" if noticed.is_empty() => {}
                    "" => drop(noticed.remove(&key())),
                    _ => drop(noticed.entry(key()).or_insert(now)),
                }
            }
        }
        self.noticed = noticed;
    }

    /// Which containers wait in trouble.
    pub(super) fn noticed(&self) -> Vec<Notice<'_>> {
        self.noticed
            .iter()
            .map(|((pod, container), since)| Notice { pod, container, since: *since })
            .collect()
    }

    /// Since when the picture is not current, if it is not.
    pub(super) fn lost_since(&self) -> Option<Timestamp> {
        self.lost.values().map(|(since, _)| *since).min()
    }

    /// Since when and why the picture is not current, if it is not: of several the longest.
    pub(super) fn lost(&self) -> Option<Text> {
        let (since, why) = self.lost.values().min_by_key(|(since, _)| *since)?;
        Some(Text::new(&format!("since {}: {why}", since.strftime("%H:%M:%S UTC"))))
    }
}

/// When the oldest of so many of the youngest events was seen.
fn youngest(events: &BTreeMap<String, Value>, many: usize) -> Option<Timestamp> {
    let mut ages: Vec<_> = events.values().map(happenings::when).collect();
    ages.sort_unstable();
    ages.get(ages.len().checked_sub(many)?).copied().flatten()
}

fn uid(object: &Value) -> String {
    text_at(object, "/metadata/uid").to_owned()
}
