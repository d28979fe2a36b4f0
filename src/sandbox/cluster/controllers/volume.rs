//! Volume claims: bound to a volume that is there, or to one made for them, when their time comes.

use crate::sandbox::cluster::api::Api;
use crate::sandbox::cluster::events::{Source, Tone, record};
use crate::sandbox::cluster::kinds;
use crate::sandbox::cluster::object::{at, is_deleting, list, list_mut, name, namespace, set, text, uid};
use crate::sandbox::cluster::quantity::thousandths;
use crate::sandbox::cluster::scheduler::SELECTED_NODE;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const NAME: &str = "persistentvolume-controller";
/// The provisioner of the sandbox's storage class: the one that k3s brings.
pub const PROVISIONER: &str = "rancher.io/local-path";
/// How often the controller repeats why a claim waits.
const REPEAT: Duration = Duration::from_secs(15);
/// How long making a volume takes.
const PROVISIONING: Duration = Duration::from_secs(1);

/// The volume controller. It remembers what it last said of each claim, and which volumes are being made.
#[derive(Default)]
pub struct Claims {
    said: HashMap<String, (&'static str, Instant)>,
    making: HashSet<String>,
}

impl Claims {
    /// Takes the next step for every claim and volume. Says when it wants to repeat itself.
    pub fn reconcile(&mut self, api: &Arc<Api>) -> Option<Instant> {
        let claims = api.list(&kinds::PERSISTENTVOLUMECLAIMS, None);
        self.said.retain(|known, _| claims.iter().any(|claim| uid(claim) == known));
        self.making.retain(|known| claims.iter().any(|claim| uid(claim) == known));
        for claim in &claims {
            if is_deleting(claim) {
                release(api, claim);
            } else if claim["status"]["phase"] != "Bound" {
                self.pending(api, claim);
            } else {
                self.said.remove(uid(claim));
            }
        }
        reclaim(api, &claims);
        self.said.values().map(|(_, again)| *again).min()
    }

    fn pending(&mut self, api: &Arc<Api>, claim: &Value) {
        if let Some(volume) = api.list(&kinds::PERSISTENTVOLUMES, None).iter().find(|v| suits(v, claim)) {
            bind(api, claim, volume);
            return;
        }
        let class_name = text(claim, &["spec", "storageClassName"]);
        let class = api.get(&kinds::STORAGECLASSES, "", class_name);
        let unwanted = text(claim, &["metadata", "annotations", SELECTED_NODE]).is_empty();
        let (tone, reason, message) = match class {
            None if class_name.is_empty() => (
                Tone::Normal,
                "FailedBinding",
                "no persistent volumes available for this claim and no storage class is set".to_owned(),
            ),
            None => (
                Tone::Warning,
                "ProvisioningFailed",
                format!("storageclass.storage.k8s.io \"{class_name}\" not found"),
            ),
            Some(class) if class["volumeBindingMode"] == "WaitForFirstConsumer" && unwanted => (
                Tone::Normal,
                "WaitForFirstConsumer",
                "waiting for first consumer to be created before binding".to_owned(),
            ),
            Some(class) => {
                let provisioner = text(&class, &["provisioner"]);
                if provisioner == PROVISIONER && self.making.insert(uid(claim).to_owned()) {
                    api.spawn(make(Arc::clone(api), Value::clone(claim), Value::clone(&class)));
                }
                let message = format!(
                    "Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered."
                );
                (Tone::Normal, "ExternalProvisioning", message)
            }
        };
        let now = Instant::now();
        if self.said.get(uid(claim)).is_none_or(|(said, again)| *said != reason || now >= *again) {
            self.said.insert(uid(claim).to_owned(), (reason, now + api.clock.scaled(REPEAT)));
            record(
                api,
                Source::Controller(NAME),
                &kinds::PERSISTENTVOLUMECLAIMS,
                claim,
                tone,
                reason,
                &message,
            );
        }
    }
}

fn suits(volume: &Value, claim: &Value) -> bool {
    let reserved = at(volume, &["spec", "claimRef"]);
    let for_this = text(reserved, &["namespace"]) == namespace(claim)
        && text(reserved, &["name"]) == name(claim)
        && (reserved["uid"].is_null() || reserved["uid"] == uid(claim));
    let size = |object: &Value, path: &[&str]| thousandths(text(object, path)).unwrap_or(0);
    let modes = list(volume, &["spec", "accessModes"]);
    (reserved.is_null() || for_this)
        && volume["status"]["phase"] == "Available"
        && text(volume, &["spec", "storageClassName"]) == text(claim, &["spec", "storageClassName"])
        && size(volume, &["spec", "capacity", "storage"])
            >= size(claim, &["spec", "resources", "requests", "storage"])
        && list(claim, &["spec", "accessModes"]).iter().all(|mode| modes.contains(mode))
}

fn bind(api: &Api, claim: &Value, volume: &Value) {
    api.mutate(&kinds::PERSISTENTVOLUMES, "", name(volume), |object| {
        let claim_ref = json!({
            "kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": namespace(claim), "name": name(claim),
            "uid": uid(claim), "resourceVersion": claim["metadata"]["resourceVersion"],
        });
        set(object, &["spec", "claimRef"], claim_ref);
        set(object, &["status", "phase"], "Bound");
    });
    api.mutate(&kinds::PERSISTENTVOLUMECLAIMS, namespace(claim), name(claim), |object| {
        set(object, &["spec", "volumeName"], name(volume));
        for key in ["pv.kubernetes.io/bind-completed", "pv.kubernetes.io/bound-by-controller"] {
            set(object, &["metadata", "annotations", key], "yes");
        }
        let status = json!({
            "phase": "Bound", "accessModes": volume["spec"]["accessModes"], "capacity": volume["spec"]["capacity"],
        });
        set(object, &["status"], status);
    });
}

async fn make(api: Arc<Api>, claim: Value, class: Value) {
    let by = Source::Controller("rancher.io/local-path_local-path-provisioner");
    let tell = |reason: &str, message: &str| {
        record(&api, by, &kinds::PERSISTENTVOLUMECLAIMS, &claim, Tone::Normal, reason, message);
    };
    let whose = format!("{}/{}", namespace(&claim), name(&claim));
    tell("Provisioning", &format!("External provisioner is provisioning volume for claim \"{whose}\""));
    api.clock.sleep(PROVISIONING).await;
    let own = format!("pvc-{}", uid(&claim));
    let path = format!("/var/lib/rancher/k3s/storage/{own}_{}_{}", namespace(&claim), name(&claim));
    let on_node = json!({"key": "kubernetes.io/hostname", "operator": "In", "values": [api.node]});
    let volume = json!({
        "metadata": {"name": own, "annotations": {"pv.kubernetes.io/provisioned-by": PROVISIONER}},
        "spec": {
            "accessModes": claim["spec"]["accessModes"],
            "capacity": {"storage": at(&claim, &["spec", "resources", "requests", "storage"])},
            "hostPath": {"path": path, "type": "DirectoryOrCreate"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [on_node]}]}},
            "persistentVolumeReclaimPolicy": class["reclaimPolicy"],
            "storageClassName": name(&class), "volumeMode": "Filesystem",
            "claimRef": {
                "kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": namespace(&claim),
                "name": name(&claim), "uid": uid(&claim),
            },
        },
    });
    if api.create(&kinds::PERSISTENTVOLUMES, "", volume, "local-path-provisioner").is_ok() {
        tell("ProvisioningSucceeded", &format!("Successfully provisioned volume {own}"));
    }
}

/// Lets a deleted claim go once no pod uses it.
fn release(api: &Api, claim: &Value) {
    let used = api.list(&kinds::PODS, Some(namespace(claim))).iter().any(|pod| {
        let volumes = list(pod, &["spec", "volumes"]);
        volumes.iter().any(|volume| text(volume, &["persistentVolumeClaim", "claimName"]) == name(claim))
    });
    if !used {
        api.mutate(&kinds::PERSISTENTVOLUMECLAIMS, namespace(claim), name(claim), |object| {
            list_mut(object, &["metadata", "finalizers"]).retain(|f| f != "kubernetes.io/pvc-protection");
        });
    }
}

/// Volumes whose claim is gone are deleted or set free, as their policy says.
fn reclaim(api: &Api, claims: &[Arc<Value>]) {
    for volume in api.list(&kinds::PERSISTENTVOLUMES, None) {
        let claim = text(&volume, &["spec", "claimRef", "uid"]);
        let orphaned = !claim.is_empty() && !claims.iter().any(|c| uid(c) == claim);
        if orphaned && volume["spec"]["persistentVolumeReclaimPolicy"] == "Delete" && !is_deleting(&volume) {
            api.delete(&kinds::PERSISTENTVOLUMES, "", name(&volume));
        } else if orphaned && volume["status"]["phase"] == "Bound" {
            api.mutate(&kinds::PERSISTENTVOLUMES, "", name(&volume), |object| {
                set(object, &["status", "phase"], "Released");
            });
        }
        if is_deleting(&volume) && (orphaned || claim.is_empty()) {
            api.mutate(&kinds::PERSISTENTVOLUMES, "", name(&volume), |object| {
                list_mut(object, &["metadata", "finalizers"]).retain(|f| f != "kubernetes.io/pv-protection");
            });
        }
    }
}
