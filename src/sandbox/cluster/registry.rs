//! The rules of writing: what every create, update and delete goes through, whoever asks.

use super::admission;
use super::fields;
use super::kinds::{self, Kind};
use super::object::{at, is_deleting, list, list_mut, name, new_uid, remove, set, set_default, suffix, text};
use super::status::{ApiError, Cause};
use super::store::{Key, Store};
use super::validate;
use crate::sandbox::scenario::Rollout;
use serde_json::{Value, json};
use std::sync::Arc;

/// Metadata that only the server writes.
const SERVER_OWNED: &[&str] =
    &["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"];

/// Who writes, and how.
#[derive(Clone, Copy, Debug)]
pub struct Write<'a> {
    /// The field manager.
    pub manager: &'a str,
    /// Wall-clock time of the write.
    pub stamp: &'a str,
    /// Whether nothing is to be kept.
    pub dry_run: bool,
    /// The fault script, for admission.
    pub rollout: Rollout,
    /// Whether only `status` is written.
    pub status: bool,
    /// Whether the caller has already entered the write into `managedFields`.
    pub tracked: bool,
}

impl<'a> Write<'a> {
    /// A plain write by that manager.
    pub fn by(manager: &'a str, stamp: &'a str) -> Self {
        Self { manager, stamp, dry_run: false, rollout: Rollout::Normal, status: false, tracked: false }
    }
}

/// `DeleteOptions`, as far as they matter here.
#[derive(Clone, Debug, Default)]
pub struct Deletion {
    /// Delete only this very object.
    pub uid: String,
    /// Delete only this very version.
    pub version: String,
    /// `Foreground`, `Background` or `Orphan`.
    pub propagation: String,
    /// Seconds that a pod gets to end; its own setting if absent.
    pub grace: Option<i64>,
}

/// Creates an object.
pub fn create(
    store: &mut Store,
    kind: &'static Kind,
    namespace: &str,
    mut object: Value,
    write: &Write,
) -> Result<Arc<Value>, ApiError> {
    validate::shape(kind, namespace, "", &mut object)?;
    if !text(&object, &["metadata", "resourceVersion"]).is_empty() {
        return Err(ApiError::bad_request("resourceVersion should not be set on objects to be created"));
    }
    if name(&object).is_empty() {
        let base = text(&object, &["metadata", "generateName"]).to_owned();
        let number = store.next_number();
        set(&mut object, &["metadata", "name"], format!("{base}{}", suffix(&format!("{base}{number}"))));
    }
    validate::name(kind, &object)?;
    let key = Key::of(kind, &object);
    admit_namespace(store, kind, &key)?;
    if store.get(&key).is_some() {
        return Err(ApiError::already_exists(kind, &key.name));
    }
    for field in SERVER_OWNED {
        remove(&mut object, &["metadata", *field]);
    }
    if kind.status && kind != &kinds::NODES {
        remove(&mut object, &["status"]);
    }
    if !write.tracked {
        remove(&mut object, &["metadata", "managedFields"]);
        fields::record_update(&Value::Null, &mut object, write);
    }
    set(&mut object, &["metadata", "uid"], new_uid());
    admission::admit(store, kind, &mut object, write)?;
    admission::default(store, kind, None, &mut object);
    validate::object(kind, None, &object)?;
    set(&mut object, &["metadata", "creationTimestamp"], write.stamp);
    if kind.generation {
        set(&mut object, &["metadata", "generation"], 1);
    }
    Ok(if write.dry_run { Arc::new(object) } else { store.put(key, object) })
}

fn admit_namespace(store: &Store, kind: &'static Kind, key: &Key) -> Result<(), ApiError> {
    if !kind.is_namespaced() {
        return Ok(());
    }
    match store.get(&Key::new(&kinds::NAMESPACES, "", &key.namespace)) {
        None => Err(ApiError::not_found(&kinds::NAMESPACES, &key.namespace)),
        Some(ns) if is_deleting(&ns) => Err(ApiError::namespace_terminating(kind, &key.name, &key.namespace)),
        Some(_) => Ok(()),
    }
}

/// Writes a new form of an object that exists: replaces it, or its status alone.
pub fn update(
    store: &mut Store,
    kind: &'static Kind,
    namespace: &str,
    wanted_name: &str,
    mut object: Value,
    write: &Write,
) -> Result<Arc<Value>, ApiError> {
    validate::shape(kind, namespace, wanted_name, &mut object)?;
    let key = Key::new(kind, namespace, wanted_name);
    let before = store.get(&key).ok_or_else(|| ApiError::not_found(kind, wanted_name))?;
    let same = |field: &str| {
        let asked = text(&object, &["metadata", field]);
        asked.is_empty() || asked == text(&before, &["metadata", field])
    };
    if !same("resourceVersion") {
        return Err(ApiError::conflict(
            kind,
            wanted_name,
            "the object has been modified; please apply your changes to the latest version and try again",
        ));
    }
    if !same("uid") {
        let why = format!(
            "Precondition failed: UID in precondition: {}, UID in object meta: {}",
            text(&object, &["metadata", "uid"]),
            text(&before, &["metadata", "uid"])
        );
        return Err(ApiError::conflict(kind, wanted_name, &why));
    }
    let mut object = if write.status {
        let mut whole = Value::clone(&before);
        match remove(&mut object, &["status"]) {
            Some(status) => set(&mut whole, &["status"], status),
            None => drop(remove(&mut whole, &["status"])),
        }
        if write.tracked {
            let tracked = at(&object, &["metadata", "managedFields"]).clone();
            set(&mut whole, &["metadata", "managedFields"], tracked);
        }
        whole
    } else {
        for field in SERVER_OWNED {
            match at(&before, &["metadata", *field]) {
                Value::Null => drop(remove(&mut object, &["metadata", *field])),
                kept => set(&mut object, &["metadata", *field], kept.clone()),
            }
        }
        if kind.status {
            match at(&before, &["status"]) {
                Value::Null => drop(remove(&mut object, &["status"])),
                kept => set(&mut object, &["status"], kept.clone()),
            }
        }
        admission::default(store, kind, Some(&before), &mut object);
        validate::object(kind, Some(&before), &object)?;
        object
    };
    set(&mut object, &["metadata", "resourceVersion"], at(&before, &["metadata", "resourceVersion"]).clone());
    if !write.tracked {
        fields::record_update(&before, &mut object, write);
    }
    if write.dry_run {
        return Ok(Arc::new(object));
    }
    Ok(replace(store, key, &before, object).unwrap_or(before))
}

/// Puts the new form of an object: counts its generation, and lets it go when its last finalizer went.
/// Nothing is written if nothing changed.
pub fn replace(store: &mut Store, key: Key, before: &Arc<Value>, mut after: Value) -> Option<Arc<Value>> {
    if after == **before {
        return Some(Arc::clone(before));
    }
    if key.kind.generation && !same_spec(key.kind, before, &after) {
        let generation = before["metadata"]["generation"].as_i64().unwrap_or(0);
        set(&mut after, &["metadata", "generation"], generation + 1);
    }
    let done = is_deleting(&after) && list(&after, &["metadata", "finalizers"]).is_empty();
    if done && !lingers(key.kind, &after) {
        store.put(key.clone(), after);
        return store.remove(&key);
    }
    Some(store.put(key, after))
}

/// Whether the spec says the same. Being bound to a node is no change of a pod's spec.
fn same_spec(kind: &Kind, before: &Value, after: &Value) -> bool {
    let spec = |object: &Value| {
        let mut spec = object["spec"].clone();
        if kind == &kinds::PODS {
            remove(&mut spec, &["nodeName"]);
        }
        spec
    };
    spec(before) == spec(after)
}

/// Whether a deleted object without finalizers still has something to end: a pod its containers, a
/// namespace its content.
fn lingers(kind: &Kind, object: &Value) -> bool {
    match kind.plural {
        "namespaces" => !list(object, &["spec", "finalizers"]).is_empty(),
        "pods" => at(object, &["metadata", "deletionGracePeriodSeconds"]).as_i64() != Some(0),
        _ => false,
    }
}

/// Deletes an object: at once, or by marking it when something must still end. Returns the marked object
/// or nothing if it is gone.
pub fn delete(
    store: &mut Store,
    kind: &'static Kind,
    namespace: &str,
    wanted_name: &str,
    how: &Deletion,
    write: &Write,
) -> Result<(Arc<Value>, bool), ApiError> {
    let key = Key::new(kind, namespace, wanted_name);
    let before = store.get(&key).ok_or_else(|| ApiError::not_found(kind, wanted_name))?;
    for (asked, field, label) in
        [(&how.uid, "uid", "UID"), (&how.version, "resourceVersion", "ResourceVersion")]
    {
        let is = text(&before, &["metadata", field]);
        if !asked.is_empty() && asked != is {
            let why = format!(
                "Precondition failed: {label} in precondition: {asked}, {label} in object meta: {is}"
            );
            return Err(ApiError::conflict(kind, wanted_name, &why));
        }
    }
    if kind == &kinds::NAMESPACES && matches!(wanted_name, "default" | "kube-system" | "kube-public") {
        return Err(ApiError::forbidden(kind, wanted_name, "this namespace may not be deleted"));
    }
    if !matches!(how.propagation.as_str(), "" | "Foreground" | "Background" | "Orphan") {
        let cause = Cause::invalid(
            "propagationPolicy",
            &json!(how.propagation),
            "not a valid policy: Foreground, Background, Orphan",
        );
        return Err(ApiError::invalid(kind, wanted_name, &[cause]));
    }
    let mut after = Value::clone(&before);
    let grace = pod_grace(kind, &before, how);
    let shortened =
        grace < at(&before, &["metadata", "deletionGracePeriodSeconds"]).as_i64().unwrap_or(i64::MAX);
    if !is_deleting(&before) || (kind == &kinds::PODS && shortened) {
        set_default(&mut after, &["metadata", "deletionTimestamp"], later(write.stamp, grace));
        set(&mut after, &["metadata", "deletionGracePeriodSeconds"], grace);
        if kind.generation && !is_deleting(&before) {
            let generation = before["metadata"]["generation"].as_i64().unwrap_or(0);
            set(&mut after, &["metadata", "generation"], generation + 1);
        }
        if kind == &kinds::NAMESPACES {
            set(&mut after, &["status", "phase"], "Terminating");
        }
        if how.propagation == "Foreground" {
            list_mut(&mut after, &["metadata", "finalizers"]).push(json!("foregroundDeletion"));
        }
    }
    if write.dry_run {
        return Ok((before, false));
    }
    if how.propagation == "Orphan" {
        orphan(store, text(&before, &["metadata", "uid"]));
    }
    let held = !list(&after, &["metadata", "finalizers"]).is_empty() || lingers(kind, &after);
    if held {
        return Ok((if after == *before { before } else { store.put(key, after) }, false));
    }
    Ok((store.remove(&key).unwrap_or(before), true))
}

/// The time stamp that many seconds later.
fn later(stamp: &str, seconds: i64) -> String {
    let at = stamp.parse::<jiff::Timestamp>().ok();
    at.and_then(|at| at.checked_add(jiff::SignedDuration::from_secs(seconds)).ok())
        .map_or_else(|| stamp.to_owned(), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// The grace a deletion leaves: only pods that run somewhere have any.
fn pod_grace(kind: &Kind, object: &Value, how: &Deletion) -> i64 {
    if kind != &kinds::PODS || text(object, &["spec", "nodeName"]).is_empty() {
        return 0;
    }
    let own = object["spec"]["terminationGracePeriodSeconds"].as_i64().unwrap_or(30);
    how.grace.unwrap_or(own).max(0)
}

/// Takes the owner out of everything it owns.
fn orphan(store: &mut Store, owner: &str) {
    let theirs: Vec<_> = store
        .all()
        .filter(|(_, object)| {
            list(object, &["metadata", "ownerReferences"]).iter().any(|o| o["uid"] == owner)
        })
        .map(|(key, object)| (key.clone(), Arc::clone(object)))
        .collect();
    for (key, before) in theirs {
        let mut after = Value::clone(&before);
        list_mut(&mut after, &["metadata", "ownerReferences"]).retain(|o| o["uid"] != owner);
        replace(store, key, &before, after);
    }
}
