//! Whether a credential could be written ahead: asked before anybody reaches for a phone, changing nothing.

use serde_json::{Value, json};

use super::record;
use crate::cluster::connect::{Connected, kind, text_at};
use crate::error::Fault;
use crate::foreign::Text;

/// What would keep a credential from being written ahead, if it is known to. The right is asked for, and the
/// write is tried with a dummy value and `dryRun=All`, because a policy may forbid what a role allows. Where
/// neither can be asked, nothing is known, and the write itself will tell.
pub async fn obstacle(cluster: &Connected, origin: &str) -> Option<Fault> {
    for verb in ["create", "get", "delete"] {
        if let Some(fault) = missing(cluster, verb).await {
            return Some(fault);
        }
    }
    match cluster.try_create(&kind::SECRET, Some(record::NAMESPACE), &record::dummy(origin)).await {
        // There is a record already; whether it can be used is another question.
        Err(failed) if failed.is_conflict() || failed.is_transient() => None,
        Err(failed) if failed.is_untried() => None,
        Err(failed) => Some(failed.into()),
        Ok(_) => None,
    }
}

/// Whether these `resourceAttributes` are a right that is held; none where the cluster does not say.
pub async fn may(cluster: &Connected, attributes: Value) -> Option<bool> {
    review(cluster, attributes).await?.pointer("/status/allowed").and_then(Value::as_bool)
}

async fn review(cluster: &Connected, attributes: Value) -> Option<Value> {
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "metadata": {},
        "spec": { "resourceAttributes": attributes },
    });
    cluster.create(&kind::ACCESS_REVIEW, None, &review).await.ok()
}

async fn missing(cluster: &Connected, verb: &str) -> Option<Fault> {
    let attributes = json!({ "namespace": record::NAMESPACE, "verb": verb, "resource": "secrets" });
    let answer = review(cluster, attributes).await?;
    if answer.pointer("/status/allowed").and_then(Value::as_bool) != Some(false) {
        return None;
    }
    let reason = text_at(&answer, "/status/reason");
    Some(Fault::ClusterForbids {
        what: Text::new(&format!("{verb} secrets in {}", record::NAMESPACE)),
        said: Text::new(if reason.is_empty() { "no role allows it" } else { reason }),
    })
}
