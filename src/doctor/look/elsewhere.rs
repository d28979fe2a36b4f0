//! What a release has in other namespaces than its own: its workloads and volumes there, and of all else in those
//! namespaces only what belongs to them.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::Value;

use crate::cluster::connect::{Connected, Failed, Kind, kind};
use crate::cluster::kstatus::{items, text};
use crate::install::release;

/// The most namespaces that are looked into.
pub const SPACES: usize = 5;

/// What was found there. Every object says in which namespace it lives.
#[derive(Default)]
pub struct Elsewhere {
    /// The namespaces that were looked into.
    pub spaces: BTreeSet<String>,
    /// Whether it has parts in more namespaces than those.
    pub more: bool,
    /// Deployments, DaemonSets and StatefulSets.
    pub works: Vec<Value>,
    /// Volume claims.
    pub claims: Vec<Value>,
    /// ReplicaSets.
    pub replicasets: Vec<Value>,
    /// Pods.
    pub pods: Vec<Value>,
    /// Quotas.
    pub quotas: Vec<Value>,
    /// Events of all these.
    pub events: Vec<Value>,
}

/// Looks at what the release in that namespace has in others.
pub async fn elsewhere(cluster: &Connected, place: &str) -> Result<Elsewhere, Failed> {
    let mut found = sorted(release::elsewhere(cluster, place).await?);
    let list = |space: String, kind: &'static Kind| async move { cluster.list(kind, Some(&space), "").await };
    let reads = found.spaces.iter().map(|space| {
        let list = |kind| list(space.clone(), kind);
        async move {
            tokio::join!(list(&kind::REPLICA_SET), list(&kind::POD), list(&kind::QUOTA), list(&kind::EVENT))
        }
    });
    let reads: Vec<_> = join_all(reads).await;
    let mut uids: BTreeSet<String> = found.works.iter().chain(&found.claims).map(uid).collect();
    for (sets, pods, quotas, events) in reads {
        // Those only explain.
        found.quotas.extend(quotas.unwrap_or_default());
        owned(sets.unwrap_or_default(), &mut uids, &mut found.replicasets);
        owned(pods?, &mut uids, &mut found.pods);
        let about = |event: &Value| uids.contains(text(event, "/involvedObject/uid"));
        found.events.extend(events.unwrap_or_default().into_iter().filter(about));
    }
    Ok(found)
}

/// These objects by namespace and kind; those of namespaces beyond the bound are only known to be there.
fn sorted(objects: Vec<Value>) -> Elsewhere {
    let mut found = Elsewhere::default();
    for object in objects {
        let space = text(&object, "/metadata/namespace");
        if !found.spaces.contains(space) && found.spaces.len() == SPACES {
            found.more = true;
            continue;
        }
        found.spaces.insert(space.to_owned());
        match text(&object, "/kind") {
            "PersistentVolumeClaim" => found.claims.push(object),
            "Deployment" | "DaemonSet" | "StatefulSet" => found.works.push(object),
            _ => {}
        }
    }
    found
}

/// Keeps what is owned by something that is kept already.
fn owned(objects: Vec<Value>, uids: &mut BTreeSet<String>, kept: &mut Vec<Value>) {
    for object in objects {
        let mut owners = items(&object, "/metadata/ownerReferences").iter();
        if owners.any(|owner| uids.contains(text(owner, "/uid"))) {
            uids.insert(uid(&object));
            kept.push(object);
        }
    }
}

fn uid(object: &Value) -> String {
    text(object, "/metadata/uid").to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_namespace_beyond_the_bound_is_not_forgotten() {
        let deployments = |spaces: usize| -> Vec<Value> {
            let made =
                |n| json!({"kind": "Deployment", "metadata": {"name": "a", "namespace": format!("s{n}")}});
            (0..spaces).map(made).collect()
        };
        let seen = |found: Elsewhere| (found.spaces.len(), found.works.len(), found.more);
        assert_eq!(seen(sorted(deployments(5))), (5, 5, false));
        assert_eq!(seen(sorted(deployments(6))), (5, 5, true));
    }
}
