//! Watching what was applied until it stands.
//!
//! One list and watch a kind, restarted with a growing pause when it breaks, all flowing into one channel. What
//! comes in only changes the picture; a few times a second, if it changed, it becomes a [`Snapshot`]. Nothing
//! asks the cluster while an event is handled: the last words of a container that ended are read beside it.

use std::convert::Infallible;
use std::time::Duration;

use futures_util::future::{join, join_all};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use crate::cluster::connect::{Connected, Kind, kind, text_at};
use crate::model::Snapshot;

mod follow;
mod happenings;
mod logs;
mod notes;
mod rows;
mod seen;
#[cfg(test)]
mod tests;

use seen::Seen;

/// How often a changed picture is told at most.
const BEAT: Duration = Duration::from_millis(200);

/// After how many beats an unchanged picture is judged anew, because time alone changes some verdicts.
const STILL: u32 = 5;

/// How many pieces of news may queue up before the watches have to wait.
const QUEUE: usize = 256;

/// An object that was applied and has a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Its UID: another object of the same name is not the one that was applied.
    pub uid: String,
    /// Its `metadata.generation` after it was applied; what was seen before that does not count.
    pub generation: i64,
}

impl Expected {
    /// What to expect of an object, as the cluster returned it.
    pub fn of(kind: &'static str, applied: &Value) -> Self {
        Self {
            kind,
            name: text_at(applied, "/metadata/name").to_owned(),
            uid: text_at(applied, "/metadata/uid").to_owned(),
            generation: generation(applied),
        }
    }
}

fn generation(object: &Value) -> i64 {
    object.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or(0)
}

/// Whether a kind can be done without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// Without it nothing can be said.
    Must,
    /// It only explains; where it may not be read, it is left out.
    May,
}

/// What is watched. Nodes are the cluster's; the rest lives in the release's namespace.
const WATCHED: [(Kind, Need); 8] = [
    (kind::DEPLOYMENT, Need::Must),
    (kind::DAEMON_SET, Need::Must),
    (kind::VOLUME_CLAIM, Need::Must),
    (kind::REPLICA_SET, Need::Must),
    (kind::POD, Need::Must),
    (kind::EVENT, Need::May),
    (kind::QUOTA, Need::May),
    (kind::NODE, Need::May),
];

/// Watches the objects in that namespace and tells every changed [`Snapshot`]. Ends only by being dropped.
pub async fn watch(
    cluster: &Connected,
    namespace: &str,
    expected: &[Expected],
    clock: fn() -> Timestamp,
    tell: &(dyn Fn(Snapshot) + Send + Sync),
) -> Infallible {
    let (sender, mut news) = mpsc::channel(QUEUE);
    let followers = join_all(WATCHED.iter().map(|(kind, need)| {
        let namespace = kind.namespaced.then_some(namespace);
        follow::follow(cluster, kind, *need, namespace, sender.clone())
    }));
    let (ask, asked) = mpsc::channel(QUEUE);
    let reader = logs::read(cluster, namespace, asked, sender);
    let show = async {
        let mut asked = logs::Asked::default();
        let mut seen = Seen::default();
        let since = clock();
        let mut told = None;
        let mut still = 0;
        let mut changed = true;
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                Some(news) = news.recv() => {
                    seen.take(news);
                    changed = true;
                }
                _ = beat.tick() => {
                    still += 1;
                    if changed || still >= STILL {
                        (changed, still) = (false, 0);
                        asked.ask(&seen.all(&kind::POD), &ask);
                        let snapshot = rows::snapshot(&seen, expected, &cluster.vault, since, clock());
                        if told.as_ref() != Some(&snapshot) {
                            tell(snapshot.clone());
                            told = Some(snapshot);
                        }
                    }
                }
            }
        }
    };
    tokio::select! {
        never = show => never,
        // These only end when nobody listens any more.
        _ = join(followers, reader) => std::future::pending().await,
    }
}
