//! The release's namespace: created where it is missing, refused where it is somebody else's.

use serde_json::{Value, json};

use super::patience::{TRIES, again, pause};
use crate::cluster::connect::{Connected, kind, text_at};
use crate::cluster::release::field;
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::Holder;
use crate::model::{Claimed, Slug};

/// Looks before the claim whether the namespace asked for can become ours. What is refused here costs nothing;
/// after the claim the name is frozen. `secret` is the release's Secret in it, if there is one.
pub async fn foresee(
    cluster: &Connected,
    holder: &Holder,
    name: &Text,
    slug: &Slug,
    secret: Option<&Value>,
) -> Result<(), Fault> {
    refuse_reserved(slug).map_err(|why| not_claimable(name, slug, why))?;
    match cluster.get(&kind::NAMESPACE, None, slug.as_str()).await? {
        // Whose release it is was judged by discovery; here it only shows that the namespace is a client's.
        Some(found) if secret.is_none() => {
            judge(&found, holder).map_err(|why| not_claimable(name, slug, why))
        }
        _ => Ok(()),
    }
}

/// Makes sure that the namespace is there and ours.
pub async fn prepare(
    cluster: &Connected,
    holder: &Holder,
    claimed: &Claimed,
    secret: Option<&Value>,
) -> Result<(), Fault> {
    let slug = &claimed.namespace;
    let refused = |why: &str| not_claimable(&claimed.name, slug, why);
    refuse_reserved(slug).map_err(refused)?;
    let mut tries = 1;
    let found = loop {
        if let Some(found) = again(|| cluster.get(&kind::NAMESPACE, None, slug.as_str())).await? {
            break found;
        }
        match cluster.create(&kind::NAMESPACE, None, &object(holder, claimed)).await {
            Ok(_) => return Ok(()),
            // Somebody was faster, or the answer to our own POST was lost: look at what is there.
            Err(failed) if tries < TRIES && (failed.is_conflict() || failed.is_transient()) => {}
            Err(failed) => return Err(failed.into()),
        }
        pause(tries).await;
        tries += 1;
    };
    if holds_client(secret, claimed) && text_at(&found, "/metadata/deletionTimestamp").is_empty() {
        return Ok(());
    }
    judge(&found, holder).map_err(refused)
}

/// Why an existing namespace cannot be used, if it cannot.
fn judge(namespace: &Value, holder: &Holder) -> Result<(), &'static str> {
    if !text_at(namespace, "/metadata/deletionTimestamp").is_empty() {
        return Err("is being deleted; wait until it has gone");
    }
    if is_ours(namespace, holder) {
        return Ok(());
    }
    Err("exists in the cluster already and was not made for a client of this account")
}

/// Namespaces that belong to the cluster itself are refused, whoever names them.
fn refuse_reserved(slug: &Slug) -> Result<(), &'static str> {
    let raw = slug.as_str();
    if raw == "default" || raw.starts_with("kube-") || raw.starts_with("openshift-") {
        return Err("belongs to the cluster itself");
    }
    Ok(())
}

fn object(holder: &Holder, claimed: &Claimed) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": claimed.namespace.as_str(),
            // By this label discovery finds a release that was begun and not applied yet.
            "labels": { "app.kubernetes.io/managed-by": "landfall" },
            "annotations": {
                "landfall/origin": holder.origin,
                "landfall/account": holder.account.to_string(),
            },
        },
    })
}

/// Whether we made this namespace for this account. Whose client is in it, its Secret tells.
pub fn is_ours(namespace: &Value, holder: &Holder) -> bool {
    let Some(notes) = namespace.pointer("/metadata/annotations") else { return false };
    let note = |key: &str| notes.get(key).and_then(Value::as_str);
    note("landfall/origin") == Some(holder.origin.as_str())
        && note("landfall/account") == Some(holder.account.to_string().as_str())
}

/// The account that we made this namespace for, at that API. Only a hint: without it nothing is refused.
pub async fn owner(cluster: &Connected, slug: &Slug, origin: &str) -> Option<u64> {
    let namespace = cluster.get(&kind::NAMESPACE, None, slug.as_str()).await.ok()??;
    let notes = namespace.pointer("/metadata/annotations")?;
    let note = |key: &str| notes.get(key).and_then(Value::as_str);
    (note("landfall/origin") == Some(origin)).then(|| note("landfall/account")?.parse().ok())?
}

/// Whether the release in it is this client's: it was installed by somebody else, for example by Helm.
fn holds_client(secret: Option<&Value>, claimed: &Claimed) -> bool {
    secret.and_then(|secret| field(secret, "CLIENT_ID")).as_deref() == Some(claimed.username.as_str())
}

fn not_claimable(name: &Text, slug: &Slug, why: &str) -> Fault {
    Fault::NotClaimable { client: name.clone(), why: Text::new(&format!("the namespace {slug} {why}")) }
}
