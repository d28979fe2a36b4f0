//! How far each ReplicaSet of a Deployment is scaled at each step: Kubernetes' own arithmetic.

use super::Owned;
use crate::sandbox::cluster::api::Api;
use crate::sandbox::cluster::kinds;
use crate::sandbox::cluster::object::{at, count, name, namespace, set, text};
use serde_json::Value;
use std::sync::Arc;

/// Whether a step changed the size of anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scaled {
    /// It did.
    Yes,
    /// It did not.
    No,
}

fn replicas(object: &Value) -> i64 {
    count(object, &["spec", "replicas"])
}

fn is_recreate(deployment: &Value) -> bool {
    text(deployment, &["spec", "strategy", "type"]) == "Recreate"
}

/// The most pods above and the most unavailable below the wanted number.
pub fn bounds(deployment: &Value) -> (i64, i64) {
    if is_recreate(deployment) {
        return (0, 0);
    }
    let wanted = replicas(deployment);
    let resolve = |field: &str, round_up: bool| {
        let value = at(deployment, &["spec", "strategy", "rollingUpdate", field]);
        let percent = value.as_str().and_then(|text| text.strip_suffix('%')?.parse::<i64>().ok());
        match percent {
            Some(percent) => (wanted * percent.clamp(0, 100) + if round_up { 99 } else { 0 }) / 100,
            None => value.as_i64().unwrap_or(0).clamp(0, i64::from(i32::MAX)),
        }
    };
    let (surge, unavailable) = (resolve("maxSurge", true), resolve("maxUnavailable", false));
    (surge, if surge == 0 { unavailable.max(1) } else { unavailable }.min(wanted))
}

/// Writes down on a ReplicaSet how far it may go.
pub fn annotate(annotations: &mut Value, deployment: &Value) {
    let wanted = replicas(deployment);
    let most = wanted + bounds(deployment).0;
    set(annotations, &["deployment.kubernetes.io/desired-replicas"], wanted.to_string());
    set(annotations, &["deployment.kubernetes.io/max-replicas"], most.to_string());
}

/// How many pods a new ReplicaSet starts with.
pub fn first(deployment: &Value, owned: &Owned) -> i64 {
    let wanted = replicas(deployment);
    if is_recreate(deployment) {
        return wanted;
    }
    let room = wanted + bounds(deployment).0 - owned.sum(&["spec", "replicas"]);
    room.clamp(0, wanted)
}

/// Scales one ReplicaSet.
pub fn to(api: &Api, deployment: &Value, of: &Value, size: i64) -> Scaled {
    let before = replicas(of);
    if before == size {
        return Scaled::No;
    }
    api.mutate(&kinds::REPLICASETS, namespace(of), name(of), |object| {
        set(object, &["spec", "replicas"], size);
        let mut annotations = at(object, &["metadata", "annotations"]).clone();
        annotate(&mut annotations, deployment);
        set(object, &["metadata", "annotations"], annotations);
    });
    let way = if size > before { "up" } else { "down" };
    let message = format!("Scaled {way} replica set {} from {before} to {size}", name(of));
    super::tell(api, deployment, "ScalingReplicaSet", &message);
    Scaled::Yes
}

/// Scales every one of them to nothing. Says whether there was anything to do.
pub fn all_down(api: &Api, deployment: &Value, sets: &[Arc<Value>]) -> bool {
    sets.iter().filter(|set| to(api, deployment, set, 0) == Scaled::Yes).count() > 0
}

/// Scales the new ReplicaSet as far as the surge allows.
pub fn up_new(api: &Api, deployment: &Value, owned: &Owned, new: &Value) -> Scaled {
    let wanted = replicas(deployment);
    let now = replicas(new);
    if now >= wanted {
        return to(api, deployment, new, wanted);
    }
    let room = wanted + bounds(deployment).0 - owned.sum(&["spec", "replicas"]);
    to(api, deployment, new, now + room.clamp(0, wanted - now))
}

/// Scales the old ReplicaSets down as far as availability allows; pods that serve nobody go first.
pub fn down_old(api: &Api, deployment: &Value, owned: &Owned, new: &Value) {
    let least = replicas(deployment) - bounds(deployment).1;
    let new_unavailable = replicas(new) - count(new, &["status", "availableReplicas"]);
    let mut spare = owned.sum(&["spec", "replicas"]) - least - new_unavailable;
    let mut surplus = owned.sum(&["status", "availableReplicas"]) - least;
    for set in &owned.old {
        let size = replicas(set);
        let available = count(set, &["status", "availableReplicas"]).min(size);
        let useless = (size - available).min(spare).max(0);
        let useful = (spare - useless).min(surplus).min(available).max(0);
        if useless + useful > 0 {
            spare -= useless + useful;
            surplus -= useful;
            to(api, deployment, set, size - useless - useful);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn percentages_round_surge_up_and_unavailable_down() {
        let of = |replicas: i64, surge: Value, unavailable: Value| {
            bounds(&json!({"spec": {"replicas": replicas, "strategy": {"type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}}}))
        };
        assert_eq!(of(1, json!("25%"), json!("25%")), (1, 0));
        assert_eq!(of(10, json!("25%"), json!("25%")), (3, 2));
        assert_eq!(of(2, json!(0), json!("10%")), (0, 1), "one of the two must move");
        assert_eq!(of(2, json!(1), json!(0)), (1, 0));
    }
}
