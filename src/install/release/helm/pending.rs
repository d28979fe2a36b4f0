//! A release that an interrupted helm left pending.
//!
//! Helm refuses to touch it ("another operation is in progress"). What is told to be at work is watched for a
//! while first. Then an upgrade is rolled back, as its authors advise; but neither is an installation uninstalled nor a
//! revision taken back that holds another credential, because the Secret in the release is the only copy: there only
//! helm's record of the attempt is taken away, and the objects are taken over by the next one.

use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use super::call::Call;
use super::{Helm, Veil, documents};
use crate::cluster::connect::{Connected, Failed, kind, text_at};
use crate::cluster::release::{encoded, secret_name};
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::release::keys::{CLIENT_ID, CLIENT_PASSWORD, SIGNING_SECRET};
use crate::install::release::patience::again;
use crate::install::{Report, Told};
use crate::model::Progress;

/// How long a pending release is watched for a sign of life, in looks of a second.
const LOOKS: usize = 30;
const PAUSE: Duration = Duration::from_secs(1);

/// Helm's newest record of a release: a Secret of its own.
pub async fn newest(cluster: &Connected, place: &str) -> Result<Option<Value>, Failed> {
    let labels = format!("owner=helm,name={place}");
    let records = again(|| cluster.list(&kind::SECRET, Some(place), &labels)).await?;
    Ok(records.into_iter().max_by_key(|record| label(record, "version").parse::<u64>().unwrap_or(0)))
}

fn label<'a>(record: &'a Value, name: &str) -> &'a str {
    let labels = record.pointer("/metadata/labels");
    labels.and_then(|labels| labels.get(name)).and_then(Value::as_str).unwrap_or_default()
}

fn is_pending(record: &Value) -> bool {
    matches!(
        label(record, "status"),
        "pending-install" | "pending-upgrade" | "pending-rollback" | "uninstalling"
    )
}

impl Helm {
    /// Makes sure that helm can go on. `secret` is the one with the credential.
    pub(super) async fn mend(
        &self,
        cluster: &Connected,
        place: &str,
        secret: &Value,
        report: &Report,
    ) -> Result<(), Fault> {
        let Some(mut record) = newest(cluster, place).await?.filter(is_pending) else { return Ok(()) };
        let status = Text::new(label(&record, "status"));
        report(Told::Progress(Progress::Queued(Text::new(&format!("helm, which says {status}")))));
        let mut still = 0;
        while still < LOOKS {
            sleep(PAUSE).await;
            let Some(now) = newest(cluster, place).await?.filter(is_pending) else { return Ok(()) };
            let same =
                text_at(&now, "/metadata/resourceVersion") == text_at(&record, "/metadata/resourceVersion");
            still = if same { still + 1 } else { 0 };
            record = now;
        }
        if matches!(label(&record, "status"), "pending-upgrade" | "pending-rollback")
            && let Some(revision) = before(&record)
            && self.keeps(cluster, place, &revision, secret).await
        {
            let args = ["rollback", place, &revision, "--namespace", place, "--history-max", "3"];
            // Where there is nothing to go back to, it is mended as an installation is; how it ended, its record says.
            let _ = self.call(&Call::ROLL_BACK, Some(cluster), &args, None, &Veil::default()).await;
            // The other helm may have ended meanwhile: then the record is of what is deployed.
            let Some(now) = newest(cluster, place).await?.filter(is_pending) else { return Ok(()) };
            record = now;
        }
        Ok(again(|| forget(cluster, place, &record)).await?)
    }

    /// Whether that revision would leave the credential as it is. One of before a reset holds the old one.
    async fn keeps(&self, cluster: &Connected, place: &str, revision: &str, secret: &Value) -> bool {
        let args = ["get", "manifest", place, "--revision", revision, "--namespace", place];
        let Ok(manifest) = self.call(&Call::READ, Some(cluster), &args, None, &Veil::default()).await else {
            return false;
        };
        documents(&manifest).is_ok_and(|objects| objects.iter().any(|object| is_same(object, place, secret)))
    }
}

/// Takes a record away as it was read. One that has changed since is somebody's who is at work, or has ended it.
async fn forget(cluster: &Connected, place: &str, record: &Value) -> Result<(), Failed> {
    let part = |name: &str| text_at(record, name);
    let (name, uid, version) =
        (part("/metadata/name"), part("/metadata/uid"), part("/metadata/resourceVersion"));
    match cluster.delete_unchanged(&kind::SECRET, Some(place), name, uid, version).await {
        Err(failed) if failed.is_conflict() => Ok(()),
        done => done,
    }
}

/// The revision before the one of that record.
fn before(record: &Value) -> Option<String> {
    let revision = label(record, "version").parse::<u64>().ok()?.checked_sub(1)?;
    (revision > 0).then(|| revision.to_string())
}

/// Whether an object is the Secret with the credential, holding what it holds now.
fn is_same(object: &Value, place: &str, secret: &Value) -> bool {
    let holds = |key: &str| {
        let plain = object.pointer("/stringData").and_then(|data| data.get(key)).and_then(Value::as_str);
        let held = object.pointer("/data").and_then(|data| data.get(key)).cloned();
        held.or_else(|| plain.map(encoded)).as_ref() == secret.pointer("/data").and_then(|data| data.get(key))
    };
    text_at(object, "/kind") == "Secret"
        && text_at(object, "/metadata/name") == secret_name(place)
        && [CLIENT_ID, CLIENT_PASSWORD, SIGNING_SECRET].into_iter().all(holds)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_revision_with_another_credential_is_not_taken_back() {
        let secret = |name: &str, password: &str| {
            json!({"kind": "Secret", "metadata": {"name": name}, "data": {
                "CLIENT_ID": encoded("me"), "CLIENT_PASSWORD": encoded(password), "POD_TOKEN_SIGNING_SECRET": encoded("key"),
            }})
        };
        let live = secret("lab-secrets", "new");
        assert!(is_same(&live, "lab", &live));
        let plain = json!({"kind": "Secret", "metadata": {"name": "lab-secrets"}, "stringData": {
            "CLIENT_ID": "me", "CLIENT_PASSWORD": "new", "POD_TOKEN_SIGNING_SECRET": "key",
        }});
        assert!(is_same(&plain, "lab", &live));
        for other in
            [secret("lab-secrets", "old"), secret("other-secrets", "new"), json!({"kind": "Service"})]
        {
            assert!(!is_same(&other, "lab", &live), "{other}");
        }
        let record = |version: &str| json!({"metadata": {"labels": {"version": version}}});
        assert_eq!(
            [before(&record("3")), before(&record("1")), before(&record(""))],
            [Some("2".into()), None, None]
        );
    }

    #[test]
    fn only_what_is_under_way_is_pending() {
        for (status, pending) in [
            ("pending-install", true),
            ("pending-upgrade", true),
            ("pending-rollback", true),
            ("uninstalling", true),
            ("deployed", false),
            ("failed", false),
            ("superseded", false),
        ] {
            assert_eq!(is_pending(&json!({"metadata": {"labels": {"status": status}}})), pending, "{status}");
        }
    }
}
