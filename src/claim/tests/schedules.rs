//! Every single mishap at every call, and pairs of them, from each place a claim may start from: the re-runs
//! must end with exactly one identity, a credential that works in its sink, and no record.

use std::io::Write;
use std::sync::{Arc, Mutex};

use super::fakes::{Fakes, MISHAPS, Mishap, audience};
use super::world::{Generation, HERE, ORIGIN, Patches, World, here, slug};
use crate::claim::enroll;
use crate::error::Fault;
use crate::install::Report;
use crate::model::{Choice, Claimed, Consent};
use crate::secret::{Audience, Secret};

/// Runs until one succeeds, as a person or a script would; each run is a new process.
async fn to_the_end(world: &Arc<Mutex<World>>, wish: &Choice, schedule: &[(usize, Mishap)]) -> Vec<String> {
    let report: Report = Arc::new(|_| ());
    let mut story = Vec::new();
    for run in 1..=5 {
        let fakes = Fakes::new(Arc::clone(world), schedule.to_vec(), run);
        let session = fakes.vault.keep(Secret::new("t", Audience::session(ORIGIN)));
        let intent = fakes.world().review(wish);
        let result: Option<Result<Claimed, Fault>> = tokio::select! {
            biased;
            result = enroll(&fakes, &fakes, &fakes.vault, ORIGIN, session, &intent, &report) => Some(result),
            () = fakes.killed.notified() => None,
        };
        assert!(*fakes.proofs.lock().unwrap() <= 5, "more than five proofs in a run");
        match result {
            Some(Ok(claimed)) => {
                let password = fakes.vault.open(claimed.password, &audience()).unwrap();
                let world = fakes.world();
                assert_eq!(world.sink, Some((claimed.username, password.to_string())));
                story.push("done".to_owned());
                return story;
            }
            Some(Err(fault)) => story.push(fault.sentence()),
            None => story.push("killed".to_owned()),
        }
    }
    story.push("never done".to_owned());
    story
}

struct Start {
    name: &'static str,
    world: World,
    wish: Choice,
    /// How many clients the account has in the end.
    clients: usize,
}

fn starts() -> Vec<Start> {
    let strangers = || World::with_strangers(17);
    let record = |run| Generation {
        password: "left-by-an-earlier-run".into(),
        name: "Lab".into(),
        slug: slug("lab"),
        run,
    };
    let posted = || {
        let mut world = World { record: vec![record(0)], ..strangers() };
        let mut row = World::row(1, Some(HERE));
        row.client.name = "Lab".into();
        row.client.namespace = "lab".into();
        row.password = "left-by-an-earlier-run".into();
        world.rows.push(row);
        world
    };
    let living = |cluster| {
        let row = World::row(1, cluster);
        let sink = Some((row.client.username.clone().unwrap(), row.password.clone()));
        let mut world = World { sink, lives: true, ..strangers() };
        world.rows.push(row);
        world
    };
    let taken = || {
        let mut world = strangers();
        world.rows[3].client.namespace = "lab".into();
        world
    };
    let free = || {
        let mut world = strangers();
        world.rows.push(World::row(1, None));
        world
    };
    let lost = || {
        let consent = Consent { reset: Some(slug("lab")), ..Consent::default() };
        let mut world = World { record: vec![], consent, ..posted() };
        world.rows[17].revoked = true;
        world
    };
    let start = |name, world, wish, clients| Start { name, world, wish, clients };
    let new = || Choice::New;
    vec![
        start("mint", strangers(), new(), 18),
        start("mint, then the Secret counts as a release", World { lives: true, ..strangers() }, new(), 18),
        start(
            "mint, the server ignores a new password",
            World { patches: Patches::Ignores, ..strangers() },
            new(),
            18,
        ),
        start(
            "mint, the server refuses a new password",
            World { patches: Patches::Refuses, ..strangers() },
            new(),
            18,
        ),
        start("mint, the namespace is taken", World { says_taken: true, ..taken() }, new(), 18),
        start("mint, the server numbers the namespace", taken(), new(), 18),
        start("mint, with a record from before", World { record: vec![record(0)], ..strangers() }, new(), 18),
        start("an earlier claim arrived", posted(), new(), 18),
        start(
            "an earlier claim arrived, no new password",
            World { patches: Patches::Ignores, ..posted() },
            new(),
            18,
        ),
        start("adopt", living(Some(HERE)), new(), 18),
        start("its password is lost, and a person agreed to a new one", lost(), new(), 18),
        start("anchor a living client", living(None), new(), 18),
        start("give a free client this cluster", free(), Choice::Backfill(1), 18),
        start(
            "give a free client this cluster, with a record",
            World { record: vec![record(0)], ..free() },
            Choice::Backfill(1),
            18,
        ),
    ]
}

async fn check(start: &Start, schedule: &[(usize, Mishap)]) -> usize {
    let world = Arc::new(Mutex::new(start.world.clone()));
    let story = to_the_end(&world, &start.wish, schedule).await;
    let world = world.lock().unwrap();
    let told = format!("{}, {schedule:?}: {story:?}", start.name);
    let here: Vec<_> = world.rows.iter().filter(|row| row.client.cluster_id == Some(here())).collect();
    assert_eq!(story.last().map(String::as_str), Some("done"), "{told}");
    assert_eq!(here.len(), 1, "{told}");
    assert_eq!(world.rows.len(), start.clients, "{told}");
    let (username, password) = world.sink.clone().unwrap();
    assert_eq!((Some(username), &password), (here[0].client.username.clone(), &here[0].password), "{told}");
    assert!(world.record.is_empty(), "{told}");
    world.fired
}

/// How many calls an undisturbed run makes.
async fn calls(start: &Start) -> usize {
    let world = Arc::new(Mutex::new(start.world.clone()));
    to_the_end(&world, &start.wish, &[]).await;
    let world = world.lock().unwrap();
    world.calls
}

#[tokio::test(start_paused = true)]
async fn one_mishap_anywhere() {
    for start in starts() {
        for at in 0..calls(&start).await {
            for mishap in MISHAPS {
                assert_eq!(check(&start, &[(at, mishap)]).await, 1, "did not happen: {at} {mishap:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_vanishes_while_its_password_is_in_memory() {
    for start in starts().into_iter().filter(|start| start.world.record.is_empty()) {
        for at in 0..calls(&start).await {
            check(&start, &[(at, Mishap::RecordDeleted)]).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn two_mishaps_anywhere() {
    let mut schedules = 0;
    for start in starts() {
        let calls = calls(&start).await;
        for first in 0..calls {
            // The second falls into the same run or into the next.
            for second in first + 1..calls + first + 2 {
                for mishaps in MISHAPS.map(|one| MISHAPS.map(|two| [(first, one), (second, two)])).concat() {
                    schedules += usize::from(check(&start, &mishaps).await == 2);
                }
            }
        }
    }
    assert!(schedules > 50_000, "only {schedules} schedules happened in full");
    // Read by tests/bench/kill-matrix.
    let _ = writeln!(std::io::stdout(), "simulated={schedules}");
}
