//! Who may read a Secret, by the cluster's own rules (RBAC). Pure.

use serde_json::Value;

use crate::cluster::kstatus::{items, text};
use crate::foreign::Text;

/// Everybody who may read that Secret beyond those who run the cluster anyway.
pub fn readers(
    secret: &str,
    roles: &[Value],
    cluster_roles: &[Value],
    bindings: &[Value],
    cluster_bindings: &[Value],
) -> Vec<Text> {
    let allows = |binding: &Value| {
        let of = if text(binding, "/roleRef/kind") == "ClusterRole" { cluster_roles } else { roles };
        let role = of.iter().find(|role| text(role, "/metadata/name") == text(binding, "/roleRef/name"));
        role.is_some_and(|role| items(role, "/rules").iter().any(|rule| reads(rule, secret)))
    };
    let mut found: Vec<Text> = bindings
        .iter()
        .chain(cluster_bindings)
        .filter(|binding| allows(binding))
        .flat_map(|binding| {
            let name = text(binding, "/metadata/name").to_owned();
            items(binding, "/subjects").iter().filter(|subject| !runs_the_cluster(subject)).map(
                move |subject| {
                    let namespace = text(subject, "/namespace");
                    let place = if namespace.is_empty() { String::new() } else { format!("{namespace}/") };
                    Text::from(format!(
                        "{} {place}{}, by {name}",
                        text(subject, "/kind"),
                        text(subject, "/name")
                    ))
                },
            )
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// Whether a rule lets read that Secret.
fn reads(rule: &Value, secret: &str) -> bool {
    let has = |list: &str, any: &[&str]| {
        items(rule, list).iter().filter_map(Value::as_str).any(|word| word == "*" || any.contains(&word))
    };
    let named = items(rule, "/resourceNames");
    has("/apiGroups", &[""])
        && has("/resources", &["secrets"])
        && has("/verbs", &["get", "list", "watch"])
        && (named.is_empty() || named.iter().any(|name| name.as_str() == Some(secret)))
}

/// The cluster's own parts, and its masters: they can read everything by what they are.
fn runs_the_cluster(subject: &Value) -> bool {
    let name = text(subject, "/name");
    match text(subject, "/kind") {
        "Group" => matches!(name, "system:masters" | "system:nodes"),
        "User" => name.starts_with("system:kube-") || name == "system:apiserver" || name == "system:admin",
        "ServiceAccount" => matches!(text(subject, "/namespace"), "kube-system" | "kube-public"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_those_beyond_the_cluster_itself_are_named() {
        let role = |name: &str, resource: &str, names: &[&str]| {
            json!({"metadata": {"name": name}, "rules": [
                {"apiGroups": [""], "resources": [resource], "verbs": ["get"], "resourceNames": names}]})
        };
        let binding = |name: &str, role: &str, subject: Value| json!({"metadata": {"name": name}, "roleRef": {"kind": "ClusterRole", "name": role}, "subjects": [subject]});
        let roles =
            [role("all", "secrets", &[]), role("pods", "pods", &[]), role("other", "secrets", &["x"])];
        let group = |name: &str| json!({"kind": "Group", "name": name});
        let bindings = [
            binding("masters", "all", group("system:masters")),
            binding("everybody", "all", group("system:authenticated")),
            binding("harmless", "pods", group("system:authenticated")),
            binding("another", "other", json!({"kind": "User", "name": "eve"})),
            binding(
                "own",
                "all",
                json!({"kind": "ServiceAccount", "name": "helm", "namespace": "kube-system"}),
            ),
            binding("lost", "gone", json!({"kind": "User", "name": "eve"})),
        ];
        let found = readers("lab-secrets", &[], &roles, &[], &bindings);
        assert_eq!(found, [Text::new("Group system:authenticated, by everybody")]);
    }
}
