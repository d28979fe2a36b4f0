//! The table of checks: what each is called, what it stands on, and which facts it is made of.

use super::bundle::clean::Cleanser;
use super::checks;
use super::facts::{AccountSide, ClusterSide, Look, Machine, Network, Plane, Store, Workload, World};
use super::report::Item;
use crate::foreign::Text;
use crate::model::{Check, CheckState, Layer, Release};

/// A part of the world that is looked at in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// This machine.
    Machine,
    /// The way to the control plane.
    Network,
    /// Where things rest.
    Store,
    /// The session and the account.
    Account,
    /// What a registration put here.
    Station,
    /// The cluster.
    Cluster,
    /// What is installed.
    Workload,
    /// What the control plane says.
    Plane,
}

/// What a verdict says; the table adds the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// How it ended.
    pub state: CheckState,
    /// One sentence without a full stop.
    pub words: Text,
    /// What it rests on.
    pub evidence: Vec<Text>,
    /// What to do.
    pub fix: Text,
}

impl Finding {
    fn new(state: CheckState, words: impl Into<Text>) -> Self {
        Self { state, words: words.into(), evidence: Vec::new(), fix: Text::default() }
    }

    /// It is right.
    pub fn pass(words: impl Into<Text>) -> Self {
        Self::new(CheckState::Pass, words)
    }

    /// It may go wrong.
    pub fn warn(words: impl Into<Text>) -> Self {
        Self::new(CheckState::Warn, words)
    }

    /// It is wrong.
    pub fn fail(words: impl Into<Text>) -> Self {
        Self::new(CheckState::Fail, words)
    }

    /// It could not be looked at; why.
    pub fn unknown(why: impl Into<Text>) -> Self {
        Self::new(CheckState::Unknown, why)
    }

    /// There is nothing to look at; why.
    pub fn nothing(why: impl Into<Text>) -> Self {
        Self::new(CheckState::NotApplicable, why)
    }

    /// As somebody else judged it.
    pub fn as_judged(check: &Check) -> Self {
        Self {
            state: check.state,
            words: check.words.clone(),
            evidence: check.evidence.clone(),
            fix: check.fix.clone(),
        }
    }

    /// With what it rests on.
    #[must_use]
    pub fn because(mut self, evidence: impl IntoIterator<Item = impl Into<Text>>) -> Self {
        self.evidence.extend(evidence.into_iter().map(Into::into).filter(|text: &Text| !text.is_empty()));
        self
    }

    /// With what to do.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<Text>) -> Self {
        self.fix = fix.into();
        self
    }
}

/// From facts to a verdict.
#[derive(Clone, Copy)]
pub enum Judge {
    /// From what was seen of the machine.
    Machine(fn(&Machine) -> Finding),
    /// From the way to the control plane.
    Network(fn(&Network) -> Finding),
    /// From where things rest.
    Store(fn(&Store) -> Finding),
    /// From session and account.
    Account(fn(&AccountSide) -> Finding),
    /// By the part of its own id of what a registration put here.
    Station,
    /// From the cluster.
    Cluster(fn(&ClusterSide) -> Finding),
    /// From machine and cluster.
    Both(fn(&Machine, &ClusterSide) -> Finding),
    /// From machine and way.
    Way(fn(&Machine, &Network) -> Finding),
    /// From what is installed.
    Workload(fn(&Workload) -> Finding),
    /// From what the control plane says.
    Plane(fn(&Plane) -> Finding),
}

/// One check.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Its short, stable name.
    pub id: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// The checks it stands on, the nearest first: where one of them fails, this cannot be right.
    pub after: &'static [&'static str],
    /// How it is judged.
    pub judge: Judge,
}

/// Every check, in the order of the layers.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    [
        checks::machine::CHECKS,
        checks::network::CHECKS,
        checks::account::CHECKS,
        checks::store::CHECKS,
        checks::station::CHECKS,
        checks::cluster::CHECKS,
        checks::workload::CHECKS,
        checks::plane::CHECKS,
    ]
    .into_iter()
    .flatten()
}

/// A check of the table by its id.
pub fn entry(id: &str) -> Option<&'static Entry> {
    entries().find(|entry| entry.id == id)
}

/// The layer that an id belongs to, by its letter.
pub fn layer(id: &str) -> Layer {
    match id.as_bytes().first() {
        Some(b'M') => Layer::Machine,
        Some(b'N') => Layer::Network,
        Some(b'A') => Layer::Account,
        Some(b'S') => Layer::Store,
        Some(b'R') => Layer::Registration,
        Some(b'C') => Layer::Cluster,
        Some(b'W') => Layer::Workload,
        _ => Layer::ControlPlane,
    }
}

/// Everything that can be judged, in the order of the table.
pub fn judged(world: &World, cleanser: &Cleanser, only: &[&str]) -> Vec<Item> {
    let mut items: Vec<Item> = entries()
        .filter(|entry| only.is_empty() || only.contains(&entry.id))
        .filter_map(|entry| item(entry, world, cleanser))
        .collect();
    // Before there is anything, what the installation checks by itself stands beside our own.
    if let Some(cluster) = world.cluster.seen()
        && cluster.release == Release::None
    {
        let fresh = cluster.preflight.iter().filter(|check| entry(check.id).is_none());
        let wanted = fresh.filter(|check| only.is_empty() || only.contains(&check.id));
        let before: Vec<Item> =
            wanted.map(|check| Item::new("before an installation", clean(check, cleanser))).collect();
        items.extend(before);
    }
    items
}

/// What can be judged now that a part was put in its place.
pub fn judged_with(world: &World, part: Part, cleanser: &Cleanser, only: &[&str]) -> Vec<Item> {
    entries()
        .filter(|entry| only.is_empty() || only.contains(&entry.id))
        .filter(|entry| match entry.judge {
            Judge::Machine(_) => part == Part::Machine,
            Judge::Network(_) => part == Part::Network,
            Judge::Store(_) => part == Part::Store,
            Judge::Account(_) => part == Part::Account,
            Judge::Station => part == Part::Station,
            Judge::Cluster(_) => part == Part::Cluster,
            Judge::Both(_) => matches!(part, Part::Machine | Part::Cluster),
            Judge::Way(_) => matches!(part, Part::Machine | Part::Network),
            Judge::Workload(_) => part == Part::Workload,
            Judge::Plane(_) => part == Part::Plane,
        })
        .filter_map(|entry| item(entry, world, cleanser))
        .collect()
}

fn item(entry: &Entry, world: &World, cleanser: &Cleanser) -> Option<Item> {
    let Finding { state, words, evidence, mut fix } = finding(entry, world)?;
    if entry.id == "A01" && state == CheckState::Unknown {
        fix = "name it: landfall doctor --profile NAME; the names are told by: landfall profiles".into();
    }
    let check = Check { id: entry.id, layer: layer(entry.id), state, words, evidence, fix };
    Some(Item::new(entry.title, clean(&check, cleanser)))
}

/// No secret leaves in a sentence, whoever wrote it.
fn clean(check: &Check, cleanser: &Cleanser) -> Check {
    Check {
        words: cleanser.text(&check.words),
        evidence: check.evidence.iter().map(|text| cleanser.text(text)).collect(),
        // What to do is our own words, and shows how an address is written.
        fix: cleanser.held_text(&check.fix),
        ..*check
    }
}

/// What is asked of a machine only because it is to run a cluster.
const FOR_A_CLUSTER: [&str; 3] = ["M07", "M08", "M17"];

/// A verdict; none while its facts are pending, or where it has no place.
fn finding(entry: &Entry, world: &World) -> Option<Finding> {
    let session = matches!(entry.judge, Judge::Account(_)) && entry.id != "A01";
    if world.registers && (session || FOR_A_CLUSTER.contains(&entry.id)) {
        return None;
    }
    match entry.judge {
        Judge::Machine(judge) => one(&world.machine, judge),
        Judge::Network(judge) => one(&world.network, judge),
        Judge::Store(judge) => one(&world.store, judge),
        Judge::Account(judge) => one(&world.account, judge),
        Judge::Station => one(&world.station, |standing| checks::station::found(standing, entry.id)),
        Judge::Cluster(judge) => one(&world.cluster, judge),
        Judge::Workload(judge) => one(&world.workload, judge),
        Judge::Plane(judge) => one(&world.plane, judge),
        Judge::Both(judge) => match &world.machine {
            Look::Seen(machine) => one(&world.cluster, |cluster| judge(machine, cluster)),
            other => one(other, |_| Finding::unknown("the machine was not looked at")),
        },
        Judge::Way(judge) => match &world.machine {
            Look::Seen(machine) => one(&world.network, |network| judge(machine, network)),
            other => one(other, |_| Finding::unknown("the machine was not looked at")),
        },
    }
}

fn one<T>(look: &Look<T>, judge: impl Fn(&T) -> Finding) -> Option<Finding> {
    match look {
        Look::Pending | Look::Absent => None,
        Look::Seen(facts) => Some(judge(facts)),
        Look::Failed(why) => Some(Finding::unknown(why.clone())),
        Look::Nothing(why) => Some(Finding::nothing(why.clone())),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_short_and_their_own_and_stand_on_others_without_circles() {
        let mut seen = BTreeSet::new();
        for entry in entries() {
            assert!(entry.id.len() == 3 && seen.insert(entry.id), "{}", entry.id);
            assert!(!entry.title.is_empty());
            assert!(entry.after.iter().all(|id| super::entry(id).is_some()), "{}", entry.id);
        }
        assert!(seen.len() >= 60, "{}", seen.len());
        // Taking away whatever stands only on what is gone already empties the table.
        let mut left: Vec<&Entry> = entries().collect();
        while !left.is_empty() {
            let ids: BTreeSet<&str> = left.iter().map(|entry| entry.id).collect();
            let before = left.len();
            left.retain(|entry| entry.after.iter().any(|id| ids.contains(id)));
            assert!(left.len() < before, "a circle among {ids:?}");
        }
    }
}
