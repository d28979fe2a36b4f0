//! Faults of what is installed.

use serde_json::{Value, json};

use super::Case;
use super::world::{ago, deployment, node, one, p, w};
use crate::backend::Proof;
use crate::doctor::facts::World;
use crate::error::Fault;
use crate::model::Known;

fn container(world: &mut World) -> &mut Value {
    &mut one(&mut w(world).pods)["status"]["containerStatuses"][0]
}

fn unready(world: &mut World) {
    let object = one(&mut w(world).workloads);
    object["status"]["readyReplicas"] = json!(0);
    object["status"]["availableReplicas"] = json!(0);
    object["status"]["conditions"] = json!([
        {"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable", "lastTransitionTime": ago(600)},
        {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "lastTransitionTime": ago(60)},
    ]);
}

fn waiting(world: &mut World, reason: &str, message: &str) {
    unready(world);
    let container = container(world);
    container["ready"] = json!(false);
    container["state"] = json!({"waiting": {"reason": reason, "message": message}});
}

fn killed(world: &mut World, reason: &str, seconds: i64, restarts: i64) {
    let container = container(world);
    container["restartCount"] = json!(restarts);
    container["lastState"] = json!({"terminated": {"reason": reason, "exitCode": 137, "finishedAt": ago(seconds), "startedAt": ago(seconds + 60)}});
}

fn claim(world: &mut World, phase: &str, age: i64) {
    let claim = one(&mut w(world).claims);
    claim["status"]["phase"] = json!(phase);
    claim["metadata"]["creationTimestamp"] = json!(ago(age));
}

fn event(world: &mut World, reason: &str, of: &str, message: &str) {
    let event = json!({"reason": reason, "message": message, "involvedObject": {"name": of}, "lastTimestamp": ago(30)});
    w(world).events = Known::Yes(vec![event]);
}

fn log(world: &mut World, lines: &[&str]) {
    w(world).logs[0].3 = lines.iter().map(|line| (*line).to_owned()).collect();
}

fn asks(world: &mut World, cpu: &str) {
    one(&mut w(world).pods)["spec"]["containers"][0]["resources"]["requests"]["cpu"] = json!(cpu);
}

pub const CASES: &[Case] = &[
    (
        "W01",
        |world| w(world).expected.push("DaemonSet lab-resource-monitor".into()),
        |world| {
            // Another chart's release is not measured by ours.
            w(world).expected.clear();
        },
    ),
    ("W02", unready, |world| {
        // More of it than ours: an extra workload that is ready.
        let mut more = deployment();
        more["metadata"]["name"] = json!("extra");
        if let Known::Yes(all) = &mut w(world).workloads {
            all.push(more);
        }
    }),
    (
        "W02",
        |world| w(world).workloads = Known::Yes(Vec::new()),
        |world| w(world).workloads = Known::Unknown("forbidden".into()),
    ),
    ("W03", |world| killed(world, "Error", 300, 4), |world| killed(world, "Error", 7200, 4)),
    (
        "W03",
        |world| {
            killed(world, "Error", 30, 7);
            container(world)["ready"] = json!(false);
        },
        |world| killed(world, "Completed", 300, 1),
    ),
    ("W04", |world| killed(world, "OOMKilled", 300, 1), |world| killed(world, "OOMKilled", 90_000, 1)),
    (
        "W04",
        |world| {
            container(world)["ready"] = json!(false);
            container(world)["state"] = json!({"terminated": {"reason": "OOMKilled", "exitCode": 137}});
        },
        |world| killed(world, "Error", 300, 1),
    ),
    (
        "W05",
        |world| {
            waiting(world, "ImagePullBackOff", "Back-off pulling image \"docker.io/library/busybox:1.36\"");
        },
        |world| waiting(world, "ContainerCreating", ""),
    ),
    (
        "W05",
        |world| waiting(world, "InvalidImageName", "invalid reference format"),
        |world| waiting(world, "CrashLoopBackOff", "back-off 10s"),
    ),
    (
        "W06",
        |world| w(world).secrets[0].1 = Known::Yes(None),
        |world| {
            w(world).secrets.clear();
            one(&mut w(world).pods)["spec"]["imagePullSecrets"] = json!([]);
        },
    ),
    (
        "W06",
        |world| w(world).secrets[0].1 = Known::Yes(Some("Opaque".into())),
        |world| w(world).secrets[0].1 = Known::Yes(Some("kubernetes.io/dockercfg".into())),
    ),
    (
        "W07",
        |world| claim(world, "Lost", 7200),
        |world| {
            claim(world, "Pending", 7200);
            event(world, "WaitForFirstConsumer", "client-pvc", "waiting for first consumer");
        },
    ),
    (
        "W07",
        |world| {
            claim(world, "Pending", 7200);
            event(world, "ProvisioningFailed", "client-pvc", "storageclass \"fast\" not found");
        },
        |world| event(world, "ProvisioningFailed", "another-pvc", "not ours"),
    ),
    ("W07", |world| claim(world, "Pending", 7200), |_| ()),
    (
        "W08",
        |world| w(world).secret = Known::Yes(None),
        |world| {
            w(world).secret =
                Known::Yes(Some(["CLIENT_ID", "CLIENT_PASSWORD", "MORE"].map(Into::into).to_vec()));
        },
    ),
    (
        "W08",
        |world| w(world).secret = Known::Yes(Some(vec!["CLIENT_ID".into()])),
        |world| w(world).secret = Known::Unknown("forbidden".into()),
    ),
    ("W09", |world| w(world).id_is_uuid = Some(false), |world| w(world).id_is_uuid = None),
    (
        "W10",
        |world| w(world).readers = Known::Yes(vec!["Group system:authenticated, by oops".into()]),
        |world| {
            w(world).readers = Known::Unknown("forbidden".into());
        },
    ),
    ("W10", |world| w(world).readers = Known::Yes(vec!["User eve, by more".into()]), |_| ()),
    ("W11", |world| w(world).copied = Some(true), |world| w(world).copied = None),
    (
        "W12",
        |world| p(world).proof = Some(Proof::Rejected),
        |world| {
            let fault = Fault::Unreachable { host: "api.acme.example".into(), why: "no answer".into() };
            p(world).proof = Some(Proof::Unknown(fault));
        },
    ),
    ("W12", |world| p(world).proof = Some(Proof::Inactive), |world| p(world).proof = None),
    (
        "W13",
        |world| log(world, &["authentication failed: the control plane rejected the client credential"]),
        // What was overcome is history.
        |world| {
            log(
                world,
                &["authentication failed: the control plane rejected it", "signed in", "heartbeat sent"],
            );
        },
    ),
    (
        "W14",
        |world| {
            w(world).proxied = true;
            one(&mut w(world).pods)["spec"]["containers"][0]["env"] = json!([]);
        },
        |world| w(world).proxied = true,
    ),
    (
        "W15",
        |world| asks(world, "16"),
        |world| {
            asks(world, "16");
            let mut large = node();
            large["metadata"]["name"] = json!("node-2");
            w(world).nodes.push(large);
        },
    ),
    (
        "W15",
        |world| {
            one(&mut w(world).pods)["status"]["conditions"] = json!([{"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available: 1 Insufficient cpu."}]);
        },
        |world| {
            one(&mut w(world).pods)["status"]["conditions"] =
                json!([{"type": "PodScheduled", "status": "True", "message": "was Insufficient once"}]);
        },
    ),
    (
        "W16",
        |world| {
            let pod = one(&mut w(world).pods);
            pod["status"] = json!({"phase": "Failed", "reason": "Evicted", "message": "low on disk", "startTime": ago(600)});
        },
        |world| {
            let pod = one(&mut w(world).pods);
            pod["status"] = json!({"phase": "Failed", "reason": "Evicted", "message": "low on disk", "startTime": ago(400_000)});
        },
    ),
    (
        "W17",
        |world| one(&mut w(world).workloads)["spec"]["replicas"] = json!(0),
        |world| {
            one(&mut w(world).workloads)["spec"]["paused"] = json!(false);
        },
    ),
    ("W17", |world| one(&mut w(world).workloads)["spec"]["paused"] = json!(true), |_| ()),
    (
        "W18",
        |world| one(&mut w(world).workloads)["metadata"]["deletionTimestamp"] = json!(ago(60)),
        |world| {
            one(&mut w(world).workloads)["metadata"]["finalizers"] = json!(["foregroundDeletion"]);
        },
    ),
];
