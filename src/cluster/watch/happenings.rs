//! The latest events as happenings.

use jiff::Timestamp;
use serde_json::Value;

use crate::cluster::connect::text_at;
use crate::model::Happening;
use crate::secret::Vault;

/// How many are told.
pub(super) const MOST: usize = 40;

/// The latest happenings, newest first.
pub(super) fn happenings(events: &[&Value], vault: &Vault) -> Vec<Happening> {
    let mut events: Vec<(Option<Timestamp>, &Value)> =
        events.iter().map(|event| (when(event), *event)).collect();
    events.sort_by(|(one, a), (other, b)| other.cmp(one).then_with(|| name(a).cmp(name(b))));
    events
        .into_iter()
        .take(MOST)
        .map(|(at, event)| {
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
