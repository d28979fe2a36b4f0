//! Every check turns red under its fault, and not under what looks like it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::bundle::clean::Cleanser;
use super::super::facts::{Look, World};
use super::super::report::{About, Report};
use super::super::table;
use crate::foreign::Text;
use crate::model::{CheckState, Known};
use crate::secret::Vault;

mod cluster;
mod machine;
mod network;
mod sides;
mod station;
mod workload;
mod world;

use world::{healthy, w};

/// A check, what turns it red, and what looks like that and must not.
type Case = (&'static str, fn(&mut World), fn(&mut World));

fn cases() -> Vec<Case> {
    [machine::CASES, network::CASES, sides::CASES, station::CASES, cluster::CASES, workload::CASES].concat()
}

fn report(world: &World) -> Report {
    let items = table::judged(world, &Cleanser::new(&Vault::default()), &[]);
    Report::of(items, world.now, std::time::Duration::from_secs(1), About::default())
}

fn red(state: CheckState) -> bool {
    matches!(state, CheckState::Fail | CheckState::Warn)
}

#[test]
fn a_healthy_world_is_all_good() {
    let report = report(&healthy());
    let bad: Vec<_> = report.items.iter().filter(|item| item.matters()).collect();
    assert_eq!(bad, Vec::<&super::super::report::Item>::new());
    assert_eq!(report.headline, CheckState::Pass);
    assert_eq!(report.items.len(), table::entries().count());
}

#[test]
fn every_check_has_a_fault_and_a_look_alike() {
    let known: BTreeSet<&str> = table::entries().map(|entry| entry.id).collect();
    let tried: BTreeSet<&str> = cases().iter().map(|case| case.0).collect();
    assert_eq!(known.difference(&tried).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn red_under_its_fault_and_not_under_what_looks_like_it() {
    for (id, fault, alike) in cases() {
        let mut world = healthy();
        fault(&mut world);
        let with_fault = report(&world);
        let item = with_fault.item(id).unwrap();
        assert!(red(item.check.state), "{id} under its fault: {item:?}");
        assert!(!item.check.words.is_empty() && !item.check.words.ends_with('.'), "{item:?}");
        assert!(!item.check.fix.is_empty(), "{id} says nothing of what to do: {item:?}");
        assert!(with_fault.headline < CheckState::Pass, "{id}: a green headline over a red check");
        let mut world = healthy();
        alike(&mut world);
        let item = report(&world).item(id).unwrap().clone();
        assert!(!red(item.check.state), "{id} under what looks like its fault: {item:?}");
    }
}

#[test]
fn what_could_not_be_looked_at_is_unknown_and_never_good() {
    let mut world = World::new(healthy().now);
    assert_eq!(report(&world).items, Vec::new(), "nothing is said before anything was looked at");
    world.give_up(std::time::Duration::from_secs(14));
    let report = report(&world);
    assert_eq!(report.items.len(), table::entries().count());
    for item in &report.items {
        assert_eq!(item.check.state, CheckState::Unknown, "{item:?}");
        assert!(item.check.words.contains("14 s"), "{item:?}");
    }
}

#[test]
fn what_may_have_unread_parts_elsewhere_is_not_called_good() {
    let mut world = healthy();
    w(&mut world).expected.clear();
    w(&mut world).elsewhere = Known::Unknown("it has parts in more than 5 other namespaces".into());
    for id in ["W01", "W02", "W10"] {
        let check = report(&world).item(id).unwrap().check.clone();
        let words = "not all of it was looked at: it has parts in more than 5 other namespaces";
        assert_eq!((check.state, check.words), (CheckState::Unknown, words.into()), "{id}");
    }
}

#[test]
fn a_pull_secret_that_was_not_read_is_not_called_missing() {
    let mut world = healthy();
    w(&mut world).secrets[0].1 = Known::Unknown("forbidden".into());
    let check = report(&world).item("W06").unwrap().check.clone();
    assert_eq!((check.state, check.words), (CheckState::Unknown, "forbidden".into()));
}

#[test]
fn what_has_nothing_to_look_at_does_not_apply() {
    let mut world = healthy();
    world.workload = Look::Nothing(Text::from("nothing is installed yet"));
    world.plane = Look::Nothing(Text::from("nothing is installed yet"));
    let report = report(&world);
    assert_eq!(report.item("W02").unwrap().check.state, CheckState::NotApplicable);
    assert_eq!(report.headline, CheckState::Pass);
}

#[test]
fn a_root_cause_takes_what_follows_under_it() {
    let mut world = healthy();
    // The proxy asks for a password: everything behind it is unknown, and the one cause is the proxy.
    (network::CASES.iter().find(|case| case.0 == "N07").unwrap().1)(&mut world);
    let report = report(&world);
    assert_eq!(report.roots, ["N07"], "{:#?}", report.root_items().collect::<Vec<_>>());
    assert_eq!((report.counts.fail, report.counts.unknown), (1, 0));
    let follow: Vec<&str> = report.following("N07").map(|item| item.check.id).collect();
    assert!(follow.contains(&"N06") && follow.contains(&"A03"), "{follow:?}");
}

#[test]
fn the_worst_comes_first_and_then_what_drags_most_along() {
    let mut world = healthy();
    let fault = |world: &mut World, id: &str| cases().iter().find(|case| case.0 == id).unwrap().1(world);
    fault(&mut world, "M02");
    fault(&mut world, "W06");
    fault(&mut world, "C17");
    let report = report(&world);
    assert_eq!(report.headline, CheckState::Fail);
    assert_eq!(report.roots.last(), Some(&"M02"), "{:?}", report.roots);
}

#[test]
fn a_command_holds_nothing_that_the_cluster_chose() {
    const FOREIGN: &str = "x; reboot";
    type Object = fn(&mut World) -> &mut Value;
    let kinds: [(&str, Object); 2] = [
        ("W03", |world| world::one(&mut w(world).pods)),
        ("W17", |world| world::one(&mut w(world).workloads)),
    ];
    for (id, object) in kinds {
        let fix = |at: &str| {
            let mut world = healthy();
            cases().iter().find(|case| case.0 == id).unwrap().1(&mut world);
            if let Some(text) = object(&mut world).pointer_mut(at) {
                *text = Value::from(FOREIGN);
            }
            report(&world).item(id).unwrap().check.fix.to_string()
        };
        assert!(fix("/nothing").contains("kubectl -n lab "), "{id}: {}", fix("/nothing"));
        for at in ["/kind", "/metadata/name", "/metadata/namespace", "/status/containerStatuses/0/name"] {
            assert!(!fix(at).contains("reboot"), "{id} with a foreign {at}: {}", fix(at));
            assert!(!fix(at).is_empty(), "{id} with a foreign {at} says nothing of what to do");
        }
    }
}
