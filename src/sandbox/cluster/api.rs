//! The API server's heart: the store behind a lock, and what the HTTP side and the controllers share.

use super::kinds::Kind;
use super::kubelet::image::Pulls;
use super::logs::Logs;
use super::registry::{self, Deletion, Write};
use super::status::ApiError;
use super::store::{Key, Store};
use crate::sandbox::SharedControlPlane;
use crate::sandbox::scenario::{Rollout, Shape};
use crate::sandbox::time::SimClock;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// The name of the one user whom the token stands for.
pub const USER: &str = "landfall-sandbox";

/// What stands behind a resource that the user may use in one namespace after the other, but not in all at once.
pub const EVERYWHERE: &str = " in all namespaces";

/// What everything inside the cluster shares.
pub struct Api {
    /// The clock of the simulation.
    pub clock: SimClock,
    /// What goes wrong.
    pub rollout: Rollout,
    /// Where the simulated jobs manager signs in.
    pub control: SharedControlPlane,
    /// The name of the first node, unless it has one of its own.
    pub node: String,
    /// What the cluster is made of.
    pub shape: Shape,
    /// Verbs on resources that the user may not use; `*` stands for any. With [`EVERYWHERE`] behind the resource: not
    /// in all namespaces at once.
    pub forbid: Vec<(String, String)>,
    /// What containers have printed.
    pub logs: Logs,
    /// The image pulls under way.
    pub pulls: Pulls,
    store: Mutex<Store>,
    changed: watch::Sender<u64>,
    stopped: watch::Sender<bool>,
}

impl Api {
    /// An empty cluster.
    pub fn new(
        clock: SimClock,
        rollout: Rollout,
        control: SharedControlPlane,
        node: String,
        forbid: Vec<(String, String)>,
        shape: Shape,
    ) -> Self {
        Self {
            clock,
            rollout,
            control,
            node,
            forbid,
            shape,
            logs: Logs::default(),
            pulls: Pulls::default(),
            store: Mutex::default(),
            changed: watch::Sender::new(0),
            stopped: watch::Sender::new(false),
        }
    }

    /// Works on the store under its lock, then wakes whoever waits for changes.
    pub fn with<T>(&self, work: impl FnOnce(&mut Store) -> T) -> T {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let before = store.revision();
        let out = work(&mut store);
        let after = store.revision();
        if after != before {
            self.changed.send_replace(after);
        }
        drop(store);
        out
    }

    /// A receiver that wakes at every change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Ends every task and every watch.
    pub fn stop(&self) {
        self.stopped.send_replace(true);
    }

    /// Resolves when the cluster was stopped.
    pub async fn stopped(&self) {
        let mut stopped = self.stopped.subscribe();
        // An error means that the sender is gone, which ends the wait as well.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    }

    /// Starts a task that ends with the cluster.
    pub fn spawn(self: &Arc<Self>, task: impl Future<Output = ()> + Send + 'static) {
        let api = Arc::clone(self);
        tokio::spawn(async move {
            tokio::select! {
                () = api.stopped() => {}
                () = task => {}
            }
        });
    }

    /// One object.
    pub fn get(&self, kind: &'static Kind, namespace: &str, name: &str) -> Option<Arc<Value>> {
        self.with(|store| store.get(&Key::new(kind, namespace, name)))
    }

    /// The objects of a kind.
    pub fn list(&self, kind: &'static Kind, namespace: Option<&str>) -> Vec<Arc<Value>> {
        self.with(|store| store.list(kind, namespace))
    }

    /// Creates an object on behalf of a component of the cluster.
    pub fn create(
        &self,
        kind: &'static Kind,
        namespace: &str,
        object: Value,
        component: &str,
    ) -> Result<Arc<Value>, ApiError> {
        let stamp = self.clock.stamp();
        let write = Write { rollout: self.rollout, ..Write::by(component, &stamp) };
        self.with(|store| registry::create(store, kind, namespace, object, &write))
    }

    /// Changes an object in place, on behalf of a component of the cluster. Nothing is written if the
    /// object is gone or the change leaves it as it is.
    pub fn mutate(
        &self,
        kind: &'static Kind,
        namespace: &str,
        name: &str,
        change: impl FnOnce(&mut Value),
    ) -> Option<Arc<Value>> {
        self.with(|store| {
            let key = Key::new(kind, namespace, name);
            let before = store.get(&key)?;
            let mut after = Value::clone(&before);
            change(&mut after);
            registry::replace(store, key, &before, after)
        })
    }

    /// Deletes an object on behalf of a component of the cluster.
    pub fn delete(&self, kind: &'static Kind, namespace: &str, name: &str) {
        self.delete_with(kind, namespace, name, &Deletion::default());
    }

    /// Deletes an object on behalf of a component of the cluster, with options.
    pub fn delete_with(&self, kind: &'static Kind, namespace: &str, name: &str, how: &Deletion) {
        let stamp = self.clock.stamp();
        // A component that deletes what is already gone has what it wanted.
        let _ = self
            .with(|store| registry::delete(store, kind, namespace, name, how, &Write::by("cluster", &stamp)));
    }

    /// Whether the user may use the verb on the resource (`pods` or `pods/log`); `everywhere`: of all namespaces.
    pub fn allows(&self, verb: &str, resource: &str, everywhere: bool) -> bool {
        let is = |rule: &str, asked: &str| rule == "*" || rule == asked;
        !self.forbid.iter().any(|(v, r)| {
            let r = match r.strip_suffix(EVERYWHERE) {
                Some(_) if !everywhere => return false,
                Some(r) => r,
                None => r,
            };
            is(v, verb) && is(r, resource)
        })
    }
}
