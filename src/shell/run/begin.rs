//! What a run begins with, and what it may be handed later.

use std::future::Future;
use std::pin::Pin;

use crate::doctor::Subject;
use crate::error::Fault;
use crate::sandbox::serve::Sandbox;
use crate::shell::effects::Hands;
use crate::shell::log::Log;
use crate::wizard::Setup;

/// What a run begins with.
pub struct Begin {
    /// Of the wizard.
    pub setup: Setup,
    /// Of the shell; none before a profile is chosen.
    pub hands: Option<Hands>,
    /// What makes a chosen profile ready.
    pub prepare: Option<Prepare>,
    /// Where every step is noted.
    pub log: Option<Log>,
    /// What the doctor would look at.
    pub examine: Option<Examine>,
}

impl Begin {
    /// A run whose profile is known.
    pub fn with(setup: Setup, hands: Hands) -> Self {
        Self { setup, hands: Some(hands), prepare: None, log: None, examine: None }
    }
}

/// Puts together what the doctor looks at.
pub type Examine = Box<dyn Fn() -> Subject>;
/// Makes the profile of a row ready.
pub type Prepare = Box<dyn Fn(usize) -> Preparing>;
/// While it is being made ready.
pub type Preparing = Pin<Box<dyn Future<Output = Result<Ready, Fault>>>>;

/// A chosen profile with all that belongs to it.
pub struct Ready {
    /// Of the wizard.
    pub setup: Setup,
    /// Of the shell.
    pub hands: Hands,
    /// What the doctor looks at from now on.
    pub examine: Examine,
    /// What serves it, if that is inside this program.
    pub sandbox: Option<Sandbox>,
}
