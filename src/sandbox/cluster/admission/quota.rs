//! LimitRanges and ResourceQuotas: what each container gets and may ask for, and what a namespace may use.

use crate::sandbox::cluster::kinds;
use crate::sandbox::cluster::object::{at, entry, list, list_mut, name, text};
use crate::sandbox::cluster::quantity;
use crate::sandbox::cluster::status::ApiError;
use crate::sandbox::cluster::store::Store;
use crate::sandbox::cluster::usage;
use serde_json::Value;

/// Fills in what the LimitRanges of the namespace give a container that asks for nothing, and refuses one that
/// asks for too much or too little.
pub fn limit(store: &Store, namespace: &str, pod: &str, object: &mut Value) -> Result<(), ApiError> {
    for range in store.list(&kinds::LIMITRANGES, Some(namespace)) {
        for item in list(&range, &["spec", "limits"]).iter().filter(|item| item["type"] == "Container") {
            for container in list_mut(object, &["spec", "containers"]) {
                for (field, from) in [("limits", "default"), ("requests", "defaultRequest")] {
                    for (resource, amount) in at(item, &[from]).as_object().into_iter().flatten() {
                        let resources = entry(container, &["resources", field]);
                        resources.entry(resource).or_insert_with(|| amount.clone());
                    }
                }
                within(item, container).map_err(|why| ApiError::forbidden(&kinds::PODS, pod, &why))?;
            }
        }
    }
    Ok(())
}

fn within(item: &Value, container: &Value) -> Result<(), String> {
    let amount = |field: &str, resource: &str| quantity::of(at(container, &["resources", field, resource]));
    let bounds = |bound: &str| at(item, &[bound]).as_object().cloned().unwrap_or_default();
    for (resource, most) in bounds("max") {
        match (amount("limits", &resource), quantity::of(&most)) {
            (Some(asked), Some(limit)) if asked > limit => {
                let asked = text(container, &["resources", "limits", &resource]).to_owned();
                let most = most.as_str().map_or_else(|| most.to_string(), str::to_owned);
                return Err(format!(
                    "maximum {resource} usage per Container is {most}, but limit is {asked}"
                ));
            }
            _ => {}
        }
    }
    for (resource, least) in bounds("min") {
        match (amount("requests", &resource), quantity::of(&least)) {
            (Some(asked), Some(limit)) if asked < limit => {
                let asked = text(container, &["resources", "requests", &resource]).to_owned();
                let least = least.as_str().map_or_else(|| least.to_string(), str::to_owned);
                return Err(format!(
                    "minimum {resource} usage per Container is {least}, but request is {asked}"
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Refuses a pod that takes the namespace over one of its quotas.
pub fn admit(store: &Store, namespace: &str, pod: &str, object: &Value) -> Result<(), ApiError> {
    let asked = usage::of_pod(object);
    let pods = store.list(&kinds::PODS, Some(namespace));
    let used = usage::of_pods(pods.iter().map(|pod| &**pod));
    for quota in store.list(&kinds::RESOURCEQUOTAS, Some(namespace)) {
        let refuse = |why: String| Err(ApiError::forbidden(&kinds::PODS, pod, &why));
        let (mut requested, mut have, mut limited) = (Vec::new(), Vec::new(), Vec::new());
        for (resource, hard) in at(&quota, &["spec", "hard"]).as_object().into_iter().flatten() {
            if !usage::is_counted(resource) {
                continue;
            }
            let key = usage::plain(resource);
            let Some(asked) = asked.get(key).copied() else {
                let first = list(object, &["spec", "containers"]).first().map_or("", |c| text(c, &["name"]));
                return refuse(format!(
                    "failed quota: {}: must specify {resource} for: {first}",
                    name(&quota)
                ));
            };
            let used = used.get(key).copied().unwrap_or(0);
            if quantity::of(hard).is_some_and(|hard| used + asked > hard) {
                let hard = hard.as_str().map_or_else(|| hard.to_string(), str::to_owned);
                requested.push(format!("{resource}={}", quantity::shown(asked, resource)));
                have.push(format!("{resource}={}", quantity::shown(used, resource)));
                limited.push(format!("{resource}={hard}"));
            }
        }
        if !requested.is_empty() {
            return refuse(format!(
                "exceeded quota: {}, requested: {}, used: {}, limited: {}",
                name(&quota),
                requested.join(","),
                have.join(","),
                limited.join(",")
            ));
        }
    }
    Ok(())
}
