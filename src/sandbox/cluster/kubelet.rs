//! The node's agent: gives every pod a life, from its schedule to its end.

use super::api::Api;
use super::events::{Source, Tone, record};
use super::kinds;
use super::object::{is_deleting, list, name, namespace, set, text, uid};
use super::registry::Deletion;
use super::scheduler;
use container::Container;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

pub mod container;
mod env;
pub mod image;
pub mod status;
mod volume;

/// How long containers take to stop when told to.
const STOPPING: Duration = Duration::from_millis(800);
/// The node's own address: one that is reserved for documentation.
pub const NODE_ADDRESS: &str = "192.0.2.10";

/// One pod, and no other that later takes its name.
#[derive(Clone, Debug)]
pub struct PodRef {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
}

impl PodRef {
    fn of(pod: &Value) -> Self {
        Self { namespace: namespace(pod).to_owned(), name: name(pod).to_owned(), uid: uid(pod).to_owned() }
    }

    /// The pod as it is now.
    pub fn get(&self, api: &Api) -> Option<Arc<Value>> {
        api.get(&kinds::PODS, &self.namespace, &self.name).filter(|pod| uid(pod) == self.uid)
    }

    /// Changes the pod, if it is still there.
    pub fn mutate(&self, api: &Api, change: impl FnOnce(&mut Value)) -> Option<Arc<Value>> {
        let mut change = Some(change);
        api.mutate(&kinds::PODS, &self.namespace, &self.name, |pod| {
            if uid(pod) == self.uid
                && let Some(change) = change.take()
            {
                change(pod);
            }
        })
        .filter(|pod| uid(pod) == self.uid)
    }
}

/// Starts a task for every pod that appears.
pub async fn run(api: Arc<Api>) {
    let mut known: HashSet<String> = HashSet::new();
    let mut changes = api.changes();
    loop {
        changes.mark_unchanged();
        let pods = api.list(&kinds::PODS, None);
        for pod in &pods {
            if known.insert(uid(pod).to_owned()) {
                api.spawn(tend(Arc::clone(&api), PodRef::of(pod)));
            }
        }
        known.retain(|known| pods.iter().any(|pod| uid(pod) == known));
        if changes.changed().await.is_err() {
            return;
        }
    }
}

async fn tend(api: Arc<Api>, pod: PodRef) {
    tokio::select! {
        biased;
        () = until_deleted(&api, &pod) => {}
        () = live(&api, &pod) => {}
    }
    end(&api, &pod).await;
}

async fn until_deleted(api: &Api, pod: &PodRef) {
    let mut changes = api.changes();
    loop {
        changes.mark_unchanged();
        if pod.get(api).is_none_or(|object| is_deleting(&object)) || changes.changed().await.is_err() {
            return;
        }
    }
}

async fn live(api: &Arc<Api>, pod: &PodRef) {
    scheduler::place(api, pod).await;
    api.clock.sleep(Duration::from_millis(50)).await;
    let stamp = api.clock.stamp();
    let number = api.with(super::store::Store::next_number);
    let address = format!("10.42.0.{}", 2 + number % 250);
    let Some(object) = pod.mutate(api, |object| status::admit(object, &address, &stamp)) else { return };
    volume::mounted(api, pod, &object).await;
    for spec in list(&object, &["spec", "initContainers"]) {
        Container::new(api, pod, spec, status::INIT).run_once().await;
    }
    let all = list(&object, &["spec", "containers"])
        .iter()
        .map(|spec| Container::new(api, pod, spec, status::MAIN).keep_running());
    join_all(all).await;
    // Containers that are not restarted have ended: the pod waits for its deletion.
    std::future::pending::<()>().await;
}

async fn end(api: &Arc<Api>, pod: &PodRef) {
    if let Some(object) = pod.get(api) {
        let running: Vec<_> = list(&object, &["status", status::MAIN])
            .iter()
            .filter(|container| container["state"]["running"].is_object())
            .map(|container| text(container, &["name"]).to_owned())
            .collect();
        for name in &running {
            let message = format!("Stopping container {name}");
            record(api, Source::Kubelet, &kinds::PODS, &object, Tone::Normal, "Killing", &message);
        }
        if !running.is_empty() {
            api.clock.sleep(STOPPING).await;
        }
        let stamp = api.clock.stamp();
        pod.mutate(api, |object| {
            for name in &running {
                status::change(object, status::MAIN, name, |container| {
                    let started = container["state"]["running"]["startedAt"].clone();
                    set(
                        container,
                        &["state"],
                        json!({"terminated": {
                            "exitCode": 0, "reason": "Completed", "startedAt": started, "finishedAt": stamp,
                        }}),
                    );
                    set(container, &["ready"], false);
                    set(container, &["started"], false);
                });
            }
            status::settle(object, &stamp);
        });
        let now = Deletion { uid: pod.uid.clone(), grace: Some(0), ..Deletion::default() };
        api.delete_with(&kinds::PODS, &pod.namespace, &pod.name, &now);
    }
    api.logs.forget(&pod.uid);
}
