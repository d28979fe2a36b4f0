//! Whether the kubeconfig's user may do all that an installation does.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{Plan, told, unknown};
use crate::cluster::connect::{Connected, Failed, kind, kind_of, text_at};
use crate::cluster::kstatus::items;
use crate::foreign::Text;
use crate::install::release::rights;
use crate::model::{Check, CheckState};

pub(super) const ID: &str = "P01";

/// Stands for a namespace that is made new: only rights in all namespaces count there.
const NEW: &str = "landfall-new";

/// What an installation does with each object (server-side apply creates and patches), and what it watches.
const APPLY: [&str; 3] = ["get", "create", "patch"];
const WATCH: [&str; 2] = ["list", "watch"];

/// How many single questions are asked at most.
const QUESTIONS: usize = 60;

/// A verb on a kind of object, in a namespace or in the cluster as a whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Right {
    space: Option<String>,
    group: String,
    plural: String,
    verb: String,
}

pub(super) async fn check(cluster: &Connected, plan: &Plan<'_>) -> Check {
    let mut needed = needed(plan);
    let named = needed.iter().filter_map(|right| right.space.clone());
    let spaces: BTreeSet<String> = named.chain([plan.slug.to_owned()]).collect();
    let asked = |space: &str| if plan.is_new(space) { NEW.to_owned() } else { space.to_owned() };
    let rules =
        join_all(spaces.iter().map(|space| async {
            (space.as_str(), rules(cluster, &asked(space)).await.unwrap_or_default())
        }));
    let rules: BTreeMap<&str, Vec<Value>> = rules.await.into_iter().collect();
    // The rules may be incomplete: what they do not hold is asked for one by one.
    let told_of = |right: &&Right| {
        let rules = rules.get(right.space.as_deref().unwrap_or(plan.slug));
        rules.is_some_and(|rules| rules.iter().any(|rule| allows(rule, right)))
    };
    for (all, granted) in granted(plan) {
        let place = all.space.as_deref().map(asked).unwrap_or_default();
        if !told_of(&&all) && may(cluster, &all, &place).await != Some(true) {
            needed.extend(granted);
        }
    }
    needed.sort();
    needed.dedup();
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
        .extend(spaces.iter().filter(|space| *space != plan.slug).map(|space| format!("namespace {space}")));
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
    let mut add = |group: &str, plural: &str, space: Option<&str>, verbs: &[&str]| {
        needed.extend(verbs.iter().map(|verb| right(space, group, plural, verb)));
    };
    let own = Some(plan.slug);
    add("", "namespaces", None, &["get", "create"]);
    add("", "secrets", own, &["get", "list", "create", "update"]);
    if plan.by_helm {
        // Of helm's own records the oldest goes.
        add("", "secrets", own, &["delete"]);
    }
    for (space, _) in plan.workloads() {
        for kind in [kind::POD, kind::REPLICA_SET, kind::VOLUME_CLAIM] {
            add(kind.group, kind.plural, Some(space), &WATCH);
        }
    }
    for object in plan.objects {
        let group = text_at(object, "/apiVersion").split_once('/').map_or("", |(group, _)| group);
        let is_everywhere = kind_of(object).is_some_and(|kind| !kind.namespaced);
        let space = (!is_everywhere).then(|| plan.space(object));
        let plural = plural(object);
        add(group, &plural, space, &APPLY);
        if matches!(text_at(object, "/kind"), "Deployment" | "DaemonSet" | "StatefulSet" | "Job") {
            add(group, &plural, space, &WATCH);
        }
    }
    needed.into_iter().collect()
}

fn right(space: Option<&str>, group: &str, plural: &str, verb: &str) -> Right {
    Right {
        space: space.map(str::to_owned),
        group: group.to_owned(),
        plural: plural.to_owned(),
        verb: verb.to_owned(),
    }
}

/// Who makes a role must hold all that it grants, or the right to go beyond. For each role of the release: that right,
/// and what it grants. (kubernetes, "Privilege escalation prevention and bootstrapping")
fn granted(plan: &Plan<'_>) -> Vec<(Right, Vec<Right>)> {
    let mut roles = Vec::new();
    for object in plan.of_kind("Role").chain(plan.of_kind("ClusterRole")) {
        let (space, plural) = match text_at(object, "/kind") {
            "Role" => (Some(plan.space(object)), kind::ROLE.plural),
            _ => (None, kind::CLUSTER_ROLE.plural),
        };
        let mut all = Vec::new();
        // What is granted for some names only is held for those only; that is for the cluster to judge.
        for rule in items(object, "/rules").iter().filter(|rule| items(rule, "/resourceNames").is_empty()) {
            let words = |of: &str| items(rule, of).iter().filter_map(Value::as_str).collect::<Vec<_>>();
            for (group, plural, verb) in words("/apiGroups").into_iter().flat_map(|group| {
                let verbs = words("/verbs");
                words("/resources")
                    .into_iter()
                    .flat_map(move |plural| verbs.clone().into_iter().map(move |verb| (group, plural, verb)))
            }) {
                all.push(right(space, group, plural, verb));
            }
        }
        if !all.is_empty() {
            roles.push((right(space, kind::ROLE.group, plural, "escalate"), all));
        }
    }
    roles
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
        && holds("/verbs", &right.verb)
        && holds("/apiGroups", &right.group)
        && holds("/resources", &right.plural)
}

/// Whether one right is held in a namespace (or, where that is empty, in the cluster as a whole); none if the cluster
/// does not say.
async fn may(cluster: &Connected, right: &Right, place: &str) -> Option<bool> {
    let Right { verb, group, plural, .. } = right;
    rights::may(cluster, json!({ "namespace": place, "verb": verb, "group": group, "resource": plural }))
        .await
}

/// Rights by kind: "create, patch deployments.apps", with the namespace where it is not the release's own.
fn listed(rights: &[&Right], own: &str) -> Vec<String> {
    let mut by_kind: BTreeMap<(&str, &str, &str), Vec<&str>> = BTreeMap::new();
    for right in rights {
        let space = right.space.as_deref().filter(|space| *space != own).unwrap_or_default();
        by_kind.entry((&right.plural, &right.group, space)).or_default().push(&right.verb);
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
        let right = right(None, "apps", "deployments", "patch");
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
    fn who_makes_a_role_needs_what_it_grants_or_the_right_to_go_beyond() {
        let rules = json!([
            {"apiGroups": ["", "apps"], "resources": ["pods"], "verbs": ["get", "delete"]},
            {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["one"], "verbs": ["get"]},
        ]);
        let role = |kind: &str, rules: &Value| json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": "a"}, "rules": rules});
        let objects = [role("Role", &rules), role("ClusterRole", &json!([]))];
        let plan = Plan { objects: &objects, slug: "lab", place: None, by_helm: false };
        let own = Some("lab");
        let all = [("", "get"), ("", "delete"), ("apps", "get"), ("apps", "delete")];
        assert_eq!(
            granted(&plan),
            [(
                right(own, "rbac.authorization.k8s.io", "roles", "escalate"),
                all.map(|(group, verb)| right(own, group, "pods", verb)).to_vec()
            )]
        );
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
