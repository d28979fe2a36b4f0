//! The rules for pods, claims, services and definitions.

use jiff::Timestamp;
use serde_json::Value;

use super::field::{condition_that_is, holds, items, text, time};
use super::{SCHEDULE_WINDOW, Status, Verdict, of_condition};

/// (kstatus, `core.go`, podConditions and getCrashLoopingContainers)
///
/// A pod that has ended is Current, well or badly: it will not change any more. Only main containers are looked
/// at for a crash loop; init containers and image pulls are not.
pub(super) fn pod(object: &Value, now: Timestamp) -> Verdict {
    match text(object, "/status/phase") {
        "Succeeded" => Verdict::current("ended well"),
        "Failed" => Verdict::current("ended, but not well"),
        "Running" if holds(object, "Ready") => Verdict::current("ready"),
        "Running" => {
            let looping: Vec<&str> = items(object, "/status/containerStatuses")
                .iter()
                .filter(|container| text(container, "/state/waiting/reason") == "CrashLoopBackOff")
                .map(|container| text(container, "/name"))
                .collect();
            if looping.is_empty() {
                return Verdict::in_progress("PodRunningNotReady", "running, not ready");
            }
            Verdict::failed("ContainerCrashLooping", format!("in a crash loop: {}", looping.join(",")))
        }
        "Pending" if unschedulable(object) => {
            // An object without a readable birth time counts as old, as its zero time does upstream.
            let born = time(object, "/metadata/creationTimestamp").unwrap_or(Timestamp::UNIX_EPOCH);
            if now.duration_since(born) < SCHEDULE_WINDOW {
                return Verdict::in_progress("PodNotScheduled", "not on a node yet");
            }
            Verdict::failed("PodUnschedulable", "no node takes it")
        }
        "Pending" => Verdict::in_progress("PodPending", "pending"),
        "" => Verdict::in_progress("PodNotObserved", "no phase yet"),
        phase => Verdict::new(Status::Unknown, "UnknownPhase", format!("unknown phase {phase}")),
    }
}

/// The scheduler has looked at the pod and found no node.
pub(super) fn unschedulable(pod: &Value) -> bool {
    condition_that_is(pod, "PodScheduled", "False")
        .is_some_and(|condition| text(condition, "/reason") == "Unschedulable")
}

/// (kstatus, `core.go`, pvcConditions) Never Failed, not even when the volume is lost.
pub(super) fn claim(object: &Value) -> Verdict {
    match text(object, "/status/phase") {
        "Bound" => Verdict::current("bound"),
        "" => Verdict::in_progress("NotBound", "not bound, phase: unknown"),
        phase => Verdict::in_progress("NotBound", format!("not bound, phase: {phase}")),
    }
}

/// (kstatus, `core.go`, serviceConditions) The outer address of a load balancer is not waited for.
pub(super) fn service(object: &Value) -> Verdict {
    if text(object, "/spec/type") == "LoadBalancer" && text(object, "/spec/clusterIP").is_empty() {
        return Verdict::in_progress("NoIPAssigned", "load balancer without a cluster IP");
    }
    Verdict::current("ready")
}

/// (kstatus, `core.go`, crdConditions)
pub(super) fn definition(object: &Value) -> Verdict {
    for condition in items(object, "/status/conditions") {
        match (text(condition, "/type"), text(condition, "/status")) {
            ("NamesAccepted", "False") => return of_condition(Status::Failed, condition),
            ("Established", "False") if text(condition, "/reason") != "Installing" => {
                return of_condition(Status::Failed, condition);
            }
            ("Established", "True") => return Verdict::current("established"),
            _ => {}
        }
    }
    Verdict::in_progress("Installing", "being installed")
}
