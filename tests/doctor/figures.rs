//! The figure: combined faults with the root cause first, healthy variants without alarm, the time it takes.
#![expect(clippy::disallowed_macros, reason = "the figure's line is what a test prints")]

use std::collections::BTreeSet;
use std::time::Duration;

use landfall::doctor::table;
use landfall::model::CheckState;

use super::faults::{ALL, Injected};
use super::healthy;
use super::rig::{Change, Rig, Side};

/// Pairs of faults that are tried at least.
const PAIRS: usize = 100;
/// Healthy variants.
const VARIANTS: usize = 200;
/// How long a look at a healthy machine may take.
const SOON: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_on_the_sandbox_is_named_first() {
    let rig = Rig::new().await;
    let subject = rig.subject();
    let (report, _) = rig.look(&subject, &[]).await;
    assert_eq!(report.roots, Vec::<&str>::new(), "{:#?}", report.root_items().collect::<Vec<_>>());
    // What else the machine does may delay one look, not three.
    let mut took = report.took;
    for _ in 0..2 {
        if took >= SOON {
            took = took.min(rig.look(&subject, &[]).await.0.took);
        }
    }
    assert!(took < SOON, "{took:?}");
    let mut wrong = Vec::new();
    for Injected { id, does, .. } in ALL {
        // Each with a memory of its own: proofs of a credential are counted.
        let (report, _) = rig.look(&rig.subject(), &[*does]).await;
        if report.roots.first() != Some(id) {
            wrong.push((id, report.roots.clone()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A user who may read nothing is told just that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_any_right_it_still_says_what_is_true() {
    let rig = Rig::new().await;
    let no_rights: Change = |exchange| {
        if exchange.side == Side::Cluster && exchange.path.ends_with("selfsubjectaccessreviews") {
            exchange.body["status"]["allowed"] = serde_json::json!(false);
        } else if exchange.side == Side::Cluster && exchange.path != "/version" {
            exchange.fail(403, "forbidden: User \"eve\" cannot do this");
        }
    };
    let (report, _) = rig.look(&rig.subject(), &[no_rights]).await;
    assert_eq!(report.roots, ["C09"], "{:#?}", report.root_items().collect::<Vec<_>>());
    assert!(report.took < Duration::from_secs(15));
}

/// `tests/figures doctor`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a figure: some minutes"]
async fn doctor() {
    let rig = Rig::new().await;
    let mut slowest = Duration::ZERO;
    let mut pairs = Vec::new();
    for (at, one) in ALL.iter().enumerate() {
        for other in ALL.iter().skip(at + 1).filter(|other| other.group != one.group) {
            pairs.push((one, other));
        }
    }
    // Spread evenly over all pairs, the same ones each time.
    let step = (pairs.len() / (PAIRS + 20)).max(1);
    let (mut faults, mut first) = (0, 0);
    for (one, other) in pairs.into_iter().step_by(step) {
        let (report, _) = rig.look(&rig.subject(), &[one.does, other.does]).await;
        slowest = slowest.max(report.took);
        faults += 1;
        let injected = [one.id, other.id];
        let red: BTreeSet<&str> = report
            .items
            .iter()
            .filter(|item| matches!(item.check.state, CheckState::Fail | CheckState::Warn))
            .map(|item| item.check.id)
            .collect();
        let named = report.roots.first().is_some_and(|root| injected.contains(root));
        // A mere warning beside a failure is never ranked over it.
        let state = |id: &str| report.item(id).map(|item| item.check.state);
        let fails: Vec<&&str> = injected.iter().filter(|id| state(id) == Some(CheckState::Fail)).collect();
        let fair = fails.is_empty() || report.roots.first().is_some_and(|root| fails.contains(&root));
        if named && fair {
            first += 1;
        } else {
            eprintln!("  {injected:?}: {:?}; red: {red:?}", report.roots);
        }
    }
    let mut alarms = 0;
    for seed in 0..VARIANTS {
        let chosen: Vec<Change> = healthy::ALL
            .iter()
            .enumerate()
            // The bits of a number that jumps about: every variant another set.
            .filter(|(at, _)| (seed * 2_654_435_761) >> (at + 7) & 1 == 1)
            .map(|(_, change)| *change)
            .collect();
        let (report, _) = rig.look(&rig.subject(), &chosen).await;
        slowest = slowest.max(report.took);
        if !report.roots.is_empty() {
            alarms += 1;
            eprintln!("  healthy variant {seed}: {:#?}", report.root_items().collect::<Vec<_>>());
        }
    }
    let [more, named, well, false_alarms] = super::station::figure().await;
    (faults, first, alarms) = (faults + more, first + named, alarms + false_alarms);
    println!(
        "doctor: checks={} faults={faults} root_first={first} healthy={} false_alarms={alarms} wall_s={:.1}",
        table::entries().count(),
        VARIANTS + well,
        slowest.as_secs_f64()
    );
    assert!(
        faults >= PAIRS && first * 100 >= faults * 95 && alarms <= 1 && slowest < Duration::from_secs(15)
    );
}
