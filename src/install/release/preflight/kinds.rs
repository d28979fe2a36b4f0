//! Whether the cluster knows every kind of object that the release has.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::{Plan, told, unread};
use crate::cluster::connect::{Connected, kind_of, text_at};
use crate::model::{Check, CheckState};

pub(super) const ID: &str = "P08";

/// Kinds beside those of the core come by a CustomResourceDefinition or another server, or went with a version of
/// Kubernetes: that we know one does not say that this cluster does.
pub(super) async fn check(cluster: &Connected, plan: &Plan<'_>) -> Check {
    let wanted = wanted(plan);
    let versions: BTreeSet<&str> = wanted.iter().map(|(version, _)| *version).collect();
    let asked = versions.iter().map(|version| async { (*version, cluster.kinds(version).await) });
    let mut missing = Vec::new();
    for (version, known) in join_all(asked).await {
        let known = match known {
            Ok(known) => known,
            Err(failed) => return unread(ID, "what kinds of objects it knows cannot be told", &failed),
        };
        let of_it = wanted.iter().filter(|(of, kind)| *of == version && !known.iter().any(|one| one == kind));
        missing.extend(of_it.map(|(version, kind)| format!("{kind} of {version}")));
    }
    if missing.is_empty() {
        return told(ID, CheckState::Pass, "the cluster knows every kind of object of the release");
    }
    told(ID, CheckState::Fail, format!("the cluster does not know {}", missing.join(", ")))
        .because(missing.iter().map(String::as_str))
        .fix("Ask for what defines them (a CustomResourceDefinition), or for a chart for this Kubernetes.")
}

/// What the cluster must know, as `apiVersion` and kind.
fn wanted<'a>(plan: &Plan<'a>) -> BTreeSet<(&'a str, &'a str)> {
    // What the release defines itself is there before it is used.
    let defined: BTreeSet<(&str, &str)> = plan
        .of_kind("CustomResourceDefinition")
        .map(|made| (text_at(made, "/spec/group"), text_at(made, "/spec/names/kind")))
        .collect();
    plan.objects
        .iter()
        .filter(|object| text_at(object, "/apiVersion").contains('/') || kind_of(object).is_none())
        .map(|object| (text_at(object, "/apiVersion"), text_at(object, "/kind")))
        .filter(|(version, kind)| !defined.contains(&(version.split('/').next().unwrap_or_default(), *kind)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_of_the_core_or_defined_by_the_release_is_asked_for() {
        let objects = [
            json!({"apiVersion": "v1", "kind": "Service"}),
            json!({"apiVersion": "v1", "kind": "Shop"}),
            json!({"apiVersion": "apps/v1", "kind": "Deployment"}),
            json!({"apiVersion": "example.org/v1", "kind": "Shop"}),
            json!({
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "spec": {"group": "example.org", "names": {"kind": "Shop"}},
            }),
        ];
        let plan = Plan { objects: &objects, slug: "lab", place: None, by_helm: false };
        assert_eq!(
            Vec::from_iter(wanted(&plan)),
            [
                ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
                ("apps/v1", "Deployment"),
                ("v1", "Shop"),
            ]
        );
    }
}
