//! From the picture to rows. Pure.

use jiff::Timestamp;
use serde_json::Value;

use super::seen::Seen;
use super::{Expected, generation, happenings, notes};
use crate::cluster::cause::{Cause, Class, Scene, cause};
use crate::cluster::connect::{kind, text_at};
use crate::cluster::kstatus::{Status, condition, number, status, time};
use crate::foreign::Text;
use crate::model::{Row, RowState, Sight, Snapshot};
use crate::secret::Vault;

/// The whole rollout at this moment.
pub(super) fn snapshot(
    seen: &Seen,
    expected: &[Expected],
    vault: &Vault,
    since: Timestamp,
    now: Timestamp,
) -> Snapshot {
    let all = [kind::REPLICA_SET, kind::POD, kind::VOLUME_CLAIM, kind::NODE, kind::QUOTA, kind::EVENT]
        .map(|kind| seen.all(&kind));
    let [replicasets, pods, pvcs, nodes, quotas, events] = all.each_ref().map(Vec::as_slice);
    let logs = seen.logs();
    let rows = expected.iter().map(|expected| {
        let Some(workload) = seen.one(expected.kind, &expected.uid) else { return absent(seen, expected) };
        let scene =
            Scene { workload, replicasets, pods, pvcs, nodes, quotas, events, logs: &logs, since, now };
        row(expected, &scene, vault)
    });
    Snapshot {
        sight: seen.lost().map_or(Sight::Clear, Sight::Lost),
        rows: rows.collect(),
        happenings: happenings::happenings(events, vault),
    }
}

fn blank(expected: &Expected, state: RowState, note: &str) -> Row {
    Row {
        kind: Text::new(expected.kind),
        name: Text::new(&expected.name),
        state,
        ready: 0,
        desired: 1,
        note: Text::new(note),
        sentence: Text::default(),
        evidence: Vec::new(),
        next: Text::default(),
        since: None,
    }
}

/// The row of an object that is not in sight.
fn absent(seen: &Seen, expected: &Expected) -> Row {
    if !seen.knows(expected.kind) {
        return blank(expected, RowState::Waiting, "applied");
    }
    Row {
        sentence: Text::new(&format!("{} was deleted after it was applied.", expected.name)),
        next: Text::new("Find out who deletes it."),
        ..blank(expected, RowState::Failed, "gone")
    }
}

fn row(expected: &Expected, scene: &Scene, vault: &Vault) -> Row {
    let object = scene.workload;
    let (ready, desired) = counts(object);
    let row = Row { ready, desired, ..blank(expected, RowState::Working, "") };
    let cause = cause(scene);
    let verdict = status(object, scene.now);
    match (verdict.status, cause) {
        // Nothing at all is not ready.
        (Status::Current, None) if desired == 0 => {
            let note = if expected.kind == "DaemonSet" { "waiting for a node" } else { "scaled to nothing" };
            Row { state: RowState::Waiting, note: Text::new(note), ..row }
        }
        (Status::Current, None) if ready >= desired && generation(object) >= expected.generation => {
            let note = match expected.kind {
                "PersistentVolumeClaim" => "bound",
                "Job" => "complete",
                _ => "ready",
            };
            Row { state: RowState::Ready, note: Text::new(note), since: ready_since(object), ..row }
        }
        (_, Some(cause)) => explained(row, &cause, vault),
        (Status::Failed, None) => Row {
            state: RowState::Failed,
            note: Text::new("failed"),
            sentence: vault.scrub(&verdict.message),
            evidence: vec![vault.scrub(&verdict.reason)],
            ..row
        },
        (Status::Unknown | Status::NotFound, None) => {
            Row { state: RowState::Unknown, note: Text::new("cannot be judged"), ..row }
        }
        (Status::Terminating, None) => Row { note: Text::new("being deleted"), ..row },
        (Status::Current | Status::InProgress, None) => Row { note: Text::new("coming up"), ..row },
    }
}

/// A row with a cause.
fn explained(row: Row, cause: &Cause, vault: &Vault) -> Row {
    let state = match cause.class {
        Class::Waiting | Class::Slow => RowState::Working,
        Class::Retrying => RowState::Retrying,
        Class::Hopeless => RowState::Failed,
    };
    let evidence = &cause.evidence;
    let timer = cause.timer.iter().map(|timer| timer.says.as_str());
    let evidence_lines = [&evidence.object, &evidence.reason, &evidence.message]
        .into_iter()
        .map(String::as_str)
        .chain(timer)
        .chain(evidence.log.iter().map(String::as_str))
        .filter(|line| !line.is_empty())
        .map(|line| vault.scrub(line));
    Row {
        state,
        note: Text::new(notes::note(cause.kind)),
        sentence: vault.scrub(&cause.sentence),
        evidence: evidence_lines.collect(),
        next: vault.scrub(&cause.next),
        since: evidence.since,
        ..row
    }
}

/// How many pods (or volumes) are ready, of how many.
fn counts(object: &Value) -> (u32, u32) {
    let count =
        |pointer: &str, default: i64| u32::try_from(number(object, pointer).unwrap_or(default)).unwrap_or(0);
    match text_at(object, "/kind") {
        "DaemonSet" => (count("/status/numberReady", 0), count("/status/desiredNumberScheduled", 0)),
        "Job" => (count("/status/succeeded", 0), count("/spec/completions", 1)),
        "PersistentVolumeClaim" => (u32::from(text_at(object, "/status/phase") == "Bound"), 1),
        _ => (count("/status/readyReplicas", 0), count("/spec/replicas", 1)),
    }
}

fn ready_since(object: &Value) -> Option<Timestamp> {
    time(condition(object, "Available")?, "/lastTransitionTime")
}
