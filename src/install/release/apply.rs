//! Applying the release, object by object, in Helm's order; and taking away what an earlier version had.

use futures_util::stream::{self, StreamExt as _};
use serde_json::{Value, json};

use super::manifest;
use super::parts::{self, Home, ROWS};
use super::patience::again;
use super::remove::wants_to_stay;
use super::source::Source;
use crate::cluster::connect::{Connected, Failed, Kind, kind, kinds_in_order, text_at};
use crate::cluster::release::secret_name;
use crate::cluster::watch::Expected;
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::{Report, Told};
use crate::model::{Claimed, Progress, Reply};

/// How many objects are tried at a time.
const TOGETHER: usize = 8;

/// One object of a release.
type Part = (&'static Kind, Value);

/// Applies everything; returns what a watch should expect. `secret` is the one with the credential, `version` that of
/// the credential in one word.
pub async fn apply(
    cluster: &Connected,
    source: &Source,
    claimed: &Claimed,
    (secret, version): (&Value, &str),
    report: &Report,
) -> Result<Vec<Expected>, Fault> {
    let place = claimed.namespace.as_str();
    let name = secret_name(place);
    let mut objects = source.objects(&claimed.namespace).await?;
    for (_, object) in &mut objects {
        manifest::tie_to_credential(object, &name, version);
    }
    objects.extend(copies(&objects, secret, claimed));
    objects.sort_by_key(|(kind, _)| kinds_in_order().iter().position(|known| known == *kind));
    leave_to_others(cluster, place, &mut objects).await?;
    rehearse(cluster, place, &objects, report).await?;
    let total = objects.len();
    let mut expected = Vec::new();
    for (done, (kind, object)) in objects.iter().enumerate() {
        report(Told::Progress(Progress::Applying(done, total)));
        let applied = again(|| cluster.apply(kind, parts::space(object), object)).await?;
        expected.extend(ROWS.contains(kind).then(|| Expected::of(kind.name, &applied)));
    }
    prune(cluster, place, &objects).await?;
    report(Told::Progress(Progress::Applied(total)));
    Ok(expected)
}

/// What signs in with the credential from another namespace finds it there too: the same Secret, without what only
/// the release's own namespace needs.
fn copies(objects: &[Part], secret: &Value, claimed: &Claimed) -> Vec<Part> {
    const SHARED: [&str; 2] = ["CLIENT_ID", "CLIENT_PASSWORD"];
    let place = claimed.namespace.as_str();
    let name = secret_name(place);
    let readers = objects.iter().filter(|(_, object)| manifest::reads_credential(object, &name));
    let spaces = parts::other_spaces(readers.map(|(_, object)| object), place);
    let copy = |space: String| {
        let data = secret.pointer("/data").and_then(Value::as_object).into_iter().flatten();
        let shared: serde_json::Map<String, Value> = data
            .filter(|(key, _)| SHARED.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let mut object = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": { "name": name, "namespace": space },
            "type": "Opaque",
            "data": shared,
        });
        manifest::own(&mut object, &claimed.namespace);
        (&kind::SECRET, object)
    };
    spaces.into_iter().map(copy).collect()
}

/// Outside of the release's namespace somebody else may have made the same object. A namespace is used as it is, and
/// stays theirs; anything else is not overwritten. (Helm's rule of ownership)
async fn leave_to_others(cluster: &Connected, place: &str, objects: &mut Vec<Part>) -> Result<(), Fault> {
    let mut theirs = Vec::new();
    for (at, (kind, object)) in objects.iter().enumerate() {
        let space = parts::space(object);
        let name = text_at(object, "/metadata/name");
        if space == Some(place) || **kind == kind::NAMESPACE && name == place {
            continue;
        }
        match again(|| cluster.get(kind, space, name)).await {
            Ok(Some(found)) if !parts::belongs(&found, place) => {}
            // What may not be read is for the cluster to refuse.
            Ok(_) => continue,
            Err(failed) if failed.is_forbidden() => continue,
            Err(failed) => return Err(failed.into()),
        }
        if **kind != kind::NAMESPACE {
            return Err(Fault::ClusterRefuses {
                object: parts::called(kind, object, place),
                said: Text::new("it is there already and belongs to somebody else"),
            });
        }
        theirs.push(at);
    }
    let mut at = 0..;
    objects.retain(|_| at.next().is_none_or(|at| !theirs.contains(&at)));
    Ok(())
}

/// Tries everything before anything is applied, so that what is refused is refused while nothing is half done.
/// Fields that somebody else manages are told: this release's values will count.
async fn rehearse(cluster: &Connected, place: &str, objects: &[Part], report: &Report) -> Result<(), Failed> {
    let made_here = |space: Option<&str>| {
        let made = |(kind, object): &Part| {
            **kind == kind::NAMESPACE && Some(text_at(object, "/metadata/name")) == space
        };
        objects.iter().any(made)
    };
    let mut tries: Vec<Reply<'_, Result<Value, Failed>>> = Vec::new();
    for (kind, object) in objects {
        tries.push(Box::pin(cluster.try_apply(kind, parts::space(object), object)));
    }
    // So many at a time that a small API server does not turn them away; told in their order.
    let tried: Vec<_> = stream::iter(tries).buffered(TOGETHER).collect().await;
    for ((kind, object), tried) in objects.iter().zip(tried) {
        let space = parts::space(object);
        match tried {
            Ok(_) => {}
            Err(failed) if failed.is_conflict() => {
                if let Some(owners) = foreign_owners(&failed.said) {
                    let words = format!("{}: {owners}", parts::called(kind, object, place));
                    report(Told::Progress(Progress::TakingOver(Text::new(&words))));
                }
            }
            // Its namespace is not there yet, because a trial makes none.
            Err(failed) if failed.code == Some(404) && made_here(space) => {}
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
async fn prune(cluster: &Connected, place: &str, objects: &[Part]) -> Result<(), Failed> {
    let also = parts::other_spaces(objects.iter().map(|(_, object)| object), place);
    let home = Home { place, also: &also };
    let same = |one: &Value, other: &Value| {
        ["/metadata/name", "/metadata/namespace"]
            .into_iter()
            .all(|pointer| text_at(one, pointer) == text_at(other, pointer))
    };
    let is_known =
        |kind: &Kind, object: &Value| objects.iter().any(|(of, known)| *of == kind && same(known, object));
    // The Secret is made elsewhere, and Helm's records are Secrets too; a namespace may hold what is others'.
    let pruned = |kind: &&Kind| **kind != kind::SECRET && **kind != kind::NAMESPACE;
    let kinds: Vec<&Kind> = kinds_in_order().iter().rev().filter(pruned).collect();
    let asked: Vec<_> = kinds.iter().map(|kind| home.list(cluster, kind)).collect();
    let lists: Vec<_> = stream::iter(asked).buffered(TOGETHER).collect().await;
    for (kind, found) in kinds.into_iter().zip(lists) {
        let found = match found {
            Ok(found) => found,
            // What may not be read was not made by us.
            Err(failed) if failed.is_forbidden() => continue,
            Err(failed) => return Err(failed),
        };
        for object in found.iter().filter(|object| !is_known(kind, object) && !wants_to_stay(object)) {
            let (name, uid) = (text_at(object, "/metadata/name"), text_at(object, "/metadata/uid"));
            again(|| cluster.delete(kind, parts::space(object), name, uid)).await?;
        }
    }
    Ok(())
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
