//! The doctor on a full screen: a small pure machine. Results come in, keys move, and what is wanted of the
//! outside is told as a [`Want`].

use super::report::{Item, Report, Summed};
use super::table;
use crate::foreign::Text;
use crate::model::Layer;

/// What a person did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// Show what is behind the row, or close it.
    Enter,
    /// One level back.
    Back,
    /// Look again.
    Again,
    /// Make a bundle.
    Bundle,
    /// Show what is right, too.
    All,
    /// Leave.
    Leave,
}

/// What the outside is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// Look again; at these only, if any are named.
    Look(Vec<&'static str>),
    /// Say what a bundle would hold.
    Preview,
    /// Write the bundle that was previewed.
    Write,
    /// Leave.
    Leave,
}

/// What lies on the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The list.
    #[default]
    List,
    /// One check with its evidence.
    One(&'static str),
    /// What a bundle would hold, line by line.
    Preview(Vec<Text>),
    /// What became of the bundle.
    Written(Result<Text, Text>),
}

/// The doctor's screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doctor {
    /// What came in so far.
    pub items: Vec<Item>,
    /// The whole, once it is there.
    pub report: Option<Report>,
    /// Whether a look is under way.
    pub looking: bool,
    /// Seconds since the last look ended.
    pub age: u64,
    /// The focused row.
    pub row: usize,
    /// Whether what is right is shown as well.
    pub all: bool,
    /// What lies on the screen.
    pub view: View,
    /// Ids that were asked for by the page this was opened from.
    pub wanted: Vec<&'static str>,
    /// How far a long page is scrolled.
    pub scroll: usize,
}

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A check, and how many follow from it.
    Check(Item, usize),
    /// A layer, as far as nothing in it is wrong by itself.
    Layer(Summed),
}

impl Doctor {
    /// A screen that looks at once. With `wanted`, these stand first.
    pub fn new(wanted: Vec<&'static str>) -> (Self, Want) {
        (Self { looking: true, wanted, ..Self::default() }, Want::Look(Vec::new()))
    }

    /// A screen for a report that is there already.
    pub fn of(report: Report) -> Self {
        Self { items: report.items.clone(), report: Some(report), ..Self::default() }
    }

    /// A result came in.
    pub fn tell(&mut self, item: Item) {
        match self.items.iter_mut().find(|known| known.check.id == item.check.id) {
            Some(known) => *known = item,
            None => self.items.push(item),
        }
    }

    /// A look ended. One that was at some checks only leaves the others as they were.
    pub fn done(&mut self, report: Report) {
        self.looking = false;
        self.age = 0;
        let report = match self.report.take() {
            Some(before) if report.items.len() < before.items.len() => {
                let mut items: Vec<Item> =
                    before.items.into_iter().map(|item| Item { follows_from: None, ..item }).collect();
                for fresh in report.items {
                    if let Some(known) = items.iter_mut().find(|known| known.check.id == fresh.check.id) {
                        *known = fresh;
                    }
                }
                Report::of(items, report.at, report.took, report.about)
            }
            _ => report,
        };
        self.items.clone_from(&report.items);
        self.report = Some(report);
        self.row = self.row.min(self.rows().len().saturating_sub(1));
    }

    /// A second passed.
    pub fn tick(&mut self) {
        if !self.looking {
            self.age += 1;
        }
    }

    /// What a bundle would hold.
    pub fn preview(&mut self, lines: Vec<Text>) {
        self.scroll = 0;
        self.view = View::Preview(lines);
    }

    /// What became of the bundle.
    pub fn written(&mut self, end: Result<Text, Text>) {
        self.view = View::Written(end);
    }

    /// The rows of the list: what is wrong first, then each layer in a line, or every check.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        let following = |id: &str| self.items.iter().filter(|item| item.follows_from == Some(id)).count();
        let mut shown: Vec<&Item> = if let Some(report) = &self.report {
            report.root_items().collect()
        } else {
            self.items.iter().filter(|item| item.matters()).collect()
        };
        // What the page asked about comes first among equals.
        shown.sort_by_key(|item| (item.check.state, !self.wanted.contains(&item.check.id)));
        rows.extend(shown.iter().map(|item| Row::Check((*item).clone(), following(item.check.id))));
        if self.all {
            let rest =
                self.items.iter().filter(|item| !shown.iter().any(|root| root.check.id == item.check.id));
            rows.extend(rest.map(|item| Row::Check(item.clone(), 0)));
            return rows;
        }
        let layers = LAYERS.into_iter().filter_map(|layer| Summed::of(layer, &self.items));
        rows.extend(layers.map(Row::Layer));
        rows
    }

    /// Takes a key.
    pub fn key(&mut self, key: Key, page: usize) -> Option<Want> {
        match (&self.view, key) {
            (View::List, Key::Leave | Key::Back) | (_, Key::Leave) => Some(Want::Leave),
            (View::List, Key::Up) => self.go(|row, _| row.saturating_sub(1)),
            (View::List, Key::Down) => self.go(|row, last| (row + 1).min(last)),
            (View::List, Key::PageUp) => self.go(|row, _| row.saturating_sub(page.max(1))),
            (View::List, Key::PageDown) => self.go(|row, last| (row + page.max(1)).min(last)),
            (View::List, Key::Enter) => {
                match self.rows().get(self.row) {
                    Some(Row::Check(item, _)) => self.view = View::One(item.check.id),
                    Some(Row::Layer(..)) => self.all = true,
                    None => {}
                }
                None
            }
            (View::List, Key::All) => {
                self.all = !self.all;
                self.row = 0;
                None
            }
            (View::List, Key::Again) if !self.looking => {
                self.looking = true;
                Some(Want::Look(Vec::new()))
            }
            // One that is looked at again takes along what it stands on.
            (View::One(id), Key::Again) if !self.looking => {
                let mut ids = vec![*id];
                ids.extend(table::entry(id).into_iter().flat_map(|entry| entry.after.iter().copied()));
                self.looking = true;
                Some(Want::Look(ids))
            }
            (View::List | View::One(_), Key::Bundle) if self.report.is_some() => Some(Want::Preview),
            (View::Preview(_), Key::Enter) => Some(Want::Write),
            (View::Preview(lines), Key::Down | Key::PageDown) => {
                let step = if key == Key::Down { 1 } else { page.max(1) };
                self.scroll = (self.scroll + step).min(lines.len().saturating_sub(1));
                None
            }
            (View::Preview(_), Key::Up) => {
                self.scroll = self.scroll.saturating_sub(1);
                None
            }
            (View::Preview(_), Key::PageUp) => {
                self.scroll = self.scroll.saturating_sub(page.max(1));
                None
            }
            (View::One(_) | View::Preview(_) | View::Written(_), Key::Back | Key::Enter) => {
                self.view = View::List;
                None
            }
            _ => None,
        }
    }

    fn go(&mut self, step: impl Fn(usize, usize) -> usize) -> Option<Want> {
        let last = self.rows().len().saturating_sub(1);
        self.row = step(self.row, last);
        None
    }

    /// The keys that do something now: key and word.
    pub fn keys(&self) -> Vec<(&'static str, &'static str)> {
        match self.view {
            View::List => {
                let mut keys = vec![("↑↓", "move"), ("Enter", "evidence")];
                if !self.looking {
                    keys.push(("r", "run again"));
                }
                if self.report.is_some() {
                    keys.push(("b", "bundle"));
                }
                keys.push(("a", if self.all { "what is wrong" } else { "all checks" }));
                keys.push(("q", "back"));
                keys
            }
            View::One(_) => vec![("r", "run this again"), ("Esc", "back"), ("q", "leave")],
            View::Preview(_) => vec![("↑↓", "move"), ("Enter", "write it"), ("Esc", "back")],
            View::Written(_) => vec![("Enter", "back"), ("q", "leave")],
        }
    }
}

/// The layers in the order in which they stand on each other.
pub const LAYERS: [Layer; 8] = [
    Layer::Machine,
    Layer::Network,
    Layer::Account,
    Layer::Store,
    Layer::Registration,
    Layer::Cluster,
    Layer::Workload,
    Layer::ControlPlane,
];
