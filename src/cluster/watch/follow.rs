//! Following one kind: list, then watch, and again when that breaks.

use std::time::Duration;

use futures_util::{StreamExt, pin_mut};
use kube::api::{WatchEvent, WatchParams};
use serde_json::Value;
use tokio::sync::mpsc::Sender;
use tokio::time::{sleep, timeout};

use super::Need;
use super::seen::News;
use crate::cluster::connect::{CALL_TIMEOUT, Connected, Kind, reason};
use crate::foreign::Text;

/// How long one watch is asked to last. A quiet connection that lasts longer than this is a dead one.
const WATCH_SECONDS: u32 = 30;

/// How long nothing may be heard before a watch counts as broken.
const SILENCE: Duration = Duration::from_secs(40);

/// The pause before the first new try, and the longest.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How a watch ended.
enum End {
    /// As agreed, by its own time limit; the version to go on from.
    Due(String),
    /// The server no longer knows the version to go on from: list again.
    Stale,
    /// It broke.
    Broken(Text),
    /// Nobody listens any more.
    Unheard,
}

/// Follows a kind until nobody listens.
pub(super) async fn follow(
    cluster: &Connected,
    kind: &'static Kind,
    need: Need,
    namespace: Option<&str>,
    news: Sender<News>,
) {
    let mut pause = PAUSE;
    loop {
        let why = match cluster.list_with_version(kind, namespace, "").await {
            Ok((objects, version)) => {
                if news.send(News::Listed(kind, objects)).await.is_err() {
                    return;
                }
                match watch_from(cluster, kind, namespace, version, &news, &mut pause).await {
                    End::Unheard => return,
                    End::Broken(why) => why,
                    End::Due(_) | End::Stale => continue,
                }
            }
            Err(failed) if need == Need::May && failed.is_forbidden() => {
                let _ = news.send(News::Hidden(kind)).await;
                return;
            }
            Err(failed) => Text::new(&format!("could not {}: {}", failed.doing, failed.said)),
        };
        if news.send(News::Lost(kind, why)).await.is_err() {
            return;
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Watches from a version on, through as many watches as it takes.
async fn watch_from(
    cluster: &Connected,
    kind: &'static Kind,
    namespace: Option<&str>,
    mut version: String,
    news: &Sender<News>,
    pause: &mut Duration,
) -> End {
    loop {
        match watch_once(cluster, kind, namespace, version, news).await {
            End::Due(next) => {
                *pause = PAUSE;
                version = next;
            }
            other => return other,
        }
    }
}

async fn watch_once(
    cluster: &Connected,
    kind: &'static Kind,
    namespace: Option<&str>,
    mut version: String,
    news: &Sender<News>,
) -> End {
    let broken = |error: &kube::Error| match reason(error) {
        (Some(410), _) => End::Stale,
        (_, said) => End::Broken(cluster.vault.scrub(&said)),
    };
    let silent = || End::Broken(Text::new("nothing was heard for a while"));
    let api = cluster.api(kind, namespace);
    let params = WatchParams::default().timeout(WATCH_SECONDS);
    let stream = match timeout(CALL_TIMEOUT, api.watch(&params, &version)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return broken(&error),
        Err(_) => return silent(),
    };
    pin_mut!(stream);
    loop {
        let event = match timeout(SILENCE, stream.next()).await {
            Ok(Some(Ok(event))) => event,
            Ok(Some(Err(error))) => return broken(&error),
            Ok(None) => return End::Due(version),
            Err(_) => return silent(),
        };
        let (object, gone) = match event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => (object, false),
            WatchEvent::Deleted(object) => (object, true),
            WatchEvent::Bookmark(bookmark) => {
                version = bookmark.metadata.resource_version;
                continue;
            }
            WatchEvent::Error(status) => return broken(&kube::Error::Api(status)),
        };
        if let Some(newer) = &object.metadata.resource_version {
            version.clone_from(newer);
        }
        let Ok(object) = serde_json::to_value(&object) else { continue };
        let object: Value = object;
        let sent = if gone { News::Gone(kind, object) } else { News::Changed(kind, object) };
        if news.send(sent).await.is_err() {
            return End::Unheard;
        }
    }
}
