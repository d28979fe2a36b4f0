//! Taking away what an earlier version of this release had and this one has not.

use futures_util::stream::{self, StreamExt as _};
use serde_json::Value;

use super::{Part, TOGETHER};
use crate::cluster::connect::{Connected, Failed, Kind, kind, kinds_in_order, text_at};
use crate::cluster::release::secret_name;
use crate::install::release::manifest::is_hook;
use crate::install::release::parts::{self, Home};
use crate::install::release::patience::again;
use crate::install::release::remove::wants_to_stay;

/// Deletes what an installation wrote, carries this release's labels, and is not of `objects`.
pub async fn prune(cluster: &Connected, place: &str, objects: &[Part]) -> Result<(), Failed> {
    let also = parts::other_spaces(objects.iter().map(|(_, object)| object), place);
    let home = Home { place, also: &also };
    let kinds: Vec<&Kind> = kinds_in_order().iter().rev().filter(|kind| is_pruned(kind)).collect();
    let asked: Vec<_> = kinds.iter().map(|kind| home.list(cluster, kind)).collect();
    let mut lists = stream::iter(kinds).zip(stream::iter(asked).buffered(TOGETHER));
    while let Some((kind, found)) = lists.next().await {
        let found = match found {
            Ok(found) => found,
            // What may not be read was not made by us.
            Err(failed) if failed.is_forbidden() => continue,
            Err(failed) => return Err(failed),
        };
        for object in found.iter().filter(|object| is_obsolete(kind, object, place, objects)) {
            let (name, uid) = (text_at(object, "/metadata/name"), text_at(object, "/metadata/uid"));
            again(|| cluster.delete(kind, parts::space(object), name, uid)).await?;
        }
    }
    Ok(())
}

/// With a namespace goes all that is in it, and with a definition every object of its kind in the whole cluster: they
/// may be others'.
fn is_pruned(kind: &Kind) -> bool {
    ![kind::NAMESPACE, kind::RESOURCE_DEFINITION].contains(kind)
}

fn is_obsolete(kind: &Kind, object: &Value, place: &str, objects: &[Part]) -> bool {
    let named = |other: &Value| {
        ["/metadata/name", "/metadata/namespace"]
            .into_iter()
            .all(|pointer| text_at(object, pointer) == text_at(other, pointer))
    };
    let is_known = objects.iter().any(|(of, known)| *of == kind && named(known));
    // The one with the credential is made elsewhere.
    let is_credential = *kind == kind::SECRET
        && parts::space(object) == Some(place)
        && text_at(object, "/metadata/name") == secret_name(place);
    !is_known && !is_credential && parts::is_installed(object) && !is_hook(object) && !wants_to_stay(object)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_an_installation_wrote_and_does_not_write_any_more_goes() {
        let object = |name: &str, by: &str, notes: Value| json!({"metadata": {"name": name, "namespace": "lab", "annotations": notes, "managedFields": [{"manager": by}]}});
        let now = [(&kind::VOLUME_CLAIM, object("data", "landfall", json!({})))];
        let goes = |kind: &Kind, object: &Value| is_pruned(kind) && is_obsolete(kind, object, "lab", &now);
        assert!(goes(&kind::VOLUME_CLAIM, &object("old", "landfall", json!({}))));
        assert!(goes(&kind::SERVICE, &object("data", "helm", json!({}))));
        assert!(goes(&kind::SECRET, &object("regcred", "helm", json!({}))));
        for (kind, left) in [
            (kind::VOLUME_CLAIM, object("data", "landfall", json!({}))),
            (kind::VOLUME_CLAIM, object("old", "landfall", json!({"helm.sh/resource-policy": "keep"}))),
            (kind::VOLUME_CLAIM, object("data-db-0", "kube-controller-manager", json!({}))),
            (kind::JOB, object("upgrade-17", "kube-controller-manager", json!({}))),
            (kind::JOB, object("test", "helm", json!({"helm.sh/hook": "test"}))),
            (kind::SECRET, object("lab-secrets", "landfall", json!({}))),
            (kind::NAMESPACE, object("old", "landfall", json!({}))),
            (kind::RESOURCE_DEFINITION, object("shops.example.org", "helm", json!({}))),
        ] {
            assert!(!goes(&kind, &left), "{left}");
        }
    }
}
