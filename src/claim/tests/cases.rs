//! Single runs: what is sent, what is told, and what is refused.

use std::sync::{Arc, Mutex};

use super::fakes::{Fakes, Mishap, audience};
use super::world::{ACCOUNT, Generation, HERE, ORIGIN, Patches, Post, World, here, slug, uuid};
use crate::claim::enroll;
use crate::error::Fault;
use crate::install::{Report, Told};
use crate::model::{Ahead, Choice, Claimed, Client, How, Intent, Location, Progress, Reply};
use crate::secret::{Audience, Secret};

type Twist = fn(&mut Client);

pub const LEFT: &str = "left-by-an-earlier-run";

/// What one run leaves.
pub struct Ran {
    pub result: Result<Claimed, Fault>,
    pub world: World,
    pub told: Vec<Progress>,
    pub password: Option<String>,
}

async fn run_with(world: World, intent: &Intent, schedule: Vec<(usize, Mishap)>) -> Ran {
    let fakes = Fakes::new(Arc::new(Mutex::new(world)), schedule, 1);
    let session = fakes.vault.keep(Secret::new("t", Audience::session(ORIGIN)));
    let told = Arc::new(Mutex::new(Vec::new()));
    let report: Report = {
        let told = Arc::clone(&told);
        Arc::new(move |what| match what {
            Told::Progress(progress) => told.lock().unwrap().push(progress),
            Told::Snapshot(_) => unreachable!("a claim shows no rollout"),
        })
    };
    // The shell runs it as a task, so it must be Send.
    let enrolling: Reply<'_, _> =
        Box::pin(enroll(&fakes, &fakes, &fakes.vault, ORIGIN, session, intent, &report));
    let result = enrolling.await;
    let opened = result.as_ref().map(|claimed| fakes.vault.open(claimed.password, &audience()).unwrap());
    let password = opened.ok().map(|password| password.to_string());
    let told = told.lock().unwrap().clone();
    Ran { result, world: fakes.world().clone(), told, password }
}

pub async fn run(world: World) -> Ran {
    let intent = world.review(&Choice::New);
    run_with(world, &intent, vec![]).await
}

pub fn record() -> Vec<Generation> {
    vec![Generation { password: LEFT.into(), name: "Lab".into(), slug: slug("lab"), run: 0 }]
}

pub fn lab_here(password: &str) -> super::world::Held {
    let mut row = World::row(1, Some(HERE));
    row.client.name = "Lab".into();
    row.client.namespace = "lab".into();
    row.password = password.into();
    row
}

#[tokio::test(start_paused = true)]
async fn a_new_client_is_written_ahead_claimed_proven_and_delivered() {
    let ran = run(World::with_strangers(2)).await;
    let claimed = ran.result.unwrap();
    let expected = Claimed {
        id: 102,
        how: How::Minted,
        name: "Lab".into(),
        namespace: slug("lab"),
        username: uuid(102),
        password: claimed.password,
        location: Location::Zone("DE".parse().unwrap()),
    };
    assert_eq!(claimed, expected);
    let password = ran.password.unwrap();
    assert!(password.len() == 48 && password.bytes().all(|b| b.is_ascii_hexdigit()));
    assert_eq!(ran.world.sink, Some((uuid(102), password)));
    let told = [
        Progress::ReadingAgain,
        Progress::WritingAhead,
        Progress::Claiming,
        Progress::Proving,
        Progress::Delivering,
    ];
    assert_eq!(ran.told, told);
}

#[tokio::test(start_paused = true)]
async fn a_password_that_somebody_else_wrote_is_replaced() {
    let minted = run(World { record: record(), ..World::default() }).await;
    assert_eq!(minted.result.unwrap().how, How::Minted);
    let resumed = run(World { record: record(), rows: vec![lab_here(LEFT)], ..World::default() }).await;
    assert_eq!(resumed.result.unwrap().how, How::Resumed);
    for (password, world) in [(minted.password, minted.world), (resumed.password, resumed.world)] {
        assert_eq!(Some(&world.rows[0].password), password.as_ref());
        assert_ne!(world.rows[0].password, LEFT);
    }
}

#[tokio::test(start_paused = true)]
async fn what_lives_here_keeps_its_credential_and_its_place() {
    let row = World::row(1, Some(HERE));
    let sink = Some((uuid(1), row.password.clone()));
    let home = Some(slug("where-it-lives"));
    let ran = run(World { rows: vec![row], sink: sink.clone(), lives: true, home, ..World::default() }).await;
    let claimed = ran.result.unwrap();
    assert_eq!((claimed.how, claimed.namespace), (How::Adopted, slug("where-it-lives")));
    assert_eq!((ran.world.sink, ran.world.posts.len()), (sink, 0));
}

#[tokio::test(start_paused = true)]
async fn a_hostile_answer_is_not_used_and_the_record_stays() {
    let twists: [(&str, Twist); 7] = [
        ("is one of the cluster's own", |row| row.namespace = "kube-system".into()),
        ("is one of the cluster's own", |row| row.namespace = "openshift-etcd".into()),
        ("is one of the cluster's own", |row| row.namespace = "default".into()),
        ("is not the one that was asked for", |row| row.namespace = "monitoring".into()),
        ("is no name for a namespace", |row| row.namespace = "lab; rm -rf /".into()),
        ("machine name is not a UUID", |row| row.username = None),
        ("does not hold this cluster", |row| row.cluster_id = None),
    ];
    for (why, twist) in twists {
        let ran = run(World { twist: Some(twist), ..World::default() }).await;
        match ran.result {
            Err(Fault::BadReply { why: said }) => assert!(said.contains(why), "{said} / {why}"),
            other => panic!("{why}: {other:?}"),
        }
        assert_eq!((ran.world.sink, ran.world.record.len()), (None, 1), "{why}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_taken_namespace_gives_way_to_the_next_one() {
    let taken = |n: u64| {
        let rows = (1..=n).map(|id| {
            let mut row = World::row(id, Some(&format!("elsewhere-{id}")));
            row.client.namespace = if id == 1 { "lab".into() } else { format!("lab-{id}").into() };
            row
        });
        World { rows: rows.collect(), says_taken: true, ..World::default() }
    };
    let ran = run(taken(19)).await;
    assert_eq!(ran.result.unwrap().namespace, slug("lab-20"));
    // One record, one password, whatever the namespace.
    let mut passwords: Vec<_> = ran.world.posts.iter().map(|post| &post.password).collect();
    passwords.dedup();
    assert_eq!((ran.world.posts.len(), passwords.len()), (20, 1));

    let refused = run(taken(20)).await;
    assert!(matches!(refused.result, Err(Fault::FieldRefused { .. })), "{:?}", refused.result);
}

#[tokio::test(start_paused = true)]
async fn in_use_for_our_own_cluster_means_that_the_claim_is_there() {
    // The earlier run's claim arrives with ours: after the list was read.
    let post = Post {
        name: "Lab".into(),
        namespace: slug("lab"),
        location: Location::NotSet,
        password: LEFT.into(),
        cluster: here(),
    };
    let world = World { record: record(), late: vec![(4, post)], says_in_use: true, ..World::default() };
    let ran = run(world).await;
    assert_eq!((ran.result.unwrap().how, ran.world.rows.len()), (How::Resumed, 1));
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_is_looked_up_and_sent_again_and_gives_up_in_the_end() {
    // Calls: turn, inspect, two lists, record, guard, claim; then two lists, guard and claim, again and again.
    let intent = World::default().review(&Choice::New);
    let arrived = run_with(World::default(), &intent, vec![(6, Mishap::ReplyLost)]).await;
    assert_eq!((arrived.result.unwrap().how, arrived.world.posts.len()), (How::Minted, 1));
    let again = run_with(World::default(), &intent, vec![(6, Mishap::NeverSent)]).await;
    assert_eq!((again.result.unwrap().how, again.world.posts.len()), (How::Minted, 1));
    let never = [6, 10, 14].map(|at| (at, Mishap::NeverSent)).to_vec();
    let never = run_with(World::default(), &intent, never).await;
    assert!(matches!(never.result, Err(Fault::Unreachable { .. })), "{:?}", never.result);
    assert_eq!((never.world.fired, never.world.record.len(), never.world.rows.len()), (3, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_does_not_work_is_told_and_never_delivered() {
    let dead = |result: Result<Claimed, Fault>| match result {
        Err(Fault::CredentialDead { why, .. } | Fault::CredentialLost { why, .. }) => why.to_string(),
        other => panic!("{other:?}"),
    };
    let here = |password: &str| vec![lab_here(password)];
    let nothing = run(World { rows: here("x"), ..World::default() }).await;
    assert_eq!(dead(nothing.result), "nothing in this cluster holds a password of it that works");

    let wrong = run(World { rows: here("x"), record: record(), ..World::default() }).await;
    assert_eq!(dead(wrong.result), "the control plane rejects every password that an earlier run left here");
    assert_eq!((wrong.world.sink, wrong.world.record.len()), (None, 1));

    let mut revoked = lab_here(LEFT);
    revoked.revoked = true;
    let revoked = run(World { rows: vec![revoked], record: record(), ..World::default() }).await;
    assert_eq!(dead(revoked.result), "the control plane says that it was revoked or retired");

    let sink = Some((uuid(1), "stale".to_owned()));
    let unanchored = World { rows: vec![World::row(1, None)], sink, lives: true, ..World::default() };
    let unanchored = run(unanchored).await;
    assert_eq!(dead(unanchored.result), "the password in the cluster cannot be read, or is rejected");
    assert_eq!(unanchored.world.rows[0].client.cluster_id, None);
}

#[tokio::test(start_paused = true)]
async fn five_proofs_are_the_most() {
    let generation = |n| Generation { password: format!("wrong-{n}"), ..record()[0].clone() };
    let generations = (0..6).map(generation).collect();
    let ran = run(World { rows: vec![lab_here("x")], record: generations, ..World::default() }).await;
    assert_eq!(
        ran.result.unwrap_err().sentence(),
        "It cannot be told whether the credential of \"Lab\" works: this run has already tried it five \
         times. Guessing could make a second identity, so nothing was done."
    );
}

#[tokio::test(start_paused = true)]
async fn without_two_proofs_left_a_working_password_is_kept() {
    let generation = |n| Generation { password: format!("wrong-{n}"), ..record()[0].clone() };
    let generations = (0..3).map(generation).chain(record()).collect();
    let patches = Patches::Ignores;
    let ran =
        run(World { rows: vec![lab_here(LEFT)], record: generations, patches, ..World::default() }).await;
    assert_eq!((ran.result.unwrap().how, ran.password.as_deref()), (How::Resumed, Some(LEFT)));
}

#[tokio::test(start_paused = true)]
async fn a_proof_without_an_answer_is_no_rejection() {
    // Calls: turn, inspect, two lists, record, guard, claim, answered, proof.
    let intent = World::default().review(&Choice::New);
    let once = run_with(World::default(), &intent, vec![(8, Mishap::NeverSent)]).await;
    assert_eq!(once.result.unwrap().how, How::Minted);
    let twice = run_with(World::default(), &intent, [8, 9].map(|at| (at, Mishap::NeverSent)).to_vec()).await;
    assert!(matches!(twice.result, Err(Fault::Unreachable { .. })), "{:?}", twice.result);
    assert_eq!((twice.world.sink, twice.world.record.len()), (None, 1));
}

#[tokio::test(start_paused = true)]
async fn a_new_password_that_may_still_arrive_stops_the_run() {
    // Calls: as above to the proof, record again, then guard and replace it, three times.
    let world = World { record: record(), ..World::default() };
    let intent = world.review(&Choice::New);
    let lost = [11, 13, 15].map(|at| (at, Mishap::NeverSent)).to_vec();
    let ran = run_with(world, &intent, lost).await;
    assert!(matches!(ran.result, Err(Fault::Unreachable { .. })), "{:?}", ran.result);
    assert_eq!((ran.world.fired, ran.world.sink, ran.world.record.len()), (3, None, 2));
}

#[tokio::test(start_paused = true)]
async fn what_another_run_delivered_meanwhile_is_not_replaced() {
    let post = Post {
        name: "Lab".into(),
        namespace: slug("lab"),
        location: Location::NotSet,
        password: LEFT.into(),
        cluster: here(),
    };
    let sink = Some((uuid(1), LEFT.to_owned()));
    let ran = run(World { record: record(), late: vec![(4, post)], sink, ..World::default() }).await;
    assert_eq!((ran.result.unwrap().how, ran.password.as_deref()), (How::Adopted, Some(LEFT)));
    assert_eq!(ran.world.rows[0].password, LEFT);
}

#[tokio::test(start_paused = true)]
async fn a_difference_to_the_review_changes_nothing() {
    let reviewed = World::default().review(&Choice::New);
    let elsewhere = Intent { cluster: "another".parse().unwrap(), ..reviewed.clone() };
    let ran = run_with(World::default(), &elsewhere, vec![]).await;
    assert!(matches!(ran.result, Err(Fault::Changed { .. })), "{:?}", ran.result);
    assert_eq!((ran.world.calls, ran.world.record.len(), ran.world.posts.len()), (5, 0, 0));
    assert_eq!(reviewed.account, ACCOUNT);
}

#[tokio::test(start_paused = true)]
async fn images_are_pulled_as_the_review_said_and_an_error_calls_it_off() {
    for (told, now, begun) in [
        (Ahead::Jobs(2), Ahead::Jobs(2), true),
        // Another run has pulled one meanwhile.
        (Ahead::Jobs(2), Ahead::Jobs(1), true),
        (Ahead::Jobs(2), Ahead::Jobs(3), false),
        (Ahead::Nothing, Ahead::Jobs(1), false),
        (Ahead::Untold, Ahead::Jobs(1), false),
        (Ahead::Jobs(1), Ahead::Forbidden, false),
    ] {
        // A reply that is waited for leaves time for it; a second one that is lost ends the run.
        for lost in [vec![8], vec![8, 9]] {
            let world = World { ahead: now, ..World::default() };
            let intent = Intent { ahead: told, ..world.review(&Choice::New) };
            let schedule = lost.iter().map(|at| (*at, Mishap::NeverSent)).collect();
            let ran = run_with(world, &intent, schedule).await;
            assert_eq!(ran.result.is_ok(), lost.len() == 1, "{:?}", ran.result);
            let mut pulls = Vec::new();
            pulls.extend(begun.then_some("begun"));
            pulls.extend(ran.result.is_err().then_some("called off"));
            assert_eq!(ran.world.pulls, pulls, "told {told:?}, now {now:?}");
        }
    }
}
