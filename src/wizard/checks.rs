//! What was checked before anything is changed, on the review: in words, and whether it is in the way.

use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Check, CheckState};

/// Lines for the review: one that counts, one for each check that is in the way, one for what is to be minded.
pub fn lines(checks: &[Check]) -> Vec<(&'static str, String)> {
    let with = |state| checks.iter().filter(move |check| check.state == state);
    let passed = with(CheckState::Pass).count();
    if checks.is_empty() {
        return vec![("Checks", "nothing could be checked beforehand".into())];
    }
    let mut parts = vec![format!("{passed} passed")];
    for (state, word) in
        [(CheckState::Fail, "failed"), (CheckState::Warn, "to mind"), (CheckState::Unknown, "unknown")]
    {
        match with(state).count() {
            0 => {}
            n => parts.push(format!("{n} {word}")),
        }
    }
    let mut lines = vec![("Checks", parts.join(", "))];
    lines.extend(with(CheckState::Fail).map(|check| ("In the way", told(check))));
    let unknown = with(CheckState::Unknown).map(|check| format!("unknown: {}", check.words));
    let mind: Vec<String> = with(CheckState::Warn).map(told).chain(unknown).collect();
    if !mind.is_empty() {
        lines.push(("Mind", mind.join("; ")));
    }
    lines
}

fn told(check: &Check) -> String {
    match (check.state, check.fix.is_empty()) {
        (CheckState::Fail, false) => format!("{}. {}", check.words, check.fix),
        _ => check.words.to_string(),
    }
}

/// Why the yes cannot be said, if a check failed.
pub fn in_the_way(checks: &[Check]) -> Option<Fault> {
    let failed: Vec<&Check> = checks.iter().filter(|check| check.state == CheckState::Fail).collect();
    let first = failed.first()?;
    let why = failed.iter().map(|check| check.words.as_str()).collect::<Vec<_>>().join("; ");
    let evidence = failed.iter().flat_map(|check| check.evidence.iter().cloned()).collect();
    Some(Fault::NotReadyFor { why: Text::new(&why), evidence, ask: first.fix.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Layer;

    fn check(state: CheckState, words: &str) -> Check {
        Check::new("P01", Layer::Cluster, state, words)
    }

    #[test]
    fn unknown_is_not_good_and_only_a_failure_is_in_the_way() {
        use CheckState::{Fail, NotApplicable, Pass, Unknown, Warn};
        let mut checks = vec![
            check(Pass, "there is room"),
            check(NotApplicable, "no volumes"),
            check(Unknown, "the rights cannot be told"),
            check(Warn, "old volumes are left"),
        ];
        let shown = |checks: &[Check]| -> Vec<String> {
            lines(checks).into_iter().map(|(label, words)| format!("{label}: {words}")).collect()
        };
        assert_eq!(
            shown(&checks),
            [
                "Checks: 1 passed, 1 to mind, 1 unknown",
                "Mind: old volumes are left; unknown: the rights cannot be told"
            ]
        );
        assert_eq!(in_the_way(&checks), None);
        checks.push(check(Fail, "no node is ready").fix("Wait for one."));
        assert_eq!(shown(&checks)[1], "In the way: no node is ready. Wait for one.");
        let fault = Fault::NotReadyFor {
            why: "no node is ready".into(),
            evidence: vec![],
            ask: "Wait for one.".into(),
        };
        assert_eq!(in_the_way(&checks), Some(fault));
        assert_eq!(shown(&[]), ["Checks: nothing could be checked beforehand"]);
    }
}
