//! Which profile, where none is configured: the first page of such a run.

use serde::{Deserialize, Serialize};

use super::effect::Order;
use super::field::moved;
use super::flow::{Go, Question};
use super::msg::Action;
use crate::foreign::Text;

/// A profile as it is offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileRow {
    /// Its name.
    pub name: Text,
    /// The API's host and port; of the sandbox, which is not started yet, nothing.
    pub host: Text,
    /// Whether everything behind it is simulated.
    pub sandbox: bool,
    /// What it is for, in a word or two, or which file it stands in.
    pub about: Text,
}

/// The state of the pane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfilePane {
    /// What is offered.
    pub rows: Vec<ProfileRow>,
    /// The focused row.
    pub selected: usize,
    /// Whether the chosen one is being made ready.
    pub preparing: bool,
}

impl ProfilePane {
    /// A person did something.
    pub fn act(&mut self, action: &Action) -> Go {
        if self.preparing {
            return Go::stay();
        }
        match action {
            Action::Enter if self.selected < self.rows.len() => {
                self.preparing = true;
                Go::order(Order::Prepare(self.selected))
            }
            moving => {
                self.selected = moved(self.selected, self.rows.len(), 10, moving);
                Go::stay()
            }
        }
    }

    /// What a line face has to ask here.
    pub fn question(&self) -> Option<Question> {
        let words = |row: &ProfileRow| {
            let host = if row.sandbox { "SANDBOX" } else { row.host.as_str() };
            format!("{}: {host}, {}", row.name, row.about)
        };
        (!self.preparing).then(|| Question {
            text: "Where is this machine to be enrolled?".into(),
            choices: self.rows.iter().map(words).collect(),
            typed: None,
            flag: "--profile NAME",
            names: false,
            yes: false,
        })
    }
}
