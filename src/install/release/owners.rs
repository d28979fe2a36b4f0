//! Whose fields a server-side apply would take, as the API server says it.
//! (apimachinery, `pkg/util/managedfields/internal/conflict.go`)

use super::parts::INSTALLERS;

/// Whether a call failed because fields are somebody's.
pub fn is_conflict(said: &str) -> bool {
    said.contains("Apply failed with")
}

/// The owners with their fields, but for those that are this release's own: it was installed before, by us or by
/// Helm. `conflict with "kubectl-edit" using apps/v1: .spec.replicas`, or several, each with a list.
pub fn foreign(said: &str) -> Option<String> {
    let (_, said) = said.split_once("Apply failed with")?;
    let said = said.replace("conflicts with \"", "conflict with \"");
    let owners: Vec<String> = said
        .split("conflict with ")
        .skip(1)
        .filter(|owner| !INSTALLERS.iter().any(|ours| owner.starts_with(&format!("\"{ours}\""))))
        .map(|owner| {
            let words: Vec<&str> = owner.split_whitespace().collect();
            words.join(" ").replace(": - ", ": ").replace(" - .", ", .")
        })
        .collect();
    (!owners.is_empty()).then(|| owners.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_of_a_field_is_told_unless_it_is_this_release() {
        for (said, told) in [
            (
                "Apply failed with 1 conflict: conflict with \"kubectl-edit\" using apps/v1: .spec.replicas",
                Some("\"kubectl-edit\" using apps/v1: .spec.replicas"),
            ),
            ("Apply failed with 1 conflict: conflict with \"helm\" using apps/v1: .spec.replicas", None),
            (
                "Apply failed with 2 conflicts: conflicts with \"helm\":\n- .spec.replicas\n- .spec.paused",
                None,
            ),
            (
                "Apply failed with 3 conflicts: conflicts with \"kubectl-set\" using apps/v1:\n- .spec.a\n- \
                 .spec.b\nconflicts with \"landfall\" using apps/v1:\n- .metadata.annotations.x",
                Some("\"kubectl-set\" using apps/v1: .spec.a, .spec.b"),
            ),
            (
                "Error: UPGRADE FAILED: conflict occurred while applying object lab/web apps/v1, Kind=Deployment: \
                 Apply failed with 1 conflict: conflict with \"night-shift\": .spec.replicas",
                Some("\"night-shift\": .spec.replicas"),
            ),
            ("Error: UPGRADE FAILED: conflict with a name", None),
        ] {
            assert_eq!(foreign(said).as_deref(), told, "{said}");
        }
    }
}
