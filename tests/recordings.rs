//! Recorded streams of real rollouts (tests/recordings/), replayed event by event through kstatus, kubectl's rule
//! and the cause. Besides the moments of the stream every second is looked at, since grace runs out in silence.

use std::collections::BTreeMap;

use landfall::cluster::cause::{Cause, Class};
use landfall::cluster::kstatus::{Jobs, Rollout, Status, number, rolled_out, status, status_with, text};
use serde::Deserialize;

mod figure;
mod kubectl;
mod replay;

use replay::{Recording, World};

/// What expected.json says of one recording.
#[derive(Deserialize)]
struct Expected {
    r#final: BTreeMap<String, String>,
    kubectl_rollout: BTreeMap<String, String>,
    cause: Option<ExpectedCause>,
}

#[derive(Deserialize)]
struct ExpectedCause {
    class: String,
    kind: String,
    says: Vec<String>,
}

fn expected() -> BTreeMap<String, Expected> {
    serde_json::from_str(include_str!("recordings/expected.json")).unwrap()
}

/// All of a cause that a person can read.
fn all_text(cause: &Cause) -> String {
    let timer = cause.timer.as_ref().map_or("", |timer| timer.says.as_str());
    let evidence = &cause.evidence;
    format!("{} | {} | {} | {} | {timer}", cause.sentence, evidence.object, evidence.reason, evidence.message)
}

/// The words of expected.json; the one that stands for a number asks for a number.
fn says(cause: &Cause, words: &[String]) -> bool {
    let text = all_text(cause);
    words.iter().all(|word| match word.as_str() {
        "elapsed seconds" => text.contains(" s now"),
        word => text.contains(word),
    })
}

fn kind(cause: &Cause) -> String {
    serde_json::to_value(cause.kind).unwrap().as_str().unwrap().replace('-', " ")
}

#[test]
fn the_last_state_is_judged_by_kstatus_and_by_kubectl_as_expected() {
    for (name, expected) in expected() {
        let recording = Recording::read(&name);
        let end = recording.at(recording.lines.last().unwrap().t);
        let mut world = World::default();
        recording.lines.into_iter().for_each(|line| world.take(line));
        for (called, wanted) in expected.r#final {
            let object = world.named(&called);
            let verdict = status(object, end);
            let (found, complete) =
                (format!("{:?}", verdict.status), status_with(object, end, Jobs::Completed));
            assert!(
                wanted.starts_with(&found) || wanted.contains(&format!("or {found}")),
                "{name} {called}: {verdict:?}"
            );
            assert_eq!(complete.status, verdict.status, "{name} {called}: by the rules of Helm");
        }
        for (called, wanted) in expected.kubectl_rollout {
            let found = match rolled_out(world.named(&called)).unwrap() {
                Rollout::Done => "done".to_owned(),
                Rollout::Waiting(_) => "waiting".to_owned(),
                Rollout::Error(error) => format!("error: {error}"),
            };
            assert!(
                wanted == found || wanted.split(" or ").any(|one| one == found),
                "{name} {called}: {found}"
            );
        }
    }
}

#[test]
fn the_cause_is_named_with_its_class_and_in_the_expected_words() {
    for (name, expected) in expected() {
        // The slow pull ends well: its cause is asked for on the way.
        let until = if name == "slow-pull" { 15.0 } else { f64::MAX };
        let mut last = None;
        let recording = Recording::read(&name);
        let since = recording.zero;
        recording.replay(120, |world, now, t| {
            if t <= until
                && let [deployment] = world.of("deployments")[..]
            {
                last = world.cause(deployment, since, now);
            }
        });
        let Some(wanted) = expected.cause else {
            assert_eq!(last, None, "{name}: done");
            continue;
        };
        let cause = last.unwrap_or_else(|| panic!("{name} has a cause"));
        let class = serde_json::to_value(cause.class).unwrap();
        let wanted_class = wanted.class.split(" at ").next().unwrap();
        assert!(wanted_class.ends_with(class.as_str().unwrap()), "{name}: {cause:#?}");
        assert!(kind(&cause).eq_ignore_ascii_case(&wanted.kind), "{name}: {cause:#?}");
        assert!(says(&cause, &wanted.says), "{name}: {:?} in {}", wanted.says, all_text(&cause));
    }
}

const WORKLOADS: &[&str] = &["deployments", "daemonsets", "statefulsets", "jobs", "persistentvolumeclaims"];

#[test]
fn what_ends_well_is_never_called_hopeless_on_the_way() {
    for name in ["success", "slow-pull", "upgrade-success", "recreate"] {
        let recording = Recording::read(name);
        let since = recording.zero;
        let mut looks = 0;
        recording.replay(600, |world, now, t| {
            for object in WORKLOADS.iter().flat_map(|watch| world.of(watch)) {
                looks += 1;
                let cause = world.cause(object, since, now);
                assert!(
                    cause.as_ref().is_none_or(|cause| cause.class < Class::Retrying),
                    "{name} {t}: {cause:#?}"
                );
            }
        });
        assert!(looks > 600, "{name} was looked at");
    }
}

#[test]
fn an_upgrade_is_not_done_before_its_new_pods_are_ready() {
    for name in ["upgrade-success", "upgrade-stuck", "recreate"] {
        let recording = Recording::read(name);
        let since = recording.zero;
        let (mut between, mut done) = (0, false);
        recording.replay(10, |world, now, t| {
            let [deployment] = world.of("deployments")[..] else { return };
            if number(deployment, "/metadata/generation") != Some(2) {
                return;
            }
            let wanted = number(deployment, "/spec/replicas");
            let new = world
                .of("replicasets")
                .into_iter()
                .find(|set| text(set, "/metadata/annotations/deployment.kubernetes.io~1revision") == "2");
            let up = new.is_some_and(|set| number(set, "/status/readyReplicas") == wanted);
            done = status(deployment, now).status == Status::Current;
            assert_eq!(done, world.cause(deployment, since, now).is_none(), "{name} {t}");
            if !up {
                between += 1;
                assert!(!done, "{name} {t}: by kstatus");
                assert_ne!(rolled_out(deployment), Some(Rollout::Done), "{name} {t}: by kubectl");
            }
        });
        assert!(between > 10, "{name} was looked at between");
        assert_eq!(done, name != "upgrade-stuck");
    }
}

/// What in a recording's stream first shows the trouble, and how many seconds later it counts as hopeless:
/// the grace of its kind, the second restart, or the progress deadline of 25 s where that comes first.
const SHOWN: &[(&str, &str, Option<f64>)] = &[
    ("slow-pull", "\"Pulling\"", None),
    ("image-pull-backoff", "\"ErrImagePull\"", Some(23.0)),
    ("crash-loop", "\"CrashLoopBackOff\"", Some(11.0)),
    ("oom-killed", "\"OOMKilled\"", Some(11.0)),
    ("config-error", "\"CreateContainerConfigError\"", Some(15.0)),
    ("never-ready", "\"Unhealthy\"", Some(23.2)),
    ("unschedulable", "\"Unschedulable\"", Some(15.0)),
    ("taint", "\"Unschedulable\"", Some(15.0)),
    ("pvc-pending", "\"Unschedulable\"", Some(15.0)),
    ("quota", "exceeded quota", Some(15.0)),
    ("upgrade-stuck", "\"ErrImagePull\"", Some(23.9)),
];

#[test]
fn the_right_cause_comes_within_three_seconds_and_is_hopeless_when_its_grace_is_over() {
    let mut expected = expected();
    for (name, sign, grace) in SHOWN {
        let wanted = expected.remove(*name).unwrap().cause.unwrap();
        let recording = Recording::read(name);
        let since = recording.zero;
        let tells = |line: &&replay::Line| serde_json::to_string(&line.object).unwrap().contains(sign);
        let shown = recording.lines.iter().find(tells).unwrap().t;
        let (mut named, mut hopeless) = (None, None);
        recording.replay(60, |world, now, t| {
            let [deployment] = world.of("deployments")[..] else { return };
            let Some(cause) = world.cause(deployment, since, now) else { return };
            if kind(&cause).eq_ignore_ascii_case(&wanted.kind) && says(&cause, &wanted.says) {
                named.get_or_insert(t);
            }
            if cause.class == Class::Hopeless {
                hopeless.get_or_insert(t);
            }
        });
        let named = named.unwrap_or_else(|| panic!("{name}: never named")) - shown;
        assert!((0.0..=3.0).contains(&named), "{name}: named {named:.2} s after it showed");
        match (grace, hopeless) {
            (None, None) => {}
            (Some(grace), Some(hopeless)) => {
                let late = hopeless - shown - grace;
                assert!((-0.5..=1.5).contains(&late), "{name}: hopeless {late:.2} s after its grace");
            }
            _ => panic!("{name}: hopeless at {hopeless:?}"),
        }
    }
    assert!(expected.values().all(|rest| rest.cause.is_none()), "every recording with a cause is measured");
}
