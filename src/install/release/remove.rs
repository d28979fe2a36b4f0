//! Taking a release away again, in the reverse of Helm's order, its credential last.
//!
//! An interrupted removal must be found again: as long as the Secret with the credential is there, discovery
//! knows the release.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;
use tokio::time::sleep;

use super::engine::Engine;
use super::namespace;
use super::parts::{Home, called, is_installed, other_spaces, space};
use super::patience::again;
use crate::cluster::anchor;
use crate::cluster::connect::{Connected, Failed, Kind, kind, kinds_in_order, text_at};
use crate::cluster::kstatus::items;
use crate::cluster::release::{Found, OUR_NAMESPACES, discover};
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::{Holder, Report, Told};
use crate::model::{Progress, Removed};

/// How long what was told to go is waited for: pods have half a minute to end, unless they ask for more.
const LOOKS: usize = 60;
const PAUSE: Duration = Duration::from_secs(1);

/// Removes the release that lives in the cluster of `holder`.
pub async fn remove(
    cluster: &Connected,
    engine: &Engine,
    holder: &Holder,
    keep: bool,
    report: &Report,
) -> Result<Removed, Fault> {
    let here = anchor::cluster_id(cluster).await?;
    if here != holder.cluster {
        let what = format!("this is another cluster ({here}, the client's is {})", holder.cluster);
        return Err(Fault::Changed { what: what.into() });
    }
    let place = match discover(cluster).await {
        Found::None => match begun_to_go(cluster, holder).await? {
            Some(place) => place,
            None => return Ok(Removed::default()),
        },
        Found::One(living) => living.namespace.to_string(),
        Found::Several(namespaces) => return Err(Fault::SeveralReleases { namespaces }),
        Found::Unclear(why) => {
            return Err(Fault::CannotTell { what: Text::new("what lives in the cluster"), why });
        }
    };
    let removed = remove_from(cluster, engine, &place, keep, report).await?;
    // Where only what is to stay was left, there was nothing to do.
    if removed.gone.is_empty() && removed.ending.is_empty() { Ok(Removed::default()) } else { Ok(removed) }
}

/// A namespace of this account's whose release has lost its Secret already: a removal was interrupted there.
async fn begun_to_go(cluster: &Connected, holder: &Holder) -> Result<Option<String>, Failed> {
    let ours = again(|| cluster.list(&kind::NAMESPACE, None, OUR_NAMESPACES)).await?;
    let ours = ours.iter().find(|namespace| namespace::is_ours(namespace, holder));
    Ok(ours.map(|namespace| text_at(namespace, "/metadata/name").to_owned()))
}

async fn remove_from(
    cluster: &Connected,
    engine: &Engine,
    place: &str,
    keep: bool,
    report: &Report,
) -> Result<Removed, Fault> {
    let mut removed = Removed { namespace: Text::new(place), ..Removed::default() };
    let (mut going, mut staying) = (Vec::new(), Vec::new());
    let also = engine.other_spaces(place).await;
    let home = Home { place, also: &also };
    let kinds: Vec<&Kind> = in_order_of_removal().collect();
    let mut lists = Vec::new();
    for kind in &kinds {
        lists.push(home.list(cluster, kind));
    }
    let lists = join_all(lists).await;
    for (kind, found) in kinds.into_iter().zip(lists) {
        let found = match found {
            Err(failed) if failed.is_forbidden() && !EVERYONES.contains(kind) => continue,
            found => found?,
        };
        for object in found {
            if stays(kind, &object, keep) {
                staying.push((kind, object));
            } else {
                going.push((kind, object));
            }
        }
    }
    // The one that discovery looks for goes last of all.
    going.sort_by_key(|(kind, object)| **kind == kind::SECRET && space(object) == Some(place));
    // Helm's own records of the release go as well, whoever made them.
    let of_helm = format!("owner=helm,name={place}");
    let records = again(|| cluster.list(&kind::SECRET, Some(place), &of_helm)).await?;
    going.extend(records.into_iter().map(|record| (&kind::SECRET, record)));
    let workloads = owned_by(cluster, place, &going).await?;
    let total = going.len();
    if let Engine::Helm(helm) = engine {
        report(Told::Progress(Progress::Removing(0, total)));
        helm.uninstall(cluster, place).await?;
    }
    for (kind, object) in staying {
        // Helm knows no mark but its own.
        let now = again(|| cluster.get(kind, space(&object), text_at(&object, "/metadata/name"))).await?;
        let is_there = now.is_some_and(|now| now.pointer("/metadata/deletionTimestamp").is_none());
        if is_there {
            removed.kept.push(called(kind, &object, place));
        }
    }
    for (done, (kind, object)) in going.iter().enumerate() {
        report(Told::Progress(Progress::Removing(done, total)));
        let (name, uid) = (text_at(object, "/metadata/name"), text_at(object, "/metadata/uid"));
        again(|| cluster.delete(kind, space(object), name, uid)).await?;
    }
    report(Told::Progress(Progress::Removing(total, total)));
    if !keep && let Some(namespace) = our_namespace(cluster, place).await? {
        let uid = text_at(&namespace, "/metadata/uid");
        again(|| cluster.delete(&kind::NAMESPACE, None, place, uid)).await?;
        going.push((&kind::NAMESPACE, namespace));
    }
    for _ in 0..LOOKS {
        removed.ending = still_there(cluster, place, &going, &workloads).await?;
        if removed.ending.is_empty() {
            break;
        }
        sleep(PAUSE).await;
    }
    let names = going.iter().map(|(kind, object)| called(kind, object, place));
    removed.gone = names.filter(|name| !removed.ending.contains(name)).collect();
    Ok(removed)
}

/// Kinds that a release is hardly without: not being allowed to list them is no sign that there are none.
const EVERYONES: [Kind; 6] = [
    kind::DEPLOYMENT,
    kind::DAEMON_SET,
    kind::SERVICE,
    kind::VOLUME_CLAIM,
    kind::SERVICE_ACCOUNT,
    kind::SECRET,
];

/// What a release is made of, the last installed first; but Secrets go last.
fn in_order_of_removal() -> impl Iterator<Item = &'static Kind> {
    let kinds = kinds_in_order().iter().rev().filter(|kind| **kind != kind::SECRET);
    kinds.chain([&kind::SECRET])
}

/// Whether an object stays where a release goes, with its data or without.
fn stays(kind: &Kind, object: &Value, keep: bool) -> bool {
    // What a StatefulSet made for its data has no mark, and no installation knows of it.
    let is_data = *kind == kind::VOLUME_CLAIM && !is_installed(object);
    // With a definition goes every object of its kind in the whole cluster, also what is others'.
    let holds_data = is_data || *kind == kind::RESOURCE_DEFINITION;
    keep && holds_data || wants_to_stay(object) && (keep || *kind == kind::NAMESPACE)
}

/// Helm's mark for what an uninstall leaves alone.
pub fn wants_to_stay(object: &Value) -> bool {
    let annotations = object.pointer("/metadata/annotations");
    annotations.and_then(|notes| notes.get("helm.sh/resource-policy")).and_then(Value::as_str) == Some("keep")
}

/// The UIDs of workloads, and of the ReplicaSets that Deployments made: what pods are owned by.
async fn owned_by(
    cluster: &Connected,
    place: &str,
    going: &[(&Kind, Value)],
) -> Result<BTreeSet<String>, Failed> {
    let mut uids: BTreeSet<String> = going.iter().map(|(_, object)| uid(object)).collect();
    for space in spaces(place, going) {
        for set in again(|| cluster.list(&kind::REPLICA_SET, Some(&space), "")).await? {
            if is_owned(&set, &uids) {
                uids.insert(uid(&set));
            }
        }
    }
    Ok(uids)
}

/// Every namespace that something goes from.
fn spaces(place: &str, going: &[(&Kind, Value)]) -> BTreeSet<String> {
    let mut spaces = other_spaces(going.iter().map(|(_, object)| object), place);
    spaces.insert(place.to_owned());
    spaces
}

fn is_owned(object: &Value, owners: &BTreeSet<String>) -> bool {
    items(object, "/metadata/ownerReferences").iter().any(|owner| owners.contains(text_at(owner, "/uid")))
}

/// The release's namespace, if this program made it. Somebody else's stays.
async fn our_namespace(cluster: &Connected, place: &str) -> Result<Option<Value>, Failed> {
    let found = again(|| cluster.get(&kind::NAMESPACE, None, place)).await?;
    let is_ours = |namespace: &Value| {
        let labels = namespace.pointer("/metadata/labels");
        labels.and_then(|labels| labels.get("app.kubernetes.io/managed-by")).and_then(Value::as_str)
            == Some("landfall")
    };
    Ok(found.filter(is_ours))
}

async fn still_there(
    cluster: &Connected,
    place: &str,
    going: &[(&Kind, Value)],
    owners: &BTreeSet<String>,
) -> Result<Vec<Text>, Failed> {
    let mut left = Vec::new();
    for (kind, object) in going {
        let now = again(|| cluster.get(kind, space(object), text_at(object, "/metadata/name"))).await?;
        if now.is_some_and(|now| uid(&now) == uid(object)) {
            left.push(called(kind, object, place));
        }
    }
    for space in spaces(place, going) {
        let pods = again(|| cluster.list(&kind::POD, Some(&space), "")).await?;
        let ending = pods.iter().filter(|pod| is_owned(pod, owners));
        left.extend(ending.map(|pod| called(&kind::POD, pod, place)));
    }
    Ok(left)
}

fn uid(object: &Value) -> String {
    text_at(object, "/metadata/uid").to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn data_and_what_defines_it_stay_where_data_is_kept() {
        let object = |by: &str, notes: Value| json!({"metadata": {"annotations": notes, "managedFields": [{"manager": by}]}});
        let marked = || json!({"helm.sh/resource-policy": "keep"});
        for (kind, object, with_data, without) in [
            (kind::RESOURCE_DEFINITION, object("helm", json!({})), true, false),
            (kind::VOLUME_CLAIM, object("kube-controller-manager", json!({})), true, false),
            (kind::VOLUME_CLAIM, object("landfall", json!({})), false, false),
            (kind::VOLUME_CLAIM, object("landfall", marked()), true, false),
            (kind::NAMESPACE, object("landfall", marked()), true, true),
            (kind::SERVICE, object("landfall", json!({})), false, false),
        ] {
            assert_eq!(
                (stays(&kind, &object, true), stays(&kind, &object, false)),
                (with_data, without),
                "{} {object}",
                kind.name
            );
        }
    }
}
