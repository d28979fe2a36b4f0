//! What an object must look like to be let in. Only the rules that a careful client can run into.

use super::controllers::Schedule;
use super::kinds::Kind;
use super::object::{at, list, list_mut, namespace, set, text};
use super::selector::label_selector_matches;
use super::status::{ApiError, Cause};
use crate::sandbox::base64;
use serde_json::{Map, Value, json};

/// Largest Secret or ConfigMap, bytes of data (1 MiB, as the API server has it).
const MAX_DATA: usize = 1 << 20;

const LABEL_RULE: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_RULE: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const VALUE_RULE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/// Checks that the object is of the kind and place that the URL says, and fills that in where it is left out.
pub fn shape(kind: &Kind, url_namespace: &str, url_name: &str, object: &mut Value) -> Result<(), ApiError> {
    if !object.is_object() {
        return Err(ApiError::bad_request("the body of the request is not a JSON object"));
    }
    for (field, expected, what) in
        [("apiVersion", kind.api_version(), "API version"), ("kind", kind.name.to_owned(), "kind")]
    {
        let given = text(object, &[field]);
        if !given.is_empty() && given != expected {
            return Err(ApiError::bad_request(format!(
                "the {what} in the data ({given}) does not match the expected {what} ({expected})"
            )));
        }
        set(object, &[field], expected);
    }
    if !at(object, &["metadata"]).is_object() && !at(object, &["metadata"]).is_null() {
        return Err(ApiError::bad_request("json: cannot unmarshal into metadata: it is not an object"));
    }
    for field in ["labels", "annotations"] {
        let map = at(object, &["metadata", field]);
        let sound = map.is_null() || map.as_object().is_some_and(|map| map.values().all(Value::is_string));
        if !sound {
            return Err(ApiError::bad_request(format!(
                "json: cannot unmarshal metadata.{field}: it must map text to text"
            )));
        }
    }
    let given = namespace(object);
    if !given.is_empty() && given != url_namespace {
        return Err(ApiError::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    if kind.is_namespaced() {
        set(object, &["metadata", "namespace"], url_namespace);
    }
    let given = super::object::name(object);
    if !url_name.is_empty() && !given.is_empty() && given != url_name {
        return Err(ApiError::bad_request(format!(
            "the name of the object ({given}) does not match the name on the URL ({url_name})"
        )));
    }
    if !url_name.is_empty() {
        set(object, &["metadata", "name"], url_name);
    }
    Ok(())
}

/// Checks the name by the rule of its kind, and the labels.
pub fn name(kind: &Kind, object: &Value) -> Result<(), ApiError> {
    let name = super::object::name(object);
    if name.is_empty() {
        let cause = Cause::required("metadata.name", "name or generateName is required");
        return Err(ApiError::invalid(kind, name, &[cause]));
    }
    let (sound, rule) = if kind.group == "rbac.authorization.k8s.io" {
        (!matches!(name, "." | "..") && !name.contains(['/', '%']), "may not contain '/' or '%'")
    } else if matches!(kind.plural, "namespaces" | "services") {
        (is_label(name), LABEL_RULE)
    } else {
        (name.len() <= 253 && name.split('.').all(|part| is_label_of(part, 253)), SUBDOMAIN_RULE)
    };
    if !sound {
        let cause = Cause::invalid("metadata.name", &json!(name), rule);
        return Err(ApiError::invalid(kind, name, &[cause]));
    }
    Ok(())
}

fn is_label(name: &str) -> bool {
    is_label_of(name, 63)
}

fn is_label_of(name: &str, most: usize) -> bool {
    (1..=most).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

fn is_label_value(value: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    value.len() <= 63
        && value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        && edge(value.chars().next())
        && edge(value.chars().next_back())
}

/// Checks the object by the rules of its kind, and against what it may not change.
pub fn object(kind: &Kind, before: Option<&Value>, after: &Value) -> Result<(), ApiError> {
    let mut causes = Vec::new();
    for value in at(after, &["metadata", "labels"]).as_object().into_iter().flat_map(Map::values) {
        if !is_label_value(value.as_str().unwrap_or("")) {
            causes.push(Cause::invalid("metadata.labels", value, VALUE_RULE));
        }
    }
    match kind.name {
        "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" => workload(before, after, &mut causes),
        "Job" => {
            let path = "spec.template.spec";
            batch_template(path, at(after, &["spec", "template", "spec"]), &mut causes);
            if before.is_some_and(|before| before["spec"]["template"] != after["spec"]["template"]) {
                causes.push(Cause::invalid("spec.template", &json!({}), "field is immutable"));
            }
        }
        "CronJob" => {
            let path = ["spec", "jobTemplate", "spec", "template", "spec"];
            batch_template(&path.join("."), at(after, &path), &mut causes);
            let schedule = text(after, &["spec", "schedule"]);
            if let Err(why) = Schedule::parse(schedule) {
                causes.push(Cause::invalid("spec.schedule", &json!(schedule), &why));
            }
        }
        "Pod" => pod_spec("spec", &after["spec"], &mut causes),
        "Secret" | "ConfigMap" => data(kind, before, after, &mut causes),
        "Service" => service(before, after, &mut causes),
        "PersistentVolumeClaim" => claim(before, after, &mut causes),
        _ => {}
    }
    let name = super::object::name(after);
    if causes.is_empty() { Ok(()) } else { Err(ApiError::invalid(kind, name, &causes)) }
}

fn workload(before: Option<&Value>, after: &Value, causes: &mut Vec<Cause>) {
    let selector = &after["spec"]["selector"];
    let empty = selector.as_object().is_none_or(Map::is_empty);
    if empty {
        causes.push(Cause::required("spec.selector", ""));
    }
    let labels = at(after, &["spec", "template", "metadata", "labels"]);
    if !empty && !label_selector_matches(selector, labels) {
        causes.push(Cause::invalid(
            "spec.template.metadata.labels",
            labels,
            "`selector` does not match template `labels`",
        ));
    }
    if before.is_some_and(|before| before["spec"]["selector"] != *selector) {
        causes.push(Cause::invalid("spec.selector", selector, "field is immutable"));
    }
    let replicas = &after["spec"]["replicas"];
    if !replicas.is_null() && !replicas.as_i64().is_some_and(|n| (0..=i64::from(i32::MAX)).contains(&n)) {
        causes.push(Cause::invalid("spec.replicas", replicas, "must be greater than or equal to 0"));
    }
    // The claims of a StatefulSet become volumes of its pods.
    let mut spec = at(after, &["spec", "template", "spec"]).clone();
    for claim in list(after, &["spec", "volumeClaimTemplates"]) {
        list_mut(&mut spec, &["volumes"]).push(json!({"name": super::object::name(claim)}));
    }
    pod_spec("spec.template.spec", &spec, causes);
}

/// What ends cannot be restarted always.
fn batch_template(path: &str, spec: &Value, causes: &mut Vec<Cause>) {
    let policy = text(spec, &["restartPolicy"]);
    if !matches!(policy, "OnFailure" | "Never") {
        let message = "supported values: \"OnFailure\", \"Never\"";
        causes.push(Cause::unsupported(&format!("{path}.restartPolicy"), policy, message));
    }
    pod_spec(path, spec, causes);
}

fn pod_spec(path: &str, spec: &Value, causes: &mut Vec<Cause>) {
    let containers = list(spec, &["containers"]);
    if containers.is_empty() {
        causes.push(Cause::required(&format!("{path}.containers"), ""));
    }
    let mut names = Vec::new();
    let all = [("containers", containers), ("initContainers", list(spec, &["initContainers"]))];
    for (field, containers) in all {
        for (i, container) in containers.iter().enumerate() {
            let path = format!("{path}.{field}[{i}]");
            let name = text(container, &["name"]);
            if name.is_empty() {
                causes.push(Cause::required(&format!("{path}.name"), ""));
            } else if !is_label(name) {
                causes.push(Cause::invalid(&format!("{path}.name"), &json!(name), LABEL_RULE));
            }
            if names.contains(&name) {
                causes.push(Cause::duplicate(&format!("{path}.name"), name));
            }
            names.push(name);
            if text(container, &["image"]).is_empty() {
                causes.push(Cause::required(&format!("{path}.image"), ""));
            }
            for (j, mount) in list(container, &["volumeMounts"]).iter().enumerate() {
                if !list(spec, &["volumes"]).iter().any(|v| v["name"] == mount["name"]) {
                    let message = format!("Not found: {}", mount["name"]);
                    causes.push(Cause::invalid(
                        &format!("{path}.volumeMounts[{j}].name"),
                        &mount["name"],
                        &message,
                    ));
                }
            }
        }
    }
}

fn data(kind: &Kind, before: Option<&Value>, after: &Value, causes: &mut Vec<Cause>) {
    let mut size = 0;
    for (key, value) in after["data"].as_object().into_iter().flatten() {
        let path = format!("data[{key}]");
        match value.as_str() {
            None => causes.push(Cause::invalid(&path, value, "must be text")),
            Some(text) if kind.name == "Secret" && base64::decode(text).is_none() => {
                // The value itself may be a secret in the wrong form: it is not repeated.
                causes.push(Cause::invalid(&path, &json!("<secret contents redacted>"), "must be base64"));
            }
            Some(text) => size += text.len(),
        }
    }
    if size > MAX_DATA * 4 / 3 {
        causes.push(Cause::invalid("data", &json!(""), "Too long: may not be more than 1048576 bytes"));
    }
    let Some(before) = before else { return };
    if before["immutable"] == true {
        let frozen = "field is immutable when `immutable` is set";
        for field in ["data", "binaryData", "immutable"] {
            if before[field] != after[field] {
                causes.push(Cause::forbidden(field, frozen));
            }
        }
    }
    if kind.name == "Secret" && before["type"] != after["type"] {
        causes.push(Cause::invalid("type", &after["type"], "field is immutable"));
    }
}

fn service(before: Option<&Value>, after: &Value, causes: &mut Vec<Cause>) {
    let headless = after["spec"]["clusterIP"] == "None";
    if list(after, &["spec", "ports"]).is_empty() && !headless && after["spec"]["type"] != "ExternalName" {
        causes.push(Cause::required("spec.ports", ""));
    }
    if before.is_some_and(|before| before["spec"]["clusterIP"] != after["spec"]["clusterIP"]) {
        let value = json!([after["spec"]["clusterIP"]]);
        causes.push(Cause::invalid("spec.clusterIPs[0]", &value, "may not change once set"));
    }
}

fn claim(before: Option<&Value>, after: &Value, causes: &mut Vec<Cause>) {
    if list(after, &["spec", "accessModes"]).is_empty() {
        causes.push(Cause::required("spec.accessModes", "at least 1 access mode is required"));
    }
    if text(after, &["spec", "resources", "requests", "storage"]).is_empty() {
        causes.push(Cause::required("spec.resources[storage]", ""));
    }
    let rest = |object: &Value| {
        let mut spec = object["spec"].clone();
        super::object::remove(&mut spec, &["resources"]);
        spec
    };
    if before.is_some_and(|before| rest(before) != rest(after)) {
        causes.push(Cause::forbidden(
            "spec",
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
        ));
    }
}
