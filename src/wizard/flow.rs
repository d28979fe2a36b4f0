//! How panes hand over: what a pane returns, what a line face asks, and the order of the steps.

use super::effect::Order;
use super::event::Event;
use crate::error::Fault;
use crate::model::Step;

/// What a pane wants after a message: orders, events, and where to go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Go {
    /// What to do outside.
    pub orders: Vec<Order>,
    /// What to tell.
    pub events: Vec<Event>,
    /// To the next step.
    pub next: bool,
    /// To the step before.
    pub back: bool,
    /// To the page of this machine.
    pub home: bool,
    /// A failure page over this step.
    pub fault: Option<Fault>,
    /// A word for the status line, for example why Enter did nothing.
    pub note: Option<String>,
}

impl Go {
    /// Nothing more.
    pub fn stay() -> Self {
        Self::default()
    }

    /// One order.
    pub fn order(order: Order) -> Self {
        Self { orders: vec![order], ..Self::default() }
    }

    /// One event.
    pub fn event(event: Event) -> Self {
        Self { events: vec![event], ..Self::default() }
    }

    /// A failure.
    pub fn fail(fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::default() }
    }

    /// A word for the status line.
    pub fn note(words: impl Into<String>) -> Self {
        Self { note: Some(words.into()), ..Self::default() }
    }

    /// On to the next step.
    pub fn next() -> Self {
        Self { next: true, ..Self::default() }
    }

    /// Back to the step before.
    pub fn back() -> Self {
        Self { back: true, ..Self::default() }
    }
}

/// A question as a line face asks it. The first choice is what an empty answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The question.
    pub text: String,
    /// The choices; each is a row of the full screen.
    pub choices: Vec<String>,
    /// What may be typed instead of a number, if anything.
    pub typed: Option<&'static str>,
    /// The flag that answers it in a script.
    pub flag: &'static str,
    /// Whether a name given by flag answers it.
    pub names: bool,
    /// Whether `--yes` may take the first choice.
    pub yes: bool,
}

/// The step after `step` in the profile's order.
pub fn after(steps: &[Step], step: Step) -> Option<Step> {
    let at = steps.iter().position(|s| *s == step)?;
    steps.get(at + 1).copied()
}

/// The step before `step` in the profile's order.
pub fn before(steps: &[Step], step: Step) -> Option<Step> {
    let at = steps.iter().position(|s| *s == step)?;
    steps.get(at.checked_sub(1)?).copied()
}
