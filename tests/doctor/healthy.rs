//! What is different from machine to machine and no fault.

use serde_json::{Value, json};

use super::rig::{Change, Exchange, Side};

fn rows(exchange: &mut Exchange) -> Option<&mut Vec<Value>> {
    (exchange.side == Side::Api).then(|| exchange.body.get_mut("results")?.as_array_mut()).flatten()
}

/// All of them; any of them together is still well.
pub const ALL: &[Change] = &[
    |exchange| exchange.skew = 12,
    |exchange| exchange.skew = -20,
    // Another version, and nodes that are a little behind.
    |exchange| {
        for node in exchange.items("/api/v1/nodes").into_iter().flatten() {
            node["status"]["nodeInfo"]["kubeletVersion"] = json!("v1.32.4+k3s1");
        }
    },
    // A second node, larger.
    |exchange| {
        if let Some(nodes) = exchange.items("/api/v1/nodes")
            && nodes.len() == 1
        {
            let mut more = nodes[0].clone();
            more["metadata"]["name"] = json!("node-2");
            more["metadata"]["uid"] = json!("11111111-0000-4000-8000-000000000000");
            more["status"]["allocatable"]["memory"] = json!("64Gi");
            nodes.push(more);
        }
    },
    // Restarts of last week.
    |exchange| {
        for pod in exchange.items("/pods").into_iter().flatten() {
            for container in pod["status"]["containerStatuses"].as_array_mut().into_iter().flatten() {
                container["restartCount"] = json!(9);
                container["lastState"] = json!({"terminated": {"reason": "Error", "exitCode": 1, "finishedAt": "2026-01-01T00:00:00Z"}});
            }
        }
    },
    // A job of the machine's own that ended.
    |exchange| {
        if let Some(pods) = exchange.items("/pods") {
            pods.push(json!({
                "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "training-1", "uid": "t-1"},
                "spec": {"containers": [{"name": "a", "image": "x:1"}]},
                "status": {"phase": "Succeeded", "containerStatuses": [
                    {"name": "a", "ready": false, "restartCount": 0, "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}]},
            }));
        }
    },
    // A warning in an old event.
    |exchange| {
        if let Some(events) = exchange.items("/events") {
            events.push(json!({
                "metadata": {"name": "old"}, "type": "Warning", "reason": "FailedScheduling", "message": "0/1 nodes are available",
                "involvedObject": {"name": "gone", "kind": "Pod"}, "lastTimestamp": "2026-01-01T00:00:00Z",
            }));
        }
    },
    // A location that was not set.
    |exchange| {
        if let Some(rows) = rows(exchange) {
            rows.iter_mut().for_each(|row| row["location"] = json!(""));
        }
    },
    // Renamed.
    |exchange| {
        if let Some(rows) = rows(exchange) {
            rows.iter_mut().for_each(|row| row["first_name"] = json!("Another name, Ltd."));
        }
    },
    // Members that nobody here knows.
    |exchange| {
        if let Some(rows) = rows(exchange) {
            rows.iter_mut().for_each(|row| row["mood"] = json!({"is": "fine"}));
        }
    },
    // Roles of others, and bindings that give nothing of ours.
    |exchange| {
        if let Some(all) = exchange.items("/clusterrolebindings") {
            all.push(
                json!({"metadata": {"name": "viewers"}, "roleRef": {"kind": "ClusterRole", "name": "view"},
                "subjects": [{"kind": "Group", "name": "system:authenticated"}]}),
            );
        }
        if let Some(all) = exchange.items("/clusterroles") {
            all.push(json!({"metadata": {"name": "view"}, "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}));
        }
    },
    // A Lease that a run left behind long ago.
    |exchange| {
        if exchange.side == Side::Cluster && exchange.path.ends_with("/leases/landfall-enroll") {
            exchange.status = 200;
            exchange.body = json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": {"name": "landfall-enroll", "namespace": "kube-system"},
                "spec": {"holderIdentity": "other/9/9", "renewTime": "2026-01-01T00:00:00.000000Z"}});
        }
    },
    // Words in a log that were overcome.
    |exchange| {
        if exchange.side == Side::Cluster && exchange.path.ends_with("/log") {
            exchange.body = Value::Null;
            exchange.page = Some(
                "authentication failed: connection reset\nsigned in, listening\nheartbeat sent\n".into(),
            );
        }
    },
    // Other people's deployments in the same cluster.
    |exchange| {
        if exchange.path == "/apis/apps/v1/deployments"
            && let Some(all) = exchange.items("/deployments")
        {
            all.push(json!({"apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {"name": "web", "namespace": "shop", "uid": "s-1"}, "spec": {}, "status": {}}));
        }
    },
];
