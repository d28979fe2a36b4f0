//! The first page of a machine that is enrolled already: what it is, how it does, and what can be done with it.

use super::field::moved;
use super::flow::{Go, Question};
use super::msg::Action;
use crate::model::{Health, Step};

/// The state of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Home {
    /// Whether this run has a home to come back to.
    pub known: bool,
    /// How the machine does, once it was looked at.
    pub health: Option<Box<Health>>,
    /// Whether it is being looked at.
    pub looking: bool,
    /// The focused row.
    pub selected: usize,
    /// The command that comes back to this page, while an errand has one of its own.
    pub resume: Option<String>,
    /// The steps of an enrollment, for enrolling again.
    pub whole: &'static [Step],
}

/// A row of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// Look again.
    Look,
    /// The doctor, over this page.
    Doctor,
    /// Another location.
    Location,
    /// Another display name.
    Name,
    /// Out of the fleet.
    Retire,
    /// Through the enrollment again; adopts what is here.
    Enroll,
    /// A new key, registered with the token that is kept.
    Rotate,
    /// Leave it as it is.
    Leave,
}

/// The rows, in order.
pub const ROWS: [Row; 7] =
    [Row::Look, Row::Doctor, Row::Location, Row::Name, Row::Retire, Row::Enroll, Row::Leave];

/// The rows where the identity came with the sign-in, in order.
pub const REGISTERED: [Row; 6] = [Row::Look, Row::Doctor, Row::Rotate, Row::Enroll, Row::Retire, Row::Leave];

/// The rows of a machine, by how it came to its identity.
pub fn rows(issued: bool) -> &'static [Row] {
    if issued { &REGISTERED } else { &ROWS }
}

impl Row {
    /// What Enter does on it, where the identity came with the sign-in.
    pub fn words_of(self, issued: bool) -> &'static str {
        match self {
            Self::Retire if issued => "retire it: end its token, clean up",
            Self::Enroll if issued => "register anew: code, key and token",
            _ => self.words(),
        }
    }

    /// What Enter does on it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Rotate => "register a new key, keep the token",
            Self::Look => "look again",
            Self::Doctor => "ask the doctor what is wrong, and what to do",
            Self::Location => "change its location",
            Self::Name => "change its name",
            Self::Retire => "retire it: take this machine out of the fleet",
            Self::Enroll => "continue with it: check and apply everything again",
            Self::Leave => "leave it as it is",
        }
    }
}

impl Home {
    /// The focused row.
    pub fn focused(&self, issued: bool) -> Row {
        rows(issued).get(self.selected).copied().unwrap_or(Row::Leave)
    }

    /// A person did something that is no choice.
    pub fn act(&mut self, action: &Action, issued: bool) -> Go {
        let rows = rows(issued).len();
        self.selected = moved(self.selected, rows, rows, action);
        Go::stay()
    }

    /// What a line face has to ask here.
    pub fn question(&self, issued: bool) -> Option<Question> {
        let text = if issued {
            "This machine is registered. What now?"
        } else {
            "This machine is enrolled. What now?"
        };
        (!self.looking).then(|| Question {
            text: text.into(),
            choices: rows(issued).iter().map(|row| row.words_of(issued).to_owned()).collect(),
            typed: None,
            names: false,
            flag: "--yes",
            yes: false,
        })
    }
}
