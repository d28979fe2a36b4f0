//! The wizard: a pure machine. `update(now, message)` changes the state and returns effects; nothing here
//! draws, waits, reads a clock or touches the world. Every face shows this one state.

use std::time::Duration;

use crate::error::{Exit, Fault};
use crate::model::{Consent, Facts, Intent, Reader, Sameness, Step};

mod again;
mod answer;
pub mod begin;
pub mod change;
pub mod checks;
pub mod client;
mod died;
pub mod effect;
mod end;
pub mod event;
mod field;
pub mod flow;
pub mod fuzzy;
pub mod health;
pub mod home;
pub mod issue;
pub mod keys;
pub mod life;
pub mod location;
pub mod machine;
pub mod msg;
pub mod part;
pub mod profile;
pub mod recording;
pub mod retire;
pub mod reverse;
pub mod review;
pub mod rollout;
mod routes;
mod setup;
pub mod sign_in;
pub mod spell;
pub mod standing;
pub mod stay;
mod update;
mod walk;
pub mod words;

use again::Away;
use change::Change;
use client::ClientPane;
use effect::Effect;
use event::Event;
use home::Home;
use issue::Issue;
use location::LocationPane;
use machine::MachinePane;
use msg::Moment;
use profile::ProfilePane;
use retire::Retire;
use reverse::Reverse;
use review::Review;
use rollout::Rollout;
use sign_in::ways::Hidden;
use sign_in::{Phase, SignIn};
use stay::{Keeping, Staying};

pub use setup::{Manner, Setup};

/// What lies over the pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlay {
    /// The keys; which page of them. How many there are is the face's to know: it counts on from the first.
    Help(usize),
    /// The QR alone.
    Qr,
    /// The code, letter by letter.
    Spell,
    /// "Leave?"; the focused row, 0 stays.
    Leaving(usize),
}

/// The whole state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wizard {
    /// What the run started with.
    pub setup: Setup,
    /// The time of the latest message.
    pub now: Moment,
    /// The step on the screen.
    pub step: Step,
    /// What is known of machine and cluster, once it was looked at.
    pub facts: Option<Facts>,
    /// Which profile.
    pub profile: ProfilePane,
    /// Which cluster, and what its kubeconfig asks for.
    pub machine: MachinePane,
    /// By how many seconds this machine's clock is ahead of the server's, once that is known.
    pub clock_ahead: Option<i64>,
    /// Who else can read what is sent to the server, if somebody can.
    pub reader: Option<Reader>,
    /// Signing in.
    pub sign_in: SignIn,
    /// Which identity.
    pub client: ClientPane,
    /// Where it stands.
    pub location: LocationPane,
    /// What is about to happen.
    pub review: Review,
    /// What is happening, after the yes.
    pub rollout: Option<Rollout>,
    /// What is issued with the sign-in, where that is so.
    pub issue: Box<Issue>,
    /// The page of an enrolled machine.
    pub home: Home,
    /// Saying something anew of its client.
    pub change: Change,
    /// Taking it out of the fleet.
    pub retire: Retire,
    /// Whether the session's end was confirmed by the server, once it was asked.
    pub session_ended: Option<bool>,
    /// How far keeping the session is, where it is to stay.
    pub keeping: Keeping,
    /// The question whether to stay signed in, at the end.
    pub staying: Staying,
    /// The step that waits for a new session, while one is fetched.
    pub away: Option<Away>,
    /// What lies over the pane.
    pub overlay: Option<Overlay>,
    /// The failure page over the step.
    pub failure: Option<Fault>,
    /// A word for the status line.
    pub note: Option<String>,
    /// How many of those there were, so that a line face tells the same word said twice.
    pub notes: u64,
    /// How the run ends, once that is settled.
    pub exit: Option<Exit>,
    /// Everything that happened; append-only.
    pub events: Vec<Event>,
    /// Counts the screens: a consequential Enter belongs to one of them.
    pub screen: u64,
    /// When something last happened.
    last_news: Duration,
    /// When a line face was last given a line.
    last_line: Duration,
    /// How often the world changed between the yes and the first write.
    changes: u8,
}

impl Wizard {
    /// The first state, and what to do at once: look at the machine, and sign in at the same time.
    pub fn new(setup: Setup, now: Moment) -> (Self, Vec<Effect>) {
        let mut wizard = Self {
            now,
            step: setup.shape.steps.first().copied().unwrap_or(Step::SignIn),
            facts: None,
            profile: ProfilePane::default(),
            machine: MachinePane::default(),
            clock_ahead: None,
            reader: None,
            sign_in: SignIn::default(),
            client: ClientPane::default(),
            location: LocationPane::new(setup.guess.clone()),
            review: Review::default(),
            rollout: None,
            issue: Box::default(),
            home: Home::default(),
            change: Change::default(),
            retire: Retire::default(),
            session_ended: None,
            keeping: Keeping::Not,
            staying: Staying::default(),
            away: None,
            overlay: None,
            failure: None,
            note: None,
            notes: 0,
            exit: None,
            events: Vec::new(),
            screen: 0,
            last_news: now.run,
            last_line: now.run,
            changes: 0,
            setup,
        };
        let mut effects = if wizard.setup.start.profiles.is_empty() {
            wizard.begin()
        } else {
            wizard.step = Step::Profile;
            wizard.profile.rows = std::mem::take(&mut wizard.setup.start.profiles);
            Vec::new()
        };
        effects.extend(wizard.settle());
        (wizard, effects)
    }

    /// Whether something on the screen counts seconds, or a line face should say that it still waits.
    pub fn counts(&self) -> bool {
        let code = self.step == Step::SignIn && self.sign_in.seconds_left(self.now.run).is_some();
        let counted = code || self.step == Step::Rollout || self.asks_to_stay();
        self.issue.reveal.is_some()
            || self.failure.is_none() && (counted || self.setup.manner != Manner::Screen)
    }

    /// Whether text is being typed, so that letters are text.
    pub fn typing(&self) -> bool {
        self.overlay.is_none()
            && self.failure.is_none()
            && match self.step {
                Step::SignIn => self.sign_in.field.is_some(),
                Step::Client => self.client.search.is_some() || self.client.editing.is_some(),
                Step::Location => self.location.search.is_some(),
                Step::Change => self.change.typing(),
                Step::Retire => self.types_to_retire(),
                _ => false,
            }
    }

    /// What is entered now without being shown, if anything is.
    pub fn masked(&self) -> Option<Hidden> {
        let field = self.sign_in.field.filter(|_| self.step == Step::SignIn && self.exit.is_none())?;
        (self.typing() && !field.sent).then_some(field.what)
    }

    /// Whether a paste is taken as such an entry: into the field, or before it is open where nothing else can be
    /// meant.
    pub fn takes_secret(&self) -> bool {
        let free = self.overlay.is_none() && self.failure.is_none() && self.exit.is_none();
        let browser = self.step == Step::SignIn && matches!(self.sign_in.phase, Phase::Browser { .. });
        self.masked().is_some() || free && browser && self.sign_in.field.is_none()
    }

    /// Whether digits are being typed: they are text, and every letter keeps its meaning.
    pub fn typing_digits(&self) -> bool {
        let typing = self.sign_in.reverse().is_some_and(Reverse::typing);
        typing && self.step == Step::SignIn && self.overlay.is_none() && self.failure.is_none()
    }

    /// Whether an Enter on this screen has consequences, so that it counts only when the screen was seen.
    pub fn consequential(&self) -> bool {
        matches!(self.overlay, Some(Overlay::Leaving(_)))
            || self.failure.is_some()
            || matches!(self.step, Step::Machine | Step::Review | Step::Change | Step::Retire)
            // Where the location alone is changed, its Enter is the yes.
            || self.step == Step::Location && self.setup.shape.steps.contains(&Step::Change)
            || self.issue.choosing()
            || matches!(self.sign_in.phase, Phase::Confirm(..))
    }

    /// Whether something is under way outside that leaving would interrupt.
    pub fn under_way(&self) -> bool {
        let running = matches!(self.retire.phase, retire::Phase::Running(_)) || self.is_parting();
        let retiring = running && self.step == Step::Retire;
        self.issue.reveal.is_some() || (self.reached() == Step::Rollout || retiring) && self.failure.is_none()
    }

    /// What was decided, once everything is.
    pub fn intent(&self) -> Option<Intent> {
        let chosen = self.client.chosen.as_ref()?;
        let (_, account) = self.sign_in.session()?;
        let facts = self.facts.as_ref()?;
        let location = chosen.location.clone().or_else(|| Some(self.location.chosen.as_ref()?.0.clone()))?;
        Some(Intent {
            choice: chosen.choice.clone(),
            name: chosen.name.clone(),
            slug: chosen.slug.clone(),
            location,
            account: account.id,
            cluster: facts.cluster_id.value()?.clone(),
            release: facts.release.clone(),
            ahead: facts.ahead,
            consent: self.consent(),
        })
    }

    /// What was agreed to beyond the plain yes: by flag, or on a review that said so.
    fn consent(&self) -> Consent {
        let seen = self.review.agreed && self.setup.manner != Manner::Nobody && !self.setup.yes;
        // A yes answers only what the review asked.
        let unclear = self.facts.as_ref().is_some_and(|facts| matches!(facts.machine, Sameness::Unclear(_)));
        Consent {
            same_machine: self.setup.consent.same_machine || seen && unclear,
            reset: self.review.reset.clone().filter(|_| seen).or_else(|| self.setup.consent.reset.clone()),
            take_over: self.setup.consent.take_over,
            replace: self.setup.consent.replace,
        }
    }

    /// What leaving now would leave behind, in one sentence.
    pub fn kept(&self) -> &'static str {
        if self.issues() {
            return self.kept_of_issue();
        }
        match (&self.rollout, self.step) {
            (_, Step::Home | Step::Change) => "The machine stays as it is.",
            (_, Step::Retire) => match self.retire.phase {
                retire::Phase::Looking | retire::Phase::Asking(_) => "Nothing outside was changed.",
                retire::Phase::Running(_) => "What is done stays done; a re-run goes on from there.",
                retire::Phase::Done(..) => "What is done stays done.",
            },
            (_, Step::Live) => "The machine is enrolled and stays so.",
            (Some(rollout), _) if rollout.claimed.is_some() => {
                "The client, its credential and what was applied stay; a re-run comes back here."
            }
            (Some(_), _) => "The claim may have reached the control plane; a re-run finds it and goes on.",
            _ => "Nothing outside was changed.",
        }
    }
}
