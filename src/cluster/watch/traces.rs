//! What happened to one workload and its pods, and what its containers said last. Pure.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::families::Family;
use super::happenings::{happenings, when};
use crate::cluster::cause::Log;
use crate::cluster::connect::text_at;
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

/// The traces of a family, in the rollout that started then.
pub(super) fn of(family: &Family<'_>, since: Timestamp, vault: &Vault) -> Traces {
    // Kubernetes writes most event times in whole seconds, cut off.
    let start = since.checked_sub(SignedDuration::from_secs(1)).unwrap_or(since);
    let own = family.events.iter().filter(|event| when(event).is_some_and(|at| at >= start));
    let own: Vec<&Value> = own.copied().collect();
    let mut happenings = happenings(&own, vault);
    happenings.truncate(EVENTS);
    // Of several, those of the youngest pod: an earlier one may have ended for another reason.
    let told: Vec<&Log> = family.logs.iter().filter(|log| !log.lines.is_empty()).collect();
    let pods: HashSet<&str> = told.iter().map(|log| log.pod).collect();
    let born: HashMap<&str, &str> = family
        .pods
        .iter()
        .filter(|_| pods.len() > 1)
        .map(|pod| (text_at(pod, "/metadata/uid"), *pod))
        .filter(|(uid, _)| pods.contains(uid))
        .map(|(uid, pod)| (uid, text_at(pod, "/metadata/creationTimestamp")))
        .collect();
    let youngest = told.into_iter().max_by_key(|log| (born.get(log.pod), log.pod, log.container));
    let log = youngest.map_or_else(Vec::new, |log| {
        let from = log.lines.len().saturating_sub(LINES);
        log.lines.iter().skip(from).map(|line| vault.scrub(line)).collect()
    });
    Traces { happenings, log }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::families::families;
    use super::super::seen::{News, Seen};
    use super::super::{Expected, Lean};
    use super::*;
    use crate::cluster::connect::kind;

    #[test]
    fn a_row_has_the_events_and_the_log_of_its_own_pods() {
        let owned = |uid: &str, owner: &str, born: &str| json!({"metadata": {"uid": uid, "creationTimestamp": born, "ownerReferences": [{"uid": owner, "kind": "ReplicaSet"}]}});
        let event = |uid: &str, message: &str, at: &str| json!({"metadata": {"uid": message}, "involvedObject": {"uid": uid, "name": uid}, "message": message, "lastTimestamp": at});
        let expected = Expected {
            kind: "Deployment",
            namespace: "lab".into(),
            name: "web".into(),
            uid: "web".into(),
            generation: 1,
        };
        let mut seen = Seen::new(["web".to_owned()]);
        let mut take = |kind, objects: Vec<Value>| {
            seen.take(News::Listed(kind, objects.into_iter().map(Lean).collect()));
        };
        take(&kind::REPLICA_SET, vec![owned("set", "web", ""), owned("other", "db", "")]);
        take(
            &kind::POD,
            vec![
                owned("old", "set", "2026-03-01T12:00:01Z"),
                owned("new", "set", "2026-03-01T12:00:09Z"),
                owned("db", "other", "2026-03-01T12:00:10Z"),
            ],
        );
        take(
            &kind::EVENT,
            vec![
                event("new", "of an earlier rollout", "2026-03-01T11:00:00Z"),
                event("new", "pulling", "2026-03-01T12:00:10Z"),
                event("db", "of another", "2026-03-01T12:00:11Z"),
                event("set", "created", "2026-03-01T12:00:09Z"),
            ],
        );
        for word in ["old", "new", "db"] {
            let (pod, container, lines) = (word.to_owned(), "main".to_owned(), vec![word.to_owned(); 12]);
            seen.take(News::Words { pod, container, lines });
        }
        let since = "2026-03-01T12:00:00Z".parse().unwrap();
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
        let families = families(&seen, std::slice::from_ref(&expected));
        assert_eq!(of(&families[0], since, &Vault::default()), wanted);
        assert_eq!(families[0].pods.len(), 2);
    }
}
