//! How an enrolled machine does, in words: the same for `status` and for its home page.

use jiff::Timestamp;

use super::words::{self, ago, client_state, whole};
use crate::foreign::Text;
use crate::model::{Health, Known, Location, Release, Row, RowState, Sameness, Sight, Target, Verdict, View};

/// What it all comes to, in one sentence.
pub fn headline(health: &Health) -> String {
    let name = health.name();
    let who = if name.is_empty() { "This machine".to_owned() } else { name.to_string() };
    match (health.verdict(), health.here(), &health.facts) {
        (_, _, Err(fault)) => fault.sentence(),
        (_, _, Ok(facts)) if facts.release == Release::None => "No client lives in this cluster.".into(),
        (Verdict::Healthy, _, _) if health.connected() == Some(true) => format!("{who} is online and well."),
        (Verdict::Healthy, _, _) => {
            format!(
                "{who} is well, and the control plane takes its credential; when it last heard from it is not known."
            )
        }
        (Verdict::NotYet, Verdict::Healthy, _) => {
            format!("{who} runs here, but the control plane does not hear from it.")
        }
        (Verdict::NotYet, _, _) => format!("{who} is not up yet."),
        (Verdict::Wrong, Verdict::Healthy | Verdict::NotYet, _) => {
            format!("{who} runs here, but the control plane does not want it.")
        }
        (Verdict::Wrong, _, _) => format!("{who} does not work."),
        (Verdict::Unseen, Verdict::Healthy, _) => {
            format!("{who} runs here; what the control plane says of it is not known.")
        }
        (Verdict::Unseen, _, _) => format!("How {who} does cannot be told."),
    }
}

/// Everything that is known, label by label. `now` is this machine's time.
pub fn lines(health: &Health, now: Timestamp) -> Vec<(Text, Text)> {
    let mut lines: Vec<(&str, String)> = Vec::new();
    let row = match &health.view {
        View::Row(client, _) => Some(client.as_ref()),
        _ => None,
    };
    let living = health.release();
    // The pointer counts where it points at what lives here; elsewhere it is only told.
    let ours = health
        .selected
        .as_ref()
        .filter(|selected| living.is_none_or(|(_, username)| *username == selected.username));
    let name = health.name();
    match (living, ours) {
        (Some((namespace, _)), _) => lines.push(("Client", format!("{name}, namespace {namespace}"))),
        (None, Some(selected)) => {
            lines.push(("Client", format!("{name}, namespace {}", selected.namespace)));
        }
        (None, None) => {}
    }
    match (row, ours) {
        (Some(client), _) => lines.push(("Location", words::location(&client.location))),
        (None, Some(selected)) => {
            let when = if selected.location == Location::NotSet { "" } else { ", as it was enrolled" };
            lines.push(("Location", format!("{}{when}", words::location(&selected.location))));
        }
        (None, None) if living.is_some() => lines.push(("Location", "not known here".into())),
        (None, None) => {}
    }
    match &health.facts {
        Err(fault) => lines.push(("Cluster", fault.sentence())),
        Ok(facts) => {
            let Target::Cluster { context, server } = &facts.target;
            let version = facts.version.value().map_or("version unknown", Text::as_str);
            let anchor = match &facts.cluster_id {
                Known::Yes(id) => id.to_string(),
                Known::Unknown(why) => format!("unknown ({why})"),
            };
            lines.push(("Cluster", format!("{context} at {server}, Kubernetes {version}, anchor {anchor}")));
            match &facts.release {
                Release::Several(namespaces) => {
                    let all: Vec<&str> = namespaces.iter().map(Text::as_str).collect();
                    lines.push(("Clients", format!("several live here: {}", all.join(", "))));
                }
                Release::Unclear(why) => {
                    lines.push(("Clients", format!("what lives here cannot be told: {why}")));
                }
                Release::None | Release::One { .. } => {}
            }
            match &facts.machine {
                Sameness::Copy => {
                    lines.push((
                        "Machine",
                        "another one than the client was enrolled on: this looks like a copy".into(),
                    ));
                }
                Sameness::Unclear(why) if living.is_some() => {
                    lines.push((
                        "Machine",
                        format!("whether it is the one that was enrolled cannot be told. {why}"),
                    ));
                }
                _ => {}
            }
        }
    }
    lines.push(("Selected", selected(health)));
    lines.push(("Connected", connected(health, now)));
    if living.is_some() {
        lines.push(("Workloads", workloads(health)));
    }
    lines.into_iter().map(|(label, text)| (label.into(), Text::within(&text, 300))).collect()
}

fn selected(health: &Health) -> String {
    match (&health.selected, health.release()) {
        (None, _) => "no client, by what this user's runs left here".into(),
        (Some(selected), Some((_, username))) if *username != selected.username => format!(
            "{} (account {}), which is not the one that lives in this cluster",
            selected.name, selected.account
        ),
        (Some(selected), _) => format!("{} (account {})", selected.name, selected.account),
    }
}

fn connected(health: &Health, now: Timestamp) -> String {
    match &health.view {
        View::Row(client, server_now) => {
            let heard = match client.last_heard {
                None => "never heard from".to_owned(),
                Some(at) => {
                    let now = server_now.unwrap_or(now);
                    format!("heard from {}", ago(now.duration_since(at).as_secs()))
                }
            };
            let retired = if client.decommissioned { "retired, " } else { "" };
            format!("{retired}{}, {heard}, by the control plane's word", client_state(client.state))
        }
        View::NotInAccount => "no: the account that is signed in has no such client".into(),
        View::Accepted => {
            "not known; its credential is taken. Signing in shows when it was heard from".into()
        }
        View::Rejected => "no: the control plane rejects this machine's credential".into(),
        View::Inactive => "no: the control plane says that this client was revoked or retired".into(),
        View::Unknown(fault) => format!("not known: {}", fault.sentence()),
        View::NotAsked(why) => format!("not known: {why}"),
    }
}

fn workloads(health: &Health) -> String {
    let (ready, all) = health.ready();
    match &health.snapshot {
        None => "not looked at".into(),
        Some(snapshot) => match &snapshot.sight {
            Sight::Lost(why) => format!("not in sight: {why}"),
            Sight::Clear if all == 0 => "none is applied; a run ended before that".into(),
            Sight::Clear => format!("{ready} of {all} ready"),
        },
    }
}

/// The rows that are not ready, each with its cause and what to do.
pub fn troubles(health: &Health) -> Vec<String> {
    let told = |row: &&Row| {
        let state = words::row_state(row.state);
        let why = match (row.sentence.as_str(), row.note.as_str()) {
            ("", note) => format!("{note}."),
            (sentence, _) => whole(sentence),
        };
        let next = if row.next.is_empty() { String::new() } else { format!(" {}", whole(&row.next)) };
        format!("{} {}: {state} {}/{}. {why}{next}", row.kind, row.name, row.ready, row.desired)
    };
    health.rows().iter().filter(|row| row.state != RowState::Ready).map(told).collect()
}
