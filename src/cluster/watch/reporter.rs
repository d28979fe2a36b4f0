//! The part of a release that tells the control plane that this machine is there: the jobs manager. Pure.

use jiff::Timestamp;
use serde_json::Value;

use super::Expected;
use crate::cluster::cause::{Scene, present_pods};
use crate::cluster::connect::text_at;
use crate::cluster::kstatus::{items, time};
use crate::cluster::release::is_manager_name;
use crate::model::Reporter;

/// How it is, where it is one of what was applied. `scene` shows the object of that place among `expected`, if it is
/// in sight.
pub(super) fn reporter<'a>(expected: &[Expected], scene: impl Fn(usize) -> Option<Scene<'a>>) -> Reporter {
    let is_manager = |one: &&Expected| one.kind == "Deployment" && is_manager_name(&one.name);
    let Some(manager) = expected.iter().position(|one| is_manager(&one)) else { return Reporter::Unknown };
    let pods = scene(manager).map(|scene| present_pods(&scene)).unwrap_or_default();
    // Of several, whichever was started last may be the one that is heard.
    pods.into_iter().filter_map(started).max().map_or(Reporter::Down, Reporter::Since)
}

/// When the program in a pod's first container was started, if it runs: the first one is what the pod is for, as
/// kubectl takes it, too.
fn started(pod: &Value) -> Option<Timestamp> {
    let name = text_at(items(pod, "/spec/containers").first()?, "/name");
    let status =
        items(pod, "/status/containerStatuses").iter().find(|status| text_at(status, "/name") == name)?;
    time(status, "/state/running/startedAt")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_the_present_pods_first_container_that_counts() {
        let at = |second: i64| Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(second);
        let revision = |number: &str| json!({"deployment.kubernetes.io/revision": number});
        let expected = Expected {
            kind: "Deployment",
            namespace: "lab".into(),
            name: "lab-jobs-manager".into(),
            uid: "manager".into(),
            generation: 2,
        };
        let manager =
            json!({"kind": "Deployment", "metadata": {"uid": "manager", "annotations": revision("2")}});
        let set = |uid: &str, number: &str| json!({"metadata": {"uid": uid, "annotations": revision(number), "ownerReferences": [{"uid": "manager"}]}});
        let sets = [set("old", "1"), set("new", "2")];
        let sets: Vec<&Value> = sets.iter().collect();
        let pod = |owner: &str, started: &Value| {
            json!({
                "metadata": {"uid": "pod", "ownerReferences": [{"uid": owner}]},
                "spec": {"containers": [{"name": "api"}, {"name": "monitor"}]},
                "status": {"containerStatuses": [
                    {"name": "monitor", "state": {"running": {"startedAt": at(99)}}},
                    {"name": "api", "state": started},
                ]},
            })
        };
        let running = |second| json!({"running": {"startedAt": at(second)}});
        let told = |pods: &[Value]| {
            let pods: Vec<&Value> = pods.iter().collect();
            reporter(std::slice::from_ref(&expected), |_| {
                Some(Scene {
                    workload: &manager,
                    replicasets: &sets,
                    pods: &pods,
                    pvcs: &[],
                    nodes: &[],
                    quotas: &[],
                    events: &[],
                    logs: &[],
                    noticed: &[],
                    states: None,
                    others_ready: None,
                    since: at(0),
                    now: at(100),
                })
            })
        };
        let old = pod("old", &running(3));
        assert_eq!(told(std::slice::from_ref(&old)), Reporter::Down);
        assert_eq!(told(&[old.clone(), pod("new", &json!({"waiting": {}}))]), Reporter::Down);
        assert_eq!(told(&[old, pod("new", &running(7))]), Reporter::Since(at(7)));
        assert_eq!(told(&[pod("new", &running(7)), pod("new", &running(9))]), Reporter::Since(at(9)));
        let mut going = pod("new", &running(7));
        going["metadata"]["deletionTimestamp"] = json!(at(8));
        assert_eq!(told(&[going]), Reporter::Down);
        assert_eq!(reporter(&[], |_| None), Reporter::Unknown);
    }
}
