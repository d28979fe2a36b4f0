//! Trying again, for what must be done once it was begun.

use std::time::Duration;

use tokio::time::sleep;

use crate::cluster::connect::Failed;

/// The pauses after which a call is made again when the cluster gives no answer, or one about its own trouble,
/// in seconds: half a minute in all.
const PAUSES: [u64; 6] = [1, 2, 4, 8, 8, 8];

/// How often a write is made that has to be looked for before it is made again.
pub const TRIES: usize = PAUSES.len();

/// Waits before the next of such tries.
pub async fn pause(tries: usize) {
    sleep(Duration::from_secs(PAUSES.get(tries.saturating_sub(1)).copied().unwrap_or_default())).await;
}

/// Makes a call again for as long as its failure may pass.
pub async fn again<T, F: Future<Output = Result<T, Failed>>>(call: impl Fn() -> F) -> Result<T, Failed> {
    for pause in PAUSES {
        match call().await {
            // A conflict is another writer between a read and a write; the next try sees its result.
            Err(failed) if failed.is_transient() || failed.is_conflict() => {
                sleep(Duration::from_secs(pause)).await;
            }
            done => return done,
        }
    }
    call().await
}
