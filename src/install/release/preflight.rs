//! What can be known before the first change: whether this cluster would take the release.
//!
//! Nothing here changes anything. What cannot be read is unknown, which is never good and never in the way; only
//! what is certain to go wrong fails.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::engine::Engine;
use super::parts;
use crate::cluster::connect::{Connected, Failed, text_at};
use crate::cluster::release::{Found, discover};
use crate::foreign::Text;
use crate::model::{Check, CheckState, Layer, Slug};

mod kinds;
mod leftovers;
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
    /// Whether helm installs it, which keeps a record of its own.
    by_helm: bool,
}

impl<'a> Plan<'a> {
    /// Where an object goes. What is rendered need not say that it goes to the release's own namespace.
    fn space(&self, object: &'a Value) -> &'a str {
        parts::space(object).unwrap_or(self.slug)
    }

    /// What the release makes itself of that kind.
    fn of_kind(&self, kind: &str) -> impl Iterator<Item = &'a Value> {
        self.objects.iter().filter(move |object| text_at(object, "/kind") == kind)
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
    let plan = &Plan {
        objects: &objects,
        slug: slug.as_str(),
        place: place.as_ref().map(Slug::as_str),
        by_helm: matches!(engine, Engine::Helm(_)),
    };
    let (rights, room, storage, security, leftovers, kinds) = tokio::join!(
        within(rights::ID, "your rights", rights::check(cluster, plan)),
        within(room::ID, "the nodes' free room", room::check(cluster, plan)),
        within(storage::ID, "the storage", storage::check(cluster, plan)),
        within(security::ID, "the namespace's pod security", security::check(cluster, plan)),
        within(leftovers::ID, "what is left of earlier clients", leftovers::check(cluster, plan)),
        within(kinds::ID, "the kinds of objects it knows", kinds::check(cluster, plan)),
    );
    vec![rights, room, storage, security, leftovers, kinds]
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

/// Where the pods of a workload are described.
fn pod_spec(object: &Value) -> Option<&Value> {
    ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec"]
        .into_iter()
        .find_map(|pointer| object.pointer(pointer))
}
