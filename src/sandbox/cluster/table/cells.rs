//! The cells of each kind, in the order of its columns.

use super::pod;
use super::words::{access_modes, age, duration, joined, labels, or_none, selector, since};
use crate::sandbox::cluster::kinds::Kind;
use crate::sandbox::cluster::object::{at, count, has_condition, list, name, text};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The cells of an object.
pub fn of(kind: &Kind, o: &Value, now: Timestamp) -> Vec<Value> {
    let number = |path: &[&str]| json!(count(o, path));
    let said = |path: &[&str]| json!(text(o, path));
    let age = || json!(age(o, now));
    let own = || json!(name(o));
    match kind.name {
        "Pod" => pod::cells(o, now),
        "ReplicaSet" => {
            let mut row = vec![own(), number(&["spec", "replicas"]), number(&["status", "replicas"])];
            row.extend([number(&["status", "readyReplicas"]), age()]);
            with_containers(row, o, true)
        }
        "DaemonSet" => {
            let status = [
                "desiredNumberScheduled",
                "currentNumberScheduled",
                "numberReady",
                "updatedNumberScheduled",
                "numberAvailable",
            ];
            let mut row = vec![own()];
            row.extend(status.map(|field| number(&["status", field])));
            row.extend([json!(labels(at(o, &["spec", "template", "spec", "nodeSelector"]))), age()]);
            with_containers(row, o, true)
        }
        "Deployment" => {
            let mut row = vec![own(), json!(ready_of(o))];
            row.extend([
                number(&["status", "updatedReplicas"]),
                number(&["status", "availableReplicas"]),
                age(),
            ]);
            with_containers(row, o, true)
        }
        "StatefulSet" => with_containers(vec![own(), json!(ready_of(o)), age()], o, false),
        "Job" => with_containers(
            vec![own(), json!(job_status(o)), json!(completions(o)), json!(took(o, now)), age()],
            o,
            true,
        ),
        "CronJob" => cron_job(o, now),
        "Service" => vec![
            own(),
            said(&["spec", "type"]),
            json!(or_none(text(o, &["spec", "clusterIP"]))),
            json!(external(o)),
            json!(ports(o)),
            age(),
            json!(labels(at(o, &["spec", "selector"]))),
        ],
        "Ingress" => ingress(o, now),
        "Namespace" => vec![own(), said(&["status", "phase"]), age()],
        "Node" => node(o, now),
        "Secret" => vec![own(), said(&["type"]), json!(size(&o["data"])), age()],
        "ConfigMap" => vec![own(), json!(size(&o["data"]) + size(&o["binaryData"])), age()],
        "ServiceAccount" => vec![own(), json!(list(o, &["secrets"]).len()), age()],
        "Event" => event(o, now),
        "PersistentVolumeClaim" => claim(o, now),
        "PersistentVolume" => volume(o, now),
        "ResourceQuota" => vec![own(), json!(quota(o, false)), json!(quota(o, true)), age()],
        "LimitRange" | "Role" | "ClusterRole" => vec![own(), said(&["metadata", "creationTimestamp"])],
        "RoleBinding" | "ClusterRoleBinding" => binding(o, now),
        "ControllerRevision" => {
            let owner =
                list(o, &["metadata", "ownerReferences"]).iter().find(|owner| owner["controller"] == true);
            let kind = owner.map_or("", |owner| text(owner, &["kind"]));
            let controller = owner.map_or_else(String::new, |owner| {
                format!(
                    "{}.{}/{}",
                    kind.to_lowercase(),
                    text(owner, &["apiVersion"]).split('/').next().unwrap_or(""),
                    name_of(owner)
                )
            });
            vec![own(), json!(or_none(&controller)), number(&["revision"]), age()]
        }
        "Lease" => vec![own(), said(&["spec", "holderIdentity"]), age()],
        "NetworkPolicy" => vec![own(), json!(selector(at(o, &["spec", "podSelector"]))), age()],
        "PodDisruptionBudget" => {
            let bound = |field: &str| match at(o, &["spec", field]) {
                Value::Null => json!("N/A"),
                Value::String(text) => json!(text),
                other => json!(other.to_string()),
            };
            vec![
                own(),
                bound("minAvailable"),
                bound("maxUnavailable"),
                number(&["status", "disruptionsAllowed"]),
                age(),
            ]
        }
        "PriorityClass" => {
            let default = json!((o["globalDefault"] == true).to_string());
            vec![own(), number(&["value"]), default, age(), said(&["preemptionPolicy"])]
        }
        "StorageClass" => {
            let is_default =
                text(o, &["metadata", "annotations", "storageclass.kubernetes.io/is-default-class"])
                    == "true";
            let own = if is_default { format!("{} (default)", name(o)) } else { name(o).to_owned() };
            let expands = json!((o["allowVolumeExpansion"] == true).to_string());
            vec![
                json!(own),
                said(&["provisioner"]),
                said(&["reclaimPolicy"]),
                said(&["volumeBindingMode"]),
                expands,
                age(),
            ]
        }
        _ => vec![own(), age()],
    }
}

fn name_of(owner: &Value) -> &str {
    text(owner, &["name"])
}

fn size(map: &Value) -> usize {
    map.as_object().map_or(0, serde_json::Map::len)
}

fn ready_of(o: &Value) -> String {
    format!("{}/{}", count(o, &["status", "readyReplicas"]), count(o, &["spec", "replicas"]))
}

/// Adds names and images of the containers, and the selector.
fn with_containers(mut row: Vec<Value>, o: &Value, with_selector: bool) -> Vec<Value> {
    containers(&mut row, at(o, &["spec", "template", "spec"]));
    if with_selector {
        row.push(json!(selector(at(o, &["spec", "selector"]))));
    }
    row
}

fn containers(row: &mut Vec<Value>, spec: &Value) {
    for field in ["name", "image"] {
        let all: Vec<_> = list(spec, &["containers"]).iter().map(|c| text(c, &[field])).collect();
        row.push(json!(all.join(",")));
    }
}

fn job_status(o: &Value) -> &'static str {
    match () {
        () if has_condition(o, "Complete") => "Complete",
        () if has_condition(o, "Failed") => "Failed",
        () if !at(o, &["metadata", "deletionTimestamp"]).is_null() => "Terminating",
        () if has_condition(o, "Suspended") => "Suspended",
        () if has_condition(o, "FailureTarget") => "FailureTarget",
        () => "Running",
    }
}

fn completions(o: &Value) -> String {
    let done = count(o, &["status", "succeeded"]);
    match (at(o, &["spec", "completions"]).as_i64(), count(o, &["spec", "parallelism"])) {
        (Some(wanted), _) => format!("{done}/{wanted}"),
        (None, parallel) if parallel > 1 => format!("{done}/1 of {parallel}"),
        (None, _) => format!("{done}/1"),
    }
}

fn took(o: &Value, now: Timestamp) -> String {
    let time = |field: &str| text(o, &["status", field]).parse::<Timestamp>().ok();
    time("startTime").map_or_else(String::new, |start| {
        duration(time("completionTime").unwrap_or(now).as_second() - start.as_second())
    })
}

fn cron_job(o: &Value, now: Timestamp) -> Vec<Value> {
    let last = match text(o, &["status", "lastScheduleTime"]) {
        "" => "<none>".to_owned(),
        stamp => since(stamp, now),
    };
    let suspended = if o["spec"]["suspend"] == true { "True" } else { "False" };
    let mut row = vec![
        json!(name(o)),
        json!(text(o, &["spec", "schedule"])),
        json!(or_none(text(o, &["spec", "timeZone"]))),
        json!(suspended),
        json!(list(o, &["status", "active"]).len()),
        json!(last),
        json!(age(o, now)),
    ];
    let job = at(o, &["spec", "jobTemplate", "spec"]);
    containers(&mut row, at(job, &["template", "spec"]));
    row.push(json!(selector(at(job, &["selector"]))));
    row
}

fn external(o: &Value) -> String {
    match text(o, &["spec", "type"]) {
        "ExternalName" => text(o, &["spec", "externalName"]).to_owned(),
        "LoadBalancer" => "<pending>".to_owned(),
        _ => "<none>".to_owned(),
    }
}

fn ports(o: &Value) -> String {
    let all: Vec<_> = list(o, &["spec", "ports"])
        .iter()
        .map(|port| {
            let node = count(port, &["nodePort"]);
            let node = if node > 0 { format!(":{node}") } else { String::new() };
            format!("{}{node}/{}", count(port, &["port"]), text(port, &["protocol"]))
        })
        .collect();
    joined(&all)
}

fn ingress(o: &Value, now: Timestamp) -> Vec<Value> {
    let hosts: Vec<_> = list(o, &["spec", "rules"])
        .iter()
        .map(|rule| text(rule, &["host"]).to_owned())
        .filter(|host| !host.is_empty())
        .collect();
    let hosts = if hosts.is_empty() { "*".to_owned() } else { hosts.join(",") };
    let ports = if list(o, &["spec", "tls"]).is_empty() { "80" } else { "80, 443" };
    vec![
        json!(name(o)),
        json!(or_none(text(o, &["spec", "ingressClassName"]))),
        json!(hosts),
        json!(""),
        json!(ports),
        json!(age(o, now)),
    ]
}

fn node(o: &Value, now: Timestamp) -> Vec<Value> {
    let mut status = if has_condition(o, "Ready") { "Ready" } else { "NotReady" }.to_owned();
    if o["spec"]["unschedulable"] == true {
        status += ",SchedulingDisabled";
    }
    let roles: Vec<_> = at(o, &["metadata", "labels"])
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(key, _)| key.strip_prefix("node-role.kubernetes.io/").map(str::to_owned))
        .collect();
    let address = |kind: &str| {
        let found = list(o, &["status", "addresses"]).iter().find(|a| a["type"] == kind);
        json!(or_none(found.map_or("", |a| text(a, &["address"]))))
    };
    let info = |field: &str| json!(text(o, &["status", "nodeInfo", field]));
    vec![
        json!(name(o)),
        json!(status),
        json!(joined(&roles)),
        json!(age(o, now)),
        info("kubeletVersion"),
        address("InternalIP"),
        address("ExternalIP"),
        info("osImage"),
        info("kernelVersion"),
        info("containerRuntimeVersion"),
    ]
}

fn event(o: &Value, now: Timestamp) -> Vec<Value> {
    let times = [["lastTimestamp"], ["eventTime"], ["firstTimestamp"]];
    let last = times.iter().map(|path| text(o, path)).find(|stamp| !stamp.is_empty()).unwrap_or("");
    let first = times.iter().rev().map(|path| text(o, path)).find(|stamp| !stamp.is_empty()).unwrap_or("");
    let about = format!(
        "{}/{}",
        text(o, &["involvedObject", "kind"]).to_lowercase(),
        text(o, &["involvedObject", "name"])
    );
    let source = [text(o, &["source", "component"]), text(o, &["reportingComponent"])];
    let source = source.into_iter().find(|word| !word.is_empty()).unwrap_or("");
    let host = match text(o, &["source", "host"]) {
        "" => String::new(),
        host => format!(", {host}"),
    };
    vec![
        json!(since(last, now)),
        json!(text(o, &["type"])),
        json!(text(o, &["reason"])),
        json!(about),
        json!(text(o, &["involvedObject", "fieldPath"])),
        json!(format!("{source}{host}")),
        json!(text(o, &["message"]).trim()),
        json!(since(first, now)),
        json!(count(o, &["count"]).max(1)),
        json!(name(o)),
    ]
}

fn claim(o: &Value, now: Timestamp) -> Vec<Value> {
    let bound = !text(o, &["spec", "volumeName"]).is_empty();
    let terminating = !at(o, &["metadata", "deletionTimestamp"]).is_null();
    let phase = if terminating { "Terminating" } else { text(o, &["status", "phase"]) };
    let modes = if bound { access_modes(at(o, &["status", "accessModes"])) } else { String::new() };
    vec![
        json!(name(o)),
        json!(phase),
        json!(text(o, &["spec", "volumeName"])),
        json!(if bound { text(o, &["status", "capacity", "storage"]) } else { "" }),
        json!(modes),
        json!(text(o, &["spec", "storageClassName"])),
        json!("<unset>"),
        json!(age(o, now)),
        json!(text(o, &["spec", "volumeMode"])),
    ]
}

fn volume(o: &Value, now: Timestamp) -> Vec<Value> {
    let claim = at(o, &["spec", "claimRef"]);
    let claim = if claim.is_object() {
        format!("{}/{}", text(claim, &["namespace"]), text(claim, &["name"]))
    } else {
        String::new()
    };
    vec![
        json!(name(o)),
        json!(text(o, &["spec", "capacity", "storage"])),
        json!(access_modes(at(o, &["spec", "accessModes"]))),
        json!(text(o, &["spec", "persistentVolumeReclaimPolicy"])),
        json!(text(o, &["status", "phase"])),
        json!(claim),
        json!(text(o, &["spec", "storageClassName"])),
        json!("<unset>"),
        json!(text(o, &["status", "reason"])),
        json!(age(o, now)),
        json!(text(o, &["spec", "volumeMode"])),
    ]
}

/// `used/hard` of what a quota bounds: limits, or all else.
fn quota(o: &Value, limits: bool) -> String {
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let hard = at(o, &["status", "hard"]).as_object();
    let parts: Vec<_> = hard
        .into_iter()
        .flatten()
        .filter(|(resource, _)| resource.starts_with("limits.") == limits)
        .map(|(resource, hard)| {
            let used = at(o, &["status", "used", resource]);
            let used = if used.is_null() { "0".to_owned() } else { shown(used) };
            format!("{resource}: {used}/{}", shown(hard))
        })
        .collect();
    parts.join(", ")
}

fn binding(o: &Value, now: Timestamp) -> Vec<Value> {
    let subjects = |kind: &str| {
        let all: Vec<_> = list(o, &["subjects"])
            .iter()
            .filter(|subject| subject["kind"] == kind)
            .map(|subject| match namespace_of(subject) {
                "" => name_of(subject).to_owned(),
                place => format!("{place}/{}", name_of(subject)),
            })
            .collect();
        json!(all.join(", "))
    };
    let role = format!("{}/{}", text(o, &["roleRef", "kind"]), text(o, &["roleRef", "name"]));
    vec![
        json!(name(o)),
        json!(role),
        json!(age(o, now)),
        subjects("User"),
        subjects("Group"),
        subjects("ServiceAccount"),
    ]
}

fn namespace_of(subject: &Value) -> &str {
    text(subject, &["namespace"])
}
