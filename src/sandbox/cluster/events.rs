//! Events, as the components of a cluster record them.

use super::api::Api;
use super::kinds::{self, Kind};
use super::object::{at, count, is_deleting, name, namespace, set, suffix, text, uid};
use super::store::{Key, Store};
use serde_json::{Value, json};

/// Who records events. Each component writes a shape of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A controller, by its name.
    Controller(&'static str),
    /// The scheduler, which writes the newer form: no counts, a time with microseconds.
    Scheduler,
    /// The node's agent.
    Kubelet,
}

/// Whether an event tells of the usual or of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// `Normal`
    Normal,
    /// `Warning`
    Warning,
}

/// Records an event about an object. One that says the same again only counts up.
pub fn record(
    api: &Api,
    source: Source,
    kind: &Kind,
    object: &Value,
    tone: Tone,
    reason: &str,
    message: &str,
) {
    let stamp = api.clock.stamp();
    let place = match namespace(object) {
        "" => "default",
        namespace => namespace,
    };
    api.with(|store| {
        let open = store.get(&Key::new(&kinds::NAMESPACES, "", place)).is_some_and(|ns| !is_deleting(&ns));
        if !open {
            return;
        }
        if source != Source::Scheduler && count_up(store, place, object, source, reason, message, &stamp) {
            return;
        }
        let number = store.next_number();
        let own = format!("{}.{}{number:x}", name(object), suffix(reason));
        let mut event = json!({
            "kind": "Event", "apiVersion": "v1",
            "metadata": {
                "name": own, "namespace": place, "uid": super::object::new_uid(), "creationTimestamp": stamp,
            },
            "involvedObject": {
                "kind": kind.name, "namespace": namespace(object), "name": name(object), "uid": uid(object),
                "apiVersion": kind.api_version(), "resourceVersion": object["metadata"]["resourceVersion"],
            },
            "reason": reason, "message": message, "source": component(api, source),
            "firstTimestamp": stamp, "lastTimestamp": stamp, "count": 1,
            "type": if tone == Tone::Normal { "Normal" } else { "Warning" },
            "eventTime": null, "reportingComponent": "", "reportingInstance": "",
        });
        match source {
            Source::Controller(name) => set(&mut event, &["reportingComponent"], name),
            Source::Scheduler => {
                let precise = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string();
                for field in ["firstTimestamp", "lastTimestamp"] {
                    set(&mut event, &[field], Value::Null);
                }
                super::object::remove(&mut event, &["count"]);
                set(&mut event, &["eventTime"], precise);
                set(&mut event, &["action"], if tone == Tone::Normal { "Binding" } else { "Scheduling" });
                set(&mut event, &["reportingComponent"], "default-scheduler");
                set(&mut event, &["reportingInstance"], "default-scheduler-sandbox");
            }
            Source::Kubelet => {
                set(&mut event, &["reportingComponent"], "kubelet");
                set(&mut event, &["reportingInstance"], api.node.as_str());
            }
        }
        store.put(Key::of(&kinds::EVENTS, &event), event);
    });
}

fn component(api: &Api, source: Source) -> Value {
    match source {
        Source::Controller(name) => json!({"component": name}),
        Source::Scheduler => json!({}),
        Source::Kubelet => json!({"component": "kubelet", "host": api.node}),
    }
}

fn count_up(
    store: &mut Store,
    place: &str,
    object: &Value,
    source: Source,
    reason: &str,
    message: &str,
    stamp: &str,
) -> bool {
    let by = match source {
        Source::Controller(name) => name,
        _ => "kubelet",
    };
    let found = store.list(&kinds::EVENTS, Some(place)).into_iter().find(|event| {
        text(event, &["involvedObject", "uid"]) == uid(object)
            && event["reason"] == reason
            && event["message"] == message
            && at(event, &["source", "component"]) == by
    });
    let Some(found) = found else { return false };
    let mut event = Value::clone(&found);
    set(&mut event, &["count"], count(&found, &["count"]) + 1);
    set(&mut event, &["lastTimestamp"], stamp);
    store.put(Key::of(&kinds::EVENTS, &found), event);
    true
}
