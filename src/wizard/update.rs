//! One message in, effects out: hands messages to panes, and takes what they return.

use std::time::Duration;

use super::effect::{Effect, Order};
use super::event::Event;
use super::flow::{Go, Question, after, before};
use super::msg::{Action, Moment, Msg, Reply};
use super::rollout::Rollout;
use super::sign_in::Phase;
use super::{Manner, Overlay, Wizard, review};
use crate::error::{Exit, Fault};
use crate::foreign::Text;
use crate::model::{How, Slug, Step};

/// How often a line face says that it still waits.
const LINE_EVERY: Duration = Duration::from_secs(30);

/// How often a changed world is accepted unseen.
const CHANGES: u8 = 3;

impl Wizard {
    /// Takes a message at its time; returns what to do outside.
    pub fn update(&mut self, now: Moment, msg: Msg) -> Vec<Effect> {
        self.now = now;
        let before = self.whereabouts();
        let mut effects = match msg {
            Msg::Act(action) => self.act(&action),
            Msg::Tick => self.tick(),
            Msg::Reply(_, reply) => self.reply(*reply),
            Msg::Died(_, slot, words) => self.fail(Fault::Died { part: slot.words().into(), words }),
            Msg::Signal(n) => self.leave(Exit::Signal(n)),
        };
        effects.extend(self.settle());
        if self.whereabouts() != before {
            self.screen += 1;
        }
        effects
    }

    /// What makes one screen another one, as far as a consequential Enter goes.
    fn whereabouts(&self) -> (Step, bool, Option<Overlay>, bool, std::mem::Discriminant<Phase>) {
        let leaving = self.overlay.map(|overlay| match overlay {
            Overlay::Leaving(_) => Overlay::Leaving(0),
            other => other,
        });
        (
            self.step,
            self.failure.is_some(),
            leaving,
            self.exit.is_some(),
            std::mem::discriminant(&self.sign_in.phase),
        )
    }

    fn act(&mut self, action: &Action) -> Vec<Effect> {
        self.note = None;
        if let Action::Answer(words) = action {
            return self.answer(words);
        }
        match (self.overlay, action) {
            (Some(Overlay::Leaving(row)), action) => return self.leaving(row, action),
            (Some(Overlay::Help), _)
            | (Some(Overlay::Qr), Action::QrAlone | Action::Back | Action::Enter) => {
                self.overlay = None;
                return Vec::new();
            }
            (None, Action::QrAlone) if matches!(self.sign_in.phase, Phase::Code { .. }) => {
                self.overlay = Some(Overlay::Qr);
                return Vec::new();
            }
            (_, Action::Help) => {
                self.overlay = Some(Overlay::Help);
                return Vec::new();
            }
            (_, Action::Leave | Action::Interrupt) => return self.ask_to_leave(),
            _ => {}
        }
        if self.failure.is_some() {
            return if *action == Action::Enter { self.try_again() } else { Vec::new() };
        }
        let go = match self.step {
            Step::SignIn => self.sign_in.act(action),
            Step::Client => self.client.act(action, self.facts.as_ref()),
            Step::Location => self.location.act(action),
            Step::Review => self.review.act(action),
            Step::Rollout => self.rollout.as_mut().map_or_else(Go::stay, |rollout| rollout.act(action)),
            Step::Live if *action == Action::Enter => return self.leave(Exit::Online),
            Step::Live => Go::stay(),
        };
        self.take(go)
    }

    fn answer(&mut self, words: &Text) -> Vec<Effect> {
        let words = words.trim();
        let Some(question) = self.question() else { return Vec::new() };
        let choice = if words.is_empty() {
            Some(0)
        } else {
            words.parse::<usize>().ok().and_then(|n| n.checked_sub(1))
        };
        let in_range = choice.filter(|n| *n < question.choices.len());
        let go = match (self.step, in_range) {
            (Step::Client, _) => self.client.answer(words, self.facts.as_ref()),
            (Step::Location, _) => self.location.answer(words),
            (Step::SignIn, Some(n)) => {
                self.sign_in.selected = n;
                self.sign_in.act(&Action::Enter)
            }
            (Step::Review, Some(0)) => self.review.act(&Action::Enter),
            (Step::Review, Some(_)) => return self.leave(Exit::Cancelled),
            _ => Go::note("Answer with one of the numbers."),
        };
        self.take(go)
    }

    fn leaving(&mut self, row: usize, action: &Action) -> Vec<Effect> {
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

    fn ask_to_leave(&mut self) -> Vec<Effect> {
        if self.step == Step::Live {
            return self.leave(Exit::Online);
        }
        if let Some(fault) = &self.failure {
            let exit = fault.exit();
            return self.leave(exit);
        }
        if self.under_way() && self.setup.manner == Manner::Screen {
            self.overlay = Some(Overlay::Leaving(0));
            return Vec::new();
        }
        self.leave(Exit::Cancelled)
    }

    fn try_again(&mut self) -> Vec<Effect> {
        self.failure = None;
        let mut effects = Vec::new();
        if self.facts.is_none() {
            effects.push(Effect::here(Order::Look));
        }
        let session = self.sign_in.session().map(|(session, _)| session);
        let go = match (self.step, session) {
            (Step::SignIn, _) if self.sign_in.phase == Phase::Idle => self.sign_in.start(self.setup.token),
            (Step::Client, Some(session)) if !self.client.whole => self.client.start(session),
            (Step::Rollout, Some(session)) => {
                return effects.into_iter().chain(self.enroll(session)).collect();
            }
            _ => Go::stay(),
        };
        effects.extend(self.take(go));
        effects
    }

    fn tick(&mut self) -> Vec<Effect> {
        let go = match (self.step, &mut self.rollout) {
            (Step::Rollout, Some(rollout)) if self.failure.is_none() => rollout.tick(self.now),
            _ => Go::stay(),
        };
        let waits = self.now.run.saturating_sub(self.last_line) >= LINE_EVERY;
        if waits && self.exit.is_none() && self.failure.is_none() && self.setup.manner != Manner::Screen {
            self.last_line = self.now.run;
            let what = super::words::awaited(self);
            self.events.push(Event::Waiting { what: Text::new(&what), seconds: self.now.run.as_secs() });
        }
        self.take(go)
    }

    fn reply(&mut self, reply: Reply) -> Vec<Effect> {
        let attended = self.setup.manner != Manner::Nobody;
        let session = self.sign_in.session().map(|(session, _)| session);
        let go = match reply {
            Reply::Looked(Ok(facts)) => {
                self.events.push(Event::Machine { facts: facts.clone() });
                self.facts = Some(*facts);
                Go::stay()
            }
            Reply::Looked(Err(fault)) | Reply::RolloutEnded(fault) => Go::fail(fault),
            Reply::Code(grant) => self.sign_in.code(grant, self.now.run),
            Reply::Polled(told) => self.sign_in.polled(told),
            Reply::SignedIn(end) => {
                if self.overlay == Some(Overlay::Qr) {
                    self.overlay = None;
                }
                self.sign_in.ended(end, attended)
            }
            Reply::Who(who) => self.sign_in.who(who, self.setup.profile.expect_account),
            Reply::Clients(page) => match session {
                Some(session) => self.client.page(session, page),
                None => Go::stay(),
            },
            Reply::Progress(stage) => self.on_rollout(|rollout, now| rollout.progress(stage, now.run)),
            Reply::Claimed(Err(Fault::Changed { what })) => return self.review_again(what),
            Reply::Claimed(Err(fault @ Fault::CredentialLost { .. })) => return self.offer_reset(fault),
            Reply::Claimed(end) => match session {
                Some(session) => {
                    self.on_rollout(|rollout, _| rollout.claimed(session, end.map(|claimed| *claimed)))
                }
                None => Go::stay(),
            },
            Reply::Snapshot(snapshot) => self.on_rollout(|rollout, now| rollout.snapshot(snapshot, now)),
            Reply::Presence(told) => match session {
                Some(session) => self.on_rollout(|rollout, now| rollout.presence(session, told, now)),
                None => Go::stay(),
            },
            Reply::Revoked(end) => {
                let confirmed = end.is_ok();
                if self.sign_in.phase == Phase::Refusing {
                    self.sign_in.revoked(confirmed)
                } else {
                    self.session_ended = Some(confirmed);
                    Go::event(Event::SessionEnded { confirmed })
                }
            }
        };
        self.take(go)
    }

    fn on_rollout(&mut self, change: impl FnOnce(&mut Rollout, Moment) -> Go) -> Go {
        match &mut self.rollout {
            Some(rollout) if self.step == Step::Rollout => change(rollout, self.now),
            _ => Go::stay(),
        }
    }

    /// Carries out what a pane returned.
    pub(super) fn take(&mut self, go: Go) -> Vec<Effect> {
        if !go.events.is_empty() {
            self.last_line = self.now.run;
        }
        self.events.extend(go.events);
        self.note = go.note.or(self.note.take());
        let mut effects: Vec<Effect> = go.orders.into_iter().map(Effect::here).collect();
        if let Some(fault) = go.fault {
            effects.extend(self.fail(fault));
        } else if go.next {
            if let Some(step) = after(self.setup.shape.steps, self.step) {
                effects.extend(self.enter(step));
            }
        } else if go.back && matches!(self.step, Step::Location | Step::Review) {
            self.back();
        }
        effects
    }

    /// Back a step; nothing outside was changed before the review was answered. Back from the client pane
    /// would sign out, which Esc must not do.
    fn back(&mut self) {
        let Some(mut step) = before(self.setup.shape.steps, self.step) else { return };
        if step == Step::Location && self.location_settled() {
            step = Step::Client;
        }
        self.location.chosen = None;
        if step == Step::Client {
            self.client.chosen = None;
        }
        self.step = step;
    }

    fn location_settled(&self) -> bool {
        let own = self.client.chosen.as_ref().is_some_and(|chosen| chosen.location.is_some());
        own || self.setup.location.is_some()
    }

    fn enter(&mut self, step: Step) -> Vec<Effect> {
        self.step = step;
        let session = self.sign_in.session().map(|(session, _)| session);
        let go = match (step, session) {
            (Step::Client, Some(session)) => self.client.start(session),
            (Step::Location, _) => {
                match (self.client.chosen.as_ref().and_then(|c| c.location.clone()), &self.setup.location) {
                    (Some(own), _) => self.location.settle(own, "as it was"),
                    (None, Some(given)) => self.location.settle(given.clone(), "given by --location"),
                    (None, None) => Go::stay(),
                }
            }
            (Step::Review, _) => {
                self.review = review::Review::default();
                Go::event(Event::Review { lines: review::lines(self) })
            }
            (Step::Rollout, Some(session)) => return self.enroll(session),
            (Step::Live, Some(session)) => {
                let order = if self.sign_in.issued { Order::Forget(session) } else { Order::Revoke(session) };
                let events = self.online().into_iter().collect();
                Go { orders: vec![order], events, ..Go::stay() }
            }
            _ => Go::stay(),
        };
        self.take(go)
    }

    fn enroll(&mut self, session: crate::secret::SecretRef) -> Vec<Effect> {
        let Some(intent) = self.intent() else { return Vec::new() };
        self.rollout = Some(Rollout::new(self.now.run, self.setup.budget, self.setup.hold));
        vec![Effect::here(Order::Enroll(session, Box::new(intent)))]
    }

    fn review_again(&mut self, what: Text) -> Vec<Effect> {
        // With every proposal accepted beforehand, what there is now is accepted as well: another run may have
        // been faster, and its client is this machine's. A world that keeps changing is another matter.
        self.changes += 1;
        let accepted = self.setup.yes && self.changes <= CHANGES;
        if !accepted && self.setup.manner != Manner::Screen {
            return self.fail(Fault::Changed { what });
        }
        // Everything is read again, so that the next review shows what is there now.
        self.rollout = None;
        self.facts = None;
        self.step = Step::Client;
        self.note = Some(Fault::Changed { what }.sentence());
        let mut effects = vec![Effect::here(Order::Look)];
        if let Some((session, _)) = self.sign_in.session() {
            let go = self.client.start(session);
            effects.extend(self.take(go));
        }
        effects
    }

    /// The password is lost: where a person can answer, it is asked on another review.
    fn offer_reset(&mut self, fault: Fault) -> Vec<Effect> {
        let slug = match &fault {
            Fault::CredentialLost { slug, .. } => slug.parse::<Slug>().ok(),
            _ => None,
        };
        let answered = self.review.reset.is_some() || self.setup.yes || self.setup.manner == Manner::Nobody;
        let Some(slug) = slug.filter(|_| !answered) else { return self.fail(fault) };
        self.rollout = None;
        self.step = Step::Review;
        let changed = Some(Text::new(&fault.sentence()));
        self.review = review::Review { changed, reset: Some(slug), agreed: false };
        self.take(Go::event(Event::Review { lines: review::lines(self) }))
    }

    fn online(&self) -> Option<Event> {
        let intent = self.intent()?;
        let rollout = self.rollout.as_ref()?;
        let claimed = rollout.claimed.as_ref()?;
        Some(Event::Online {
            name: claimed.name.clone(),
            slug: claimed.namespace.clone(),
            location: claimed.location.clone(),
            cluster: intent.cluster,
            new: !matches!(claimed.how, How::Adopted | How::Reset),
            held: rollout.hold.as_secs(),
            took: self.now.run,
        })
    }

    pub(super) fn fail(&mut self, fault: Fault) -> Vec<Effect> {
        let exit = fault.exit();
        self.events.push(Event::Failed {
            sentence: fault.sentence(),
            next: fault.next(&self.setup.resume),
            exit: exit.code(),
            fault: fault.clone(),
        });
        let mut effects = Vec::new();
        if self.step == Step::Rollout {
            let slots =
                [super::effect::Slot::Enroll, super::effect::Slot::Rollout, super::effect::Slot::Presence];
            effects.extend(slots.map(|slot| Effect::here(Order::Stop(slot))));
        }
        self.failure = Some(fault);
        self.overlay = None;
        if self.setup.manner != Manner::Screen {
            effects.extend(self.leave(exit));
        }
        effects
    }

    fn leave(&mut self, exit: Exit) -> Vec<Effect> {
        if self.exit.is_some() {
            return Vec::new();
        }
        self.exit = Some(exit);
        if matches!(exit, Exit::Cancelled | Exit::Signal(_)) {
            self.events.push(Event::Left { kept: self.kept().into(), resume: self.setup.resume.clone() });
        }
        let mut effects = Vec::new();
        if let Some(session) = self.sign_in.held().filter(|_| self.session_ended.is_none()) {
            let order = if self.sign_in.issued { Order::Forget(session) } else { Order::Revoke(session) };
            // On the last step the session's end is under way already.
            if self.step != Step::Live {
                effects.push(Effect::here(order));
            }
        }
        effects.push(Effect::here(Order::Leave(exit)));
        effects
    }

    /// Answers what flags already answer, fails what nobody can answer, moves on where nothing is asked.
    fn settle(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        // Every round settles one step; there are fewer steps than this.
        for _ in 0..8 {
            if self.failure.is_some() || self.exit.is_some() {
                break;
            }
            if self.step == Step::Client && self.client.chosen.is_none() {
                if let Some(fault) = self.facts.as_ref().and_then(|facts| self.client.blocked(facts)) {
                    effects.extend(self.fail(fault));
                    break;
                }
                if self.client.whole
                    && let Some((_, account)) = self.sign_in.session()
                {
                    let account = account.clone();
                    if self.client.name.is_empty() {
                        self.client.propose(&self.setup.host, &account);
                    }
                }
            }
            if self.step == Step::Live
                && self.session_ended.is_some() | self.sign_in.issued
                && self.setup.manner != Manner::Screen
            {
                effects.extend(self.leave(Exit::Online));
                break;
            }
            let Some(question) = self.question() else { break };
            // A name given by flag answers the question for the client, if a new one is what the first row means.
            let named =
                self.step == Step::Client && self.setup.name.is_some() && self.setup.manner != Manner::Screen;
            if (self.setup.yes && question.yes) || named {
                effects.extend(self.answer(&Text::default()));
            } else if self.setup.manner == Manner::Nobody {
                effects.extend(self.fail(Fault::NeedsPerson {
                    question: question.text.as_str().into(),
                    flag: question.flag,
                }));
            } else {
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
            Step::SignIn => self.sign_in.question(),
            Step::Client => self.client.question(self.facts.as_ref()),
            Step::Location => self.location.question(),
            Step::Review => self.review.question(),
            Step::Rollout | Step::Live => None,
        }
    }
}
