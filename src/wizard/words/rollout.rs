//! The words of a rollout: stages, states, images.

use jiff::Timestamp;

use super::clock;
use crate::model::{Images, Progress, RowState};

/// A row's state in a word.
pub fn row_state(state: RowState) -> &'static str {
    match state {
        RowState::Failed => "failed",
        RowState::Unknown => "unknown",
        RowState::Retrying => "retrying",
        RowState::Working => "working",
        RowState::Waiting => "waiting",
        RowState::Ready => "ready",
    }
}

/// A stage, for rows and lines: what it is about and in which way. It is told when it begins and shown when it
/// is over too, so the words claim neither; only counts do.
pub fn stage(stage: &Progress) -> (&'static str, String) {
    match stage {
        Progress::ReadingAgain => ("check", "machine and account, once more".into()),
        Progress::Queued(who) => {
            let hint = "with --take-over it is not waited for";
            ("turn", format!("waiting for another run at this cluster: {who}; {hint}"))
        }
        Progress::WritingAhead => ("record", "the credential, ahead of the claim".into()),
        Progress::Claiming => ("claim", "at the control plane".into()),
        Progress::Proving => ("proof", "that the credential works".into()),
        Progress::Delivering => ("credential", "into the cluster".into()),
        Progress::Applying(n, of) => ("objects", format!("{n} of {of} applied")),
        Progress::Applied(n) => ("objects", format!("{n} applied")),
        Progress::Revoking => ("credential", "ended at the control plane".into()),
        Progress::Verifying => ("check", "that nothing is left".into()),
        Progress::TakingOver(what) => ("taken over", what.to_string()),
        Progress::Removing(n, of) => ("objects", format!("{n} of {of} removed")),
    }
}

/// The images: how many are there, and the one that is awaited for the longest time.
pub fn images(images: &Images) -> String {
    let there = format!("{} of {} there", images.here, images.of);
    match awaited_image(images, None) {
        Some(pulling) => format!("{there}, {pulling}"),
        None if images.bytes > 0 && images.pull_ms >= 1000 => {
            let time = match images.pull_ms.div_ceil(1000) {
                seconds @ ..120 => format!("{seconds} s"),
                seconds => clock(seconds),
            };
            format!("{there}, {} MB pulled in {time}", images.bytes.div_ceil(1_000_000))
        }
        None if images.bytes > 0 => format!("{there}, {} MB pulled", images.bytes.div_ceil(1_000_000)),
        None => there,
    }
}

/// The image that is being pulled for the longest time, and for how long by `now`, the wall's clock.
pub fn awaited_image(images: &Images, now: Option<Timestamp>) -> Option<String> {
    let pull = images.pulling.as_ref()?;
    let seconds = now.and_then(|now| u64::try_from(now.duration_since(pull.since).as_secs()).ok());
    let time = seconds.map(|seconds| format!(", for {}", clock(seconds))).unwrap_or_default();
    Some(format!("pulling {}{time}", pull.image))
}
