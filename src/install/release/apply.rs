//! Applying the release, object by object, in Helm's order.

use serde_json::Value;

use super::manifest;
use super::patience::again;
use crate::cluster::connect::{Connected, Kind, kind, text_at};
use crate::cluster::release::{field, secret_name};
use crate::cluster::watch::Expected;
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::{Report, Told};
use crate::model::{Claimed, Progress};

/// Applies everything; returns what a watch should expect.
pub async fn apply(cluster: &Connected, claimed: &Claimed, report: &Report) -> Result<Vec<Expected>, Fault> {
    let place = claimed.namespace.as_str();
    let objects = manifest::objects(&claimed.namespace)?;
    let (total, name) = (objects.len(), secret_name(place));
    let secret = again(|| cluster.get(&kind::SECRET, Some(place), &name)).await?;
    let Some(secret) = secret else {
        return Err(Fault::Changed { what: Text::new(&format!("the Secret {place}/{name} is gone")) });
    };
    // Read again before the first object: nothing is started on another client's credential.
    if field(&secret, "CLIENT_ID").as_deref() != Some(claimed.username.as_str()) {
        return Err(Fault::ForeignRelease { namespace: Text::new(place) });
    }
    let version = version_of(&secret);
    let mut expected = Vec::new();
    for (done, (kind, mut object)) in objects.into_iter().enumerate() {
        report(Told::Progress(Progress::Applying(done, total)));
        manifest::tie_to_credential(&mut object, &name, &version);
        let applied = again(|| cluster.apply(kind, Some(place), &object)).await?;
        expected.extend(expect(kind, &applied));
    }
    report(Told::Progress(Progress::Applied(total)));
    Ok(expected)
}

/// The Secret as it is now, in one word: another object or another content gives another one.
fn version_of(secret: &Value) -> String {
    format!("{}-{}", text_at(secret, "/metadata/uid"), text_at(secret, "/metadata/resourceVersion"))
}

/// Workloads and volumes get a row; the rest is done when it is applied.
fn expect(kind: &Kind, applied: &Value) -> Option<Expected> {
    matches!(kind.name, "Deployment" | "DaemonSet" | "PersistentVolumeClaim")
        .then(|| Expected::of(kind.name, applied))
}
