//! A bundle: everything that somebody far away needs, and no secret. The same bytes for the same input.
//!
//! Three fences stand one behind the other: fields by an allow-list, values that are held in any form, and what
//! looks like a secret. What is packed is searched once more, and with a find nothing is written.

pub mod archive;
pub mod clean;
mod objects;
mod signs;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::facts::{Look, World};
use super::look::Subject;
use super::report::{About, Item, Report};
use super::table;
use crate::foreign::Text;
use crate::model::{Check, CheckState, Known};
use archive::Entry;
use clean::Cleanser;

/// The most of one text file that is packed, in bytes.
const FILE: usize = 256 * 1024;
/// The most events that are packed.
const EVENTS: usize = 200;
/// The version of the form.
const VERSION: u64 = 1;

/// A bundle before it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// Its files.
    pub files: Vec<Entry>,
    /// What is in it and what was taken out, line by line.
    pub preview: Vec<Text>,
}

impl Bundle {
    /// Puts one together. `journal` holds the files of earlier runs' journals, by name.
    pub fn of(report: &Report, world: &World, subject: &Subject, journal: &[(String, String)]) -> Self {
        let cleanser = Cleanser::new(&subject.vault);
        let mut desk = Desk { cleanser: &cleanser, files: Vec::new(), taken: BTreeMap::new() };
        desk.json("report.json", &json!({"v": VERSION, "report": report}));
        desk.json("versions.json", &versions(world));
        desk.json("configuration.json", &configuration(subject));
        if let Look::Seen(workload) = &world.workload {
            let listed = |known: &Known<Vec<Value>>| known.value().cloned().unwrap_or_default();
            let mut all = listed(&workload.workloads);
            all.extend(workload.replicasets.clone());
            all.extend(listed(&workload.pods));
            all.extend(listed(&workload.claims));
            all.extend(workload.quotas.clone());
            all.extend(workload.nodes.clone());
            desk.objects("objects.json", &all);
            let mut events = listed(&workload.events);
            events.truncate(EVENTS);
            desk.objects("events.json", &events);
            for (_, pod, container, lines) in &workload.logs {
                desk.text(&format!("logs/{}.{}.txt", plain(pod), plain(container)), &lines.join("\n"));
            }
        }
        for (name, text) in journal {
            desk.text(&format!("journal/{}", plain(name)), text);
        }
        desk.finish()
    }

    /// The bytes; none if a secret is in them after all.
    pub fn pack(&self, subject: &Subject) -> Result<Vec<u8>, Text> {
        let cleanser = Cleanser::new(&subject.vault);
        match self.files.iter().find(|file| cleanser.finds(&file.bytes)) {
            Some(file) => {
                Err(Text::from(format!("a secret was found in {}, so nothing is written", file.name)))
            }
            None => Ok(archive::pack(&self.files)),
        }
    }
}

/// A name that is safe in every archive.
fn plain(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' })
        .take(80)
        .collect()
}

struct Desk<'a> {
    cleanser: &'a Cleanser,
    files: Vec<Entry>,
    /// What was taken out, by file.
    taken: BTreeMap<String, Vec<String>>,
}

impl Desk<'_> {
    fn json(&mut self, name: &str, value: &Value) {
        let cleaned = self.value(value, name);
        let text = serde_json::to_string_pretty(&cleaned).unwrap_or_default() + "\n";
        self.add(name, text);
    }

    /// Every text of a value, cleaned.
    fn value(&mut self, value: &Value, name: &str) -> Value {
        match value {
            Value::String(text) => {
                let cleaned = self.cleanser.line(text);
                self.note(name, text, &cleaned);
                Value::String(cleaned)
            }
            Value::Array(items) => Value::Array(items.iter().map(|item| self.value(item, name)).collect()),
            Value::Object(fields) => Value::Object(
                fields.iter().map(|(key, field)| (key.clone(), self.value(field, name))).collect(),
            ),
            other => other.clone(),
        }
    }

    fn text(&mut self, name: &str, text: &str) {
        let mut end = text.len().min(FILE);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = text.get(..end).unwrap_or_default();
        let cleaned = self.cleanser.lines(text);
        for (before, after) in text.lines().zip(cleaned.lines()) {
            self.note(name, before, after);
        }
        self.add(name, cleaned + "\n");
    }

    fn objects(&mut self, name: &str, all: &[Value]) {
        let mut left = Vec::new();
        let mut kept: Vec<Value> =
            all.iter().map(|object| objects::allowed(object, self.cleanser, &mut left)).collect();
        kept.retain(|object| !object.is_null());
        left.sort();
        let text = serde_json::to_string_pretty(&kept).unwrap_or_default() + "\n";
        if !left.is_empty() {
            let all: Vec<&str> = left.iter().map(|path| path.trim_start_matches('.')).collect();
            self.taken.entry(name.to_owned()).or_default().push(format!("left out: {}", all.join(", ")));
        }
        let redacted = text.matches("[redacted]").count() + text.matches("[secret]").count();
        if redacted > 0 {
            self.taken.entry(name.to_owned()).or_default().push(format!("{redacted} values replaced"));
        }
        self.add(name, text);
    }

    fn note(&mut self, name: &str, before: &str, after: &str) {
        if before != after {
            self.taken.entry(name.to_owned()).or_default().push(format!("now reads: {after}"));
        }
    }

    fn add(&mut self, name: &str, text: String) {
        self.files.push(Entry { name: name.to_owned(), bytes: text.into_bytes() });
    }

    fn finish(mut self) -> Bundle {
        let mut lines = Vec::new();
        for file in &self.files {
            lines.push(format!("{} ({} bytes)", file.name, file.bytes.len()));
            lines.extend(self.taken.get(&file.name).into_iter().flatten().map(|taken| format!("- {taken}")));
        }
        let text = lines.join("\n") + "\n";
        self.files.insert(0, Entry { name: "CONTENTS.txt".to_owned(), bytes: text.into_bytes() });
        Bundle { files: self.files, preview: lines.iter().map(|line| Text::within(line, 400)).collect() }
    }
}

fn versions(world: &World) -> Value {
    let machine = world.machine.seen();
    let cluster = world.cluster.seen();
    let version = cluster.and_then(|cluster| cluster.version.as_ref()?.as_ref().ok().cloned());
    json!({
        "landfall": env!("CARGO_PKG_VERSION"),
        "system": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        "kernel": machine.and_then(|machine| machine.kernel.clone()),
        "kubernetes": version,
        "kubelets": cluster.map(|cluster| &cluster.kubelets),
    })
}

/// Names of what is set, and addresses without logins; never a value that could be one.
fn configuration(subject: &Subject) -> Value {
    let profile = subject.profile.as_ref().ok();
    json!({
        "profile": profile.map(|profile| json!({
            "name": profile.name,
            "api": profile.api.origin().ascii_serialization(),
            "backend": profile.backend.name(),
            "install": profile.install.name(),
            "expect_account": profile.expect_account,
            "sandbox": profile.sandbox,
        })),
        "no_profile": subject.profile.as_ref().err().map(crate::error::Fault::sentence),
        "context": subject.context.as_deref().map(|context| Text::within(context, 80)),
        "variables_set": subject.surroundings.proxies.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        "no_proxy": subject.surroundings.no_proxy,
        "ca_file_named": subject.http.ca_cert.is_some(),
    })
}

/// A check as it was packed. Whoever packed it may have written anything.
#[derive(Deserialize)]
struct Packed {
    id: String,
    state: String,
    words: Text,
    #[serde(default)]
    evidence: Vec<Text>,
    #[serde(default)]
    fix: Text,
}

#[derive(Deserialize)]
struct PackedAbout {
    profile: Option<Text>,
    host: Option<Text>,
    #[serde(default)]
    machine: Text,
    #[serde(default)]
    sandbox: bool,
}

#[derive(Deserialize)]
struct PackedReport {
    about: PackedAbout,
    at: Timestamp,
    #[serde(default)]
    took_ms: u64,
    items: Vec<Packed>,
}

#[derive(Deserialize)]
struct PackedFile {
    v: u64,
    report: PackedReport,
}

/// The most checks that are read from a bundle.
const CHECKS: usize = 300;
/// The most lines of evidence of one check.
const EVIDENCE: usize = 40;

/// Reads the report of a bundle that was made elsewhere. Ids, titles and order are our own; the rest is quoted.
pub fn read(gz: &[u8]) -> Result<Report, Text> {
    let files = archive::unpack(gz)?;
    let file = files.iter().find(|file| file.name == "report.json");
    let Some(file) = file else { return Err(Text::from("it holds no report")) };
    let packed: PackedFile =
        serde_json::from_slice(&file.bytes).map_err(|_| Text::from("its report makes no sense"))?;
    if packed.v != VERSION {
        return Err(Text::from("its report was written by another version of landfall"));
    }
    let PackedReport { about, at, took_ms, items } = packed.report;
    let mut found: Vec<Item> = Vec::new();
    for one in items.into_iter().take(CHECKS) {
        // An id that is not known here has no title and no place.
        let Some(entry) = table::entry(&one.id) else { continue };
        if found.iter().any(|known| known.check.id == entry.id) {
            continue;
        }
        let state = match one.state.as_str() {
            "fail" => CheckState::Fail,
            "warn" => CheckState::Warn,
            "pass" => CheckState::Pass,
            "not-applicable" => CheckState::NotApplicable,
            _ => CheckState::Unknown,
        };
        let check = Check {
            id: entry.id,
            layer: table::layer(entry.id),
            state,
            words: one.words,
            evidence: one.evidence.into_iter().take(EVIDENCE).collect(),
            // A command out of a file is quoted as that file's, never given as ours.
            fix: if one.fix.is_empty() { one.fix } else { format!("(the bundle says) {}", one.fix).into() },
        };
        found.push(Item::new(entry.title, check));
    }
    if found.is_empty() {
        return Err(Text::from("its report holds no check that is known here"));
    }
    let order = |id: &str| table::entries().position(|entry| entry.id == id);
    found.sort_by_key(|item| order(item.check.id));
    let about = About {
        version: env!("CARGO_PKG_VERSION"),
        profile: about.profile,
        host: about.host,
        machine: about.machine,
        sandbox: about.sandbox,
    };
    let took = std::time::Duration::from_millis(took_ms.min(60_000));
    Ok(Report::of(found, at, took, about))
}
