//! The rows of the list as they are shown. They are put in order when something they depend on changes, and
//! only read when they are drawn: a list may be long.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Row, Standing, standing};
use crate::model::{Client, ClusterId, Facts, Release};
use crate::wizard::fuzzy::{Haystack, Needle};
use crate::wizard::words;

/// The rows, and what they were arranged by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shelf {
    /// Every client read so far, as it is searched.
    index: Vec<Haystack>,
    /// How each stands to this cluster.
    standings: Vec<Standing>,
    /// How many are retired, and not this cluster's own.
    retired: usize,
    rows: Vec<Place>,
    by: Option<By>,
}

/// A row: a new client, or the client at this place of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    New,
    Client(usize, Standing),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct By {
    query: String,
    retired: bool,
    clients: usize,
    cluster: Option<ClusterId>,
    release: Release,
}

impl Shelf {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The row at a place.
    pub fn row<'a>(&self, clients: &'a [Client], at: usize) -> Option<Row<'a>> {
        Some(match *self.rows.get(at)? {
            Place::New => Row::New,
            Place::Client(place, standing) => Row::Existing(clients.get(place)?, standing),
        })
    }

    /// How many clients are retired, and not this cluster's own.
    pub fn retired(&self) -> usize {
        self.retired
    }

    /// Whether a new client is among the rows.
    pub fn offers_new(&self) -> bool {
        // It stands first or last.
        [self.rows.first(), self.rows.last()].contains(&Some(&Place::New))
    }

    /// Puts the rows in order, if anything changed. A client that is here already leaves no choice; retired ones
    /// are shown only when asked for. While something is searched, what was found comes before the new client.
    /// Returns where the row that was focused is now; another search begins at its first row.
    pub fn arrange(
        &mut self,
        clients: &[Client],
        facts: Option<&Facts>,
        query: &str,
        retired: bool,
        focused: usize,
    ) -> usize {
        let Some(facts) = facts else {
            (self.rows, self.by) = (Vec::new(), None);
            return 0;
        };
        if clients.len() < self.index.len() {
            self.index.clear();
            self.standings.clear();
        }
        self.index.extend(clients.iter().skip(self.index.len()).map(haystack));
        let by = By {
            query: query.to_owned(),
            retired,
            clients: clients.len(),
            cluster: facts.cluster_id.value().cloned(),
            release: facts.release.clone(),
        };
        if self.by.as_ref() == Some(&by) {
            return focused.min(self.len().saturating_sub(1));
        }
        let same_place = |before: &By| (&before.cluster, &before.release) == (&by.cluster, &by.release);
        if !self.by.as_ref().is_some_and(same_place) {
            self.standings.clear();
        }
        if self.standings.is_empty() {
            self.retired = 0;
        }
        for client in clients.iter().skip(self.standings.len()) {
            let standing = standing(client, by.cluster.as_ref(), &by.release);
            self.retired += usize::from(standing == Standing::Decommissioned);
            self.standings.push(standing);
        }
        let held = self.rows.get(focused).copied();
        let candidates = self.candidates(&by);
        let searches_on = self.by.as_ref().is_some_and(|before| before.query != by.query);
        self.rows = self.ordered(candidates, &by);
        self.by = Some(by);
        let same = |row: &Place| match (row, &held) {
            (Place::New, Some(Place::New)) => true,
            (Place::Client(at, _), Some(Place::Client(before, _))) => at == before,
            _ => false,
        };
        let found = if searches_on { Some(focused) } else { self.rows.iter().position(same) };
        found.unwrap_or(focused).min(self.len().saturating_sub(1))
    }

    /// The clients that may fit: all, or those that fitted the beginning of the same query.
    fn candidates(&self, by: &By) -> Vec<usize> {
        let narrows = self.by.as_ref().is_some_and(|before| {
            let same = By { query: by.query.clone(), ..before.clone() } == *by;
            same && !before.query.is_empty() && by.query.starts_with(&before.query)
        });
        if !narrows {
            return (0..by.clients).collect();
        }
        let place = |row: &Place| match row {
            Place::New => None,
            Place::Client(at, _) => Some(*at),
        };
        let mut places: Vec<usize> = self.rows.iter().filter_map(place).collect();
        places.sort_unstable();
        places
    }

    fn ordered(&self, candidates: Vec<usize>, by: &By) -> Vec<Place> {
        let needle = Needle::new(&by.query);
        let mut here = Vec::new();
        // By score, the best first; among equals the list's order stays.
        let mut others: BTreeMap<Reverse<u32>, Vec<Place>> = BTreeMap::new();
        for at in candidates {
            let (Some(row), Some(&standing)) = (self.index.get(at), self.standings.get(at)) else { continue };
            let place = Place::Client(at, standing);
            match standing {
                Standing::HereOurs => here.push(place),
                Standing::Decommissioned if !by.retired => {}
                _ => {
                    if let Some(score) = needle.score(row) {
                        others.entry(Reverse(score)).or_default().push(place);
                    }
                }
            }
        }
        if !here.is_empty() {
            return here;
        }
        let mut rows = Vec::with_capacity(by.clients + 1);
        rows.extend(needle.is_empty().then_some(Place::New));
        for mut found in others.into_values() {
            rows.append(&mut found);
        }
        rows.extend((!needle.is_empty()).then_some(Place::New));
        rows
    }
}

/// A client is found by its name, its namespace and where it stands.
fn haystack(client: &Client) -> Haystack {
    Haystack::new(&client.name, &format!("{} {}", client.namespace, words::location(&client.location)))
}
