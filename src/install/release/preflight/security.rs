//! Whether the namespace's Pod Security level takes the release's pods.
//! (Kubernetes, "Pod Security Standards"; `k8s.io/pod-security-admission/policy`)

use futures_util::future::join_all;
use serde_json::Value;

use super::{Plan, parts, pod_spec, told, unread};
use crate::cluster::connect::{Connected, kind, text_at};
use crate::cluster::kstatus::items;
use crate::model::{Check, CheckState};

pub(super) const ID: &str = "P04";

const LABEL: &str = "pod-security.kubernetes.io/enforce";

/// The levels, the strictest first: a pod that one takes is taken by those after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Restricted,
    Baseline,
    Privileged,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Restricted => "restricted",
            Self::Baseline => "baseline",
            Self::Privileged => "privileged",
        }
    }

    fn named(name: &str) -> Option<Self> {
        [Self::Restricted, Self::Baseline, Self::Privileged].into_iter().find(|level| level.name() == name)
    }
}

pub(super) async fn check(cluster: &Connected, plan: &Plan<'_>) -> Check {
    let looks = plan.workloads().into_iter().map(|(space, objects)| one(cluster, plan, space, objects));
    let mut checks = join_all(looks).await;
    // What is in the way counts; if nothing is, the release's own namespace, which is the first.
    let mut worst = [CheckState::Fail, CheckState::Unknown].into_iter();
    let at = worst.find_map(|state| checks.iter().position(|check| check.state == state));
    checks.swap_remove(at.unwrap_or(0))
}

/// Whether one namespace takes the pods that go there.
async fn one(cluster: &Connected, plan: &Plan<'_>, space: &str, objects: Vec<&Value>) -> Check {
    let (needed, why) = objects
        .into_iter()
        .filter_map(|object| {
            let (level, why) = needs(pod_spec(object)?);
            Some((
                level,
                format!("{} {}: {why}", text_at(object, "/kind"), text_at(object, "/metadata/name")),
            ))
        })
        .max_by_key(|(level, _)| *level)
        .unwrap_or((Level::Restricted, String::new()));
    let planned = plan.of_kind("Namespace").find(|object| text_at(object, "/metadata/name") == space);
    if plan.is_new(space) && planned.is_none_or(|planned| level(planned).is_none()) {
        let words = format!(
            "the namespace is made new, with the cluster's own default; the pods need the level {}",
            needed.name()
        );
        return check_new(words, &why);
    }
    if plan.is_new(space) {
        return judge(space, planned, needed, &why);
    }
    match cluster.get(&kind::NAMESPACE, None, space).await {
        // The release makes this one, or changes what is its own.
        Ok(found) if found.as_ref().is_none_or(|found| parts::belongs(found, plan.slug)) => {
            judge(space, planned.or(found.as_ref()), needed, &why)
        }
        Ok(found) => judge(space, found.as_ref(), needed, &why),
        Err(failed) => unread(ID, "the namespace's pod security cannot be told", &failed),
    }
}

fn check_new(words: String, why: &str) -> Check {
    told(ID, CheckState::NotApplicable, words).because([why])
}

/// The level that a namespace is labelled with.
fn level(namespace: &Value) -> Option<&str> {
    namespace.pointer("/metadata/labels")?.get(LABEL)?.as_str()
}

fn judge(place: &str, namespace: Option<&Value>, needed: Level, why: &str) -> Check {
    let Some(name) = namespace.and_then(level) else {
        let words = format!(
            "namespace {place} sets no level, the cluster's own default counts; the pods need {}",
            needed.name()
        );
        return check_new(words, why);
    };
    match Level::named(name) {
        Some(level) if needed <= level => {
            told(ID, CheckState::Pass, format!("namespace {place} takes pods of the level {name}"))
        }
        // An unknown level is taken for the strictest. (pod-security-admission, `api.ParseLevel`)
        _ => {
            let wanted = needed.name();
            told(
                ID,
                CheckState::Fail,
                format!("namespace {place} refuses the pods: it wants the level {name}, they need {wanted}"),
            )
            .because([why])
            .fix(format!("Ask for: kubectl label --overwrite namespace {place} {LABEL}={wanted}"))
        }
    }
}

/// The strictest level that takes this pod, and why not a stricter one.
fn needs(spec: &Value) -> (Level, &'static str) {
    let yes = |pointer: &str| spec.pointer(pointer) == Some(&Value::Bool(true));
    if yes("/hostNetwork") || yes("/hostPID") || yes("/hostIPC") {
        return (Level::Privileged, "uses the node's own network or processes");
    }
    if items(spec, "/volumes").iter().any(|volume| volume.get("hostPath").is_some()) {
        return (Level::Privileged, "mounts a folder of the node");
    }
    let containers = || ["/containers", "/initContainers"].into_iter().flat_map(|list| items(spec, list));
    let has = |container: &Value, pointer: &str| container.pointer(pointer) == Some(&Value::Bool(true));
    if containers().any(|container| has(container, "/securityContext/privileged")) {
        return (Level::Privileged, "runs a privileged container");
    }
    let ports = || containers().flat_map(|container| items(container, "/ports"));
    if ports().any(|port| port.get("hostPort").is_some_and(|port| port != 0)) {
        return (Level::Privileged, "uses a port of the node");
    }
    if containers().any(|container| {
        items(container, "/securityContext/capabilities/add")
            .iter()
            .any(|name| !BASELINE.contains(&name.as_str().unwrap_or_default()))
    }) {
        return (Level::Privileged, "adds a capability that is out of the ordinary");
    }
    let sysctls = items(spec, "/securityContext/sysctls");
    if sysctls.iter().any(|sysctl| !SYSCTLS.contains(&text_at(sysctl, "/name"))) {
        return (Level::Privileged, "sets parameters of the node's kernel");
    }
    let profile_of =
        |context: &Value| text_at(context, "/securityContext/seccompProfile/type") == "Unconfined";
    if profile_of(spec) || containers().any(profile_of) {
        return (Level::Privileged, "runs without the filter of system calls (seccomp)");
    }
    let volumes = items(spec, "/volumes");
    let plain = |volume: &Value| {
        let fields = volume.as_object().into_iter().flat_map(|fields| fields.keys());
        fields.filter(|key| *key != "name").all(|key| VOLUMES.contains(&key.as_str()))
    };
    let root = |context: &Value| context.pointer("/securityContext/runAsUser") == Some(&Value::from(0));
    let is_plain = volumes.iter().all(plain) && !root(spec) && !containers().any(root);
    let restricted = is_plain
        && containers().all(|container| {
            let own = |field: &str| container.pointer(&format!("/securityContext/{field}"));
            let pods = |field: &str| spec.pointer(&format!("/securityContext/{field}"));
            let non_root = own("runAsNonRoot").or_else(|| pods("runAsNonRoot")) == Some(&Value::Bool(true));
            let profile = own("seccompProfile/type").or_else(|| pods("seccompProfile/type"));
            let dropped =
                items(container, "/securityContext/capabilities/drop").iter().any(|name| name == "ALL");
            let added = items(container, "/securityContext/capabilities/add");
            non_root
                && own("allowPrivilegeEscalation") == Some(&Value::Bool(false))
                && profile.is_some_and(|profile| profile == "RuntimeDefault" || profile == "Localhost")
                && dropped
                && added.iter().all(|name| name == "NET_BIND_SERVICE")
        });
    if restricted {
        (Level::Restricted, "asks for nothing")
    } else {
        (Level::Baseline, "does not give up what restricted forbids")
    }
}

/// The kinds of volumes at the level restricted; one without any is an empty folder.
const VOLUMES: [&str; 8] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// What a pod may set of the kernel at the level baseline.
const SYSCTLS: [&str; 9] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_syncookies",
];

/// What a container may add at the level baseline.
const BASELINE: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pod_needs_the_level_that_it_asks_for() {
        let strict = json!({
            "allowPrivilegeEscalation": false, "runAsNonRoot": true, "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        });
        for (spec, level) in [
            (json!({"containers": [{}]}), Level::Baseline),
            (json!({"containers": [{"securityContext": strict}]}), Level::Restricted),
            (json!({"containers": [{"securityContext": strict}, {}]}), Level::Baseline),
            (
                json!({"containers": [{"securityContext": strict}], "volumes": [{"name": "a", "secret": {}}]}),
                Level::Restricted,
            ),
            (
                json!({"containers": [{"securityContext": strict}], "volumes": [{"name": "a", "nfs": {}}]}),
                Level::Baseline,
            ),
            (
                json!({"containers": [{"securityContext": strict}], "securityContext": {"runAsUser": 0}}),
                Level::Baseline,
            ),
            (
                json!({"containers": [{}], "securityContext": {"seccompProfile": {"type": "Unconfined"}}}),
                Level::Privileged,
            ),
            (
                json!({"containers": [{}], "securityContext": {"sysctls": [{"name": "kernel.msgmax"}]}}),
                Level::Privileged,
            ),
            (json!({"hostPID": true, "containers": []}), Level::Privileged),
            (json!({"containers": [{}], "volumes": [{"hostPath": {"path": "/"}}]}), Level::Privileged),
            (json!({"containers": [{"securityContext": {"privileged": true}}]}), Level::Privileged),
            (json!({"containers": [{"ports": [{"hostPort": 80}]}]}), Level::Privileged),
            (
                json!({"containers": [{"securityContext": {"capabilities": {"add": ["CHOWN"]}}}]}),
                Level::Baseline,
            ),
            (
                json!({"initContainers": [{"securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}]}),
                Level::Privileged,
            ),
        ] {
            assert_eq!(needs(&spec).0, level, "{spec}");
        }
    }

    #[test]
    fn a_stricter_namespace_refuses() {
        let namespace = |level: &str| json!({"metadata": {"labels": {LABEL: level}}});
        for (level, needed, wanted) in [
            ("privileged", Level::Privileged, CheckState::Pass),
            ("baseline", Level::Baseline, CheckState::Pass),
            ("baseline", Level::Privileged, CheckState::Fail),
            ("restricted", Level::Baseline, CheckState::Fail),
            ("nonsense", Level::Baseline, CheckState::Fail),
        ] {
            assert_eq!(judge("lab", Some(&namespace(level)), needed, "").state, wanted, "{level}");
        }
        assert_eq!(judge("lab", Some(&json!({})), Level::Baseline, "").state, CheckState::NotApplicable);
    }
}
