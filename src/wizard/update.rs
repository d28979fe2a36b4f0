//! One message in, effects out: hands messages to panes. What panes return is carried out in `walk`; failures
//! and the end are in `end`.

use std::time::Duration;

use super::client::unusable;
use super::died::died;
use super::effect::{Effect, Order, Slot};
use super::event::Event;
use super::flow::Go;
use super::machine::Open;
use super::msg::{Action, Moment, Msg, Reply};
use super::retire::Phase as Retiring;
use super::rollout::Rollout;
use super::sign_in::Phase;
use super::words::{STILL_LOOKING, STILL_READING, UNCLEAR};
use super::{Manner, Overlay, Wizard};
use crate::error::{Exit, Fault};
use crate::foreign::Text;
use crate::model::{Facts, How, Polled, Step};

/// How often a line face says that it still waits.
const LINE_EVERY: Duration = Duration::from_secs(30);

impl Wizard {
    /// Takes a message at its time; returns what to do outside.
    pub fn update(&mut self, now: Moment, msg: Msg) -> Vec<Effect> {
        self.now = now;
        if self.exit.is_some() {
            return self.after_the_end(msg);
        }
        let before = self.whereabouts();
        let said = self.note.clone();
        let mut effects = match msg {
            Msg::Act(action) => self.act(&action),
            Msg::Tick => self.tick(),
            Msg::Reply(_, reply) => self.reply(*reply),
            Msg::Died(_, slot, words) => self.reply(died(slot, words, self.issues())),
            Msg::Signal(n) => self.leave(Exit::Signal(n)),
        };
        effects.extend(self.settle());
        if self.whereabouts() != before {
            self.screen += 1;
            // What was said about one screen is not left standing on the next.
            if self.note == said {
                self.note = None;
            }
        }
        effects
    }

    /// What makes one screen another one, as far as a consequential Enter goes.
    fn whereabouts(&self) -> impl PartialEq + use<> {
        let leaving = self.overlay.map(|overlay| match overlay {
            Overlay::Leaving(_) => Overlay::Leaving(0),
            other => other,
        });
        (
            self.step,
            (self.failure.is_some(), self.issue.choosing()),
            leaving,
            self.exit.is_some(),
            std::mem::discriminant(&self.sign_in.phase),
            matches!(self.machine.open(), Some(Open::Consent(_))),
        )
    }

    fn act(&mut self, action: &Action) -> Vec<Effect> {
        self.note = None;
        if let Action::Answer(words) = action {
            return self.answer(words);
        }
        if matches!(self.overlay, Some(Overlay::Qr | Overlay::Spell))
            && matches!(action, Action::Token | Action::Browser)
        {
            self.overlay = None;
        }
        match (self.overlay, action) {
            (Some(Overlay::Leaving(row)), action) => return self.leaving(row, action),
            // Any key closes the help but those that turn its pages; leaving is still meant by the one that always
            // means it.
            (Some(Overlay::Help(page)), action) if *action != Action::Interrupt => {
                self.overlay = match action {
                    Action::PageDown => Some(Overlay::Help(page.wrapping_add(1))),
                    Action::PageUp => Some(Overlay::Help(page.saturating_sub(1))),
                    _ => None,
                };
                return Vec::new();
            }
            (Some(Overlay::Qr), Action::QrAlone | Action::Back | Action::Enter)
            | (Some(Overlay::Spell), Action::Spell | Action::Back | Action::Enter) => {
                self.overlay = None;
                return Vec::new();
            }
            (None, Action::QrAlone) if matches!(self.sign_in.phase, Phase::Code { .. }) => {
                self.overlay = Some(Overlay::Qr);
                return Vec::new();
            }
            (None, Action::Spell) if matches!(self.sign_in.phase, Phase::Code { .. }) => {
                self.overlay = Some(Overlay::Spell);
                return Vec::new();
            }
            (_, Action::Help) => {
                self.overlay = Some(Overlay::Help(0));
                return Vec::new();
            }
            (_, Action::Leave | Action::Interrupt) => return self.ask_to_leave(),
            _ => {}
        }
        if self.issue.choosing() {
            return self.choose(action);
        }
        if self.failure.is_some() {
            return if *action == Action::Enter { self.try_again() } else { Vec::new() };
        }
        let session = self.sign_in.session().map(|(session, _)| session);
        let issued = self.issues();
        let go = match self.step {
            Step::Profile => self.profile.act(action),
            Step::Machine => {
                let go = self.machine.act(action);
                return self.at_machine(go);
            }
            Step::SignIn
                if *action == Action::Back
                    && self.home.known
                    && self.sign_in.waits()
                    && !self.sign_in.goes_back() =>
            {
                Go::back()
            }
            Step::SignIn if matches!(action, Action::Entered(_)) => self.hidden(action),
            Step::SignIn => self.sign_in.act(action),
            Step::Client => self.client.act(action, self.facts.as_ref()),
            Step::Location => self.location.act(action),
            Step::Review if self.issues() && self.issue.findings.is_none() => Go::stay(),
            Step::Review => self.review.act(action, self.facts.as_ref()),
            Step::Rollout => self.rollout.as_mut().map_or_else(Go::stay, |rollout| rollout.act(action)),
            Step::Home if *action == Action::Enter => {
                let row = self.home.focused(issued);
                return self.at_home(row);
            }
            Step::Home => self.home.act(action, issued),
            Step::Retire if self.issues() => return self.at_parting(action),
            Step::Change => self.change.act(action, session),
            Step::Retire if matches!(self.retire.phase, Retiring::Done(..)) => match action {
                Action::Enter => return self.leave(Exit::Online),
                _ => Go::stay(),
            },
            Step::Retire => self.retire.act(action, session),
            Step::Live if self.asks_to_stay() => return self.answer_stay(action),
            Step::Live if *action == Action::Enter => return self.leave(Exit::Online),
            Step::Live => Go::stay(),
        };
        self.take(go)
    }

    fn tick(&mut self) -> Vec<Effect> {
        if self.unanswered() {
            return self.stay(0);
        }
        let issues = self.issues();
        let go = match (self.step, &mut self.rollout) {
            _ if issues => self.hide_in_time(),
            (Step::Rollout, Some(rollout)) if self.failure.is_none() => rollout.tick(self.now),
            _ => Go::stay(),
        };
        let effects = self.take(go);
        let since = |earlier| self.now.run.saturating_sub(earlier);
        // While a question stands, the program waits for nothing but its answer.
        let waits = self.setup.manner != Manner::Screen && self.exit.is_none() && self.question().is_none();
        if waits && since(self.last_line) >= LINE_EVERY {
            let seconds = since(self.last_news).as_secs();
            self.last_line = self.now.run;
            let what = super::words::awaited(self);
            self.events.push(Event::Waiting { what: Text::new(&what), seconds });
        }
        effects
    }

    fn reply(&mut self, reply: Reply) -> Vec<Effect> {
        let session = self.sign_in.session().map(|(session, _)| session);
        let mut adopted = None;
        let go = match reply {
            Reply::Prepared(end) => return self.prepared(end),
            Reply::Surveyed(survey) => return self.surveyed(*survey),
            Reply::Clock(server) => self.compare_clocks(server),
            Reply::Reader(reader) => self.read_along(reader),
            Reply::Looked(told) => {
                // A machine that is enrolled already opens on its own page, and nobody needs a phone for it.
                let enrolled = matches!(&told, Ok(facts) if self.may_open_home() && self.is_enrolled(facts));
                let free =
                    self.sign_in.waits() && !self.sign_in.goes_back() && self.sign_in.reverse().is_none();
                if enrolled && self.step == Step::SignIn && free && !self.home.known {
                    return self.go_home();
                }
                self.looked(told)
            }
            Reply::Health(told) => return self.healthy(told),
            Reply::Edited(end) => return self.edited(end),
            Reply::Retired(end) => return self.retired(end),
            Reply::Selected(Ok(())) => Go::stay(),
            Reply::Selected(Err(fault)) => Go::event(Event::Note { text: fault.sentence().into() }),
            Reply::Progress(stage) if self.step == Step::Retire => {
                let (now, started) =
                    (self.now.run, self.retire.stages.first().map_or(self.now.run, |first| first.1));
                self.retire.progress(stage, now, started)
            }
            Reply::Located(guess) => {
                self.location.located(guess);
                Go::stay()
            }
            Reply::Code(grant) => self.coded(grant),
            Reply::Ways(ways) => {
                self.sign_in.ways = ways;
                Go::stay()
            }
            Reply::Link(link) => self.sign_in.link(link, self.now.run, self.setup.manner == Manner::Asked),
            Reply::Opened(end) => self.opened(end),
            Reply::Unfit(unfit) => self.not_fit(unfit),
            Reply::Found(end) => self.found(end),
            Reply::Issued(issued) => self.issued(issued),
            Reply::Fitted(fitted) => return self.fitted(*fitted),
            Reply::Stood(told) => return self.stood(told),
            Reply::Parted(end) => return self.parted(end),
            Reply::Settled(end) => self.settled(end),
            Reply::Polled(told) => {
                if matches!(told, Polled::ReverseCode { .. }) {
                    self.blank_the_code();
                }
                self.sign_in.polled(told)
            }
            Reply::SignedIn(end) => {
                self.blank_the_code();
                self.sign_in.ended(end, self.setup.manner != Manner::Nobody)
            }
            Reply::Who(who) => {
                let may_ask = self.may_ask();
                let expected = self.expected();
                self.sign_in.who(who, expected, may_ask)
            }
            Reply::Clients(page) => match self.sign_in.session() {
                Some((session, account)) => {
                    let go = self.client.page(session, page);
                    self.client.propose(&self.setup.host, account);
                    go
                }
                None => Go::stay(),
            },
            Reply::Progress(stage) => self.on_rollout(|rollout, now| rollout.progress(stage, now.run)),
            Reply::RolloutEnded(fault) => self.on_rollout(|_, _| Go::fail(fault)),
            Reply::Claimed(Err(Fault::Changed { what })) => return self.review_again(what),
            // It became unclear since the review, which did not ask.
            Reply::Claimed(Err(Fault::NeedsPerson { .. }))
                if self.setup.manner == Manner::Screen && !self.setup.yes =>
            {
                return self.review_again(UNCLEAR.into());
            }
            Reply::Claimed(Err(fault @ Fault::CredentialLost { .. })) => return self.offer_reset(fault),
            Reply::Claimed(Err(fault @ Fault::FieldRefused { .. })) => return self.ask_again(fault),
            Reply::Claimed(end) => match session {
                Some(session) => {
                    if let Ok(claimed) = &end
                        && claimed.how == How::Adopted
                    {
                        adopted = self.pointer(claimed);
                    }
                    self.on_rollout(|rollout, _| rollout.claimed(session, end.map(|claimed| *claimed)))
                }
                None => Go::stay(),
            },
            Reply::Snapshot(snapshot) => self.on_rollout(|rollout, now| rollout.snapshot(snapshot, now)),
            Reply::Presence(told) => match session {
                Some(session) => self.on_rollout(|rollout, now| rollout.presence(session, told, now)),
                None => Go::stay(),
            },
            Reply::Kept(end) => return self.put_away(end),
            Reply::Revoked(end) if self.sign_in.phase == Phase::Refusing => self.sign_in.revoked(end.is_ok()),
            Reply::Revoked(end) => {
                // Before the last step this is the end of an earlier session, not of the one in use.
                if self.step == Step::Live {
                    self.session_ended = Some(end.is_ok());
                }
                Go::event(Event::SessionEnded { confirmed: end.is_ok() })
            }
        };
        let ready = self.facts.is_some() && self.client.whole;
        if ready && self.note.as_deref().is_some_and(|note| [STILL_LOOKING, STILL_READING].contains(&note)) {
            self.note = None;
        }
        let mut effects = self.take(go);
        if let Some(selected) = adopted {
            effects.extend(self.select(selected));
        }
        effects
    }

    /// Takes away what shows the code over the pane: it is approved, or dead.
    fn blank_the_code(&mut self) {
        if matches!(self.overlay, Some(Overlay::Qr | Overlay::Spell)) {
            self.overlay = None;
        }
    }

    /// The cluster was looked at.
    pub(super) fn looked(&mut self, told: Result<Box<Facts>, Fault>) -> Go {
        match told {
            // What was reviewed stays as it was read; only when it was given up is it read again.
            _ if self.facts.is_some() => Go::stay(),
            Ok(facts) => {
                let fault = unusable(&facts);
                if fault.is_none() {
                    self.facts = Some((*facts).clone());
                }
                Go { fault, ..Go::event(Event::Machine { facts }) }
            }
            Err(fault) => Go::fail(fault),
        }
    }

    /// A reply about the rollout counts only while there is one, and no failure page over it.
    fn on_rollout(&mut self, change: impl FnOnce(&mut Rollout, Moment) -> Go) -> Go {
        let here = self.reached() == Step::Rollout && self.failure.is_none();
        let mut go = match &mut self.rollout {
            Some(rollout) if here => change(rollout, self.now),
            _ => Go::stay(),
        };
        if let Some(away) = &mut self.away {
            // It is told once there is a session again to try anything with.
            away.ended = go.fault.take().or(away.ended.take());
        }
        go
    }

    /// After the end only sessions matter: each is ended, and its end is told.
    fn after_the_end(&mut self, msg: Msg) -> Vec<Effect> {
        let confirmed = match msg {
            Msg::Reply(_, reply) => match *reply {
                Reply::Revoked(end) => end.is_ok(),
                Reply::Kept(end) => return self.put_away(end),
                Reply::Fitted(fitted) => return self.fitted_late(*fitted),
                Reply::Issued(issued) => return vec![Effect::here(Order::Rescue(issued))],
                Reply::SignedIn(Ok(session)) => return vec![Effect::here(Order::Revoke(session))],
                _ => return Vec::new(),
            },
            Msg::Died(_, Slot::Revoke, _) => false,
            Msg::Died(_, slot @ Slot::Keep, words) => {
                return self.put_away(Err(Fault::Died { part: slot.words().into(), words }));
            }
            _ => return Vec::new(),
        };
        self.session_ended = Some(confirmed);
        self.events.push(Event::SessionEnded { confirmed });
        Vec::new()
    }
}
