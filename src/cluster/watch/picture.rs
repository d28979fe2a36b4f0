//! The watch without the cluster: news go in, and at each beat a snapshot comes out if it differs. Pure.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::seen::{News, Seen};
use super::{Expected, rows};
use crate::cluster::connect::kind;
use crate::model::Snapshot;
use crate::secret::Vault;

/// After how long an unchanged picture is judged anew, because time alone changes some verdicts.
const STILL: SignedDuration = SignedDuration::from_secs(1);

/// What was applied, and what is known of it.
pub struct Picture {
    seen: Seen,
    expected: Vec<Expected>,
    vault: Vault,
    since: Timestamp,
    told: Option<Snapshot>,
    judged: Timestamp,
    changed: bool,
}

impl Picture {
    /// Nothing is known yet. `since` is the moment the rollout started; texts are scrubbed of what `vault` holds.
    pub fn new(expected: &[Expected], vault: Vault, since: Timestamp) -> Self {
        Self {
            seen: Seen::new(expected.iter().map(|expected| expected.uid.clone())),
            expected: expected.to_vec(),
            vault,
            since,
            told: None,
            judged: since,
            changed: true,
        }
    }

    /// Takes in what a watch brought.
    pub fn take(&mut self, news: News) {
        self.seen.take(news);
        self.changed = true;
    }

    /// A beat has passed: the rollout as it is now, if that is not what was told last.
    pub fn beat(&mut self, now: Timestamp) -> Option<Snapshot> {
        // A clock that was set back counts as time passed.
        if !self.changed && now.duration_since(self.judged).abs() < STILL {
            return None;
        }
        (self.changed, self.judged) = (false, now);
        self.seen.notice(now);
        let snapshot = rows::snapshot(&self.seen, &self.expected, &self.vault, self.since, now);
        if self.told.as_ref() == Some(&snapshot) {
            return None;
        }
        self.told = Some(snapshot.clone());
        Some(snapshot)
    }

    /// The pods in sight.
    pub(super) fn pods(&self) -> Vec<&Value> {
        self.seen.all(&kind::POD)
    }
}
