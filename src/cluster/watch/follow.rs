//! Following one kind: list, then watch, and again when that breaks.

use std::time::Duration;

use futures_util::{TryStreamExt, pin_mut};
use jiff::Timestamp;
use kube::api::{Request, WatchEvent, WatchParams};
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::SendError;
use tokio::time::{sleep, timeout};

use super::line::Line;
use super::seen::News;
use super::{Lean, Need};
use crate::cluster::connect::{CALL_TIMEOUT, Connected, Kind, reason, text_at};
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
    /// As agreed, by its own time limit, or by a connection that was closed; the version to go on from.
    Due(String),
    /// The server no longer knows the version to go on from: list again.
    Stale,
    /// It broke: since when nothing was heard, and why.
    Broken(Timestamp, Text),
    /// The cluster no longer takes the sign-in; what it said.
    SignedOut(Text),
    /// It may not be read, and can be done without.
    Hidden,
    /// Nobody listens any more.
    Unheard,
}

/// One kind, followed.
pub(super) struct Follow<'a> {
    pub line: &'a Line<'a>,
    pub kind: &'static Kind,
    pub need: Need,
    pub namespace: Option<&'a str>,
    pub clock: fn() -> Timestamp,
    pub news: Sender<News>,
}

impl Follow<'_> {
    /// Goes on until nobody listens.
    pub(super) async fn follow(self) {
        let mut pause = PAUSE;
        loop {
            let (cluster, number) = self.line.now();
            let told = match self.list_and_watch(&cluster, &mut pause).await {
                End::Unheard => return,
                End::Hidden => {
                    let _ = self.news.send(News::Hidden(self.kind)).await;
                    return;
                }
                End::Due(_) | End::Stale => Ok(()),
                End::Broken(since, why) => self.lost(since, why).await,
                End::SignedOut(said) => self.sign_in_again(number, &said).await,
            };
            if told.is_err() {
                return;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Tells that the kind is out of sight; an error: nobody listens any more.
    async fn lost(&self, since: Timestamp, why: Text) -> Result<(), SendError<News>> {
        self.news.send(News::Lost(self.kind, since, why)).await
    }

    /// A sign-in that was good and is not any more: told at once, because signing in again may take a while.
    async fn sign_in_again(&self, number: u64, said: &Text) -> Result<(), SendError<News>> {
        let since = (self.clock)();
        let why = format!(
            "the cluster no longer takes this kubeconfig's sign-in, its token may have expired ({said})"
        );
        self.lost(since, Text::new(&why)).await?;
        match self.line.renew(number).await {
            Ok(()) => Ok(()),
            Err(failed) => self.lost(since, Text::new(&format!("{why}; {failed}"))).await,
        }
    }

    async fn list_and_watch(&self, cluster: &Connected, pause: &mut Duration) -> End {
        match cluster.list_lean::<Lean>(self.kind, self.namespace).await {
            Ok((mut objects, version)) => {
                // The items of a list do not say what they are.
                for Lean(object) in &mut objects {
                    object["apiVersion"] = self.kind.api_version().into();
                    object["kind"] = self.kind.name.into();
                }
                if self.news.send(News::Listed(self.kind, objects)).await.is_err() {
                    return End::Unheard;
                }
                self.watch_from(cluster, version, pause).await
            }
            Err(failed) if self.need == Need::May && failed.is_forbidden() => End::Hidden,
            Err(failed) if failed.code == Some(401) => End::SignedOut(failed.said),
            Err(failed) => {
                let why = format!("could not {}: {}", failed.doing, failed.said);
                End::Broken((self.clock)(), Text::new(&why))
            }
        }
    }

    /// Watches from a version on, through as many watches as it takes.
    async fn watch_from(&self, cluster: &Connected, mut version: String, pause: &mut Duration) -> End {
        loop {
            // A server that ends every watch at once must not be asked in a tight loop.
            let (end, ()) = tokio::join!(self.watch_once(cluster, version), sleep(PAUSE));
            match end {
                End::Due(next) => {
                    *pause = PAUSE;
                    version = next;
                }
                other => return other,
            }
        }
    }

    async fn watch_once(&self, cluster: &Connected, mut version: String) -> End {
        let broken = |error: &kube::Error| match reason(error) {
            (Some(410), _) => End::Stale,
            (Some(401), said) => End::SignedOut(cluster.vault.scrub(&said)),
            (_, said) => End::Broken((self.clock)(), cluster.vault.scrub(&said)),
        };
        let mut heard = (self.clock)();
        let silent = |heard| End::Broken(heard, Text::new("nothing was heard for a while"));
        let params = WatchParams::default().timeout(WATCH_SECONDS);
        let Ok(request) = Request::new(self.kind.path(self.namespace)).watch(&params, &version) else {
            return End::Stale;
        };
        let open = cluster.client.request_events::<Lean>(request);
        let stream = match timeout(CALL_TIMEOUT, open).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return broken(&error),
            Err(_) => return silent(heard),
        };
        pin_mut!(stream);
        loop {
            let event = match timeout(SILENCE, stream.try_next()).await {
                Ok(Ok(Some(event))) => event,
                Ok(Err(error)) => return broken(&error),
                Ok(Ok(None)) => return End::Due(version),
                Err(_) => return silent(heard),
            };
            heard = (self.clock)();
            let (Lean(object), gone) = match event {
                WatchEvent::Added(object) | WatchEvent::Modified(object) => (object, false),
                WatchEvent::Deleted(object) => (object, true),
                WatchEvent::Bookmark(bookmark) => {
                    version = bookmark.metadata.resource_version;
                    continue;
                }
                WatchEvent::Error(status) => return broken(&kube::Error::Api(status)),
            };
            match text_at(&object, "/metadata/resourceVersion") {
                "" => {}
                newer => newer.clone_into(&mut version),
            }
            let object = Lean(object);
            let news = if gone { News::Gone(self.kind, object) } else { News::Changed(self.kind, object) };
            if self.news.send(news).await.is_err() {
                return End::Unheard;
            }
        }
    }
}
