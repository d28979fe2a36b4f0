//! What happened to one workload and its pods, and what its containers said last. Pure.

use std::collections::HashSet;

use jiff::SignedDuration;
use serde_json::Value;

use super::happenings::{happenings, when};
use crate::cluster::cause::Scene;
use crate::cluster::connect::text_at;
use crate::cluster::kstatus::items;
use crate::foreign::Text;
use crate::model::Happening;
use crate::secret::Vault;

/// How many happenings of a workload are told.
const EVENTS: usize = 5;

/// How many lines of a log are told.
const LINES: usize = 10;

/// What a workload left behind so far.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Traces {
    pub happenings: Vec<Happening>,
    pub log: Vec<Text>,
}

/// The traces of the scene's workload, in this rollout.
pub(super) fn of(scene: &Scene<'_>, vault: &Vault) -> Traces {
    let mut family = HashSet::from([text_at(scene.workload, "/metadata/uid")]);
    for object in scene.replicasets.iter().chain(scene.pods) {
        let owners = items(object, "/metadata/ownerReferences");
        if owners.iter().any(|owner| family.contains(text_at(owner, "/uid"))) {
            family.insert(text_at(object, "/metadata/uid"));
        }
    }
    // Kubernetes writes most event times in whole seconds, cut off.
    let start = scene.since.checked_sub(SignedDuration::from_secs(1)).unwrap_or(scene.since);
    let own = |event: &&&Value| {
        family.contains(text_at(event, "/involvedObject/uid")) && when(event).is_some_and(|at| at >= start)
    };
    let own: Vec<&Value> = scene.events.iter().filter(own).copied().collect();
    let mut happenings = happenings(&own, vault);
    happenings.truncate(EVENTS);
    // Of several, those of the youngest pod: an earlier one may have ended for another reason.
    let born = |uid: &str| {
        let pod = scene.pods.iter().find(|pod| text_at(pod, "/metadata/uid") == uid);
        pod.map(|pod| text_at(pod, "/metadata/creationTimestamp"))
    };
    let told = scene.logs.iter().filter(|log| family.contains(log.pod) && !log.lines.is_empty());
    let log = told.max_by_key(|log| (born(log.pod), log.pod, log.container)).map_or_else(Vec::new, |log| {
        let from = log.lines.len().saturating_sub(LINES);
        log.lines.iter().skip(from).map(|line| vault.scrub(line)).collect()
    });
    Traces { happenings, log }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cluster::cause::Log;

    #[test]
    fn a_row_has_the_events_and_the_log_of_its_own_pods() {
        let owned = |uid: &str, owner: &str, born: &str| json!({"metadata": {"uid": uid, "creationTimestamp": born, "ownerReferences": [{"uid": owner}]}});
        let event = |uid: &str, message: &str, at: &str| json!({"involvedObject": {"uid": uid, "name": uid}, "message": message, "lastTimestamp": at});
        let workload = json!({"metadata": {"uid": "web"}});
        let sets = [owned("set", "web", ""), owned("other", "db", "")];
        let pods = [
            owned("old", "set", "2026-03-01T12:00:01Z"),
            owned("new", "set", "2026-03-01T12:00:09Z"),
            owned("db", "other", "2026-03-01T12:00:10Z"),
        ];
        let events = [
            event("new", "of an earlier rollout", "2026-03-01T11:00:00Z"),
            event("new", "pulling", "2026-03-01T12:00:10Z"),
            event("db", "of another", "2026-03-01T12:00:11Z"),
            event("set", "created", "2026-03-01T12:00:09Z"),
        ];
        let lines = |word: &str| vec![word.to_owned(); 12];
        let (old, new, db) = (lines("old"), lines("new"), lines("db"));
        let logs = [("old", &old), ("new", &new), ("db", &db)];
        let logs = logs.map(|(pod, lines)| Log { pod, container: "main", lines });
        let since = "2026-03-01T12:00:00Z".parse().unwrap();
        let (sets, pods, events) = (
            sets.iter().collect::<Vec<_>>(),
            pods.iter().collect::<Vec<_>>(),
            events.iter().collect::<Vec<_>>(),
        );
        let scene = Scene {
            workload: &workload,
            replicasets: &sets,
            pods: &pods,
            pvcs: &[],
            nodes: &[],
            quotas: &[],
            events: &events,
            logs: &logs,
            noticed: &[],
            others_ready: None,
            since,
            now: since,
        };
        let happened = |object: &str, text: &str, at: &str| Happening {
            at: Some(at.parse().unwrap()),
            object: object.into(),
            text: text.into(),
        };
        let wanted = Traces {
            happenings: vec![
                happened("new", "pulling", "2026-03-01T12:00:10Z"),
                happened("set", "created", "2026-03-01T12:00:09Z"),
            ],
            log: vec!["new".into(); 10],
        };
        assert_eq!(of(&scene, &Vault::default()), wanted);
    }
}
