//! A recording played back, and the world as it shows it.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use landfall::cluster::cause::{Cause, Scene, cause};
use landfall::cluster::kstatus::{text, time};
use serde::Deserialize;
use serde_json::Value;

/// One line of a recording.
#[derive(Deserialize)]
pub struct Line {
    /// Seconds since the watches opened.
    pub t: f64,
    pub watch: String,
    pub r#type: String,
    /// The object as it then was.
    pub object: Value,
}

/// The cluster as the watches have told it so far: the latest object of each watch and name.
#[derive(Default)]
pub struct World {
    objects: BTreeMap<(String, String), Value>,
}

impl World {
    pub fn take(&mut self, line: Line) {
        let key = (line.watch, text(&line.object, "/metadata/name").to_owned());
        match line.r#type.as_str() {
            "ADDED" | "MODIFIED" => drop(self.objects.insert(key, line.object)),
            "DELETED" => drop(self.objects.remove(&key)),
            other => panic!("a recording without {other}"),
        }
    }

    pub fn of(&self, watch: &str) -> Vec<&Value> {
        self.objects.iter().filter(|((of, _), _)| of == watch).map(|(_, object)| object).collect()
    }

    /// An object called `Kind/name` or `kind/name`.
    pub fn named(&self, called: &str) -> &Value {
        let (kind, name) = called.split_once('/').unwrap();
        let fits = |object: &&Value| {
            text(object, "/kind").eq_ignore_ascii_case(kind) && text(object, "/metadata/name") == name
        };
        self.objects.values().find(fits).unwrap_or_else(|| panic!("{called} is recorded"))
    }

    pub fn cause(&self, workload: &Value, since: Timestamp, now: Timestamp) -> Option<Cause> {
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
            noticed: &[],
            states: None,
            others_ready: Some(since),
            since,
            now,
        })
    }
}

/// A recording with the moment at which its clock stood at zero.
pub struct Recording {
    pub lines: Vec<Line>,
    pub zero: Timestamp,
}

impl Recording {
    pub fn read(name: &str) -> Self {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings").join(format!("{name}.jsonl"));
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<Line> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let zero = zero(&lines);
        Self { lines, zero }
    }

    pub fn at(&self, t: f64) -> Timestamp {
        self.zero + SignedDuration::from_millis(millis(t))
    }

    /// Calls `look` at every line, at every full second between lines, and `after` seconds beyond the last.
    pub fn replay(self, after: u32, mut look: impl FnMut(&World, Timestamp, f64)) {
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
