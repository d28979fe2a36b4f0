//! A simulated Kubernetes API with controllers, over HTTP.
//!
//! ```text
//!   kube, kubectl ── http ── registry ── store ── watch
//!                             (rules)      │
//!             controllers, scheduler, kubelet ── programs ── the control plane
//! ```
//! Objects are plain JSON. Every write, from outside or from a controller, goes through `registry` and takes
//! the next resource version; watches replay the store's recent changes. Controllers look at what is wanted
//! and at what is there, at every change. All their waits go through the simulation's clock, all time stamps
//! are true.

use super::SharedControlPlane;
use super::scenario::{Rollout, Shape};
use super::time::SimClock;
use api::Api;
pub use api::EVERYWHERE;
use axum::Router;
use std::sync::Arc;

mod admission;
mod api;
mod apply;
mod controllers;
mod discovery;
mod events;
mod fields;
mod http;
mod kinds;
mod kubelet;
mod logs;
mod object;
mod openapi;
mod patch;
mod program;
mod protobuf;
mod quantity;
mod registry;
mod review;
mod scheduler;
mod schema;
mod seed;
mod selector;
mod status;
mod store;
mod table;
#[cfg(test)]
mod tests;
mod usage;
mod validate;

/// What a cluster is made of.
pub struct ClusterOptions {
    /// The clock that all its waits go through.
    pub clock: SimClock,
    /// What goes wrong with the jobs manager.
    pub rollout: Rollout,
    /// Where the jobs manager signs in.
    pub control: SharedControlPlane,
    /// The name of its first node.
    pub node: String,
    /// The UID of its `kube-system` namespace, which identifies the cluster; a random one if absent.
    pub uid: Option<String>,
    /// Verbs on resources that its user may not use, such as `("list", "secrets")`; `*` stands for any. With
    /// [`EVERYWHERE`] behind the resource: not in all namespaces at once.
    pub forbid: Vec<(String, String)>,
}

/// A running cluster. Clones are handles to the same one.
#[derive(Clone)]
pub struct Cluster {
    api: Arc<Api>,
    token: Arc<str>,
    /// A name beside the loopback ones that it is reached under.
    name: Arc<str>,
}

impl Cluster {
    /// Starts a cluster: its controllers run as tasks of the present tokio runtime until [`Cluster::stop`].
    pub fn new(options: ClusterOptions) -> Self {
        Self::shaped(options, Shape::default())
    }

    /// The same with nodes, quotas and limits of its own.
    pub fn shaped(options: ClusterOptions, shape: Shape) -> Self {
        let ClusterOptions { clock, rollout, control, node, uid, forbid } = options;
        let api = Arc::new(Api::new(clock, rollout, control, node, forbid, shape));
        seed::plant(&api, uid.as_deref());
        api.spawn(controllers::run(Arc::clone(&api)));
        api.spawn(kubelet::run(Arc::clone(&api)));
        let token = format!("sbx_{:032x}", rand::random::<u128>());
        Self { api, token: token.into(), name: Arc::from("") }
    }

    /// The same cluster, open to others: reached under one more name, by whoever knows this token.
    #[must_use]
    pub fn exposed(self, name: &str, token: &str) -> Self {
        Self { name: name.into(), token: token.into(), ..self }
    }

    /// The API, ready to be served, under any loopback name, to whoever holds the token.
    pub fn router(&self) -> Router {
        http::router(Arc::clone(&self.api), Arc::clone(&self.token), Arc::clone(&self.name))
    }

    /// The bearer token of its one user.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// A kubeconfig for a client that reaches the API at `server`, whose certificate this authority signed.
    pub fn kubeconfig(&self, server: &str, authority: &str) -> String {
        let name = "landfall-sandbox";
        let config = serde_json::json!({
            "apiVersion": "v1", "kind": "Config", "current-context": name,
            "clusters": [{"name": name, "cluster": {
                "server": server, "certificate-authority-data": super::base64::encode(authority.as_bytes()),
            }}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": "default"}}],
            "users": [{"name": name, "user": {"token": self.token()}}],
        });
        // JSON is YAML, and this cannot fail: every key is text.
        format!("{config:#}\n")
    }

    /// Forgets all changes so far, as a compaction of etcd does: watches that want to resume from them are
    /// told that the resource version is too old.
    pub fn forget_history(&self) {
        self.api.with(store::Store::compact);
    }

    /// Ends all tasks and all watches. What is stored can still be read.
    pub fn stop(&self) {
        self.api.stop();
    }
}
