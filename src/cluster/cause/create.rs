//! No pod at all: the cluster refuses to create it.

use jiff::Timestamp;
use serde_json::Value;

use super::Kind;
use super::clean::{QUOTE, between, clean};
use super::container::quote;
use super::finding::Finding;
use super::quantity::parse;
use super::view::{View, name, uid};
use crate::cluster::kstatus::{condition, number, text, time};

/// What a refused creation says, in lower case; the first sign decides. (apiserver admission plugins:
/// resourcequota, limitranger, podsecurity, serviceaccount, priority, namespace lifecycle, webhooks; OpenShift SCC)
const SIGNS: &[(&str, Kind)] = &[
    ("because it is being terminated", Kind::NamespaceTerminating),
    ("exceeded quota", Kind::Quota),
    ("failed quota", Kind::Quota),
    ("violates podsecurity", Kind::PodSecurity),
    ("security context constraint", Kind::PodSecurity),
    ("error looking up service account", Kind::MissingServiceAccount),
    ("failed calling webhook", Kind::WebhookUnreachable),
    ("denied the request", Kind::WebhookDenied),
    ("validatingadmissionpolicy '", Kind::WebhookDenied),
    ("no priorityclass with name", Kind::MissingPriorityClass),
    ("usage per container is", Kind::LimitRange),
    ("usage per pod is", Kind::LimitRange),
    ("limit to request ratio", Kind::LimitRange),
];

/// Which kind of refusal a message tells of.
pub(super) fn classify(message: &str) -> Kind {
    let lower = message.to_ascii_lowercase();
    SIGNS.iter().find(|(sign, _)| lower.contains(sign)).map_or(Kind::CreateFailed, |(_, kind)| *kind)
}

/// A refused creation: what told of it.
struct Refusal<'a> {
    object: String,
    reason: &'a str,
    message: &'a str,
    since: Option<Timestamp>,
}

/// Why the workload has fewer pods than it should have.
pub(super) fn look(view: &View) -> Option<Finding> {
    let refusal = by_condition(view).or_else(|| by_event(view))?;
    let workload = view.name();
    let mut kind = classify(refusal.message);
    if kind == Kind::Quota && has_room_now(view, refusal.message) {
        kind = Kind::CreateRetried;
    }
    let sentence = format!("{workload} gets no pod: {}.", sentence(kind, refusal.message));
    let finding = Finding::new(kind, sentence, refusal.object, refusal.since);
    Some(finding.says(refusal.reason, refusal.message).next(next(view, kind)))
}

/// A ReplicaSet says so in a condition, and the Deployment repeats it.
fn by_condition<'a>(view: &View<'a>) -> Option<Refusal<'a>> {
    let objects = [view.replicaset, Some(view.scene.workload)];
    objects.into_iter().flatten().find_map(|object| {
        let failure = condition(object, "ReplicaFailure")?;
        let refused = text(failure, "/status") == "True" && text(failure, "/reason") == "FailedCreate";
        refused.then(|| Refusal {
            object: format!("{} {}", text(object, "/kind"), name(object)),
            reason: text(failure, "/reason"),
            message: text(failure, "/message"),
            since: time(failure, "/lastTransitionTime"),
        })
    })
}

/// StatefulSets, DaemonSets and Jobs only count too few pods; an event tells why.
fn by_event<'a>(view: &View<'a>) -> Option<Refusal<'a>> {
    let workload = view.scene.workload;
    let count = |pointer| number(workload, pointer).unwrap_or(0);
    let short = match view.kind() {
        "StatefulSet" => count("/status/replicas") < number(workload, "/spec/replicas").unwrap_or(1),
        "DaemonSet" => count("/status/currentNumberScheduled") < count("/status/desiredNumberScheduled"),
        "Job" => count("/status/active") == 0,
        _ => false,
    };
    if !short {
        return None;
    }
    let event = view.latest(uid(workload), &["FailedCreate"], |_| true)?;
    // A creation that went well since has answered it.
    if view.latest(uid(workload), &["SuccessfulCreate"], |made| made.last > event.last).is_some() {
        return None;
    }
    let since = view.span(uid(workload), &["FailedCreate"], |_| true).map(|(first, _)| first);
    let object = format!("{} {}", view.kind(), view.name());
    Some(Refusal { object, reason: event.reason, message: event.message, since })
}

/// The name of the quota, and `resource=amount` lists as in `requested: pods=1, used: pods=0, limited: pods=0`.
fn quota_parts(message: &str) -> Option<(&str, &str, &str, &str)> {
    let name = between(message, "exceeded quota: ", ", requested:")?;
    let requested = between(message, "requested: ", ", used:")?;
    let used = between(message, "used: ", ", limited:")?;
    Some((name, requested, used, between(message, "limited: ", "\n")?))
}

/// Whether the quota has been widened since: the controller's next try may be minutes away.
fn has_room_now(view: &View, message: &str) -> bool {
    let Some((named, requested, ..)) = quota_parts(message) else { return false };
    let quota = view.scene.quotas.iter().find(|quota| text(quota, "/metadata/name") == named);
    let Some(quota) = quota else { return false };
    requested.split(',').all(|pair| {
        let Some((resource, amount)) = pair.split_once('=') else { return false };
        let field = |list: &str| {
            let amount = quota.pointer(list).and_then(|list| list.get(resource)).and_then(Value::as_str);
            amount.and_then(parse)
        };
        match (field("/status/hard"), field("/status/used"), parse(amount)) {
            (Some(hard), Some(used), Some(amount)) => used + amount <= hard,
            (None, ..) => true,
            _ => false,
        }
    })
}

fn sentence(kind: Kind, message: &str) -> String {
    match kind {
        Kind::Quota => match quota_parts(message) {
            Some((name, requested, used, limited)) => {
                format!("quota {} leaves no room ({})", clean(name, QUOTE), spoken(requested, used, limited))
            }
            None => quote(message.split_once("is forbidden: ").map_or(message, |(_, told)| told)),
        },
        Kind::CreateRetried => {
            "a quota had no room for it, but has now; the cluster tries again by itself".to_owned()
        }
        Kind::PodSecurity => {
            let level = between(message, "violates PodSecurity \"", "\"").map(|level| clean(level, QUOTE));
            let told = message.split_once("\": ").map_or(message, |(_, told)| told);
            match level {
                Some(level) => {
                    format!("the namespace's Pod Security level {level} forbids it: {}", quote(told))
                }
                None => format!("the cluster's security constraints forbid it: {}", quote(message)),
            }
        }
        Kind::MissingServiceAccount => {
            let account = between(message, "serviceaccount \"", "\"").unwrap_or_default();
            format!("its service account {} does not exist", clean(account, QUOTE))
        }
        Kind::MissingPriorityClass => {
            let class = between(message, "with name ", " was").unwrap_or_default();
            format!("its priority class {} does not exist", clean(class, QUOTE))
        }
        Kind::WebhookDenied if message.contains("ValidatingAdmissionPolicy '") => {
            let policy = between(message, "ValidatingAdmissionPolicy '", "'").unwrap_or_default();
            let told = message.split_once("denied request: ").map_or(message, |(_, told)| told);
            format!("the admission policy {} denies it: {}", clean(policy, QUOTE), quote(told))
        }
        Kind::WebhookDenied | Kind::WebhookUnreachable => {
            let webhook = between(message, "webhook \"", "\"").unwrap_or_default();
            let webhook = clean(webhook, QUOTE);
            let (marker, verb) = if kind == Kind::WebhookDenied {
                ("denied the request: ", "denies it")
            } else {
                ("\": ", "must be asked first and cannot be reached")
            };
            match message.split_once(marker) {
                Some((_, told)) => format!("the admission webhook {webhook} {verb}: {}", quote(told)),
                None => format!("the admission webhook {webhook} {verb}"),
            }
        }
        Kind::NamespaceTerminating => "its namespace is being deleted".to_owned(),
        Kind::LimitRange => {
            let told = message.split_once("is forbidden: ").map_or(message, |(_, told)| told);
            format!("the namespace's limit range forbids it: {}", quote(told))
        }
        _ => quote(message.split_once("is forbidden: ").map_or(message, |(_, told)| told)),
    }
}

/// `pods=1`, `pods=0`, `pods=0` as `pods: asks for 1, used 0, limit 0`.
fn spoken(requested: &str, used: &str, limited: &str) -> String {
    let amount = |list: &str, resource: &str| {
        let pairs = list.split(',').filter_map(|pair| pair.split_once('='));
        let mut found = pairs.filter(|(named, _)| named.trim() == resource);
        found.next().map_or_else(|| "?".to_owned(), |(_, amount)| amount.trim().to_owned())
    };
    let resources = requested.split(',').filter_map(|pair| pair.split_once('=')).map(|(resource, asked)| {
        let resource = resource.trim();
        let (used, limit) = (amount(used, resource), amount(limited, resource));
        format!("{resource}: asks for {}, used {used}, limit {limit}", asked.trim())
    });
    clean(&resources.collect::<Vec<_>>().join("; "), QUOTE)
}

fn next(view: &View, kind: Kind) -> String {
    let space = view.in_namespace();
    match kind {
        Kind::Quota => format!(
            "Ask whoever runs the cluster to widen the quota, or lower what the release asks for. \
             How full it is: kubectl{space} describe quota"
        ),
        Kind::LimitRange => format!(
            "Change the requests and limits in the profile's values to fit the limit range: \
             kubectl{space} describe limitrange"
        ),
        Kind::PodSecurity => {
            "Ask for a namespace with a Pod Security level that allows it, or change the profile's values."
                .to_owned()
        }
        Kind::WebhookDenied => "Ask whoever set this admission policy.".to_owned(),
        Kind::WebhookUnreachable => {
            "Check that the webhook's own pod runs; the cluster tries again by itself. Where \
             it is: kubectl describe validatingwebhookconfigurations,mutatingwebhookconfigurations"
                .to_owned()
        }
        Kind::MissingServiceAccount => {
            "The next run makes the service account; if it is missing again, the release is at fault."
                .to_owned()
        }
        Kind::MissingPriorityClass => {
            "Make the priority class, or leave it out in the profile's values.".to_owned()
        }
        Kind::NamespaceTerminating => "Wait until the namespace has gone.".to_owned(),
        Kind::CreateRetried => "Nothing to do yet.".to_owned(),
        _ => format!(
            "The cluster tries again by itself; if it lasts, see what it says: \
             kubectl{space} get events --sort-by=.lastTimestamp"
        ),
    }
}
