//! The write-ahead record: the intended credential, where a re-run finds it.
//!
//! The control plane keeps a hash and hands nothing back, so a claim whose reply is lost would leave a client
//! whose password nobody holds. Before the claim leaves, the password lies in a Secret of a fixed name in
//! `kube-system` (who can forge there owns the cluster anyway). It is created by POST, never applied: the
//! conflict is the mutex between two runs. It is immutable; a replacement is a further generation beside it.
//! Everything but the password is in annotations, and nothing there is derived from the password.

use std::time::Duration;

use futures_util::future::try_join_all;
use serde_json::{Value, json};
use tokio::time::sleep;
use zeroize::Zeroizing;

use super::machine;
use super::patience::again;
use crate::cluster::connect::{Connected, Failed, kind, text_at};
use crate::cluster::release::{encoded, field};
use crate::error::Fault;
use crate::foreign::{Foreign, Text};
use crate::install::{Candidate, Holder};
use crate::model::Slug;
use crate::secret::{Secret, SecretRef, Vault};

/// Where records lie.
pub(super) const NAMESPACE: &str = "kube-system";

/// How many generations a record may have: as many as a run may prove credentials.
pub(super) const GENERATIONS: usize = 5;

/// How often a POST without an answer is looked up and tried again.
const TRIES: usize = 3;

/// How long to wait between those tries.
const PAUSE: Duration = Duration::from_secs(1);

/// What is noted beside a password. Name and namespace stand in the first generation only.
#[derive(Clone, Copy, Default)]
pub struct Intent<'a> {
    /// On which machine the claim is made, as [`super::machine`] notes it.
    pub machines: &'a str,
    /// The display name.
    pub name: Option<&'a Text>,
    /// The namespace.
    pub slug: Option<&'a Slug>,
}

/// The fixed name of a record's generation, from 1.
pub fn record_name(origin: &str, generation: usize) -> String {
    let hash = format!("{:016x}", fnv1a(origin.as_bytes()));
    let base = format!("landfall-claim-{}", hash.get(..10).unwrap_or_default());
    if generation == 1 { base } else { format!("{base}-{generation}") }
}

/// FNV-1a, 64 bit (draft-eastlake-fnv). It spreads names, it protects nothing: what it is made of is no secret, and a
/// record of another origin is recognised by its annotation.
pub(super) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Writes the first generation, or reads what an earlier run left. The newest candidate is first.
pub async fn begin(
    cluster: &Connected,
    vault: &Vault,
    holder: &Holder,
    intent: Intent<'_>,
    password: SecretRef,
) -> Result<Vec<Candidate>, Fault> {
    let value = open(vault, holder, password)?;
    // A later generation may have outlived the first one; then there is a record.
    if generations(cluster, &holder.origin).await?.iter().all(Option::is_none)
        && write(cluster, holder, 1, intent, &value).await?
    {
        return Ok(vec![Candidate { password, ours: true, name: None, slug: None }]);
    }
    read_beside(cluster, vault, holder, Some((password, &value))).await
}

/// Writes the next generation, for a credential that replaces one this process did not make.
pub async fn add(
    cluster: &Connected,
    vault: &Vault,
    holder: &Holder,
    machines: &str,
    password: SecretRef,
) -> Result<(), Fault> {
    let value = open(vault, holder, password)?;
    let mut taken = 0;
    for (at, record) in generations(cluster, &holder.origin).await?.iter().enumerate() {
        if let Some(record) = record {
            check(record, holder)?;
            taken = at + 1;
        }
    }
    if taken == GENERATIONS {
        return Err(Fault::CannotTell {
            what: Text::new("which of many recorded credentials counts"),
            why: Text::new(&format!(
                "{GENERATIONS} runs ended before theirs was proven; the Secrets {} and following in \
                 {NAMESPACE} hold them",
                record_name(&holder.origin, 1)
            )),
        });
    }
    let intent = Intent { machines, ..Intent::default() };
    if write(cluster, holder, taken + 1, intent, &value).await? {
        return Ok(());
    }
    Err(Fault::CannotTell {
        what: Text::new("whose turn it is"),
        why: Text::new("another run is enrolling this cluster at the same moment"),
    })
}

/// The candidates an earlier run left, the newest first.
pub async fn read(cluster: &Connected, vault: &Vault, holder: &Holder) -> Result<Vec<Candidate>, Fault> {
    read_beside(cluster, vault, holder, None).await
}

/// Every generation that is there.
pub async fn found(cluster: &Connected, origin: &str) -> Result<Vec<Value>, Failed> {
    Ok(generations(cluster, origin).await?.into_iter().flatten().collect())
}

/// Makes sure that the record still holds this password; written again, from memory, if it is gone. Returns
/// the generation that holds it.
pub async fn keep(
    cluster: &Connected,
    vault: &Vault,
    holder: &Holder,
    machines: &str,
    password: SecretRef,
) -> Result<Option<Value>, Fault> {
    let value = open(vault, holder, password)?;
    let held = |record: &Value| field(record, "password").map(Zeroizing::new).as_ref() == Some(&value);
    for _ in 0..TRIES {
        let records = insisted(cluster, &holder.origin).await?;
        for record in records.iter().flatten() {
            check(record, holder)?;
        }
        match records.into_iter().flatten().find(held) {
            Some(record) => return Ok(Some(record)),
            None => add(cluster, vault, holder, machines, password).await?,
        }
    }
    Ok(None)
}

/// Notes in the record which client answered the claim. Only a help for people, so it is not insisted on.
pub async fn note_client(cluster: &Connected, record: &Value, client: u64) {
    let (name, version) = (text_at(record, "/metadata/name"), text_at(record, "/metadata/resourceVersion"));
    let notes = json!({ "landfall/state": "claimed", "landfall/client": client.to_string() });
    let _ = cluster.annotate(&kind::SECRET, Some(NAMESPACE), name, version, &notes).await;
}

/// A record as it is tried before anything is known: of the right name, with a worthless value.
pub fn dummy(origin: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": { "name": record_name(origin, 1), "namespace": NAMESPACE },
        "type": "Opaque",
        "immutable": true,
        "data": { "password": encoded("only tried, never kept") },
    })
}

/// Removes the record, each generation by its UID, the newest first, and makes sure that it is gone. The first
/// generation goes last: it is the one that a simultaneous run runs into.
pub async fn end(cluster: &Connected, holder: &Holder) -> Result<(), Fault> {
    let records = insisted(cluster, &holder.origin).await?;
    for record in records.iter().flatten() {
        check(record, holder)?;
    }
    for record in records.iter().flatten().rev() {
        let (name, uid) = (text_at(record, "/metadata/name"), text_at(record, "/metadata/uid"));
        again(|| cluster.delete(&kind::SECRET, Some(NAMESPACE), name, uid)).await?;
    }
    if insisted(cluster, &holder.origin).await?.iter().any(Option::is_some) {
        return Err(Fault::ClusterRefuses {
            object: Text::new(&format!("to remove the record {}", record_name(&holder.origin, 1))),
            said: Text::new("it is still there after it was deleted"),
        });
    }
    Ok(())
}

/// POSTs a generation. True if it is ours now, also when the answer was lost; false if somebody's is there.
async fn write(
    cluster: &Connected,
    holder: &Holder,
    generation: usize,
    intent: Intent<'_>,
    value: &Zeroizing<String>,
) -> Result<bool, Fault> {
    let name = record_name(&holder.origin, generation);
    let object = object(holder, &name, intent, value);
    let written = post(cluster, &object, |record| {
        let held = field(record, "password").map(Zeroizing::new);
        held.as_ref() == Some(value) && check(record, holder).is_ok()
    });
    Ok(written.await?)
}

/// POSTs, a few times if no answer comes. What is there after an unanswered POST may be ours.
async fn post(cluster: &Connected, object: &Value, is_ours: impl Fn(&Value) -> bool) -> Result<bool, Failed> {
    let name = text_at(object, "/metadata/name");
    let mut tries = 1;
    loop {
        let failed = match cluster.create(&kind::SECRET, Some(NAMESPACE), object).await {
            Ok(_) => return Ok(true),
            Err(failed) if failed.is_conflict() || failed.is_transient() => failed,
            Err(failed) => return Err(failed),
        };
        match cluster.get(&kind::SECRET, Some(NAMESPACE), name).await {
            Ok(Some(record)) => return Ok(is_ours(&record)),
            Ok(None) | Err(_) if tries < TRIES => sleep(PAUSE).await,
            Ok(None) | Err(_) => return Err(failed),
        }
        tries += 1;
    }
}

fn object(holder: &Holder, name: &str, intent: Intent<'_>, value: &str) -> Value {
    let mut annotations = json!({
        "landfall/origin": holder.origin,
        "landfall/account": holder.account.to_string(),
        "landfall/cluster": holder.cluster.as_str(),
        "landfall/state": "intended",
        "landfall/created-by": concat!("landfall/", env!("CARGO_PKG_VERSION")),
    });
    if let Some(name) = intent.name {
        annotations["landfall/name"] = json!(name.as_str());
    }
    if let Some(slug) = intent.slug {
        annotations["landfall/slug"] = json!(slug.as_str());
    }
    let mut object = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": { "name": name, "namespace": NAMESPACE, "annotations": annotations },
        "type": "Opaque",
        "immutable": true,
        "data": { "password": encoded(value) },
    });
    machine::note(&mut object, intent.machines);
    object
}

/// Every generation, the first one first.
async fn generations(cluster: &Connected, origin: &str) -> Result<Vec<Option<Value>>, Failed> {
    try_join_all((1..=GENERATIONS).map(|generation| async move {
        cluster.get(&kind::SECRET, Some(NAMESPACE), &record_name(origin, generation)).await
    }))
    .await
}

/// The same once the claim may have left: each is asked for again for as long as its failure may pass.
async fn insisted(cluster: &Connected, origin: &str) -> Result<Vec<Option<Value>>, Failed> {
    try_join_all((1..=GENERATIONS).map(|generation| {
        again(move || async move {
            cluster.get(&kind::SECRET, Some(NAMESPACE), &record_name(origin, generation)).await
        })
    }))
    .await
}

/// Reads the candidates. One that holds exactly `mine` is this process's own.
async fn read_beside(
    cluster: &Connected,
    vault: &Vault,
    holder: &Holder,
    mine: Option<(SecretRef, &Zeroizing<String>)>,
) -> Result<Vec<Candidate>, Fault> {
    let mut candidates = Vec::new();
    for record in generations(cluster, &holder.origin).await?.iter().flatten().rev() {
        check(record, holder)?;
        let Some(value) = field(record, "password").map(Zeroizing::new) else {
            return Err(Fault::CannotTell {
                what: Text::new("what an earlier run claimed"),
                why: Text::new(&format!(
                    "its record {NAMESPACE}/{} holds no password",
                    text_at(record, "/metadata/name")
                )),
            });
        };
        let annotation = |key| Foreign::new(note(record, key));
        candidates.push(match mine {
            Some((password, mine)) if *mine == value => {
                Candidate { password, ours: true, name: None, slug: None }
            }
            _ => Candidate {
                password: vault.keep(Secret::new(value.as_str(), holder.audience())),
                ours: false,
                name: Some(annotation("landfall/name").text()).filter(|name| !name.is_empty()),
                slug: annotation("landfall/slug").parse().ok(),
            },
        });
    }
    Ok(candidates)
}

/// A record of another origin, account or cluster is named and never used.
fn check(record: &Value, holder: &Holder) -> Result<(), Fault> {
    let expected = [
        ("landfall/origin", holder.origin.clone()),
        ("landfall/account", holder.account.to_string()),
        ("landfall/cluster", holder.cluster.to_string()),
    ];
    if expected.iter().all(|(key, value)| note(record, key) == value) {
        return Ok(());
    }
    Err(Fault::CannotTell {
        what: Text::new("whether this cluster is free"),
        why: Text::new(&format!(
            "an unfinished claim is recorded in {NAMESPACE}/{} for account {} at {} and cluster {}; \
             whoever began it can finish it, or delete that Secret",
            text_at(record, "/metadata/name"),
            or_nobody(note(record, "landfall/account")),
            or_nobody(note(record, "landfall/origin")),
            or_nobody(note(record, "landfall/cluster")),
        )),
    })
}

fn note<'a>(record: &'a Value, key: &str) -> &'a str {
    let annotations = record.pointer("/metadata/annotations");
    annotations.and_then(|notes| notes.get(key)).and_then(Value::as_str).unwrap_or_default()
}

fn or_nobody(note: &str) -> Text {
    if note.is_empty() { Text::new("(not named)") } else { Text::within(note, 60) }
}

fn open(vault: &Vault, holder: &Holder, password: SecretRef) -> Result<Zeroizing<String>, Fault> {
    vault.open(password, &holder.audience()).map_err(|refused| Fault::Died {
        part: Text::new("the write-ahead record"),
        words: Text::new(&refused.to_string()),
    })
}
