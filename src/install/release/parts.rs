//! What belongs to a release: by its labels, and wherever it lives.
//!
//! A chart may put objects into other namespaces than the release's, and some into none. Those say to which release
//! they belong in Helm's own annotations (`meta.helm.sh/release-name`, `meta.helm.sh/release-namespace`): a label
//! alone is not enough there, because another release of the same name may live in another namespace.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use serde_json::Value;

use super::patience::again;
use crate::cluster::connect::{Connected, Failed, Kind, kind, text_at};
use crate::cluster::kstatus::items;
use crate::cluster::release::SELECTOR;
use crate::foreign::Text;

/// Workloads and volumes get a row; the rest is done when it is applied.
pub const ROWS: [Kind; 5] =
    [kind::DEPLOYMENT, kind::DAEMON_SET, kind::STATEFUL_SET, kind::JOB, kind::VOLUME_CLAIM];

/// Where a release is looked for.
#[derive(Clone, Copy)]
pub struct Home<'a> {
    /// The release's namespace; the release is called the same.
    pub place: &'a str,
    /// Other namespaces that it is known to have objects in: looked into where the cluster does not let all
    /// namespaces be read.
    pub also: &'a BTreeSet<String>,
}

impl Home<'_> {
    /// The release's objects of one kind, in whatever namespace. A kind that the cluster does not serve has none.
    pub async fn list(&self, cluster: &Connected, kind: &Kind) -> Result<Vec<Value>, Failed> {
        let labels = format!("{SELECTOR},app.kubernetes.io/instance={}", self.place);
        self.labelled(cluster, kind, &labels).await
    }

    /// The same, whatever its release is called: whoever installed it may have had another name for it.
    pub async fn list_of_any_name(&self, cluster: &Connected, kind: &Kind) -> Result<Vec<Value>, Failed> {
        self.labelled(cluster, kind, SELECTOR).await
    }

    async fn labelled(&self, cluster: &Connected, kind: &Kind, labels: &str) -> Result<Vec<Value>, Failed> {
        let found = match again(|| cluster.list_everywhere(kind, labels)).await {
            Err(failed) if failed.is_forbidden() && kind.namespaced => {
                self.one_by_one(cluster, kind, labels).await
            }
            found => found,
        };
        match found {
            Ok(found) => Ok(found.into_iter().filter(|object| belongs(object, self.place)).collect()),
            Err(failed) if failed.code == Some(404) => Ok(Vec::new()),
            Err(failed) => Err(failed),
        }
    }

    /// Only where it is known to be: where the namespaces cannot be listed, or not all of them be read.
    async fn one_by_one(&self, cluster: &Connected, kind: &Kind, labels: &str) -> Result<Vec<Value>, Failed> {
        let mut all = Vec::new();
        for space in std::iter::once(self.place).chain(self.also.iter().map(String::as_str)) {
            all.extend(again(|| cluster.list(kind, Some(space), labels)).await?);
        }
        Ok(all)
    }
}

/// The workloads and volumes that the release in that namespace has in others.
pub async fn elsewhere(cluster: &Connected, place: &str) -> Result<Vec<Value>, Failed> {
    let lists = try_join_all(ROWS.each_ref().map(|kind| cluster.list_everywhere(kind, SELECTOR))).await?;
    let is_elsewhere = |object: &Value| space(object) != Some(place) && belongs(object, place);
    Ok(lists.into_iter().flatten().filter(is_elsewhere).collect())
}

/// Whether an object with a release's labels is of the release in that namespace.
pub fn belongs(object: &Value, place: &str) -> bool {
    text_at(object, "/metadata/namespace") == place
        || text_at(object, "/metadata/annotations/meta.helm.sh~1release-namespace") == place
}

/// Whose an object is that is there already, if it is not of the release in that namespace. A release has its own
/// name and namespace noted at all that is its. (Helm's rule of ownership: `pkg/action/validate.go`)
pub fn whose(object: &Value, place: &str) -> Option<String> {
    let note = |key: &str| text_at(object, &format!("/metadata/annotations/meta.helm.sh~1release-{key}"));
    let (name, space) = (note("name"), note("namespace"));
    if name.is_empty() && space.is_empty() {
        return Some(match managers(object).next() {
            Some(manager) => format!("it is there already; {manager} wrote it, and not this release"),
            None => "it is there already and belongs to somebody else".to_owned(),
        });
    }
    let is_ours = name == place && space == place;
    (!is_ours)
        .then(|| format!("it is there already and belongs to the release {name} in the namespace {space}"))
}

/// Whether an object was written by an installation, ours or Helm's. What the cluster made of it carries its labels
/// as well: a CronJob's Jobs, the volumes of a StatefulSet.
pub fn is_installed(object: &Value) -> bool {
    managers(object).any(|manager| INSTALLERS.contains(&manager))
}

/// The names under which installations write, ours and Helm's.
pub const INSTALLERS: [&str; 2] = ["landfall", "helm"];

fn managers(object: &Value) -> impl Iterator<Item = &str> {
    items(object, "/metadata/managedFields").iter().map(|entry| text_at(entry, "/manager"))
}

/// The namespace an object lives in, if it lives in one.
pub fn space(object: &Value) -> Option<&str> {
    Some(text_at(object, "/metadata/namespace")).filter(|space| !space.is_empty())
}

/// The namespaces of these objects besides the release's own.
pub fn other_spaces<'a>(objects: impl Iterator<Item = &'a Value>, place: &str) -> BTreeSet<String> {
    objects.filter_map(space).filter(|space| *space != place).map(str::to_owned).collect()
}

/// An object's kind and name, with its namespace where that is not the release's.
pub fn called(kind: &Kind, object: &Value, place: &str) -> Text {
    let name = text_at(object, "/metadata/name");
    Text::new(&match space(object).filter(|space| *space != place) {
        Some(space) => format!("{} {space}/{name}", kind.name),
        None => format!("{} {name}", kind.name),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_lives_elsewhere_has_to_say_whose_it_is() {
        let object = |space: &str, of: &str| json!({"metadata": {"namespace": space, "annotations": {"meta.helm.sh/release-namespace": of}}});
        for (space, of, ours) in [
            ("lab", "", true),
            ("lab-agents", "lab", true),
            ("lab-agents", "", false),
            ("lab-agents", "another", false),
            ("", "lab", true),
        ] {
            assert_eq!(belongs(&object(space, of), "lab"), ours, "{space} {of}");
        }
        for (notes, ours) in [
            (json!({"meta.helm.sh/release-name": "lab", "meta.helm.sh/release-namespace": "lab"}), true),
            (json!({"meta.helm.sh/release-name": "other", "meta.helm.sh/release-namespace": "lab"}), false),
            (json!({"meta.helm.sh/release-name": "lab", "meta.helm.sh/release-namespace": "other"}), false),
            (json!({}), false),
        ] {
            let found = json!({"metadata": {"namespace": "lab", "annotations": notes}});
            assert_eq!(whose(&found, "lab").is_none(), ours, "{notes}");
        }
        let written = |by: &str| json!({"metadata": {"managedFields": [{"manager": by}]}});
        assert!(is_installed(&written("helm")) && !is_installed(&written("kube-controller-manager")));
        assert_eq!(
            whose(&written("kubectl-create"), "lab").as_deref(),
            Some("it is there already; kubectl-create wrote it, and not this release")
        );
        let objects = [object("lab", ""), object("lab-agents", "lab"), object("", "lab")];
        assert_eq!(other_spaces(objects.iter(), "lab"), BTreeSet::from(["lab-agents".to_owned()]));
        assert_eq!(called(&kind::NODE, &json!({"metadata": {"name": "a"}}), "lab"), "Node a".into());
    }
}
