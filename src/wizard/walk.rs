//! From step to step: carries out what a pane returned, enters and leaves steps, and answers what needs no
//! person.

use super::effect::{Effect, Order};
use super::event::Event;
use super::flow::{Go, Question, after, before};
use super::rollout::Rollout;
use super::{Manner, Overlay, Wizard, review};
use crate::error::{Exit, Fault};
use crate::foreign::Text;
use crate::model::{Location, Slug, Step};
use crate::secret::SecretRef;

/// How often a changed world is accepted unseen.
const CHANGES: u8 = 3;

impl Wizard {
    /// Carries out what a pane returned.
    pub(super) fn take(&mut self, go: Go) -> Vec<Effect> {
        if !go.events.is_empty() {
            self.last_news = self.now.run;
            self.last_line = self.now.run;
        }
        self.events.extend(go.events);
        if let Some(note) = go.note {
            self.say(note);
        }
        let mut effects: Vec<Effect> = go.orders.into_iter().map(Effect::here).collect();
        if let Some(fault) = go.fault {
            effects.extend(self.fail(fault));
        } else if go.home {
            effects.extend(self.go_home());
        } else if go.next {
            if self.step == Step::SignIn {
                effects.extend(self.settled_who());
            }
            effects.extend(match (self.away.take(), after(self.setup.shape.steps, self.step)) {
                (Some(away), _) => self.come_back(away),
                (None, Some(step)) => self.enter(step),
                (None, None) => self.finish(),
            });
        } else if go.back && self.goes_home() {
            effects.extend(self.go_home());
        } else if go.back && matches!(self.step, Step::Location | Step::Review) {
            // Back from the client pane would sign out, which Esc must not do.
            self.back();
        }
        effects
    }

    /// Whether the way back from here leads to the page of this machine.
    pub(super) fn goes_home(&self) -> bool {
        let first = before(self.setup.shape.steps, self.step).is_none_or(|step| step == Step::SignIn);
        self.home.known && first
    }

    /// A word for the status line.
    fn say(&mut self, note: String) {
        self.note = Some(note);
        self.notes += 1;
    }

    /// Back a step; nothing outside was changed before the review was answered.
    fn back(&mut self) {
        let Some(mut step) = before(self.setup.shape.steps, self.step) else { return };
        if step == Step::Location && self.settled_location().is_some() {
            step = Step::Client;
        }
        self.location.chosen = None;
        if step == Step::Client {
            self.client.chosen = None;
        }
        self.step = step;
    }

    /// A location that needs no question, and where it comes from.
    fn settled_location(&self) -> Option<(Location, &'static str)> {
        let own = self.client.chosen.as_ref().and_then(|chosen| chosen.location.clone());
        let own = own.map(|own| (own, "the client's own"));
        own.or_else(|| Some((self.setup.location.clone()?, "given by --location")))
    }

    fn enter(&mut self, step: Step) -> Vec<Effect> {
        self.step = step;
        if matches!(self.overlay, Some(Overlay::Leaving(_))) {
            // The question was about the step before.
            self.overlay = None;
        }
        let session = self.sign_in.session().map(|(session, _)| session);
        let go = match (step, session) {
            (Step::SignIn, _) => self.begin_sign_in(),
            (Step::Client, _) => self.read_clients(),
            (Step::Location, _) => {
                self.location.chosen = None;
                let kept = self.location.kept.take();
                match self.settled_location() {
                    Some((location, source)) => self.location.settle(location, source),
                    None => {
                        kept.map_or_else(Go::stay, |(location, from)| self.location.settle(location, from))
                    }
                }
            }
            (Step::Review, _) => {
                self.review = review::Review::default();
                Go::event(Event::Review { lines: review::lines(self) })
            }
            (Step::Rollout, _) if self.issues() => return self.fit(),
            (Step::Rollout, Some(session)) => return self.enroll(session),
            (Step::Live, Some(session)) => {
                let mut go = match self.keep() {
                    Some(order) => Go::order(order),
                    None if self.offers_to_stay() => Go::stay(),
                    None => Go::order(self.sign_in.ending(session)),
                };
                go.events.extend(self.replaced());
                let claimed = self.rollout.as_ref().and_then(|rollout| rollout.claimed.clone());
                let mut effects = match claimed.and_then(|claimed| self.pointer(&claimed)) {
                    Some(selected) => self.select(selected),
                    None => Vec::new(),
                };
                effects.extend(self.take(go));
                return effects;
            }
            (Step::Change, _) => self.enter_change(),
            (Step::Retire, _) => self.enter_retire(),
            _ => Go::stay(),
        };
        self.take(go)
    }

    /// The yes was said: claim what was decided.
    pub(super) fn enroll(&mut self, session: SecretRef) -> Vec<Effect> {
        let Some(intent) = self.intent() else { return Vec::new() };
        self.rollout = Some(self.new_rollout());
        vec![Effect::here(Order::Enroll(session, Box::new(intent)))]
    }

    pub(super) fn new_rollout(&self) -> Rollout {
        Rollout::new(self.now.run, self.setup.budget, self.setup.hold)
    }

    /// After the yes the world was found changed: it is read again, and reviewed again.
    pub(super) fn review_again(&mut self, what: Text) -> Vec<Effect> {
        let fault = Fault::Changed { what };
        // With every proposal accepted beforehand, what there is now is accepted as well: another run may have
        // been faster, and its client is this machine's. A world that keeps changing is another matter.
        self.changes += 1;
        let accepted = self.setup.yes && self.changes <= CHANGES;
        if self.step != Step::Rollout || !accepted && (self.setup.yes || self.setup.manner != Manner::Screen)
        {
            return self.fail(fault);
        }
        let effects = self.read_again();
        self.say(fault.sentence());
        effects
    }

    /// The password is lost: where a person can answer, it is asked on another review.
    pub(super) fn offer_reset(&mut self, fault: Fault) -> Vec<Effect> {
        let slug = match &fault {
            Fault::CredentialLost { slug, .. } => slug.parse::<Slug>().ok(),
            _ => None,
        };
        let answered = self.review.reset.is_some() || self.setup.yes || self.setup.manner == Manner::Nobody;
        let Some(slug) = slug.filter(|_| !answered && self.step == Step::Rollout) else {
            return self.fail(fault);
        };
        self.rollout = None;
        self.step = Step::Review;
        self.review = review::Review { reset: Some(slug), ..review::Review::default() };
        self.say(fault.sentence());
        self.take(Go::event(Event::Review { lines: review::lines(self) }))
    }

    /// Reads machine and account again, and lets the person choose anew.
    pub(super) fn read_again(&mut self) -> Vec<Effect> {
        self.rollout = None;
        self.facts = None;
        self.step = Step::Client;
        let go = self.read_clients();
        let mut effects = vec![Effect::here(Order::Look)];
        effects.extend(self.take(go));
        effects
    }

    pub(super) fn read_clients(&mut self) -> Go {
        let Some((session, account)) = self.sign_in.session() else { return Go::stay() };
        let go = self.client.start(session);
        self.client.propose(&self.setup.host, account);
        go
    }

    /// Answers what flags already answer, fails what nobody can answer, moves on where nothing is asked.
    pub(super) fn settle(&mut self) -> Vec<Effect> {
        self.client.arrange(self.facts.as_ref());
        if self.failure.is_some() || self.exit.is_some() {
            return Vec::new();
        }
        if self.step == Step::Client
            && let Some(fault) = self.facts.as_ref().and_then(|facts| self.client.blocked(facts))
        {
            return self.fail(fault);
        }
        if self.setup.yes && self.step == Step::Retire && self.issue.parting.typing() {
            let go = self.issue.parting.begin();
            return self.take(go);
        }
        if self.step == Step::Retire
            && self.setup.yes
            && self.retire.typing()
            && let Some((session, _)) = self.sign_in.session()
        {
            let go = self.retire.begin(session);
            return self.take(go);
        }
        let unattended = self.setup.manner != Manner::Screen;
        if self.step == Step::Live && unattended && self.session_settled() {
            return self.leave(Exit::Online);
        }
        if self.setup.manner == Manner::Screen && !self.setup.yes {
            // Questions are rows there.
            return Vec::new();
        }
        let mut effects = Vec::new();
        while let Some(question) = self.question() {
            let named =
                unattended && self.setup.name.is_some() && self.step == Step::Client && question.names;
            let answers = named || self.setup.yes && question.yes;
            if answers {
                effects.extend(self.answer(""));
            }
            if self.question().is_some_and(|still| still == question) {
                // No flag answered it, so only a person can.
                if answers || self.setup.manner == Manner::Nobody {
                    let flag = question.flag;
                    effects.extend(self.fail(Fault::NeedsPerson { question: question.text.into(), flag }));
                }
                break;
            }
        }
        effects
    }

    /// The question that a line face asks now, if any.
    pub fn question(&self) -> Option<Question> {
        if self.failure.is_some() || self.exit.is_some() {
            return None;
        }
        match self.step {
            Step::Profile => self.profile.question(),
            Step::Machine => self.machine.question(),
            Step::SignIn => self.sign_in.question(),
            Step::Client => self.client.question(self.facts.as_ref()),
            Step::Location => self.location.question(),
            Step::Review if self.issues() => self.register_question(),
            Step::Review => self.review.question(),
            Step::Home => self.home.question(self.issues()),
            Step::Change => self.change.question(),
            Step::Retire => self.parting_question(),
            Step::Live => self.stay_question(),
            Step::Rollout => self.address_question(),
        }
    }
}
