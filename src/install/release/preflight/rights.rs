//! Whether the kubeconfig's user may do all that an installation does.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{told, unknown};
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

/// Kinds whose objects live in no namespace. What is rendered need not say where the rest goes.
const OF_CLUSTER: [&str; 9] = [
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "PersistentVolume",
    "StorageClass",
    "PriorityClass",
    "CustomResourceDefinition",
    "APIService",
    "SecurityContextConstraints",
];

/// A verb on a kind of object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Right {
    group: String,
    plural: String,
    verb: &'static str,
    namespaced: bool,
}

pub(super) async fn check(cluster: &Connected, objects: &[Value], place: Option<&str>) -> Check {
    ask(cluster, &needed(objects), place.unwrap_or(NEW), place.is_none()).await
}

async fn ask(cluster: &Connected, needed: &[Right], place: &str, is_new: bool) -> Check {
    let where_ = if is_new { "a new namespace".to_owned() } else { format!("namespace {place}") };
    let open: Vec<&Right> = match rules(cluster, place).await {
        Ok(rules) => needed.iter().filter(|right| !rules.iter().any(|rule| allows(rule, right))).collect(),
        Err(_) => needed.iter().collect(),
    };
    // The rules may be incomplete: what they do not hold is asked for one by one.
    let answers = join_all(open.iter().take(QUESTIONS).map(|right| may(cluster, right, place))).await;
    let with = |wanted: Option<bool>| -> Vec<&Right> {
        open.iter().zip(&answers).filter(|(_, answer)| **answer == wanted).map(|(right, _)| *right).collect()
    };
    let (missing, untold) = (with(Some(false)), with(None));
    if !missing.is_empty() {
        let words = listed(&missing);
        return told(ID, CheckState::Fail, format!("rights are missing in {where_}: {}", words.join("; ")))
            .because(words.iter().map(String::as_str))
            .fix(format!(
                "Ask whoever runs this cluster for these rights, or use another kubeconfig: {}.",
                words.join("; ")
            ));
    }
    if !untold.is_empty() || open.len() > QUESTIONS {
        return unknown(ID, "the cluster does not say whether you have all the rights")
            .because(listed(&untold).iter().map(String::as_str));
    }
    told(ID, CheckState::Pass, format!("you may do all of it in {where_}"))
}

/// Everything that will be done, each once.
fn needed(objects: &[Value]) -> Vec<Right> {
    let mut needed = Vec::new();
    let mut add = |group: &str, plural: &str, namespaced: bool, verbs: &[&'static str]| {
        needed.extend(verbs.iter().map(|verb| Right {
            group: group.to_owned(),
            plural: plural.to_owned(),
            verb,
            namespaced,
        }));
    };
    add("", "namespaces", false, &["get", "create"]);
    add("", "secrets", true, &["get", "list", "create", "update"]);
    for kind in [kind::POD, kind::REPLICA_SET, kind::VOLUME_CLAIM] {
        add(kind.group, kind.plural, true, &WATCH);
    }
    for object in objects {
        let group = text_at(object, "/apiVersion").split_once('/').map_or("", |(group, _)| group);
        let namespaced = !OF_CLUSTER.contains(&text_at(object, "/kind"));
        let plural = plural(object);
        add(group, &plural, namespaced, &APPLY);
        if matches!(text_at(object, "/kind"), "Deployment" | "DaemonSet" | "StatefulSet" | "Job") {
            add(group, &plural, namespaced, &WATCH);
        }
    }
    needed.sort();
    needed.dedup();
    needed
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

/// Whether one right is held; none if the cluster does not say.
async fn may(cluster: &Connected, right: &Right, place: &str) -> Option<bool> {
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "metadata": {},
        "spec": { "resourceAttributes": {
            "namespace": if right.namespaced { place } else { "" },
            "verb": right.verb, "group": right.group, "resource": right.plural,
        }},
    });
    let answer = cluster.create(&kind::ACCESS_REVIEW, None, &review).await.ok()?;
    answer.pointer("/status/allowed").and_then(Value::as_bool)
}

/// Rights by kind: "create, patch deployments.apps".
fn listed(rights: &[&Right]) -> Vec<String> {
    let mut by_kind: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for right in rights {
        by_kind.entry((&right.plural, &right.group)).or_default().push(right.verb);
    }
    let name = |plural: &str, group: &str| {
        if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") }
    };
    by_kind
        .into_iter()
        .map(|((plural, group), verbs)| {
            Text::new(&format!("{} {}", verbs.join(", "), name(plural, group))).to_string()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_allows_what_it_names() {
        let right =
            Right { group: "apps".into(), plural: "deployments".into(), verb: "patch", namespaced: true };
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
