//! The objects, one counter of resource versions, and the recent changes that watches replay.

use super::kinds::Kind;
use super::object::{name, namespace, set};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Changes kept for watches to resume from; older resource versions are gone (410).
const HISTORY: usize = 2_000;

/// Where an object is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Its kind.
    pub kind: &'static Kind,
    /// Its namespace; empty for objects of the cluster.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Key {
    /// The key of that object.
    pub fn new(kind: &'static Kind, namespace: &str, name: &str) -> Self {
        Self { kind, namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// Where an object that names itself belongs.
    pub fn of(kind: &'static Kind, object: &Value) -> Self {
        Self::new(kind, namespace(object), name(object))
    }
}

/// One change of one object.
#[derive(Clone, Debug)]
pub struct Change {
    /// The resource version it made.
    pub revision: u64,
    /// The kind of object.
    pub kind: &'static Kind,
    /// The object before, unless it is new.
    pub before: Option<Arc<Value>>,
    /// The object after; a deleted one as it last was, under the new resource version.
    pub after: Arc<Value>,
    /// Whether it is gone.
    pub deleted: bool,
}

/// Everything the API server remembers.
#[derive(Debug, Default)]
pub struct Store {
    objects: BTreeMap<Key, Arc<Value>>,
    history: VecDeque<Change>,
    revision: u64,
    /// Every change after this one is in the history.
    forgotten: u64,
    generated: u64,
}

impl Store {
    /// The newest resource version.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The object of that key.
    pub fn get(&self, key: &Key) -> Option<Arc<Value>> {
        self.objects.get(key).cloned()
    }

    /// The objects of a kind, of one namespace or of all, sorted by namespace and name.
    pub fn list(&self, kind: &'static Kind, namespace: Option<&str>) -> Vec<Arc<Value>> {
        self.objects
            .range(Key::new(kind, namespace.unwrap_or(""), "")..)
            .take_while(|(key, _)| key.kind == kind && namespace.is_none_or(|ns| key.namespace == ns))
            .map(|(_, object)| Arc::clone(object))
            .collect()
    }

    /// Every object there is.
    pub fn all(&self) -> impl Iterator<Item = (&Key, &Arc<Value>)> {
        self.objects.iter()
    }

    /// Stores an object under the next resource version.
    pub fn put(&mut self, key: Key, mut object: Value) -> Arc<Value> {
        self.revision += 1;
        set(&mut object, &["metadata", "resourceVersion"], self.revision.to_string());
        let after = Arc::new(object);
        let kind = key.kind;
        let before = self.objects.insert(key, Arc::clone(&after));
        self.remember(kind, before, Arc::clone(&after), false);
        after
    }

    /// Removes an object; the removal too takes a resource version.
    pub fn remove(&mut self, key: &Key) -> Option<Arc<Value>> {
        let before = self.objects.remove(key)?;
        self.revision += 1;
        let mut last = Value::clone(&before);
        set(&mut last, &["metadata", "resourceVersion"], self.revision.to_string());
        let last = Arc::new(last);
        self.remember(key.kind, Some(before), Arc::clone(&last), true);
        Some(last)
    }

    /// The changes after a resource version, or nothing if some of them are forgotten.
    pub fn since(&self, revision: u64) -> Option<impl Iterator<Item = &Change>> {
        let start = self.history.partition_point(|change| change.revision <= revision);
        (revision >= self.forgotten).then(|| self.history.range(start..))
    }

    /// Forgets all changes so far, as a compaction of etcd does.
    pub fn compact(&mut self) {
        self.history.clear();
        self.forgotten = self.revision;
    }

    /// The oldest resource version that a watch may start from.
    pub fn oldest(&self) -> u64 {
        self.forgotten
    }

    /// A number that no other call gets, for generated names.
    pub fn next_number(&mut self) -> u64 {
        self.generated += 1;
        self.generated
    }

    fn remember(
        &mut self,
        kind: &'static Kind,
        before: Option<Arc<Value>>,
        after: Arc<Value>,
        deleted: bool,
    ) {
        self.history.push_back(Change { revision: self.revision, kind, before, after, deleted });
        while self.history.len() > HISTORY {
            if let Some(oldest) = self.history.pop_front() {
                self.forgotten = oldest.revision;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::kinds;
    use super::*;
    use serde_json::json;

    #[test]
    fn changes_are_replayed_until_they_are_forgotten() {
        let mut store = Store::default();
        let key = Key::new(&kinds::SECRETS, "a", "s");
        store.put(key.clone(), json!({"metadata": {"name": "s", "namespace": "a"}}));
        store.remove(&key);
        let seen: Vec<_> = store.since(0).expect("whole").map(|c| (c.revision, c.deleted)).collect();
        assert_eq!(seen, [(1, false), (2, true)]);
        store.compact();
        assert!(store.since(1).is_none());
        assert_eq!(store.since(2).expect("whole").count(), 0);
    }

    #[test]
    fn a_list_keeps_to_its_kind_and_namespace() {
        let mut store = Store::default();
        for (kind, ns, name) in
            [(&kinds::SECRETS, "a", "one"), (&kinds::SECRETS, "b", "two"), (&kinds::CONFIGMAPS, "a", "three")]
        {
            store.put(Key::new(kind, ns, name), json!({"metadata": {"name": name, "namespace": ns}}));
        }
        let names =
            |ns| store.list(&kinds::SECRETS, ns).iter().map(|o| name(o).to_owned()).collect::<Vec<_>>();
        assert_eq!(names(Some("a")), ["one"]);
        assert_eq!(names(None), ["one", "two"]);
    }
}
