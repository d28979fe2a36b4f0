//! The release's namespace: created where it is missing, refused where it is somebody else's.

use serde_json::{Value, json};

use crate::cluster::connect::{Connected, kind, text_at};
use crate::cluster::release::field;
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::Holder;
use crate::model::{Claimed, Slug};

/// Makes sure that the namespace is there and ours. `secret` is the release's Secret in it, if there is one.
pub async fn prepare(
    cluster: &Connected,
    holder: &Holder,
    claimed: &Claimed,
    secret: Option<&Value>,
) -> Result<(), Fault> {
    let name = &claimed.namespace;
    refuse_reserved(name)?;
    let found = match cluster.get(&kind::NAMESPACE, None, name.as_str()).await? {
        Some(found) => found,
        None => match cluster.create(&kind::NAMESPACE, None, &object(holder, claimed)).await {
            Ok(_) => return Ok(()),
            // Somebody was faster, or the answer to our own POST was lost: look at what is there.
            Err(failed) if failed.is_conflict() || failed.is_transient() => cluster
                .get(&kind::NAMESPACE, None, name.as_str())
                .await?
                .ok_or_else(|| Fault::from(failed))?,
            Err(failed) => return Err(failed.into()),
        },
    };
    if !text_at(&found, "/metadata/deletionTimestamp").is_empty() {
        return Err(not_claimable(claimed, "is being deleted; wait until it has gone"));
    }
    if is_ours(&found, holder, claimed) || holds_client(secret, claimed) {
        return Ok(());
    }
    Err(not_claimable(claimed, "exists in the cluster already and was not made for this client"))
}

/// Namespaces that belong to the cluster itself are refused, whoever names them.
fn refuse_reserved(name: &Slug) -> Result<(), Fault> {
    let raw = name.as_str();
    if raw == "default" || raw.starts_with("kube-") || raw.starts_with("openshift-") {
        return Err(Fault::BadReply {
            why: Text::new(&format!("it names the namespace {raw}, which belongs to the cluster itself")),
        });
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
                "landfall/client": claimed.username.as_str(),
            },
        },
    })
}

/// Whether we made this namespace for this client.
fn is_ours(namespace: &Value, holder: &Holder, claimed: &Claimed) -> bool {
    let Some(notes) = namespace.pointer("/metadata/annotations") else { return false };
    let note = |key: &str| notes.get(key).and_then(Value::as_str);
    note("landfall/origin") == Some(holder.origin.as_str())
        && note("landfall/account") == Some(holder.account.to_string().as_str())
        && note("landfall/client") == Some(claimed.username.as_str())
}

/// Whether the release in it is this client's: it was installed by somebody else, for example by Helm.
fn holds_client(secret: Option<&Value>, claimed: &Claimed) -> bool {
    secret.and_then(|secret| field(secret, "CLIENT_ID")).as_deref() == Some(claimed.username.as_str())
}

fn not_claimable(claimed: &Claimed, why: &str) -> Fault {
    Fault::NotClaimable {
        client: claimed.name.clone(),
        why: Text::new(&format!("the namespace {} {why}", claimed.namespace)),
    }
}
