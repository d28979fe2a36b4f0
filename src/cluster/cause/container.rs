//! Why one container does not run, by what its status says.

use jiff::Timestamp;
use serde_json::Value;

use super::clean::{QUOTE, between, clean, safe};
use super::finding::Finding;
use super::pod::called;
use super::view::{Event, View, born, uid};
use super::{Kind, Notice, crash, image, probe, setup};
use crate::cluster::kstatus::{at, condition, flag, items, number, text, time};

/// One container of a pod: what was asked for and how it is.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub pod: &'a Value,
    pub status: &'a Value,
    pub spec: &'a Value,
    pub init: bool,
}

impl<'a> Part<'a> {
    pub fn new(pod: &'a Value, status: &'a Value, init: bool) -> Option<Self> {
        let list = if init { "/spec/initContainers" } else { "/spec/containers" };
        let called = text(status, "/name");
        let spec = items(pod, list).iter().find(|spec| text(spec, "/name") == called)?;
        Some(Self { pod, status, spec, init })
    }

    pub fn name(&self) -> &'a str {
        text(self.status, "/name")
    }

    pub fn image(&self) -> &'a str {
        text(self.spec, "/image")
    }

    pub fn uid(&self) -> &'a str {
        uid(self.pod)
    }

    pub fn restarts(&self) -> i64 {
        number(self.status, "/restartCount").unwrap_or(0)
    }

    /// The moment the container's program was started, when it runs.
    pub fn running(&self) -> Option<Timestamp> {
        time(self.status, "/state/running/startedAt")
    }

    /// An init container that goes on running beside the main ones.
    pub fn is_sidecar(&self) -> bool {
        self.init && text(self.spec, "/restartPolicy") == "Always"
    }

    /// An init container that lets the next one start: ended well, or a sidecar that is up.
    pub fn done(&self) -> bool {
        if self.is_sidecar() {
            return flag(self.status, "/started");
        }
        number(self.status, "/state/terminated/exitCode") == Some(0)
    }

    /// The subject of a sentence: the workload, and the container where there are several.
    pub fn who(&self, view: &View) -> String {
        let workload = view.name();
        let part = clean(self.name(), QUOTE);
        if self.init {
            format!("{workload} (init container {part})")
        } else if items(self.pod, "/spec/containers").len() > 1 {
            format!("{workload} (container {part})")
        } else {
            workload
        }
    }

    /// `kubectl logs ...` for this container, where every name may stand in a command.
    pub fn log_command(&self, view: &View, previous: bool) -> Option<String> {
        let pod = safe(text(self.pod, "/metadata/name"))?;
        let container = safe(self.name())?;
        let previous = if previous { " --previous" } else { "" };
        Some(format!("kubectl{} logs {pod} -c {container}{previous}", view.in_namespace()))
    }

    /// Since when the container is in its present trouble: the first matching event, else when it was noticed; for a
    /// pod that nobody has watched, the last step that went well.
    pub fn since(&self, view: &View, fits: impl Fn(&Event) -> bool) -> Option<Timestamp> {
        let about = |event: &Event| self.is_meant(event) && fits(event);
        if let Some((first, _)) = view.span(self.uid(), &["Failed", "BackOff", "InspectFailed"], about) {
            return Some(first);
        }
        let here = |notice: &&Notice| notice.pod == self.uid() && notice.container == self.name();
        if let Some(notice) = view.scene.noticed.iter().find(here) {
            return Some(notice.since);
        }
        let moment = |kind| condition(self.pod, kind).and_then(|found| time(found, "/lastTransitionTime"));
        let initialized = if self.init { None } else { moment("Initialized") };
        let pulled = view.latest(self.uid(), &["Pulled"], |event| self.is_image_of(event));
        let steps = [
            moment("PodScheduled"),
            initialized,
            pulled.map(|event| event.last),
            time(self.status, "/lastState/terminated/finishedAt"),
        ];
        steps.into_iter().flatten().max().or_else(|| born(self.pod))
    }

    /// Whether an event of the pod is about this container's image: the node quotes it.
    pub fn is_image_of(&self, event: &Event) -> bool {
        self.is_meant(event) && event.message.contains(&format!("\"{}\"", self.image()))
    }

    /// Whether an event of the pod may be about this container: about no other one.
    /// (kubelet, `pkg/kubelet/container/ref.go`, fieldPath)
    pub fn is_meant(&self, event: &Event) -> bool {
        let list = if self.init { "initContainers" } else { "containers" };
        event.field.is_empty() || event.field == format!("spec.{list}{{{}}}", self.name())
    }
}

/// Why this container is not ready; nothing when it is.
pub(super) fn look(view: &View, part: &Part) -> Option<Finding> {
    if flag(part.status, "/ready") {
        return None;
    }
    let reason = text(part.status, "/state/waiting/reason");
    let message = text(part.status, "/state/waiting/message");
    if at(part.status, "/state/terminated").is_some() {
        return crash::ended(view, part);
    }
    if part.running().is_some() {
        return Some(crash::again(view, part).unwrap_or_else(|| probe::look(view, part)));
    }
    Some(match reason {
        "ErrImagePull"
        | "ImagePullBackOff"
        | "ErrImageNeverPull"
        | "InvalidImageName"
        | "ImageInspectError"
        | "RegistryUnavailable"
        | "SignatureValidationFailed" => image::look(view, part, reason, message),
        "CrashLoopBackOff" => crash::looping(view, part),
        "CreateContainerConfigError" => config(view, part, message),
        "CreateContainerError" => {
            let sentence = format!(
                "{} cannot start: the node cannot create the container: {}.",
                part.who(view),
                quote(message)
            );
            simple(view, part, Kind::ContainerCreate, sentence).next(
                "The message is the container runtime's own; the node's kubelet log says more. The node tries again.",
            )
        }
        "RunContainerError" | "StartError" => crash::not_run(view, part),
        "PostStartHookError" => {
            let sentence =
                format!("{} cannot start: its start hook fails: {}.", part.who(view), quote(message));
            let finding = simple(view, part, Kind::StartHook, sentence)
                .next("The hook is part of the release: report it.");
            Finding { restarts: part.restarts(), ..finding }
        }
        "ContainerCreating" | "PodInitializing" | "" => setup::look(view, part),
        _ => {
            let sentence = format!("{} waits: {} {}.", part.who(view), clean(reason, QUOTE), quote(message));
            simple(view, part, Kind::ContainerWaiting, sentence).next("The node tries again by itself.")
        }
    })
}

/// A finding in the words of the container's waiting state.
pub(super) fn simple(view: &View, part: &Part, kind: Kind, sentence: String) -> Finding {
    let reason = text(part.status, "/state/waiting/reason");
    let message = text(part.status, "/state/waiting/message");
    let since = part.since(view, |event| !message.is_empty() && event.message.contains(message));
    Finding::new(kind, sentence, called(part.pod), since).says(reason, message)
}

/// A foreign text as the end of a sentence: short, without its own full stop.
pub(super) fn quote(message: &str) -> String {
    clean(message, QUOTE).trim_end_matches(['.', ' ']).to_owned()
}

/// Settings that cannot be used. (kubelet, `pkg/kubelet/kubelet_pods.go` and `kuberuntime/security_context.go`)
fn config(view: &View, part: &Part, message: &str) -> Finding {
    let who = part.who(view);
    let missing = missing(part, message);
    let (kind, what) = missing.unwrap_or_else(|| {
        if message.contains("runAsNonRoot") || message.contains("breaks non-root policy") {
            (Kind::RunsAsRoot, "it must not run as root, and its image would".to_owned())
        } else {
            (Kind::ContainerConfig, quote(message))
        }
    });
    let next = match kind {
        Kind::RunsAsRoot => "Use an image with a user of its own, or set runAsUser in the release's values.",
        Kind::ContainerConfig => {
            "The node tries again by itself; if it lasts, the release's settings need a change."
        }
        _ => "The next run writes what the workload needs; if it is missing again, the release is at fault.",
    };
    simple(view, part, kind, format!("{who} cannot start: {what}.")).next(next)
}

/// The Secret, ConfigMap or key in it that the kubelet did not find, in its message for a variable or a volume.
pub(super) fn missing(part: &Part, message: &str) -> Option<(Kind, String)> {
    let lower = message.to_ascii_lowercase();
    let lacks = |kind, object: &str, named: Option<&str>, key: &str| {
        let called = named.map_or_else(String::new, |name| format!(" {}", clean(name, QUOTE)));
        (kind, format!("the {object}{called} lacks the key {}", clean(key, QUOTE)))
    };
    for (object, field, kind) in [
        ("Secret", "secretKeyRef", Kind::MissingSecretKey),
        ("ConfigMap", "configMapKeyRef", Kind::MissingConfigMapKey),
    ] {
        if let Some(key) = between(message, "couldn't find key ", " in ")
            && lower.contains(&format!(" in {}", object.to_ascii_lowercase()))
        {
            let named = message.split_once(&format!(" in {object} ")).map(|(_, name)| name.trim());
            let named = named.map(|name| name.rsplit('/').next().unwrap_or(name));
            return Some(lacks(kind, object, named.or_else(|| referred(part, field, key)), key));
        }
    }
    for (marker, object, kind) in [
        ("references non-existent secret key: ", "Secret", Kind::MissingSecretKey),
        ("references non-existent config key: ", "ConfigMap", Kind::MissingConfigMapKey),
    ] {
        if let Some(key) = between(message, marker, " ") {
            return Some(lacks(kind, object, None, key));
        }
    }
    for (marker, object, kind) in
        [("secret \"", "Secret", Kind::MissingSecret), ("configmap \"", "ConfigMap", Kind::MissingConfigMap)]
    {
        if let Some((_, rest)) = lower.split_once(marker)
            && let Some((named, rest)) = rest.split_once('"')
            && rest.trim_start().starts_with("not found")
        {
            return Some((kind, format!("the {object} {} does not exist", clean(named, QUOTE))));
        }
    }
    None
}

/// Which Secret or ConfigMap the container's variables take this key from.
fn referred<'a>(part: &Part<'a>, field: &str, key: &str) -> Option<&'a str> {
    let source = |variable: &'a Value| at(variable, &format!("/valueFrom/{field}"));
    let mut sources = items(part.spec, "/env").iter().filter_map(source);
    sources.find(|source| text(source, "/key") == key).map(|source| text(source, "/name"))
}
