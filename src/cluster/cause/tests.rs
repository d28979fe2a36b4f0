//! A small stage for scenes, and what holds for all of them.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::*;

mod catalogue;
mod crash;
mod crowd;
mod edges;
mod evidence;
mod next;
mod places;
mod present;
mod rules;
mod states;

/// The moment `seconds` after the rollout of every scene here started.
fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 56) + SignedDuration::from_secs(seconds)
}

/// A Deployment `web` of one pod, made at second 0, and whatever a test adds.
#[derive(Clone)]
struct Stage {
    workload: Value,
    replicasets: Vec<Value>,
    pods: Vec<Value>,
    pvcs: Vec<Value>,
    nodes: Vec<Value>,
    quotas: Vec<Value>,
    events: Vec<Value>,
    log: Vec<String>,
    /// When the container was first noticed in trouble.
    noticed: Option<i64>,
    /// When everything else was ready.
    others_ready: Option<i64>,
}

impl Stage {
    fn new() -> Self {
        let owner = json!([{"uid": "deploy-1", "kind": "Deployment", "name": "web"}]);
        let revision = json!({"deployment.kubernetes.io/revision": "2"});
        Self {
            workload: json!({
                "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {"name": "web", "namespace": "demo", "uid": "deploy-1", "generation": 2,
                    "creationTimestamp": at(0), "annotations": revision},
                "spec": {"replicas": 1, "progressDeadlineSeconds": 600},
                "status": {"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "conditions": [
                    {"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated", "lastUpdateTime": at(0)},
                ]},
            }),
            replicasets: vec![json!({
                "apiVersion": "apps/v1", "kind": "ReplicaSet",
                "metadata": {"name": "web-2", "uid": "set-2", "ownerReferences": owner, "annotations": revision},
            })],
            pods: vec![],
            pvcs: vec![],
            nodes: vec![node(&json!([{"type": "Ready", "status": "True"}]))],
            quotas: vec![],
            events: vec![],
            log: vec![],
            noticed: None,
            others_ready: Some(0),
        }
    }

    /// With one pod of the present revision, on a node, its only container in this status.
    fn container(status: Value) -> Self {
        let mut stage = Self::new();
        stage.pods = vec![pod(status)];
        stage
    }

    fn waiting(reason: &str, message: &str) -> Self {
        Self::container(json!({"state": {"waiting": {"reason": reason, "message": message}}}))
    }

    fn event(mut self, uid: &str, reason: &str, message: &str, first: i64, last: i64, count: i64) -> Self {
        self.events.push(json!({
            "metadata": {"creationTimestamp": at(first)}, "involvedObject": {"uid": uid}, "reason": reason,
            "message": message, "firstTimestamp": at(first), "lastTimestamp": at(last), "count": count,
        }));
        self
    }

    fn deadline_passed(mut self) -> Self {
        self.workload["status"]["conditions"][0]["reason"] = json!("ProgressDeadlineExceeded");
        self
    }

    fn at(&self, now: i64) -> Option<Cause> {
        let notice = |since| Notice { pod: "pod-1", container: "main", since: at(since) };
        cause(&Scene {
            workload: &self.workload,
            replicasets: &self.replicasets.iter().collect::<Vec<_>>(),
            pods: &self.pods.iter().collect::<Vec<_>>(),
            pvcs: &self.pvcs.iter().collect::<Vec<_>>(),
            nodes: &self.nodes.iter().collect::<Vec<_>>(),
            quotas: &self.quotas.iter().collect::<Vec<_>>(),
            events: &self.events.iter().collect::<Vec<_>>(),
            logs: &[Log { pod: "pod-1", container: "main", lines: &self.log }],
            noticed: &self.noticed.map(notice).into_iter().collect::<Vec<_>>(),
            states: None,
            others_ready: self.others_ready.map(at),
            since: at(0),
            now: at(now),
        })
    }

    /// Kind and class at that second.
    fn judged(&self, now: i64) -> (Kind, Class) {
        let cause = self.at(now).unwrap();
        (cause.kind, cause.class)
    }

    fn sentence(&self, now: i64) -> String {
        self.at(now).unwrap().sentence
    }
}

fn node(conditions: &Value) -> Value {
    json!({"kind": "Node", "metadata": {"name": "box-1"}, "status": {
        "conditions": conditions, "allocatable": {"cpu": "4", "memory": "8Gi"}}})
}

/// A scheduled pod with the container `main`, in this status.
fn pod(status: Value) -> Value {
    let mut status = status;
    status["name"] = json!("main");
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web-2-abcde", "namespace": "demo", "uid": "pod-1", "creationTimestamp": at(1),
            "ownerReferences": [{"uid": "set-2", "kind": "ReplicaSet", "name": "web-2"}]},
        "spec": {"nodeName": "box-1", "restartPolicy": "Always", "containers": [{"name": "main", "image": "shop/web:1"}]},
        "status": {"phase": "Pending", "conditions": [
            {"type": "PodScheduled", "status": "True", "lastTransitionTime": at(1)},
            {"type": "Ready", "status": "False", "lastTransitionTime": at(1)},
        ], "containerStatuses": [status]},
    })
}

/// A pod that the scheduler found no node for.
fn unplaced(message: &str) -> Stage {
    let mut stage = Stage::new();
    let mut pod = pod(json!({}));
    pod["spec"].as_object_mut().unwrap().remove("nodeName");
    pod["status"] = json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False",
        "reason": "Unschedulable", "message": message, "lastTransitionTime": at(1)}]});
    stage.pods = vec![pod];
    stage
}

/// A pod in a crash loop.
fn crashed(restarts: i64, end: Value) -> Stage {
    let mut end = end;
    end["finishedAt"] = json!(at(20));
    Stage::container(
        json!({"restartCount": restarts, "lastState": {"terminated": end}, "state": {"waiting": {
        "reason": "CrashLoopBackOff", "message": "back-off 20s restarting failed container=main pod=web-2-abcde_demo(pod-1)"}}}),
    )
}
