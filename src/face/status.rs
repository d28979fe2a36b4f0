//! What status says, as lines and as JSON.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::doctor::word as word_of;
use super::ndjson::VERSION;
use crate::foreign::Text;
use crate::model::{Badge, Health, ProfileFacts, Standing, Verdict, View, title};
use crate::wizard::health::{headline, lines, troubles};
use crate::wizard::standing;
use crate::wizard::words::marked;

/// In plain words. `next` is the command to go on with, where there is one.
pub fn text(health: &Health, at: &ProfileFacts, next: Option<&str>, now: Timestamp) -> String {
    let mut out = vec![headline(health)];
    let lines = lines(health, now);
    let width = lines.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    out.extend(lines.iter().map(|(label, text)| format!("  {label:<width$}  {text}")));
    out.extend(troubles(health).into_iter().map(|trouble| format!("  ! {trouble}")));
    if let Some(next) = next {
        out.push(format!("  Next: {next}"));
    }
    marked(&out.join("\n"), at.sandbox)
}

/// As one JSON line. What is not known is null, with the reason beside it.
pub fn json(health: &Health, at: &ProfileFacts, next: Option<&str>) -> Value {
    let (ready, all) = health.ready();
    let living = health.release();
    let facts = health.facts.as_ref().ok();
    let row = match &health.view {
        View::Row(client, _) => Some(client),
        _ => None,
    };
    let mut line = json!({
        "v": VERSION,
        "event": "status",
        "profile": at.name,
        "host": at.host,
        "verdict": word(health.verdict()),
        "sentence": headline(health),
        "here": word(health.here()),
        "there": word(health.there()),
        "name": Some(health.name()).filter(|name| !name.is_empty()),
        "namespace": living.map(|(namespace, _)| namespace),
        "location": row.map(|client| client.location.key()),
        "cluster": facts.and_then(|facts| facts.cluster_id.value()),
        "cluster_trouble": health.facts.as_ref().err(),
        "machine": facts.map(|facts| &facts.machine),
        "selected": health.selected,
        "connected": health.connected(),
        "control_plane": view(&health.view),
        "workloads": {"ready": ready, "all": all, "sight": health.snapshot.as_ref().map(|s| &s.sight)},
        "rows": health.rows(),
        "next": next,
    });
    if at.sandbox {
        line["sandbox"] = true.into();
    }
    line
}

/// A registered machine in plain words.
pub fn station_text(standing: &Standing, at: &ProfileFacts, next: Option<&str>) -> String {
    let mut out = vec![standing::headline(standing)];
    let lines = standing::lines(standing);
    let width = lines.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    out.extend(lines.iter().map(|(label, text)| format!("  {label:<width$}  {text}")));
    if standing.badge != Badge::Unregistered {
        out.extend(standing.checks.iter().map(|check| {
            format!("  {} {:<7} {}: {}", check.id, word_of(check.state), title(check.id), check.words)
        }));
    }
    out.extend(standing::troubles(standing).into_iter().map(|trouble| format!("  ! {trouble}")));
    if let Some(next) = next {
        out.push(format!("  Next: {next}"));
    }
    marked(&out.join("\n"), at.sandbox)
}

/// The same as one JSON line.
pub fn station_json(standing: &Standing, at: &ProfileFacts, next: Option<&str>) -> Value {
    let mut line = json!({
        "v": VERSION,
        "event": "status",
        "profile": at.name,
        "host": at.host,
        "verdict": word(standing.verdict()),
        "sentence": standing::headline(standing),
        "name": standing.host,
        "badge": standing.badge,
        "owner": standing.owner,
        "control_plane": standing.probe,
        "checks": standing.checks,
        "next": next,
    });
    if at.sandbox {
        line["sandbox"] = true.into();
    }
    line
}

fn view(view: &View) -> Value {
    let state = |state: &str| json!({ "state": state });
    let unknown = |why: Text| json!({ "state": "unknown", "why": why });
    match view {
        View::Row(client, server_now) => json!({
            "state": client.state,
            "last_heard": client.last_heard,
            "server_now": server_now,
            "decommissioned": client.decommissioned,
            "running": client.running,
        }),
        View::NotInAccount => state("not-in-account"),
        View::Accepted => state("credential-accepted"),
        View::Rejected => state("credential-rejected"),
        View::Inactive => state("credential-inactive"),
        View::Unknown(fault) => unknown(Text::new(&fault.sentence())),
        View::NotAsked(why) => unknown(why.clone()),
    }
}

/// A verdict as a script reads it.
fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Healthy => "healthy",
        Verdict::NotYet => "not-yet",
        Verdict::Wrong => "wrong",
        Verdict::Unseen => "unseen",
    }
}
