//! What a line face asks while somebody signs in.

use super::ways::Hidden;
use super::{Phase, SignIn, ran_out};
use crate::wizard::flow::Question;
use crate::wizard::words;

impl SignIn {
    /// What a line face has to ask here.
    pub fn question(&self) -> Option<Question> {
        let ask = |text: String, choices: Vec<String>, flag| {
            Some(Question { text, choices, typed: None, names: false, flag, yes: false })
        };
        if let Some(field) = &self.field {
            let text = match field.what {
                Hidden::Token => words::ENTER_TOKEN,
                Hidden::Address => words::ENTER_ADDRESS,
            };
            return ask(format!("{text} {}", words::ENTER_BACK), Vec::new(), "--token-file FILE");
        }
        match &self.phase {
            Phase::Confirm(_, account) => ask(
                format!(
                    "{} ({}, account {}) approved this sign-in. Is that right?",
                    account.email, account.name, account.id
                ),
                vec!["yes, continue".into(), "no, end that session".into()],
                "--expect-account ID",
            ),
            Phase::Reverse(reverse) => reverse.question(),
            Phase::Expired(approved) => ask(
                format!("{} Ask for a new one?", ran_out(*approved)),
                vec!["a new code".into()],
                "a new run",
            ),
            Phase::Ways(_) => ask(
                words::WHICH_WAY.into(),
                self.rows().into_iter().map(|way| words::way(way).to_owned()).collect(),
                "--token-file FILE",
            ),
            _ => None,
        }
    }
}
