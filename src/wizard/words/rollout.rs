//! The words of a rollout: stages, states, images.

use jiff::Timestamp;

use super::clock;
use crate::model::{Images, Progress, Row, RowState, Timer, TimerKind};

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

/// From how many seconds before it on a progress deadline is told: every Deployment has one, and few come near it.
const SOON: u64 = 300;

/// What a row waits for, in the few words that a column has room for, beside the time that it has lasted. `now` is the
/// wall's clock; without it only what stands still is told.
pub fn timer(row: &Row, now: Option<Timestamp>) -> Option<String> {
    let timer = row.timer.filter(|timer| row.state != RowState::Ready && timer.due.is_some())?;
    let left = || now.and_then(|now| timer.left(now)).map(roughly);
    let of = || timer.seconds.map(clock);
    Some(match timer.kind {
        TimerKind::PullBackOff | TimerKind::CrashBackOff => format!("next try in {}", left()?),
        TimerKind::ProbeBudget => format!("may take {}", of()?),
        TimerKind::ProgressDeadline => {
            let soon = timer.left(now?).filter(|left| *left <= SOON)?;
            format!("deadline in {}", roughly(soon))
        }
        TimerKind::Grace => format!("gives up at {}", of()?),
    })
}

/// The same as a sentence, with so many seconds left.
pub fn timer_sentence(timer: Timer, left: Option<u64>) -> Option<String> {
    let left = left?;
    Some(match (timer.kind, timer.seconds) {
        (TimerKind::PullBackOff | TimerKind::CrashBackOff, _) => format!("The next try is in {left} s."),
        (TimerKind::ProbeBudget, Some(all)) => {
            format!("Its startup probe allows {all} s, {} s used.", all.saturating_sub(left))
        }
        (TimerKind::ProbeBudget, None) => format!("Its startup probe allows {left} s more."),
        (TimerKind::ProgressDeadline, _) if left > SOON => return None,
        (TimerKind::ProgressDeadline, _) => format!("Its progress deadline is in {}.", roughly(left)),
        (TimerKind::Grace, _) => format!("If this lasts {} more, it counts as failed.", roughly(left)),
    })
}

/// A time that is left: to the second where it is short, so that a long one need not be drawn anew each second.
fn roughly(seconds: u64) -> String {
    if seconds <= 120 { clock(seconds) } else { format!("{} min", seconds.div_ceil(60)) }
}

/// The sentence for a cluster that is out of sight, without its full stop. A reason says by itself since when, where
/// that is known.
pub fn lost_sight(why: &str) -> String {
    let colon = if why.starts_with("since ") { "" } else { ":" };
    format!("Lost sight of the cluster{colon} {why}")
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
    match awaited_image(images) {
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

/// The image that is being pulled for the longest time.
pub fn awaited_image(images: &Images) -> Option<String> {
    Some(format!("pulling {}", images.pulling.as_ref()?.image))
}
