//! Another display name or location for this machine's client. Its identity and its namespace stay.

use super::effect::Order;
use super::field::Field;
use super::flow::{Go, Question};
use super::msg::Action;
use crate::claim::names;
use crate::model::{Client, Edit, Location};
use crate::secret::SecretRef;

/// The state of the pane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The new location; without one the name is changed.
    pub location: Option<Location>,
    /// The client's row, once it was read.
    pub client: Option<Box<Client>>,
    /// The name being typed.
    pub field: Field,
    /// Whether it is being sent.
    pub sending: bool,
}

impl Change {
    /// A change to that location, or of the name.
    pub fn to(location: Option<Location>) -> Self {
        Self { location, ..Self::default() }
    }

    /// Whether a name is being typed.
    pub fn typing(&self) -> bool {
        self.location.is_none() && self.client.is_some() && !self.sending
    }

    /// The client's row was read.
    pub fn found(&mut self, client: Client, session: SecretRef) -> Go {
        let id = client.id;
        self.field = Field::of(&client.name);
        self.client = Some(Box::new(client));
        match self.location.clone() {
            Some(location) => self.send(session, id, Edit::Location(location)),
            None => Go::stay(),
        }
    }

    fn send(&mut self, session: SecretRef, id: u64, edit: Edit) -> Go {
        self.sending = true;
        Go::order(Order::Edit(session, id, Box::new(edit)))
    }

    /// A person did something.
    pub fn act(&mut self, action: &Action, session: Option<SecretRef>) -> Go {
        match action {
            Action::Back if !self.sending => Go::back(),
            Action::Enter if self.typing() => {
                let typed = self.field.text().to_owned();
                self.rename(&typed, session)
            }
            typing if self.typing() => {
                self.field.take(typing);
                Go::stay()
            }
            _ => Go::stay(),
        }
    }

    /// A name, typed to its end.
    pub fn rename(&mut self, typed: &str, session: Option<SecretRef>) -> Go {
        let (Some(client), Some(session)) = (&self.client, session) else { return Go::stay() };
        match names::given(typed) {
            Ok(given) if given.name == client.name => Go::note("That is its name already."),
            Ok(given) => {
                let id = client.id;
                self.send(session, id, Edit::Name(given.name))
            }
            Err(fault) => Go::note(fault.sentence()),
        }
    }

    /// What a line face has to ask here.
    pub fn question(&self) -> Option<Question> {
        let client = self.client.as_ref().filter(|_| self.typing())?;
        Some(Question {
            text: format!("What is {} to be called? Its namespace stays {}.", client.name, client.namespace),
            choices: vec!["leave it as it is".into()],
            typed: Some("the new name"),
            names: false,
            flag: "--name NAME",
            yes: false,
        })
    }
}
