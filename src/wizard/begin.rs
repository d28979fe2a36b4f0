//! How a run begins: a profile to choose, a cluster to choose, then the sign-in. Each is skipped where nothing
//! is to be asked.

use super::effect::{Effect, Order};
use super::event::Event;
use super::flow::Go;
use super::location::LocationPane;
use super::machine::{MachinePane, Open};
use super::profile::ProfileRow;
use super::{Manner, Setup, Wizard};
use crate::error::{Exit, Fault};
use crate::foreign::Text;
use crate::model::{Approver, Reader, Slug, Step, Survey};

/// What a run starts with, before its first step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// The profiles to choose from, where none is configured. Of the setup only `manner` counts then: the
    /// chosen profile brings its own.
    pub profiles: Vec<ProfileRow>,
    /// What this machine offers as a cluster.
    pub survey: Survey,
    /// The namespace that a flag gives a new client.
    pub namespace: Option<Slug>,
    /// Where this run is noted, for whoever helps when it fails.
    pub log: Option<Text>,
    /// Whether a flag agrees to what the kubeconfig asks for beyond a connection.
    pub allowed: bool,
}

impl Wizard {
    /// The first word and the first orders of a run whose profile is known.
    pub(super) fn begin(&mut self) -> Vec<Effect> {
        let profile = &self.setup.profile;
        self.events.push(Event::Started {
            profile: profile.name.clone(),
            host: profile.host.clone(),
            version: env!("CARGO_PKG_VERSION"),
        });
        if let Some(name) = &self.setup.name {
            self.client.name = name.to_string();
            self.client.named = true;
        }
        self.client.given = self.setup.start.namespace.clone();
        let notes = self.setup.stay.notes.clone();
        self.events.extend(notes.into_iter().map(|text| Event::Note { text }));
        let in_hand = self.setup.token.is_some() || self.setup.stay.stored.is_some();
        let known = self.setup.shape.approver == Approver::Administrator;
        if !in_hand && !known && !self.may_ask() {
            // Nobody could confirm who approved; better to say so before a person walks to a phone.
            let fault = Fault::NeedsPerson {
                question: "who may approve this sign-in?".into(),
                flag: "--expect-account ID",
            };
            // On the full screen too: no key there could answer it.
            return self.give_up(fault);
        }
        self.machine = MachinePane::new(self.setup.start.survey.clone(), self.setup.start.allowed);
        self.go_on()
    }

    /// To what is still to be settled of this machine, or else to the sign-in.
    fn go_on(&mut self) -> Vec<Effect> {
        if !self.looks() || self.issues() {
            return self.start_signing_in();
        }
        let asked = self.setup.manner != Manner::Nobody;
        match self.machine.open() {
            None => {
                let take = self.machine.take();
                let mut effects = self.take(take);
                effects.extend(self.start_signing_in());
                effects
            }
            Some(Open::Trouble(_)) if self.setup.manner != Manner::Screen => self.no_way(),
            Some(Open::Ways(_)) if !asked => self.no_way(),
            Some(_) => {
                self.step = Step::Machine;
                Vec::new()
            }
        }
    }

    fn no_way(&mut self) -> Vec<Effect> {
        self.give_up(self.machine.fault())
    }

    /// Why there is no way to a cluster, where that is on the screen.
    pub(super) fn trouble(&self) -> Option<Fault> {
        match self.machine.open() {
            Some(Open::Trouble(fault)) if self.step == Step::Machine => Some(fault.clone()),
            _ => None,
        }
    }

    /// Ends the run by a failure that no key here could answer.
    pub(super) fn give_up(&mut self, fault: Fault) -> Vec<Effect> {
        let exit = fault.exit();
        let mut effects = self.fail(fault);
        effects.extend(self.leave(exit));
        effects
    }

    /// Looks at the machine, and signs in at the same time.
    pub(super) fn start_signing_in(&mut self) -> Vec<Effect> {
        self.step = self.setup.shape.steps.first().copied().unwrap_or(Step::SignIn);
        if let Some(rest) = self.setup.stay.keep.clone() {
            self.events.push(Event::SessionStore { place: rest.place, why: rest.why });
        }
        // Where a machine was enrolled before, it is looked at before anybody is asked for a phone.
        if self.may_open_home() && self.setup.life.selected.is_some() {
            return self.go_home();
        }
        if self.issues() && self.step == Step::Retire {
            return self.enter_parting();
        }
        let mut effects = Vec::new();
        if self.looks() && self.facts.is_none() {
            effects.push(Effect::here(Order::Look));
            if self.setup.locate && self.setup.location.is_none() {
                self.location.asking = true;
                effects.push(Effect::here(Order::Locate));
            }
        }
        if self.step == Step::SignIn {
            let go = self.begin_sign_in();
            effects.extend(self.take(go));
        }
        effects
    }

    /// What the pane of this machine returned.
    pub(super) fn at_machine(&mut self, go: Go) -> Vec<Effect> {
        if go.next {
            return self.go_on();
        }
        if go.back {
            return self.leave(Exit::Cancelled);
        }
        self.take(go)
    }

    /// This machine was looked at again.
    pub(super) fn surveyed(&mut self, survey: Survey) -> Vec<Effect> {
        if self.step != Step::Machine {
            return Vec::new();
        }
        self.machine.surveyed(survey);
        if let Some(Open::Trouble(fault)) = self.machine.open() {
            self.note = Some(fault.sentence());
            self.notes += 1;
        }
        self.go_on()
    }

    /// The chosen profile is ready, or cannot be used.
    pub(super) fn prepared(&mut self, end: Result<Box<Setup>, Fault>) -> Vec<Effect> {
        if self.step != Step::Profile {
            return Vec::new();
        }
        self.profile.preparing = false;
        match end {
            Ok(setup) => {
                self.location = LocationPane::new(setup.guess.clone());
                self.setup = *setup;
                self.step = self.setup.shape.steps.first().copied().unwrap_or(Step::SignIn);
                self.begin()
            }
            Err(fault) => self.fail(fault),
        }
    }

    /// The server's clock was read: a machine whose own is far off will not be believed for long.
    pub(super) fn compare_clocks(&mut self, server: jiff::Timestamp) -> Go {
        let ahead = self.now.wall.duration_since(server).as_secs();
        let first = self.clock_ahead.replace(ahead).is_none();
        if !first || ahead.abs() < CLOCK_TOLERANCE {
            return Go::stay();
        }
        let text = Text::new(&format!("This machine's {}.", clock_ahead(ahead)));
        Go::event(Event::Note { text })
    }

    /// Somebody else can read what is sent to the server: told once, and shown while somebody signs in.
    pub(super) fn read_along(&mut self, reader: Reader) -> Go {
        if self.reader.as_ref() == Some(&reader) {
            return Go::stay();
        }
        self.reader = Some(reader.clone());
        Go::event(Event::Reader { reader })
    }
}

/// Clocks may differ by so many seconds without anybody minding: certificates and tokens are dated to the
/// minute.
pub const CLOCK_TOLERANCE: i64 = 60;

/// How a clock stands that is this many seconds ahead of the server's.
pub fn clock_ahead(seconds: i64) -> String {
    if seconds.abs() < CLOCK_TOLERANCE {
        return "clock agrees with the server's".into();
    }
    let (way, by) = if seconds > 0 { ("ahead of", seconds) } else { ("behind", -seconds) };
    let by = match by {
        0..120 => format!("{by} s"),
        120..7200 => format!("{} min", by / 60),
        7200..172_800 => format!("{} hours", by / 3600),
        _ => format!("{} days", by / 86_400),
    };
    format!("clock is {by} {way} the server's; set it, or certificates and codes may not be accepted")
}
