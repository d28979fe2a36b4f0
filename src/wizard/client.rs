//! Which identity this machine takes: a new one, the one it has, or one that waits for a cluster.

use std::collections::HashSet;

use super::effect::Order;
use super::event::Event;
use super::field::{Field, moved};
use super::flow::{Go, Question};
use super::msg::Action;
pub use crate::claim::decide::Standing;
use crate::claim::decide::standing;
use crate::claim::names::{self, Taken};
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Account, Choice, Client, ClientPage, Facts, Location, Release, Slug};
use crate::secret::SecretRef;

/// A list longer than this is cut; the cut list is never taken for the whole.
const MOST: usize = 50_000;

/// The state of the pane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientPane {
    /// What was read of the account's list so far.
    pub clients: Vec<Client>,
    /// Their ids.
    seen: HashSet<u64>,
    /// How many the server says there are.
    pub count: Option<u64>,
    /// Whether the list is known to be whole.
    pub whole: bool,
    /// The focused row.
    pub selected: usize,
    /// The search, while it is open.
    pub search: Option<Field>,
    /// The name being edited, while it is.
    pub editing: Option<Field>,
    /// The name that a new client would get.
    pub name: String,
    /// The other proposal, for a swap.
    pub other: Option<String>,
    /// Whether the name was given or typed by a person; then it is not proposed anew.
    pub named: bool,
    /// What was chosen.
    pub chosen: Option<Chosen>,
}

/// What was chosen, ready for the review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// New, adopted, or given this cluster.
    pub choice: Choice,
    /// The display name.
    pub name: Text,
    /// The namespace.
    pub slug: Slug,
    /// Where it stands, if that is settled by the client's own row.
    pub location: Option<Location>,
    /// The client that this machine replaces, if that is what was asked for.
    pub replaces: Option<Text>,
}

/// A row of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row<'a> {
    /// A new client.
    New,
    /// A client of the account.
    Existing(&'a Client, Standing),
}

impl ClientPane {
    /// Starts reading the list anew.
    pub fn start(&mut self, session: SecretRef) -> Go {
        self.clients.clear();
        self.seen.clear();
        self.whole = false;
        self.count = None;
        self.chosen = None;
        self.selected = 0;
        Go::order(Order::Clients(session, None))
    }

    /// A page of the list came.
    pub fn page(&mut self, session: SecretRef, page: Result<ClientPage, Fault>) -> Go {
        let page = match page {
            Ok(page) => page,
            Err(fault) => return Go::fail(fault),
        };
        for row in page.rows {
            // A list that shifts between pages repeats rows; the row seen first stays.
            if self.clients.len() < MOST && self.seen.insert(row.id) {
                self.clients.push(row);
            }
        }
        self.count = page.count.or(self.count);
        if page.next.is_some() && self.clients.len() < MOST {
            return Go::order(Order::Clients(session, page.next));
        }
        let seen = u64::try_from(self.clients.len()).unwrap_or(u64::MAX);
        if self.count.is_some_and(|count| count != seen) {
            return Go::fail(Fault::CannotTell {
                what: "which clients the account has".into(),
                why: "the list changed while it was read".into(),
            });
        }
        self.whole = true;
        Go::stay()
    }

    /// Proposes a name, once account and list are known; a name that a person gave stays.
    pub fn propose(&mut self, host: &str, account: &Account) {
        if self.named {
            return;
        }
        let proposals = names::proposals(host, account, &Taken::by(&self.clients));
        self.name = proposals.first.name.to_string();
        self.other = proposals.second.map(|second| second.name.to_string());
    }

    /// The rows as they are shown: what Enter most likely means first, retired ones not at all.
    pub fn rows<'a>(&'a self, facts: &Facts) -> Vec<Row<'a>> {
        let words = self.search.as_ref().map(|field| field.text().to_lowercase()).unwrap_or_default();
        let cluster = facts.cluster_id.value();
        let mut here = Vec::new();
        let mut others = Vec::new();
        for client in &self.clients {
            match standing(client, cluster, &facts.release) {
                Standing::Decommissioned => {}
                standing if !matches(client, &words) && standing != Standing::HereOurs => {}
                Standing::HereOurs => here.push(Row::Existing(client, Standing::HereOurs)),
                standing => others.push(Row::Existing(client, standing)),
            }
        }
        if here.is_empty() {
            here.push(Row::New);
        }
        here.extend(others);
        here
    }

    /// Whether what lives in the cluster allows a choice at all.
    pub fn blocked(&self, facts: &Facts) -> Option<Fault> {
        match &facts.release {
            Release::Several(namespaces) => Some(Fault::SeveralReleases { namespaces: namespaces.clone() }),
            Release::Unclear(why) => {
                Some(Fault::CannotTell { what: "what lives in this cluster".into(), why: why.clone() })
            }
            Release::One { namespace, username }
                if self.whole && !self.clients.iter().any(|c| c.username.as_ref() == Some(username)) =>
            {
                Some(Fault::ForeignRelease { namespace: namespace.as_str().into() })
            }
            Release::One { .. } | Release::None => match &facts.cluster_id {
                crate::model::Known::Unknown(why) => Some(Fault::NoClusterId { why: why.clone() }),
                crate::model::Known::Yes(_) => None,
            },
        }
    }

    /// A person did something.
    pub fn act(&mut self, action: &Action, facts: Option<&Facts>) -> Go {
        if let Some(field) = &mut self.editing {
            match action {
                Action::Enter => {
                    let typed = field.text().trim().to_owned();
                    if names::slug(&typed).is_none() {
                        return Go::note("That name holds no letter or digit that a namespace can keep.");
                    }
                    self.name = typed;
                    self.named = true;
                    self.editing = None;
                }
                Action::Back => self.editing = None,
                typing => {
                    field.take(typing);
                }
            }
            return Go::stay();
        }
        if let Some(field) = &mut self.search
            && field.take(action)
        {
            self.selected = 0;
            return Go::stay();
        }
        let Some(facts) = facts else { return Go::note("Still looking at the cluster.") };
        match action {
            Action::Find => self.search = Some(Field::default()),
            Action::Back if self.search.is_some() => {
                self.search = None;
                self.selected = 0;
            }
            Action::Back => return Go::back(),
            Action::Edit => {
                self.editing = Some(Field::of(&self.name));
                self.selected = 0;
            }
            Action::Swap => {
                if let Some(other) = self.other.take() {
                    self.other = Some(std::mem::replace(&mut self.name, other));
                }
            }
            Action::Enter => return self.choose(facts),
            moving => self.selected = moved(self.selected, self.rows(facts).len(), 10, moving),
        }
        Go::stay()
    }

    fn choose(&mut self, facts: &Facts) -> Go {
        let rows = self.rows(facts);
        let Some(row) = rows.get(self.selected).or(rows.first()) else { return Go::stay() };
        let chosen = match row {
            Row::New | Row::Existing(_, Standing::Elsewhere) if !self.whole => {
                return Go::note("The list is still loading; a new client can be made once it is whole.");
            }
            Row::New => self.new_client(None),
            Row::Existing(client, Standing::Elsewhere) => self.new_client(Some(client.name.clone())),
            Row::Existing(client, Standing::HereOurs) => taken(client, Choice::Adopt(client.id)),
            Row::Existing(client, Standing::Unclaimed) => taken(client, Choice::Backfill(client.id)),
            Row::Existing(_, Standing::Decommissioned) => return Go::note("That client was retired."),
        };
        let Some(chosen) = chosen else {
            return Go::fail(Fault::BadName { name: Text::new(&self.name) });
        };
        self.search = None;
        let event = Event::Client {
            choice: chosen.choice.clone(),
            name: chosen.name.clone(),
            slug: chosen.slug.clone(),
        };
        self.chosen = Some(chosen);
        Go { next: true, ..Go::event(event) }
    }

    fn new_client(&self, replaces: Option<Text>) -> Option<Chosen> {
        let slug = names::free(&names::slug(&self.name)?, &Taken::by(&self.clients));
        Some(Chosen {
            choice: Choice::New,
            name: Text::within(&self.name, 100),
            slug,
            location: None,
            replaces,
        })
    }

    /// What a line face has to ask here.
    pub fn question(&self, facts: Option<&Facts>) -> Option<Question> {
        let facts = facts?;
        if !self.whole || self.chosen.is_some() {
            return None;
        }
        // A line face names the few rows that can be taken; the full screen shows the whole list.
        let choices = self
            .rows(facts)
            .into_iter()
            .filter(|row| !matches!(row, Row::Existing(_, Standing::Elsewhere)))
            .map(|row| self.row_words(&row))
            .collect();
        Some(Question {
            text: "Which client is this machine?".into(),
            choices,
            typed: Some("another name"),
            flag: "--name NAME",
            yes: true,
        })
    }

    /// What Enter does on a row, in words.
    pub fn row_words(&self, row: &Row<'_>) -> String {
        match row {
            Row::New => format!("{}: a new client", self.name),
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

    /// A typed answer: a number, nothing (the first), or another name.
    pub fn answer(&mut self, answer: &str, facts: Option<&Facts>) -> Go {
        let Some(facts) = facts else { return Go::stay() };
        let takeable: Vec<usize> = self
            .rows(facts)
            .iter()
            .enumerate()
            .filter(|(_, row)| !matches!(row, Row::Existing(_, Standing::Elsewhere)))
            .map(|(at, _)| at)
            .collect();
        let number = if answer.is_empty() { Some(1) } else { answer.parse::<usize>().ok() };
        if let Some(number) = number {
            let Some(at) = number.checked_sub(1).and_then(|n| takeable.get(n)) else {
                return Go::note(format!("There is no choice {number}."));
            };
            self.selected = *at;
            return self.choose(facts);
        }
        if names::slug(answer).is_none() {
            return Go::note("That name holds no letter or digit that a namespace can keep.");
        }
        answer.clone_into(&mut self.name);
        self.named = true;
        self.selected = 0;
        self.choose(facts)
    }
}

fn taken(client: &Client, choice: Choice) -> Option<Chosen> {
    let slug = client.namespace.parse().ok()?;
    let location = Some(client.location.clone()).filter(|location| *location != Location::NotSet);
    Some(Chosen { choice, name: client.name.clone(), slug, location, replaces: None })
}

fn matches(client: &Client, words: &str) -> bool {
    let row = format!("{} {} {}", client.name, client.namespace, client.location.key().unwrap_or(""))
        .to_lowercase();
    words.split_whitespace().all(|word| row.contains(word))
}
