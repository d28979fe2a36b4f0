//! A release that an interrupted helm left pending.
//!
//! Helm refuses to touch it ("another operation is in progress"). What is told to be at work is watched for a
//! while first. Then an upgrade is rolled back, as its authors advise; an installation is never uninstalled,
//! because the Secret with the only copy of the credential is part of it: only helm's record of the attempt is
//! taken away, and the objects are taken over by the next one.

use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use super::{Helm, Veil};
use crate::cluster::connect::{Connected, Failed, kind, text_at};
use crate::error::Fault;
use crate::foreign::Text;
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
    /// Makes sure that helm can go on.
    pub(super) async fn mend(&self, cluster: &Connected, place: &str, report: &Report) -> Result<(), Fault> {
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
        if matches!(label(&record, "status"), "pending-upgrade" | "pending-rollback") {
            let args = ["rollback", place, "--namespace", place, "--history-max", "3"];
            let rolled = self.call("roll back", Some(cluster), &args, None, &Veil::default()).await;
            // Where there is nothing to go back to, it is mended as an installation is.
            if rolled.is_ok() && !newest(cluster, place).await?.is_some_and(|record| is_pending(&record)) {
                return Ok(());
            }
        }
        let (name, uid) = (text_at(&record, "/metadata/name"), text_at(&record, "/metadata/uid"));
        Ok(again(|| cluster.delete(&kind::SECRET, Some(place), name, uid)).await?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
