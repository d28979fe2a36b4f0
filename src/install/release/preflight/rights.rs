//! Whether the kubeconfig's user may do all that an installation does.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{Plan, told, unknown};
use crate::cluster::connect::{Connected, Failed, kind, kind_of, text_at};
use crate::cluster::kstatus::items;
use crate::foreign::Text;
use crate::model::{Check, CheckState};

pub(super) const ID: &str = "P01";

/// Stands for a namespace that is made new: only rights in all namespaces count there.
const NEW: &str = "landfall-new";

/// What an installation does with each object (server-side apply creates and patches), and what it watches.
const APPLY: [&str; 3] = ["get", "create", "patch"];
const WATCH: [&str; 2] = ["list", "watch"];

/// How many single questions are asked at most.
const QUESTIONS: usize = 60;

/// Of the kinds that only helm installs, those whose objects live in no namespace.
const OF_CLUSTER: [&str; 5] = [
    "CustomResourceDefinition",
    "APIService",
    "SecurityContextConstraints",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// A verb on a kind of object, in a namespace or in the cluster as a whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Right {
    space: Option<String>,
    group: String,
    plural: String,
    verb: &'static str,
}

pub(super) async fn check(cluster: &Connected, plan: &Plan<'_>) -> Check {
    let needed = needed(plan);
    let spaces: BTreeSet<&str> =
        needed.iter().filter_map(|right| right.space.as_deref()).chain([plan.slug]).collect();
    let asked = |space: &str| if plan.is_new(space) { NEW.to_owned() } else { space.to_owned() };
    let rules = join_all(
        spaces
            .iter()
            .map(|space| async { (*space, rules(cluster, &asked(space)).await.unwrap_or_default()) }),
    );
    let rules: BTreeMap<&str, Vec<Value>> = rules.await.into_iter().collect();
    // The rules may be incomplete: what they do not hold is asked for one by one.
    let told_of = |right: &&Right| {
        let rules = rules.get(right.space.as_deref().unwrap_or(plan.slug));
        rules.is_some_and(|rules| rules.iter().any(|rule| allows(rule, right)))
    };
    let open: Vec<&Right> = needed.iter().filter(|right| !told_of(right)).collect();
    let questions = open.iter().take(QUESTIONS).map(|right| async {
        may(cluster, right, &right.space.as_deref().map(asked).unwrap_or_default()).await
    });
    let answers = join_all(questions).await;
    let with = |wanted: Option<bool>| -> Vec<String> {
        let answered = open.iter().zip(&answers).filter(|(_, answer)| **answer == wanted);
        listed(&answered.map(|(right, _)| *right).collect::<Vec<_>>(), plan.slug)
    };
    let mut places = vec![match plan.place {
        None => "a new namespace".to_owned(),
        Some(place) => format!("namespace {place}"),
    }];
    places
        .extend(spaces.iter().filter(|space| **space != plan.slug).map(|space| format!("namespace {space}")));
    let places = places.join(" and ");
    let (missing, untold) = (with(Some(false)), with(None));
    if !missing.is_empty() {
        return told(ID, CheckState::Fail, format!("rights are missing in {places}: {}", missing.join("; ")))
            .because(missing.iter().map(String::as_str))
            .fix(format!(
                "Ask whoever runs this cluster for these rights, or use another kubeconfig: {}.",
                missing.join("; ")
            ));
    }
    if !untold.is_empty() || open.len() > QUESTIONS {
        return unknown(ID, "the cluster does not say whether you have all the rights")
            .because(untold.iter().map(String::as_str));
    }
    told(ID, CheckState::Pass, format!("you may do all of it in {places}"))
}

/// Everything that will be done, each once.
fn needed(plan: &Plan<'_>) -> Vec<Right> {
    let mut needed = BTreeSet::new();
    let mut add = |group: &str, plural: &str, space: Option<&str>, verbs: &[&'static str]| {
        needed.extend(verbs.iter().map(|verb| Right {
            space: space.map(str::to_owned),
            group: group.to_owned(),
            plural: plural.to_owned(),
            verb,
        }));
    };
    let own = Some(plan.slug);
    add("", "namespaces", None, &["get", "create"]);
    add("", "secrets", own, &["get", "list", "create", "update"]);
    for (space, _) in plan.workloads() {
        for kind in [kind::POD, kind::REPLICA_SET, kind::VOLUME_CLAIM] {
            add(kind.group, kind.plural, Some(space), &WATCH);
        }
    }
    for object in plan.objects {
        let group = text_at(object, "/apiVersion").split_once('/').map_or("", |(group, _)| group);
        let is_everywhere = match kind_of(object) {
            Some(kind) => !kind.namespaced,
            None => OF_CLUSTER.contains(&text_at(object, "/kind")),
        };
        let space = (!is_everywhere).then(|| plan.space(object));
        let plural = plural(object);
        add(group, &plural, space, &APPLY);
        if matches!(text_at(object, "/kind"), "Deployment" | "DaemonSet" | "StatefulSet" | "Job") {
            add(group, &plural, space, &WATCH);
        }
    }
    needed.into_iter().collect()
}

/// A kind's name in rights. For kinds that we do not know: as English has it, which Kubernetes follows.
fn plural(object: &Value) -> String {
    if let Some(kind) = kind_of(object) {
        return kind.plural.to_owned();
    }
    let name = text_at(object, "/kind").to_ascii_lowercase();
    match name.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if name.ends_with(['s', 'x']) => format!("{name}es"),
        None => format!("{name}s"),
    }
}

/// The rules that hold for this user in a namespace (authorization.k8s.io/v1, SelfSubjectRulesReview).
async fn rules(cluster: &Connected, place: &str) -> Result<Vec<Value>, Failed> {
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "metadata": {},
        "spec": { "namespace": place },
    });
    let answer = cluster.create(&kind::RULES_REVIEW, None, &review).await?;
    Ok(items(&answer, "/status/resourceRules").to_vec())
}

fn allows(rule: &Value, right: &Right) -> bool {
    let holds = |pointer: &str, wanted: &str| {
        items(rule, pointer)
            .iter()
            .any(|held| held.as_str().is_some_and(|held| held == wanted || held == "*"))
    };
    items(rule, "/resourceNames").is_empty()
        && holds("/verbs", right.verb)
        && holds("/apiGroups", &right.group)
        && holds("/resources", &right.plural)
}

/// Whether one right is held in a namespace (or, where that is empty, in the cluster as a whole); none if the cluster
/// does not say.
async fn may(cluster: &Connected, right: &Right, place: &str) -> Option<bool> {
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "metadata": {},
        "spec": { "resourceAttributes": {
            "namespace": place,
            "verb": right.verb, "group": right.group, "resource": right.plural,
        }},
    });
    let answer = cluster.create(&kind::ACCESS_REVIEW, None, &review).await.ok()?;
    answer.pointer("/status/allowed").and_then(Value::as_bool)
}

/// Rights by kind: "create, patch deployments.apps", with the namespace where it is not the release's own.
fn listed(rights: &[&Right], own: &str) -> Vec<String> {
    let mut by_kind: BTreeMap<(&str, &str, &str), Vec<&str>> = BTreeMap::new();
    for right in rights {
        let space = right.space.as_deref().filter(|space| *space != own).unwrap_or_default();
        by_kind.entry((&right.plural, &right.group, space)).or_default().push(right.verb);
    }
    let name = |plural: &str, group: &str, space: &str| {
        let name = if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") };
        if space.is_empty() { name } else { format!("{name} in {space}") }
    };
    by_kind
        .into_iter()
        .map(|((plural, group, space), verbs)| {
            Text::new(&format!("{} {}", verbs.join(", "), name(plural, group, space))).to_string()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_allows_what_it_names() {
        let right = Right { space: None, group: "apps".into(), plural: "deployments".into(), verb: "patch" };
        for (rule, allowed) in [
            (json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}), true),
            (json!({"verbs": ["get", "patch"], "apiGroups": ["apps"], "resources": ["deployments"]}), true),
            (json!({"verbs": ["get"], "apiGroups": ["apps"], "resources": ["deployments"]}), false),
            (json!({"verbs": ["patch"], "apiGroups": [""], "resources": ["deployments"]}), false),
            (
                json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "resourceNames": ["one"]}),
                false,
            ),
        ] {
            assert_eq!(allows(&rule, &right), allowed, "{rule}");
        }
    }

    #[test]
    fn kinds_that_are_not_known_are_named_as_kubernetes_names_them() {
        for (kind, name) in [
            ("NetworkPolicy", "networkpolicies"),
            ("Ingress", "ingresses"),
            ("ConfigMap", "configmaps"),
            ("Deployment", "deployments"),
        ] {
            assert_eq!(plural(&json!({"apiVersion": "v1", "kind": kind})), name);
        }
    }
}
