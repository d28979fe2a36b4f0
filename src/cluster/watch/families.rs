//! What belongs to each of what was applied. One pass over everything in sight, however much was applied. Pure.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::Expected;
use super::seen::Seen;
use crate::cluster::cause::{Log, Notice};
use crate::cluster::connect::{kind, text_at};
use crate::cluster::kstatus::items;

/// One of what was applied, with what it owns and what was told of all that.
#[derive(Default)]
pub(super) struct Family<'a> {
    pub replicasets: Vec<&'a Value>,
    pub pods: Vec<&'a Value>,
    /// Of the object itself, its ReplicaSets and its pods.
    pub events: Vec<&'a Value>,
    /// Those, and the events of volume claims, which any pod may use.
    pub events_and_claims: Vec<&'a Value>,
    pub logs: Vec<Log<'a>>,
    pub noticed: Vec<Notice<'a>>,
}

/// A family for each of `expected`, in that order.
pub(super) fn families<'a>(seen: &'a Seen, expected: &'a [Expected]) -> Vec<Family<'a>> {
    let mut families: Vec<Family> = expected.iter().map(|_| Family::default()).collect();
    let mut of: HashMap<&str, usize> =
        expected.iter().enumerate().map(|(at, one)| (one.uid.as_str(), at)).collect();
    for (uid, set) in seen.by_uid(&kind::REPLICA_SET) {
        if let Some((at, family)) = owner(&of, set).and_then(|at| Some((at, families.get_mut(at)?))) {
            family.replicasets.push(set);
            of.insert(uid, at);
        }
    }
    for (uid, pod) in seen.by_uid(&kind::POD) {
        if let Some((at, family)) = owner(&of, pod).and_then(|at| Some((at, families.get_mut(at)?))) {
            family.pods.push(pod);
            of.insert(uid, at);
        }
    }
    let claims: HashSet<&str> = seen.by_uid(&kind::VOLUME_CLAIM).map(|(uid, _)| uid).collect();
    let mut of_claims = Vec::new();
    for event in seen.all(&kind::EVENT) {
        let about = text_at(event, "/involvedObject/uid");
        if let Some(family) = of.get(about).and_then(|at| families.get_mut(*at)) {
            family.events.push(event);
        }
        if claims.contains(about) {
            of_claims.push(event);
        }
    }
    for (log, family) in seen.logs().into_iter().filter_map(|log| Some((log, *of.get(log.pod)?))) {
        families.get_mut(family).into_iter().for_each(|family| family.logs.push(log));
    }
    for (notice, family) in seen.noticed().into_iter().filter_map(|one| Some((one, *of.get(one.pod)?))) {
        families.get_mut(family).into_iter().for_each(|family| family.noticed.push(notice));
    }
    for (family, expected) in families.iter_mut().zip(expected) {
        let own = family.events.iter().filter(|_| expected.kind != kind::VOLUME_CLAIM.name);
        family.events_and_claims = own.chain(&of_claims).copied().collect();
    }
    families
}

/// To which family an object's owner belongs.
fn owner(of: &HashMap<&str, usize>, object: &Value) -> Option<usize> {
    items(object, "/metadata/ownerReferences")
        .iter()
        .find_map(|owner| of.get(text_at(owner, "/uid")).copied())
}
