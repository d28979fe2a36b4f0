//! The figure `recordings`: each recording goes through what the live watch goes through (its picture, at its own
//! beat, in virtual time) down to the row that a person reads.

use std::collections::BTreeMap;

use landfall::cluster::kstatus::text;
use landfall::cluster::watch::{BEAT, Expected, Lean, News, Picture, kind_called};
use landfall::model::{Row, RowState, Snapshot};
use landfall::secret::Vault;

use super::replay::Recording;
use super::{ExpectedCause, expected};

/// What in the stream first shows the trouble, and the few words of its kind in the row's narrow column.
const SHOWN: [(&str, &str, &str); 11] = [
    ("slow-pull", "\"Pulling\"", "pulling image"),
    ("image-pull-backoff", "\"ErrImagePull\"", "image not found"),
    ("crash-loop", "\"CrashLoopBackOff\"", "keeps ending"),
    ("oom-killed", "\"OOMKilled\"", "out of memory"),
    ("config-error", "\"CreateContainerConfigError\"", "a Secret is missing"),
    ("never-ready", "\"Unhealthy\"", "starting, not ready yet"),
    ("unschedulable", "\"Unschedulable\"", "no room on any node"),
    ("taint", "\"Unschedulable\"", "no node takes it"),
    ("pvc-pending", "\"Unschedulable\"", "no storage class"),
    ("quota", "exceeded quota", "a limit forbids it"),
    ("upgrade-stuck", "\"ErrImagePull\"", "image not found"),
];

const WORKLOADS: [(&str, &str); 4] = [
    ("deployments", "Deployment"),
    ("daemonsets", "DaemonSet"),
    ("statefulsets", "StatefulSet"),
    ("jobs", "Job"),
];

/// Everything that was told in a recording, with the second of the stream.
struct Told {
    snapshots: Vec<(f64, Snapshot)>,
    /// When the trouble first showed in the stream.
    shown: Option<f64>,
}

fn told(name: &str) -> Told {
    let recording = Recording::read(name);
    let (zero, end) = (recording.zero, recording.lines.last().unwrap().t + 120.0);
    let now = |t: f64| zero + jiff::SignedDuration::try_from_secs_f64(t).unwrap();
    // Each workload once, in the last generation that is applied: the one that the rollout is about.
    let mut applied: BTreeMap<(&str, &str), Expected> = BTreeMap::new();
    for line in &recording.lines {
        if let Some((watch, kind)) = WORKLOADS.iter().find(|(watch, _)| *watch == line.watch) {
            applied.insert((watch, text(&line.object, "/metadata/name")), Expected::of(kind, &line.object));
        }
    }
    let applied: Vec<Expected> = applied.into_values().collect();
    let sign = SHOWN.iter().find(|(of, ..)| *of == name).map(|(_, sign, _)| *sign);
    let mut picture = Picture::new(&applied, Vault::default(), zero);
    let mut told = Told { snapshots: Vec::new(), shown: None };
    let mut lines = recording.lines.into_iter().peekable();
    let mut t = 0.0;
    while t < end {
        t += BEAT.as_secs_f64();
        while let Some(line) = lines.next_if(|line| line.t <= t) {
            let json = line.object.to_string();
            if told.shown.is_none() && sign.is_some_and(|sign| json.contains(sign)) {
                told.shown = Some(line.t);
            }
            let object: Lean = serde_json::from_str(&json).unwrap();
            let kind = kind_called(&line.watch).unwrap();
            picture.take(match line.r#type.as_str() {
                "DELETED" => News::Gone(kind, object),
                _ => News::Changed(kind, object),
            });
        }
        told.snapshots.extend(picture.beat(now(t)).map(|snapshot| (t, snapshot)));
    }
    told
}

/// Whether the row tells what it should: the words, the kind in brief, and whether waiting helps.
fn tells(row: &Row, wanted: &ExpectedCause, note: &str) -> bool {
    let evidence: Vec<&str> = row.evidence.iter().map(landfall::foreign::Text::as_str).collect();
    let all = format!("{} | {}", row.sentence, evidence.join(" | "));
    row.note.as_str() == note
        && wanted.says.iter().all(|word| match word.as_str() {
            "elapsed seconds" => all.contains(" s now"),
            word => all.contains(word),
        })
}

fn web(snapshot: &Snapshot) -> &Row {
    snapshot.rows.iter().find(|row| row.name.as_str() == "web").unwrap()
}

/// What is wrong with what was told, if anything is; else how long the right cause took to be told.
fn judge(name: &str, told: &Told, wanted: Option<&ExpectedCause>) -> Result<Option<f64>, String> {
    let (_, last) = told.snapshots.last().unwrap();
    let ends_well = wanted.is_none_or(|wanted| wanted.class == "slow");
    if last.is_ready() != ends_well {
        return Err(format!("ends as {:#?}", last.rows));
    }
    if ends_well {
        // Nothing was called done and then undone, and nothing was called lost on the way.
        let failed = |(_, snapshot): &&(f64, Snapshot)| {
            snapshot.rows.iter().any(|row| matches!(row.state, RowState::Failed | RowState::Retrying))
        };
        if let Some((t, snapshot)) = told.snapshots.iter().find(failed) {
            return Err(format!("trouble at {t:.1}: {:#?}", snapshot.rows));
        }
        let first = told.snapshots.iter().position(|(_, snapshot)| snapshot.is_ready()).unwrap();
        if told.snapshots.iter().skip(first).any(|(_, snapshot)| !snapshot.is_ready()) {
            return Err("was called done too early".to_owned());
        }
    } else if told.snapshots.iter().any(|(_, snapshot)| snapshot.is_ready()) {
        return Err("was called done".to_owned());
    }
    let Some(wanted) = wanted else { return Ok(None) };
    let (_, _, note) = SHOWN.iter().find(|(of, ..)| *of == name).unwrap();
    if !ends_well && (web(last).state != RowState::Failed || !tells(web(last), wanted, note)) {
        return Err(format!("ends with {:#?}", web(last)));
    }
    let shown = told.shown.ok_or("the sign never shows")?;
    let first = told.snapshots.iter().find(|(_, snapshot)| tells(web(snapshot), wanted, note));
    let (t, _) = first.ok_or("the cause is never told")?;
    let took = t - shown;
    if (0.0..=3.0).contains(&took) { Ok(Some(took)) } else { Err(format!("told after {took:.2} s")) }
}

#[test]
#[expect(clippy::disallowed_macros, reason = "the figure's line is what a test prints")]
fn recordings_figure() {
    let expected = expected();
    let files = expected.len();
    let (mut took, mut wrong) = (Vec::new(), Vec::new());
    for (name, expected) in &expected {
        match judge(name, &told(name), expected.cause.as_ref()) {
            Ok(seconds) => took.extend(seconds),
            Err(why) => wrong.push(format!("{name}: {why}")),
        }
    }
    took.sort_by(f64::total_cmp);
    let p95 = took[(took.len() * 95).div_ceil(100) - 1];
    println!("recordings: files={files} right={} first_cause_p95_s={p95:.2}", files - wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
