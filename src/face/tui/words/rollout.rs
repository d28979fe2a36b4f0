//! The labels of the rollout and of its failure.

use std::time::Duration;

use super::super::glyphs::Mark;
use crate::wizard::rollout::Rollout;
use crate::wizard::words::{client_state, clock};

/// The budget of the rollout, for the status line.
pub fn budget(budget: Duration, roomy: bool) -> String {
    let budget = clock(budget.as_secs());
    if roomy {
        format!("Budget {budget}, + adds five minutes. You may leave: a re-run comes back here.")
    } else {
        format!("Budget {budget}, + adds five minutes.")
    }
}

/// The label of the reason.
pub const WHY: &str = "Why";
/// The label of the evidence.
pub const SEEN: &str = "Seen";
/// The label of the clock that a row waits for.
pub const WAITS: &str = "Time";
/// The label of the next step.
pub const DO: &str = "Do";
/// The label of the command, where the next step does not end with it.
pub const AGAIN: &str = "Then";
/// What is said where no log was read.
pub const NO_LOG: &str = "Nothing was read yet: logs are read of containers that ended or do not get ready.";
/// The label of the log.
pub const LOG: &str = "Log";
/// The label of what stays.
pub const KEPT: &str = "Kept";

/// The title of a failed rollout.
pub fn cannot_get_ready(workload: &str) -> String {
    format!("{workload} cannot get ready.")
}

/// What the control plane said of the client so far.
pub fn control_plane(rollout: &Rollout) -> (Mark, String) {
    match (&rollout.deaf, rollout.heard, rollout.presence) {
        (Some(why), ..) => (Mark::Unknown, format!("cannot be asked: {why}")),
        (None, true, _) => (Mark::Done, "heard from this client".into()),
        (None, false, Some(presence)) => {
            (Mark::ToCome, format!("not heard from yet ({})", client_state(presence.state)))
        }
        (None, false, None) => (Mark::ToCome, "not asked yet".into()),
    }
}

/// A row of which nothing newer is known, because the cluster is out of sight.
pub fn last_seen(words: &str) -> String {
    format!("last seen: {words}")
}

/// The row of the images.
pub const IMAGES: &str = "images";
/// The row of the control plane.
pub const CONTROL_PLANE: &str = "control plane";
