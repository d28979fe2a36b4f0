//! The page and the way out of a machine whose identity came with the sign-in.

use super::effect::{Effect, Order};
use super::event::Event;
use super::field::Field;
use super::flow::{Go, Question};
use super::home::Row;
use super::msg::Action;
use super::{Manner, Wizard, review, standing};
use crate::error::{Exit, Fault, SetUp};
use crate::foreign::Text;
use crate::model::{Badge, Parted, Resting, Standing, Step};

/// The way out, and nothing else.
const OUT: &[Step] = &[Step::Retire];

/// The state of the way out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parting {
    /// How far it is.
    pub phase: Phase,
    /// What stands in the confirmation.
    pub typed: Field,
}

/// How far it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// The machine is being looked at; nothing is changed.
    #[default]
    Looking,
    /// What would happen is shown, and its confirmation awaited.
    Asking(Box<Standing>),
    /// It is under way.
    Running(Box<Standing>),
    /// It has ended.
    Done(Box<Standing>, Box<Parted>),
}

impl Parting {
    /// Whether the confirmation is being typed.
    pub fn typing(&self) -> bool {
        matches!(self.phase, Phase::Asking(_))
    }

    /// What would be, or was, taken away.
    pub fn standing(&self) -> Option<&Standing> {
        match &self.phase {
            Phase::Looking => None,
            Phase::Asking(standing) | Phase::Running(standing) | Phase::Done(standing, _) => Some(standing),
        }
    }

    fn looked(&mut self, standing: Box<Standing>) -> Go {
        if self.phase != Phase::Looking {
            return Go::stay();
        }
        if standing.badge == Badge::Unregistered {
            return Go::fail(Fault::SetUp(SetUp::NotRegistered));
        }
        let event = Event::Leaving { lines: standing::leaving(&standing) };
        self.phase = Phase::Asking(standing);
        Go::event(event)
    }

    /// The confirmation was given.
    pub(super) fn begin(&mut self) -> Go {
        match std::mem::take(&mut self.phase) {
            Phase::Asking(standing) => {
                self.phase = Phase::Running(standing);
                Go::order(Order::Part)
            }
            other => {
                self.phase = other;
                Go::stay()
            }
        }
    }

    fn ended(&mut self, end: Result<Box<Parted>, Fault>) -> Go {
        let standing = match std::mem::take(&mut self.phase) {
            Phase::Running(standing) => standing,
            other => {
                self.phase = other;
                return Go::stay();
            }
        };
        let parted = match end {
            Ok(parted) => parted,
            Err(fault) => return Go::fail(fault),
        };
        let left = parted.left();
        let event = Event::Parted {
            host: standing.host.clone(),
            owner: standing.owner.clone(),
            ended: parted.ended.clone(),
            gone: parted.forgotten.gone.clone(),
            left: left.clone(),
        };
        let client = standing.host.clone();
        self.phase = Phase::Done(standing, parted);
        let fault = (!left.is_empty()).then_some(Fault::PartlyRetired { client, left });
        Go { fault, ..Go::event(event) }
    }

    /// A confirmation, typed to its end.
    fn confirm(&mut self, typed: &str) -> Go {
        let right = self.standing().is_some_and(|standing| typed.trim() == standing.host.as_str());
        if right { self.begin() } else { Go::note("That is not its name; nothing was changed.") }
    }

    fn question(&self) -> Option<Question> {
        let standing = self.standing().filter(|_| self.typing())?;
        Some(Question {
            text: format!("To retire it, type its name: {}", standing.host),
            choices: vec!["leave it as it is".into()],
            typed: Some("its name"),
            names: false,
            flag: "--yes",
            yes: false,
        })
    }
}

impl Wizard {
    /// Whether a name is being typed to confirm the way out.
    pub fn types_to_retire(&self) -> bool {
        self.step == Step::Retire && (self.retire.typing() || self.issue.parting.typing())
    }

    /// Whether the machine is being taken out right now.
    pub(super) fn is_parting(&self) -> bool {
        matches!(self.issue.parting.phase, Phase::Running(_))
    }

    /// Whether it is over.
    pub fn has_parted(&self) -> bool {
        matches!(self.issue.parting.phase, Phase::Done(..))
    }

    /// How a registered machine stands was looked at.
    pub(super) fn stood(&mut self, told: Box<Standing>) -> Vec<Effect> {
        match self.step {
            Step::Home => {
                self.home.looking = false;
                let event = Event::Status {
                    verdict: told.verdict(),
                    sentence: standing::headline(&told),
                    lines: standing::lines(&told),
                    troubles: standing::troubles(&told),
                };
                self.issue.standing = Some(told);
                self.take(Go::event(event))
            }
            Step::Retire => {
                let go = self.issue.parting.looked(told);
                self.take(go)
            }
            _ => Vec::new(),
        }
    }

    /// The way out begins: with a look, which changes nothing.
    pub(super) fn enter_parting(&mut self) -> Vec<Effect> {
        self.issue.parting = Parting::default();
        vec![Effect::here(Order::Stand)]
    }

    /// The way out ended.
    pub(super) fn parted(&mut self, end: Result<Box<Parted>, Fault>) -> Vec<Effect> {
        if self.step != Step::Retire {
            return Vec::new();
        }
        let go = self.issue.parting.ended(end);
        let mut effects = self.take(go);
        if self.failure.is_none() && self.has_parted() && self.setup.manner != Manner::Screen {
            effects.extend(self.leave(Exit::Online));
        }
        effects
    }

    /// A key on the way out.
    pub(super) fn at_parting(&mut self, action: &Action) -> Vec<Effect> {
        let parting = &mut self.issue.parting;
        let go = match (&parting.phase, action) {
            (Phase::Done(..), Action::Enter) => return self.leave(Exit::Online),
            (Phase::Asking(_), Action::Back) if parting.typed.text().is_empty() => {
                if self.home.known {
                    return self.go_home();
                }
                Go::stay()
            }
            (Phase::Asking(_), Action::Back) => {
                parting.typed = Field::default();
                Go::stay()
            }
            (Phase::Asking(_), Action::Enter) => {
                let typed = parting.typed.text().to_owned();
                parting.confirm(&typed)
            }
            (Phase::Asking(_), typing) => {
                parting.typed.take(typing);
                Go::stay()
            }
            _ => Go::stay(),
        };
        self.take(go)
    }

    /// The confirmation as a typed line; a number leaves it as it is.
    pub(super) fn answer_parting(&mut self, words: &str) -> Vec<Effect> {
        let named = self.issue.parting.standing().is_some_and(|standing| words == standing.host.as_str());
        if !named && (words.is_empty() || words == "1") {
            return if self.home.known { self.go_home() } else { self.leave(Exit::Cancelled) };
        }
        let go = self.issue.parting.confirm(words);
        self.take(go)
    }

    /// What a line face has to ask on the way out.
    pub(super) fn parting_question(&self) -> Option<Question> {
        if self.issues() { self.issue.parting.question() } else { self.retire.question() }
    }

    /// A choice on the page of a registered machine.
    pub(super) fn at_registered_home(&mut self, row: Row) -> Vec<Effect> {
        let kept = self.issue.standing.as_ref().and_then(|standing| standing.token);
        match row {
            Row::Retire => {
                self.home.resume =
                    Some(std::mem::replace(&mut self.setup.resume, self.setup.life.retire.clone()));
                self.setup.shape.steps = OUT;
                self.step = Step::Retire;
                self.enter_parting()
            }
            Row::Rotate if kept.is_none() => {
                self.take(Go::note("No token is kept that could register a new key."))
            }
            Row::Rotate | Row::Enroll => {
                self.setup.token = kept.filter(|_| row == Row::Rotate);
                self.setup.shape.steps = self.home.whole;
                self.step = Step::Review;
                self.review = review::Review::default();
                let lines = review::lines(self);
                self.take(Go::event(Event::Review { lines }))
            }
            _ => Vec::new(),
        }
    }

    /// To the page of a registered machine, which is looked at there.
    pub(super) fn go_to_registered_home(&mut self) -> Vec<Effect> {
        self.setup.token = None;
        self.issue.parting = Parting::default();
        self.rollout = None;
        self.home.looking = true;
        vec![Effect::here(Order::Stand)]
    }

    /// What the way out waits for.
    pub(super) fn awaited_of_parting(&self) -> String {
        match &self.issue.parting.phase {
            Phase::Looking => "Looking at this machine, and asking the server. Nothing is changed.".into(),
            Phase::Asking(_) => "Nothing has been changed yet.".into(),
            Phase::Running(_) => {
                "Ending the token at the server, then taking away what lies here; some seconds.".into()
            }
            Phase::Done(_, parted) if parted.left().is_empty() => {
                "This machine is not registered any more.".into()
            }
            Phase::Done(..) => "This machine is partly taken out.".into(),
        }
    }

    /// What stays behind when the way out is left.
    pub(super) fn kept_of_parting(&self) -> &'static str {
        match &self.issue.parting.phase {
            Phase::Looking | Phase::Asking(_) => "Nothing was changed, here or at the server.",
            Phase::Running(_) => "What is done stays done; a re-run goes on from there.",
            Phase::Done(..) => "What is done stays done.",
        }
    }

    /// Nobody can be asked any more, and a token waits to be taken along: a file takes it.
    pub(super) fn rescue(&self) -> Option<Effect> {
        let open = matches!(self.issue.fitted.as_ref()?.token, Resting::Open { .. });
        let issued = self.sign_in.issued().filter(|_| open && self.issue.reveal.is_some())?;
        Some(Effect::here(Order::Rescue(Box::new(issued.clone()))))
    }

    /// The command that registers this machine anew, with a code.
    pub(super) fn anew(&self) -> String {
        self.setup.resume.replacen("landfall workstation re-enroll", "landfall", 1)
    }

    /// What to do about the server's word on the token; empty if nothing is.
    pub(super) fn next_of(&self, probe: &crate::model::Probe) -> Text {
        probe.next(&self.anew(), &self.setup.life.status).into()
    }
}
