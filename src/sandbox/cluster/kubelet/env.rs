//! The environment of a container, with what it takes from Secrets and ConfigMaps.

use super::PodRef;
use crate::sandbox::base64;
use crate::sandbox::cluster::api::Api;
use crate::sandbox::cluster::kinds;
use crate::sandbox::cluster::object::{at, list, text};
use serde_json::Value;
use std::collections::BTreeMap;

/// The variables of a container as they are now, or why it cannot be made, in the kubelet's words.
pub fn resolve(api: &Api, pod: &PodRef, container: &Value) -> Result<BTreeMap<String, String>, String> {
    let mut out = BTreeMap::new();
    for source in list(container, &["envFrom"]) {
        for (field, is_secret) in [("configMapRef", false), ("secretRef", true)] {
            let reference = &source[field];
            if reference.is_null() {
                continue;
            }
            let Some(data) = data(api, pod, reference, is_secret)? else { continue };
            for (key, value) in data.as_object().into_iter().flatten() {
                out.insert(format!("{}{key}", text(source, &["prefix"])), plain(value, is_secret));
            }
        }
    }
    for variable in list(container, &["env"]) {
        if let Some(value) = value(api, pod, variable)? {
            out.insert(text(variable, &["name"]).to_owned(), value);
        }
    }
    Ok(out)
}

fn value(api: &Api, pod: &PodRef, variable: &Value) -> Result<Option<String>, String> {
    let from = &variable["valueFrom"];
    for (field, is_secret) in [("configMapKeyRef", false), ("secretKeyRef", true)] {
        let reference = &from[field];
        if reference.is_null() {
            continue;
        }
        let key = text(reference, &["key"]);
        let Some(data) = data(api, pod, reference, is_secret)? else { return Ok(None) };
        return match &data[key] {
            Value::Null if reference["optional"] == true => Ok(None),
            Value::Null => {
                let kind = if is_secret { "Secret" } else { "ConfigMap" };
                let name = text(reference, &["name"]);
                Err(format!("couldn't find key {key} in {kind} {}/{name}", pod.namespace))
            }
            found => Ok(Some(plain(found, is_secret))),
        };
    }
    let path: Vec<_> = text(from, &["fieldRef", "fieldPath"]).split('.').collect();
    if path != [""] {
        return Ok(pod.get(api).map(|object| text(&object, &path).to_owned()));
    }
    Ok(Some(text(variable, &["value"]).to_owned()))
}

/// The data of the Secret or ConfigMap; nothing if it is not there and need not be.
fn data(api: &Api, pod: &PodRef, reference: &Value, is_secret: bool) -> Result<Option<Value>, String> {
    let (kind, word) =
        if is_secret { (&kinds::SECRETS, "secret") } else { (&kinds::CONFIGMAPS, "configmap") };
    let name = text(reference, &["name"]);
    match api.get(kind, &pod.namespace, name) {
        Some(object) => Ok(Some(at(&object, &["data"]).clone())),
        None if reference["optional"] == true => Ok(None),
        None => Err(format!("{word} \"{name}\" not found")),
    }
}

fn plain(value: &Value, is_secret: bool) -> String {
    let text = value.as_str().unwrap_or("");
    if !is_secret {
        return text.to_owned();
    }
    String::from_utf8(base64::decode(text).unwrap_or_default()).unwrap_or_default()
}
