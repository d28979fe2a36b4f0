//! An identity that is issued together with the sign-in: what is there, the set-up, the questions on the way,
//! and a token that must be carried away by hand.

mod said;

use std::time::Duration;

use super::effect::{Effect, Order};
use super::event::Event;
use super::field::moved;
use super::flow::Go;
use super::msg::Action;
use super::part::Parting;
use super::sign_in::Phase;
use super::{Manner, Overlay, Wizard, words};
use crate::error::{Fault, SetUp};
use crate::foreign::Text;
use crate::model::{Badge, Credential, Findings, Fitted, Issued, Probe, Resting, Standing, Step};

/// How long a token stays on the screen.
pub const SHOWN_FOR: Duration = Duration::from_secs(30);

/// What is known and done so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issue {
    /// What was found on the machine.
    pub findings: Option<Findings>,
    /// How the set-up went.
    pub fitted: Option<Fitted>,
    /// Whether the server's new address is being asked about.
    pub asks: bool,
    /// The focused answer.
    pub selected: usize,
    /// What the control plane says to the token.
    pub probe: Option<Probe>,
    /// A token that a person must carry away.
    pub reveal: Option<Reveal>,
    /// How a registered machine stands, once it was looked at.
    pub standing: Option<Box<Standing>>,
    /// The way out.
    pub parting: Parting,
}

/// A token that found no place, until somebody says that they have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reveal {
    /// Why it is here.
    pub why: Text,
    /// Until when it is on the screen, since the run began.
    pub until: Option<Duration>,
    /// Whether it was on the screen.
    pub seen: bool,
    /// The focused row: show, or go on.
    pub selected: usize,
}

impl Issue {
    /// Whether one of two rows is to be chosen.
    pub fn choosing(&self) -> bool {
        self.asks || self.reveal.is_some()
    }
}

impl Wizard {
    /// Whether the control plane issues the identity with the sign-in.
    pub fn issues(&self) -> bool {
        self.setup.shape.credential == Credential::Issued
    }

    /// Signs in for an identity: with the token that was given, or by asking for a code.
    pub(super) fn ask_for_identity(&mut self) -> Go {
        match self.setup.token {
            Some(token) => {
                self.sign_in.phase = Phase::Starting;
                Go::order(Order::Register(token))
            }
            None => self.sign_in.start(None),
        }
    }

    /// The machine was looked at.
    pub(super) fn found(&mut self, end: Result<Box<Findings>, Fault>) -> Go {
        let survey = match end {
            Ok(survey) if self.issue.findings.is_none() => survey,
            Ok(_) => return Go::stay(),
            Err(fault) => return Go::fail(fault),
        };
        let mut go = Go::event(Event::Found { findings: survey.clone() });
        if let Some(obstacle) = &survey.obstacle {
            return Go { fault: Some(obstacle.clone()), ..go };
        }
        // A machine that is registered already opens on its own page, and nobody needs an administrator for it.
        let home = survey.badge == Badge::Registered && self.step == Step::Review && self.may_open_home();
        self.issue.findings = Some(*survey);
        if home {
            go.home = true;
            return go;
        }
        if self.step == Step::Review {
            go.events.push(Event::Review { lines: super::review::lines(self) });
        }
        go
    }

    /// A code that an administrator approves is told with the machine's name.
    pub(super) fn for_administrator(&self, mut go: Go) -> Go {
        if words::asks_administrator(self) {
            for event in &mut go.events {
                if let Event::Code { machine, .. } = event {
                    *machine = Some(self.setup.host.clone());
                }
            }
        }
        go
    }

    /// The sign-in brought identity and credential.
    pub(super) fn issued(&mut self, issued: Box<Issued>) -> Go {
        if !matches!(self.sign_in.phase, Phase::Starting | Phase::Code { .. }) {
            return Go::stay();
        }
        if self.overlay == Some(Overlay::Qr) {
            self.overlay = None;
        }
        self.sign_in.phase = Phase::Issued(issued);
        Go::next()
    }

    /// Puts in place what was issued.
    pub(super) fn fit(&mut self) -> Vec<Effect> {
        let Some(issued) = self.sign_in.issued().cloned() else { return Vec::new() };
        self.rollout = Some(self.new_rollout());
        vec![Effect::here(Order::Fit(Box::new(issued)))]
    }

    /// The set-up ended, whole or not.
    pub(super) fn fitted(&mut self, fitted: Fitted) -> Vec<Effect> {
        self.events.extend(fitted.notes.iter().cloned().map(|text| Event::Note { text }));
        self.events.push(Event::Token { rests: fitted.token.clone() });
        self.issue.fitted = Some(fitted.clone());
        let broken = fitted.end.as_ref().err().cloned();
        let why = match (&fitted.token, &broken) {
            (Resting::Open { why }, _) => Some(why.clone()),
            (Resting::Kept(place), Some(_)) => Some(words::kept_all_the_same(place)),
            _ => None,
        };
        if self.setup.manner == Manner::Screen {
            self.issue.reveal = why.map(|why| Reveal { why, until: None, seen: false, selected: 0 });
        }
        if let Some(fault) = broken {
            return self.fail(fault);
        }
        match fitted.token {
            Resting::Rescued { file, why } => self.fail(Fault::SetUp(SetUp::NotInKeyring { why, file })),
            Resting::Open { .. } if self.issue.reveal.is_some() => Vec::new(),
            Resting::Open { why } => {
                self.fail(Fault::SetUp(SetUp::SetUpFailed { part: "The token".into(), why }))
            }
            Resting::Kept(_) => self.last_questions(),
        }
    }

    /// The set-up ended while this is being left: where the token is, is told all the same.
    pub(super) fn fitted_late(&mut self, fitted: Fitted) -> Vec<Effect> {
        self.events.push(Event::Token { rests: fitted.token });
        Vec::new()
    }

    /// Asks about another address, or goes on without.
    fn last_questions(&mut self) -> Vec<Effect> {
        let moved = self.new_address().is_some();
        if moved {
            self.issue.asks = true;
            self.issue.selected = 0;
            return Vec::new();
        }
        self.settle_with(None)
    }

    /// The address that the server wants to be asked at from now on.
    pub fn new_address(&self) -> Option<&Text> {
        self.sign_in.issued()?.parts.as_ref().ok()?.moved.as_ref()
    }

    fn settle_with(&mut self, address: Option<Text>) -> Vec<Effect> {
        let Some(issued) = self.sign_in.issued().cloned() else { return Vec::new() };
        vec![Effect::here(Order::Settle(Box::new(issued), address))]
    }

    /// The answer about the address: the first one stays with what was given.
    pub(super) fn agree(&mut self, choice: usize) -> Vec<Effect> {
        self.issue.asks = false;
        let address = self.new_address().filter(|_| choice == 1).cloned();
        let given = &self.setup.profile.host;
        let text = match &address {
            Some(address) => format!("The server is asked at {address} from now on."),
            None => format!("The server's other address is not used; {given} stays."),
        };
        self.events.push(Event::Note { text: text.into() });
        self.settle_with(address)
    }

    /// The control plane's word on the token; it takes nothing back.
    pub(super) fn settled(&mut self, end: Result<Probe, Fault>) -> Go {
        if self.step != Step::Rollout || self.failure.is_some() {
            return Go::stay();
        }
        match end {
            Err(fault) => Go::fail(fault),
            Ok(probe) => {
                self.issue.probe = Some(probe.clone());
                if let Some(rollout) = &mut self.rollout {
                    rollout.online = Some(self.now.run);
                }
                let next = self.next_of(&probe);
                Go { next: true, ..Go::event(Event::Probed { probe, next }) }
            }
        }
    }

    /// A choice of two rows: the token that must be carried away, or the address.
    pub(super) fn choose(&mut self, action: &Action) -> Vec<Effect> {
        let Some(reveal) = &mut self.issue.reveal else {
            if *action == Action::Enter {
                return self.agree(self.issue.selected);
            }
            self.issue.selected = moved(self.issue.selected, 2, 1, action);
            return Vec::new();
        };
        match action {
            Action::Enter if reveal.selected == 0 => {
                reveal.until = Some(self.now.run + SHOWN_FOR);
                reveal.seen = true;
                reveal.selected = 1;
                let token = self.sign_in.issued().map(|issued| issued.token);
                token.map(|token| Effect::here(Order::Show(token))).into_iter().collect()
            }
            Action::Enter if !reveal.seen => {
                self.take(Go::note("Look at it first: it cannot be seen again after this run."))
            }
            Action::Enter => {
                self.issue.reveal = None;
                self.events.push(Event::Note { text: words::TAKEN_ALONG.into() });
                let whole = self.issue.fitted.as_ref().is_some_and(|fitted| fitted.end.is_ok());
                let mut effects = vec![Effect::here(Order::Hide)];
                if whole {
                    effects.extend(self.last_questions());
                }
                effects
            }
            moving => {
                reveal.selected = moved(reveal.selected, 2, 1, moving);
                Vec::new()
            }
        }
    }

    /// A second passed: a token does not stay on the screen.
    pub(super) fn hide_in_time(&mut self) -> Go {
        match &mut self.issue.reveal {
            Some(reveal) if reveal.until.is_some_and(|until| self.now.run >= until) => {
                reveal.until = None;
                Go::order(Order::Hide)
            }
            _ => Go::stay(),
        }
    }

    /// Enter on the failure page: what is done stays done.
    pub(super) fn try_again_to_register(&mut self) -> Vec<Effect> {
        match self.step {
            Step::SignIn => {
                let go = self.begin_sign_in();
                self.take(go)
            }
            Step::Rollout => match &self.issue.fitted {
                Some(fitted) if fitted.end.is_ok() => self.last_questions(),
                // What the server handed over is not fit for use: only another code can bring something else.
                _ if self.sign_in.issued().is_some_and(|issued| issued.parts.is_err()) => {
                    self.rollout = None;
                    self.step = Step::SignIn;
                    let go = self.begin_sign_in();
                    self.take(go)
                }
                _ => self.fit(),
            },
            Step::Home => self.go_home(),
            Step::Retire => self.enter_parting(),
            _ => {
                self.issue.findings = None;
                vec![Effect::here(Order::Look)]
            }
        }
    }
}
