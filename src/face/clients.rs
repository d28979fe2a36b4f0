//! The account's clients, as a table and as JSON lines.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::ndjson::VERSION;
use crate::model::{Client, ClientState, ProfileFacts};
use crate::wizard::words::{ago, client_state, location, marked};

/// After how much silence a client counts as left behind.
const LONG: SignedDuration = SignedDuration::from_hours(24 * 30);

/// A client as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its row.
    pub client: Client,
    /// Whether it lives in the cluster at hand, if that can be told.
    pub here: Option<bool>,
    /// Whether another client of the account has the same name or namespace in slug space.
    pub collides: bool,
}

impl Listed {
    /// What is odd about it, in words.
    fn marks(&self, now: Timestamp) -> Vec<&'static str> {
        let Client { decommissioned, state, last_heard, cluster_id, .. } = &self.client;
        let silent = last_heard.is_some_and(|heard| now.duration_since(heard) >= LONG);
        let mut marks = Vec::new();
        if *decommissioned {
            marks.push("retired");
        } else if last_heard.is_none() && *state != ClientState::Online {
            marks.push("never connected");
        } else if silent && cluster_id.is_some() && *state != ClientState::Online && self.here != Some(true) {
            marks.push("silent for long, its cluster may be gone");
        }
        if self.collides {
            marks.push("name used twice");
        }
        marks
    }

    fn orphaned(&self, now: Timestamp) -> bool {
        let Client { decommissioned, .. } = &self.client;
        !decommissioned
            && self.marks(now).iter().any(|mark| mark.starts_with("never") || mark.starts_with("silent"))
    }
}

/// Why no list of the cluster's own could be made, and how many there are in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How many are in the account.
    pub all: usize,
    /// How many of them were retired.
    pub retired: usize,
    /// Whose account.
    pub who: String,
}

/// As a table. `now` is the server's time, if it said so.
pub fn text(listed: &[Listed], summary: &Summary, at: &ProfileFacts, now: Timestamp) -> String {
    let head = ["NAME", "NAMESPACE", "LOCATION", "STATE", "HEARD", "WHERE", ""].map(str::to_owned);
    let rows = listed.iter().map(|row| {
        let client = &row.client;
        [
            client.name.to_string(),
            if client.namespace == client.name { "same".into() } else { client.namespace.to_string() },
            client.location.key().unwrap_or("not set").to_owned(),
            client_state(client.state).to_owned(),
            client.last_heard.map_or("never".into(), |heard| ago(now.duration_since(heard).as_secs())),
            place(row).to_owned(),
            row.marks(now).join("; "),
        ]
    });
    let table: Vec<[String; 7]> = std::iter::once(head).chain(rows).collect();
    let mut widths = [0; 7];
    for row in &table {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let mut out: Vec<String> = table
        .iter()
        .map(|row| {
            let cells = row
                .iter()
                .zip(widths)
                .map(|(cell, width)| format!("{cell}{}", " ".repeat(width.saturating_sub(cell.width()))));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect();
    if listed.is_empty() {
        out.clear();
    }
    let orphaned = listed.iter().filter(|row| row.orphaned(now)).count();
    let left = if orphaned == 0 { String::new() } else { format!(", {orphaned} of them look left behind") };
    out.push(format!(
        "{} of {} clients of {}{left}; {} retired.",
        listed.len(),
        summary.all,
        summary.who,
        summary.retired
    ));
    marked(&out.join("\n"), at.sandbox)
}

fn place(row: &Listed) -> &'static str {
    match (row.here, &row.client.cluster_id) {
        (Some(true), _) => "here",
        (_, None) => "no cluster",
        (Some(false), _) => "elsewhere",
        (None, _) => "not known",
    }
}

/// One JSON line a client, then one about all of them.
pub fn json(listed: &[Listed], summary: &Summary, at: &ProfileFacts, now: Timestamp) -> Vec<Value> {
    let line = |event: &str, mut value: Value| {
        value["v"] = VERSION.into();
        value["event"] = event.into();
        value["profile"] = json!(at.name);
        value["host"] = json!(at.host);
        if at.sandbox {
            value["sandbox"] = true.into();
        }
        value
    };
    let rows = listed.iter().map(|row| {
        let client = &row.client;
        let value = json!({
            "id": client.id,
            "name": client.name,
            "namespace": client.namespace,
            "location": client.location.key(),
            "location_name": location(&client.location),
            "state": client.state,
            "last_heard": client.last_heard,
            "cluster": client.cluster_id,
            "decommissioned": client.decommissioned,
            "running": client.running,
            "here": row.here,
            "orphaned": row.orphaned(now),
            "collides": row.collides,
            "marks": row.marks(now),
        });
        line("client-row", value)
    });
    let all = json!({"shown": listed.len(), "all": summary.all, "retired": summary.retired});
    rows.chain(std::iter::once(line("clients", all))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Location;

    fn row(state: ClientState, heard_days_ago: Option<i64>, cluster: bool) -> Listed {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let client = Client {
            id: 1,
            name: "lab".into(),
            namespace: "lab".into(),
            username: None,
            location: Location::NotSet,
            state,
            cluster_id: cluster.then(|| "c1".parse().unwrap()),
            decommissioned: false,
            last_heard: heard_days_ago.map(|days| now - SignedDuration::from_hours(24 * days)),
            running: None,
        };
        Listed { client, here: Some(false), collides: false }
    }

    #[test]
    fn what_looks_left_behind_is_marked_and_the_rest_is_not() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        for (listed, orphaned) in [
            (row(ClientState::Online, Some(0), true), false),
            (row(ClientState::Offline, Some(29), true), false),
            (row(ClientState::Offline, Some(31), true), true),
            (row(ClientState::Offline, Some(31), false), false),
            (row(ClientState::Pending, None, false), true),
            (Listed { here: Some(true), ..row(ClientState::Offline, Some(31), true) }, false),
        ] {
            assert_eq!(listed.orphaned(now), orphaned, "{listed:?}");
        }
        let mut retired = row(ClientState::Offline, None, true);
        retired.client.decommissioned = true;
        assert!(!retired.orphaned(now));
    }
}
