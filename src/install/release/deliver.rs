//! The proven credential on its way into its sink: the release's Secret.

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::keys::{self, CLIENT_ID, CLIENT_PASSWORD, SIGNING_SECRET};
use super::patience::{TRIES, again, pause};
use super::{machine, manifest, namespace};
use crate::cluster::connect::{Connected, Failed, kind, text_at};
use crate::cluster::release::{encoded, field, secret_name};
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::Holder;
use crate::model::Claimed;
use crate::secret::Vault;

/// Makes sure that the release's Secret holds the credential, and that it is read back as it was written.
///
/// `turn` tells whether it is still this run's turn. It is asked after each read and before the write on top of
/// it, so that a process which was stopped meanwhile never writes over what another one delivered since.
pub async fn deliver<T: Future<Output = Result<(), Fault>>>(
    cluster: &Connected,
    vault: &Vault,
    holder: &Holder,
    machines: &str,
    claimed: &Claimed,
    turn: impl Fn() -> T,
) -> Result<(), Fault> {
    let password = vault.open(claimed.password, &holder.audience()).map_err(|refused| Fault::Died {
        part: Text::new("the delivery of the credential"),
        words: Text::new(&refused.to_string()),
    })?;
    let place = claimed.namespace.as_str();
    let name = secret_name(place);
    let read = || cluster.get(&kind::SECRET, Some(place), &name);
    let mut found = again(read).await?;
    turn().await?;
    namespace::prepare(cluster, holder, claimed, found.as_ref()).await?;
    let mut tries = 1;
    loop {
        if let Some(other) = found.as_ref().and_then(|secret| field(secret, CLIENT_ID))
            && other != claimed.username.as_str()
        {
            return Err(Fault::ForeignRelease { namespace: Text::new(place) });
        }
        // What is right stays untouched: its version tells the workloads whether they run on this credential.
        if found.as_ref().is_some_and(|secret| holds(secret, claimed, &password)) {
            return Ok(());
        }
        turn().await?;
        let written = write(cluster, claimed, machines, &name, found.as_ref(), &password).await;
        // Read back: what counts is what the cluster holds.
        let now = again(read).await?;
        if now.as_ref().is_some_and(|secret| holds(secret, claimed, &password)) {
            return Ok(());
        }
        match written {
            Err(failed) if !failed.is_conflict() && !failed.is_transient() => return Err(failed.into()),
            // Somebody else wrote it between our read and our write: what that run knows is newer.
            Err(_) if version(now.as_ref()) != version(found.as_ref()) => {
                let what = format!("somebody else wrote the Secret {place}/{name} at the same moment");
                return Err(Fault::Changed { what: Text::new(&what) });
            }
            Err(failed) if tries == TRIES => return Err(failed.into()),
            Ok(_) if tries == TRIES => {
                return Err(Fault::ClusterRefuses {
                    object: Text::new(&format!("to keep Secret {place}/{name}")),
                    said: Text::new("it does not hold what was written into it"),
                });
            }
            Ok(_) | Err(_) => pause(tries).await,
        }
        tries += 1;
        found = now;
    }
}

fn version(secret: Option<&Value>) -> Option<&str> {
    secret.map(|secret| text_at(secret, "/metadata/resourceVersion"))
}

fn holds(secret: &Value, claimed: &Claimed, password: &str) -> bool {
    let right =
        |key, value: &str| field(secret, key).map(Zeroizing::new).is_some_and(|held| held.as_str() == value);
    right(CLIENT_ID, claimed.username.as_str())
        && right(CLIENT_PASSWORD, password)
        && field(secret, SIGNING_SECRET).is_some()
}

async fn write(
    cluster: &Connected,
    claimed: &Claimed,
    machines: &str,
    name: &str,
    found: Option<&Value>,
    password: &str,
) -> Result<Value, Failed> {
    let place = claimed.namespace.as_str();
    // Pod tokens are signed with it; a new one would make those out there worthless.
    let signing = found.and_then(|secret| field(secret, SIGNING_SECRET)).map(Zeroizing::new);
    let signing = signing.unwrap_or_else(keys::fresh);
    let kept = |pointer| found.and_then(|secret| secret.pointer(pointer)).filter(|part| part.is_object());
    let mut data = kept("/data").cloned().unwrap_or_else(|| json!({}));
    let labels = kept("/metadata/labels").cloned().unwrap_or_else(|| json!({}));
    data[CLIENT_ID] = encoded(claimed.username.as_str());
    data[CLIENT_PASSWORD] = encoded(password);
    data[SIGNING_SECRET] = encoded(&signing);
    let mut object = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": { "name": name, "namespace": place, "labels": labels },
        "type": "Opaque",
        "data": data,
    });
    manifest::own(&mut object, &claimed.namespace);
    machine::note(&mut object, machines);
    let veil = keys::veil(cluster, &signing);
    let written = match found {
        None => cluster.create(&kind::SECRET, Some(place), &object).await,
        Some(found) => {
            for key in ["uid", "resourceVersion"] {
                object["metadata"][key] = json!(text_at(found, &format!("/metadata/{key}")));
            }
            cluster.replace(&kind::SECRET, Some(place), &object).await
        }
    };
    cluster.vault.drop(veil);
    written
}
