//! From the yes to online: the claim, the installation, the watch, and the hold.

use std::time::Duration;

use jiff::Timestamp;

use super::effect::{Order, Slot};
use super::event::Event;
use super::field::moved;
use super::flow::Go;
use super::msg::{Action, Moment};
use super::words;
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{
    Claimed, ClientState, Images, Presence, Progress, Row, RowState, Sight, Snapshot, TimerKind,
};
use crate::secret::SecretRef;

mod signs;

pub use signs::Signs;

/// How often the control plane is asked while it is awaited.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// After how long without a message nobody can be said to have watched: a tick comes every second.
const UNWATCHED: Duration = Duration::from_secs(3);
/// What one press for more time adds.
const MORE: Duration = Duration::from_secs(300);

/// What is open of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Details {
    /// Nothing.
    Closed,
    /// Why it is as it is: evidence, next step, events, last words.
    Why,
    /// Its log alone, as much of it as was read.
    Log,
}

/// The state of the pane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollout {
    /// When the yes was said, since the run began.
    pub started: Duration,
    /// Stages passed, with the moment each began.
    pub stages: Vec<(Progress, Duration)>,
    /// The identity, once it is claimed and proven.
    pub claimed: Option<Claimed>,
    /// The rollout at this moment.
    pub snapshot: Option<Snapshot>,
    /// What both sides told about signs of life.
    pub signs: Signs,
    /// What it said last.
    pub presence: Option<Presence>,
    /// Whether it heard from this client in this run.
    pub heard: bool,
    /// Why the control plane could not be asked lately; the rows may be right all the same.
    pub deaf: Option<Text>,
    /// When the last tick came.
    pub last: Option<Moment>,
    /// Since when both sides agree.
    pub agreed: Option<Duration>,
    /// When it came to count as online, since the run began.
    pub online: Option<Duration>,
    /// How long both sides must agree.
    pub hold: Duration,
    /// How long all of it may take.
    pub budget: Duration,
    /// The focused row.
    pub selected: usize,
    /// What is open of the focused row.
    pub details: Details,
}

impl Rollout {
    /// The state at the yes.
    pub fn new(started: Duration, budget: Duration, hold: Duration) -> Self {
        Self {
            started,
            stages: Vec::new(),
            claimed: None,
            snapshot: None,
            signs: Signs::default(),
            presence: None,
            heard: false,
            deaf: None,
            last: None,
            agreed: None,
            online: None,
            hold,
            budget,
            selected: 0,
            details: Details::Closed,
        }
    }

    /// The rows, the worst first.
    pub fn rows(&self) -> Vec<&Row> {
        let mut rows: Vec<&Row> = self.snapshot.iter().flat_map(|snapshot| &snapshot.rows).collect();
        // Of equals, the one that is given up first.
        let given_up = |row: &Row| row.timer.filter(|timer| timer.kind == TimerKind::Grace)?.due;
        rows.sort_by_key(|row| (row.state, given_up(row).unwrap_or(Timestamp::MAX)));
        rows
    }

    /// A stage of claim or installation began.
    pub fn progress(&mut self, stage: Progress, now: Duration) -> Go {
        // Objects are counted up within one stage; only its first and last count are worth a line.
        let counting = matches!(
            (self.stages.last(), &stage),
            (Some((Progress::Applying(..), _)), Progress::Applying(..))
        );
        if counting {
            self.stages.pop();
        }
        self.stages.push((stage.clone(), now));
        if counting {
            return Go::stay();
        }
        Go::event(Event::Progress { stage, seconds: now.saturating_sub(self.started).as_secs() })
    }

    /// The claim ended.
    pub fn claimed(&mut self, session: SecretRef, end: Result<Claimed, Fault>) -> Go {
        match end {
            Err(fault) => Go::fail(fault),
            Ok(claimed) => {
                let id = claimed.id;
                self.claimed = Some(claimed.clone());
                Go {
                    orders: vec![
                        Order::Rollout(Box::new(claimed)),
                        Order::Presence(session, id, Duration::ZERO),
                    ],
                    ..Go::stay()
                }
            }
        }
    }

    /// The cluster told how the rollout stands.
    pub fn snapshot(&mut self, snapshot: Snapshot, now: Moment) -> Go {
        self.watched(now);
        let mut events = Vec::new();
        let old = self.snapshot.as_ref();
        let was_lost = old.is_some_and(|old| old.sight != Sight::Clear);
        match &snapshot.sight {
            Sight::Lost(why) if !was_lost => events.push(Event::Sight { lost: why.clone() }),
            Sight::Clear if was_lost => events.push(Event::Sight { lost: Text::default() }),
            _ => {}
        }
        for row in &snapshot.rows {
            let before =
                old.and_then(|old| old.rows.iter().find(|r| r.name == row.name && r.kind == row.kind));
            let same = before.is_some_and(|b| {
                (b.state, b.ready, b.desired, &b.note) == (row.state, row.ready, row.desired, &row.note)
            });
            if !same {
                let left = row.timer.and_then(|timer| timer.left(now.wall));
                events.push(Event::Workload { row: row.clone(), left });
            }
        }
        let told = |images: &Images| (images.here, images.of, images.bytes);
        let before = old.map(|old| told(&old.images));
        if snapshot.images.of > 0 && before != Some(told(&snapshot.images)) {
            events.push(Event::Images { images: snapshot.images.clone() });
        }
        self.signs.snapshot(&snapshot, now.wall);
        let heard = self.signs.heard();
        if let Some(presence) = self.presence.filter(|_| heard != self.heard) {
            events.push(Event::ControlPlane { presence, heard });
        }
        self.heard = heard;
        let failed = snapshot.rows.iter().find(|row| row.state == RowState::Failed).cloned();
        // Where nobody chose a row, the worst one is under the eye.
        let chosen = self.selected > 0 || self.details != Details::Closed;
        let held =
            self.rows().get(self.selected).filter(|_| chosen).map(|row| (row.kind.clone(), row.name.clone()));
        self.snapshot = Some(snapshot);
        let rows = self.rows();
        let found =
            held.and_then(|(kind, name)| rows.iter().position(|row| row.kind == kind && row.name == name));
        self.selected = found.unwrap_or(self.selected).min(rows.len().saturating_sub(1));
        self.agree(now);
        let fault = failed.map(|row| Fault::RolloutFailed {
            why: if row.sentence.is_empty() {
                format!("{}: {}.", row.name, row.note).into()
            } else {
                row.sentence
            },
            workload: row.name,
            evidence: row.evidence,
            advice: row.next,
        });
        Go { events, fault, ..Go::stay() }
    }

    /// The control plane told what it knows of the client.
    pub fn presence(&mut self, session: SecretRef, told: Result<Presence, Fault>, now: Moment) -> Go {
        let Some(id) = self.claimed.as_ref().map(|claimed| claimed.id) else { return Go::stay() };
        self.watched(now);
        let again = Order::Presence(session, id, ASK_EVERY);
        let presence = match told {
            Ok(presence) => presence,
            Err(fault @ (Fault::SessionRejected | Fault::UpgradeRequired { .. } | Fault::Died { .. })) => {
                return Go::fail(fault);
            }
            Err(fault) => {
                // Losing sight of either side restarts the hold.
                self.deaf = Some(Text::new(&fault.sentence()));
                self.agreed = None;
                return Go::order(again);
            }
        };
        self.deaf = None;
        self.signs.answer(presence, now.wall);
        let heard = self.signs.heard();
        let changed = self.presence.is_none_or(|last| last.state != presence.state) || heard != self.heard;
        self.presence = Some(presence);
        self.heard = heard;
        self.agree(now);
        let events = if changed { vec![Event::ControlPlane { presence, heard }] } else { Vec::new() };
        // Only an answer can end the hold: a silent control plane confirms nothing.
        if self.agreed.is_some_and(|since| now.run.saturating_sub(since) >= self.hold) {
            self.online = Some(now.run);
            return Go { orders: vec![Order::Stop(Slot::Rollout)], events, ..Go::next() };
        }
        Go { orders: vec![again], events, ..Go::stay() }
    }

    fn agree(&mut self, now: Moment) {
        let ready = self.snapshot.as_ref().is_some_and(Snapshot::is_ready);
        self.agreed =
            if ready && self.heard && self.deaf.is_none() { self.agreed.or(Some(now.run)) } else { None };
    }

    /// A suspended machine or a stopped process has not watched: what was agreed before is to be held anew. The
    /// monotonic clock stands still during a suspend, the wall clock does not.
    fn watched(&mut self, now: Moment) {
        let gap = self.last.is_some_and(|last| {
            let run = now.run.saturating_sub(last.run);
            let wall = Duration::try_from(now.wall.duration_since(last.wall)).unwrap_or_default();
            run.max(wall) > UNWATCHED
        });
        if gap {
            self.agreed = None;
            self.last = Some(now);
        }
    }

    /// A second passed.
    pub fn tick(&mut self, now: Moment) -> Go {
        self.watched(now);
        self.last = Some(now);
        self.agree(now);
        if self.agreed.is_none() && now.run.saturating_sub(self.started) >= self.budget {
            return Go::fail(Fault::NotInTime { budget: self.budget, awaited: Text::new(&self.awaited()) });
        }
        Go::stay()
    }

    /// What is awaited now, in one sentence.
    pub fn awaited(&self) -> String {
        if let Some(Sight::Lost(why)) = self.snapshot.as_ref().map(|snapshot| &snapshot.sight) {
            return format!("{}. Looking again.", words::lost_sight(why));
        }
        if self.agreed.is_some() {
            return format!("Both sides agree; watched for {} s to be sure.", self.hold.as_secs());
        }
        match (&self.claimed, self.rows().first()) {
            (None, _) | (_, None) => {
                let first = if self.claimed.is_some() { "the objects to be applied" } else { "the claim" };
                format!("Awaiting {}.", self.stages.last().map_or(first, |(stage, _)| stage_words(stage)))
            }
            (_, Some(row)) if row.state == RowState::Ready => match &self.deaf {
                Some(why) => format!("Awaiting an answer from the control plane. {}", words::whole(why)),
                None if self.presence.is_some_and(|presence| presence.state == ClientState::Online) => {
                    "The control plane says online, but cannot tell whether it means this machine: it has not \
                     heard from it since this rollout began."
                        .into()
                }
                None => "Awaiting a sign of life of this client at the control plane.".into(),
            },
            (_, Some(row)) if row.sentence.is_empty() => format!("{}: {}.", row.name, row.note),
            (_, Some(row)) => words::whole(&row.sentence),
        }
    }

    /// The clock that the worst row waits for, in one sentence: said beside what is awaited.
    pub fn awaited_timer(&self, now: Timestamp) -> Option<String> {
        let watching = self.claimed.is_some() && self.snapshot.as_ref()?.sight == Sight::Clear;
        let worst = self.rows().first().copied().filter(|row| watching && row.state != RowState::Ready);
        let timer = worst?.timer?;
        words::timer_sentence(timer, timer.left(now))
    }

    /// Opens this of the focused row, or closes it again.
    fn open(&mut self, details: Details) -> Go {
        let is_open = self.details == details || self.rows().is_empty();
        self.details = if is_open { Details::Closed } else { details };
        Go::stay()
    }

    /// A person did something.
    pub fn act(&mut self, action: &Action) -> Go {
        match action {
            Action::MoreTime => {
                self.budget += MORE;
                Go::note(format!("The budget is {} min now.", self.budget.as_secs() / 60))
            }
            Action::Enter => self.open(Details::Why),
            Action::Log => self.open(Details::Log),
            Action::Back => {
                self.details = Details::Closed;
                Go::stay()
            }
            moving => {
                self.selected = moved(self.selected, self.rows().len(), 5, moving);
                Go::stay()
            }
        }
    }
}

/// What a stage is called while it lasts.
pub fn stage_words(stage: &Progress) -> &'static str {
    match stage {
        Progress::ReadingAgain => "a second look at machine and account",
        Progress::Queued(_) => "another run on this cluster to end, or to give no sign of life",
        Progress::WritingAhead => "the credential to be written ahead",
        Progress::Claiming => "the control plane's answer to the claim",
        Progress::Proving => "the proof that the credential works",
        Progress::Delivering => "the credential to be put into the cluster",
        Progress::Applying(..) => "the objects to be applied",
        Progress::Applied(_) => "the first look at what was applied",
        Progress::Revoking => "the control plane to end the machine's credential",
        Progress::Verifying => "a look at what is left",
        Progress::TakingOver(_) => "the objects to be tried",
        Progress::Removing(..) => "the objects to be removed",
    }
}
