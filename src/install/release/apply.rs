//! Applying the release, object by object, in Helm's order; and taking away what an earlier version had.

use futures_util::stream::{self, StreamExt as _};
use serde_json::Value;

use super::manifest;
use super::patience::again;
use super::remove::wants_to_stay;
use crate::cluster::connect::{Connected, Failed, Kind, kind, kinds_in_order, text_at};
use crate::cluster::release::{SELECTOR, secret_name};
use crate::cluster::watch::Expected;
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::{Report, Told};
use crate::model::{Claimed, Progress, Reply};

/// How many objects are tried at a time.
const TOGETHER: usize = 8;

/// Applies everything; returns what a watch should expect. `version` is the credential's, in one word.
pub async fn apply(
    cluster: &Connected,
    claimed: &Claimed,
    version: &str,
    report: &Report,
) -> Result<Vec<Expected>, Fault> {
    let place = claimed.namespace.as_str();
    let name = secret_name(place);
    let mut objects = manifest::objects(&claimed.namespace)?;
    for (_, object) in &mut objects {
        manifest::tie_to_credential(object, &name, version);
    }
    rehearse(cluster, place, &objects, report).await?;
    let total = objects.len();
    let mut expected = Vec::new();
    for (done, (kind, object)) in objects.iter().enumerate() {
        report(Told::Progress(Progress::Applying(done, total)));
        let applied = again(|| cluster.apply(kind, Some(place), object)).await?;
        expected.extend(expect(kind, &applied));
    }
    prune(cluster, place, &objects).await?;
    report(Told::Progress(Progress::Applied(total)));
    Ok(expected)
}

/// Tries everything before anything is applied, so that what is refused is refused while nothing is half done.
/// Fields that somebody else manages are told: this release's values will count.
async fn rehearse(
    cluster: &Connected,
    place: &str,
    objects: &[(&'static Kind, Value)],
    report: &Report,
) -> Result<(), Failed> {
    let mut tries: Vec<Reply<'_, Result<Value, Failed>>> = Vec::new();
    for (kind, object) in objects {
        tries.push(Box::pin(cluster.try_apply(kind, Some(place), object)));
    }
    // So many at a time that a small API server does not turn them away; told in their order.
    let tried: Vec<_> = stream::iter(tries).buffered(TOGETHER).collect().await;
    for ((kind, object), tried) in objects.iter().zip(tried) {
        match tried {
            Ok(_) => {}
            Err(failed) if failed.is_conflict() => {
                if let Some(owners) = foreign_owners(&failed.said) {
                    let (kind, name) = (kind.name, text_at(object, "/metadata/name"));
                    let words = format!("{kind} {name}: {owners}");
                    report(Told::Progress(Progress::TakingOver(Text::new(&words))));
                }
            }
            // A webhook that cannot be tried says so with 400, and a trial that got no answer proves nothing.
            Err(failed) if failed.code == Some(400) || failed.is_transient() => {}
            Err(failed) => return Err(failed),
        }
    }
    Ok(())
}

/// Who manages the fields in conflict, unless it is Helm: it installed this very release before.
/// (apimachinery, `managedfields`: `conflict with "kubectl-edit" using apps/v1: .spec.replicas`)
fn foreign_owners(said: &str) -> Option<String> {
    let parts: Vec<&str> = said.split("conflict with ").skip(1).collect();
    let foreign: Vec<&str> =
        parts.into_iter().filter(|part| !part.starts_with("\"helm\"")).map(str::trim).collect();
    match foreign.is_empty() {
        true if said.contains("conflicts with ") => Some(said.to_owned()),
        true => None,
        false => Some(foreign.join("; ")),
    }
}

/// Removes what an earlier version of this release had and this one has not.
async fn prune(cluster: &Connected, place: &str, objects: &[(&'static Kind, Value)]) -> Result<(), Failed> {
    let labels = format!("{SELECTOR},app.kubernetes.io/instance={place}");
    let names = |kind: &Kind, object: &Value| {
        objects.iter().any(|(of, known)| {
            *of == kind && text_at(known, "/metadata/name") == text_at(object, "/metadata/name")
        })
    };
    // The Secret is made elsewhere, and Helm's records are Secrets too.
    for kind in kinds_in_order().iter().rev().filter(|kind| kind.namespaced && **kind != kind::SECRET) {
        let found = match cluster.list(kind, Some(place), &labels).await {
            Ok(found) => found,
            // What may not be read was not made by us.
            Err(failed) if failed.is_forbidden() => continue,
            Err(failed) => return Err(failed),
        };
        for object in found.iter().filter(|object| !names(kind, object) && !wants_to_stay(object)) {
            let (name, uid) = (text_at(object, "/metadata/name"), text_at(object, "/metadata/uid"));
            again(|| cluster.delete(kind, Some(place), name, uid)).await?;
        }
    }
    Ok(())
}

/// Workloads and volumes get a row; the rest is done when it is applied.
fn expect(kind: &Kind, applied: &Value) -> Option<Expected> {
    matches!(kind.name, "Deployment" | "DaemonSet" | "PersistentVolumeClaim")
        .then(|| Expected::of(kind.name, applied))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_of_a_field_is_told_unless_it_is_this_release() {
        for (said, told) in [
            (
                "Apply failed with 1 conflict: conflict with \"kubectl-edit\" using apps/v1: .spec.replicas",
                Some("\"kubectl-edit\" using apps/v1: .spec.replicas"),
            ),
            ("Apply failed with 1 conflict: conflict with \"helm\" using apps/v1: .spec.replicas", None),
        ] {
            assert_eq!(foreign_owners(said).as_deref(), told);
        }
        let two = "Apply failed with 2 conflicts: conflicts with \"kubectl-set\" using apps/v1:\n- .spec.a\n- .spec.b";
        assert_eq!(foreign_owners(two).as_deref(), Some(two));
    }
}
