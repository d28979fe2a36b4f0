//! What the pods of a release say.

use serde_json::Value;

use super::machine::size;
use super::objects::{at, bytes, containers, is_gone, is_true, milli, name, restarts};
use super::workload::{troubles, unread};
use crate::cluster::cause::{Cause, Kind, safe};
use crate::cluster::kstatus::{items, number, text, time};
use crate::doctor::facts::{Workload, called};
use crate::doctor::table::Finding;
use crate::foreign::Text;
use crate::model::Known;

/// Restarts in the last hour that are more than an accident.
const RESTARTS: i64 = 3;
/// A restart longer ago than this is history, in seconds.
const RECENT: i64 = 3600;

fn pods(workload: &Workload) -> Result<Vec<&Value>, Finding> {
    match &workload.pods {
        Known::Unknown(why) => Err(unread(why)),
        Known::Yes(pods) => Ok(pods.iter().collect()),
    }
}

fn each_container(workload: &Workload) -> Result<Vec<(&Value, &Value)>, Finding> {
    let pods = pods(workload)?;
    Ok(pods
        .into_iter()
        .filter(|pod| !is_gone(pod))
        .flat_map(|pod| containers(pod).map(move |container| (pod, container)))
        .collect())
}

/// The command that shows what a container said before it was started again; none where what the cluster calls it
/// is no Kubernetes name.
fn last_words(workload: &Workload, pod: &Value, container: &Value) -> Option<String> {
    let (space, name) = (safe(workload.space(pod))?, safe(text(pod, "/metadata/name"))?);
    let container = safe(text(container, "/name"))?;
    Some(format!("kubectl -n {space} logs {name} -c {container} --previous"))
}

/// Containers that were started again.
pub fn restarted(workload: &Workload) -> Finding {
    let all = match each_container(workload) {
        Ok(all) => all,
        Err(finding) => return finding,
    };
    let recent = |container: &Value| {
        time(container, "/lastState/terminated/finishedAt")
            .is_some_and(|at| workload.now.duration_since(at).as_secs() < RECENT)
    };
    let worst = all
        .iter()
        .filter(|(_, container)| recent(container) && restarts(container) >= RESTARTS)
        .max_by_key(|(_, container)| restarts(container));
    match worst {
        Some((pod, container)) => {
            let told = format!("{} was started again {} times", at(pod, container), restarts(container));
            let code = number(container, "/lastState/terminated/exitCode")
                .map(|code| format!("it ended with code {code}"));
            let ready = container.pointer("/ready").and_then(Value::as_bool) == Some(true);
            let finding = if ready { Finding::warn(told) } else { Finding::fail(told) };
            finding.because(code).fix(match last_words(workload, pod, container) {
                Some(command) => format!("see its last words: {command}"),
                None => "find it, and read its last words: kubectl get pods -A".to_owned(),
            })
        }
        None => Finding::pass("none to speak of in the last hour"),
    }
}

/// Containers that took more memory than they may.
pub fn memory(workload: &Workload) -> Finding {
    let all = match each_container(workload) {
        Ok(all) => all,
        Err(finding) => return finding,
    };
    for (pod, container) in all {
        let now = text(container, "/state/terminated/reason") == "OOMKilled";
        let before = text(container, "/lastState/terminated/reason") == "OOMKilled"
            && time(container, "/lastState/terminated/finishedAt")
                .is_none_or(|end| workload.now.duration_since(end).as_secs() < RECENT);
        if now || before {
            let told = format!("{} was ended for taking more memory than it may", at(pod, container));
            let ready = container.pointer("/ready").and_then(Value::as_bool) == Some(true);
            return if ready { Finding::warn(told) } else { Finding::fail(told) }
                .because([format!("restarts: {}", restarts(container))])
                .fix("give the node more memory, or the release a larger limit");
        }
    }
    Finding::pass("nothing was ended for it")
}

/// Whether a cause is an image that does not come.
fn of_image(cause: &Cause) -> bool {
    use Kind::{
        ImageNameInvalid, ImageNeverPulled, ImageNotFound, ImageRateLimited, ImageRefused, ImageUnauthorised,
        ImageUnreadable, ImageWrongPlatform, PullFailed, RegistryCertificate, RegistryName, RegistryNoRoute,
        RegistryNotHttps, RegistryProxy, RegistryTimeout, RegistryUnavailable,
    };
    matches!(
        cause.kind,
        ImageNotFound
            | ImageUnauthorised
            | ImageRefused
            | ImageRateLimited
            | ImageWrongPlatform
            | ImageNameInvalid
            | ImageNeverPulled
            | ImageUnreadable
            | PullFailed
            | RegistryName
            | RegistryProxy
            | RegistryNoRoute
            | RegistryTimeout
            | RegistryUnavailable
            | RegistryCertificate
            | RegistryNotHttps
    )
}

/// Images that do not come.
pub fn images(workload: &Workload) -> Finding {
    let all = match each_container(workload) {
        Ok(all) => all,
        Err(finding) => return finding,
    };
    let bad =
        ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"];
    let stuck = all.iter().find(|(_, container)| bad.contains(&text(container, "/state/waiting/reason")));
    let Some((pod, container)) = stuck else {
        return Finding::pass("all are on their nodes, or on their way");
    };
    let cause = troubles(workload).into_iter().filter_map(|(_, cause)| cause).find(of_image);
    let seen = [
        at(pod, container),
        Text::new(text(container, "/state/waiting/reason")),
        Text::new(text(container, "/state/waiting/message")),
    ];
    match cause {
        Some(cause) => {
            Finding::fail(cause.sentence.trim_end_matches('.').to_owned()).because(seen).fix(cause.next)
        }
        None => Finding::fail(format!("the image {} does not come", text(container, "/image")))
            .because(seen)
            .fix("see why: kubectl get events -A --field-selector reason=Failed"),
    }
}

/// Logins for registries.
pub fn pull_secrets(workload: &Workload) -> Finding {
    let pods = match pods(workload) {
        Ok(pods) => pods,
        Err(finding) => return finding,
    };
    let wanted: Vec<Text> = pods
        .iter()
        .flat_map(|pod| {
            let named = items(pod, "/spec/imagePullSecrets").iter().map(|named| text(named, "/name"));
            named.map(|name| called(workload.namespace.as_str(), workload.space(pod), name))
        })
        .collect();
    if wanted.is_empty() {
        return Finding::nothing("the images need none");
    }
    let mut unsure = None;
    for name in wanted {
        match workload.secrets.iter().find(|(known, _)| *known == name).map(|(_, kind)| kind) {
            Some(Known::Yes(None)) => {
                return Finding::fail(format!("the pull Secret {name} is missing"))
                    .fix("apply the release again: landfall");
            }
            Some(Known::Yes(Some(kind))) if !kind.starts_with("kubernetes.io/dockerc") => {
                return Finding::fail(format!("the Secret {name} is no login of a registry"))
                    .because([format!("its type is {kind}")])
                    .fix("make it anew: kubectl create secret docker-registry");
            }
            Some(Known::Yes(Some(_))) => {}
            Some(Known::Unknown(why)) => unsure = Some(why.clone()),
            None => unsure = Some(Text::from(format!("the pull Secret {name} was not read"))),
        }
    }
    if let Some(why) = unsure {
        return unread(&why);
    }
    Finding::pass("they are there")
}

/// Whether the pods are told of a proxy.
pub fn proxy(workload: &Workload) -> Finding {
    let pods = match pods(workload) {
        Ok(pods) => pods,
        Err(finding) => return finding,
    };
    if !workload.proxied {
        return Finding::nothing("this machine uses no proxy");
    }
    // Only the names are looked at: a value may hold a password.
    let has = pods
        .iter()
        .flat_map(|pod| items(pod, "/spec/containers"))
        .flat_map(|container| items(container, "/env"))
        .any(|variable| text(variable, "/name").to_ascii_uppercase().ends_with("_PROXY"));
    if has {
        Finding::pass("the pods are told of a proxy")
    } else {
        Finding::warn("this machine goes through a proxy, and no pod is told of one")
            .fix("if pods cannot go out straight, ask for the release's proxy settings")
    }
}

/// Whether a node has room for what is asked for.
pub fn room(workload: &Workload) -> Finding {
    let pods = match pods(workload) {
        Ok(pods) => pods,
        Err(finding) => return finding,
    };
    let refused = pods.iter().find_map(|pod| {
        let scheduled = crate::cluster::kstatus::condition(pod, "PodScheduled")?;
        let message = text(scheduled, "/message");
        let full = text(scheduled, "/status") == "False" && message.contains("Insufficient");
        full.then(|| (name(pod), Text::new(message)))
    });
    if let Some((pod, message)) = refused {
        return Finding::fail(format!("no node has room for the pod {pod}"))
            .because([message])
            .fix("make room on a node, or give the cluster a larger one");
    }
    let ready: Vec<&Value> = workload.nodes.iter().filter(|node| is_true(node, "Ready")).collect();
    if ready.is_empty() {
        return Finding::unknown("no node is ready");
    }
    // What the release asks for in all; on a cluster of one node it must fit there.
    let ask = |what: &str, read: fn(&str) -> u64| -> u64 {
        pods.iter()
            .filter(|pod| !is_gone(pod))
            .flat_map(|pod| items(pod, "/spec/containers"))
            .map(|container| read(text(container, &format!("/resources/requests/{what}"))))
            .sum()
    };
    let (cpu, mem) = (ask("cpu", milli), ask("memory", bytes));
    let largest = ready.iter().max_by_key(|node| bytes(text(node, "/status/allocatable/memory")));
    let Some(node) = largest else { return Finding::unknown("no node is ready") };
    let (has_cpu, has_mem) =
        (milli(text(node, "/status/allocatable/cpu")), bytes(text(node, "/status/allocatable/memory")));
    let told = format!("asks for {}.{} CPU and {}", cpu / 1000, cpu % 1000 / 100, size(mem));
    if ready.len() == 1 && (cpu > has_cpu || mem > has_mem) {
        Finding::fail(format!(
            "the release {told}; node {} has {} CPU and {}",
            name(node),
            has_cpu / 1000,
            size(has_mem)
        ))
        .fix("give the cluster a larger node")
    } else {
        Finding::pass(told)
    }
}

/// Pods that a node threw out.
pub fn evicted(workload: &Workload) -> Finding {
    let pods = match pods(workload) {
        Ok(pods) => pods,
        Err(finding) => return finding,
    };
    let out = |pod: &&&Value| {
        text(pod, "/status/reason") == "Evicted"
            && time(pod, "/status/startTime")
                .is_none_or(|start| workload.now.duration_since(start).as_secs() < 24 * RECENT)
    };
    match pods.iter().find(out) {
        Some(pod) => Finding::warn(format!("a node threw the pod {} out", name(pod)))
            .because([text(pod, "/status/message").to_owned()])
            .fix("make room on the node it names"),
        None => Finding::pass("none in the last day"),
    }
}
