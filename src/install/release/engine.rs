//! How a release gets into the cluster: object by object by ourselves, or by helm.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::helm::Helm;
use super::patience::again;
use super::source::Source;
use super::{apply, keys, manifest, parts};
use crate::cluster::connect::{Connected, Kind, kind, text_at};
use crate::cluster::release::{field, secret_name};
use crate::cluster::watch::Expected;
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::Report;
use crate::model::{Claimed, Slug};

/// How a release gets into the cluster.
pub enum Engine {
    /// Rendered objects, by server-side apply.
    Apply(Source),
    /// A chart, by helm.
    Helm(Box<Helm>),
}

impl Engine {
    /// What would be installed for a release of that name: its title and its objects.
    pub async fn objects(&self, cluster: &Connected, slug: &Slug) -> Result<(Text, Vec<Value>), Fault> {
        match self {
            Self::Apply(source) => {
                let objects = source.objects(slug).await?;
                let objects: Vec<Value> = objects.into_iter().map(|(_, object)| object).collect();
                Ok((source.title(&objects), objects))
            }
            Self::Helm(helm) => {
                let objects = helm.objects(cluster, slug).await?;
                let title = manifest::chart(&objects).unwrap_or_else(|| Text::new("a chart"));
                Ok((Text::new(&format!("{title} by helm")), objects))
            }
        }
    }

    /// The namespaces besides the release's own that it has objects in; none where only helm can tell.
    pub async fn other_spaces(&self, place: &str) -> BTreeSet<String> {
        let (Self::Apply(source), Ok(slug)) = (self, place.parse()) else { return BTreeSet::new() };
        let objects = source.objects(&slug).await.unwrap_or_default();
        parts::other_spaces(objects.iter().map(|(_, object)| object), place)
    }

    /// Applies everything; returns what a watch should expect.
    pub async fn apply(
        &self,
        cluster: &Connected,
        claimed: &Claimed,
        report: &Report,
    ) -> Result<Vec<Expected>, Fault> {
        let place = claimed.namespace.as_str();
        let name = secret_name(place);
        let read = || cluster.get(&kind::SECRET, Some(place), &name);
        let gone = || Fault::Changed { what: Text::new(&format!("the Secret {place}/{name} is gone")) };
        let secret = again(read).await?.ok_or_else(gone)?;
        // Read again before the first object: nothing is started on another client's credential.
        if field(&secret, keys::CLIENT_ID).as_deref() != Some(claimed.username.as_str()) {
            return Err(Fault::ForeignRelease { namespace: Text::new(place) });
        }
        match self {
            Self::Apply(source) => {
                let rendered = source.secret(&claimed.namespace).await?;
                let secret = keys::complete(cluster, secret, rendered.as_ref()).await?;
                apply::apply(cluster, source, claimed, (&secret, &version_of(&secret)), report).await
            }
            Self::Helm(helm) => {
                let expected = helm.apply(cluster, claimed, &secret, report).await?;
                let secret = again(read).await?.ok_or_else(gone)?;
                renew(cluster, &expected, &name, &version_of(&secret)).await
            }
        }
    }
}

/// The Secret as it is now, in one word: another object or another content gives another one.
fn version_of(secret: &Value) -> String {
    format!("{}-{}", text_at(secret, "/metadata/uid"), text_at(secret, "/metadata/resourceVersion"))
}

const NOTE: &str = "landfall/credential";

/// Restarts what reads a credential that has changed since it was started, in whatever namespace: a chart gives each
/// its Secret of the same name. A chart need not do that by itself.
/// What a workload was started with is noted at it, where helm leaves it alone.
async fn renew(
    cluster: &Connected,
    expected: &[Expected],
    secret: &str,
    version: &str,
) -> Result<Vec<Expected>, Fault> {
    const READERS: [Kind; 3] = [kind::DEPLOYMENT, kind::DAEMON_SET, kind::STATEFUL_SET];
    let mut renewed = Vec::new();
    for one in expected {
        let kind = READERS.iter().find(|kind| kind.name == one.kind);
        let object = match kind {
            Some(kind) => again(|| cluster.get(kind, Some(&one.namespace), &one.name)).await?,
            None => None,
        };
        let reader = kind.zip(object).filter(|(_, object)| manifest::reads_credential(object, secret));
        let Some((kind, object)) = reader else {
            renewed.push(one.clone());
            continue;
        };
        let noted = object.pointer("/metadata/annotations").and_then(|notes| notes.get(NOTE));
        let change = match noted.and_then(Value::as_str) {
            Some(noted) if noted == version => None,
            // Just started, or by somebody else: with what the Secret holds.
            None => Some(json!({ "metadata": { "annotations": { NOTE: version } } })),
            Some(_) => Some(json!({
                "metadata": { "annotations": { NOTE: version } },
                "spec": { "template": { "metadata": { "annotations": { NOTE: version } } } },
            })),
        };
        let now = match change {
            Some(change) => again(|| cluster.merge(kind, Some(&one.namespace), &one.name, &change)).await?,
            None => object,
        };
        renewed.push(Expected::of(kind.name, &now));
    }
    Ok(renewed)
}
