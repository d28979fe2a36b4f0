//! Whether the release's volumes can be had: a storage class, and one that offers the access mode.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{Plan, told, unread};
use crate::cluster::connect::{Connected, Failed, kind, text_at};
use crate::cluster::kstatus::items;
use crate::install::release::quantity::bytes;
use crate::model::{Check, CheckState};

pub(super) const ID: &str = "P03";

const DEFAULT: &str = "storageclass.kubernetes.io/is-default-class";

/// Provisioners whose volumes only one node at a time can use, by their own documentation.
const ONE_NODE: [&str; 10] = [
    "rancher.io/local-path",
    "k8s.io/minikube-hostpath",
    "docker.io/hostpath",
    "microk8s.io/hostpath",
    "openebs.io/local",
    "ebs.csi.aws.com",
    "kubernetes.io/aws-ebs",
    "pd.csi.storage.gke.io",
    "disk.csi.azure.com",
    "topolvm.io",
];

/// Makes no volumes: somebody has to.
const NONE: &str = "kubernetes.io/no-provisioner";

pub(super) async fn check(cluster: &Connected, plan: &Plan<'_>) -> Check {
    let wanted = wanted(plan);
    if wanted.is_empty() {
        return told(ID, CheckState::NotApplicable, "the release asks for no volumes");
    }
    let spaces: BTreeSet<&str> = match plan.place {
        Some(_) => wanted.iter().map(|claim| text_at(claim, "/metadata/namespace")).collect(),
        None => BTreeSet::new(),
    };
    let there = spaces.into_iter().map(|space| cluster.list(&kind::VOLUME_CLAIM, Some(space), ""));
    let (classes, volumes, there) = tokio::join!(
        cluster.list(&kind::STORAGE_CLASS, None, ""),
        cluster.list(&kind::VOLUME, None, ""),
        join_all(there),
    );
    // A release may bring volumes and a class of its own.
    let (mut volumes, no_volumes) = read(volumes);
    volumes.extend(plan.of_kind("PersistentVolume").cloned().map(|mut volume| {
        volume["status"]["phase"] = json!("Available");
        volume
    }));
    let (there, not_there): (Vec<_>, Vec<_>) = there.into_iter().map(read).unzip();
    let there: Vec<Value> = there.into_iter().flatten().collect();
    let (mut classes, no_classes) = read(classes);
    classes.extend(plan.of_kind("StorageClass").cloned());
    let verdict = judge(&wanted, &classes, &volumes, &there);
    settle(verdict, no_classes, not_there.into_iter().flatten().next().or(no_volumes))
}

/// The verdict, as far as it stands on what could be read. Which class is the default, everything hangs on; what is
/// there already could only have made it better.
fn settle(verdict: Check, no_classes: Option<Failed>, less: Option<Failed>) -> Check {
    match no_classes.or_else(|| less.filter(|_| verdict.state != CheckState::Pass)) {
        Some(failed) => unread(ID, "whether volumes can be had cannot be told", &failed),
        None => verdict,
    }
}

/// What was read, and else why it was not.
fn read(listed: Result<Vec<Value>, Failed>) -> (Vec<Value>, Option<Failed>) {
    match listed {
        Ok(listed) => (listed, None),
        Err(failed) => (Vec::new(), Some(failed)),
    }
}

/// Every claim with its namespace; of a StatefulSet's templates the first one that will be made.
fn wanted(plan: &Plan<'_>) -> Vec<Value> {
    let mut wanted = Vec::new();
    for object in plan.objects {
        let space = plan.space(object);
        if text_at(object, "/kind") == "PersistentVolumeClaim" {
            let mut claim = object.clone();
            claim["metadata"]["namespace"] = json!(space);
            wanted.push(claim);
        }
        for template in items(object, "/spec/volumeClaimTemplates") {
            let (name, of) = (text_at(template, "/metadata/name"), text_at(object, "/metadata/name"));
            let mut claim = template.clone();
            claim["metadata"] = json!({ "name": format!("{name}-{of}-0"), "namespace": space });
            wanted.push(claim);
        }
    }
    wanted
}

fn judge(wanted: &[Value], classes: &[Value], volumes: &[Value], there: &[Value]) -> Check {
    let is_bound = |claim: &Value| {
        there.iter().any(|other| {
            text_at(other, "/metadata/name") == text_at(claim, "/metadata/name")
                && text_at(other, "/metadata/namespace") == text_at(claim, "/metadata/namespace")
                && text_at(other, "/status/phase") == "Bound"
        })
    };
    let mut given = None;
    let mut free: Vec<&Value> =
        volumes.iter().filter(|volume| text_at(volume, "/status/phase") == "Available").collect();
    for claim in wanted.iter().filter(|claim| !is_bound(claim)) {
        let name = text_at(claim, "/metadata/name");
        // Without a name the default counts, with an empty one none does. (persistent volumes, "Class")
        let asked = claim.pointer("/spec/storageClassName").and_then(Value::as_str);
        let class = match asked {
            None => classes.iter().filter(|class| is_default(class)).max_by_key(|class| age(class)),
            Some(asked) => classes.iter().find(|class| text_at(class, "/metadata/name") == asked),
        };
        let called = class.map_or(asked.unwrap_or_default(), |class| text_at(class, "/metadata/name"));
        if let Some(at) = free.iter().position(|volume| fits(volume, claim, called)) {
            free.remove(at);
            continue;
        }
        let Some(class) = class else {
            let words = match asked {
                None => format!("volume {name} names no storage class, and none is the default"),
                Some("") => format!("volume {name} wants one that is there already, and none fits"),
                Some(asked) => {
                    format!("volume {name} asks for the storage class {asked}, which is not there")
                }
            };
            let known =
                classes.iter().map(|class| format!("StorageClass {}", text_at(class, "/metadata/name")));
            return told(ID, CheckState::Fail, words).because(known).fix(match asked {
                None => {
                    "Ask for a default storage class. To make one of those that are there the default, its \
                     administrator annotates it with storageclass.kubernetes.io/is-default-class=true."
                }
                Some("") => "Ask for a PersistentVolume that is large enough and offers the access mode.",
                Some(_) => "Ask for that storage class.",
            });
        };
        let provisioner = text_at(class, "/provisioner");
        let modes = items(claim, "/spec/accessModes");
        let shared = modes.iter().any(|mode| matches!(mode.as_str(), Some("ReadWriteMany" | "ReadOnlyMany")));
        if shared && ONE_NODE.contains(&provisioner) {
            let words = format!(
                "volume {name} is to be shared between nodes, which the class {called} does not offer"
            );
            return told(ID, CheckState::Fail, words)
                .because([format!("provisioner {provisioner}")])
                .fix("Ask for a storage class that offers ReadWriteMany, such as one on NFS or CephFS.");
        }
        if provisioner == NONE {
            let words = format!("the storage class {called} makes no volumes, and none is free for {name}");
            return told(ID, CheckState::Warn, words)
                .because([format!("provisioner {provisioner}")])
                .fix("Ask for a PersistentVolume that fits, or for a class that makes them.");
        }
        given = Some(format!("volumes come from the storage class {called}"));
    }
    let words = given.unwrap_or_else(|| "the volumes are there already".to_owned());
    told(ID, CheckState::Pass, words)
}

/// Whether a free volume can become that claim's: of its class, for it or for anybody, large enough, with its modes.
/// (component-helpers, `storage/volume/pv_helpers.go`, FindMatchingVolume)
fn fits(volume: &Value, claim: &Value, class: &str) -> bool {
    let size = |object: &Value, at: &str| bytes(text_at(object, at)).unwrap_or(0);
    let offered = items(volume, "/spec/accessModes");
    let is_for_it = volume.pointer("/spec/claimRef").is_none_or(|reference| {
        text_at(reference, "/name") == text_at(claim, "/metadata/name")
            && text_at(reference, "/namespace") == text_at(claim, "/metadata/namespace")
    });
    let named = text_at(claim, "/spec/volumeName");
    is_for_it
        && (named.is_empty() || named == text_at(volume, "/metadata/name"))
        && text_at(volume, "/spec/storageClassName") == class
        && size(volume, "/spec/capacity/storage") >= size(claim, "/spec/resources/requests/storage")
        && items(claim, "/spec/accessModes").iter().all(|mode| offered.contains(mode))
}

fn is_default(class: &Value) -> bool {
    let notes = class.pointer("/metadata/annotations");
    notes.and_then(|notes| notes.get(DEFAULT)).and_then(Value::as_str) == Some("true")
}

/// Of several defaults the newest is taken. (kubernetes, `pkg/volume/util/storageclass.go`)
fn age(class: &Value) -> &str {
    text_at(class, "/metadata/creationTimestamp")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(name: &str, provisioner: &str, default: bool) -> Value {
        let notes = json!({DEFAULT: default.to_string()});
        json!({"metadata": {"name": name, "annotations": notes}, "provisioner": provisioner})
    }

    #[test]
    fn a_volume_needs_a_class_that_offers_its_mode() {
        let claim = |class: Option<&str>, mode: &str| {
            let size = json!({"requests": {"storage": "1Gi"}});
            let mut spec = json!({"accessModes": [mode], "resources": size});
            if let Some(class) = class {
                spec["storageClassName"] = json!(class);
            }
            json!({"kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": spec})
        };
        let (local, nfs) =
            (class("local-path", "rancher.io/local-path", true), class("nfs", "nfs.csi.k8s.io", false));
        let still = class("manual", NONE, false);
        let once = claim(None, "ReadWriteOnce");
        let volume = |class: &str, size: &str| {
            let spec = json!({
                "accessModes": ["ReadWriteOnce"], "storageClassName": class, "capacity": {"storage": size},
            });
            json!({"spec": spec, "status": {"phase": "Available"}})
        };
        let (free, mut taken) = (volume("", "1Gi"), volume("manual", "1Gi"));
        taken["spec"]["claimRef"] = json!({"name": "data", "namespace": "somewhere-else"});
        let (manual, default) = (claim(Some("manual"), "ReadWriteOnce"), local.clone());
        let bound = json!({"metadata": {"name": "data"}, "status": {"phase": "Bound"}});
        for (claim, classes, volumes, there, wanted) in [
            (&once, vec![local.clone()], vec![], vec![], CheckState::Pass),
            (&once, vec![nfs.clone()], vec![], vec![], CheckState::Fail),
            (&once, vec![nfs.clone()], vec![free.clone()], vec![], CheckState::Pass),
            (&once, vec![], vec![], vec![bound], CheckState::Pass),
            (&claim(None, "ReadWriteMany"), vec![local.clone()], vec![], vec![], CheckState::Fail),
            (
                &claim(Some("nfs"), "ReadWriteMany"),
                vec![local.clone(), nfs],
                vec![],
                vec![],
                CheckState::Pass,
            ),
            (&claim(Some("fast"), "ReadWriteOnce"), vec![local], vec![], vec![], CheckState::Fail),
            (&manual, vec![still.clone()], vec![], vec![], CheckState::Warn),
            (&manual, vec![still.clone()], vec![volume("manual", "1Gi")], vec![], CheckState::Pass),
            (&manual, vec![still.clone()], vec![volume("manual", "1Mi")], vec![], CheckState::Warn),
            (&manual, vec![still.clone()], vec![volume("other", "1Gi")], vec![], CheckState::Warn),
            (&manual, vec![still], vec![taken], vec![], CheckState::Warn),
            (&claim(Some(""), "ReadWriteOnce"), vec![default], vec![], vec![], CheckState::Fail),
            (&claim(Some(""), "ReadWriteOnce"), vec![], vec![volume("", "1Gi")], vec![], CheckState::Pass),
        ] {
            let found = judge(std::slice::from_ref(claim), &classes, &volumes, &there);
            assert_eq!(found.state, wanted, "{}", found.words);
        }
    }

    #[test]
    fn each_volume_is_for_one_claim() {
        let claim =
            |name: &str| json!({"metadata": {"name": name}, "spec": {"accessModes": ["ReadWriteOnce"]}});
        let free = json!({"spec": {"accessModes": ["ReadWriteOnce"]}, "status": {"phase": "Available"}});
        let two = [claim("a"), claim("b")];
        assert_eq!(judge(&two, &[], std::slice::from_ref(&free), &[]).state, CheckState::Fail);
        assert_eq!(judge(&two, &[], &[free.clone(), free], &[]).state, CheckState::Pass);
    }
}
