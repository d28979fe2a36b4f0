//! The machine's credential: present, its own, read by few, and accepted.

use super::workload::unseen;
use crate::backend::Proof;
use crate::doctor::facts::{Plane, Workload};
use crate::doctor::table::Finding;
use crate::foreign::Text;
use crate::model::Known;

/// The keys that the release reads.
const KEYS: [&str; 2] = ["CLIENT_ID", "CLIENT_PASSWORD"];

/// The Secret is there, with its keys.
pub fn present(workload: &Workload) -> Finding {
    match &workload.secret {
        Known::Unknown(why) => Finding::unknown(why.clone()),
        Known::Yes(None) => {
            Finding::fail(format!("the Secret with the credential is missing in {}", workload.namespace))
                .fix("enroll again, which brings it back: landfall")
        }
        Known::Yes(Some(keys)) => {
            let missing: Vec<&str> =
                KEYS.into_iter().filter(|key| !keys.iter().any(|have| have.as_str() == *key)).collect();
            if missing.is_empty() {
                Finding::pass("there, with its keys")
            } else {
                Finding::fail(format!("the credential's Secret lacks {}", missing.join(" and ")))
                    .fix("enroll again, which brings it back: landfall")
            }
        }
    }
}

/// The machine id in it is one.
pub fn id(workload: &Workload) -> Finding {
    match workload.id_is_uuid {
        Some(true) => Finding::pass("a UUID"),
        Some(false) => {
            Finding::fail("the CLIENT_ID in the Secret is no machine id: a dashboard number, perhaps")
                .fix("enroll again, which puts the right one there: landfall")
        }
        None => Finding::unknown("it could not be read"),
    }
}

/// Who may read it.
pub fn readers(workload: &Workload) -> Finding {
    match &workload.readers {
        Known::Unknown(why) => Finding::unknown(why.clone()),
        Known::Yes(readers) if readers.is_empty() => {
            unseen(workload).unwrap_or_else(|| Finding::pass("only who runs the cluster"))
        }
        Known::Yes(readers) => {
            let everybody = readers.iter().find(|who| {
                ["system:authenticated", "system:unauthenticated", "system:serviceaccounts"]
                    .iter()
                    .any(|group| who.contains(group))
            });
            match everybody {
                Some(who) => {
                    Finding::fail(format!("everybody in the cluster may read the credential: {who}"))
                        .because(readers.iter().cloned())
                        .fix("remove that binding, then retire this client and enroll again")
                }
                None => Finding::warn(format!("{} more may read the credential", readers.len()))
                    .because(readers.iter().cloned())
                    .fix("see whether each must: kubectl get rolebindings,clusterrolebindings -A -o wide"),
            }
        }
    }
}

/// No annotation holds a copy.
pub fn copies(workload: &Workload) -> Finding {
    match workload.copied {
        Some(false) => Finding::pass("none"),
        Some(true) => Finding::warn("an annotation of the Secret holds a second copy of the credential")
            .because(["kubectl.kubernetes.io/last-applied-configuration"])
            .fix(format!(
                "remove it: kubectl -n {0} annotate secret {0}-secrets kubectl.kubernetes.io/last-applied-configuration-",
                workload.namespace
            )),
        None => Finding::unknown("the Secret could not be read"),
    }
}

/// The control plane accepts it.
pub fn accepted(plane: &Plane) -> Finding {
    match &plane.proof {
        None => Finding::unknown("the credential could not be read, so it was not tried"),
        Some(Proof::Works) => Finding::pass("the control plane takes it"),
        Some(Proof::Rejected) => Finding::fail("the control plane rejects the credential in the cluster")
            .fix("retire this client and enroll again; or agree to a new password: landfall --reset-credential NAME"),
        Some(Proof::Inactive) => Finding::fail("the control plane says that this client was revoked or retired")
            .fix("enroll again: landfall"),
        Some(Proof::Unknown(fault)) => Finding::unknown(fault.sentence()),
    }
}

/// What the jobs manager itself says.
pub fn log(workload: &Workload) -> Finding {
    let managers: Vec<_> = workload.logs.iter().filter(|(_, pod, ..)| pod.contains("jobs-manager")).collect();
    if managers.is_empty() {
        return Finding::unknown("its log could not be read");
    }
    // The latest word counts: a failure that was overcome is history.
    for (_, pod, _, lines) in managers {
        let fatal = lines.iter().rev().find_map(|line| {
            let lower = line.to_ascii_lowercase();
            let bad =
                ["authentication failed", "invalid credentials", "unable to log in", "401", "unauthorized"];
            let good = ["signed in", "heartbeat sent", "authenticated as"];
            if bad.iter().any(|word| lower.contains(word)) {
                Some(Some(line))
            } else {
                good.iter().any(|word| lower.contains(word)).then_some(None)
            }
        });
        if let Some(Some(line)) = fatal {
            return Finding::fail("the jobs manager cannot sign in at the control plane")
                .because([Text::new(line), Text::from(format!("pod {pod}"))])
                .fix("retire this client and enroll again; or agree to a new password: landfall --reset-credential NAME");
        }
    }
    Finding::pass("no failed sign-in in its last words")
}
