//! A lost password, a copied disk, a record that vanishes: who is asked what, and what is left alone.

use super::cases::{LEFT, Ran, lab_here, record, run};
use super::world::{World, slug};
use crate::error::Fault;
use crate::model::{ClientState, Consent, How, Sameness};

fn agreed(name: &str) -> Consent {
    Consent { reset: Some(slug(name)), ..Consent::default() }
}

fn lost() -> World {
    World { rows: vec![lab_here("nobody-holds-it")], ..World::default() }
}

fn fault(ran: &Ran) -> String {
    match &ran.result {
        Err(fault) => format!("{} Next: {}", fault.sentence(), fault.next("landfall --yes")),
        Ok(claimed) => panic!("{claimed:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_password_is_replaced_only_by_consent_that_names_the_client() {
    for consent in [Consent::default(), agreed("another"), Consent { same_machine: true, ..agreed("lab-2") }]
    {
        let ran = run(World { consent, ..lost() }).await;
        assert_eq!(
            fault(&ran),
            "The password of \"Lab\" is lost: nothing in this cluster holds a password of it that works. It can \
             be replaced by a new one. Next: If this is the machine of that client and nothing else uses its \
             password, run: landfall --yes --reset-credential lab"
        );
        assert_eq!((ran.world.sink, ran.world.rows[0].password.as_str()), (None, "nobody-holds-it"));
    }
    let ran = run(World { consent: agreed("lab"), ..lost() }).await;
    assert_eq!((ran.result.unwrap().how, ran.world.posts.len()), (How::Reset, 0));
    assert_eq!(Some(&ran.world.rows[0].password), ran.password.as_ref());
}

#[tokio::test(start_paused = true)]
async fn a_password_that_works_is_not_replaced_though_it_was_agreed_to() {
    let world = World { rows: vec![lab_here(LEFT)], record: record(), consent: agreed("lab"), ..lost() };
    assert_eq!(run(world).await.result.unwrap().how, How::Resumed);
}

#[tokio::test(start_paused = true)]
async fn a_revoked_client_comes_back_with_a_new_password() {
    let mut revoked = lab_here(LEFT);
    revoked.revoked = true;
    let world = World { rows: vec![revoked], record: record(), consent: agreed("lab"), ..World::default() };
    let ran = run(world).await;
    assert_eq!((ran.result.unwrap().how, ran.world.rows[0].revoked), (How::Reset, false));
}

#[tokio::test(start_paused = true)]
async fn a_retired_client_comes_back_only_by_consent() {
    for (lives, record) in [(true, vec![]), (false, vec![]), (false, record())] {
        let mut row = lab_here(LEFT);
        row.client.decommissioned = true;
        let sink = lives.then(|| (super::world::uuid(1), LEFT.to_owned()));
        let world = World { rows: vec![row], record, sink, lives, ..World::default() };
        let ran = run(world.clone()).await;
        assert!(
            fault(&ran).starts_with("The password of \"Lab\" is lost: it was retired."),
            "{}",
            fault(&ran)
        );
        assert_eq!((ran.world.rows[0].password.as_str(), ran.world.posts.len()), (LEFT, 0));
        let ran = run(World { consent: agreed("lab"), ..world }).await;
        assert_eq!(ran.result.unwrap().how, How::Reset);
        assert_eq!(Some(&ran.world.rows[0].password), ran.password.as_ref());
    }
}

#[tokio::test(start_paused = true)]
async fn what_runs_with_a_dead_password_does_not_keep_it_dead() {
    // A change of a killed run arrived after the delivery: what is ready here cannot be at work.
    let sink = Some((super::world::uuid(1), LEFT.to_owned()));
    let world = World { sink, lives: true, in_use: true, consent: agreed("lab"), ..lost() };
    let ran = run(world).await;
    assert_eq!(ran.result.unwrap().how, How::Reset);
    assert_eq!(ran.world.sink.unwrap().1, ran.world.rows[0].password);
}

#[tokio::test(start_paused = true)]
async fn five_dead_generations_do_not_keep_a_reset_from_its_proof() {
    let generations = (0..4).map(|n| {
        let mut generation = record()[0].clone();
        generation.password = format!("wrong-{n}");
        generation
    });
    let ran = run(World { record: generations.collect(), consent: agreed("lab"), ..lost() }).await;
    assert_eq!(ran.result.unwrap().how, How::Reset);
}

#[tokio::test(start_paused = true)]
async fn what_may_still_be_alive_is_not_cut_off() {
    let used = World { in_use: true, consent: agreed("lab"), ..lost() };
    let mut heard = World { consent: agreed("lab"), ..lost() };
    heard.rows[0].client.state = ClientState::Offline;
    heard.rows[0].client.last_heard = Some(jiff::Timestamp::from_second(1_000_000 - 60).unwrap());
    for (world, why) in [
        (used, "\"Lab\" cannot be taken: something that is ready in this cluster uses its present password."),
        (
            heard,
            "\"Lab\" cannot be taken: the control plane heard of it less than 15 minutes ago; wait, then run it \
             again.",
        ),
    ] {
        let ran = run(world).await;
        assert_eq!(ran.result.unwrap_err().sentence(), why);
        assert_eq!(ran.world.rows[0].password, "nobody-holds-it");
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_takes_nothing_whatever_was_agreed_to() {
    let consent = Consent { same_machine: true, ..agreed("lab") };
    for (rows, record, sink, lives) in [
        (vec![lab_here(LEFT)], vec![], Some((super::world::uuid(1), LEFT.to_owned())), true),
        (vec![lab_here(LEFT)], record(), None, false),
        (vec![lab_here("x")], vec![], None, false),
        // The original has not sent its claim yet.
        (vec![], record(), None, false),
    ] {
        let world =
            World { rows, record, sink, lives, machine: Sameness::Copy, consent: consent.clone(), ..lost() };
        let before = (world.rows.len(), world.record.len(), world.sink.clone());
        let ran = run(world).await;
        assert!(matches!(ran.result, Err(Fault::LooksCopied { .. })), "{:?}", ran.result);
        assert_eq!((ran.world.rows.len(), ran.world.record.len(), ran.world.sink), before);
        assert!(ran.world.posts.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn where_the_machine_cannot_be_told_a_person_says() {
    let unclear = || Sameness::Unclear("The nodes of this cluster have no system UUID.".into());
    let world = |consent| World {
        rows: vec![lab_here(LEFT)],
        record: record(),
        machine: unclear(),
        consent,
        ..World::default()
    };
    assert_eq!(
        fault(&run(world(Consent::default())).await),
        "A person must decide: is this the machine on which the claim recorded here was made? The nodes of this \
         cluster have no system UUID. Next: Answer it with --same-machine, or run it at a terminal, without --yes and --json."
    );
    let said = Consent { same_machine: true, ..Consent::default() };
    assert_eq!(run(world(said)).await.result.unwrap().how, How::Resumed);
}
