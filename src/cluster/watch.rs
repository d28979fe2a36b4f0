//! Watching what was applied until it stands.
//!
//! One list and watch a kind, restarted with a growing pause when it breaks, all flowing into one channel. What
//! comes in only changes the picture; a few times a second, if it changed, it becomes a [`Snapshot`]. Nothing
//! asks the cluster while an event is handled: the last words of a container that ended are read beside it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{join, join_all};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use crate::cluster::connect::{Connected, Kind, kind, text_at};
use crate::model::Snapshot;
use crate::secret::Vault;
use follow::Follow;
use line::Line;
use whole::Whole;

mod families;
mod follow;
mod happenings;
mod images;
mod lean;
mod line;
mod logs;
mod notes;
mod picture;
mod reporter;
mod rows;
mod seen;
#[cfg(test)]
mod tests;
mod traces;
mod whole;

pub use lean::Lean;
pub use line::Again;
pub use picture::Picture;
pub use seen::News;

/// How often a changed picture is told at most.
pub const BEAT: Duration = Duration::from_millis(100);

/// How much longer than a look at the picture the pause after it is at least: a big release must not keep the machine
/// busy that it is rolled out on.
const SHARE: u32 = 8;

/// How often containers are looked through for last words that were not asked for yet.
const EARS: SignedDuration = SignedDuration::from_secs(1);

/// How many pieces of news may queue up before the watches have to wait.
const QUEUE: usize = 256;

/// An object that was applied and has a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Its kind.
    pub kind: &'static str,
    /// The namespace it lives in.
    pub namespace: String,
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
            namespace: text_at(applied, "/metadata/namespace").to_owned(),
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

/// What may have a row, and is watched where something of it was applied.
const APPLIED: [Kind; 5] =
    [kind::DEPLOYMENT, kind::DAEMON_SET, kind::STATEFUL_SET, kind::JOB, kind::VOLUME_CLAIM];

/// What explains a row. Nodes are the cluster's; the rest lives in the release's namespace.
const BESIDE: [(Kind, Need); 6] = [
    (kind::REPLICA_SET, Need::Must),
    (kind::POD, Need::Must),
    (kind::VOLUME_CLAIM, Need::Must),
    (kind::EVENT, Need::May),
    (kind::QUOTA, Need::May),
    (kind::NODE, Need::May),
];

/// What is watched for these objects: their own kinds, and what explains them.
fn watched(expected: &[Expected]) -> impl Iterator<Item = (&'static Kind, Need)> {
    let own = APPLIED.iter().filter(|kind| {
        **kind != kind::VOLUME_CLAIM && expected.iter().any(|expected| expected.kind == kind.name)
    });
    own.map(|kind| (kind, Need::Must)).chain(BESIDE.iter().map(|(kind, need)| (kind, *need)))
}

/// A kind by its name in addresses, for example `pods`, if it is one that a watch may bring.
pub fn kind_called(plural: &str) -> Option<&'static Kind> {
    APPLIED.iter().chain(BESIDE.iter().map(|(kind, _)| kind)).find(|kind| kind.plural == plural)
}

/// Watches these objects and tells every changed [`Snapshot`]. Ends only by being dropped. `namespace` is the release's
/// own; a chart may put objects into others too. `again` makes the way to the cluster anew when its sign-in is no longer
/// taken.
pub async fn watch(
    (cluster, again): (&Connected, Again<'_>),
    namespace: &str,
    expected: &[Expected],
    clock: fn() -> Timestamp,
    tell: &(dyn Fn(Snapshot) + Send + Sync),
) -> Infallible {
    let mut places = BTreeMap::from([(namespace, Vec::new())]);
    for one in expected {
        places.entry(one.namespace.as_str()).or_default().push(one.clone());
    }
    let (line, vault) = (&Line::new(cluster, again, clock), &cluster.vault);
    let whole = Mutex::new(Whole::of(places.len()));
    let watches = places.iter().enumerate().map(|(part, (place, expected))| {
        let whole = &whole;
        async move {
            let tell = |snapshot| {
                let mut whole = whole.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(snapshot) = whole.with(part, snapshot) {
                    tell(snapshot);
                }
            };
            watch_one((line, vault), place, expected, clock, &tell).await
        }
    });
    join_all(watches).await;
    std::future::pending().await
}

/// Watches what lives in one namespace.
async fn watch_one(
    (line, vault): (&Line<'_>, &Vault),
    namespace: &str,
    expected: &[Expected],
    clock: fn() -> Timestamp,
    tell: &(dyn Fn(Snapshot) + Send + Sync),
) -> Infallible {
    let (sender, mut news) = mpsc::channel(QUEUE);
    let followers = join_all(watched(expected).map(|(kind, need)| {
        let namespace = kind.namespaced.then_some(namespace);
        Follow { line, kind, need, namespace, clock, news: sender.clone() }.follow()
    }));
    let (ask, asked) = mpsc::channel(QUEUE);
    let reader = logs::read(line, namespace, asked, sender);
    let show = async {
        let mut asked = logs::Asked::default();
        let mut listened = None::<Timestamp>;
        let mut picture = Picture::new(expected, vault.clone(), clock());
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                Some(news) = news.recv() => picture.take(news),
                _ = beat.tick() => {
                    let now = clock();
                    // A clock that was set back counts as time passed.
                    if listened.is_none_or(|last| now.duration_since(last).abs() >= EARS) {
                        listened = Some(now);
                        asked.ask(&picture.pods(), now, &ask);
                    }
                    if let Some(snapshot) = picture.beat(now) {
                        tell(snapshot);
                    }
                    let took = Duration::try_from(clock().duration_since(now)).unwrap_or_default();
                    // A clock that is set meanwhile must not stop the beat.
                    beat.reset_after((took.min(BEAT) * SHARE).max(BEAT));
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
