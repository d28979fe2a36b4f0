//! A rollout as the faces show it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::foreign::Text;

/// The state of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowState {
    /// Cannot get better by waiting.
    Failed,
    /// It cannot be read at the moment.
    Unknown,
    /// Trying again.
    Retrying,
    /// On its way.
    Working,
    /// Not begun.
    Waiting,
    /// Done by the standard rules.
    Ready,
}

/// Which clock is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimerKind {
    /// The pause before the node tries to pull again: 10 s, doubling to 5 min.
    PullBackOff,
    /// The pause before a crashed container is started again: 10 s, doubling to 5 min.
    CrashBackOff,
    /// What the startup probe allows before the container is killed.
    ProbeBudget,
    /// The Deployment's progress deadline.
    ProgressDeadline,
    /// How long this trouble may last before it counts as hopeless here.
    Grace,
}

/// The clock that a row waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// Which clock.
    pub kind: TimerKind,
    /// When it runs out, by the cluster's clock, if that is known and still to come.
    pub due: Option<Timestamp>,
    /// How long it runs from beginning to end, in seconds, if that is known.
    pub seconds: Option<u64>,
}

impl Timer {
    /// Whether something that failed is tried again when it runs out.
    pub fn is_next_try(&self) -> bool {
        matches!(self.kind, TimerKind::PullBackOff | TimerKind::CrashBackOff)
    }

    /// How many seconds are left by `now`, the wall's clock, if that is known. More than it runs in all is what two
    /// clocks disagree about.
    pub fn left(&self, now: Timestamp) -> Option<u64> {
        let left = u64::try_from(self.due?.duration_since(now).as_secs()).ok()?;
        Some(left).filter(|left| self.seconds.is_none_or(|all| *left <= all))
    }
}

/// One workload or volume of the rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its kind, for example `Deployment`.
    pub kind: Text,
    /// Its name.
    pub name: Text,
    /// Its state.
    pub state: RowState,
    /// Pods (or volumes) ready.
    pub ready: u32,
    /// Pods (or volumes) wanted.
    pub desired: u32,
    /// What it is doing, in a few words, for example "pulling image".
    pub note: Text,
    /// One sentence on what it waits for, if it waits.
    pub sentence: Text,
    /// The object, reason and message behind the sentence.
    pub evidence: Vec<Text>,
    /// What a person can do, if anything.
    pub next: Text,
    /// What happened lately to it and its pods, newest first, bounded.
    #[serde(default)]
    pub happenings: Vec<Happening>,
    /// The last lines of the log of one of its containers, oldest first: of one that ended or does not get ready.
    #[serde(default)]
    pub log: Vec<Text>,
    /// Since when it is in this state.
    pub since: Option<Timestamp>,
    /// The clock that it waits for, if one runs.
    #[serde(default)]
    pub timer: Option<Timer>,
}

/// Something that happened in the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// When, by the cluster's clock.
    pub at: Option<Timestamp>,
    /// To which object.
    pub object: Text,
    /// What.
    pub text: Text,
}

/// Whether the watch is current.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sight {
    /// The rows are what the cluster says now.
    Clear,
    /// The connection is lost; the rows are the last that was seen. The text says why.
    Lost(Text),
}

/// The images that the pods in sight need.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Images {
    /// How many are where they are needed.
    pub here: u32,
    /// How many there are.
    pub of: u32,
    /// The one that is being pulled for the longest time.
    pub pulling: Option<Pull>,
    /// What was pulled in this rollout, in bytes, as far as the kubelets told.
    pub bytes: u64,
    /// For how long pods waited for these pulls, in thousandths of a second, as far as the kubelets told; where several
    /// waited at once, that counts once.
    #[serde(default)]
    pub pull_ms: u64,
}

/// An image on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pull {
    /// Its name.
    pub image: Text,
    /// Since when.
    pub since: Timestamp,
}

/// The whole rollout at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Whether it is current.
    pub sight: Sight,
    /// A row a workload and volume, of everything that was applied.
    pub rows: Vec<Row>,
    /// The images.
    pub images: Images,
    /// The latest happenings, newest first, bounded.
    pub happenings: Vec<Happening>,
    /// The part that speaks with the control plane.
    #[serde(default)]
    pub reporter: Reporter,
}

/// The part of a release that tells the control plane that this machine is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reporter {
    /// Which part that is is not known.
    #[default]
    Unknown,
    /// It is not running.
    Down,
    /// It is running, and was started at this moment by the cluster's clock.
    Since(Timestamp),
}

impl Snapshot {
    /// Whether everything expected is ready. Nothing at all is not ready, and lost sight is not ready.
    pub fn is_ready(&self) -> bool {
        self.sight == Sight::Clear
            && !self.rows.is_empty()
            && self.rows.iter().all(|row| row.state == RowState::Ready)
    }
}

/// How far a claim and an installation have come; one at a time, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Reading everything again.
    ReadingAgain,
    /// Another run is at this cluster; the text says who, since when and from where.
    Queued(Text),
    /// Writing the credential where a re-run finds it.
    WritingAhead,
    /// Asking the control plane for the identity.
    Claiming,
    /// Proving that the credential works.
    Proving,
    /// Putting the credential into the cluster.
    Delivering,
    /// Applying objects: so many of so many.
    Applying(usize, usize),
    /// Everything is applied.
    Applied(usize),
    /// Ending the machine's credential at the control plane.
    Revoking,
    /// An object's fields were managed by somebody else until now; the text says which, and by whom.
    TakingOver(Text),
    /// Removing objects: so many of so many.
    Removing(usize, usize),
    /// Making sure that nothing is left.
    Verifying,
}

/// What became of an installation that was to be removed. Objects are named as `Kind name`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// Where it was; empty if nothing was there.
    pub namespace: Text,
    /// What is gone.
    pub gone: Vec<Text>,
    /// What was left on purpose: data that was to be kept.
    pub kept: Vec<Text>,
    /// What was told to go and was still there when the wait for it ended.
    pub ending: Vec<Text>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_is_all_of_something_in_sight() {
        let of = |sight: Sight, states: &[RowState]| {
            let row = |state: &RowState| Row {
                kind: "Deployment".into(),
                name: "web".into(),
                state: *state,
                ready: 1,
                desired: 1,
                note: Text::default(),
                sentence: Text::default(),
                evidence: Vec::new(),
                next: Text::default(),
                happenings: Vec::new(),
                log: Vec::new(),
                since: None,
                timer: None,
            };
            let (rows, images) = (states.iter().map(row).collect(), Images::default());
            Snapshot { sight, rows, images, happenings: Vec::new(), reporter: Reporter::Unknown }.is_ready()
        };
        assert!(of(Sight::Clear, &[RowState::Ready, RowState::Ready]));
        assert!(!of(Sight::Clear, &[]), "nothing at all");
        assert!(!of(Sight::Lost("since then".into()), &[RowState::Ready]), "nobody looks");
        for state in
            [RowState::Failed, RowState::Unknown, RowState::Retrying, RowState::Working, RowState::Waiting]
        {
            assert!(!of(Sight::Clear, &[RowState::Ready, state]), "{state:?}");
        }
    }
}
