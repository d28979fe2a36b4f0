//! What the API server adds to an object on its way in: defaults, and the checks of admission plugins.

use super::kinds::{self, Kind};
use super::object::{at, entry, list, list_mut, name, namespace, remove, set, set_default, text};
use super::registry::Write;
use super::status::ApiError;
use super::store::{Key, Store};
use crate::sandbox::base64;
use crate::sandbox::scenario::Rollout;
use serde_json::{Value, json};

mod batch;
mod pod;
mod quota;

/// The annotation that marks the default storage class.
const DEFAULT_CLASS: &str = "storageclass.kubernetes.io/is-default-class";

/// Checks what only makes sense together with other objects, before an object is created.
pub fn admit(store: &Store, kind: &'static Kind, object: &mut Value, write: &Write) -> Result<(), ApiError> {
    match kind.name {
        "Pod" => admit_pod(store, object, write),
        "PersistentVolumeClaim" if at(object, &["spec", "storageClassName"]).is_null() => {
            let classes = store.list(&kinds::STORAGECLASSES, None);
            let default = classes
                .iter()
                .find(|class| text(class, &["metadata", "annotations", DEFAULT_CLASS]) == "true");
            if let Some(class) = default {
                set(object, &["spec", "storageClassName"], name(class));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn admit_pod(store: &Store, object: &mut Value, write: &Write) -> Result<(), ApiError> {
    set_default(object, &["spec", "serviceAccountName"], "default");
    let (ns, pod) = (namespace(object).to_owned(), name(object).to_owned());
    let account = text(object, &["spec", "serviceAccountName"]);
    if store.get(&Key::new(&kinds::SERVICEACCOUNTS, &ns, account)).is_none() {
        let why = format!(
            "error looking up service account {ns}/{account}: serviceaccount \"{account}\" not found"
        );
        return Err(ApiError::forbidden(&kinds::PODS, &pod, &why));
    }
    // The fault script's part is written into the pod, so that what its object asks for and what the
    // scheduler says of it agree.
    if write.rollout == Rollout::Unschedulable && super::program::is_jobs_manager(object) {
        for container in list_mut(object, &["spec", "containers"]) {
            if container["name"] == super::program::JOBS_MANAGER_CONTAINER {
                set(container, &["resources", "requests"], json!({"cpu": "64", "memory": "512Gi"}));
                remove(container, &["resources", "limits"]);
            }
        }
    }
    quota::limit(store, &ns, &pod, object)?;
    quota::admit(store, &ns, &pod, object)
}

/// Fills in what the object leaves open. `before` is the object as it was, unless it is new.
pub fn default(store: &Store, kind: &'static Kind, before: Option<&Value>, object: &mut Value) {
    let new = before.is_none();
    match kind.name {
        "Namespace" => {
            let own = name(object).to_owned();
            set(object, &["metadata", "labels", "kubernetes.io/metadata.name"], own);
            set_default(object, &["spec", "finalizers"], json!(["kubernetes"]));
            set_default(object, &["status", "phase"], "Active");
        }
        "Secret" => {
            set_default(object, &["type"], "Opaque");
            if let Some(Value::Object(plain)) = remove(object, &["stringData"]) {
                for (key, value) in plain {
                    let bytes = value.as_str().unwrap_or("").as_bytes();
                    entry(object, &["data"]).insert(key, base64::encode(bytes).into());
                }
            }
        }
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" => workload(kind, new, object),
        "Pod" => pod::of_pod(new, object),
        "Service" => service(store, before, object),
        "PersistentVolumeClaim" => {
            set_default(object, &["spec", "volumeMode"], "Filesystem");
            if new {
                protect(object, "kubernetes.io/pvc-protection");
                set(object, &["status"], json!({"phase": "Pending"}));
            }
        }
        "PersistentVolume" => {
            set_default(object, &["spec", "volumeMode"], "Filesystem");
            set_default(object, &["spec", "persistentVolumeReclaimPolicy"], "Retain");
            if new {
                protect(object, "kubernetes.io/pv-protection");
                set(object, &["status"], json!({"phase": "Available"}));
            }
        }
        "StorageClass" => {
            set_default(object, &["reclaimPolicy"], "Delete");
            set_default(object, &["volumeBindingMode"], "Immediate");
        }
        "Job" => batch::job(new, object),
        "CronJob" => batch::cron_job(new, object),
        "ResourceQuota" if new => {
            let hard = at(object, &["spec", "hard"]).clone();
            set(object, &["status"], json!({"hard": hard, "used": {}}));
        }
        "PodDisruptionBudget" | "Ingress" if new => set(object, &["status"], json!({})),
        _ => {}
    }
}

fn protect(object: &mut Value, finalizer: &str) {
    let finalizers = list_mut(object, &["metadata", "finalizers"]);
    if !finalizers.iter().any(|f| f == finalizer) {
        finalizers.push(json!(finalizer));
    }
}

fn workload(kind: &Kind, new: bool, object: &mut Value) {
    let defaults: &[(&[&str], Value)] = match kind.name {
        "Deployment" => &[
            (&["spec", "strategy", "type"], json!("RollingUpdate")),
            (&["spec", "revisionHistoryLimit"], json!(10)),
            (&["spec", "progressDeadlineSeconds"], json!(600)),
        ],
        "DaemonSet" => &[
            (&["spec", "updateStrategy", "type"], json!("RollingUpdate")),
            (&["spec", "revisionHistoryLimit"], json!(10)),
        ],
        "StatefulSet" => &[
            (&["spec", "updateStrategy", "type"], json!("RollingUpdate")),
            (&["spec", "podManagementPolicy"], json!("OrderedReady")),
            (&["spec", "revisionHistoryLimit"], json!(10)),
        ],
        _ => &[],
    };
    for (path, value) in defaults {
        set_default(object, path, value.clone());
    }
    if kind.name != "DaemonSet" {
        set_default(object, &["spec", "replicas"], 1);
    }
    let rolling = |strategy: &str| text(object, &["spec", strategy, "type"]) == "RollingUpdate";
    if kind.name == "Deployment" && rolling("strategy") {
        set_default(object, &["spec", "strategy", "rollingUpdate", "maxUnavailable"], "25%");
        set_default(object, &["spec", "strategy", "rollingUpdate", "maxSurge"], "25%");
    } else if kind.name == "Deployment" {
        remove(object, &["spec", "strategy", "rollingUpdate"]);
    } else if kind.name == "DaemonSet" && rolling("updateStrategy") {
        set_default(object, &["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"], 1);
        set_default(object, &["spec", "updateStrategy", "rollingUpdate", "maxSurge"], 0);
    }
    pod::of_template(object);
    if new {
        let status = match kind.name {
            "DaemonSet" => json!({"currentNumberScheduled": 0, "numberMisscheduled": 0,
                "desiredNumberScheduled": 0, "numberReady": 0}),
            "ReplicaSet" => json!({"replicas": 0}),
            "StatefulSet" => json!({"replicas": 0, "availableReplicas": 0}),
            _ => json!({}),
        };
        set(object, &["status"], status);
        if kind.name == "DaemonSet" {
            set(object, &["metadata", "annotations", "deprecated.daemonset.template.generation"], "1");
        }
    }
}

fn service(store: &Store, before: Option<&Value>, object: &mut Value) {
    set_default(object, &["spec", "type"], "ClusterIP");
    set_default(object, &["spec", "sessionAffinity"], "None");
    set_default(object, &["status"], json!({"loadBalancer": {}}));
    for port in list_mut(object, &["spec", "ports"]) {
        set_default(port, &["protocol"], "TCP");
        let number = port["port"].clone();
        set_default(port, &["targetPort"], number);
    }
    if text(object, &["spec", "type"]) == "ExternalName" {
        return;
    }
    set_default(object, &["spec", "internalTrafficPolicy"], "Cluster");
    set_default(object, &["spec", "ipFamilies"], json!(["IPv4"]));
    set_default(object, &["spec", "ipFamilyPolicy"], "SingleStack");
    let kept = before.map_or(Value::Null, |before| before["spec"]["clusterIP"].clone());
    if text(object, &["spec", "clusterIP"]).is_empty() {
        let address = if kept.is_null() { json!(free_address(store)) } else { kept };
        set(object, &["spec", "clusterIP"], address);
    }
    let address = object["spec"]["clusterIP"].clone();
    set_default(object, &["spec", "clusterIPs"], json!([address]));
}

/// The first address of the service network (10.43.0.0/16, as k3s has it) that no Service holds.
fn free_address(store: &Store) -> String {
    let taken = store.list(&kinds::SERVICES, None);
    (2..60_000_u32)
        .map(|n| format!("10.43.{}.{}", n / 256, n % 256))
        .find(|address| {
            !taken.iter().any(|s| list(s, &["spec", "clusterIPs"]).iter().any(|ip| ip == address))
        })
        .unwrap_or_default()
}
