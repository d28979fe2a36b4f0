//! What a fresh cluster holds.

use super::api::Api;
use super::kinds;
use super::kubelet::{NODE_ADDRESS, image};
use super::object::{digest, new_uid, set};
use serde_json::{Value, json};

/// The images that the node has from the start.
const IMAGES: &[&str] = &[
    "docker.io/rancher/mirrored-pause:3.6",
    "docker.io/rancher/local-path-provisioner:v0.0.32",
    "docker.io/rancher/mirrored-coredns-coredns:1.12.3",
    "docker.io/library/busybox:1.35",
];

/// Fills an empty cluster: namespaces, one node, a storage class, the administrator's role.
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
    plant(&kinds::NODES, "", node(api));
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

fn node(api: &Api) -> Value {
    let name = &api.node;
    let stamp = api.clock.stamp();
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let room = json!({"cpu": "8", "memory": "32Gi", "ephemeral-storage": "100Gi", "pods": "110"});
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({
            "type": kind, "status": status, "lastHeartbeatTime": stamp, "lastTransitionTime": stamp,
            "reason": reason, "message": message,
        })
    };
    let images: Vec<_> = IMAGES.iter().map(|name| image::listed(name)).collect();
    json!({
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name, "kubernetes.io/arch": arch, "kubernetes.io/os": "linux",
                "beta.kubernetes.io/arch": arch, "beta.kubernetes.io/os": "linux",
                "node-role.kubernetes.io/control-plane": "true",
            },
            "annotations": {"node.alpha.kubernetes.io/ttl": "0"},
        },
        "spec": {"podCIDR": "10.42.0.0/24", "podCIDRs": ["10.42.0.0/24"]},
        "status": {
            "capacity": room, "allocatable": room, "images": images,
            "addresses": [{"type": "InternalIP", "address": NODE_ADDRESS}, {"type": "Hostname", "address": name}],
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
    })
}
