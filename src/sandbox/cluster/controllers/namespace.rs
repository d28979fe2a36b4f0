//! Namespaces: each gets its default ServiceAccount; one that is deleted loses its content, then goes.

use crate::sandbox::cluster::api::Api;
use crate::sandbox::cluster::kinds;
use crate::sandbox::cluster::object::{is_deleting, name, set};
use crate::sandbox::scenario::Limits;
use serde_json::json;

const NAME: &str = "namespace-controller";

/// Takes the next step for every namespace.
pub fn reconcile(api: &Api) {
    for namespace in api.list(&kinds::NAMESPACES, None) {
        let own = name(&namespace);
        if is_deleting(&namespace) {
            empty(api, own);
        } else if api.get(&kinds::SERVICEACCOUNTS, own, "default").is_none() {
            let account = json!({"metadata": {"name": "default"}});
            // Fails only when the namespace has just gone: then there is nothing to do.
            let _ = api.create(&kinds::SERVICEACCOUNTS, own, account, NAME);
            if !matches!(own, "default" | "kube-system" | "kube-public" | "kube-node-lease") {
                bound(api, own);
            }
        }
    }
}

/// Plants the scenario's quota and limits in a namespace.
fn bound(api: &Api, namespace: &str) {
    let shape = &api.shape;
    if !shape.quota.is_empty() {
        let quota = json!({"metadata": {"name": "scenario"}, "spec": {"hard": shape.quota}});
        let _ = api.create(&kinds::RESOURCEQUOTAS, namespace, quota, NAME);
    }
    let limits = [
        ("default", &shape.limits.default),
        ("defaultRequest", &shape.limits.default_request),
        ("max", &shape.limits.max),
        ("min", &shape.limits.min),
    ];
    let mut limit = json!({"type": "Container"});
    for (field, amounts) in limits.into_iter().filter(|(_, amounts)| !amounts.is_empty()) {
        limit[field] = json!(amounts);
    }
    if shape.limits != Limits::default() {
        let range = json!({"metadata": {"name": "scenario"}, "spec": {"limits": [limit]}});
        let _ = api.create(&kinds::LIMITRANGES, namespace, range, NAME);
    }
}

fn empty(api: &Api, namespace: &str) {
    let mut left = false;
    for kind in kinds::ALL.iter().copied().filter(|kind| kind.is_namespaced()) {
        for object in api.list(kind, Some(namespace)) {
            if !is_deleting(&object) {
                api.delete(kind, namespace, name(&object));
            }
        }
        left |= !api.list(kind, Some(namespace)).is_empty();
    }
    if !left {
        api.mutate(&kinds::NAMESPACES, "", namespace, |object| {
            set(object, &["spec", "finalizers"], json!([]));
        });
    }
}
