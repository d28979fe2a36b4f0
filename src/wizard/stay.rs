//! Staying signed in: a session that is there from an earlier run, and one that outlives this run.

use std::time::Duration;

use super::{Manner, Wizard};
use serde::{Deserialize, Serialize};

use super::effect::{Effect, Order};
use super::event::Event;
use super::field::moved;
use super::flow::{Go, Question};
use super::msg::Action;
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
    /// Whether a person may be asked, at the end, to keep a session that no flag decides about.
    pub offer: bool,
    /// What was found on the way to this run, to be told at once.
    pub notes: Vec<Text>,
    /// The command that retires a machine; our own words only.
    pub retire: String,
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
    /// Whether it still does. A renewal that could not be put away lives in this run alone.
    pub rests: bool,
}

/// A place for a session, tried before anybody signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    /// What the place is called in a sentence.
    pub place: Text,
    /// Why this one.
    pub why: Text,
}

/// The question whether to stay signed in, at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Staying {
    /// The focused row; 0 is no.
    pub selected: usize,
    /// Since when it is asked, since the run began, while it is.
    pub asked: Option<Duration>,
}

/// Its answers, as rows.
pub const STAY_ROWS: [&str; 4] = [
    "no, end the session",
    "yes, keep it in your keyring",
    "yes, keep it in the kernel's keyring, until a restart or for 7 days",
    "yes, keep it in a file that only you (and root) can read",
];

/// How long that question stands: a session must not live on because nobody is there.
pub const STAY_ASKED: Duration = Duration::from_secs(120);

/// Where a person wants the session to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// The desktop's keyring.
    Keyring,
    /// The kernel's keyring of the user.
    Kernel,
    /// A file.
    File,
}

/// A session that rests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rested {
    /// What the place is called in a sentence.
    pub place: Text,
    /// What is worth knowing about it.
    pub notes: Vec<Text>,
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
        let unattended = self.setup.yes || self.setup.manner == Manner::Nobody;
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
        self.setup.stay.keep.as_ref().filter(|_| !self.sign_in.rests())?;
        let (session, account) = self.sign_in.session()?;
        let order = Order::Keep(session, Box::new(account.clone()), None);
        self.keeping = Keeping::UnderWay;
        Some(order)
    }

    /// Asks whether to stay signed in, where a person is there and nothing has decided it.
    pub(super) fn offers_to_stay(&mut self) -> bool {
        let person = self.setup.manner != Manner::Nobody && !self.setup.yes;
        let own = !self.sign_in.issued && !self.sign_in.rests();
        let offers = self.setup.stay.offer && person && own;
        self.staying.asked = offers.then_some(self.now.run);
        offers
    }

    /// Whether that question stands.
    pub fn asks_to_stay(&self) -> bool {
        self.step == Step::Live && self.staying.asked.is_some() && self.exit.is_none()
    }

    /// Seconds until it is taken to be answered by no.
    pub fn stay_seconds(&self) -> Option<u64> {
        let asked = self.staying.asked.filter(|_| self.asks_to_stay())?;
        Some(STAY_ASKED.saturating_sub(self.now.run.saturating_sub(asked)).as_secs())
    }

    /// Whether it stood long enough without an answer.
    pub(super) fn unanswered(&self) -> bool {
        self.stay_seconds() == Some(0)
    }

    /// The question as a line face asks it.
    pub(super) fn stay_question(&self) -> Option<Question> {
        self.asks_to_stay().then(|| Question {
            text: "Stay signed in on this machine?".into(),
            choices: STAY_ROWS.map(str::to_owned).to_vec(),
            typed: None,
            names: false,
            flag: "--stay-signed-in",
            yes: true,
        })
    }

    /// A person moves or answers.
    pub(super) fn answer_stay(&mut self, action: &Action) -> Vec<Effect> {
        match action {
            Action::Enter => return self.stay(self.staying.selected),
            moving => self.staying.selected = moved(self.staying.selected, STAY_ROWS.len(), 1, moving),
        }
        Vec::new()
    }

    /// The answer: one of the rows.
    pub(super) fn stay(&mut self, row: usize) -> Vec<Effect> {
        self.staying.asked = None;
        let Some((session, account)) = self.sign_in.session() else { return Vec::new() };
        let wish = match row {
            1 => Wish::Keyring,
            2 => Wish::Kernel,
            3 => Wish::File,
            _ => return vec![Effect::here(self.sign_in.ending(session))],
        };
        let order = Order::Keep(session, Box::new(account.clone()), Some(wish));
        self.keeping = Keeping::UnderWay;
        vec![Effect::here(order)]
    }

    /// What is to be said of the client that this machine replaces, once it is online.
    pub(super) fn replaced(&self) -> Option<Event> {
        let old = self.client.chosen.as_ref()?.replaces.as_ref()?;
        let command = &self.setup.stay.retire;
        let text = format!(
            "\"{old}\" stays in the account as it was. Once nothing needs it any more, retire it, on its own \
             machine: {command}"
        );
        Some(Event::Note { text: Text::within(&text, 400) })
    }

    /// Whether nothing more happens to the session.
    pub(super) fn session_settled(&self) -> bool {
        if self.issues() {
            return true;
        }
        let foreign = self.sign_in.issued || self.sign_in.rests();
        match self.keeping {
            Keeping::Not => self.session_ended.is_some() || foreign,
            Keeping::UnderWay => false,
            Keeping::Done => true,
        }
    }

    /// The session was put away, or could not be.
    pub(super) fn put_away(&mut self, end: Result<Rested, Fault>) -> Vec<Effect> {
        if self.keeping != Keeping::UnderWay {
            return Vec::new();
        }
        match end {
            Ok(Rested { place, notes }) => {
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
                if self.step == Step::Live && self.setup.stay.offer && self.exit.is_none() {
                    // Another place may do.
                    self.staying.asked = Some(self.now.run);
                    return self.take(Go::note(fault.sentence()));
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
