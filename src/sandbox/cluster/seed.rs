//! What a fresh cluster holds.

use super::api::Api;
use super::kinds;
use super::kubelet::{NODE_ADDRESS, image};
use super::object::{digest, new_uid, set};
use crate::sandbox::scenario::Node;
use serde_json::{Value, json};

/// The images that the node has from the start.
const IMAGES: &[&str] = &[
    "docker.io/rancher/mirrored-pause:3.6",
    "docker.io/rancher/local-path-provisioner:v0.0.32",
    "docker.io/rancher/mirrored-coredns-coredns:1.12.3",
    "docker.io/library/busybox:1.35",
];

/// Fills an empty cluster: namespaces, nodes, a storage class, the administrator's role.
pub fn plant(api: &Api, kube_system_uid: Option<&str>) {
    let plant = |kind: &'static kinds::Kind, namespace: &str, object: Value| {
        // The store is empty and the objects are sound: creating them cannot fail.
        let _ = api.create(kind, namespace, object, "sandbox");
    };
    for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
        plant(&kinds::NAMESPACES, "", json!({"metadata": {"name": name}}));
    }
    if let Some(uid) = kube_system_uid {
        api.mutate(&kinds::NAMESPACES, "", "kube-system", |object| set(object, &["metadata", "uid"], uid));
    }
    if api.shape.nodes.is_empty() {
        plant(&kinds::NODES, "", node(api, &api.node, &Node::default(), 0));
    }
    for (n, shape) in api.shape.nodes.iter().enumerate() {
        let own = match shape.name.as_str() {
            "" if n == 0 => api.node.clone(),
            "" => format!("{}-{}", api.node, n + 1),
            name => name.to_owned(),
        };
        plant(&kinds::NODES, "", node(api, &own, shape, n));
    }
    plant(
        &kinds::STORAGECLASSES,
        "",
        json!({
            "metadata": {
                "name": "local-path", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
            "provisioner": "rancher.io/local-path", "reclaimPolicy": "Delete",
            "volumeBindingMode": "WaitForFirstConsumer",
        }),
    );
    let everything = json!([
        {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
        {"nonResourceURLs": ["*"], "verbs": ["*"]},
    ]);
    plant(&kinds::CLUSTERROLES, "", json!({"metadata": {"name": "cluster-admin"}, "rules": everything}));
    plant(
        &kinds::CLUSTERROLEBINDINGS,
        "",
        json!({
            "metadata": {"name": "cluster-admin"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:masters"}],
        }),
    );
    for (name, value) in [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)]
    {
        plant(&kinds::PRIORITYCLASSES, "", json!({"metadata": {"name": name}, "value": value}));
    }
    plant(
        &kinds::SERVICES,
        "default",
        json!({
            "metadata": {"name": "kubernetes", "labels": {"component": "apiserver", "provider": "kubernetes"}},
            "spec": {"clusterIP": "10.43.0.1", "ports": [{"name": "https", "port": 443, "targetPort": 6443}]},
        }),
    );
}

fn node(api: &Api, name: &str, shape: &Node, number: usize) -> Value {
    let stamp = api.clock.stamp();
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let room = json!({
        "cpu": shape.cpu, "memory": shape.memory, "ephemeral-storage": "100Gi", "pods": shape.pods.to_string(),
    });
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({
            "type": kind, "status": status, "lastHeartbeatTime": stamp, "lastTransitionTime": stamp,
            "reason": reason, "message": message,
        })
    };
    let network = format!("10.42.{number}.0/24");
    let address =
        if number == 0 { NODE_ADDRESS.to_owned() } else { format!("192.0.2.{}", 10 + number % 240) };
    let images: Vec<_> = IMAGES.iter().map(|name| image::listed(name)).collect();
    let mut out = json!({
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name, "kubernetes.io/arch": arch, "kubernetes.io/os": "linux",
                "beta.kubernetes.io/arch": arch, "beta.kubernetes.io/os": "linux",
                "node-role.kubernetes.io/control-plane": "true",
            },
            "annotations": {"node.alpha.kubernetes.io/ttl": "0"},
        },
        "spec": {"podCIDR": network, "podCIDRs": [network]},
        "status": {
            "capacity": room, "allocatable": room, "images": images,
            "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
            "conditions": [
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
            ],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {
                "machineID": digest(&new_uid()).get(..32), "systemUUID": new_uid(), "bootID": new_uid(),
                "kernelVersion": "6.12.0-sandbox", "osImage": "landfall sandbox",
                "containerRuntimeVersion": "containerd://2.1.4", "kubeletVersion": "v1.34.2+sandbox",
                "kubeProxyVersion": "", "operatingSystem": "linux", "architecture": arch,
            },
        },
    });
    for (key, value) in &shape.labels {
        set(&mut out, &["metadata", "labels", key], value.as_str());
    }
    let taints: Vec<_> = shape
        .taints
        .iter()
        .map(|taint| {
            let (pair, effect) = taint.rsplit_once(':').unwrap_or((taint, "NoSchedule"));
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            json!({"key": key, "value": value, "effect": effect})
        })
        .collect();
    if !taints.is_empty() {
        set(&mut out, &["spec", "taints"], taints);
    }
    if shape.unschedulable {
        set(&mut out, &["spec", "unschedulable"], true);
    }
    out
}
