//! The objects of a small release as an API server would send them, made for a story.

use jiff::{SignedDuration, Timestamp};
use landfall::cluster::watch::{Expected, Lean, News, kind_called};
use serde_json::{Value, json};

use super::start;

/// A moment as Kubernetes writes it: in whole seconds, cut off.
pub fn at(seconds: f64) -> Timestamp {
    start() + SignedDuration::try_from_secs_f64(seconds.floor()).unwrap()
}

pub fn news(plural: &str, object: Value) -> News {
    News::Changed(kind_called(plural).unwrap(), Lean(object))
}

/// A Deployment of one pod with its ReplicaSet.
pub struct Workload(pub &'static str);

impl Workload {
    pub fn expected(&self) -> Expected {
        Expected {
            kind: "Deployment",
            namespace: "box".into(),
            name: self.0.to_owned(),
            uid: self.0.to_owned(),
            generation: 1,
        }
    }

    pub fn pod_uid(&self) -> String {
        format!("{}-1-a", self.0)
    }

    pub fn set_uid(&self) -> String {
        format!("{}-1", self.0)
    }

    /// The Deployment and its ReplicaSet; `since` is when it became available.
    pub fn deployment(&self, since: Option<f64>) -> Vec<News> {
        let (name, ready) = (self.0, u8::from(since.is_some()));
        let available = json!({"type": "Available", "status": if ready == 1 { "True" } else { "False" },
            "lastTransitionTime": at(since.unwrap_or(0.0))});
        let progressing = json!({"type": "Progressing", "status": "True", "lastUpdateTime": at(0.0),
            "reason": if ready == 1 { "NewReplicaSetAvailable" } else { "ReplicaSetUpdated" }});
        let revision = json!({"deployment.kubernetes.io/revision": "1"});
        vec![
            news(
                "deployments",
                json!({
                    "apiVersion": "apps/v1", "kind": "Deployment",
                    "metadata": {"name": name, "namespace": "box", "uid": name, "generation": 1,
                        "creationTimestamp": at(0.0), "annotations": revision},
                    "spec": {"replicas": 1, "progressDeadlineSeconds": 600},
                    "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1,
                        "readyReplicas": ready, "availableReplicas": ready, "conditions": [available, progressing]},
                }),
            ),
            news(
                "replicasets",
                json!({
                    "apiVersion": "apps/v1", "kind": "ReplicaSet",
                    "metadata": {"name": self.set_uid(), "uid": self.set_uid(), "annotations": revision,
                        "ownerReferences": [{"kind": "Deployment", "name": name, "uid": name}]},
                    "spec": {"replicas": 1}, "status": {"replicas": 1},
                }),
            ),
        ]
    }

    /// The pod with these conditions and this status of its container; none: it is on no node.
    pub fn pod(&self, scheduled: &Value, container: Option<&Value>, claim: Option<&str>) -> News {
        let running = container.is_some_and(|status| status["ready"] == json!(true));
        let ready = json!({"type": "Ready", "status": if running { "True" } else { "False" }});
        let container = container.map(|status| {
            let mut status = status.clone();
            status["name"] = json!("main");
            status
        });
        let volumes: Vec<Value> = claim
            .iter()
            .map(|claim| json!({"name": "data", "persistentVolumeClaim": {"claimName": claim}}))
            .collect();
        news(
            "pods",
            json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": self.pod_uid(), "namespace": "box", "uid": self.pod_uid(),
                    "creationTimestamp": at(0.0),
                    "ownerReferences": [{"kind": "ReplicaSet", "name": self.set_uid(), "uid": self.set_uid()}]},
                "spec": {"nodeName": container.is_some().then_some("node-1"), "restartPolicy": "Always",
                    "volumes": volumes,
                    "containers": [{"name": "main", "image": "shop/web:1", "readinessProbe": {"tcpSocket": {"port": 80}}}]},
                "status": {"phase": if running { "Running" } else { "Pending" }, "conditions": [scheduled, ready],
                    "containerStatuses": container.into_iter().collect::<Vec<_>>()},
            }),
        )
    }

    /// The pod on its node.
    pub fn placed(&self, container: &Value) -> News {
        let scheduled = json!({"type": "PodScheduled", "status": "True", "lastTransitionTime": at(1.0)});
        self.pod(&scheduled, Some(container), None)
    }

    /// All is well since that moment.
    pub fn up(&self, since: f64, restarts: u32) -> Vec<News> {
        let running = json!({"ready": true, "started": true, "restartCount": restarts,
            "state": {"running": {"startedAt": at(since)}}});
        let mut all = self.deployment(Some(since));
        all.push(self.placed(&running));
        all
    }
}

/// An event that began at `first` and was last seen at `last`.
pub fn event(of: &str, reason: &str, message: &str, first: f64, last: f64, count: u32) -> News {
    news(
        "events",
        json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"name": format!("{of}.{reason}"), "uid": format!("{of}.{reason}"), "creationTimestamp": at(first)},
            "involvedObject": {"uid": of, "name": of}, "reason": reason, "message": message,
            "firstTimestamp": at(first), "lastTimestamp": at(last), "count": count,
        }),
    )
}
