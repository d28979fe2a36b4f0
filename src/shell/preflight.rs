//! What is checked before anything is changed: the target, by the installation, and what was read of it.

use super::words;
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::Install;
use crate::model::{Check, CheckState, Facts, Known, Layer, Release};

/// The oldest Kubernetes that the release runs on, as the chart's `kubeVersion` has it.
const OLDEST: (u32, u32) = (1, 24);

/// Looks at the target and checks it, side by side.
pub async fn look(install: &dyn Install) -> Result<Facts, Fault> {
    let (facts, checks) = tokio::join!(install.inspect(), install.preflight());
    let mut facts = facts?;
    facts.checks = [version(&facts), release(&facts)].into_iter().chain(checks).collect();
    Ok(facts)
}

fn check(id: &'static str, state: CheckState, words: impl Into<Text>) -> Check {
    Check::new(id, Layer::Cluster, state, words)
}

fn version(facts: &Facts) -> Check {
    const ID: &str = "P06";
    let said = match &facts.version {
        Known::Yes(said) => said,
        Known::Unknown(why) => {
            return check(ID, CheckState::Unknown, "the version of Kubernetes cannot be told")
                .because([why.clone()]);
        }
    };
    let (major, minor) = OLDEST;
    match number(said) {
        None => {
            check(ID, CheckState::Unknown, format!("Kubernetes says that it is {said}, which is no version"))
        }
        Some(number) if number < OLDEST => check(
            ID,
            CheckState::Fail,
            format!("Kubernetes is {said}; the release needs {major}.{minor} or newer"),
        )
        .fix(words::NEWER_CLUSTER),
        Some(_) => check(ID, CheckState::Pass, format!("Kubernetes is {said}")),
    }
}

/// Major and minor of a version such as `v1.33.1+k3s1`.
fn number(said: &str) -> Option<(u32, u32)> {
    let mut parts = said.strip_prefix('v')?.split('.');
    let (major, minor) = (parts.next()?, parts.next()?);
    let digits = minor.find(|c: char| !c.is_ascii_digit()).unwrap_or(minor.len());
    Some((major.parse().ok()?, minor.get(..digits)?.parse().ok()?))
}

fn release(facts: &Facts) -> Check {
    const ID: &str = "P07";
    match &facts.release {
        Release::None => check(ID, CheckState::Pass, "no client lives there yet"),
        Release::One { namespace, .. } => {
            check(ID, CheckState::Pass, format!("the client in namespace {namespace} is continued"))
        }
        Release::Several(namespaces) => {
            check(ID, CheckState::Fail, "several clients live there").because(namespaces.iter().cloned())
        }
        Release::Unclear(why) => {
            check(ID, CheckState::Unknown, "it cannot be told what lives there").because([why.clone()])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_clusters_write_them() {
        for (said, wanted) in [
            ("v1.33.1+k3s1", Some((1, 33))),
            ("v1.24.0", Some((1, 24))),
            ("v1.29+", Some((1, 29))),
            ("1.2", None),
            ("v1", None),
        ] {
            assert_eq!(number(said), wanted, "{said}");
        }
    }
}
