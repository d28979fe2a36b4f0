//! The way to the cluster while it is watched, made anew when its sign-in is no longer taken: a token may run out in
//! the middle of a rollout, and the program that a kubeconfig names hands out another one.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync;

use crate::cluster::connect::Connected;
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::Reply;

/// Makes the way to the cluster anew, with everything that was agreed to before.
pub type Again<'a> = &'a (dyn Fn() -> Reply<'static, Result<Connected, Fault>> + Send + Sync);

/// How long after a try the next one is made at the earliest: it may run a program that asks a server.
const PAUSE: SignedDuration = SignedDuration::from_secs(10);

/// The way, shared by all that watch.
pub(super) struct Line<'a> {
    /// The way as it is, and how often it was made anew.
    way: Mutex<(Connected, u64)>,
    again: Again<'a>,
    clock: fn() -> Timestamp,
    /// When it was tried last, and what came of it. Held while it is tried: many find out at once that the sign-in is
    /// not taken.
    tried: sync::Mutex<Option<(Timestamp, Result<(), Text>)>>,
}

impl<'a> Line<'a> {
    pub(super) fn new(cluster: &Connected, again: Again<'a>, clock: fn() -> Timestamp) -> Self {
        Self { way: Mutex::new((cluster.clone(), 0)), again, clock, tried: sync::Mutex::default() }
    }

    fn way(&self) -> MutexGuard<'_, (Connected, u64)> {
        self.way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The way as it is now, with its number.
    pub(super) fn now(&self) -> (Connected, u64) {
        self.way().clone()
    }

    /// Makes the way of that number anew, unless somebody did or tried to just now. Says why that cannot be.
    pub(super) async fn renew(&self, number: u64) -> Result<(), Text> {
        let mut tried = self.tried.lock().await;
        let (old, now) = self.now();
        if now != number {
            return Ok(());
        }
        let at = (self.clock)();
        if let Some((last, came)) = &*tried
            && at.duration_since(*last).abs() < PAUSE
        {
            return came.clone();
        }
        let came = self.sign_in(&old, number).await;
        *tried = Some((at, came.clone()));
        came
    }

    async fn sign_in(&self, old: &Connected, number: u64) -> Result<(), Text> {
        match (self.again)().await {
            // The kubeconfig is read anew: it may lead elsewhere by now, where nothing of this rollout is.
            Ok(new) if new.server != old.server => {
                Err(Text::new(&format!("the kubeconfig leads to another cluster now, at {}", new.server)))
            }
            Ok(new) => {
                *self.way() = (new, number + 1);
                Ok(())
            }
            Err(fault) => Err(Text::new(&format!("signing in again did not work. {}", fault.sentence()))),
        }
    }
}
