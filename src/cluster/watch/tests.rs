//! Rows over recorded rollouts of a real API server.

use std::fs;
use std::path::Path;

use jiff::SignedDuration;
use serde::Deserialize;

use super::*;
use crate::model::{RowState, Sight};
use crate::secret::Vault;

mod ready;

#[derive(Deserialize)]
struct Line {
    t: f64,
    watch: String,
    #[serde(rename = "type")]
    what: String,
    object: Lean,
}

fn lines(name: &str) -> Vec<Line> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/recordings/{name}.jsonl"));
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The stages of the Deployment `web` in a recording: state, pods ready of desired, note; repetitions left out.
/// Ends half a minute after the last event.
fn stages(name: &str) -> Vec<String> {
    let lines = lines(name);
    let ours = |line: &&Line| line.watch == "deployments" && line.what == "ADDED";
    let first = lines.iter().find(ours).unwrap();
    let start: Timestamp = text_at(&first.object.0, "/metadata/creationTimestamp").parse().unwrap();
    let (zero, end) = (first.t, lines.last().unwrap().t + 30.0);
    let now = |t: f64| start + SignedDuration::try_from_secs_f64(t - zero).unwrap();
    let expected = [Expected::of("Deployment", &first.object.0)];
    let mut picture = Picture::new(&expected, Vault::default(), start);
    let mut stages: Vec<String> = Vec::new();
    for line in lines {
        let Some(kind) = kind_called(&line.watch) else { continue };
        picture.take(match line.what.as_str() {
            "ADDED" | "MODIFIED" => News::Changed(kind, line.object),
            "DELETED" => News::Gone(kind, line.object),
            _ => continue,
        });
        note(&mut stages, picture.beat(now(line.t)));
    }
    note(&mut stages, picture.beat(now(end)));
    stages
}

fn note(stages: &mut Vec<String>, snapshot: Option<Snapshot>) {
    for row in snapshot.into_iter().flat_map(|snapshot| snapshot.rows) {
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
            "Waiting 0/1 applied",
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

/// What is told at once after some news; nothing has to have changed.
fn look(picture: &mut Picture) -> Snapshot {
    picture.take(News::Hidden(&kind::QUOTA));
    picture.beat(Timestamp::UNIX_EPOCH).unwrap()
}

#[test]
fn lost_sight_says_since_when_and_comes_back() {
    let mut picture = Picture::new(&[], Vault::default(), Timestamp::UNIX_EPOCH);
    let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
    for (kind, since, why) in [
        (&kind::POD, 60, "could not list pods: connection refused"),
        (&kind::NODE, 61, "no answer"),
        (&kind::POD, 62, "still refused"),
    ] {
        picture.take(News::Lost(kind, at(since), why.into()));
    }
    assert_eq!(look(&mut picture).sight, Sight::Lost("since 00:01:00 UTC: still refused".into()));
    picture.take(News::Listed(&kind::POD, Vec::new()));
    assert_eq!(look(&mut picture).sight, Sight::Lost("since 00:01:01 UTC: no answer".into()));
    picture.take(News::Listed(&kind::NODE, Vec::new()));
    assert_eq!(look(&mut picture).sight, Sight::Clear);
}

#[test]
fn what_was_deleted_or_made_anew_is_not_what_was_applied() {
    let object = |uid: &str| {
        Lean(serde_json::json!({
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": "mysql-pvc", "uid": uid}, "status": {"phase": "Bound"},
        }))
    };
    let expected = [Expected::of("PersistentVolumeClaim", &object("1").0)];
    let mut picture = Picture::new(&expected, Vault::default(), Timestamp::UNIX_EPOCH);
    let mut told = Vec::new();
    let mut look = |picture: &mut Picture| {
        let row = look(picture).rows.remove(0);
        told.push((row.state, row.note.to_string()));
    };
    look(&mut picture);
    picture.take(News::Listed(&kind::VOLUME_CLAIM, vec![object("1")]));
    picture.take(News::Gone(&kind::VOLUME_CLAIM, object("3")));
    look(&mut picture);
    picture.take(News::Listed(&kind::VOLUME_CLAIM, vec![object("2")]));
    look(&mut picture);
    let wanted = [(RowState::Waiting, "applied"), (RowState::Ready, "bound"), (RowState::Failed, "gone")];
    assert_eq!(told, wanted.map(|(state, note)| (state, note.to_owned())));
}

#[test]
fn pods_of_others_are_not_kept_and_old_events_go_first() {
    let owned = |kind: &str, name: &str, owner: &str, of: &str| {
        Lean(serde_json::json!({
            "kind": kind, "metadata": {"name": name, "uid": name, "ownerReferences": [{"uid": owner, "kind": of}]},
        }))
    };
    let expected = [Expected {
        kind: "DaemonSet",
        namespace: "box".into(),
        name: "agent".into(),
        uid: "agent".into(),
        generation: 1,
    }];
    let mut picture = Picture::new(&expected, Vault::default(), Timestamp::UNIX_EPOCH);
    for (name, owner, of) in
        [("a", "agent", "DaemonSet"), ("b", "train-1", "Job"), ("c", "web-1", "ReplicaSet")]
    {
        picture.take(News::Changed(&kind::POD, owned("Pod", name, owner, of)));
    }
    let pods: Vec<&str> = picture.pods().iter().map(|pod| text_at(pod, "/metadata/name")).collect();
    assert_eq!(pods, ["a", "c"]);
    let now = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1000);
    for number in 0..1000_i64 {
        let mut pod = owned("Pod", &format!("of-another-{number}"), "web-1", "ReplicaSet");
        pod.0["metadata"]["creationTimestamp"] = serde_json::json!(now - SignedDuration::from_secs(number));
        picture.take(News::Changed(&kind::POD, pod));
    }
    picture.beat(now).unwrap();
    assert_eq!(picture.pods().len(), 62, "those of the last minute, and two without a time");
    for number in 0..5000_i64 {
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(number);
        let event = serde_json::json!({
            "metadata": {"name": "e", "uid": format!("{:05}", 7 * number % 5003)},
            "message": number.to_string(), "lastTimestamp": at,
        });
        picture.take(News::Changed(&kind::EVENT, Lean(event)));
    }
    let newest: Vec<String> =
        look(&mut picture).happenings.iter().map(|happening| happening.text.to_string()).collect();
    assert_eq!(newest, (4960..5000).rev().map(|number| number.to_string()).collect::<Vec<_>>());
}
