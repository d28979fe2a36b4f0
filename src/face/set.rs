//! What `set` says, as lines and as JSON.

use serde_json::{Value, json};

use super::ndjson::VERSION;
use crate::model::{Client, ProfileFacts};
use crate::wizard::words::{location, marked};

/// In plain words.
pub fn text(before: &Client, now: &Client, at: &ProfileFacts) -> String {
    let mut said = Vec::new();
    if before.name != now.name {
        said.push(format!("{} is called {} now.", before.name, now.name));
    }
    if before.location != now.location {
        let (was, is) = (location(&before.location), location(&now.location));
        said.push(format!("{} stands at {is} now (it was {was}); this counts from now on.", now.name));
    }
    if said.is_empty() {
        said.push(format!("{} says so already.", now.name));
    }
    said.push(format!("Its namespace stays {}.", now.namespace));
    marked(&said.join("\n"), at.sandbox)
}

/// As one JSON line.
pub fn json(before: &Client, now: &Client, at: &ProfileFacts) -> Value {
    let row = |client: &Client| json!({"name": client.name, "location": client.location.key()});
    let mut line = json!({
        "v": VERSION,
        "event": "set",
        "profile": at.name,
        "host": at.host,
        "id": now.id,
        "namespace": now.namespace,
        "before": row(before),
        "now": row(now),
    });
    if at.sandbox {
        line["sandbox"] = true.into();
    }
    line
}
