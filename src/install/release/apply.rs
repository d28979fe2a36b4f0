//! Applying the release, object by object, in Helm's order; and taking away what an earlier version had.

use serde_json::{Value, json};

use super::keys::{CLIENT_ID, CLIENT_PASSWORD};
use super::manifest;
use super::parts::{self, ROWS};
use super::patience::again;
use super::source::Source;
use crate::cluster::connect::{Connected, Kind, kind, kinds_in_order};
use crate::cluster::release::secret_name;
use crate::cluster::watch::Expected;
use crate::error::Fault;
use crate::install::{Report, Told};
use crate::model::{Claimed, Progress};

mod prune;
mod rehearse;

/// How many objects are read or tried at a time.
const TOGETHER: usize = 8;

/// One object of a release.
type Part = (&'static Kind, Value);

/// Applies everything; returns what a watch should expect. `secret` is the one with the credential, `version` that of
/// the credential in one word.
pub async fn apply(
    cluster: &Connected,
    source: &Source,
    claimed: &Claimed,
    (secret, version): (&Value, &str),
    report: &Report,
) -> Result<Vec<Expected>, Fault> {
    let place = claimed.namespace.as_str();
    let name = secret_name(place);
    let mut objects = source.objects(&claimed.namespace).await?;
    for (_, object) in &mut objects {
        manifest::tie_to_credential(object, &name, version);
    }
    objects.extend(copies(&objects, secret, claimed));
    objects.sort_by_key(|(kind, _)| kinds_in_order().iter().position(|known| known == *kind));
    // Reading and trying so many takes a while.
    report(Told::Progress(Progress::Applying(0, objects.len())));
    rehearse::leave_to_others(cluster, place, &mut objects).await?;
    rehearse::rehearse(cluster, place, &objects, report).await?;
    let total = objects.len();
    let mut expected = Vec::new();
    for (done, (kind, object)) in objects.iter().enumerate() {
        report(Told::Progress(Progress::Applying(done, total)));
        let applied = again(|| cluster.apply(kind, parts::space(object), object)).await?;
        expected.extend(ROWS.contains(kind).then(|| Expected::of(kind.name, &applied)));
    }
    prune::prune(cluster, place, &objects).await?;
    report(Told::Progress(Progress::Applied(total)));
    Ok(expected)
}

/// What signs in with the credential from another namespace finds it there too: the same Secret, without what only
/// the release's own namespace needs.
fn copies(objects: &[Part], secret: &Value, claimed: &Claimed) -> Vec<Part> {
    const SHARED: [&str; 2] = [CLIENT_ID, CLIENT_PASSWORD];
    let place = claimed.namespace.as_str();
    let name = secret_name(place);
    let readers = objects.iter().filter(|(_, object)| manifest::reads_credential(object, &name));
    let spaces = parts::other_spaces(readers.map(|(_, object)| object), place);
    let copy = |space: String| {
        let data = secret.pointer("/data").and_then(Value::as_object).into_iter().flatten();
        let shared: serde_json::Map<String, Value> = data
            .filter(|(key, _)| SHARED.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let mut object = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": { "name": name, "namespace": space },
            "type": "Opaque",
            "data": shared,
        });
        manifest::own(&mut object, &claimed.namespace);
        (&kind::SECRET, object)
    };
    spaces.into_iter().map(copy).collect()
}
