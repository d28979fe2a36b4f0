//! What kstatus' status readers add to the rules of one object: its pods, and a second look.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::field::{group_kind, text, time};
use super::{Status, Verdict, other, status};

/// How long a pod may be unschedulable before that counts. (kstatus, `core.go`, ScheduleWindow)
pub const SCHEDULE_WINDOW: SignedDuration = SignedDuration::from_secs(15);

/// The verdict on a StatefulSet or ReplicaSet in view of the pods it owns: in progress with a failed pod is
/// failed. (kstatus, `polling/statusreaders/statefulset.go` and `replicaset.go`)
///
/// A Deployment is left as it is, as upstream leaves it.
pub fn with_pods<'a>(
    object: &Value,
    own: Verdict,
    pods: impl IntoIterator<Item = &'a Value>,
    now: Timestamp,
) -> Verdict {
    if own.status != Status::InProgress
        || !matches!(group_kind(object), ("apps" | "extensions", "StatefulSet" | "ReplicaSet"))
    {
        return own;
    }
    let failed = pods.into_iter().filter(|pod| status(pod, now).status == Status::Failed).count();
    if failed == 0 {
        return own;
    }
    Verdict::failed("PodsFailed", format!("{}; pods that failed: {failed}", own.message))
}

/// When the verdict on an unschedulable pod changes by the mere passing of time, so that it has to be asked for
/// again. (kstatus, `watcher/object_status_reporter.go`)
pub fn recheck_at(pod: &Value) -> Option<Timestamp> {
    if group_kind(pod) != ("", "Pod") || text(pod, "/status/phase") != "Pending" || !other::unschedulable(pod)
    {
        return None;
    }
    time(pod, "/metadata/creationTimestamp")?.checked_add(SCHEDULE_WINDOW).ok()
}
