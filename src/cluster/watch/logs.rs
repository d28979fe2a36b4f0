//! The last words of containers that ended: often the only place that says why.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::mpsc::{Receiver, Sender};

use super::line::Line;
use super::seen::News;
use crate::cluster::connect::text_at;
use crate::cluster::kstatus::{flag, items, number, time};

/// One life of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Life<T = String> {
    uid: T,
    pod: T,
    container: T,
    restarts: i64,
    /// It runs again: the words are those of its previous life.
    previous: bool,
    /// For one that runs and is not ready: how many times its words were due so far.
    round: i64,
}

impl<T: AsRef<str>> Life<T> {
    fn has_ended(&self) -> bool {
        self.round == 0
    }

    fn borrowed(&self) -> Life<&str> {
        let Self { uid, pod, container, restarts, previous, round } = self;
        let (restarts, previous, round) = (*restarts, *previous, *round);
        Life {
            uid: uid.as_ref(),
            pod: pod.as_ref(),
            container: container.as_ref(),
            restarts,
            previous,
            round,
        }
    }
}

impl Life<&str> {
    fn owned(self) -> Life {
        let Self { uid, pod, container, restarts, previous, round } = self;
        Life { uid: uid.into(), pod: pod.into(), container: container.into(), restarts, previous, round }
    }
}

/// A program that runs and does not become ready may say why: its words are read when it has run this many seconds,
/// and so often again.
const LISTEN_EVERY: i64 = 15;

/// How many containers are listened to at a time, of those that ended and of those that run: a thousand pods in the
/// same trouble say the same.
const MOST: usize = 20;

/// The lives whose words were asked for last, by pod; a pod has few containers.
#[derive(Default)]
pub(super) struct Asked(HashMap<String, Vec<Life>>);

impl Asked {
    /// Asks for the words of every container that ended since, or runs and does not become ready.
    pub(super) fn ask(&mut self, pods: &[&Value], now: Timestamp, ask: &Sender<Life>) {
        let lives: Vec<Life<&str>> = pods.iter().copied().flat_map(|pod| lives(pod, now)).collect();
        let known: HashSet<(&str, &str)> = lives.iter().map(|life| (life.uid, life.container)).collect();
        self.0.retain(|pod, asked| {
            asked.retain(|life| known.contains(&(pod, &life.container)));
            !asked.is_empty()
        });
        let (ended, all) = self
            .0
            .values()
            .flatten()
            .fold((0, 0), |(ended, all), life| (ended + usize::from(life.has_ended()), all + 1));
        let mut room = [MOST.saturating_sub(all - ended), MOST.saturating_sub(ended)];
        for life in lives {
            let last =
                self.0.get_mut(life.uid).into_iter().flatten().find(|last| last.container == life.container);
            let Some(room) = room.get_mut(usize::from(life.has_ended())) else { continue };
            if last.as_ref().map_or(*room == 0, |last| last.borrowed() == life) {
                continue;
            }
            // Where the reader is behind, the next look asks again.
            if ask.try_send(life.owned()).is_err() {
                continue;
            }
            if let Some(last) = last {
                *last = life.owned();
            } else {
                *room = room.saturating_sub(1);
                self.0.entry(life.uid.to_owned()).or_default().push(life.owned());
            }
        }
    }
}

/// The containers of a pod whose words may tell something.
fn lives(pod: &Value, now: Timestamp) -> Vec<Life<&str>> {
    let statuses = ["/status/initContainerStatuses", "/status/containerStatuses"];
    let statuses = statuses.into_iter().flat_map(|pointer| items(pod, pointer));
    statuses
        .flat_map(|status| {
            let failed = |pointer: &str| number(status, pointer).is_some_and(|code| code != 0);
            let ended = failed("/state/terminated/exitCode") || failed("/lastState/terminated/exitCode");
            let started = time(status, "/state/running/startedAt");
            let ready = flag(status, "/ready");
            // The last words of a life that ended say more than the first ones of the next.
            let first = started.filter(|_| !ready && !ended);
            let round = first.map(|at| now.duration_since(at).as_secs() / LISTEN_EVERY);
            let life = |previous, round| Life {
                uid: text_at(pod, "/metadata/uid"),
                pod: text_at(pod, "/metadata/name"),
                container: text_at(status, "/name"),
                restarts: number(status, "/restartCount").unwrap_or(0),
                previous,
                round,
            };
            let running = round.filter(|round| *round > 0).map(|round| life(false, round));
            ended.then(|| life(started.is_some(), 0)).into_iter().chain(running)
        })
        .collect()
}

/// Reads what is asked for, one after the other. A log that cannot be read is left out.
pub(super) async fn read(line: &Line<'_>, namespace: &str, mut asked: Receiver<Life>, news: Sender<News>) {
    while let Some(life) = asked.recv().await {
        let (cluster, _) = line.now();
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_many_in_the_same_trouble_a_few_are_listened_to() {
        let pod = |number: usize, state: Value| json!({"metadata": {"uid": number.to_string()}, "status": {"containerStatuses": [{"ready": false, "state": state}]}});
        let at = |seconds| Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(seconds);
        let starting: Vec<Value> =
            (0..1000).map(|n| pod(n, json!({"running": {"startedAt": at(0)}}))).collect();
        let mut pods: Vec<&Value> = starting.iter().collect();
        let (ask, mut asked) = tokio::sync::mpsc::channel(256);
        let mut count = || std::iter::from_fn(|| asked.try_recv().ok()).count();
        let mut all = Asked::default();
        all.ask(&pods, at(16), &ask);
        assert_eq!(count(), MOST);
        all.ask(&pods, at(17), &ask);
        assert_eq!(count(), 0);
        all.ask(&pods, at(31), &ask);
        assert_eq!(count(), MOST);
        // One that ends is heard although so many others only take their time.
        let ended = pod(1000, json!({"terminated": {"exitCode": 1}}));
        pods.push(&ended);
        all.ask(&pods, at(32), &ask);
        assert_eq!(count(), 1);
        all.ask(&[], at(33), &ask);
        assert_eq!(all.0.len(), 0);
    }

    #[test]
    fn words_are_read_of_what_ended_and_of_what_does_not_become_ready() {
        let started = Timestamp::UNIX_EPOCH;
        let rounds = |status: Value, seconds: i64| {
            let pod = json!({"metadata": {"uid": "1"}, "status": {"containerStatuses": [status]}});
            let now = started + jiff::SignedDuration::from_secs(seconds);
            lives(&pod, now).into_iter().map(|life| (life.previous, life.round)).collect::<Vec<_>>()
        };
        let running = json!({"running": {"startedAt": started}});
        let starting = json!({"ready": false, "state": running});
        assert_eq!(rounds(starting.clone(), 14), []);
        assert_eq!(rounds(starting.clone(), 15), [(false, 1)]);
        assert_eq!(rounds(starting, 44), [(false, 2)]);
        assert_eq!(rounds(json!({"ready": true, "state": running}), 99), []);
        let again = json!({"ready": false, "state": running, "lastState": {"terminated": {"exitCode": 1}}});
        assert_eq!(rounds(again, 3), [(true, 0)]);
        assert_eq!(rounds(json!({"state": {"terminated": {"exitCode": 1}}}), 3), [(false, 0)]);
        assert_eq!(rounds(json!({"state": {"terminated": {"exitCode": 0}}}), 3), []);
    }
}
