//! What a row or an answer of the client pane comes to.

use super::{Chosen, ClientPane, Row, Standing};
use crate::claim::names;
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Choice, Client, Facts, Location, Release, Slug};
use crate::wizard::event::Event;
use crate::wizard::flow::{Go, Question};
use crate::wizard::words;

const NEW_NAME: &str = "another name for a new client";
const NEW_OR_INSTEAD: &str =
    "another name for a new client, or the name of one elsewhere that this machine replaces";

impl ClientPane {
    /// Takes the focused row.
    pub(super) fn choose(&mut self, facts: &Facts) -> Go {
        let Some(row) = self.row(self.selected) else { return Go::stay() };
        if !self.whole && !matches!(row, Row::Existing(_, Standing::HereOurs)) {
            return Go::note(words::STILL_READING);
        }
        let chosen = match row {
            Row::New => self.new_client(None),
            Row::Existing(client, Standing::Elsewhere) => self.new_client(Some(client.name.clone())),
            Row::Existing(client, Standing::HereOurs) => taken(client, Choice::Adopt(client.id), facts),
            Row::Existing(client, Standing::Unclaimed) => taken(client, Choice::Backfill(client.id), facts),
            Row::Existing(client, Standing::Decommissioned) => {
                return Go::note(format!(
                    "\"{}\" was retired and cannot be taken again. Choose another, or make a new client.",
                    client.name
                ));
            }
        };
        let chosen = chosen.and_then(|chosen| match &self.given {
            Some(given) if *given != chosen.slug => {
                let lives = format!(
                    "{} lives in namespace {}, and a namespace is not changed",
                    chosen.name, chosen.slug
                );
                Err(conflict(given, &lives))
            }
            _ => Ok(chosen),
        });
        match chosen {
            Ok(chosen) => {
                let event = Event::Client {
                    choice: chosen.choice.clone(),
                    name: chosen.name.clone(),
                    slug: chosen.slug.clone(),
                };
                self.chosen = Some(chosen);
                self.refused = None;
                Go { next: true, ..Go::event(event) }
            }
            Err(fault) => Go::fail(fault),
        }
    }

    fn new_client(&self, replaces: Option<Text>) -> Result<Chosen, Fault> {
        let given = names::given(&self.name)?;
        let slug = match &self.given {
            Some(slug) if self.taken.has(slug) => {
                return Err(conflict(slug, "a client of this account has that name or namespace already"));
            }
            Some(slug) => slug.clone(),
            None => names::free(&given.slug, &self.taken),
        };
        Ok(Chosen { choice: Choice::New, name: given.name, slug, location: None, replaces })
    }

    /// The rows that a line face names: those that can be taken. The full screen shows the whole list.
    fn takeable(&self) -> Vec<(usize, Row<'_>)> {
        let free =
            |row: &Row<'_>| !matches!(row, Row::Existing(_, Standing::Elsewhere | Standing::Decommissioned));
        self.rows().enumerate().filter(|(_, row)| free(row)).collect()
    }

    /// What a line face has to ask here.
    pub fn question(&self, facts: Option<&Facts>) -> Option<Question> {
        facts?;
        if !self.whole || self.chosen.is_some() {
            return None;
        }
        let new = self.offers_new();
        let elsewhere = self.rows().any(|row| matches!(row, Row::Existing(_, Standing::Elsewhere)));
        let twin = self.rows().find(|row| self.same_host(row));
        let twin = twin.map_or_else(String::new, |row| match row {
            Row::Existing(client, _) => format!(" {}", words::same_host(&client.name)),
            Row::New => String::new(),
        });
        Some(Question {
            text: format!("Which client is this machine?{twin}"),
            choices: self.takeable().iter().map(|(_, row)| self.row_words(row)).collect(),
            typed: new.then_some(if elsewhere { NEW_OR_INSTEAD } else { NEW_NAME }),
            flag: if new { "--name NAME" } else { "--yes" },
            names: new,
            yes: true,
        })
    }

    /// What Enter does on a row, in words.
    pub fn row_words(&self, row: &Row<'_>) -> String {
        match row {
            Row::New => format!("{}: a new client", self.name),
            Row::Existing(client, Standing::HereOurs) if client.decommissioned => {
                format!("{}: this cluster's client, retired; it comes back with a new password", client.name)
            }
            Row::Existing(client, Standing::HereOurs) => {
                format!("{}: this cluster's client, continue with it", client.name)
            }
            Row::Existing(client, Standing::Unclaimed) => {
                format!("{}: never connected, give it this cluster", client.name)
            }
            Row::Existing(client, Standing::Elsewhere) => {
                format!("{}: on another cluster; Enter makes a new client", client.name)
            }
            Row::Existing(client, Standing::Decommissioned) => format!("{}: retired", client.name),
        }
    }

    /// One of the numbered choices.
    pub fn pick(&mut self, choice: usize, facts: Option<&Facts>) -> Go {
        let Some(facts) = facts else { return Go::stay() };
        let Some(at) = self.takeable().get(choice).map(|(at, _)| *at) else { return Go::stay() };
        self.selected = at;
        self.choose(facts)
    }

    /// A name typed instead of a number: a new client.
    pub fn answer(&mut self, typed: &str, facts: Option<&Facts>) -> Go {
        let Some(facts) = facts.filter(|_| self.offers_new()) else { return Go::stay() };
        let named = |row: &Row<'_>| matches!(row, Row::Existing(client, Standing::Elsewhere) if client.name.as_str() == typed);
        let found = self.rows().position(|row| named(&row));
        if let Some(at) = found {
            self.selected = at;
            return self.choose(facts);
        }
        match names::given(typed) {
            Ok(given) => {
                self.name = given.name.to_string();
                self.named = true;
                self.selected = 0;
                self.choose(facts)
            }
            Err(fault) => Go::note(fault.sentence()),
        }
    }
}

/// The namespace given by flag cannot be had.
fn conflict(given: &Slug, why: &str) -> Fault {
    Fault::BadInput { what: Text::new(&format!("--namespace {given}")), why: Text::new(why) }
}

/// A client that exists already, as it is.
fn taken(client: &Client, choice: Choice, facts: &Facts) -> Result<Chosen, Fault> {
    let slug: Slug = match (&choice, &facts.release) {
        // Where it lives counts, not what the row says.
        (Choice::Adopt(_), Release::One { namespace, .. }) => namespace.clone(),
        _ => client.namespace.parse().map_err(|_| Fault::BadReply {
            why: Text::new(&format!(
                "the client's namespace \"{}\" is no name for a namespace",
                client.namespace
            )),
        })?,
    };
    let location = Some(client.location.clone()).filter(|location| *location != Location::NotSet);
    Ok(Chosen { choice, name: client.name.clone(), slug, location, replaces: None })
}
