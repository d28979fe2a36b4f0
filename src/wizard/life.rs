//! After an enrollment: the home page and its errands, and the pointer to the selected client.

use super::change::Change;
use super::effect::{Effect, Order, Slot};
use super::event::Event;
use super::flow::Go;
use super::home::{Home, Row};
use super::retire::{Phase as Retiring, Retire, Wanted};
use super::sign_in::Phase;
use super::{Manner, Wizard, health};
use crate::error::{Exit, Fault};
use crate::model::{
    Claimed, Client, Consent, Facts, Health, Leaving, Location, Release, Retired, Sameness, Selected, Step,
    View,
};

const HOME: &[Step] = &[Step::Home];
const RENAME: &[Step] = &[Step::SignIn, Step::Change];
const MOVE: &[Step] = &[Step::SignIn, Step::Location, Step::Change];
const RETIRE: &[Step] = &[Step::SignIn, Step::Retire];

/// What a run knows of this machine's life before it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// The client that earlier runs selected at this control plane.
    pub selected: Option<Selected>,
    /// Whether an enrolled machine opens on its own page.
    pub home: bool,
    /// The command that retires this machine; our own words only.
    pub retire: String,
    /// The command that asks the doctor about it; our own words only.
    pub doctor: String,
    /// The command that looks at it; our own words only.
    pub status: String,
    /// What flags say about retiring.
    pub wanted: Wanted,
    /// A recording is shown, and whether it has come to its end.
    pub replay: Option<bool>,
}

impl Wizard {
    /// Whether an enrolled machine opens on its own page: a person is there, and no flag says to enroll.
    pub(super) fn may_open_home(&self) -> bool {
        let setup = &self.setup;
        setup.life.home
            && setup.manner != Manner::Nobody
            && !setup.yes
            && setup.token.is_none()
            && setup.name.is_none()
            && setup.location.is_none()
            && setup.consent == Consent::default()
    }

    /// Whether what lives there is this machine's own enrollment, by what this program noted there or here.
    pub(super) fn is_enrolled(&self, facts: &Facts) -> bool {
        let Release::One { username, .. } = &facts.release else { return false };
        let selected = self.setup.life.selected.as_ref();
        facts.machine != Sameness::Copy
            && (facts.owner.is_some() || selected.is_some_and(|selected| selected.username == *username))
    }

    /// To the home page, which looks at once. A sign-in that waits for a person is dropped.
    pub(super) fn go_home(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.sign_in.field = None;
        if self.sign_in.waits() && self.sign_in.phase != Phase::Idle {
            effects.push(Effect::here(Order::Stop(Slot::SignIn)));
            self.sign_in.phase = Phase::Idle;
        }
        if !self.home.known {
            self.home = Home { known: true, whole: self.setup.shape.steps, ..Home::default() };
        }
        self.setup.shape.steps = HOME;
        if let Some(resume) = self.home.resume.take() {
            self.setup.resume = resume;
        }
        self.step = Step::Home;
        effects.extend(if self.issues() { self.go_to_registered_home() } else { self.look() });
        effects
    }

    fn look(&mut self) -> Vec<Effect> {
        self.home.looking = true;
        let kept = self.setup.stay.stored.as_ref().map(|stored| stored.session);
        let session = self.sign_in.session().map(|(session, _)| session).or(kept);
        vec![Effect::here(Order::Health(session))]
    }

    /// A choice on the home page.
    pub(super) fn at_home(&mut self, row: Row) -> Vec<Effect> {
        match row {
            Row::Look if self.issues() => self.go_to_registered_home(),
            Row::Look => self.look(),
            // On the full screen the shell lays the doctor over the page; lines are told the command.
            Row::Doctor => self.take(Go::note(format!("To ask the doctor, run: {}", self.setup.life.doctor))),
            Row::Retire | Row::Enroll | Row::Rotate if self.issues() => self.at_registered_home(row),
            Row::Rotate => Vec::new(),
            Row::Location => {
                self.location.chosen = None;
                self.errand(MOVE)
            }
            Row::Name => self.errand(RENAME),
            Row::Retire => {
                // What comes back to the way out is another command than the one that led here.
                self.home.resume =
                    Some(std::mem::replace(&mut self.setup.resume, self.setup.life.retire.clone()));
                self.errand(RETIRE)
            }
            Row::Enroll => {
                let whole = self.home.whole;
                self.facts = None;
                let mut effects = vec![Effect::here(Order::Look)];
                effects.extend(self.errand(whole));
                effects
            }
            Row::Leave => self.leave(Exit::Online),
        }
    }

    /// Begins a walk from the home page. Whoever is signed in already is not asked again.
    fn errand(&mut self, steps: &'static [Step]) -> Vec<Effect> {
        self.setup.shape.steps = steps;
        self.step = Step::SignIn;
        self.home.looking = false;
        if self.sign_in.session().is_some() {
            return self.take(Go::next());
        }
        let go = self.begin_sign_in();
        self.take(go)
    }

    /// Signs in with what is kept, what was issued, or a code.
    pub(super) fn begin_sign_in(&mut self) -> Go {
        match self.setup.stay.stored.clone() {
            Some(stored) => self.sign_in.stored(stored),
            None if self.issues() => self.ask_for_identity(),
            None => self.sign_in.start(self.setup.token),
        }
    }

    /// The machine was looked at.
    pub(super) fn healthy(&mut self, told: Box<Health>) -> Vec<Effect> {
        let session = self.sign_in.session().map(|(session, account)| (session, account.id));
        match (self.step, session) {
            (Step::Home, _) => self.at_home_looked(told),
            (Step::Retire, Some((_, account))) => {
                let setup = &self.setup;
                let unattended = setup.yes || setup.manner == Manner::Nobody;
                let go = self.retire.looked(&told, account, setup.life.wanted, &setup.consent, unattended);
                self.take(go)
            }
            (Step::Change, Some((session, account))) => {
                let go = match Leaving::of(&told, account) {
                    Ok(leaving) => self.change.found(leaving.client, session),
                    Err(fault) => Go::fail(fault),
                };
                self.take(go)
            }
            _ => Vec::new(),
        }
    }

    fn at_home_looked(&mut self, told: Box<Health>) -> Vec<Effect> {
        self.home.looking = false;
        // The pointer was wrong: nothing of ours lives here, so this is an enrollment like any other.
        if let Ok(facts) = &told.facts
            && !self.is_enrolled(facts)
        {
            let facts = facts.clone();
            self.setup.shape.steps = self.home.whole;
            self.home = Home::default();
            self.setup.life.selected = None;
            let go = self.looked(Ok(facts));
            let mut effects = self.take(go);
            if self.failure.is_none() {
                effects.extend(self.start_signing_in());
            }
            return effects;
        }
        let event = Event::Status {
            verdict: told.verdict(),
            sentence: health::headline(&told),
            lines: health::lines(&told, self.now.wall),
            troubles: health::troubles(&told),
        };
        self.home.health = Some(told);
        self.take(Go::event(event))
    }

    /// The change that the errand is about begins.
    pub(super) fn enter_change(&mut self) -> Go {
        let location: Option<Location> = self.location.chosen.as_ref().map(|(location, _)| location.clone());
        self.change = Change::to(location.filter(|_| self.setup.shape.steps.contains(&Step::Location)));
        self.survey()
    }

    /// The way out begins: with a look at both sides.
    pub(super) fn enter_retire(&mut self) -> Go {
        self.retire = Retire::default();
        self.survey()
    }

    fn survey(&self) -> Go {
        match self.sign_in.session() {
            Some((session, _)) => Go::order(Order::Health(Some(session))),
            None => Go::stay(),
        }
    }

    /// The server said what it makes of a change.
    pub(super) fn edited(&mut self, end: Result<Box<Client>, Fault>) -> Vec<Effect> {
        if self.step != Step::Change || !self.change.sending {
            return Vec::new();
        }
        self.change.sending = false;
        let client = match end {
            Ok(client) => client,
            Err(fault) => return self.fail(fault),
        };
        self.events.push(Event::Changed {
            name: client.name.clone(),
            namespace: client.namespace.clone(),
            location: client.location.clone(),
        });
        let mut effects = Vec::new();
        if let Some(selected) = self.setup.life.selected.clone().filter(|selected| selected.id == client.id) {
            let (name, location) = (client.name.clone(), client.location.clone());
            effects.extend(self.select(Selected { name, location, ..selected }));
        }
        if let Some(health) = &mut self.home.health
            && let View::Row(row, _) = &mut health.view
        {
            *row = client;
        }
        effects.extend(self.go_home());
        effects
    }

    /// Retiring ended.
    pub(super) fn retired(&mut self, end: Result<Box<Retired>, Fault>) -> Vec<Effect> {
        if self.step != Step::Retire {
            return Vec::new();
        }
        if end.is_ok() {
            self.setup.life.selected = None;
        }
        let go = self.retire.ended(end.map(|retired| *retired));
        let mut effects = self.take(go);
        let done = self.failure.is_none() && matches!(self.retire.phase, Retiring::Done(..));
        if done && self.setup.manner != Manner::Screen {
            effects.extend(self.leave(Exit::Online));
        }
        effects
    }

    /// Notes the client that this machine is.
    pub(super) fn select(&mut self, selected: Selected) -> Vec<Effect> {
        if self.setup.life.selected.as_ref() == Some(&selected) {
            return Vec::new();
        }
        self.setup.life.selected = Some(selected.clone());
        vec![Effect::here(Order::Select(Box::new(selected)))]
    }

    /// The pointer to a claimed client.
    pub(super) fn pointer(&self, claimed: &Claimed) -> Option<Selected> {
        let (_, account) = self.sign_in.session()?;
        Some(Selected {
            account: account.id,
            id: claimed.id,
            name: claimed.name.clone(),
            namespace: claimed.namespace.clone(),
            username: claimed.username.clone(),
            cluster: self.intent()?.cluster,
            location: claimed.location.clone(),
        })
    }

    /// Somebody is signed in: another person's selected client is dropped.
    pub(super) fn settled_who(&mut self) -> Vec<Effect> {
        let Some((_, account)) = self.sign_in.session() else { return Vec::new() };
        let id = account.id;
        match &self.setup.life.selected {
            Some(selected) if selected.account != id => {
                self.setup.life.selected = None;
                vec![Effect::here(Order::Unselect(id))]
            }
            _ => Vec::new(),
        }
    }
}
