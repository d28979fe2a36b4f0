//! Which cluster is this machine's, where that is not clear, and what its kubeconfig asks for. Where it is
//! clear, this page is never seen.

use super::effect::Order;
use super::event::Event;
use super::field::moved;
use super::flow::{Go, Question};
use super::msg::Action;
use crate::error::Fault;
use crate::model::{Demand, Survey, Way};

/// The state of the pane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MachinePane {
    /// What this machine offers.
    pub survey: Survey,
    /// The way that is taken.
    pub way: Option<usize>,
    /// Whether what it asks for was agreed to.
    pub agreed: bool,
    /// The focused row.
    pub selected: usize,
    /// Whether it is being looked at again.
    pub looking: bool,
}

/// What is to be settled before anybody signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open<'a> {
    /// Which of several ways.
    Ways(&'a [Way]),
    /// Whether what the way asks for may happen.
    Consent(&'a Way),
    /// There is no way, or a program is missing.
    Trouble(&'a Fault),
}

impl MachinePane {
    /// What was found. `agreed` says that a flag agrees to whatever the way asks for.
    pub fn new(survey: Survey, agreed: bool) -> Self {
        let selected = if survey.taken.is_some() { 0 } else { survey.current };
        Self { way: survey.taken, survey, agreed, selected, looking: false }
    }

    /// What is still to be settled; nothing where all is clear.
    pub fn open(&self) -> Option<Open<'_>> {
        let Survey { ways, trouble, missing, .. } = &self.survey;
        match self.way.and_then(|at| ways.get(at)) {
            Some(way) if !way.demands.is_empty() && !self.agreed => Some(Open::Consent(way)),
            Some(_) => missing.as_ref().map(Open::Trouble),
            None if !ways.is_empty() => Some(Open::Ways(ways)),
            None => trouble.as_ref().or(missing.as_ref()).map(Open::Trouble),
        }
    }

    /// What ends a run in which nobody can settle it.
    pub fn fault(&self) -> Fault {
        let Survey { ways, trouble, missing, .. } = &self.survey;
        let several =
            || Fault::SeveralContexts { contexts: ways.iter().map(|way| way.context.clone()).collect() };
        trouble.clone().or_else(|| missing.clone().filter(|_| self.way.is_some())).unwrap_or_else(several)
    }

    /// The order to take the way, once all is clear, and what to tell of it.
    pub fn take(&self) -> Go {
        let Some((at, way)) = self.way.and_then(|at| Some((at, self.survey.ways.get(at)?))) else {
            return Go::stay();
        };
        let told = way.demands.iter().map(|demand| Event::Note { text: allowed(way, demand).into() });
        Go { events: told.collect(), ..Go::order(Order::Take(at)) }
    }

    /// It was looked at again.
    pub fn surveyed(&mut self, survey: Survey) {
        *self = Self::new(survey, self.agreed);
    }

    /// A person did something. `next` of what is returned means that the open point is settled.
    pub fn act(&mut self, action: &Action) -> Go {
        let (rows, several) = match self.open() {
            Some(Open::Ways(ways)) => (ways.len(), true),
            Some(Open::Consent(_)) => (2, false),
            _ => (0, false),
        };
        match (action, rows) {
            (Action::Enter, 0) if !self.looking => {
                self.looking = true;
                Go::order(Order::Survey)
            }
            (Action::Enter, _) if several => {
                self.way = Some(self.selected.min(rows.saturating_sub(1)));
                self.selected = 0;
                Go::next()
            }
            // The first answer is no: an Enter too many agrees to nothing.
            (Action::Enter, 2) if self.selected == 1 => {
                self.agreed = true;
                Go::next()
            }
            (Action::Enter, 2) => self.refuse(),
            (Action::Back, 2) if !several && self.survey.taken.is_none() => self.refuse(),
            (moving, _) => {
                self.selected = moved(self.selected, rows, 10, moving);
                Go::stay()
            }
        }
    }

    /// No: back to the choice, if there is one; else nothing is left to do here.
    fn refuse(&mut self) -> Go {
        if self.survey.taken.is_some() {
            return Go::back();
        }
        self.selected = self.way.take().unwrap_or_default();
        Go::stay()
    }

    /// What a line face has to ask here.
    pub fn question(&self) -> Option<Question> {
        match self.open()? {
            Open::Ways(ways) => Some(Question {
                text: match &self.survey.trouble {
                    Some(trouble) => format!("{} Which cluster is this machine's?", trouble.sentence()),
                    None => "Which cluster is this machine's?".into(),
                },
                choices: ordered(ways, self.survey.current).map(|(_, way)| row(way)).collect(),
                typed: None,
                flag: "--context NAME",
                names: false,
                yes: false,
            }),
            Open::Consent(way) => Some(Question {
                text: asks(way),
                choices: vec!["no".into(), "yes, in this run".into()],
                typed: None,
                flag: "--allow-exec",
                names: false,
                yes: false,
            }),
            Open::Trouble(_) => None,
        }
    }

    /// One of the numbered choices.
    pub fn pick(&mut self, choice: usize) -> Go {
        self.selected = match self.open() {
            Some(Open::Ways(ways)) => {
                let at = ordered(ways, self.survey.current).nth(choice).map(|(at, _)| at);
                at.unwrap_or_default()
            }
            _ => choice,
        };
        self.act(&Action::Enter)
    }
}

/// The proposed one first: an empty answer means the first.
fn ordered(ways: &[Way], current: usize) -> impl Iterator<Item = (usize, &Way)> {
    let mut all: Vec<(usize, &Way)> = ways.iter().enumerate().collect();
    all.sort_by_key(|(at, _)| *at != current);
    all.into_iter()
}

/// A way in a line.
pub fn row(way: &Way) -> String {
    let note = if way.note.is_empty() { String::new() } else { format!(", {}", way.note) };
    let more = if way.demands.is_empty() { "" } else { ", asks for more than a connection" };
    format!("{} at {}{note}{more}", way.context, way.server)
}

/// The question whether what it asks for may happen.
fn asks(way: &Way) -> String {
    let demands: Vec<String> = way.demands.iter().map(Demand::words).collect();
    format!(
        "The kubeconfig {}, context {}, asks for more than a connection: it {}. Nothing of that was done yet. \
         Allow it?",
        way.file,
        way.context,
        demands.join("; it ")
    )
}

fn allowed(way: &Way, demand: &Demand) -> String {
    format!("Allowed: the kubeconfig {} {}.", way.file, demand.words())
}
