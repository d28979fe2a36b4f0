//! Failures and the end of a run: what is told, what is stopped, what is tried again.

use super::effect::{Effect, Order, Slot};
use super::event::Event;
use super::flow::Go;
use super::msg::Action;
use super::retire::Phase as Retiring;
use super::stay::Keeping;
use super::{Manner, Overlay, Wizard};
use crate::error::{Exit, Fault};
use crate::model::{How, Step};

/// A token that waited to be taken along, when the terminal went.
const RESCUED: &str = "The token that nobody took along goes into a file that only you can read.";

impl Wizard {
    /// A failure page on the screen; with lines, the end.
    pub(super) fn fail(&mut self, fault: Fault) -> Vec<Effect> {
        let fault = match fault {
            Fault::SessionRejected if self.sign_in.issued && !self.sign_in.entered => Fault::TokenRejected,
            Fault::SessionRejected => match self.sign_in_again() {
                Some(effects) => return effects,
                None => fault,
            },
            fault => fault,
        };
        let exit = fault.exit();
        self.events.push(Event::Failed {
            sentence: fault.sentence(),
            next: fault.next(&self.setup.resume),
            exit: exit.code(),
            log: self.setup.start.log.clone(),
            doctor: fault.doctor(&self.setup.life.doctor),
            fault: fault.clone(),
        });
        self.failure = Some(fault);
        self.overlay = None;
        self.note = None;
        if self.setup.manner != Manner::Screen {
            return self.leave(exit);
        }
        let slots: &[Slot] =
            if self.step == Step::Rollout { &[Slot::Enroll, Slot::Rollout, Slot::Presence] } else { &[] };
        slots.iter().map(|slot| Effect::here(Order::Stop(*slot))).collect()
    }

    /// Enter on the failure page.
    pub(super) fn try_again(&mut self) -> Vec<Effect> {
        let Some(fault) = self.failure.take() else { return Vec::new() };
        let session = self.sign_in.session().map(|(session, _)| session);
        match (self.step, session) {
            _ if self.issues() => self.try_again_to_register(),
            (Step::SignIn, Some(_)) if self.keeping != Keeping::Not => Vec::new(),
            (Step::SignIn, Some(_)) if !self.looks() => self.finish(),
            (Step::SignIn, _) => {
                let look = (self.facts.is_none() && self.looks()).then(|| Effect::here(Order::Look));
                let go = self.sign_in.again(self.setup.token);
                look.into_iter().chain(self.take(go)).collect()
            }
            (Step::Home, _) => self.go_home(),
            (Step::Change, _) => {
                let go = if self.setup.shape.steps.contains(&Step::Location) && fault.wants_another_choice() {
                    self.step = Step::Location;
                    self.location.chosen = None;
                    Go::default()
                } else {
                    self.enter_change()
                };
                self.take(go)
            }
            (Step::Retire, _) => {
                let go = self.enter_retire();
                self.take(go)
            }
            (Step::Client | Step::Review, _) => self.read_again(),
            (Step::Rollout, Some(session)) => match self.rollout.take().and_then(|old| old.claimed) {
                // The identity is there and proven: only what follows it is done again.
                Some(claimed) => {
                    let mut rollout = self.new_rollout();
                    let go = rollout.claimed(session, Ok(claimed));
                    self.rollout = Some(rollout);
                    self.take(go)
                }
                None if fault.wants_another_choice() => self.read_again(),
                None => self.enroll(session),
            },
            _ => Vec::new(),
        }
    }

    /// A person wants to leave: asked about while something is under way.
    pub(super) fn ask_to_leave(&mut self) -> Vec<Effect> {
        match (&self.failure, self.step) {
            _ if self.issue.reveal.is_some() && self.setup.manner == Manner::Screen => {
                self.overlay = Some(Overlay::Leaving(0));
                Vec::new()
            }
            (_, Step::Live) | (None, Step::Home) => self.leave(Exit::Online),
            (None, Step::Retire) if matches!(self.retire.phase, Retiring::Done(..)) || self.has_parted() => {
                self.leave(Exit::Online)
            }
            (Some(fault), _) => {
                let exit = fault.exit();
                self.leave(exit)
            }
            (None, _) if self.under_way() && self.setup.manner == Manner::Screen => {
                self.overlay = Some(Overlay::Leaving(0));
                Vec::new()
            }
            (None, _) => match self.trouble() {
                Some(fault) => self.give_up(fault),
                None => self.leave(Exit::Cancelled),
            },
        }
    }

    /// The question whether to leave, answered or not.
    pub(super) fn leaving(&mut self, row: usize, action: &Action) -> Vec<Effect> {
        match action {
            Action::Up | Action::First => self.overlay = Some(Overlay::Leaving(0)),
            Action::Down | Action::Last => self.overlay = Some(Overlay::Leaving(1)),
            Action::Back => self.overlay = None,
            Action::Enter if row == 0 => self.overlay = None,
            Action::Enter | Action::Interrupt => return self.leave(Exit::Cancelled),
            _ => {}
        }
        Vec::new()
    }

    /// The end of the run: the last word, the end of the session, then the order to leave.
    pub(super) fn leave(&mut self, exit: Exit) -> Vec<Effect> {
        if self.exit.is_some() {
            return Vec::new();
        }
        // On the last step the session's end is under way already, or waits for an answer; one that is put away
        // stays.
        let ends = (self.step != Step::Live || self.asks_to_stay()) && self.keeping == Keeping::Not;
        self.exit = Some(exit);
        self.overlay = None;
        let rescue = matches!(exit, Exit::Signal(_)).then(|| self.rescue()).flatten();
        let kept = if rescue.is_some() { RESCUED } else { self.kept() };
        match exit {
            Exit::Online => self.events.extend(self.online().or_else(|| self.registered())),
            Exit::Cancelled | Exit::Signal(_) => {
                self.events.push(Event::Left { kept: kept.into(), resume: self.setup.resume.clone() });
            }
            // The failure was told when it came.
            _ => {}
        }
        let session = self.sign_in.held().filter(|_| ends);
        let ending = session.map(|session| Effect::here(self.sign_in.ending(session)));
        rescue.into_iter().chain(ending).chain([Effect::here(Order::Leave(exit))]).collect()
    }

    /// What there is to say of a machine that is online: the last word of a run, and the last page.
    pub fn online(&self) -> Option<Event> {
        let rollout = self.rollout.as_ref()?;
        let claimed = rollout.claimed.as_ref()?;
        Some(Event::Online {
            name: claimed.name.clone(),
            slug: claimed.namespace.clone(),
            location: claimed.location.clone(),
            cluster: self.intent()?.cluster,
            new: !matches!(claimed.how, How::Adopted | How::Reset),
            held: rollout.hold.as_secs(),
            took: rollout.online?.as_secs(),
        })
    }
}
