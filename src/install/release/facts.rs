//! What is known of the cluster before anything is changed. All reads at once, each with its own limit.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::images::how_many;
use super::{ahead, machine, manifest, namespace, quantity, record, rights};
use crate::cluster::anchor;
use crate::cluster::connect::{Connected, Failed, kind, text_at};
use crate::cluster::release::{Found, discover};
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Ahead, Facts, Known, NodeRoom, Target};

/// How long the whole may take; what is not read by then is not known.
const LIMIT: Duration = Duration::from_secs(9);

/// Reads what can be read, with the Jobs that would pull what the nodes lack. A cluster that does not answer at all is
/// a fault.
pub async fn inspect(
    cluster: &Connected,
    origin: &str,
    (title, objects): (Text, &[Value]),
) -> Result<(Facts, Vec<Value>), Fault> {
    let (version, cluster_id, found, records, obstacle, nodes, may_pull) = tokio::join!(
        timeout(LIMIT, cluster.version()),
        timeout(LIMIT, anchor::cluster_id(cluster)),
        timeout(LIMIT, lives(cluster, origin)),
        timeout(LIMIT, record::found(cluster, origin)),
        timeout(LIMIT, Box::pin(rights::obstacle(cluster, origin))),
        timeout(LIMIT, cluster.list(&kind::NODE, None, "")),
        timeout(LIMIT, rights::may(cluster, ahead::right())),
    );
    if let Ok(Err(failed)) = &version
        && !failed.is_forbidden()
    {
        return Err(failed.clone().into());
    }
    let late = || Text::new("no answer in time");
    let nodes = nodes.map_or_else(|_| Known::Unknown(late()), known);
    let records = records.map_or_else(|_| Known::Unknown(late()), known);
    let (found, owner) = found.unwrap_or_else(|_| (Found::Unclear(late()), None));
    let mut recorded: Vec<&Value> = records.value().into_iter().flatten().collect();
    if let Found::One(living) = &found {
        recorded.push(&living.secret);
    }
    let machine = machine::compare(&recorded, records.value().is_some(), &nodes);
    let planned = manifest::planned(title, objects, nodes.value().map_or(1, Vec::len));
    let mut jobs = ahead::jobs(objects, nodes.value().map_or(&[], Vec::as_slice));
    let ahead = match may_pull {
        _ if jobs.is_empty() => Ahead::Nothing,
        Ok(Some(true)) => Ahead::Jobs(jobs.len()),
        Ok(Some(false)) => Ahead::Forbidden,
        Ok(None) | Err(_) => Ahead::Untold,
    };
    // What may not be made, or may not be known to be, is not tried: what is done is what was shown.
    if !matches!(ahead, Ahead::Jobs(_)) {
        jobs.clear();
    }
    let facts = Facts {
        target: Target::Cluster { context: cluster.context.clone(), server: cluster.server.clone() },
        version: version.map_or_else(|_| Known::Unknown(late()), known),
        cluster_id: match cluster_id {
            Ok(Ok(id)) => Known::Yes(id),
            Ok(Err(fault)) => Known::Unknown(Text::new(&fault.sentence())),
            Err(_) => Known::Unknown(late()),
        },
        release: found.release(),
        record: match &records {
            Known::Yes(records) => Known::Yes(!records.is_empty()),
            Known::Unknown(why) => Known::Unknown(why.clone()),
        },
        machine,
        owner,
        // What is not told in time is not known.
        obstacle: obstacle.ok().flatten(),
        images_here: match &nodes {
            Known::Yes(nodes) => Known::Yes(how_many(&planned.images, nodes)),
            Known::Unknown(why) => Known::Unknown(why.clone()),
        },
        nodes: match nodes {
            Known::Yes(nodes) => Known::Yes(nodes.iter().map(|node| room(node, &planned.images)).collect()),
            Known::Unknown(why) => Known::Unknown(why),
        },
        planned,
        ahead,
        checks: Vec::new(),
    };
    Ok((facts, jobs))
}

/// What lives there, and the account it was installed for, if this program installed it for that API.
async fn lives(cluster: &Connected, origin: &str) -> (Found, Option<u64>) {
    let found = discover(cluster).await;
    let owner = match &found {
        Found::One(living) => namespace::owner(cluster, &living.namespace, origin).await,
        _ => None,
    };
    (found, owner)
}

fn known<T>(read: Result<T, Failed>) -> Known<T> {
    match read {
        Ok(value) => Known::Yes(value),
        Err(failed) => {
            Known::Unknown(Text::new(&format!("it was not possible to {}: {}", failed.doing, failed.said)))
        }
    }
}

fn room(node: &Value, images: &[Text]) -> NodeRoom {
    let conditions = node.pointer("/status/conditions").and_then(Value::as_array);
    let ready = conditions
        .into_iter()
        .flatten()
        .any(|condition| text_at(condition, "/type") == "Ready" && text_at(condition, "/status") == "True");
    NodeRoom {
        name: Text::new(text_at(node, "/metadata/name")),
        milli_cpu: quantity::milli_cpu(text_at(node, "/status/allocatable/cpu")).unwrap_or(0),
        memory: quantity::bytes(text_at(node, "/status/allocatable/memory")).unwrap_or(0),
        ready,
        images_here: how_many(images, std::slice::from_ref(node)),
    }
}
