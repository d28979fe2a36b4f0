//! What containers print, and the `log` subresource that reads it.

use super::api::Api;
use super::http::{Query, Target};
use super::kinds;
use super::object::{list, text, uid};
use super::status::ApiError;
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::Value;
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// A container of a pod, by the pod's UID.
type Place = (String, String);

/// The output of every container that ran.
pub struct Logs {
    runs: Mutex<HashMap<Place, Vec<Run>>>,
    changed: watch::Sender<u64>,
}

/// One life of a container, from start to exit.
#[derive(Clone, Default)]
struct Run {
    lines: Vec<(jiff::Timestamp, String)>,
    ended: bool,
}

impl Default for Logs {
    fn default() -> Self {
        Self { runs: Mutex::default(), changed: watch::Sender::new(0) }
    }
}

impl Logs {
    fn with<T>(&self, pod: &str, container: &str, work: impl FnOnce(&mut Vec<Run>) -> T) -> T {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let out = work(runs.entry((pod.to_owned(), container.to_owned())).or_default());
        drop(runs);
        self.changed.send_modify(|count| *count += 1);
        out
    }

    /// A container starts: its output so far becomes that of the previous run.
    pub fn begin(&self, pod: &str, container: &str) {
        self.with(pod, container, |runs| {
            runs.push(Run::default());
            let extra = runs.len().saturating_sub(2);
            runs.drain(..extra);
        });
    }

    /// A container prints a line.
    pub fn print(&self, pod: &str, container: &str, line: impl Into<String>) {
        let line = (jiff::Timestamp::now(), line.into());
        self.with(pod, container, |runs| {
            if let Some(run) = runs.last_mut() {
                run.lines.push(line);
            }
        });
    }

    /// A container exits.
    pub fn end(&self, pod: &str, container: &str) {
        self.with(pod, container, |runs| {
            if let Some(run) = runs.last_mut() {
                run.ended = true;
            }
        });
    }

    /// The pod is gone, and its output with it.
    pub fn forget(&self, pod: &str) {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.retain(|(of, _), _| of != pod);
        drop(runs);
        self.changed.send_modify(|count| *count += 1);
    }

    fn read(&self, pod: &str, container: &str, previous: bool) -> Option<Run> {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        let runs = runs.get(&(pod.to_owned(), container.to_owned()))?;
        if previous {
            runs.len().checked_sub(2).and_then(|i| runs.get(i)).cloned()
        } else {
            runs.last().cloned()
        }
    }
}

/// `GET .../pods/NAME/log`.
pub fn answer(api: &Arc<Api>, target: &Target, query: &Query) -> Result<Response, ApiError> {
    let pod = api
        .get(&kinds::PODS, &target.namespace, &target.name)
        .ok_or_else(|| ApiError::not_found(&kinds::PODS, &target.name))?;
    let container = container(&pod, &target.name, query.text("container"))?;
    let pod_uid = uid(&pod).to_owned();
    let Some(run) = api.logs.read(&pod_uid, &container, query.flag("previous")) else {
        return Err(ApiError::bad_request(if query.flag("previous") {
            format!("previous terminated container \"{container}\" in pod \"{}\" not found", target.name)
        } else {
            format!(
                "container \"{container}\" in pod \"{}\" is waiting to start: {}",
                target.name,
                waiting(&pod, &container)
            )
        }));
    };
    let stamps = query.flag("timestamps");
    let since = query.number("sinceSeconds").and_then(|s| i64::try_from(s).ok());
    let since =
        since.and_then(|s| jiff::Timestamp::now().checked_sub(jiff::SignedDuration::from_secs(s)).ok());
    let mut lines: Vec<_> =
        run.lines.iter().filter(|(at, _)| since.is_none_or(|since| *at >= since)).cloned().collect();
    if let Some(tail) = query.number("tailLines").and_then(|n| usize::try_from(n).ok()) {
        lines.drain(..lines.len().saturating_sub(tail));
    }
    let mut text: String = lines.iter().map(|line| shown(line, stamps)).collect();
    if let Some(limit) = query.number("limitBytes").and_then(|n| usize::try_from(n).ok()) {
        let end = (0..=limit.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(0));
    }
    let plain = [(header::CONTENT_TYPE, "text/plain")];
    if !query.flag("follow") || query.flag("previous") {
        return Ok((plain, text).into_response());
    }
    let follow = Follow {
        api: Arc::clone(api),
        pod: pod_uid,
        container,
        stamps,
        sent: run.lines.len(),
        first: Some(text),
        changed: api.logs.changed.subscribe(),
        over: run.ended,
    };
    let chunks = stream::unfold(follow, |mut follow| async move {
        let chunk = follow.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(chunk)), follow))
    });
    Ok((plain, Body::from_stream(chunks)).into_response())
}

struct Follow {
    api: Arc<Api>,
    pod: String,
    container: String,
    stamps: bool,
    sent: usize,
    first: Option<String>,
    changed: watch::Receiver<u64>,
    over: bool,
}

impl Follow {
    async fn next(&mut self) -> Option<String> {
        if let Some(first) = self.first.take().filter(|text| !text.is_empty()) {
            return Some(first);
        }
        while !self.over {
            self.changed.mark_unchanged();
            // A pod that is gone, or a container that has started again, ends the stream.
            let run = self.api.logs.read(&self.pod, &self.container, false).unwrap_or_default();
            self.over = run.ended || run.lines.len() < self.sent || run.lines.is_empty();
            let new: String = run.lines.iter().skip(self.sent).map(|line| shown(line, self.stamps)).collect();
            self.sent = run.lines.len();
            if !new.is_empty() {
                return Some(new);
            }
            if !self.over {
                let api = Arc::clone(&self.api);
                tokio::select! {
                    _ = self.changed.changed() => {}
                    () = api.stopped() => self.over = true,
                }
            }
        }
        None
    }
}

fn shown((at, line): &(jiff::Timestamp, String), stamps: bool) -> String {
    if stamps { format!("{} {line}\n", at.strftime("%Y-%m-%dT%H:%M:%S.%9fZ")) } else { format!("{line}\n") }
}

fn container(pod: &Value, pod_name: &str, asked: &str) -> Result<String, ApiError> {
    let names = |field| list(pod, &["spec", field]).iter().map(|c| text(c, &["name"]));
    if asked.is_empty() {
        let all: Vec<_> = names("containers").collect();
        return match all.as_slice() {
            [only] => Ok((*only).to_owned()),
            _ => Err(ApiError::bad_request(format!(
                "a container name must be specified for pod {pod_name}, choose one of: [{}]",
                all.join(" ")
            ))),
        };
    }
    if names("containers").chain(names("initContainers")).any(|name| name == asked) {
        Ok(asked.to_owned())
    } else {
        Err(ApiError::bad_request(format!("container {asked} is not valid for pod {pod_name}")))
    }
}

/// Why a container has not started, in the API server's words.
fn waiting(pod: &Value, container: &str) -> String {
    let statuses = ["containerStatuses", "initContainerStatuses"];
    let status = statuses
        .iter()
        .flat_map(|field| list(pod, &["status", field]))
        .find(|status| status["name"] == container);
    match status.map_or("", |status| text(status, &["state", "waiting", "reason"])) {
        "" => "ContainerCreating".to_owned(),
        "ErrImagePull" => "image can't be pulled".to_owned(),
        "ImagePullBackOff" => "trying and failing to pull image".to_owned(),
        reason => reason.to_owned(),
    }
}
