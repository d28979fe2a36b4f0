//! The last words of containers that ended: often the only place that says why.

use std::collections::HashSet;

use serde_json::Value;
use tokio::sync::mpsc::{Receiver, Sender};

use super::seen::News;
use crate::cluster::connect::{Connected, text_at};
use crate::cluster::kstatus::{items, number};

/// One life of a container.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Life {
    uid: String,
    pod: String,
    container: String,
    restarts: i64,
    /// It runs again: the words are those of its previous life.
    previous: bool,
}

/// The lives whose words were asked for.
#[derive(Default)]
pub(super) struct Asked(HashSet<Life>);

impl Asked {
    /// Asks for the words of every container that ended since.
    pub(super) fn ask(&mut self, pods: &[&Value], ask: &Sender<Life>) {
        for life in pods.iter().copied().flat_map(ended) {
            // Where the reader is behind, the next look asks again.
            if !self.0.contains(&life) && ask.try_send(life.clone()).is_ok() {
                self.0.insert(life);
            }
        }
    }
}

/// The containers of a pod that ended badly, or again.
fn ended(pod: &Value) -> Vec<Life> {
    let statuses = ["/status/initContainerStatuses", "/status/containerStatuses"];
    let statuses = statuses.into_iter().flat_map(|pointer| items(pod, pointer));
    let failed = |status: &Value, pointer: &str| number(status, pointer).is_some_and(|code| code != 0);
    statuses
        .filter(|status| {
            failed(status, "/state/terminated/exitCode") || failed(status, "/lastState/terminated/exitCode")
        })
        .map(|status| Life {
            uid: text_at(pod, "/metadata/uid").to_owned(),
            pod: text_at(pod, "/metadata/name").to_owned(),
            container: text_at(status, "/name").to_owned(),
            restarts: number(status, "/restartCount").unwrap_or(0),
            previous: status.pointer("/state/running").is_some(),
        })
        .collect()
}

/// Reads what is asked for, one after the other. A log that cannot be read is left out.
pub(super) async fn read(
    cluster: &Connected,
    namespace: &str,
    mut asked: Receiver<Life>,
    news: Sender<News>,
) {
    while let Some(life) = asked.recv().await {
        let Ok(log) = cluster.log(namespace, &life.pod, &life.container, life.previous).await else {
            continue;
        };
        let lines = log.lines().map(|line| cluster.vault.scrub(line).to_string()).collect();
        let words = News::Words { pod: life.uid, container: life.container, lines };
        if news.send(words).await.is_err() {
            return;
        }
    }
}
