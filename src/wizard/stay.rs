//! Staying signed in: a session that is there from an earlier run, and one that outlives this run.

use super::Wizard;
use super::effect::{Effect, Order};
use super::event::Event;
use super::flow::Go;
use crate::error::{Exit, Fault};
use crate::foreign::Text;
use crate::model::Step;
use crate::secret::SecretRef;

/// What becomes of the session, and whether one is there already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stay {
    /// A session that an earlier run kept.
    pub stored: Option<Stored>,
    /// Where the session of this run will rest; without it, the session ends with the run.
    pub keep: Option<Rest>,
    /// What was found on the way to this run, to be told at once.
    pub notes: Vec<Text>,
    /// The command that signs out again; our own words only.
    pub sign_out: String,
}

/// A session that an earlier run kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its token.
    pub session: SecretRef,
    /// The account it was kept for: what the server must say too.
    pub account: u64,
    /// Where it rests.
    pub place: Text,
}

/// A place for a session, tried before anybody signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    /// What the place is called in a sentence.
    pub place: Text,
    /// Why this one.
    pub why: Text,
}

/// How far keeping the session is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeping {
    /// Not begun.
    #[default]
    Not,
    /// It is being put away.
    UnderWay,
    /// It rests, and outlives the run.
    Done,
}

impl Wizard {
    /// Whether this run is about a machine, and not about a session alone.
    pub fn looks(&self) -> bool {
        self.setup.shape.steps.iter().any(|step| *step != Step::SignIn)
    }

    /// Whether a code may be asked for: somebody can say who approved it.
    pub(super) fn may_ask(&self) -> bool {
        let unattended = self.setup.yes || self.setup.manner == super::Manner::Nobody;
        self.setup.profile.expect_account.is_some() || !unattended
    }

    /// The last step is done: the session is put away if it is to stay.
    pub(super) fn finish(&mut self) -> Vec<Effect> {
        match self.keep() {
            Some(order) => vec![Effect::here(order)],
            None => self.leave(Exit::Online),
        }
    }

    /// The order to put the session away, if this run has one that is to stay and does not rest yet.
    pub(super) fn keep(&mut self) -> Option<Order> {
        self.setup.stay.keep.as_ref().filter(|_| self.sign_in.stored.is_none())?;
        let (session, account) = self.sign_in.session()?;
        let order = Order::Keep(session, Box::new(account.clone()));
        self.keeping = Keeping::UnderWay;
        Some(order)
    }

    /// Whether nothing more happens to the session.
    pub(super) fn session_settled(&self) -> bool {
        if self.issues() {
            return true;
        }
        let foreign = self.sign_in.issued || self.sign_in.stored.is_some();
        match self.keeping {
            Keeping::Not => self.session_ended.is_some() || foreign,
            Keeping::UnderWay => false,
            Keeping::Done => true,
        }
    }

    /// The session was put away, or could not be.
    pub(super) fn put_away(&mut self, end: Result<Vec<Text>, Fault>) -> Vec<Effect> {
        if self.keeping != Keeping::UnderWay {
            return Vec::new();
        }
        let place = self.setup.stay.keep.as_ref().map(|rest| rest.place.clone()).unwrap_or_default();
        match end {
            Ok(notes) => {
                self.keeping = Keeping::Done;
                self.events.extend(notes.into_iter().map(|text| Event::Note { text }));
                let sign_out = self.setup.stay.sign_out.clone();
                self.events.push(Event::SessionKept { place, sign_out });
                // After the last step nothing is left to do; online is left by a person, or by `settle`.
                if self.step == Step::SignIn && self.exit.is_none() {
                    return self.leave(Exit::Online);
                }
                Vec::new()
            }
            Err(fault) => {
                self.keeping = Keeping::Not;
                if self.step == Step::SignIn && self.exit.is_none() {
                    return self.fail(fault);
                }
                // The machine is enrolled all the same; a session without a place ends.
                self.setup.stay.keep = None;
                let why = Text::new(&fault.sentence());
                let orders = self.sign_in.held().map(|session| self.sign_in.ending(session));
                let go = Go { orders: orders.into_iter().collect(), ..Go::event(Event::Note { text: why }) };
                self.take(go)
            }
        }
    }
}
