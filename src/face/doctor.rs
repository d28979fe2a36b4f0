//! What the doctor says, as lines and as JSON.

use serde_json::{Value, json};

use super::ndjson::VERSION;
use crate::doctor::pane::LAYERS;
use crate::doctor::report::{Item, Report, Summed};
use crate::model::{CheckState, Layer};
use crate::wizard::words::marked;

/// A state in a word.
pub fn word(state: CheckState) -> &'static str {
    match state {
        CheckState::Fail => "FAIL",
        CheckState::Warn => "warn",
        CheckState::Unknown => "unknown",
        CheckState::Pass => "ok",
        CheckState::NotApplicable => "n/a",
    }
}

/// A layer in a word or two.
pub fn layer(layer: Layer) -> &'static str {
    match layer {
        Layer::Machine => "machine",
        Layer::Network => "network",
        Layer::Account => "account",
        Layer::Store => "store",
        Layer::Registration => "registration",
        Layer::Cluster => "cluster",
        Layer::Workload => "workload",
        Layer::ControlPlane => "control plane",
    }
}

/// The sentence of a layer, as far as nothing in it is wrong by itself.
pub fn layer_line(summed: &Summed) -> String {
    let Summed { pass, nothing, follow, why, .. } = summed;
    if let Some(why) = why {
        return why.to_string();
    }
    let (pass, nothing, follow) = (*pass, *nothing, *follow);
    let mut parts = Vec::new();
    if pass > 0 {
        parts.push(format!("{pass} ok"));
    }
    if follow > 0 {
        parts.push(format!("{follow} follow from the above"));
    }
    if nothing > 0 {
        parts.push(format!("{nothing} not applicable"));
    }
    parts.join(", ")
}

/// The report as lines: the headline, root causes with what follows from them, then each layer.
pub fn text(report: &Report, all: bool) -> String {
    let mut lines = vec![report.sentence(), String::new()];
    for root in report.root_items() {
        said(root, &mut lines);
        let follow: Vec<&str> = report.following(root.check.id).map(|item| item.title).collect();
        if !follow.is_empty() {
            lines.push(format!("         follows from it: {}", follow.join(", ")));
        }
        if !root.check.fix.is_empty() {
            lines.push(format!("         Do: {}", root.check.fix));
        }
    }
    if !report.roots.is_empty() {
        lines.push(String::new());
    }
    for one in LAYERS {
        if let Some(summed) = Summed::of(one, &report.items) {
            lines.push(format!("  {:<14} {}", layer(one), layer_line(&summed)));
        }
        if all {
            let rest = report.of_layer(one).filter(|item| !report.roots.contains(&item.check.id));
            for item in rest {
                said(item, &mut lines);
            }
        }
    }
    lines
        .iter()
        .map(|line| if line.is_empty() { String::new() } else { marked(line, report.about.sandbox) })
        .collect::<Vec<_>>()
        .join("\n")
}

fn said(item: &Item, lines: &mut Vec<String>) {
    let check = &item.check;
    lines.push(format!("  {} {:<7} {}: {}", check.id, word(check.state), item.title, check.words));
    lines.extend(check.evidence.iter().map(|evidence| format!("         {evidence}")));
}

/// A check as one JSON line, as soon as it is known.
pub fn check(item: &Item, sandbox: bool) -> Value {
    let mut line = json!(item);
    if let Value::Object(members) = &mut line {
        // Whether it follows from another one is only known at the end.
        members.remove("follows_from");
    }
    heading(line, "check", sandbox)
}

/// The whole as the last JSON line.
pub fn json(report: &Report) -> Value {
    let mut line = json!(report);
    if let Value::Object(members) = &mut line {
        members.remove("items");
        let follow: Vec<Value> = report
            .items
            .iter()
            .filter_map(|item| item.follows_from.map(|root| json!({"id": item.check.id, "from": root})))
            .collect();
        members.insert("follow".into(), json!(follow));
        members.insert("sentence".into(), json!(report.sentence()));
    }
    heading(line, "doctor", report.about.sandbox)
}

fn heading(mut line: Value, event: &str, sandbox: bool) -> Value {
    line["v"] = json!(VERSION);
    line["event"] = json!(event);
    if sandbox {
        line["sandbox"] = json!(true);
    }
    line
}
