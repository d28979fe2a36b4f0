//! The account's list: whole, or not at all.

use std::sync::{Arc, Mutex};

use super::fakes::Fakes;
use super::world::{ORIGIN, World};
use crate::claim::whole;
use crate::error::Fault;
use crate::model::{Client, ClientPage};
use crate::secret::{Audience, Secret};

fn page(ids: &[u64], count: Option<u64>, next: Option<&str>) -> ClientPage {
    let rows = ids.iter().map(|id| World::row(*id, None).client).collect();
    ClientPage { rows, count, next: next.map(str::to_owned) }
}

/// Reads the list; after the scripted pages the server tells the truth: clients 100 and up.
async fn read(strangers: u64, script: &[ClientPage]) -> Result<Vec<u64>, Fault> {
    let world = World { script: script.to_vec().into(), ..World::with_strangers(strangers) };
    let fakes = Fakes::new(Arc::new(Mutex::new(world)), vec![], 1);
    let session = fakes.vault.keep(Secret::new("t", Audience::session(ORIGIN)));
    let rows: Vec<Client> = whole(&fakes, session).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

#[tokio::test(start_paused = true)]
async fn every_page_is_read() {
    assert_eq!(read(0, &[]).await, Ok(vec![]));
    assert_eq!(read(47, &[]).await, Ok((100..147).rev().collect()));
    // A bare array says neither count nor next.
    assert_eq!(read(0, &[page(&[1, 2], None, None), page(&[1, 2], None, None)]).await, Ok(vec![1, 2]));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_shifts_is_read_anew() {
    let shifted = [page(&[1], Some(1), None), page(&[2, 1], Some(2), None)];
    let twice = [page(&[1], Some(2), Some("1")), page(&[1], Some(2), None)];
    let short = [page(&[1], Some(3), None)];
    for script in [&shifted[..], &twice, &short] {
        assert_eq!(read(2, script).await, Ok(vec![101, 100]), "{script:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_never_holds_still_is_not_guessed() {
    let short = page(&[1], Some(3), None);
    let endless = vec![page(&[], None, Some("0")); 2000];
    for (script, why) in [
        (vec![short; 6], "the list has not as many rows as the server counts"),
        (endless, "the list is longer than this program reads"),
        ((0..12).map(|n| page(&[n], None, None)).collect(), "the list changed while it was read"),
        (vec![page(&[1, 1], None, None); 6], "the list names a client twice"),
    ] {
        let fault = Fault::CannotTell { what: "which clients the account has".into(), why: why.into() };
        assert_eq!(read(0, &script).await, Err(fault));
    }
}
