//! The account's list, whole or not at all.

use std::collections::BTreeSet;

use super::{TRIES, back_off};
use crate::backend::Backend;
use crate::error::Fault;
use crate::model::{Client, ClientPage};
use crate::secret::SecretRef;

/// The most pages that are read.
const PAGES: usize = 400;

/// The most rows that are kept.
const ROWS: usize = 10_000;

/// Every client of the account. Whole means: ids unique, as many rows as the server counts, and page one
/// unchanged when read again. A list that shifts while it is read (a sibling enrolls) is read anew, three
/// times in all; then it is [`Fault::CannotTell`].
pub async fn whole(backend: &dyn Backend, session: SecretRef) -> Result<Vec<Client>, Fault> {
    let mut why = "";
    for tries in 0..TRIES {
        if tries > 0 {
            back_off(tries - 1).await;
        }
        match once(backend, session).await? {
            Ok(rows) => return Ok(rows),
            Err(not_whole) => why = not_whole,
        }
    }
    Err(Fault::CannotTell { what: "which clients the account has".into(), why: why.into() })
}

/// One reading: the rows, or why they are not whole.
async fn once(backend: &dyn Backend, session: SecretRef) -> Result<Result<Vec<Client>, &'static str>, Fault> {
    let first = backend.clients(session, None).await?;
    let mut rows = first.rows.clone();
    let mut count = first.count;
    let mut next = first.next.clone();
    let mut pages = 1;
    while let Some(at) = next {
        if pages == PAGES || rows.len() > ROWS {
            return Ok(Err("the list is longer than this program reads"));
        }
        let page = backend.clients(session, Some(&at)).await?;
        rows.extend(page.rows);
        count = page.count.or(count);
        next = page.next;
        pages += 1;
    }
    let mut ids = BTreeSet::new();
    Ok(if !rows.iter().all(|row| ids.insert(row.id)) {
        Err("the list names a client twice")
    } else if count.is_some_and(|count| u64::try_from(rows.len()) != Ok(count)) {
        Err("the list has not as many rows as the server counts")
    } else if !same(&first, &backend.clients(session, None).await?) {
        Err("the list changed while it was read")
    } else {
        Ok(rows)
    })
}

/// Whether a page names the same clients on the same clusters; heartbeats may have come in between.
fn same(before: &ClientPage, after: &ClientPage) -> bool {
    let rows = |page: &ClientPage| -> Vec<_> {
        page.rows.iter().map(|row| (row.id, row.cluster_id.clone(), row.decommissioned)).collect()
    };
    before.count == after.count && rows(before) == rows(after)
}
