//! Which identity this machine takes: a new one, the one it has, or one that waits for a cluster.

use std::collections::HashSet;

mod choose;
mod shelf;

use super::effect::Order;
use super::field::{Field, moved};
use super::flow::Go;
use super::msg::Action;
use super::words;
pub use crate::claim::decide::Standing;
use crate::claim::decide::{Decision, Seen, decide, standing};
use crate::claim::names::{self, Taken};
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Account, Choice, Client, ClientPage, Facts, Known, Location, Release, Sameness, Slug};
use crate::secret::SecretRef;
use shelf::Shelf;

/// A list longer than this is not read to its end.
const MOST: usize = 50_000;

/// The state of the pane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct ClientPane {
    /// What was read of the account's list so far.
    pub clients: Vec<Client>,
    /// Their ids.
    seen: HashSet<u64>,
    /// How many the server says there are.
    pub count: Option<u64>,
    /// Whether the list is known to be whole.
    pub whole: bool,
    /// The names that they take.
    taken: Taken,
    /// The rows as they are shown.
    shelf: Shelf,
    /// What was known of the cluster when nothing was found to stand in the way of the whole list.
    judged: Option<Facts>,
    /// Whether retired clients are shown too.
    pub retired: bool,
    /// This machine's host name, as a client would have it.
    host: Option<String>,
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
    /// Whether the proposals were swapped.
    swapped: bool,
    /// Whether the name was given or typed by a person; then it is not proposed anew.
    pub named: bool,
    /// The namespace that a flag gives a new client.
    pub given: Option<Slug>,
    /// What the server said of a name that it refused, while another is looked for.
    pub refused: Option<Text>,
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
    /// Starts reading the list anew. A name that a person gave stays.
    pub fn start(&mut self, session: SecretRef) -> Go {
        *self = Self {
            name: std::mem::take(&mut self.name),
            other: self.other.take(),
            swapped: self.swapped,
            named: self.named,
            given: self.given.take(),
            ..Self::default()
        };
        Go::order(Order::Clients(session, None))
    }

    /// A page of the list came. Only a list that is known to be whole lets a new client be made.
    pub fn page(&mut self, session: SecretRef, page: Result<ClientPage, Fault>) -> Go {
        let page = match page {
            Ok(page) => page,
            Err(fault) => return Go::fail(fault),
        };
        if self.whole {
            return Go::stay();
        }
        let before = self.clients.len();
        for row in page.rows {
            // A list that shifts between pages repeats rows; the row seen first stays.
            if self.seen.insert(row.id) {
                self.taken.add(&row);
                self.clients.push(row);
            }
        }
        self.count = page.count.or(self.count);
        if page.next.is_some() {
            if self.clients.len() == before {
                return unreadable("the server's list goes in circles");
            }
            if self.clients.len() > MOST {
                return unreadable("there are more than this program reads");
            }
            return Go::order(Order::Clients(session, page.next));
        }
        let seen = u64::try_from(self.clients.len()).unwrap_or(u64::MAX);
        if self.count.is_some_and(|count| count != seen) {
            return unreadable("the list changed while it was read");
        }
        self.whole = true;
        Go::stay()
    }

    /// Proposes a name by what is known of the list so far; a name that a person gave stays.
    pub fn propose(&mut self, host: &str, account: &Account) {
        self.host = names::of_host(host);
        if self.named {
            return;
        }
        let proposals = names::proposals(host, account, &self.taken);
        self.name = proposals.first.name.to_string();
        self.other = proposals.second.map(|second| second.name.to_string());
        if self.swapped {
            self.swap();
        }
    }

    fn swap(&mut self) {
        if let Some(other) = self.other.take() {
            self.other = Some(std::mem::replace(&mut self.name, other));
        }
    }

    /// Puts the rows in order after a change; the focus stays on its row.
    pub fn arrange(&mut self, facts: Option<&Facts>) {
        let query = self.search.as_ref().map_or("", Field::text);
        self.selected = self.shelf.arrange(&self.clients, facts, query, self.retired, self.selected);
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.shelf.len()
    }

    /// Whether there is no row: nothing is known of the cluster yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row at a place.
    pub fn row(&self, at: usize) -> Option<Row<'_>> {
        self.shelf.row(&self.clients, at)
    }

    /// The rows as they are shown.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.len()).filter_map(|at| self.row(at))
    }

    /// Whether a new client, and so a name for one, is offered.
    pub fn offers_new(&self) -> bool {
        self.shelf.offers_new()
    }

    /// How many of the clients read so far are retired, and not this cluster's own.
    pub fn retired_count(&self) -> usize {
        self.shelf.retired()
    }

    /// Whether a client has this machine's host name, on another cluster: this machine may take its place.
    pub fn same_host(&self, row: &Row<'_>) -> bool {
        let Row::Existing(client, Standing::Elsewhere) = row else { return false };
        let host = self.host.as_deref();
        host.is_some_and(|host| [&client.name, &client.namespace].iter().any(|name| name.as_str() == host))
    }

    /// Why nothing on the list can be taken, once the whole list can tell: what the claim would say after the
    /// yes. Whether this is the machine of the claim, the review asks.
    pub fn blocked(&mut self, facts: &Facts) -> Option<Fault> {
        if !self.whole || self.judged.as_ref() == Some(facts) {
            return None;
        }
        match decide(Seen::of(facts, Ok(&self.clients), true)) {
            Decision::Refuse(fault) | Decision::Stop(fault) => Some(fault),
            _ => {
                self.judged = Some(facts.clone());
                None
            }
        }
    }

    /// A person did something.
    pub fn act(&mut self, action: &Action, facts: Option<&Facts>) -> Go {
        self.arrange(facts);
        if self.editing.is_some() {
            return self.edit(action);
        }
        if let Some(field) = &mut self.search
            && field.take(action)
        {
            self.selected = 0;
            return Go::stay();
        }
        let new = self.offers_new();
        match action {
            Action::Find => {
                self.search = Some(Field::default());
                self.selected = 0;
            }
            Action::Back if self.search.is_some() => {
                self.search = None;
                self.selected = 0;
            }
            Action::Back => return Go::back(),
            Action::Edit if new => {
                self.editing = Some(Field::of(&self.name));
                self.selected = 0;
            }
            Action::Swap if new => {
                self.swapped = !self.swapped;
                self.swap();
            }
            Action::Enter => {
                return match facts {
                    Some(facts) => self.choose(facts),
                    None => Go::note(words::STILL_LOOKING),
                };
            }
            Action::Retired => self.retired = !self.retired,
            moving => self.selected = moved(self.selected, self.len(), 10, moving),
        }
        Go::stay()
    }

    fn edit(&mut self, action: &Action) -> Go {
        let Some(field) = &mut self.editing else { return Go::stay() };
        match action {
            Action::Enter => match names::given(field.text()) {
                Ok(given) => {
                    self.name = given.name.to_string();
                    self.named = true;
                    self.editing = None;
                }
                Err(fault) => return Go::note(fault.sentence()),
            },
            Action::Back => self.editing = None,
            typing => {
                field.take(typing);
            }
        }
        Go::stay()
    }
}

/// Whether this cluster can be enrolled at all, whoever signs in: said before anybody has to walk to a phone.
pub fn unusable(facts: &Facts) -> Option<Fault> {
    if let Known::Unknown(why) = &facts.cluster_id {
        return Some(Fault::NoClusterId { why: why.clone() });
    }
    match &facts.release {
        Release::Several(namespaces) => Some(Fault::SeveralReleases { namespaces: namespaces.clone() }),
        Release::Unclear(why) => {
            Some(Fault::CannotTell { what: "what lives in this cluster".into(), why: why.clone() })
        }
        Release::One { namespace, .. } if facts.machine == Sameness::Copy => {
            Some(Fault::LooksCopied { client: format!("the client in namespace {namespace}").into() })
        }
        Release::None if facts.machine == Sameness::Copy => {
            Some(Fault::LooksCopied { client: "an unfinished claim".into() })
        }
        // Nothing lives here, so whatever is chosen needs a password that is written ahead.
        Release::None => facts.obstacle.clone(),
        Release::One { .. } => None,
    }
}

fn unreadable(why: &str) -> Go {
    Go::fail(Fault::CannotTell { what: "which clients the account has".into(), why: why.into() })
}
