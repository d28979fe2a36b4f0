//! What a run starts with.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::begin::Start;
use super::life::Life;
use super::stay::Stay;
use crate::foreign::Text;
use crate::location::Guess;
use crate::model::{Consent, Location, ProfileFacts, Shape};
use crate::secret::SecretRef;

/// Who is there to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manner {
    /// A person at a full screen.
    Screen,
    /// A person who answers numbered questions.
    Asked,
    /// Nobody: a question that no flag answers is an error.
    Nobody,
}

/// What a run starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// The profile.
    pub profile: ProfileFacts,
    /// The back end's steps and nouns.
    pub shape: Shape,
    /// Who is there to answer.
    pub manner: Manner,
    /// Whether every proposal is accepted without asking.
    pub yes: bool,
    /// A name given by flag.
    pub name: Option<Text>,
    /// A location given by flag.
    pub location: Option<Location>,
    /// What flags agree to beyond the plain yes.
    pub consent: Consent,
    /// A location guessed from this machine.
    pub guess: Option<Guess>,
    /// Whether the machine's cloud is to be asked for a better guess.
    pub locate: bool,
    /// This machine's host name.
    pub host: Text,
    /// Who runs this program, and from where, for the sign-in screen.
    pub person: Text,
    /// A session issued elsewhere.
    pub token: Option<SecretRef>,
    /// What becomes of the session, and whether one is there already.
    pub stay: Stay,
    /// What is known of this machine's life so far.
    pub life: Life,
    /// How long the rollout may take.
    pub budget: Duration,
    /// How long both sides must agree before this counts as online.
    pub hold: Duration,
    /// The command that comes back to the same place; our own words only.
    pub resume: String,
    /// What comes before the first step.
    pub start: Start,
}
