//! The release as objects: the rendered chart with its two placeholders filled in.
//!
//! `assets/release/rendered.yaml` is what helm makes of `assets/release/client` for a release and a namespace of
//! the names below; `tests/peers/render-release.sh` proves it. A profile may name a file of its own, made the same
//! way. The placeholders are replaced inside the parsed
//! string values, never in the text, and by names of a safe alphabet only.

use serde_json::{Value, json};

use super::quantity;
use crate::cluster::connect::{Kind, kind, kind_of, kinds_in_order, text_at};
use crate::cluster::release::secret_name;
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Planned, Slug};

/// The release that comes with this program.
pub const RENDERED: &str = include_str!("../../../assets/release/rendered.yaml");
const RELEASE: &str = "release-goes-here";
const NAMESPACE: &str = "namespace-goes-here";

/// A release's objects, in the order in which they are applied, or why the text holds none that can be. Release and
/// namespace have the same name. Hooks are left out, because nothing runs them; and the Secret with the credential,
/// because it is made in code.
pub fn objects(rendered: &str, slug: &Slug) -> Result<Vec<(&'static Kind, Value)>, String> {
    let mut objects = Vec::new();
    for mut object in documents(rendered, slug)? {
        let kind = kind_of(&object).ok_or_else(|| {
            let (version, kind) = (text_at(&object, "/apiVersion"), text_at(&object, "/kind"));
            format!("it holds a {kind} of {version}, which is not applied here")
        })?;
        // A chart may give what lives in another namespace a copy, which is made in code as well.
        if is_credential(&object, slug) {
            continue;
        }
        if kind.namespaced && text_at(&object, "/metadata/namespace").is_empty() {
            object["metadata"]["namespace"] = json!(slug.as_str());
        }
        if *kind == kind::NAMESPACE && text_at(&object, "/metadata/name") == slug.as_str() {
            disown(&mut object);
        } else {
            own(&mut object, slug);
        }
        objects.push((kind, object));
    }
    // Stable: objects of one kind keep the chart's order.
    objects.sort_by_key(|(kind, _)| kinds_in_order().iter().position(|known| known == *kind));
    Ok(objects)
}

/// The Secret with the credential as it is rendered, if it is.
pub fn secret(rendered: &str, slug: &Slug) -> Result<Option<Value>, String> {
    let is_own = |object: &Value| [slug.as_str(), ""].contains(&text_at(object, "/metadata/namespace"));
    Ok(documents(rendered, slug)?.into_iter().find(|object| is_credential(object, slug) && is_own(object)))
}

fn documents(rendered: &str, slug: &Slug) -> Result<Vec<Value>, String> {
    let mut documents: Vec<Value> =
        serde_saphyr::from_multiple(rendered).map_err(|_| "it is no YAML".to_owned())?;
    documents.retain(|document| document.is_object() && !is_hook(document));
    for document in &mut documents {
        fill(document, slug.as_str());
    }
    Ok(documents)
}

fn is_credential(object: &Value, slug: &Slug) -> bool {
    text_at(object, "/kind") == kind::SECRET.name
        && text_at(object, "/metadata/name") == secret_name(slug.as_str())
}

/// Whether it is one of Helm's hooks: those run and go.
pub fn is_hook(object: &Value) -> bool {
    object.pointer("/metadata/annotations").is_some_and(|notes| notes.get("helm.sh/hook").is_some())
}

/// The release's own namespace is made before it, with this program's own marks; the chart only adds to them.
fn disown(namespace: &mut Value) {
    let labels = namespace.pointer_mut("/metadata/labels").and_then(Value::as_object_mut);
    drop(labels.and_then(|labels| labels.remove("app.kubernetes.io/managed-by")));
}

/// The workloads of the release that comes with this program, as `Kind name`, and the chart they come from.
pub fn workloads(slug: &Slug) -> Result<(Text, Vec<Text>), Fault> {
    let objects = objects(RENDERED, slug).map_err(|why| broken(&why))?;
    let chart = objects.first().and_then(|(_, object)| {
        object.pointer("/metadata/labels")?.get("helm.sh/chart")?.as_str().map(Text::new)
    });
    let works = |kind: &Kind| matches!(kind.name, "Deployment" | "DaemonSet" | "StatefulSet");
    let named = objects.iter().filter(|(kind, _)| works(kind));
    let names =
        named.map(|(kind, object)| format!("{} {}", kind.name, text_at(object, "/metadata/name")).into());
    Ok((chart.unwrap_or_default(), names.collect()))
}

/// Labels and annotations by which discovery finds an object, and by which Helm would take it over.
pub fn own(object: &mut Value, slug: &Slug) {
    let labels = &mut object["metadata"]["labels"];
    labels["app.kubernetes.io/name"] = json!("client");
    labels["app.kubernetes.io/instance"] = json!(slug.as_str());
    labels["app.kubernetes.io/managed-by"] = json!("Helm");
    let annotations = &mut object["metadata"]["annotations"];
    annotations["meta.helm.sh/release-name"] = json!(slug.as_str());
    annotations["meta.helm.sh/release-namespace"] = json!(slug.as_str());
}

/// What would be installed, on so many nodes.
pub fn planned(title: Text, objects: &[Value], nodes: usize) -> Planned {
    let mut planned = Planned { title, ..Planned::default() };
    // The Secret is made in code and the namespace where it is missing.
    let mut kinds = vec!["Namespace", "Secret"];
    kinds.extend(kinds_in_order().iter().map(|kind| kind.name));
    kinds.extend(objects.iter().map(|object| text_at(object, "/kind")));
    // Rendered for a release of that name; what is made in code counts once, whether a chart makes it as well or not.
    let (place, secret) = (Slug::client(), secret_name(Slug::client().as_str()));
    let in_code = |kind: &str, name: &str| {
        kind == "Namespace" && name == place.as_str() || kind == "Secret" && name == secret
    };
    for kind in kinds {
        let of_kind = |object: &&Value| {
            text_at(object, "/kind") == kind && !in_code(kind, text_at(object, "/metadata/name"))
        };
        let count = objects.iter().filter(of_kind).count();
        let count = count + usize::from(matches!(kind, "Secret" | "Namespace"));
        if count > 0 && !planned.kinds.iter().any(|(known, _)| known.as_str() == kind) {
            planned.kinds.push((Text::new(kind), count));
        }
    }
    planned.kinds.sort_by_key(|(name, _)| {
        let place = kinds_in_order().iter().position(|kind| kind.name == name.as_str());
        place.unwrap_or(usize::MAX)
    });
    for object in objects {
        let pods = match text_at(object, "/kind") {
            "DaemonSet" => nodes as u64,
            _ => object.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1),
        };
        planned.storage += storage(object);
        for container in containers(object) {
            let request = |what: &str| text_at(container, &format!("/resources/requests/{what}"));
            planned.milli_cpu += pods * quantity::milli_cpu(request("cpu")).unwrap_or(0);
            planned.memory += pods * quantity::bytes(request("memory")).unwrap_or(0);
            let image = Text::new(text_at(container, "/image"));
            if !planned.images.contains(&image) {
                planned.images.push(image);
            }
        }
    }
    planned
}

/// What a volume claim asks for, in bytes.
fn storage(object: &Value) -> u64 {
    let claims = object.pointer("/spec/volumeClaimTemplates").and_then(Value::as_array);
    let copies = object.pointer("/spec/replicas").and_then(Value::as_u64).unwrap_or(1);
    let asked =
        |claim: &Value| quantity::bytes(text_at(claim, "/spec/resources/requests/storage")).unwrap_or(0);
    let of_templates: u64 = claims.into_iter().flatten().map(asked).sum();
    asked(object) + copies * of_templates
}

/// The containers of a workload, those that prepare it included.
fn containers(object: &Value) -> impl Iterator<Item = &Value> {
    ["/spec/template/spec/initContainers", "/spec/template/spec/containers"]
        .into_iter()
        .filter_map(|pointer| object.pointer(pointer)?.as_array())
        .flatten()
}

/// Marks the pods of a workload that reads the credential with the version of its Secret, so that another
/// credential restarts them.
pub fn tie_to_credential(object: &mut Value, secret_name: &str, version: &str) {
    if reads_credential(object, secret_name) {
        object["spec"]["template"]["metadata"]["annotations"]["landfall/credential"] = json!(version);
    }
}

/// Whether a workload's containers get something out of that Secret into their environment.
pub fn reads_credential(object: &Value, secret_name: &str) -> bool {
    containers(object).any(|container| {
        let named = |list: &str, name: &str| {
            let entries = container.pointer(list).and_then(Value::as_array);
            entries.into_iter().flatten().any(|entry| text_at(entry, name) == secret_name)
        };
        named("/env", "/valueFrom/secretKeyRef/name") || named("/envFrom", "/secretRef/name")
    })
}

/// What the release that comes with this program is called.
pub fn title(objects: &[Value]) -> Text {
    let version = objects.first().map(|object| label(object, "app.kubernetes.io/version"));
    Text::new(&format!("demo client {}", version.unwrap_or_default()))
}

/// The chart's name and version, as it labels its objects: `client-0.1.0`.
pub fn chart(objects: &[Value]) -> Option<Text> {
    let name = objects.iter().map(|object| label(object, "helm.sh/chart")).find(|name| !name.is_empty());
    name.map(|name| Text::within(name, 60))
}

fn label<'a>(object: &'a Value, name: &str) -> &'a str {
    let labels = object.pointer("/metadata/labels");
    labels.and_then(|labels| labels.get(name)).and_then(Value::as_str).unwrap_or_default()
}

fn fill(value: &mut Value, slug: &str) {
    match value {
        Value::String(text) => *text = text.replace(RELEASE, slug).replace(NAMESPACE, slug),
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, slug)),
        Value::Object(fields) => fields.values_mut().for_each(|field| fill(field, slug)),
        _ => {}
    }
}

/// What is wrong with the release that comes with this program.
pub fn broken(why: &str) -> Fault {
    Fault::Died { part: Text::new("the release that comes with landfall"), words: Text::new(why) }
}

#[cfg(test)]
mod tests;
