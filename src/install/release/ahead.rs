//! Images on their way before the release is: from the yes on, beside the claim.
//!
//! The release itself waits for the claim's answer ([`crate::claim`] says why). Its images need not: Jobs bring them
//! to the nodes and do nothing else. A pod of theirs names the missing images of one workload, and goes where the
//! pods of that workload would go.
//!
//! - Nothing of an image ever runs. The kubelet pulls an image before it makes the container
//!   (`kuberuntime_container.go`, `startContainer`: first pull, then create), and the container is told to run
//!   `/dev/null`: that file comes from the runtime and not from the image, and nothing makes it executable. A container
//!   that cannot start has failed, and the next one's image is pulled. (CRI-O refuses to make it; the kubelet then
//!   asks again until the Job's end, which costs nothing.)
//! - They hold nothing: no volume, no environment, no token, no request for room; what is there satisfies the
//!   Pod Security level `restricted`.
//! - They end and go by themselves, also where this program dies: the cluster ends a Job after [`LIMIT`] and deletes
//!   it [`KEPT`] after its end. A namespace of their own would not go by itself, so they lie beside the record and the
//!   Lease.
//! - They are told to go earlier where the claim brings no credential, once every part of the release is ready,
//!   and when a machine is retired. Not before: the pull of a pod that is deleted is called off.
//! - Making or ending one twice or late does no harm, so that neither asks whose turn it is, nobody waits for it, and
//!   nothing is tried again. Where it fails, the release pulls its images itself.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::images::{on, whole_name};
use super::nodes::{is_open, puts_up};
use super::record::{NAMESPACE, fnv1a};
use crate::cluster::connect::{Connected, kind, text_at};
use crate::cluster::kstatus::items;
use crate::model::Snapshot;

/// How long a Job may take, in seconds: as long as a rollout.
const LIMIT: u64 = 600;

/// How long the cluster keeps a Job that ended, in seconds.
const KEPT: u64 = 60;

/// On how many nodes the images of a DaemonSet are pulled ahead, at most. On a bigger cluster it does so itself.
const NODES: usize = 5;

/// How many Jobs there are at most: of a release with more, the rest is pulled by itself.
const MOST: usize = 32;

/// How long telling them to go is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// What they carry.
const LABELS: [(&str, &str); 2] =
    [("app.kubernetes.io/managed-by", "landfall"), ("app.kubernetes.io/component", "image-pull")];

/// What somebody reads who looks at one of them.
const DESCRIPTION: &str = "Pulls images ahead of a landfall release. Its containers are made not to start: that it fails \
                           is how it ends.";

/// What must be allowed for it, as `resourceAttributes`. That they may be deleted is not needed: they go by themselves.
pub fn right() -> Value {
    json!({ "namespace": NAMESPACE, "verb": "create", "group": kind::JOB.group, "resource": kind::JOB.plural })
}

/// The Jobs that pull what these nodes lack of a release's images.
pub fn jobs(objects: &[Value], nodes: &[Value]) -> Vec<Value> {
    let mut jobs: Vec<Value> = Vec::new();
    let mut add = |job: Option<Value>| jobs.extend(job.filter(|job| !jobs.contains(job)));
    for object in objects {
        let Some(pod) = object.pointer("/spec/template/spec") else { continue };
        if object.pointer("/spec/replicas").and_then(Value::as_u64) == Some(0) {
            continue;
        }
        let fitting: Vec<&Value> = nodes.iter().filter(|node| is_open(node) && puts_up(pod, node)).collect();
        if text_at(object, "/kind") != "DaemonSet" {
            add(job(pod, &fitting, None));
        } else if fitting.len() <= NODES {
            for node in fitting {
                add(job(pod, &[node], Some(text_at(node, "/metadata/name"))));
            }
        }
    }
    jobs.truncate(MOST);
    jobs
}

/// The Job for one workload's pods, unless these nodes have all of their images; on one node only, if one is named.
fn job(pod: &Value, nodes: &[&Value], pinned: Option<&str>) -> Option<Value> {
    let here: Vec<BTreeSet<String>> = nodes.iter().map(|node| on(std::slice::from_ref(*node))).collect();
    let mut seen = BTreeSet::new();
    let mut containers = Vec::new();
    for container in items(pod, "/initContainers").iter().chain(items(pod, "/containers")) {
        let image = text_at(container, "/image");
        let name = whole_name(image);
        if here.iter().any(|here| !here.contains(&name)) && seen.insert(name) {
            containers.push(json!({
                "name": text_at(container, "/name"),
                "image": image,
                "imagePullPolicy": "IfNotPresent",
                "command": ["/dev/null"],
                "securityContext": {
                    "allowPrivilegeEscalation": false,
                    "capabilities": { "drop": ["ALL"] },
                    "readOnlyRootFilesystem": true,
                },
            }));
        }
    }
    if containers.is_empty() {
        return None;
    }
    let mut spec = json!({
        "restartPolicy": "Never",
        "automountServiceAccountToken": false,
        "enableServiceLinks": false,
        "securityContext": {
            "runAsNonRoot": true,
            "runAsUser": 65534,
            "seccompProfile": { "type": "RuntimeDefault" },
        },
        "containers": containers,
    });
    // What decides where a pod goes, and who unpacks its images there; not what looks at other pods beside it.
    for key in ["nodeSelector", "tolerations", "runtimeClassName", "schedulerName"] {
        if let Some(value) = pod.get(key) {
            spec[key] = value.clone();
        }
    }
    match pinned {
        // As the DaemonSet controller says it.
        Some(node) => {
            let field = json!({ "key": "metadata.name", "operator": "In", "values": [node] });
            spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
                json!({ "nodeSelectorTerms": [{ "matchFields": [field] }] });
        }
        None => {
            if let Some(affinity) = pod.pointer("/affinity/nodeAffinity") {
                spec["affinity"]["nodeAffinity"] = affinity.clone();
            }
        }
    }
    let labels = serde_json::Map::from_iter(LABELS.map(|(key, value)| (key.to_owned(), json!(value))));
    let notes = json!({ "kubernetes.io/description": DESCRIPTION });
    // The same pulls have the same name: a later run finds what a killed one left, and does not do it twice.
    let name = format!("landfall-pull-{:016x}", fnv1a(spec.to_string().as_bytes()));
    Some(json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": { "name": name, "namespace": NAMESPACE, "labels": labels, "annotations": notes },
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": LIMIT,
            "ttlSecondsAfterFinished": KEPT,
            "template": { "metadata": { "labels": labels, "annotations": notes }, "spec": spec },
        },
    }))
}

/// Makes them, all at once.
pub async fn begin(cluster: &Connected, jobs: &[Value]) {
    join_all(jobs.iter().map(|job| cluster.create(&kind::JOB, Some(NAMESPACE), job))).await;
}

/// Tells them to go, whichever run made them.
pub async fn end(cluster: &Connected) {
    let labels = LABELS.map(|(key, value)| format!("{key}={value}")).join(",");
    let go = async {
        // What cannot be read or deleted now goes by itself.
        let jobs = cluster.list(&kind::JOB, Some(NAMESPACE), &labels).await.unwrap_or_default();
        let gone = jobs.iter().map(|job| {
            let (name, uid) = (text_at(job, "/metadata/name"), text_at(job, "/metadata/uid"));
            cluster.delete(&kind::JOB, Some(NAMESPACE), name, uid)
        });
        join_all(gone).await;
    };
    // Late is as good: see above.
    let _ = timeout(PATIENCE, go).await;
}

/// Lets a rollout be told as ready only after the Jobs were told to go. Their end is not waited for.
#[derive(Default)]
pub struct Gate {
    state: Mutex<Door>,
    ready: Notify,
}

#[derive(Default)]
enum Door {
    #[default]
    Shut,
    /// The snapshot that waits.
    Held(Snapshot),
    Open,
}

impl Gate {
    /// Tells a snapshot on, unless it is the first that is ready.
    pub fn pass(&self, snapshot: Snapshot, tell: impl Fn(Snapshot)) {
        let mut door = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match *door {
            Door::Shut | Door::Held(_) if snapshot.is_ready() => {
                *door = Door::Held(snapshot);
                self.ready.notify_one();
            }
            Door::Held(_) => {
                *door = Door::Shut;
                tell(snapshot);
            }
            Door::Shut | Door::Open => tell(snapshot),
        }
    }

    /// Waits for the first snapshot that is ready, tells the Jobs to go, and then lets everything pass.
    pub async fn keep(&self, cluster: &Connected, tell: impl Fn(Snapshot)) {
        self.ready.notified().await;
        end(cluster).await;
        self.open(tell);
    }

    fn open(&self, tell: impl Fn(Snapshot)) {
        let mut door = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Door::Held(snapshot) = std::mem::replace(&mut *door, Door::Open) {
            tell(snapshot);
        }
    }
}

#[cfg(test)]
mod tests;
