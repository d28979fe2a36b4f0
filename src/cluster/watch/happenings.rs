//! The latest events as happenings.

use std::cmp::Reverse;

use jiff::Timestamp;
use serde_json::Value;

use crate::cluster::connect::text_at;
use crate::model::Happening;
use crate::secret::Vault;

/// How many are told.
pub(super) const MOST: usize = 40;

/// An event with when it was seen last, and its name.
type Timed<'a> = (Reverse<Option<Timestamp>>, &'a str, &'a Value);

/// The latest happenings, newest first.
pub(super) fn happenings(events: &[&Value], vault: &Vault) -> Vec<Happening> {
    let mut events: Vec<Timed> =
        events.iter().map(|event| (Reverse(when(event)), name(event), *event)).collect();
    let order = |one: &Timed, other: &Timed| (one.0, one.1).cmp(&(other.0, other.1));
    if events.len() > MOST {
        events.select_nth_unstable_by(MOST, order);
        events.truncate(MOST);
    }
    events.sort_by(order);
    events
        .into_iter()
        .map(|(Reverse(at), _, event)| {
            let message = text_at(event, "/message");
            let words = if message.is_empty() { text_at(event, "/reason") } else { message };
            Happening {
                at,
                object: vault.scrub(text_at(event, "/involvedObject/name")),
                text: vault.scrub(words),
            }
        })
        .collect()
}

/// When it was last seen: the newest of what the several writers of events fill in.
pub(super) fn when(event: &Value) -> Option<Timestamp> {
    [
        "/series/lastObservedTime",
        "/lastTimestamp",
        "/eventTime",
        "/firstTimestamp",
        "/metadata/creationTimestamp",
    ]
    .into_iter()
    .find_map(|pointer| text_at(event, pointer).parse().ok())
}

fn name(event: &Value) -> &str {
    text_at(event, "/metadata/name")
}
