//! The report: checks in order of what matters, root causes first.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::table::{self, Entry};
use crate::foreign::Text;
use crate::model::{Check, CheckState, Layer};

/// A check with its place in the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// What it is called.
    pub title: &'static str,
    /// What was found.
    #[serde(flatten)]
    pub check: Check,
    /// The root cause it follows from, if it does.
    pub follows_from: Option<&'static str>,
}

impl Item {
    /// A result by itself, before its root is known.
    pub fn new(title: &'static str, check: Check) -> Self {
        Self { title, check, follows_from: None }
    }

    /// Whether it is wrong, may go wrong or could not be looked at.
    pub fn matters(&self) -> bool {
        matches!(self.check.state, CheckState::Fail | CheckState::Warn | CheckState::Unknown)
    }
}

/// What was looked at, and with what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct About {
    /// The version of this program.
    pub version: &'static str,
    /// The profile, if one was chosen.
    pub profile: Option<Text>,
    /// The API's host.
    pub host: Option<Text>,
    /// This machine's name.
    pub machine: Text,
    /// Whether everything is simulated.
    pub sandbox: bool,
}

/// How many of each state. What follows from a root cause is not counted again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Wrong.
    pub fail: usize,
    /// May go wrong.
    pub warn: usize,
    /// Could not be looked at.
    pub unknown: usize,
    /// Right.
    pub pass: usize,
    /// Nothing to look at.
    pub not_applicable: usize,
    /// Wrong or unknown only because something else is.
    pub follow: usize,
}

/// A layer, as far as nothing in it is wrong by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summed {
    /// Which.
    pub layer: Layer,
    /// How many are right.
    pub pass: usize,
    /// How many do not apply.
    pub nothing: usize,
    /// How many are wrong or unknown as a consequence.
    pub follow: usize,
    /// Why none applies, where that has one reason.
    pub why: Option<Text>,
}

impl Summed {
    /// Of these checks; none where there is nothing to say.
    pub fn of(layer: Layer, items: &[Item]) -> Option<Self> {
        let mine: Vec<&Item> = items.iter().filter(|item| item.check.layer == layer).collect();
        let count = |state| mine.iter().filter(|item| item.check.state == state).count();
        let (pass, nothing) = (count(CheckState::Pass), count(CheckState::NotApplicable));
        let follow = mine.iter().filter(|item| item.follows_from.is_some()).count();
        let words = mine.first().map(|item| &item.check.words);
        let one = nothing == mine.len() && mine.iter().all(|item| Some(&item.check.words) == words);
        let why = words.filter(|_| one).cloned();
        (pass + nothing + follow > 0).then_some(Self { layer, pass, nothing, follow, why })
    }
}

/// Everything that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What was looked at.
    pub about: About,
    /// When, by this machine's clock.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    #[serde(rename = "took_ms", serialize_with = "milliseconds")]
    pub took: Duration,
    /// The worst of it.
    pub headline: CheckState,
    /// How many of each.
    pub counts: Counts,
    /// The root causes, the worst first.
    pub roots: Vec<&'static str>,
    /// Every check, in the order of the table.
    pub items: Vec<Item>,
}

impl Report {
    /// Ranks what was found.
    pub fn of(mut items: Vec<Item>, at: Timestamp, took: Duration, about: About) -> Self {
        fold(&mut items);
        let mut counts = Counts::default();
        for item in &items {
            let count = match (item.follows_from, item.check.state) {
                (Some(_), _) => &mut counts.follow,
                (None, CheckState::Fail) => &mut counts.fail,
                (None, CheckState::Warn) => &mut counts.warn,
                (None, CheckState::Unknown) => &mut counts.unknown,
                (None, CheckState::Pass) => &mut counts.pass,
                (None, CheckState::NotApplicable) => &mut counts.not_applicable,
            };
            *count += 1;
        }
        let mut roots: Vec<&Item> =
            items.iter().filter(|item| item.matters() && item.follows_from.is_none()).collect();
        let weight =
            |root: &Item| items.iter().filter(|item| item.follows_from == Some(root.check.id)).count();
        // Of what is equally bad, what drags most along comes first; then the order of the table.
        roots.sort_by_key(|root| (root.check.state, usize::MAX - weight(root)));
        let headline = roots.first().map_or(CheckState::Pass, |root| root.check.state);
        let roots = roots.into_iter().map(|root| root.check.id).collect();
        Self { about, at, took, headline, counts, roots, items }
    }

    /// A check by its id.
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.check.id == id)
    }

    /// What follows from a root cause.
    pub fn following<'a>(&'a self, root: &'a str) -> impl Iterator<Item = &'a Item> {
        self.items.iter().filter(move |item| item.follows_from == Some(root))
    }

    /// The root causes.
    pub fn root_items(&self) -> impl Iterator<Item = &Item> {
        self.roots.iter().filter_map(|id| self.item(id))
    }

    /// The checks of a layer.
    pub fn of_layer(&self, layer: Layer) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.check.layer == layer)
    }

    /// The headline in a sentence.
    pub fn sentence(&self) -> String {
        let Counts { fail, warn, unknown, pass, not_applicable, follow } = self.counts;
        let many = |n: usize, one: &str, more: &str| format!("{n} {}", if n == 1 { one } else { more });
        let mut parts = Vec::new();
        if fail > 0 {
            parts.push(many(fail, "problem", "problems"));
        }
        if warn > 0 {
            parts.push(many(warn, "warning", "warnings"));
        }
        if unknown > 0 {
            parts.push(format!("{unknown} could not be looked at"));
        }
        if parts.is_empty() {
            parts.push("No problem found".into());
        }
        let done = fail + warn + unknown + pass + follow;
        let seconds = (self.took.as_secs_f64() * 10.0).round() / 10.0;
        let mut all = vec![parts.join(", "), format!("{done} checks in {seconds} s")];
        if not_applicable > 0 {
            all.push(format!("{not_applicable} not applicable"));
        }
        all.join(" · ")
    }
}

/// Puts what follows from something worse under its root. A check that is wrong or unknown follows from the first
/// of what it stands on that is wrong; one that is unknown also from what is unknown.
fn fold(items: &mut [Item]) {
    let states: Vec<(&'static str, CheckState)> =
        items.iter().map(|item| (item.check.id, item.check.state)).collect();
    let state = |id: &str| states.iter().find(|(known, _)| *known == id).map(|(_, state)| *state);
    for item in items.iter_mut() {
        item.follows_from = match item.check.state {
            CheckState::Fail | CheckState::Unknown => root_of(item.check.id, &state),
            _ => None,
        };
    }
}

/// The root under a check, if it has one. The table has no circles, so this ends.
fn root_of(id: &str, state: &dyn Fn(&str) -> Option<CheckState>) -> Option<&'static str> {
    let own = state(id)?;
    let entry: &Entry = table::entry(id)?;
    // What passes or does not apply is looked through: what it stands on itself may still be the root.
    let culprit = |id: &&'static str| match state(id) {
        Some(CheckState::Fail) => true,
        Some(CheckState::Unknown) => own == CheckState::Unknown,
        _ => false,
    };
    let parent = entry.after.iter().find(|id| culprit(id)).copied();
    match parent {
        Some(parent) => Some(root_of(parent, state).unwrap_or(parent)),
        None => None,
    }
}

fn milliseconds<S: Serializer>(took: &Duration, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_u64(u64::try_from(took.as_millis()).unwrap_or(u64::MAX))
}
