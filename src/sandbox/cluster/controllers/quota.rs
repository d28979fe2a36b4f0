//! ResourceQuotas: each says how much of it is used.

use crate::sandbox::cluster::api::Api;
use crate::sandbox::cluster::kinds;
use crate::sandbox::cluster::object::{at, name, namespace, set};
use crate::sandbox::cluster::{quantity, usage};
use serde_json::{Map, Value, json};

/// Writes down what is used of every quota.
pub fn reconcile(api: &Api) {
    for quota in api.list(&kinds::RESOURCEQUOTAS, None) {
        let place = namespace(&quota);
        let pods = api.list(&kinds::PODS, Some(place));
        let used = usage::of_pods(pods.iter().map(|pod| &**pod));
        let hard = at(&quota, &["spec", "hard"]).clone();
        let shown: Map<_, _> = hard
            .as_object()
            .into_iter()
            .flatten()
            .map(|(resource, _)| {
                let amount = match resource.strip_prefix("count/").unwrap_or(resource) {
                    _ if usage::is_counted(resource) => {
                        used.get(usage::plain(resource)).copied().unwrap_or(0)
                    }
                    plural => count(api, plural, place),
                };
                (resource.clone(), Value::from(quantity::shown(amount, resource)))
            })
            .collect();
        api.mutate(&kinds::RESOURCEQUOTAS, place, name(&quota), |object| {
            set(object, &["status"], json!({"hard": hard, "used": shown}));
        });
    }
}

/// How many objects of a kind there are, in thousandths.
fn count(api: &Api, plural: &str, place: &str) -> i128 {
    let plural = plural.split('.').next().unwrap_or(plural);
    let kind = kinds::ALL.iter().find(|kind| kind.plural == plural && kind.is_namespaced());
    kind.map_or(0, |kind| i128::try_from(api.list(kind, Some(place)).len()).unwrap_or(0) * 1_000)
}
