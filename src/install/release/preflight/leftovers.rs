//! What earlier clients left, and what is in the way because it is somebody else's.

use futures_util::stream::{self, StreamExt as _};
use serde_json::Value;

use super::{Plan, parts, told, unread};
use crate::cluster::connect::{Connected, Failed, kind, kind_of, text_at};
use crate::cluster::release::SELECTOR;
use crate::foreign::Text;
use crate::install::release::remove::wants_to_stay;
use crate::model::{Check, CheckState, Reply};

pub(super) const ID: &str = "P05";

/// How many objects are looked for at a time.
const TOGETHER: usize = 8;

/// Volumes that an earlier client left, and objects that are somebody else's. Where the next client gets the same
/// namespace, it finds the data of the one before.
pub(super) async fn check(cluster: &Connected, plan: &Plan<'_>) -> Check {
    let place = plan.place;
    let theirs = in_the_way(cluster, plan).await;
    if let Some((object, whose)) = theirs.first() {
        return told(ID, CheckState::Fail, format!("{object} is in the way: {whose}"))
            .because(theirs.iter().map(|(object, whose)| format!("{object}: {whose}")))
            .fix("Ask whose it is; the release would write over it, and does not.");
    }
    let claims = match cluster.list_everywhere(&kind::VOLUME_CLAIM, SELECTOR).await {
        Ok(claims) => claims,
        Err(failed) => return unread(ID, "what earlier clients left cannot be told", &failed),
    };
    let left: Vec<Text> = claims
        .iter()
        .filter(|claim| Some(text_at(claim, "/metadata/namespace")) != place && wants_to_stay(claim))
        .map(|claim| {
            let (place, name) = (text_at(claim, "/metadata/namespace"), text_at(claim, "/metadata/name"));
            Text::new(&format!("PersistentVolumeClaim {place}/{name}"))
        })
        .collect();
    if left.is_empty() {
        return told(ID, CheckState::Pass, "no volumes of an earlier client are left");
    }
    let words =
        "volumes of an earlier client are left; a client that gets the same namespace uses their data";
    told(ID, CheckState::Warn, words)
        .because(left)
        .fix("Keep them if their data is wanted; otherwise delete them with kubectl before you go on.")
}

/// Objects that are there and not of this release, with whose they are. A namespace is used as it is; and what goes
/// into a namespace that is made new has nothing in its way.
async fn in_the_way(cluster: &Connected, plan: &Plan<'_>) -> Vec<(Text, String)> {
    let mut looks: Vec<Reply<'_, Option<(Text, String)>>> = Vec::new();
    for object in plan.objects {
        let Some(kind) = kind_of(object).filter(|kind| **kind != kind::NAMESPACE) else { continue };
        let space = kind.namespaced.then(|| plan.space(object));
        if space.is_some_and(|space| plan.is_new(space)) || is_unnamed(plan, object) {
            continue;
        }
        looks.push(Box::pin(async move {
            let found: Result<Option<Value>, Failed> =
                cluster.get(kind, space, text_at(object, "/metadata/name")).await;
            let whose = parts::whose(&found.ok().flatten()?, plan.slug)?;
            Some((parts::called(kind, object, plan.slug), whose))
        }));
    }
    let found: Vec<_> = stream::iter(looks).buffered(TOGETHER).collect().await;
    found.into_iter().flatten().collect()
}

/// Whether an object's name or namespace is made of the release's, which has no name yet: it will be called otherwise.
fn is_unnamed(plan: &Plan<'_>, object: &Value) -> bool {
    let name = text_at(object, "/metadata/name");
    plan.place.is_none() && [name, plan.space(object)].iter().any(|text| text.contains(plan.slug))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_called_after_a_release_without_a_name_is_not_looked_for() {
        for (place, space, name, unnamed) in [
            (None, "agents", "client-agent", true),
            (None, "client-agents", "agent", true),
            (None, "agents", "agent", false),
            (Some("client"), "agents", "client-agent", false),
        ] {
            let objects = [json!({"metadata": {"name": name, "namespace": space}})];
            let plan = Plan { objects: &objects, slug: "client", place, by_helm: false };
            assert_eq!(is_unnamed(&plan, &objects[0]), unnamed, "{place:?} {space} {name}");
        }
    }
}
