//! What is installed.

use serde_json::Value;

use super::objects::name;
use super::workload_pods as pods;
use super::workload_secret as secret;
use crate::cluster::cause::{Cause, Class, Log, Scene, cause, safe};
use crate::cluster::kstatus::{Status, items, number, status, text, time};
use crate::doctor::facts::Workload;
use crate::doctor::table::{Entry, Finding, Judge};
use crate::foreign::Text;
use crate::model::Known;

/// The checks.
pub const CHECKS: &[Entry] = &[
    Entry {
        id: "W01",
        title: "everything is there",
        after: &["C07", "C05", "C09", "C11", "C06", "C04", "C02", "C03", "C01"],
        judge: Judge::Workload(complete),
    },
    Entry {
        id: "W02",
        title: "workloads",
        after: &[
            "W05", "W06", "W08", "W12", "W04", "W15", "W07", "C18", "C17", "W01", "C07", "C05", "C11", "C09",
            "C06", "C04", "C02", "C03", "C01",
        ],
        judge: Judge::Workload(workloads),
    },
    Entry {
        id: "W03",
        title: "restarts",
        after: &["W12", "W04", "W08", "W02", "C11", "C09", "C07", "C06", "C05", "C04", "C02", "C03", "C01"],
        judge: Judge::Workload(pods::restarted),
    },
    Entry {
        id: "W04",
        title: "out of memory",
        after: &["C11", "C09", "C07", "C06", "C05", "C04", "C02", "C03", "C01"],
        judge: Judge::Workload(pods::memory),
    },
    Entry {
        id: "W05",
        title: "images",
        after: &["W06", "C18", "C17", "C11", "C09", "C07", "C06", "C05", "C04", "C02", "C03", "C01"],
        judge: Judge::Workload(pods::images),
    },
    Entry {
        id: "W06",
        title: "pull secrets",
        after: &["C11", "C09", "C07", "C06", "C05", "C04", "C02", "C03", "C01"],
        judge: Judge::Workload(pods::pull_secrets),
    },
    Entry {
        id: "W07",
        title: "volumes",
        after: &["C17", "C18", "C11", "C09", "C07", "C06", "C05", "C04", "C02", "C03", "C01"],
        judge: Judge::Workload(volumes),
    },
    Entry {
        id: "W08",
        title: "credential's Secret",
        after: &["C09", "C07", "C05", "C11", "C06", "C04", "C02", "C03", "C01"],
        judge: Judge::Workload(secret::present),
    },
    Entry {
        id: "W09",
        title: "machine's id",
        after: &["W08", "C09", "C11", "C07", "C06", "C05", "C04", "C02", "C03", "C01"],
        judge: Judge::Workload(secret::id),
    },
    Entry {
        id: "W10",
        title: "who may read the credential",
        after: &["C09", "C07", "C11", "C06", "C05", "C04", "C02", "C03", "C01"],
        judge: Judge::Workload(secret::readers),
    },
    Entry {
        id: "W11",
        title: "copies of the credential",
        after: &["W08", "C09", "C11", "C07", "C06", "C05", "C04", "C02", "C03", "C01"],
        judge: Judge::Workload(secret::copies),
    },
    Entry {
        id: "W12",
        title: "credential accepted",
        after: &[
            "V02", "W09", "W08", "V01", "N06", "N05", "N04", "N03", "N07", "N01", "C07", "C05", "C03", "C01",
            "A01",
        ],
        judge: Judge::Plane(secret::accepted),
    },
    Entry {
        id: "W13",
        title: "jobs manager's log",
        after: &["W02", "W12", "V02", "W08", "C11", "C09", "C07", "C06", "C05", "C04", "C02", "C03", "C01"],
        judge: Judge::Workload(secret::log),
    },
    Entry {
        id: "W14",
        title: "proxy in the pods",
        after: &["C11", "C09", "C07", "C06", "C05", "C04", "C02", "C03", "C01"],
        judge: Judge::Workload(pods::proxy),
    },
    Entry {
        id: "W15",
        title: "room on a node",
        after: &["C17", "C18", "C11", "C09", "C07", "C06", "C05", "C04", "C02", "C03", "C01"],
        judge: Judge::Workload(pods::room),
    },
    Entry {
        id: "W16",
        title: "thrown-out pods",
        after: &["C18", "C17", "C11", "C09", "C07", "C06", "C05", "C04", "C02", "C03", "C01"],
        judge: Judge::Workload(pods::evicted),
    },
    Entry {
        id: "W17",
        title: "stopped on purpose",
        after: &["C11", "C09", "C07", "C06", "C05", "C04", "C02", "C03", "C01"],
        judge: Judge::Workload(stopped),
    },
    Entry {
        id: "W18",
        title: "being deleted",
        after: &["C11", "C09", "C07", "C06", "C05", "C04", "C02", "C03", "C01"],
        judge: Judge::Workload(ending),
    },
];

pub fn unread(why: &Text) -> Finding {
    Finding::unknown(why.clone())
}

fn complete(workload: &Workload) -> Finding {
    let here = match &workload.workloads {
        Known::Unknown(why) => return unread(why),
        Known::Yes(here) => here,
    };
    let names: Vec<String> =
        here.iter().map(|object| format!("{} {}", text(object, "/kind"), name(object))).collect();
    let missing: Vec<&Text> =
        workload.expected.iter().filter(|wanted| !names.contains(&wanted.to_string())).collect();
    match missing.first() {
        None => unseen(workload)
            .unwrap_or_else(|| Finding::pass(format!("{} workloads in {}", here.len(), spaces(workload)))),
        Some(first) => Finding::fail(format!("{first} is missing in {}", workload.namespace))
            .because(missing.iter().skip(1).map(|missing| format!("{missing} is missing too")))
            .fix("apply it again: landfall"),
    }
}

/// Why what was seen may not be all of it. What it ought to hold is known for our own release only, and that is all
/// in one namespace.
pub fn unseen(workload: &Workload) -> Option<Finding> {
    match &workload.elsewhere {
        Known::Unknown(why) if workload.expected.is_empty() => {
            Some(unread(&Text::from(format!("not all of it was looked at: {why}"))))
        }
        _ => None,
    }
}

/// The namespaces that it lives in.
fn spaces(workload: &Workload) -> String {
    let others = workload.elsewhere.value().into_iter().flatten().map(ToString::to_string);
    std::iter::once(workload.namespace.to_string()).chain(others).collect::<Vec<_>>().join(" and ")
}

/// Each workload that is not done, with the reason.
pub fn troubles(workload: &Workload) -> Vec<(&Value, Option<Cause>)> {
    let Known::Yes(all) = &workload.workloads else { return Vec::new() };
    let pods: Vec<&Value> = workload.pods.value().into_iter().flatten().collect();
    let pvcs: Vec<&Value> = workload.claims.value().into_iter().flatten().collect();
    let events: Vec<&Value> = workload.events.value().into_iter().flatten().collect();
    let replicasets: Vec<&Value> = workload.replicasets.iter().collect();
    let nodes: Vec<&Value> = workload.nodes.iter().collect();
    let quotas: Vec<&Value> = workload.quotas.iter().collect();
    let logs: Vec<Log<'_>> =
        workload.logs.iter().map(|(uid, _, container, lines)| Log { pod: uid, container, lines }).collect();
    all.iter()
        .filter(|object| status(object, workload.now).status != Status::Current)
        .map(|object| {
            let near = |one: &&Value| workload.space(one) == workload.space(object);
            // These count by their names, in their namespace.
            let pvcs: Vec<&Value> = pvcs.iter().copied().filter(near).collect();
            let quotas: Vec<&Value> = quotas.iter().copied().filter(near).collect();
            let since = time(object, "/metadata/creationTimestamp").unwrap_or(workload.now);
            let scene = Scene {
                workload: object,
                replicasets: &replicasets,
                pods: &pods,
                pvcs: &pvcs,
                nodes: &nodes,
                quotas: &quotas,
                events: &events,
                logs: &logs,
                noticed: &[],
                states: None,
                others_ready: Some(since),
                since,
                now: workload.now,
            };
            (object, cause(&scene))
        })
        .collect()
}

/// Whether everything is ready; none where that could not be read.
pub fn all_ready(workload: &Workload) -> Option<bool> {
    match &workload.workloads {
        Known::Unknown(_) => None,
        Known::Yes(all) => {
            let ready = !all.is_empty()
                && all.iter().all(|object| status(object, workload.now).status == Status::Current);
            (!ready || unseen(workload).is_none()).then_some(ready)
        }
    }
}

fn workloads(workload: &Workload) -> Finding {
    let all = match &workload.workloads {
        Known::Unknown(why) => return unread(why),
        Known::Yes(all) => all,
    };
    if all.is_empty() {
        return Finding::fail(format!("no workload is in {}", workload.namespace))
            .fix("apply it again: landfall");
    }
    let mut troubles = troubles(workload);
    // The worst first; a class that waits is none yet.
    troubles.sort_by_key(|(_, cause)| std::cmp::Reverse(cause.as_ref().map(|cause| cause.class)));
    let Some((object, cause)) = troubles.first() else {
        return unseen(workload).unwrap_or_else(|| Finding::pass(format!("all {} ready", all.len())));
    };
    let others = troubles.iter().skip(1).map(|(object, cause)| {
        let why = cause.as_ref().map_or_else(|| "not ready".to_owned(), |cause| cause.sentence.clone());
        format!("{} {}: {why}", text(object, "/kind"), name(object))
    });
    let Some(cause) = cause else {
        let verdict = status(object, workload.now);
        return Finding::warn(format!("{} is not ready yet", name(object)))
            .because([verdict.message])
            .because(others)
            .fix("run this again in a minute");
    };
    let told = format!("{}: {}", name(object), cause.sentence.trim_end_matches('.'));
    let finding = match cause.class {
        Class::Hopeless | Class::Retrying => Finding::fail(told),
        Class::Waiting | Class::Slow => Finding::warn(told),
    };
    let evidence = [&cause.evidence.object, &cause.evidence.reason, &cause.evidence.message];
    finding
        .because(evidence.into_iter().cloned())
        .because(cause.evidence.log.iter().cloned())
        .because(others)
        .fix(cause.next.clone())
}

fn volumes(workload: &Workload) -> Finding {
    let claims = match &workload.claims {
        Known::Unknown(why) => return unread(why),
        Known::Yes(claims) => claims,
    };
    if claims.is_empty() {
        return Finding::nothing("no volume is claimed");
    }
    let phase = |claim: &Value| text(claim, "/status/phase").to_owned();
    if let Some(claim) = claims.iter().find(|claim| phase(claim) == "Lost") {
        return Finding::fail(format!("the volume of {} is gone, and the data in it", name(claim)))
            .fix("bring the volume back from a copy, or remove the claim and enroll again");
    }
    // A claim that waits for its pod to be placed is no trouble by itself.
    let Some(claim) = claims.iter().find(|claim| phase(claim) != "Bound") else {
        return Finding::pass(format!("{} of {} bound", claims.len(), claims.len()));
    };
    let waits = workload.events.value().into_iter().flatten().any(|event| {
        text(event, "/reason") == "WaitForFirstConsumer"
            && text(event, "/involvedObject/name") == text(claim, "/metadata/name")
    });
    let failed = workload.events.value().into_iter().flatten().find(|event| {
        matches!(text(event, "/reason"), "ProvisioningFailed" | "FailedBinding")
            && text(event, "/involvedObject/name") == text(claim, "/metadata/name")
    });
    match (failed, waits) {
        (Some(event), _) => Finding::fail(format!("no volume can be made for {}", name(claim)))
            .because([text(event, "/message").to_owned()])
            .fix("see which storage classes there are: kubectl get storageclass"),
        (None, true) => Finding::pass("made when the first pod needs it"),
        (None, false) => {
            let old = time(claim, "/metadata/creationTimestamp")
                .is_some_and(|made| workload.now.duration_since(made).as_secs() > 120);
            let told = format!("{} has no volume yet", name(claim));
            if old { Finding::fail(told) } else { Finding::warn(told) }
                .because([format!("phase {}", phase(claim))])
                .fix("see why: kubectl get storageclass; then kubectl get events -A")
        }
    }
}

/// A command about that object; none where what the cluster calls it is no Kubernetes name.
fn aimed(workload: &Workload, object: &Value, verb: &str) -> Option<String> {
    let kind = match text(object, "/kind") {
        "Deployment" => "deployment",
        "DaemonSet" => "daemonset",
        "StatefulSet" => "statefulset",
        _ => return None,
    };
    let (space, name) = (safe(workload.space(object))?, safe(text(object, "/metadata/name"))?);
    Some(format!("kubectl -n {space} {verb} {kind} {name}"))
}

fn stopped(workload: &Workload) -> Finding {
    let all = match &workload.workloads {
        Known::Unknown(why) => return unread(why),
        Known::Yes(all) => all,
    };
    for object in all {
        if number(object, "/spec/replicas") == Some(0) {
            let fix = match aimed(workload, object, "scale") {
                Some(command) => format!("start it: {command} --replicas=1"),
                None => "find it, and scale it up again: kubectl get deployments,statefulsets -A".to_owned(),
            };
            return Finding::fail(format!("{} is scaled to nothing: somebody stopped it", name(object)))
                .fix(fix);
        }
        if object.pointer("/spec/paused").and_then(Value::as_bool) == Some(true) {
            let fix = match aimed(workload, object, "rollout resume") {
                Some(command) => format!("go on: {command}"),
                None => "find it, and resume its rollout: kubectl get deployments -A".to_owned(),
            };
            return Finding::warn(format!("{} is paused: changes do not reach it", name(object))).fix(fix);
        }
    }
    Finding::pass("nothing is")
}

fn ending(workload: &Workload) -> Finding {
    let all = match &workload.workloads {
        Known::Unknown(why) => return unread(why),
        Known::Yes(all) => all,
    };
    let gone = |object: &&Value| !text(object, "/metadata/deletionTimestamp").is_empty();
    match all.iter().find(gone) {
        Some(object) => Finding::warn(format!("{} is being deleted", name(object)))
            .because(
                items(object, "/metadata/finalizers")
                    .iter()
                    .filter_map(Value::as_str)
                    .map(|held| format!("held by {held}")),
            )
            .fix("wait for it to go, then enroll again: landfall"),
        None => Finding::pass("nothing is"),
    }
}
