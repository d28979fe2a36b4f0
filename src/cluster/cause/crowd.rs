//! Of many pods in the same state, a few: a thousand pods that wait for the same thing say the same thing.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{Hash, Hasher};

use serde_json::Value;

use super::view::{View, uid};
use crate::cluster::kstatus::{condition, items, text};

/// Up to so many pods are looked at each.
const FEW: usize = 32;

/// Of more, so many of those in the same state: the ones that are the longest in it come first.
const OF_A_STATE: usize = 4;

/// From this restart on, another one changes nothing any more. The table of rules counts to two.
const RESTARTS: u64 = 3;

/// The pods that speak for all that the workload waits for, in the order in which they came. Those that are ready
/// have nothing to say.
pub(super) fn speakers<'a>(view: &View<'a>) -> Vec<&'a Value> {
    let waiting = view.pods.iter().copied().filter(|pod| !is_ready(pod));
    let waiting: Vec<(usize, &Value)> = waiting.enumerate().collect();
    if waiting.len() <= FEW {
        return waiting.into_iter().map(|(_, pod)| pod).collect();
    }
    let troubled = troubled_nodes(view);
    let heard: HashSet<&str> = view.scene.logs.iter().map(|log| log.pod).collect();
    let mut states: HashMap<u64, Vec<(usize, &Value)>> = HashMap::new();
    for (at, pod) in waiting {
        let uid = uid(pod);
        let kept = view.scene.states.and_then(|states| states.get(uid).copied());
        let node = Some(text(pod, "/spec/nodeName"));
        let state = state(
            kept.unwrap_or_else(|| state_of(pod)),
            node.filter(|node| node.is_empty() || troubled.contains(node)),
            heard.contains(uid),
            told(pod, view.told(uid)),
        );
        states.entry(state).or_default().push((at, pod));
    }
    let mut speakers: Vec<(usize, &Value)> = Vec::new();
    // In whatever order: they are sorted in the end.
    for alike in states.into_values() {
        if alike.len() <= OF_A_STATE {
            speakers.extend(alike);
            continue;
        }
        // Kubernetes writes these times in one form, in which the earlier one is the smaller text.
        let born = |pod| text(pod, "/metadata/creationTimestamp");
        let mut aged: Vec<_> = alike.into_iter().map(|(at, pod)| ((born(pod), at), pod)).collect();
        aged.select_nth_unstable_by_key(OF_A_STATE, |(age, _)| *age);
        speakers.extend(aged.into_iter().take(OF_A_STATE).map(|((_, at), pod)| (at, pod)));
    }
    speakers.sort_unstable_by_key(|(at, _)| *at);
    speakers.into_iter().map(|(_, pod)| pod).collect()
}

/// Whether a pod is ready, by its own condition.
pub(super) fn is_ready(pod: &Value) -> bool {
    condition(pod, "Ready").is_some_and(|condition| text(condition, "/status") == "True")
}

/// The nodes that say something is wrong with them: then it matters which node a pod is on.
fn troubled_nodes<'a>(view: &View<'a>) -> HashSet<&'a str> {
    let troubled = |node: &&&Value| {
        items(node, "/status/conditions").iter().any(|condition| {
            let good = if text(condition, "/type") == "Ready" { "True" } else { "False" };
            text(condition, "/status") != good
        })
    };
    view.scene.nodes.iter().filter(troubled).map(|node| text(node, "/metadata/name")).collect()
}

/// What a verdict may depend on, but for the times, as one number.
fn state(own: u64, node: Option<&str>, heard: bool, told: BTreeSet<u64>) -> u64 {
    let mut state = DefaultHasher::new();
    (own, node, heard, told).hash(&mut state);
    state.finish()
}

/// What a verdict may depend on in a pod's own status, but for the times, as one number.
pub fn state_of(pod: &Value) -> u64 {
    let mut state = DefaultHasher::new();
    if let Some(status) = pod.get("status") {
        fold(status, text(pod, "/metadata/name"), &mut state);
    }
    state.finish()
}

/// What was told of a pod.
fn told(pod: &Value, events: &[&Value]) -> BTreeSet<u64> {
    if events.is_empty() {
        return BTreeSet::new();
    }
    let name = text(pod, "/metadata/name");
    events.iter().map(|event| event_alike(event, name)).collect()
}

/// An event by its reason; a warning by what it says, too.
fn event_alike(event: &Value, pod: &str) -> u64 {
    let mut state = DefaultHasher::new();
    (text(event, "/reason"), text(event, "/involvedObject/fieldPath")).hash(&mut state);
    if text(event, "/type") != "Normal" {
        for message in [text(event, "/message"), text(event, "/note")] {
            words(message, pod, &mut state);
        }
    }
    state.finish()
}

/// Takes in all of a status but what differs between pods in the same state: times, addresses and ids.
fn fold(value: &Value, pod: &str, state: &mut DefaultHasher) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                if is_own(field) {
                    continue;
                }
                field.hash(state);
                match (field.as_str(), value) {
                    ("message", Value::String(message)) => words(message, pod, state),
                    ("restartCount", Value::Number(count)) => {
                        count.as_u64().unwrap_or(0).min(RESTARTS).hash(state);
                    }
                    _ => fold(value, pod, state),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fold(item, pod, state)),
        Value::String(text) => text.hash(state),
        Value::Number(number) => number.hash(state),
        Value::Bool(is) => is.hash(state),
        Value::Null => {}
    }
}

/// Whether a field differs between pods in the same state: a time, an address or an id.
fn is_own(field: &str) -> bool {
    let ends = matches!(
        field.as_bytes(),
        [.., b'T', b'i', b'm', b'e'] | [.., b'A', b't'] | [.., b'I', b'P' | b'D'] | [.., b'I', b'P', b's']
    );
    ends || field == "observedGeneration"
}

/// Takes in a message without the pod's name, and without numbers.
fn words(message: &str, pod: &str, state: &mut DefaultHasher) {
    let own = |word: &&str| word.contains(pod) || word.contains(|c: char| c.is_ascii_digit());
    message.split_whitespace().filter(|word| !own(word)).for_each(|word| word.hash(state));
}
