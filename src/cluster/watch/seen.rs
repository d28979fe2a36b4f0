//! The picture: what the watches have brought so far.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use crate::cluster::cause::Log;
use crate::cluster::connect::{Kind, text_at};
use crate::foreign::Text;

/// How many objects of a kind are kept; a namespace can hold thousands of old events.
const KEPT: usize = 2000;

/// What a watch brings.
pub(super) enum News {
    /// All objects of a kind, as they are now.
    Listed(&'static Kind, Vec<Value>),
    /// One is new or changed.
    Changed(&'static Kind, Value),
    /// One is gone.
    Gone(&'static Kind, Value),
    /// The watch broke and is being restarted.
    Lost(&'static Kind, Text),
    /// A kind that may not be read, and can be done without.
    Hidden(&'static Kind),
    /// The last lines of a container's log, scrubbed.
    Words {
        /// The pod's UID.
        pod: String,
        /// The container's name.
        container: String,
        /// The lines, oldest first.
        lines: Vec<String>,
    },
}

/// The objects of each kind by UID, and what is not in sight.
#[derive(Default)]
pub(super) struct Seen {
    objects: HashMap<&'static str, BTreeMap<String, Value>>,
    listed: BTreeSet<&'static str>,
    lost: BTreeMap<&'static str, Text>,
    words: HashMap<(String, String), Vec<String>>,
}

impl Seen {
    pub(super) fn take(&mut self, news: News) {
        match news {
            News::Listed(kind, objects) => {
                self.lost.remove(kind.name);
                self.listed.insert(kind.name);
                let by_uid = objects.into_iter().map(|object| (uid(&object), slim(object))).collect();
                self.objects.insert(kind.name, by_uid);
            }
            News::Changed(kind, object) => {
                self.objects.entry(kind.name).or_default().insert(uid(&object), slim(object));
            }
            News::Gone(kind, object) => {
                self.objects.entry(kind.name).or_default().remove(&uid(&object));
            }
            News::Lost(kind, why) => {
                self.lost.insert(kind.name, why);
            }
            News::Words { pod, container, lines } => {
                self.words.insert((pod, container), lines);
            }
            News::Hidden(kind) => {
                self.lost.remove(kind.name);
                self.listed.insert(kind.name);
            }
        }
        for objects in self.objects.values_mut().filter(|objects| objects.len() > KEPT) {
            objects.pop_first();
        }
    }

    /// The objects of a kind.
    pub(super) fn all(&self, kind: &Kind) -> Vec<&Value> {
        self.objects.get(kind.name).into_iter().flat_map(BTreeMap::values).collect()
    }

    /// One object, if it is in sight.
    pub(super) fn one(&self, kind: &str, uid: &str) -> Option<&Value> {
        self.objects.get(kind)?.get(uid)
    }

    /// Whether a kind was read at all.
    pub(super) fn knows(&self, kind: &str) -> bool {
        self.listed.contains(kind)
    }

    /// The last words of containers.
    pub(super) fn logs(&self) -> Vec<Log<'_>> {
        self.words.iter().map(|((pod, container), lines)| Log { pod, container, lines }).collect()
    }

    /// Why the picture is not current, if it is not.
    pub(super) fn lost(&self) -> Option<&Text> {
        self.lost.values().next()
    }
}

fn uid(object: &Value) -> String {
    text_at(object, "/metadata/uid").to_owned()
}

/// Drops what is large and says nothing here.
fn slim(mut object: Value) -> Value {
    if let Some(metadata) = object.pointer_mut("/metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    if let Some(status) = object.pointer_mut("/status").and_then(Value::as_object_mut) {
        status.remove("images");
    }
    object
}
