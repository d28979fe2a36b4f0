//! What can be known before the first change: whether this cluster would take the release.
//!
//! Nothing here changes anything. What cannot be read is unknown, which is never good and never in the way; only
//! what is certain to go wrong fails.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::remove::wants_to_stay;
use crate::cluster::connect::{Connected, Failed, kind, text_at};
use crate::cluster::release::{Found, SELECTOR, discover};
use crate::foreign::Text;
use crate::model::{Check, CheckState, Layer};

mod rights;
mod room;
mod security;
mod storage;

/// How long each part may take; what is not told by then is not known.
const LIMIT: Duration = Duration::from_secs(7);

/// Checks the cluster against these objects, in the order in which a person would ask.
pub async fn checks(cluster: &Connected, objects: &[Value]) -> Vec<Check> {
    let found = timeout(LIMIT, discover(cluster)).await;
    let place = match &found {
        Ok(Found::One(living)) => Some(living.namespace.as_str()),
        _ => None,
    };
    let (rights, room, storage, security, leftovers) = tokio::join!(
        within(rights::ID, "your rights", rights::check(cluster, objects, place)),
        within(room::ID, "the nodes' free room", room::check(cluster, objects, place)),
        within(storage::ID, "the storage", storage::check(cluster, objects, place)),
        within(security::ID, "the namespace's pod security", security::check(cluster, objects, place)),
        within(LEFTOVERS, "what is left of earlier clients", leftovers(cluster, place)),
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

/// Volumes that an earlier client left. Where the next one gets the same namespace, it finds their data.
async fn leftovers(cluster: &Connected, place: Option<&str>) -> Check {
    let claims = match cluster.list(&kind::VOLUME_CLAIM, None, SELECTOR).await {
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

/// Where the pods of a workload are described.
fn pod_spec(object: &Value) -> Option<&Value> {
    ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec"]
        .into_iter()
        .find_map(|pointer| object.pointer(pointer))
}
