//! Rows over recorded rollouts of a real API server.

use std::fs;
use std::path::Path;

use jiff::SignedDuration;
use serde::Deserialize;

use super::seen::News;
use super::*;
use crate::foreign::Text;
use crate::model::{RowState, Sight};
use crate::secret::Vault;

#[derive(Deserialize)]
struct Line {
    t: f64,
    watch: String,
    #[serde(rename = "type")]
    what: String,
    object: Value,
}

fn lines(name: &str) -> Vec<Line> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/recordings/{name}.jsonl"));
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The stages of the Deployment `web` in a recording: state, pods ready of desired, note; repetitions left out.
/// Ends half a minute after the last event.
fn stages(name: &str) -> Vec<String> {
    let mut seen = Seen::default();
    let mut expected = Vec::new();
    let mut stages: Vec<String> = Vec::new();
    let lines = lines(name);
    let created =
        |line: &Line| text_at(&line.object, "/metadata/creationTimestamp").parse::<Timestamp>().ok();
    let start = lines.iter().filter(|line| line.watch == "deployments").find_map(created).unwrap();
    let first = lines.iter().find(|line| line.watch == "deployments").unwrap().t;
    let mut told = Snapshot { sight: Sight::Clear, rows: Vec::new(), happenings: Vec::new() };
    let look = |seen: &Seen, expected: &[Expected], t: f64| {
        let now = start + SignedDuration::try_from_secs_f64(t - first).unwrap();
        rows::snapshot(seen, expected, &Vault::default(), start, now)
    };
    let end = lines.last().unwrap().t + 30.0;
    for line in lines {
        let Some((kind, _)) = WATCHED.iter().find(|(kind, _)| kind.plural == line.watch) else { continue };
        if line.watch == "deployments" && line.what == "ADDED" {
            expected.push(Expected::of("Deployment", &line.object));
        }
        seen.take(match line.what.as_str() {
            "ADDED" | "MODIFIED" => News::Changed(kind, line.object),
            "DELETED" => News::Gone(kind, line.object),
            _ => continue,
        });
        told = look(&seen, &expected, line.t);
        note(&mut stages, &told);
    }
    let last = look(&seen, &expected, end);
    note(&mut stages, &last);
    assert_eq!(told.rows.len(), 1, "one row for web");
    stages
}

fn note(stages: &mut Vec<String>, snapshot: &Snapshot) {
    for row in &snapshot.rows {
        let stage = format!("{:?} {}/{} {}", row.state, row.ready, row.desired, row.note);
        if stages.last() != Some(&stage) {
            stages.push(stage);
        }
    }
}

#[test]
fn recorded_rollouts_go_through_these_stages() {
    for (name, last) in [
        ("success", "Ready 2/2 ready"),
        ("slow-pull", "Ready 1/1 ready"),
        ("image-pull-backoff", "Failed 0/1 image not found"),
        ("crash-loop", "Failed 0/1 keeps ending"),
        ("oom-killed", "Failed 0/1 out of memory"),
        ("config-error", "Failed 0/1 a Secret is missing"),
        ("never-ready", "Failed 0/1 starting, not ready yet"),
        ("unschedulable", "Failed 0/1 no room on any node"),
        ("taint", "Failed 0/1 no node takes it"),
        ("pvc-pending", "Failed 0/1 no storage class"),
        ("quota", "Failed 0/1 a limit forbids it"),
        ("recreate", "Ready 1/1 ready"),
        ("upgrade-success", "Ready 2/2 ready"),
        ("upgrade-stuck", "Failed 2/2 image not found"),
    ] {
        assert_eq!(stages(name).last().map(String::as_str), Some(last), "{name}");
    }
}

#[test]
fn a_slow_pull_is_told_as_it_goes() {
    assert_eq!(
        stages("slow-pull"),
        [
            "Working 0/1 coming up",
            "Working 0/1 waiting for a node",
            "Working 0/1 container starting",
            "Working 0/1 pulling image",
            "Working 0/1 container starting",
            "Working 0/1 starting, not ready yet",
            "Working 0/1 coming up",
            "Ready 1/1 ready",
        ]
    );
}

#[test]
fn lost_sight_says_so_and_comes_back() {
    let mut seen = Seen::default();
    let look = |seen: &Seen| {
        let now = Timestamp::UNIX_EPOCH;
        rows::snapshot(seen, &[], &Vault::default(), now, now).sight
    };
    let why = Text::new("could not list pods: connection refused");
    seen.take(News::Lost(&kind::POD, why.clone()));
    assert_eq!(look(&seen), Sight::Lost(why));
    seen.take(News::Listed(&kind::POD, Vec::new()));
    assert_eq!(look(&seen), Sight::Clear);
}

#[test]
fn what_was_deleted_or_made_anew_is_not_what_was_applied() {
    let object = |uid: &str| {
        serde_json::json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": "mysql-pvc", "uid": uid}, "status": {"phase": "Bound"},
        })
    };
    let expected = [Expected::of("PersistentVolumeClaim", &object("1"))];
    let mut seen = Seen::default();
    let look = |seen: &Seen| {
        let now = Timestamp::UNIX_EPOCH;
        let snapshot = rows::snapshot(seen, &expected, &Vault::default(), now, now);
        (snapshot.rows[0].state, snapshot.rows[0].note.to_string())
    };
    assert_eq!(look(&seen), (RowState::Waiting, "applied".into()));
    seen.take(News::Listed(&kind::VOLUME_CLAIM, vec![object("1")]));
    assert_eq!(look(&seen), (RowState::Ready, "bound".into()));
    seen.take(News::Listed(&kind::VOLUME_CLAIM, vec![object("2")]));
    assert_eq!(look(&seen), (RowState::Failed, "gone".into()));
}
