//! From the picture to rows. Pure.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;

use super::families::{Family, families};
use super::seen::Seen;
use super::traces::{self, Traces};
use super::{Expected, generation, happenings, images, notes, reporter};
use crate::cluster::cause::{self, Cause, Class, Scene, cause, rule};
use crate::cluster::connect::{kind, text_at};
use crate::cluster::kstatus::{Jobs, Status, condition, holds, number, status, time, vanished};
use crate::foreign::Text;
use crate::model::{Row, RowState, Sight, Snapshot, Timer};
use crate::secret::Vault;

/// How long a next step may be, in characters: a command in it must not be cut.
const NEXT: usize = 480;

/// The whole rollout at this moment. While the cluster is out of sight time stands still: nothing becomes hopeless
/// unseen.
pub(super) fn snapshot(
    seen: &Seen,
    expected: &[Expected],
    vault: &Vault,
    since: Timestamp,
    now: Timestamp,
) -> Snapshot {
    let all = [kind::VOLUME_CLAIM, kind::NODE, kind::QUOTA].map(|kind| seen.all(&kind));
    let [pvcs, nodes, quotas] = all.each_ref().map(Vec::as_slice);
    let families = families(seen, expected);
    let now = seen.lost_since().map_or(now, |lost| lost.min(now));
    let stage = Stage { states: seen.states(), pvcs, nodes, quotas, since, now };
    let found: Vec<Option<Found>> = expected
        .iter()
        .zip(&families)
        .map(|(expected, family)| {
            let object = seen.one(expected.kind, &expected.uid)?;
            Some(Found { object, cause: cause(&stage.scene(family, object, None)) })
        })
        .collect();
    let rows =
        expected.iter().zip(&families).zip(&found).enumerate().map(|(at, ((expected, family), mine))| {
            let Some(mine) = mine else { return absent(seen, expected) };
            let waits = mine.cause.as_ref().is_some_and(|cause| rule(cause.kind).may_wait_for_others);
            let others =
                || found.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| other);
            let cause = match others_ready(others(), since) {
                Some(ready) if waits => cause(&stage.scene(family, mine.object, Some(ready))),
                _ => mine.cause.clone(),
            };
            let Traces { happenings, log } = traces::of(family, since, vault);
            Row { happenings, log, ..row(expected, mine.object, cause, vault, now) }
        });
    let pods = families.iter().flat_map(|family| &family.pods);
    let events = seen.all(&kind::EVENT);
    Snapshot {
        sight: seen.lost().map_or(Sight::Clear, Sight::Lost),
        rows: rows.collect(),
        images: images::images(pods, &events, since, vault),
        happenings: happenings::happenings(&events, vault),
        reporter: reporter::reporter(expected, |manager| {
            Some(stage.scene(families.get(manager)?, found.get(manager)?.as_ref()?.object, None))
        }),
    }
}

/// What is the same for everything that was applied.
#[derive(Clone, Copy)]
struct Stage<'a> {
    states: &'a HashMap<String, u64>,
    pvcs: &'a [&'a Value],
    nodes: &'a [&'a Value],
    quotas: &'a [&'a Value],
    since: Timestamp,
    now: Timestamp,
}

impl<'a> Stage<'a> {
    fn scene(
        self,
        family: &'a Family<'a>,
        workload: &'a Value,
        others_ready: Option<Timestamp>,
    ) -> Scene<'a> {
        Scene {
            workload,
            replicasets: &family.replicasets,
            pods: &family.pods,
            pvcs: self.pvcs,
            nodes: self.nodes,
            quotas: self.quotas,
            events: &family.events_and_claims,
            logs: &family.logs,
            noticed: &family.noticed,
            states: Some(self.states),
            others_ready,
            since: self.since,
            now: self.now,
        }
    }
}

/// An object in sight, and what stands in its way while others may still be on theirs.
struct Found<'a> {
    object: &'a Value,
    cause: Option<Cause>,
}

/// Since when all others are ready, from the rollout's start on; none while one of them is still on its way. One
/// that cannot get there, or itself only waits for others, is not waited for.
fn others_ready<'a>(
    others: impl Iterator<Item = &'a Option<Found<'a>>>,
    since: Timestamp,
) -> Option<Timestamp> {
    let mut all = since;
    for other in others {
        let Found { object, cause } = other.as_ref()?;
        match cause {
            Some(cause) if cause.class == Class::Hopeless || rule(cause.kind).may_wait_for_others => {}
            Some(_) => return None,
            None => all = all.max(ready_since(object).unwrap_or(since)),
        }
    }
    Some(all)
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
        happenings: Vec::new(),
        log: Vec::new(),
        since: None,
        timer: None,
    }
}

/// The row of an object that is not in sight.
fn absent(seen: &Seen, expected: &Expected) -> Row {
    if !seen.knows(expected.kind) {
        return blank(expected, RowState::Waiting, "applied");
    }
    if let Some(last) = seen.last(&expected.uid)
        && vanished(last, Jobs::CompletedOrSuspended).status == Status::Current
    {
        let (_, desired) = counts(last);
        // A Job that failed removes itself, too, and somebody may have deleted it: only what it said itself counts.
        let said = |ends: [&str; 2]| ends.into_iter().any(|end| holds(last, end));
        if said(["Complete", "SuccessCriteriaMet"]) {
            return Row { ready: desired, desired, ..blank(expected, RowState::Ready, "complete") };
        }
        if !said(["Failed", "FailureTarget"]) {
            return Row { desired, ..blank(expected, RowState::Unknown, "gone, its end was not seen") };
        }
        return Row {
            desired,
            sentence: Text::new(&format!("The job {} has failed and has removed itself.", expected.name)),
            next: Text::new("Its log has gone with it; run again, and read the log while it runs."),
            ..blank(expected, RowState::Failed, "failed")
        };
    }
    Row {
        sentence: Text::new(&format!("{} was deleted after it was applied.", expected.name)),
        next: Text::new("Find out who deletes it."),
        ..blank(expected, RowState::Failed, "gone")
    }
}

fn row(expected: &Expected, object: &Value, cause: Option<Cause>, vault: &Vault, now: Timestamp) -> Row {
    let (ready, desired) = counts(object);
    let row = Row { ready, desired, ..blank(expected, RowState::Working, "") };
    let verdict = status(object, now);
    match (verdict.status, cause) {
        // Nothing at all is not ready.
        (Status::Current, None) if desired == 0 => {
            let note = if expected.kind == "DaemonSet" { "waiting for a node" } else { "scaled to nothing" };
            Row { state: RowState::Waiting, note: Text::new(note), ..row }
        }
        // A Job may be complete before as many of its pods as it may run have ended well: it says so itself.
        (Status::Current, None)
            if (ready >= desired || expected.kind == "Job") && generation(object) >= expected.generation =>
        {
            let note = match expected.kind {
                "PersistentVolumeClaim" => "bound",
                "Job" => "complete",
                _ => "ready",
            };
            Row { state: RowState::Ready, note: Text::new(note), since: ready_since(object), ..row }
        }
        (Status::Unknown | Status::NotFound, _) => {
            Row { state: RowState::Unknown, note: Text::new("cannot be judged"), ..row }
        }
        (_, Some(cause)) => explained(row, &cause, vault),
        (Status::Failed, None) => Row {
            state: RowState::Failed,
            note: Text::new("failed"),
            sentence: vault.scrub(&verdict.message),
            evidence: vec![vault.scrub(&verdict.reason)],
            ..row
        },
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
    // What waiting does not help waits for nothing, though the cluster may go on trying.
    let waits = cause.timer.as_ref().filter(|_| state != RowState::Failed);
    let says = cause.timer.iter().map(|timer| timer.says.as_str());
    let evidence_lines = [&evidence.object, &evidence.reason, &evidence.message]
        .into_iter()
        .map(String::as_str)
        .chain(says)
        .chain(evidence.log.iter().map(String::as_str))
        .filter(|line| !line.is_empty())
        .map(|line| vault.scrub(line));
    Row {
        state,
        note: Text::new(notes::note(cause.kind)),
        sentence: vault.scrub(&cause.sentence),
        evidence: evidence_lines.collect(),
        next: vault.scrub_within(&cause.next, NEXT),
        since: evidence.since,
        timer: waits.map(timer),
        ..row
    }
}

fn timer(timer: &cause::Timer) -> Timer {
    let seconds = timer.length.and_then(|length| u64::try_from(length.as_secs()).ok());
    Timer { kind: timer.kind, due: timer.due, seconds }
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
