//! Claims that are not bound, and volumes that cannot be mounted.

use serde_json::Value;

use super::Kind;
use super::clean::{QUOTE, between, clean, safe};
use super::container::{Part, missing, quote};
use super::finding::Finding;
use super::pod::called;
use super::view::{Event, View, born, name, uid};
use crate::cluster::kstatus::{at, items, text};

/// The events that the volume controllers and provisioners write on a claim.
/// (`pkg/controller/volume/events/event.go`, `sig-storage-lib-external-provisioner`)
const EVENTS: &[&str] = &[
    "ProvisioningFailed",
    "FailedBinding",
    "VolumeMismatch",
    "WaitForFirstConsumer",
    "WaitForPodScheduled",
    "ExternalProvisioning",
    "Provisioning",
    "ProvisioningCleanupFailed",
];

/// What to do about a volume that is not there any more.
pub(super) const LOST: &str =
    "The data may be lost: restore the volume, or make a new claim. What volumes there are: kubectl get pv";

/// The claims of a pod that are there.
pub(super) fn claims<'a>(view: &View<'a>, pod: &Value) -> Vec<&'a Value> {
    let pod_name = text(pod, "/metadata/name");
    let namespace = text(pod, "/metadata/namespace");
    let named: Vec<String> = items(pod, "/spec/volumes")
        .iter()
        .filter_map(|volume| match text(volume, "/persistentVolumeClaim/claimName") {
            "" => at(volume, "/ephemeral").map(|_| format!("{pod_name}-{}", text(volume, "/name"))),
            claim => Some(claim.to_owned()),
        })
        .collect();
    let ours = |claim: &&&Value| {
        text(claim, "/metadata/namespace") == namespace
            && named.iter().any(|named| named == text(claim, "/metadata/name"))
    };
    view.scene.pvcs.iter().filter(ours).copied().collect()
}

/// Why a claim is not bound; nothing when it is.
pub(super) fn claim(view: &View, claim: &Value) -> Option<Finding> {
    let phase = text(claim, "/status/phase");
    if phase == "Bound" {
        return None;
    }
    let workload = view.name();
    let called = name(claim);
    // A claim judged for itself is the subject; else its workload waits for it.
    let waits = if uid(claim) == uid(view.scene.workload) {
        format!("The volume claim {called} waits")
    } else {
        format!("{workload} waits for its volume claim {called}")
    };
    let object = format!("claim {called}");
    if phase == "Lost" {
        let sentence = format!("{waits}: the volume that it was bound to has gone.");
        let finding = Finding::new(Kind::VolumeLost, sentence, object, born(claim));
        return Some(finding.says("Lost", "").next(LOST));
    }
    let event = view.latest(uid(claim), EVENTS, |_| true);
    let (reason, message) = event.map_or(("", ""), |event| (event.reason, event.message));
    let kind = classify(reason, message);
    let asked = text(claim, "/spec/storageClassName");
    let class = if asked.is_empty() {
        "the default storage class".to_owned()
    } else {
        format!("the storage class {}", clean(asked, QUOTE))
    };
    let why = match kind {
        Kind::StorageClassMissing => format!("it asks for {class}, which does not exist"),
        Kind::NoStorageClass => "it names no storage class, and the cluster has no default one".to_owned(),
        Kind::NoProvisioner => {
            let who = between(message, "external provisioner '", "'")
                .or_else(|| between(message, "provisioner \"", "\""));
            let who = who.map_or_else(String::new, |who| format!(" {}", clean(who, QUOTE)));
            format!("the provisioner{who} of {class} has not made it")
        }
        Kind::WaitsForConsumer => "it is made once a pod that needs it has a node".to_owned(),
        Kind::AccessMode => {
            format!("{class} cannot give it in the way asked for: {}", quote(message))
        }
        Kind::VolumeFailed => format!("making it failed: {}", quote(message)),
        _ => "it is being made".to_owned(),
    };
    let next = match kind {
        Kind::StorageClassMissing | Kind::NoStorageClass => {
            "Name a storage class that exists in the profile's values. Which there are: kubectl get storageclass"
                .to_owned()
        }
        Kind::NoProvisioner => {
            let named = safe(asked).map_or_else(String::new, |asked| format!(" {asked}"));
            format!("Check that the storage provisioner's own pod runs. Which it is: kubectl describe storageclass{named}")
        }
        Kind::AccessMode => {
            "Ask for another access mode in the profile's values, or use a storage class that can be shared.".to_owned()
        }
        Kind::VolumeFailed => match safe(text(claim, "/metadata/name")) {
            Some(claim) => format!(
                "The provisioner tries again. What it says: kubectl{} describe pvc {claim}",
                view.in_namespace()
            ),
            None => "The provisioner tries again; its own log says more.".to_owned(),
        },
        _ => "Nothing to do yet.".to_owned(),
    };
    // Each kind began with its own first event: a claim may have waited well before it went wrong.
    let same = |event: &Event| classify(event.reason, event.message) == kind;
    let since = view.span(uid(claim), EVENTS, same).map(|(first, _)| first).or_else(|| born(claim));
    let reason = if reason.is_empty() { phase } else { reason };
    Some(Finding::new(kind, format!("{waits}: {why}."), object, since).says(reason, message).next(next))
}

/// What an event on a claim tells of.
pub(super) fn classify(reason: &str, message: &str) -> Kind {
    let lower = message.to_ascii_lowercase();
    match reason {
        "WaitForFirstConsumer" | "WaitForPodScheduled" => Kind::WaitsForConsumer,
        "ExternalProvisioning" => Kind::NoProvisioner,
        "FailedBinding" if lower.contains("no storage class is set") => Kind::NoStorageClass,
        "VolumeMismatch" if lower.contains("accessmode") => Kind::AccessMode,
        "ProvisioningFailed" if lower.contains("storageclass") && lower.contains("not found") => {
            Kind::StorageClassMissing
        }
        "ProvisioningFailed" if lower.contains("no volume plugin matched") => Kind::NoProvisioner,
        "ProvisioningFailed" if lower.contains("access mode") || lower.contains("accessmode") => {
            Kind::AccessMode
        }
        "ProvisioningFailed" | "FailedBinding" | "VolumeMismatch" => Kind::VolumeFailed,
        _ => Kind::VolumePending,
    }
}

/// A volume cannot be mounted: the container is held in ContainerCreating, the event says why.
/// (kubelet, `operation_generator.go`; attach-detach controller, `reconciler.go`)
pub(super) fn mount(view: &View, part: &Part, event: &Event) -> Finding {
    let who = part.who(view);
    let volume =
        between(event.message, "for volume \"", "\"").map(|volume| format!(" {}", clean(volume, QUOTE)));
    let volume = volume.unwrap_or_default();
    let (kind, why) = if let Some((kind, what)) = missing(part, event.message) {
        (kind, what)
    } else if event.message.contains("Multi-Attach error") {
        (Kind::VolumeInUse, format!("its volume{volume} is still attached to another node"))
    } else {
        let told = event.message.split_once(" : ").map_or(event.message, |(_, told)| told);
        (Kind::MountFailed, format!("its volume{volume} cannot be mounted: {}", quote(told)))
    };
    let next = match kind {
        Kind::VolumeInUse => {
            "It is freed once the old pod has ended; a node that was lost holds it for six minutes."
                .to_owned()
        }
        Kind::MountFailed => match safe(text(part.pod, "/metadata/name")) {
            Some(pod) => format!(
                "The node tries again by itself; check the storage and the node's way to it. What it says: \
                 kubectl{} describe pod {pod}",
                view.in_namespace()
            ),
            None => "The node tries again by itself; check the storage and the node's way to it.".to_owned(),
        },
        _ => "The next run writes what the workload needs; if it is missing again, the release is at fault."
            .to_owned(),
    };
    let same = |other: &Event| other.message == event.message;
    let since = view.span(part.uid(), &[event.reason], same).map(|(first, _)| first);
    Finding::new(kind, format!("{who} cannot start: {why}."), called(part.pod), since)
        .says(event.reason, event.message)
        .only_told()
        .next(next)
}
