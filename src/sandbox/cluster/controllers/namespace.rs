//! Namespaces: each gets its default ServiceAccount; one that is deleted loses its content, then goes.

use crate::sandbox::cluster::api::Api;
use crate::sandbox::cluster::kinds;
use crate::sandbox::cluster::object::{is_deleting, name, set};
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
        }
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
