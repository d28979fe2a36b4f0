//! Which machine a claim was made on, by the system UUIDs of the cluster's nodes.
//!
//! A copied disk carries the cluster with its id along, and record and release with it; a copied virtual machine
//! gets a system UUID of its own. Where a machine has no such UUID (some boards), the kubelet takes the machine
//! id, which a copied disk does carry along: there a copy is not seen.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cluster::connect::{Connected, kind, text_at};
use crate::foreign::Text;
use crate::model::{Known, Sameness};

/// The annotation that holds the UUIDs, sorted, with commas between.
const NOTE: &str = "landfall/machines";

/// The most UUIDs that are noted.
const MOST: usize = 50;

/// UUIDs that makers of boards leave as they found them.
const MEANINGLESS: [&str; 3] = [
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "03000200-0400-0500-0006-000700080009",
];

/// The system UUIDs of nodes, those that mean something.
fn uuids(nodes: &[Value]) -> BTreeSet<String> {
    let uuids = nodes.iter().map(|node| text_at(node, "/status/nodeInfo/systemUUID").to_ascii_lowercase());
    uuids.filter(|uuid| is_meaningful(uuid)).take(MOST).collect()
}

fn is_meaningful(uuid: &str) -> bool {
    (8..=64).contains(&uuid.len())
        && uuid.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !MEANINGLESS.contains(&uuid)
}

/// The machine's UUIDs as they are noted; empty where the nodes cannot be read.
pub async fn read(cluster: &Connected) -> String {
    let nodes = cluster.list(&kind::NODE, None, "").await.unwrap_or_default();
    Vec::from_iter(uuids(&nodes)).join(",")
}

/// Notes them at an object.
pub fn note(object: &mut Value, machines: &str) {
    if !machines.is_empty() {
        object["metadata"]["annotations"][NOTE] = json!(machines);
    }
}

/// Whether what these objects name is this machine. A machine may lose or gain nodes: one in common is enough.
pub fn compare(recorded: &[&Value], all_read: bool, nodes: &Known<Vec<Value>>) -> Sameness {
    if recorded.is_empty() && all_read {
        return Sameness::Unrecorded;
    }
    let noted: Vec<BTreeSet<String>> = recorded
        .iter()
        .filter_map(|object| object.pointer("/metadata/annotations")?.get(NOTE)?.as_str())
        .map(|note| note.split(',').map(str::to_ascii_lowercase).filter(|uuid| is_meaningful(uuid)).collect())
        .filter(|set: &BTreeSet<String>| !set.is_empty())
        .collect();
    let unclear = |why: &str| Sameness::Unclear(Text::new(why));
    let here = match nodes {
        Known::Yes(nodes) => uuids(nodes),
        Known::Unknown(why) => return unclear(&format!("The nodes cannot be read ({why}).")),
    };
    if noted.is_empty() {
        return unclear("What is here does not say on which machine it was made.");
    }
    if here.is_empty() {
        return unclear("The nodes of this cluster have no system UUID.");
    }
    if noted.iter().all(|set| !set.is_disjoint(&here)) { Sameness::Same } else { Sameness::Copy }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(uuid: &str) -> Value {
        json!({"status": {"nodeInfo": {"systemUUID": uuid}}})
    }

    fn noted(machines: &str) -> Value {
        let mut object = json!({"metadata": {"annotations": {}}});
        note(&mut object, machines);
        object
    }

    #[test]
    fn one_node_in_common_makes_it_the_same_machine() {
        let (a, b) = ("aaaaaaaa-0000", "bbbbbbbb-0000");
        let nodes = |uuids: &[&str]| Known::Yes(uuids.iter().map(|uuid| node(uuid)).collect());
        let zero = MEANINGLESS[0];
        let is = |recorded: &[&str], nodes| {
            let objects: Vec<Value> = recorded.iter().map(|machines| noted(machines)).collect();
            match compare(&objects.iter().collect::<Vec<_>>(), true, &nodes) {
                Sameness::Unrecorded => "unrecorded",
                Sameness::Same => "same",
                Sameness::Copy => "copy",
                Sameness::Unclear(_) => "unclear",
            }
        };
        for (recorded, here, expected) in [
            (&[][..], nodes(&[a]), "unrecorded"),
            (&[], Known::Unknown("forbidden".into()), "unrecorded"),
            (&[a], nodes(&[a]), "same"),
            (&["AAAAAAAA-0000,bbbbbbbb-0000"], nodes(&[b, "cccccccc-0000"]), "same"),
            (&[a], nodes(&[b]), "copy"),
            (&[a, b], nodes(&[b]), "copy"),
            (&[a], Known::Unknown("forbidden".into()), "unclear"),
            (&[a], nodes(&[zero, "Not Settable"]), "unclear"),
            (&[zero], nodes(&[zero]), "unclear"),
            (&[""], nodes(&[a]), "unclear"),
            (&["", a], nodes(&[a]), "same"),
        ] {
            assert_eq!(is(recorded, here.clone()), expected, "{recorded:?} {here:?}");
        }
        let unread = compare(&[], false, &nodes(&[a]));
        assert!(matches!(unread, Sameness::Unclear(_)), "{unread:?}");
    }
}
