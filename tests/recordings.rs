//! Recorded streams of real rollouts (tests/recordings/), replayed event by event through kstatus, kubectl's rule
//! and the cause. Besides the moments of the stream every second is looked at, since grace runs out in silence.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use landfall::cluster::cause::{Cause, Class, Scene, cause};
use landfall::cluster::kstatus::{Jobs, Rollout, rolled_out, status, status_with, text, time};
use serde::Deserialize;
use serde_json::Value;

/// One line of a recording.
#[derive(Deserialize)]
struct Line {
    t: f64,
    watch: String,
    r#type: String,
    object: Value,
}

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

/// The cluster as the watches have told it so far: the latest object of each watch and name.
#[derive(Default)]
struct World {
    objects: BTreeMap<(String, String), Value>,
}

impl World {
    fn take(&mut self, line: Line) {
        let key = (line.watch, text(&line.object, "/metadata/name").to_owned());
        match line.r#type.as_str() {
            "ADDED" | "MODIFIED" => drop(self.objects.insert(key, line.object)),
            "DELETED" => drop(self.objects.remove(&key)),
            other => panic!("a recording without {other}"),
        }
    }

    fn of(&self, watch: &str) -> Vec<&Value> {
        self.objects.iter().filter(|((of, _), _)| of == watch).map(|(_, object)| object).collect()
    }

    /// An object called `Kind/name` or `kind/name`.
    fn named(&self, called: &str) -> &Value {
        let (kind, name) = called.split_once('/').unwrap();
        let fits = |object: &&Value| {
            text(object, "/kind").eq_ignore_ascii_case(kind) && text(object, "/metadata/name") == name
        };
        self.objects.values().find(fits).unwrap_or_else(|| panic!("{called} is recorded"))
    }

    fn cause(&self, workload: &Value, since: Timestamp, now: Timestamp) -> Option<Cause> {
        let of = |watch| self.of(watch);
        cause(&Scene {
            workload,
            replicasets: &of("replicasets"),
            pods: &of("pods"),
            pvcs: &of("persistentvolumeclaims"),
            nodes: &of("nodes"),
            quotas: &of("resourcequotas"),
            events: &of("events"),
            logs: &[],
            since,
            now,
        })
    }
}

/// A recording with the moment at which its clock stood at zero.
struct Recording {
    lines: Vec<Line>,
    zero: Timestamp,
}

impl Recording {
    fn read(name: &str) -> Self {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(format!("{name}.jsonl"));
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<Line> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let zero = zero(&lines);
        Self { lines, zero }
    }

    fn at(&self, t: f64) -> Timestamp {
        self.zero + SignedDuration::from_millis(millis(t))
    }

    /// Calls `look` at every line, at every full second between lines, and `after` seconds beyond the last.
    fn replay(self, after: u32, mut look: impl FnMut(&World, Timestamp, f64)) {
        let zero = self.zero;
        let now = |t: f64| zero + SignedDuration::from_millis(millis(t));
        let mut world = World::default();
        let mut clock = 0.0;
        let end = self.lines.last().unwrap().t + f64::from(after);
        for line in self.lines {
            while clock + 1.0 < line.t {
                clock += 1.0;
                look(&world, now(clock), clock);
            }
            let t = line.t;
            world.take(line);
            look(&world, now(t), t);
        }
        while clock < end {
            clock += 1.0;
            look(&world, now(clock), clock);
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "recordings last minutes")]
fn millis(t: f64) -> i64 {
    (t * 1000.0) as i64
}

/// Nothing can be told before it happened: the latest of all the moments that the first arrivals name.
fn zero(lines: &[Line]) -> Timestamp {
    let moments = lines.iter().filter(|line| line.watch != "nodes").filter_map(|line| {
        let made = ["/eventTime", "/firstTimestamp", "/metadata/creationTimestamp"];
        let made = made.iter().find_map(|pointer| time(&line.object, pointer))?;
        (line.r#type == "ADDED").then(|| made - SignedDuration::from_millis(millis(line.t)))
    });
    moments.max().unwrap()
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
        let workload = if name == "slow-pull" { 15.0 } else { f64::MAX };
        let mut last = None;
        let recording = Recording::read(&name);
        let since = recording.zero;
        recording.replay(120, |world, now, t| {
            if t <= workload
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
        assert!(
            wanted.class.ends_with(class.as_str().unwrap())
                || wanted.class.contains("hopeless at the deadline") && cause.class == Class::Hopeless,
            "{name}: {cause:#?}"
        );
        assert!(kind(&cause).eq_ignore_ascii_case(&wanted.kind), "{name}: {cause:#?}");
        assert!(says(&cause, &wanted.says), "{name}: {:?} in {}", wanted.says, all_text(&cause));
    }
}

#[test]
fn zz_print() {
    for (name, _) in expected() {
        eprintln!("== {name}");
        let recording = Recording::read(&name);
        let since = recording.zero;
        let mut last = BTreeMap::new();
        recording.replay(120, |world, now, t| {
            for watch in ["deployments", "daemonsets", "statefulsets", "jobs", "persistentvolumeclaims"] {
                for object in world.of(watch) {
                    let cause = world.cause(object, since, now);
                    let key = cause.as_ref().map(|c| (c.kind, c.class, c.evidence.reason.clone()));
                    let id = text(object, "/metadata/uid").to_owned();
                    if last.get(&id) != Some(&key) {
                        last.insert(id, key);
                        match cause {
                            None => eprintln!("{t:6.2} {} -", text(object, "/metadata/name")),
                            Some(c) => eprintln!("{t:6.2} {} {:?} {:?}: {}\n        [{}] {} {} since {:?} timer {:?}\n        > {}", text(object, "/metadata/name"), c.class, c.kind, c.sentence, c.evidence.object, c.evidence.reason, c.evidence.message, c.evidence.since.map(|s| s.duration_since(since)), c.timer.map(|t| (t.kind, t.due.map(|d| d.duration_since(now)), t.says)), c.next),
                        }
                    }
                }
            }
        });
    }
}
