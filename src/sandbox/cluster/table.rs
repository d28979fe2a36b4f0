//! Tables (`meta.k8s.io/v1 Table`): what `kubectl get` prints is worked out by the server, kind by kind.

use super::kinds::Kind;
use jiff::Timestamp;
use serde_json::{Value, json};

mod cells;
mod pod;
mod words;

/// How much of each object goes with its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Include {
    /// Nothing.
    None,
    /// Its metadata.
    Metadata,
    /// All of it.
    Object,
}

impl Include {
    /// The `includeObject` of a query.
    pub fn parse(text: &str) -> Self {
        match text {
            "None" => Self::None,
            "Object" => Self::Object,
            _ => Self::Metadata,
        }
    }
}

/// Whether the `Accept` header wants a table before anything else.
pub fn is_wanted(accept: &str) -> bool {
    accept.split(',').next().is_some_and(|first| first.contains("as=Table") && first.contains("v=v1"))
}

/// The columns of a kind: a `+` begins one that only `-o wide` shows, a `#` ends one of numbers.
fn columns(kind: &Kind) -> &'static str {
    match kind.name {
        "Pod" => "Name,Ready,Status,Restarts,Age,+IP,+Node,+Nominated Node,+Readiness Gates",
        "ReplicaSet" => "Name,Desired#,Current#,Ready#,Age,+Containers,+Images,+Selector",
        "DaemonSet" => {
            "Name,Desired#,Current#,Ready#,Up-to-date#,Available#,Node Selector,Age,+Containers,+Images,+Selector"
        }
        "Deployment" => "Name,Ready,Up-to-date#,Available#,Age,+Containers,+Images,+Selector",
        "StatefulSet" => "Name,Ready,Age,+Containers,+Images",
        "Job" => "Name,Status,Completions,Duration,Age,+Containers,+Images,+Selector",
        "CronJob" => "Name,Schedule,Timezone,Suspend,Active#,Last Schedule,Age,+Containers,+Images,+Selector",
        "Service" => "Name,Type,Cluster-IP,External-IP,Port(s),Age,+Selector",
        "Ingress" => "Name,Class,Hosts,Address,Ports,Age",
        "Namespace" => "Name,Status,Age",
        "Node" => {
            "Name,Status,Roles,Age,Version,+Internal-IP,+External-IP,+OS-Image,+Kernel-Version,+Container-Runtime"
        }
        "Secret" => "Name,Type,Data#,Age",
        "ConfigMap" => "Name,Data#,Age",
        "ServiceAccount" => "Name,Secrets#,Age",
        "Event" => "Last Seen,Type,Reason,Object,+Subobject,+Source,Message,+First Seen,+Count#,+Name",
        "PersistentVolumeClaim" => {
            "Name,Status,Volume,Capacity,Access Modes,StorageClass,VolumeAttributesClass,Age,+VolumeMode"
        }
        "PersistentVolume" => {
            "Name,Capacity,Access Modes,Reclaim Policy,Status,Claim,StorageClass,VolumeAttributesClass,Reason,Age,+VolumeMode"
        }
        "ResourceQuota" => "Name,Request,Limit,Age",
        "LimitRange" | "Role" | "ClusterRole" => "Name,Created At",
        "RoleBinding" | "ClusterRoleBinding" => "Name,Role,Age,+Users,+Groups,+ServiceAccounts",
        "ControllerRevision" => "Name,Controller,Revision#,Age",
        "Lease" => "Name,Holder,Age",
        "NetworkPolicy" => "Name,Pod-Selector,Age",
        "PodDisruptionBudget" => "Name,Min Available,Max Unavailable,Allowed Disruptions#,Age",
        "PriorityClass" => "Name,Value#,Global-Default,Age,PreemptionPolicy",
        "StorageClass" => "Name,Provisioner,ReclaimPolicy,VolumeBindingMode,AllowVolumeExpansion,Age",
        _ => "Name,Age",
    }
}

fn definitions(kind: &Kind) -> Vec<Value> {
    columns(kind)
        .split(',')
        .map(|column| {
            let name = column.trim_start_matches('+').trim_end_matches('#');
            json!({
                "name": name, "type": if column.ends_with('#') { "integer" } else { "string" },
                "format": if name == "Name" { "name" } else { "" }, "description": "",
                "priority": u8::from(column.starts_with('+')),
            })
        })
        .collect()
}

/// The objects as a table.
pub fn of<'a>(
    kind: &Kind,
    objects: impl IntoIterator<Item = &'a Value>,
    metadata: &Value,
    include: Include,
) -> Value {
    let now = Timestamp::now();
    let rows: Vec<_> = objects
        .into_iter()
        .map(|object| {
            let mut row = json!({"cells": cells::of(kind, object, now)});
            match include {
                Include::None => {}
                Include::Metadata => row["object"] = partial(object),
                Include::Object => row["object"] = object.clone(),
            }
            row
        })
        .collect();
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
        "columnDefinitions": definitions(kind), "rows": rows,
    })
}

/// An object's metadata alone.
pub fn partial(object: &Value) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]})
}

#[cfg(test)]
mod tests {
    use super::super::kinds;
    use super::*;

    #[test]
    fn every_kind_has_as_many_cells_as_columns() {
        for kind in kinds::ALL {
            let empty = json!({"metadata": {"name": "x"}});
            let table = of(kind, [&empty], &json!({}), Include::None);
            let cells = table["rows"][0]["cells"].as_array().map_or(0, Vec::len);
            assert_eq!(cells, table["columnDefinitions"].as_array().map_or(0, Vec::len), "{}", kind.name);
        }
    }

    #[test]
    fn a_table_is_taken_only_where_it_is_wanted_first() {
        assert!(is_wanted("application/json;as=Table;v=v1;g=meta.k8s.io,application/json"));
        assert!(!is_wanted("application/json, application/json;as=Table;v=v1;g=meta.k8s.io"));
        assert!(!is_wanted("application/json"));
    }
}
