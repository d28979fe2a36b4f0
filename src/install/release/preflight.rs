//! What can be known before the first change: whether this cluster would take the release.
//!
//! Nothing here changes anything. What cannot be read is unknown, which is never good and never in the way; only
//! what is certain to go wrong fails.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::engine::Engine;
use super::parts;
use super::remove::wants_to_stay;
use crate::cluster::connect::{Connected, Failed, kind, kind_of, text_at};
use crate::cluster::release::{Found, SELECTOR, discover};
use crate::foreign::Text;
use crate::model::{Check, CheckState, Layer, Slug};

mod rights;
mod room;
mod security;
mod storage;

/// How long each part may take; what is not told by then is not known.
const LIMIT: Duration = Duration::from_secs(7);

/// What is to be put where.
struct Plan<'a> {
    /// The rendered objects.
    objects: &'a [Value],
    /// What the release is called in them.
    slug: &'a str,
    /// Its namespace, where it lives already; without one it gets a new one.
    place: Option<&'a str>,
}

impl<'a> Plan<'a> {
    /// Where an object goes. What is rendered need not say that it goes to the release's own namespace.
    fn space(&self, object: &'a Value) -> &'a str {
        parts::space(object).unwrap_or(self.slug)
    }

    /// Whether that is the release's own namespace, and is made new.
    fn is_new(&self, space: &str) -> bool {
        self.place.is_none() && space == self.slug
    }

    /// The workloads by the namespace they go to, the release's own first.
    fn workloads(&self) -> Vec<(&'a str, Vec<&'a Value>)> {
        let with_pods = self.objects.iter().filter(|object| pod_spec(object).is_some());
        let mut spaces: Vec<(&str, Vec<&Value>)> = vec![(self.slug, Vec::new())];
        for object in with_pods {
            let space = self.space(object);
            match spaces.iter_mut().find(|(known, _)| *known == space) {
                Some((_, objects)) => objects.push(object),
                None => spaces.push((space, vec![object])),
            }
        }
        spaces
    }
}

/// Checks the cluster against what would be put into it, in the order in which a person would ask.
pub async fn checks(cluster: &Connected, engine: &Engine) -> Vec<Check> {
    let found = timeout(LIMIT, discover(cluster)).await;
    let place = match &found {
        Ok(Found::One(living)) => Some(living.namespace.clone()),
        _ => None,
    };
    let slug = place.clone().unwrap_or_else(Slug::client);
    // What cannot be rendered is told by the inspection.
    let Ok((_, objects)) = engine.objects(cluster, &slug).await else { return Vec::new() };
    let plan = &Plan { objects: &objects, slug: slug.as_str(), place: place.as_ref().map(Slug::as_str) };
    let (rights, room, storage, security, leftovers) = tokio::join!(
        within(rights::ID, "your rights", rights::check(cluster, plan)),
        within(room::ID, "the nodes' free room", room::check(cluster, plan)),
        within(storage::ID, "the storage", storage::check(cluster, plan)),
        within(security::ID, "the namespace's pod security", security::check(cluster, plan)),
        within(LEFTOVERS, "what is left of earlier clients", leftovers(cluster, plan)),
    );
    vec![rights, room, storage, security, leftovers]
}

async fn within(id: &'static str, what: &str, check: impl Future<Output = Check>) -> Check {
    let late = || unknown(id, format!("{what} could not be looked at: no answer in time"));
    timeout(LIMIT, check).await.unwrap_or_else(|_| late())
}

fn told(id: &'static str, state: CheckState, words: impl Into<Text>) -> Check {
    Check::new(id, Layer::Cluster, state, words)
}

fn unknown(id: &'static str, words: impl Into<Text>) -> Check {
    told(id, CheckState::Unknown, words)
}

/// What could not be read, and why.
fn unread(id: &'static str, what: &str, failed: &Failed) -> Check {
    unknown(id, format!("{what}: not possible to {}", failed.doing)).because([failed.said.clone()])
}

const LEFTOVERS: &str = "P05";

/// Volumes that an earlier client left, and objects outside of the release's namespace that are somebody else's.
/// Where the next client gets the same namespace, it finds the data of the one before.
async fn leftovers(cluster: &Connected, plan: &Plan<'_>) -> Check {
    let place = plan.place;
    if let Some(theirs) = in_the_way(cluster, plan).await {
        let words = format!("{theirs} is there already and belongs to somebody else");
        return told(LEFTOVERS, CheckState::Fail, words)
            .because([theirs])
            .fix("Ask whose it is; the release would write over it, and does not.");
    }
    let claims = match cluster.list_everywhere(&kind::VOLUME_CLAIM, SELECTOR).await {
        Ok(claims) => claims,
        Err(failed) => return unread(LEFTOVERS, "what earlier clients left cannot be told", &failed),
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
        return told(LEFTOVERS, CheckState::Pass, "no volumes of an earlier client are left");
    }
    let words =
        "volumes of an earlier client are left; a client that gets the same namespace uses their data";
    told(LEFTOVERS, CheckState::Warn, words)
        .because(left)
        .fix("Keep them if their data is wanted; otherwise delete them with kubectl before you go on.")
}

/// An object outside of the release's namespace that is there and not of this release. A namespace is used as it is.
async fn in_the_way(cluster: &Connected, plan: &Plan<'_>) -> Option<Text> {
    for object in plan.objects {
        let Some(kind) = kind_of(object).filter(|kind| **kind != kind::NAMESPACE) else { continue };
        let space = kind.namespaced.then(|| plan.space(object));
        if space == Some(plan.slug) {
            continue;
        }
        let found = cluster.get(kind, space, text_at(object, "/metadata/name")).await.ok().flatten();
        if found.is_some_and(|found| !parts::belongs(&found, plan.place.unwrap_or_default())) {
            return Some(parts::called(kind, object, plan.slug));
        }
    }
    None
}

/// Where the pods of a workload are described.
fn pod_spec(object: &Value) -> Option<&Value> {
    ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec"]
        .into_iter()
        .find_map(|pointer| object.pointer(pointer))
}
