//! Everything is read and tried before anything is applied: what is refused is refused while nothing is half done.

use futures_util::stream::{self, StreamExt as _};
use serde_json::Value;

use super::{Part, TOGETHER};
use crate::cluster::connect::{Connected, Failed, Kind, kind, text_at};
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::release::patience::again;
use crate::install::release::{owners, parts};
use crate::install::{Report, Told};
use crate::model::{Progress, Reply};

/// Somebody else may have made the same object. A namespace is used as it is, and stays theirs; anything else is not
/// overwritten.
pub async fn leave_to_others(cluster: &Connected, place: &str, objects: &mut Vec<Part>) -> Result<(), Fault> {
    let mut reads: Vec<Reply<'_, Result<Option<Value>, Failed>>> = Vec::new();
    for (kind, object) in &*objects {
        let (space, name) = (parts::space(object), text_at(object, "/metadata/name"));
        reads.push(Box::pin(again(move || cluster.get(kind, space, name))));
    }
    // So many at a time that a small API server does not turn them away; told in their order, the first as it comes.
    let mut found = stream::iter(objects.iter().enumerate()).zip(stream::iter(reads).buffered(TOGETHER));
    let mut theirs = Vec::new();
    while let Some(((at, (kind, object)), found)) = found.next().await {
        let whose = match found {
            Ok(found) => found.and_then(|found| parts::whose(&found, place)),
            // What may not be read is for the cluster to refuse.
            Err(failed) if failed.is_forbidden() => None,
            Err(failed) => return Err(failed.into()),
        };
        let Some(whose) = whose else { continue };
        if **kind != kind::NAMESPACE {
            let object = parts::called(kind, object, place);
            return Err(Fault::ClusterRefuses { object, said: Text::new(&whose) });
        }
        // The release's own was made before it.
        if text_at(object, "/metadata/name") != place {
            theirs.push(at);
        }
    }
    drop(found);
    let mut at = 0..;
    objects.retain(|_| at.next().is_none_or(|at| !theirs.contains(&at)));
    Ok(())
}

/// Tries everything (`dryRun=All`). Fields that somebody else manages are told: this release's values will count.
pub async fn rehearse(
    cluster: &Connected,
    place: &str,
    objects: &[Part],
    report: &Report,
) -> Result<(), Failed> {
    let made_here = |space: Option<&str>| {
        let made = |(kind, object): &Part| {
            **kind == kind::NAMESPACE && Some(text_at(object, "/metadata/name")) == space
        };
        objects.iter().any(made)
    };
    let mut tries: Vec<Reply<'_, Result<Option<Failed>, Failed>>> = Vec::new();
    for (kind, object) in objects {
        tries.push(Box::pin(again(move || async move {
            match cluster.try_apply(kind, parts::space(object), object).await {
                Ok(_) => Ok(None),
                // It would be another writer's field in the next try as well.
                Err(failed) if failed.is_conflict() => Ok(Some(failed)),
                Err(failed) => Err(failed),
            }
        })));
    }
    let mut tried = stream::iter(objects).zip(stream::iter(tries).buffered(TOGETHER));
    while let Some(((kind, object), tried)) = tried.next().await {
        match tried {
            Ok(None) => {}
            Ok(Some(conflict)) => {
                if let Some(owners) = owners::foreign(&conflict.said) {
                    let words = format!("{}: {owners}", parts::called(kind, object, place));
                    report(Told::Progress(Progress::TakingOver(Text::new(&words))));
                }
            }
            // Its namespace is not there yet, because a trial makes none.
            Err(failed) if failed.code == Some(404) && made_here(parts::space(object)) => {}
            // Nor is the role, which is read where whoever binds it may not `bind` any.
            // (kubernetes, `pkg/registry/rbac/rolebinding/policybased/storage.go`)
            Err(failed) if failed.code == Some(404) && binds_one_of(objects, kind, object) => {}
            Err(failed) if failed.is_untried() => {}
            Err(failed) => return Err(failed),
        }
    }
    Ok(())
}

/// Whether an object binds a role that is among these.
fn binds_one_of(objects: &[Part], kind: &Kind, object: &Value) -> bool {
    let (of, name) = (text_at(object, "/roleRef/kind"), text_at(object, "/roleRef/name"));
    let is_it = |(role, made): &Part| {
        role.group == kind::ROLE.group
            && role.name == of
            && text_at(made, "/metadata/name") == name
            && (!role.namespaced || parts::space(made) == parts::space(object))
    };
    [kind::ROLE_BINDING, kind::CLUSTER_ROLE_BINDING].contains(kind) && objects.iter().any(is_it)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_role_that_is_about_to_be_made_is_not_missed() {
        let named = |name: &str, space: &str| json!({"metadata": {"name": name, "namespace": space}});
        let objects = [
            (&kind::ROLE, named("reader", "lab")),
            (&kind::CLUSTER_ROLE, json!({"metadata": {"name": "lister"}})),
            (&kind::SERVICE_ACCOUNT, named("agent", "lab")),
        ];
        let binding = |of: &str, name: &str, space: &str| {
            let mut binding = named("binding", space);
            binding["roleRef"] = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": of, "name": name});
            binding
        };
        let passes = |kind: &Kind, object: &Value| binds_one_of(&objects, kind, object);
        assert!(passes(&kind::ROLE_BINDING, &binding("Role", "reader", "lab")));
        assert!(passes(&kind::ROLE_BINDING, &binding("ClusterRole", "lister", "lab")));
        assert!(passes(&kind::CLUSTER_ROLE_BINDING, &binding("ClusterRole", "lister", "")));
        for (kind, object) in [
            (kind::ROLE_BINDING, binding("Role", "writer", "lab")),
            (kind::ROLE_BINDING, binding("Role", "reader", "other")),
            (kind::ROLE_BINDING, binding("ClusterRole", "reader", "lab")),
            (kind::ROLE_BINDING, binding("ServiceAccount", "agent", "lab")),
            (kind::SERVICE, binding("Role", "reader", "lab")),
        ] {
            assert!(!passes(&kind, &object), "{object}");
        }
    }
}
