//! The cluster, driven by the real client, in process and in virtual time.

use super::*;
use crate::sandbox::{ControlPlane, Login};
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn};
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::{Api as KubeApi, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Client, ResourceExt};
use serde_json::{Value, json};
use std::sync::Mutex;
use std::time::Duration;

mod apply;
mod batch;
mod deletion;
mod faults;
mod kubectl;
mod open;
mod reading;
mod rollout;
mod watching;
mod workloads;
mod writing;

/// A control plane that knows one credential and counts.
struct Plane {
    answer: Mutex<Login>,
    logins: Mutex<Vec<(String, String)>>,
    heartbeats: Mutex<Vec<(String, String)>>,
}

impl ControlPlane for Plane {
    fn login(&self, username: &str, password: &str) -> Login {
        self.logins.lock().expect("lock").push((username.to_owned(), password.to_owned()));
        *self.answer.lock().expect("lock")
    }

    fn heartbeat(&self, username: &str, namespace: &str) {
        self.heartbeats.lock().expect("lock").push((username.to_owned(), namespace.to_owned()));
    }
}

/// A cluster and a client of it.
struct Rig {
    cluster: Cluster,
    plane: Arc<Plane>,
    client: Client,
}

impl Rig {
    fn new(rollout: Rollout) -> Self {
        Self::forbidding(rollout, &[])
    }

    fn forbidding(rollout: Rollout, forbid: &[(&str, &str)]) -> Self {
        Self::shaped(rollout, forbid, Shape::default())
    }

    fn shaped(rollout: Rollout, forbid: &[(&str, &str)], shape: Shape) -> Self {
        let plane = Arc::new(Plane {
            answer: Mutex::new(Login::Accepted),
            logins: Mutex::default(),
            heartbeats: Mutex::default(),
        });
        let options = ClusterOptions {
            clock: SimClock::new(1.0),
            rollout,
            control: plane.clone(),
            node: "box-1".to_owned(),
            uid: None,
            forbid: forbid.iter().map(|(v, r)| ((*v).to_owned(), (*r).to_owned())).collect(),
        };
        let cluster = Cluster::shaped(options, shape);
        let bearer = HeaderValue::from_str(&format!("Bearer {}", cluster.token())).expect("a header");
        let router = cluster.router().layer(from_fn(move |mut request: Request, next: Next| {
            request.headers_mut().insert(header::AUTHORIZATION, bearer.clone());
            next.run(request)
        }));
        Self { cluster, plane, client: Client::new(router, "default") }
    }

    fn api(&self, kind: &str, namespace: &str) -> KubeApi<DynamicObject> {
        let kind = kinds::ALL.iter().find(|k| k.name == kind).expect("a kind");
        let gvk = GroupVersionKind::gvk(kind.group, kind.version, kind.name);
        let resource = ApiResource::from_gvk_with_plural(&gvk, kind.plural);
        match (kind.is_namespaced(), namespace) {
            (false, _) | (true, "") => KubeApi::all_with(self.client.clone(), &resource),
            (true, namespace) => KubeApi::namespaced_with(self.client.clone(), namespace, &resource),
        }
    }

    /// Applies an object of namespace `ns`, which is made when it is not there.
    async fn apply(&self, object: Value) -> Value {
        let params = PatchParams::apply("test").force();
        let kind = object["kind"].as_str().expect("a kind").to_owned();
        let name = object["metadata"]["name"].as_str().expect("a name").to_owned();
        let api = self.api(&kind, "ns");
        let made = api.patch(&name, &params, &Patch::Apply(&object)).await.expect("applied");
        serde_json::to_value(made).expect("JSON")
    }

    async fn namespace(&self) {
        self.apply(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ns"}})).await;
    }

    async fn get(&self, kind: &str, name: &str) -> Value {
        serde_json::to_value(self.api(kind, "ns").get(name).await.expect("there")).expect("JSON")
    }

    async fn create(&self, object: Value) -> Result<Value, Refusal> {
        let kind = object["kind"].as_str().expect("a kind").to_owned();
        let object: DynamicObject = serde_json::from_value(object).expect("an object");
        let made = self.api(&kind, "ns").create(&PostParams::default(), &object).await;
        made.map(|made| serde_json::to_value(made).expect("JSON")).map_err(Refusal::from)
    }

    async fn merge(&self, kind: &str, name: &str, patch: Value) -> Result<Value, Refusal> {
        let patched = self.api(kind, "ns").patch(name, &PatchParams::default(), &Patch::Merge(&patch)).await;
        patched.map(|object| serde_json::to_value(object).expect("JSON")).map_err(Refusal::from)
    }

    /// A request that the client has no words for.
    async fn raw(
        &self,
        method: &str,
        path: &str,
        content_type: &str,
        body: &Value,
    ) -> Result<Value, Refusal> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, content_type)
            .body(if body.is_null() { Vec::new() } else { body.to_string().into_bytes() })
            .expect("a request");
        self.client.request::<Value>(request).await.map_err(Refusal::from)
    }

    /// The one living pod whose name starts like that.
    async fn pod(&self, prefix: &str) -> Value {
        let pods = self.api("Pod", "ns").list(&ListParams::default()).await.expect("a list");
        let living = |pod: &DynamicObject| pod.metadata.deletion_timestamp.is_none();
        let named = |pod: &DynamicObject| pod.name_any().starts_with(prefix);
        let pod = pods.items.into_iter().find(|pod| living(pod) && named(pod)).expect("a pod");
        serde_json::to_value(pod).expect("JSON")
    }

    /// Reasons and messages of all events so far, oldest first.
    async fn events(&self) -> Vec<(String, String)> {
        let mut events = self.api("Event", "ns").list(&ListParams::default()).await.expect("a list").items;
        events.sort_by_key(|e| e.resource_version().and_then(|v| v.parse::<u64>().ok()));
        events
            .iter()
            .map(|e| {
                let text = |field: &str| e.data[field].as_str().unwrap_or("").to_owned();
                (text("reason"), text("message"))
            })
            .collect()
    }

    /// Waits, in virtual time, until the object is as wanted.
    async fn until(&self, kind: &str, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..3_000 {
            if let Ok(Some(object)) = self.api(kind, "ns").get_opt(name).await {
                let object = serde_json::to_value(object).expect("JSON");
                if wanted(&object) {
                    return object;
                }
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        panic!("{kind} {name} never came: {:#}", self.get(kind, name).await)
    }
}

/// What a refusal says: its code, reason and message.
#[derive(Debug, PartialEq)]
struct Refusal(u16, String, String);

impl From<kube::Error> for Refusal {
    fn from(error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) => Self(status.code, status.reason, status.message),
            other => panic!("not a refusal: {other:?}"),
        }
    }
}

fn refused(code: u16, reason: &str, message: &str) -> Refusal {
    Refusal(code, reason.to_owned(), message.to_owned())
}

fn config_map(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "1"}})
}

/// A Deployment of one container.
fn deployment(name: &str, app: &str, container: &str, image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": {"app": app}},
            "template": {
                "metadata": {"labels": {"app": app}},
                "spec": {"containers": [{"name": container, "image": image}]},
            },
        },
    })
}

/// `kubectl rollout status`, on the object alone.
fn kubectl_says_done(deployment: &Value) -> bool {
    let number = |path: &[&str]| object::count(deployment, path);
    let updated = number(&["status", "updatedReplicas"]);
    number(&["metadata", "generation"]) <= number(&["status", "observedGeneration"])
        && updated >= number(&["spec", "replicas"])
        && number(&["status", "replicas"]) <= updated
        && number(&["status", "availableReplicas"]) >= updated
}

fn is_complete(deployment: &Value) -> bool {
    let conditions = object::list(deployment, &["status", "conditions"]);
    kubectl_says_done(deployment) && conditions.iter().any(|c| c["reason"] == "NewReplicaSetAvailable")
}
