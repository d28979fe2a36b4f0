//! Out of the fleet: the guard, then what would happen, then the client's name typed, then the work.

use std::time::Duration;

use super::effect::Order;
use super::event::Event;
use super::field::Field;
use super::flow::{Go, Question};
use super::msg::Action;
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Client, Consent, Health, Leaving, Progress, Release, Retired};
use crate::secret::SecretRef;

/// The state of the pane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retire {
    /// How far it is.
    pub phase: Phase,
    /// What stands in the confirmation.
    pub typed: Field,
    /// Stages passed, with the moment each began.
    pub stages: Vec<(Progress, Duration)>,
}

/// How far retiring is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Both sides are being read; nothing is changed.
    #[default]
    Looking,
    /// What would happen is shown, and its confirmation awaited.
    Asking(Box<Leaving>),
    /// It is under way.
    Running(Box<Leaving>),
    /// It has ended.
    Done(Box<Leaving>, Box<Retired>),
}

impl Retire {
    /// Whether the confirmation is being typed.
    pub fn typing(&self) -> bool {
        matches!(self.phase, Phase::Asking(_))
    }

    /// What would be, or was, retired.
    pub fn leaving(&self) -> Option<&Leaving> {
        match &self.phase {
            Phase::Looking => None,
            Phase::Asking(leaving) | Phase::Running(leaving) | Phase::Done(leaving, _) => Some(leaving),
        }
    }

    /// Both sides were read: the guard comes before the preview.
    pub fn looked(
        &mut self,
        health: &Health,
        account: u64,
        wanted: Wanted,
        consent: &Consent,
        unattended: bool,
    ) -> Go {
        if self.phase != Phase::Looking {
            return Go::stay();
        }
        let mut leaving = match Leaving::of(health, account) {
            Ok(leaving) => leaving,
            Err(fault) => return Go::fail(fault),
        };
        let Client { running, name, .. } = &leaving.client;
        if let Some(running) = running.filter(|running| *running > 0 && !wanted.force) {
            return Go::fail(Fault::WorkRuns { client: name.clone(), running });
        }
        if let Some(why) = leaving.doubt.as_ref().filter(|_| unattended && !consent.same_machine) {
            let question = format!("is this the machine of \"{name}\"? {why}");
            return Go::fail(Fault::NeedsPerson { question: question.into(), flag: "--same-machine" });
        }
        leaving.keep_data = wanted.keep_data;
        leaving.force = wanted.force;
        leaving.take_over = consent.take_over;
        let event = Event::Leaving { lines: lines(&leaving) };
        self.phase = Phase::Asking(Box::new(leaving));
        Go::event(event)
    }

    /// The confirmation was given.
    pub fn begin(&mut self, session: SecretRef) -> Go {
        match std::mem::take(&mut self.phase) {
            Phase::Asking(leaving) => {
                self.phase = Phase::Running(leaving.clone());
                self.stages.clear();
                Go::order(Order::Retire(session, leaving))
            }
            other => {
                self.phase = other;
                Go::stay()
            }
        }
    }

    /// A stage began.
    pub fn progress(&mut self, stage: Progress, now: Duration, started: Duration) -> Go {
        let counting = matches!(
            (self.stages.last(), &stage),
            (Some((Progress::Removing(..), _)), Progress::Removing(..))
        );
        if counting {
            self.stages.pop();
        }
        let whole = matches!(stage, Progress::Removing(n, of) if n == of);
        self.stages.push((stage.clone(), now));
        if counting && !whole {
            return Go::stay();
        }
        Go::event(Event::Progress { stage, seconds: now.saturating_sub(started).as_secs() })
    }

    /// It ended; what is left makes it a failure, after it was told.
    pub fn ended(&mut self, end: Result<Retired, Fault>) -> Go {
        let leaving = match std::mem::take(&mut self.phase) {
            Phase::Running(leaving) => leaving,
            other => {
                self.phase = other;
                return Go::stay();
            }
        };
        match end {
            Err(fault) => Go::fail(fault),
            Ok(retired) => {
                let left = retired.left.clone();
                let event = Event::Retired {
                    name: leaving.client.name.clone(),
                    namespace: leaving.client.namespace.clone(),
                    revoked: retired.revoked,
                    gone: retired.removed.gone.len(),
                    kept: retired.removed.kept.clone(),
                    left: left.clone(),
                };
                let client = leaving.client.name.clone();
                self.phase = Phase::Done(leaving, Box::new(retired));
                let fault = (!left.is_empty()).then_some(Fault::PartlyRetired { client, left });
                Go { fault, next: false, ..Go::event(event) }
            }
        }
    }

    /// A person did something.
    pub fn act(&mut self, action: &Action, session: Option<SecretRef>) -> Go {
        let Phase::Asking(leaving) = &mut self.phase else { return Go::stay() };
        match (action, session) {
            (Action::Back, _) if self.typed.text().is_empty() => Go::back(),
            (Action::Back, _) => {
                self.typed = Field::default();
                Go::stay()
            }
            (Action::Swap, _) => {
                leaving.keep_data = !leaving.keep_data;
                Go::stay()
            }
            (Action::Enter, Some(session)) => {
                let typed = self.typed.text().to_owned();
                self.confirm(&typed, session)
            }
            (typing, _) => {
                self.typed.take(typing);
                Go::stay()
            }
        }
    }

    /// A confirmation, typed to its end.
    pub fn confirm(&mut self, typed: &str, session: SecretRef) -> Go {
        let right = self.leaving().is_some_and(|leaving| typed.trim() == leaving.word().as_str());
        if right { self.begin(session) } else { Go::note("That is not its name; nothing was changed.") }
    }

    /// What a line face has to ask here.
    pub fn question(&self) -> Option<Question> {
        let leaving = self.leaving().filter(|_| self.typing())?;
        Some(Question {
            text: format!("To retire it, type its name: {}", leaving.word()),
            choices: vec!["leave it as it is".into()],
            typed: Some("its name"),
            names: false,
            flag: "--yes",
            yes: false,
        })
    }
}

/// What flags say about retiring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Whether volumes and their data stay.
    pub keep_data: bool,
    /// Whether running experiments are given up.
    pub force: bool,
}

/// What would happen, label by label.
pub fn lines(leaving: &Leaving) -> Vec<(Text, Text)> {
    let Leaving { client, release, holds, keep_data, .. } = leaving;
    let held: Vec<String> = holds.iter().map(|(kind, n)| super::review::many(*n, kind)).collect();
    let held = if held.is_empty() { String::new() } else { format!(" ({})", held.join(", ")) };
    let removed = match release {
        // What cannot be had back comes first, where a small screen cuts the rest.
        Release::One { namespace, .. } if *keep_data => format!(
            "the release in namespace {namespace}{held} and its credential; volumes that are marked to be kept \
             stay, with their data and the namespace"
        ),
        Release::One { namespace, .. } => format!(
            "all data in its volumes, and the release in namespace {namespace}{held} with its credential; the \
             namespace too, if landfall made it"
        ),
        _ => "nothing lives in this cluster any more; what an earlier run left of a claim goes".to_owned(),
    };
    let mut lines = vec![
        ("Client", format!("{}, namespace {}", client.name, client.namespace)),
        ("Ends", "its credential, at the control plane: the machine cannot sign in any more".to_owned()),
        ("Removes", removed),
        ("Stays", "its row and history in the account; enrolling again comes back to that row".to_owned()),
        (
            "Untouched",
            "the cluster itself, other namespaces, images on the nodes, kubectl, helm, this program"
                .to_owned(),
        ),
    ];
    match client.running {
        Some(0) => {}
        Some(n) => lines.insert(
            1,
            ("Work", format!("{} given up (--force)", super::review::many(count(n), "running experiment"))),
        ),
        None => lines.insert(1, ("Work", "whether experiments run on it is not known".to_owned())),
    }
    if let Some(why) = &leaving.doubt {
        let words = format!(
            "is this the one that the client was enrolled on? {why} The confirmation says that it is"
        );
        lines.insert(1, ("Machine", words));
    }
    lines.into_iter().map(|(label, value)| (label.into(), Text::within(&value, 300))).collect()
}

fn count(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
