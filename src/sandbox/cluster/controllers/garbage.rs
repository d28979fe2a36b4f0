//! The garbage collector: what nobody owns any more goes; owners deleted in the foreground go last.

use crate::sandbox::cluster::api::Api;
use crate::sandbox::cluster::object::{is_deleting, list, list_mut, text, uid};
use crate::sandbox::cluster::registry::Deletion;
use crate::sandbox::cluster::store::Key;
use serde_json::Value;
use std::collections::HashSet;
use std::sync::Arc;

const FOREGROUND: &str = "foregroundDeletion";

/// Takes the next step for every object that owns or is owned.
pub fn reconcile(api: &Api) {
    let all: Vec<(Key, Arc<Value>)> =
        api.with(|store| store.all().map(|(key, object)| (key.clone(), Arc::clone(object))).collect());
    let alive: HashSet<&str> = all.iter().map(|(_, object)| uid(object)).collect();
    let owners = |object: &Value| -> Vec<String> {
        let owners = list(object, &["metadata", "ownerReferences"]);
        owners.iter().map(|owner| text(owner, &["uid"]).to_owned()).collect()
    };
    for (key, object) in &all {
        let owners = owners(object);
        if !owners.is_empty() && !is_deleting(object) && !owners.iter().any(|o| alive.contains(o.as_str())) {
            api.delete_with(key.kind, &key.namespace, &key.name, &exactly(object, "Background"));
        }
    }
    for (key, owner) in &all {
        let waits = list(owner, &["metadata", "finalizers"]).iter().any(|f| f == FOREGROUND);
        if !is_deleting(owner) || !waits {
            continue;
        }
        let owned: Vec<_> =
            all.iter().filter(|(_, object)| owners(object).iter().any(|o| o == uid(owner))).collect();
        for (key, object) in &owned {
            if !is_deleting(object) {
                api.delete_with(key.kind, &key.namespace, &key.name, &exactly(object, "Foreground"));
            }
        }
        if owned.is_empty() {
            api.mutate(key.kind, &key.namespace, &key.name, |object| {
                list_mut(object, &["metadata", "finalizers"]).retain(|f| f != FOREGROUND);
            });
        }
    }
}

fn exactly(object: &Value, propagation: &str) -> Deletion {
    Deletion { uid: uid(object).to_owned(), propagation: propagation.to_owned(), ..Deletion::default() }
}
