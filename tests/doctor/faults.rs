//! Faults as they show on the wire.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::rig::{Exchange, Side};

/// A fault: the check that must name it, and what it does to answers.
pub struct Injected {
    pub id: &'static str,
    pub does: super::rig::Change,
    /// What it cannot be told apart from, or hides: pairs with these are left out.
    pub group: &'static str,
}

const fn fault(id: &'static str, group: &'static str, does: super::rig::Change) -> Injected {
    Injected { id, does, group }
}

#[expect(clippy::disallowed_methods, reason = "a fault is dated now")]
fn ago(seconds: i64) -> String {
    (Timestamp::now() - SignedDuration::from_secs(seconds)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn api(exchange: &Exchange) -> bool {
    exchange.side == Side::Api
}

fn cluster(exchange: &Exchange, end: &str) -> bool {
    exchange.side == Side::Cluster && exchange.path.ends_with(end)
}

/// The rows of clients in an answer, be it a list or one.
fn rows(exchange: &mut Exchange, change: impl Fn(&mut Value)) {
    if !api(exchange) || !exchange.path.starts_with("/edge-device/") {
        return;
    }
    if let Some(rows) = exchange.body.get_mut("results").and_then(Value::as_array_mut) {
        rows.iter_mut().filter(|row| row["cluster_id"].is_string()).for_each(change);
    } else if exchange.body.get("cluster_id").is_some() {
        change(&mut exchange.body);
    }
}

fn node(exchange: &mut Exchange, kind: &str, status: &str) {
    for node in exchange.items("/api/v1/nodes").into_iter().flatten() {
        for condition in node["status"]["conditions"].as_array_mut().unwrap() {
            if condition["type"] == kind {
                condition["status"] = json!(status);
            }
        }
    }
}

fn is_manager(object: &Value) -> bool {
    object["metadata"]["name"].as_str().is_some_and(|name| name.contains("jobs-manager"))
}

/// The jobs manager's pods.
fn managers(exchange: &mut Exchange, change: impl Fn(&mut Value)) {
    exchange.items("/pods").into_iter().flatten().filter(|pod| is_manager(pod)).for_each(change);
}

fn containers(exchange: &mut Exchange, change: impl Fn(&mut Value)) {
    managers(exchange, |pod| {
        pod["status"]["containerStatuses"].as_array_mut().unwrap().iter_mut().for_each(&change);
    });
}

/// The jobs manager's Deployment is not ready.
fn unready(exchange: &mut Exchange) {
    let all = exchange.items("/deployments");
    for object in all.into_iter().flatten().filter(|object| is_manager(object)) {
        object["status"]["readyReplicas"] = json!(0);
        object["status"]["availableReplicas"] = json!(0);
        object["status"]["unavailableReplicas"] = json!(1);
        object["status"]["conditions"] = json!([{
            "type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable", "lastTransitionTime": ago(400),
        }]);
    }
}

fn secret(exchange: &mut Exchange, change: impl Fn(&mut Value)) {
    if exchange.method == "GET" && cluster(exchange, "-secrets") && exchange.status == 200 {
        change(&mut exchange.body);
    } else {
        exchange
            .items("/secrets")
            .into_iter()
            .flatten()
            .filter(|one| one["data"]["CLIENT_ID"].is_string())
            .for_each(change);
    }
}

fn found(exchange: &mut Exchange, end: &str, object: Value) {
    if exchange.method == "GET"
        && exchange.side == Side::Cluster
        && exchange.path.contains(end)
        && exchange.status == 404
    {
        exchange.status = 200;
        exchange.body = object;
    }
}

/// All of them.
pub const ALL: &[Injected] = &[
    // The control plane.
    fault("N06", "api", |exchange| {
        if api(exchange) {
            exchange.status = 200;
            exchange.page = Some("<html><title>Hotel Wi-Fi: please sign in</title></html>".into());
        }
    }),
    fault("N06", "api", |exchange| {
        if api(exchange) {
            exchange.fail(503, "upstream is away");
        }
    }),
    fault("A06", "api", |exchange| {
        if api(exchange) {
            exchange.status = 426;
            exchange.body = json!({"error": "upgrade_required", "min_version": "9.9.9"});
        }
    }),
    fault("M01", "clock", |exchange| exchange.skew = -3600),
    fault("A03", "session", |exchange| {
        if api(exchange) && exchange.signed_in {
            exchange.fail(401, "Invalid token.");
        }
    }),
    fault("A05", "session", |exchange| {
        if api(exchange) && exchange.path == "/edge-device/" {
            exchange.fail(403, "You do not have permission to perform this action.");
        }
    }),
    fault("A09", "person", |exchange| {
        if api(exchange) && exchange.path == "/userinfo/" && exchange.status == 200 {
            exchange.body["account_id"] = json!(9);
            exchange.body["email"] = json!("eve@other.example");
        }
    }),
    fault("V01", "row", |exchange| {
        if api(exchange)
            && let Some(rows) = exchange.body.get_mut("results").and_then(Value::as_array_mut)
        {
            for row in rows {
                row["username"] = json!("00000000-0000-4000-8000-000000000000");
            }
        }
    }),
    fault("V02", "row", |exchange| {
        rows(exchange, |row| row["is_decommissioned"] = json!(true));
        if api(exchange) && exchange.path == "/api-token-auth/" {
            exchange.fail(401, "User inactive or deleted.");
        }
    }),
    fault("V03", "row", |exchange| {
        rows(exchange, |row| {
            row["status"] = json!(0);
            row["last_info_update"] = json!(ago(7200));
        });
    }),
    fault("V06", "row", |exchange| {
        rows(exchange, |row| row["cluster_id"] = json!("b0000000-0000-4a5b-8c9d-0123456789ab"));
    }),
    fault("W12", "credential", |exchange| {
        if api(exchange) && exchange.path == "/api-token-auth/" {
            exchange.fail(400, "Unable to log in with provided credentials.");
        }
    }),
    // The cluster.
    fault("C07", "cluster", |exchange| {
        if exchange.side == Side::Cluster {
            exchange.fail(401, "Unauthorized");
        }
    }),
    fault("C07", "cluster", |exchange| {
        if exchange.side == Side::Cluster {
            exchange.fail(503, "etcd is not ready");
        }
    }),
    fault("C09", "rights", |exchange| {
        if cluster(exchange, "selfsubjectaccessreviews") {
            exchange.body["status"]["allowed"] = json!(false);
        }
    }),
    fault("C10", "id", |exchange| {
        if cluster(exchange, "/namespaces/kube-system") {
            exchange.fail(403, "namespaces \"kube-system\" is forbidden");
        }
    }),
    fault("C11", "releases", |exchange| {
        if exchange.path == "/apis/apps/v1/deployments"
            && let Some(all) = exchange.items("/deployments")
        {
            let mut more = all.clone();
            for object in &mut more {
                object["metadata"]["namespace"] = json!("old");
            }
            all.extend(more);
        }
    }),
    fault("C14", "record", |exchange| {
        found(
            exchange,
            "/secrets/landfall-claim-",
            json!({
                "apiVersion": "v1", "kind": "Secret",
                "metadata": {"name": "landfall-claim-x", "namespace": "kube-system", "uid": "u", "creationTimestamp": ago(90_000),
                    "annotations": {"landfall/state": "intended"}},
                "data": {"password": "Y2FuYXJ5LWNhbmFyeQ=="},
            }),
        );
    }),
    fault("C15", "lease", |exchange| {
        if cluster(exchange, "/leases/landfall-enroll") {
            exchange.status = 200;
            exchange.body = json!({
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": {"name": "landfall-enroll", "namespace": "kube-system", "annotations": {"landfall/who": "eve on other"}},
                "spec": {"holderIdentity": "other/9/9", "renewTime": ago(1), "leaseDurationSeconds": 15},
            });
        }
    }),
    fault("C17", "node", |exchange| node(exchange, "Ready", "Unknown")),
    fault("C18", "node", |exchange| node(exchange, "DiskPressure", "True")),
    fault("C22", "kubelet", |exchange| {
        for node in exchange.items("/api/v1/nodes").into_iter().flatten() {
            node["status"]["nodeInfo"]["kubeletVersion"] = json!("v1.26.0");
        }
    }),
    // What is installed.
    fault("W01", "missing", |exchange| {
        if let Some(all) = exchange.items("/daemonsets") {
            all.clear();
        }
    }),
    fault("W05", "pods", |exchange| {
        unready(exchange);
        containers(exchange, |container| {
            container["ready"] = json!(false);
            container["started"] = json!(false);
            container["state"] =
                json!({"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}});
        });
    }),
    fault("W04", "pods", |exchange| {
        unready(exchange);
        containers(exchange, |container| {
            container["ready"] = json!(false);
            container["restartCount"] = json!(2);
            container["state"] =
                json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 20s"}});
            container["lastState"] = json!({"terminated": {"reason": "OOMKilled", "exitCode": 137, "startedAt": ago(60), "finishedAt": ago(30)}});
        });
    }),
    fault("W03", "pods", |exchange| {
        containers(exchange, |container| {
            container["restartCount"] = json!(5);
            container["lastState"] = json!({"terminated": {"reason": "Error", "exitCode": 1, "startedAt": ago(900), "finishedAt": ago(600)}});
        });
    }),
    fault("W15", "pods", |exchange| {
        unready(exchange);
        managers(exchange, |pod| {
            pod["status"] = json!({"phase": "Pending", "conditions": [{
                "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "lastTransitionTime": ago(300),
                "message": "0/1 nodes are available: 1 Insufficient memory.",
            }], "containerStatuses": []});
        });
    }),
    fault("W07", "volumes", |exchange| {
        for claim in exchange.items("/persistentvolumeclaims").into_iter().flatten() {
            claim["status"]["phase"] = json!("Lost");
        }
    }),
    fault("W08", "secret", |exchange| {
        secret(exchange, |secret| {
            secret["data"].as_object_mut().unwrap().remove("CLIENT_PASSWORD");
        });
    }),
    fault("W11", "copy", |exchange| {
        secret(exchange, |secret| {
            secret["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] =
                json!("{}");
        });
    }),
    fault("W10", "readers", |exchange| {
        if let Some(all) = exchange.items("/clusterrolebindings") {
            all.push(json!({
                "metadata": {"name": "oops"}, "roleRef": {"kind": "ClusterRole", "name": "readers"},
                "subjects": [{"kind": "Group", "name": "system:authenticated"}],
            }));
        }
        if let Some(all) = exchange.items("/clusterroles") {
            all.push(json!({
                "metadata": {"name": "readers"},
                "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}],
            }));
        }
    }),
    fault("W13", "log", |exchange| {
        if exchange.side == Side::Cluster && exchange.path.ends_with("/log") {
            exchange.status = 200;
            exchange.body = Value::Null;
            exchange.page = Some(
                "signing in\nauthentication failed: the control plane rejected the client credential\n"
                    .into(),
            );
        }
    }),
    fault("W17", "scale", |exchange| {
        let namespaced = exchange.path.contains("/namespaces/");
        let all = exchange.items("/deployments").filter(|_| namespaced);
        for object in all.into_iter().flatten().filter(|object| !is_manager(object)).take(1) {
            object["spec"]["replicas"] = json!(0);
            object["status"] = json!({"observedGeneration": object["metadata"]["generation"]});
        }
    }),
];
