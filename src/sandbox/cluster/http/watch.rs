//! Watch: a stream of changes, one JSON object a line.

use super::{Call, read};
use crate::sandbox::cluster::api::Api;
use crate::sandbox::cluster::kinds::Kind;
use crate::sandbox::cluster::object::{name, namespace};
use crate::sandbox::cluster::selector::Selector;
use crate::sandbox::cluster::status::{ApiError, Cause};
use crate::sandbox::cluster::store::Change;
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long a watch lasts that names no `timeoutSeconds`.
const DEFAULT_LENGTH: u64 = 1_800;
/// The longest watch, whatever is asked for.
const MAX_LENGTH: u64 = 86_400;

/// How often a quiet watch gets a bookmark.
const BOOKMARK_EVERY: Duration = Duration::from_secs(30);

struct Watch {
    api: Arc<Api>,
    kind: &'static Kind,
    namespace: Option<String>,
    selector: Selector,
    form: read::Form,
    bookmarks: bool,
    /// Changes up to here were sent.
    seen: u64,
    queue: VecDeque<String>,
    ends: Instant,
    next_bookmark: Instant,
    over: bool,
}

/// `GET ...?watch=true`.
pub fn answer(call: &Call) -> Result<Response, ApiError> {
    let target = call.target;
    let query = call.query;
    let selector = Selector::parse(target.kind, query.text("labelSelector"), query.text("fieldSelector"))?;
    let asked = read::version(query.text("resourceVersion"))?;
    let initial_events = query.flag("sendInitialEvents");
    if initial_events
        && (query.text("resourceVersionMatch") != "NotOlderThan" || !query.flag("allowWatchBookmarks"))
    {
        let cause = Cause::forbidden(
            "resourceVersionMatch",
            "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan and allowWatchBookmarks",
        );
        return Err(ApiError::invalid(target.kind, "", &[cause]));
    }
    let now = Instant::now();
    let length = query.number("timeoutSeconds").filter(|n| *n > 0).unwrap_or(DEFAULT_LENGTH).min(MAX_LENGTH);
    let mut watch = Watch {
        api: Arc::clone(call.api),
        kind: target.kind,
        namespace: target.scope().map(str::to_owned),
        selector,
        form: read::Form::of(call),
        bookmarks: query.flag("allowWatchBookmarks"),
        seen: asked,
        queue: VecDeque::new(),
        ends: now + Duration::from_secs(length),
        next_bookmark: now + BOOKMARK_EVERY,
        over: false,
    };
    let from_state = asked == 0 || initial_events;
    if from_state {
        let (objects, revision) =
            call.api.with(|store| (store.list(target.kind, target.scope()), store.revision()));
        if asked > revision {
            return Err(ApiError::version_too_large(asked, revision));
        }
        watch.seen = revision;
        for object in &objects {
            if watch.selector.matches(object) {
                watch.push("ADDED", object);
            }
        }
        if initial_events {
            watch.bookmark(true);
        }
    } else {
        let now = call.api.with(|store| store.revision());
        if asked > now {
            return Err(ApiError::version_too_large(asked, now));
        }
    }
    let lines = stream::unfold(watch, |mut watch| async move {
        let line = watch.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(line)), watch))
    });
    Ok(([(header::CONTENT_TYPE, "application/json")], Body::from_stream(lines)).into_response())
}

impl Watch {
    async fn next(&mut self) -> Option<String> {
        let mut changes = self.api.changes();
        loop {
            if let Some(line) = self.queue.pop_front() {
                return Some(line);
            }
            if self.over {
                return None;
            }
            changes.mark_unchanged();
            self.collect();
            if !self.queue.is_empty() {
                continue;
            }
            let api = Arc::clone(&self.api);
            tokio::select! {
                _ = changes.changed() => {}
                () = tokio::time::sleep_until(self.next_bookmark), if self.bookmarks => self.bookmark(false),
                () = tokio::time::sleep_until(self.ends) => {
                    self.over = true;
                    if self.bookmarks {
                        self.bookmark(false);
                    }
                }
                () = api.stopped() => self.over = true,
            }
        }
    }

    /// Queues what has changed since the last look.
    fn collect(&mut self) {
        let api = Arc::clone(&self.api);
        let (changes, now, oldest) = api.with(|store| {
            let changes: Option<Vec<Change>> = store
                .since(self.seen)
                .map(|all| all.filter(|change| change.kind == self.kind).cloned().collect());
            (changes, store.revision(), store.oldest())
        });
        let Some(changes) = changes else {
            let error = ApiError::expired(format!("too old resource version: {} ({oldest})", self.seen));
            self.queue.push_back(line(&json!({"type": "ERROR", "object": error.body()})));
            self.over = true;
            return;
        };
        self.seen = now;
        for change in changes {
            if self.namespace.as_deref().is_some_and(|ns| ns != namespace(&change.after)) {
                continue;
            }
            let was = change.before.as_ref().is_some_and(|before| self.selector.matches(before));
            let is = !change.deleted && self.selector.matches(&change.after);
            match (was, is) {
                (false, true) => self.push("ADDED", &change.after),
                (true, true) => self.push("MODIFIED", &change.after),
                (true, false) => self.push("DELETED", &change.after),
                (false, false) => {}
            }
        }
    }

    fn push(&mut self, kind: &str, object: &Value) {
        debug_assert!(!name(object).is_empty(), "objects have names");
        let object = self.form.one(self.kind, object);
        self.queue.push_back(line(&json!({"type": kind, "object": object})));
    }

    fn bookmark(&mut self, initial_events_end: bool) {
        let mut metadata = json!({"resourceVersion": self.seen.to_string(), "creationTimestamp": null});
        if initial_events_end {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let object =
            json!({"kind": self.kind.name, "apiVersion": self.kind.api_version(), "metadata": metadata});
        self.queue.push_back(line(&json!({"type": "BOOKMARK", "object": object})));
        self.next_bookmark = Instant::now() + BOOKMARK_EVERY;
    }
}

fn line(event: &Value) -> String {
    format!("{event}\n")
}
