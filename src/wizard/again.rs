//! What is asked again in place, with everything else kept: a session that ended in the middle, and a value
//! that the server refused after the yes.

use super::effect::{Effect, Order};
use super::event::Event;
use super::field::Field;
use super::flow::Go;
use super::review::Review;
use super::{Manner, Wizard};
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Location, Step};

/// A step that was left to sign in again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Away {
    /// Where the run goes on.
    pub step: Step,
    /// Whose session ended: nobody else's can go on with what was decided.
    pub account: u64,
    /// Since when, since the run began: that time is none of the rollout's.
    since: std::time::Duration,
    /// What the rollout came to meanwhile, told on the way back.
    pub(super) ended: Option<Fault>,
}

impl Wizard {
    /// The step that the run has come to: the one on the screen, or the one that waits for a new session.
    pub fn reached(&self) -> Step {
        self.away.as_ref().map_or(self.step, |away| away.step)
    }

    /// The account that must approve: a flag's, or the one that began this run.
    pub(super) fn expected(&self) -> Option<u64> {
        self.away.as_ref().map(|away| away.account).or(self.setup.profile.expect_account)
    }

    /// Signs in again in place, where the session of this run ended and somebody is there who can. A token that
    /// was handed in cannot be renewed here.
    pub(super) fn sign_in_again(&mut self) -> Option<Vec<Effect>> {
        let person = self.setup.manner != Manner::Nobody && self.may_ask();
        let (session, account) =
            self.sign_in.session().filter(|_| person && (!self.sign_in.issued || self.sign_in.entered))?;
        let account = account.id;
        let comes_back = matches!(self.step, Step::Client | Step::Location | Step::Review | Step::Rollout);
        // What retiring does is safe to do again, so it begins anew; so does a change.
        if !comes_back && !matches!(self.step, Step::Change | Step::Retire) {
            return None;
        }
        let kept = self.sign_in.stored.take().is_some();
        let drop = if kept { Order::Discard(session) } else { Order::Forget(session) };
        self.away = Some(Away { step: self.step, account, since: self.now.run, ended: None });
        self.step = Step::SignIn;
        self.overlay = None;
        // The code that was approved is no code that a new one kills.
        self.sign_in.codes = 0;
        let mut go = self.sign_in.start(None);
        go.orders.insert(0, drop);
        go.events.push(Event::Note { text: SESSION_ENDED.into() });
        Some(self.take(go))
    }

    /// Back to where the session ended.
    pub(super) fn come_back(&mut self, away: Away) -> Vec<Effect> {
        self.step = away.step;
        let Some((session, _)) = self.sign_in.session() else { return Vec::new() };
        if let Some(fault) = away.ended {
            return self.fail(fault);
        }
        let go = match (away.step, &mut self.rollout) {
            (Step::Client, _) if !self.client.whole => self.read_clients(),
            (Step::Rollout, Some(rollout)) => match &rollout.claimed {
                Some(claimed) => {
                    let id = claimed.id;
                    rollout.started += self.now.run.saturating_sub(away.since);
                    Go::order(Order::Presence(session, id, std::time::Duration::ZERO))
                }
                None => return self.enroll(session),
            },
            (Step::Change, _) => self.enter_change(),
            (Step::Retire, _) => self.enter_retire(),
            _ => Go::stay(),
        };
        self.take(go)
    }

    /// The server refuses a value that a person can change: it is asked again where it came from. A second yes
    /// follows, on another review.
    pub(super) fn ask_again(&mut self, fault: Fault) -> Vec<Effect> {
        let Fault::FieldRefused { field, .. } = &fault else { return self.fail(fault) };
        let step = match field.as_str() {
            "location" => Step::Location,
            "name" | "namespace" => Step::Client,
            _ => return self.fail(fault),
        };
        let person = self.setup.manner != Manner::Nobody && !self.setup.yes;
        if self.step != Step::Rollout || !person {
            return self.fail(fault);
        }
        let sentence = Text::new(&fault.sentence());
        self.rollout = None;
        self.review = Review::default();
        self.step = step;
        if step == Step::Location {
            self.refuse_location(sentence);
        } else {
            self.refuse_name(sentence);
        }
        self.take(Go::note(fault.sentence()))
    }

    fn refuse_location(&mut self, sentence: Text) {
        let refused = self.location.chosen.take().map(|(location, _)| location);
        if let Some(Location::Zone(key)) = refused {
            if self.location.guess.as_ref().is_some_and(|guess| guess.zone == key) {
                self.location.guess = None;
            }
            self.location.refused = Some((key, sentence));
        }
        self.location.selected = 0;
        self.setup.location = None;
    }

    fn refuse_name(&mut self, sentence: Text) {
        self.location.kept = self.location.chosen.take();
        self.client.chosen = None;
        self.client.search = None;
        self.client.refused = Some(sentence);
        self.client.named = true;
        self.client.selected = 0;
        self.setup.name = None;
        if self.setup.manner == Manner::Screen {
            self.client.editing = Some(Field::of(&self.client.name));
        }
    }
}

/// Said when the session ended in the middle.
const SESSION_ENDED: &str =
    "The server does not accept your session any more. Sign in again: everything you decided is kept.";
