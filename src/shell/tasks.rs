//! Task slots: who runs, whose reply still counts.
//!
//! A task lives in a named slot of one target. Starting again, or stopping, aborts what ran there. Every
//! message carries the run number of its task, and stale ones are dropped here, in one place.
#![expect(clippy::disallowed_methods, reason = "this is where tasks are started")]

use std::collections::BTreeMap;
use std::future::Future;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use crate::foreign::Text;
use crate::model::TargetId;
use crate::wizard::effect::Slot;
use crate::wizard::msg::{Msg, Reply};

/// How many messages may wait; a task that tells faster than the wizard takes is held back.
const WAITING: usize = 256;

/// A message on its way: from which task, and which run of it.
pub struct Told {
    target: TargetId,
    slot: Slot,
    run: u64,
    what: What,
}

enum What {
    Reply(Box<Reply>),
    Done,
    Died(Text),
}

/// Where a task tells what it found.
#[derive(Clone)]
pub struct Teller {
    target: TargetId,
    slot: Slot,
    run: u64,
    to: mpsc::Sender<Told>,
}

impl Teller {
    /// Tells a reply; waits when the wizard is behind.
    pub async fn tell(&self, reply: Reply) {
        let told =
            Told { target: self.target, slot: self.slot, run: self.run, what: What::Reply(Box::new(reply)) };
        // Nobody listens any more once the run is over; that is no failure.
        let _ = self.to.send(told).await;
    }
}

/// The slots of a run.
pub struct Tasks {
    running: BTreeMap<(TargetId, Slot), (u64, AbortHandle)>,
    runs: u64,
    to: mpsc::Sender<Told>,
    from: mpsc::Receiver<Told>,
}

impl Default for Tasks {
    fn default() -> Self {
        let (to, from) = mpsc::channel(WAITING);
        Self { running: BTreeMap::new(), runs: 0, to, from }
    }
}

impl Tasks {
    /// Starts a task in its slot; what ran there is aborted.
    pub fn start<F>(&mut self, target: TargetId, slot: Slot, task: impl FnOnce(Teller) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.stop(target, slot);
        self.runs += 1;
        let run = self.runs;
        let teller = Teller { target, slot, run, to: self.to.clone() };
        let work = tokio::spawn(task(teller));
        let abort = work.abort_handle();
        let to = self.to.clone();
        tokio::spawn(async move {
            let what = match work.await {
                Ok(()) => What::Done,
                Err(end) if end.is_cancelled() => What::Done,
                Err(end) => What::Died(last_words(end.into_panic().as_ref())),
            };
            let _ = to.send(Told { target, slot, run, what }).await;
        });
        self.running.insert((target, slot), (run, abort));
    }

    /// Aborts what runs in a slot.
    pub fn stop(&mut self, target: TargetId, slot: Slot) {
        if let Some((_, abort)) = self.running.remove(&(target, slot)) {
            abort.abort();
        }
    }

    /// The next message that still counts. Cancel safe.
    pub async fn next(&mut self) -> Msg {
        loop {
            // This struct holds a sender, so the channel never closes.
            let Some(told) = self.from.recv().await else { return std::future::pending().await };
            if let Some(msg) = self.counts(told) {
                return msg;
            }
        }
    }

    /// A message that waits already.
    pub fn waiting(&mut self) -> Option<Msg> {
        while let Ok(told) = self.from.try_recv() {
            if let Some(msg) = self.counts(told) {
                return Some(msg);
            }
        }
        None
    }

    fn counts(&mut self, told: Told) -> Option<Msg> {
        let key = (told.target, told.slot);
        if self.running.get(&key).is_none_or(|(run, _)| *run != told.run) {
            return None;
        }
        match told.what {
            What::Reply(reply) => Some(Msg::Reply(told.target, reply)),
            What::Done => {
                self.running.remove(&key);
                None
            }
            What::Died(words) => {
                self.running.remove(&key);
                Some(Msg::Died(told.target, told.slot, words))
            }
        }
    }

    /// The slots that must be finished before the program ends.
    pub fn unfinished(&self) -> Vec<Slot> {
        self.running.keys().map(|(_, slot)| *slot).filter(|slot| slot.finishes()).collect()
    }

    /// Stops everything.
    pub fn stop_all(&mut self) {
        for (_, abort) in std::mem::take(&mut self.running).into_values() {
            abort.abort();
        }
    }
}

fn last_words(panic: &(dyn std::any::Any + Send)) -> Text {
    let words =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Text::new(words.unwrap_or("no words"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Polled;
    use std::time::Duration;

    fn pending(seconds: u64) -> Reply {
        Reply::Polled(Polled::Pending(Duration::from_secs(seconds)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_stale_reply_is_dropped() {
        let mut tasks = Tasks::default();
        let here = TargetId::HERE;
        tasks.start(here, Slot::SignIn, |tell| async move { tell.tell(pending(1)).await });
        tokio::task::yield_now().await;
        tasks.start(here, Slot::SignIn, |tell| async move { tell.tell(pending(2)).await });
        assert_eq!(tasks.next().await, Msg::Reply(here, Box::new(pending(2))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_arrives_as_a_message() {
        let mut tasks = Tasks::default();
        tasks.start(TargetId::HERE, Slot::Look, |_| async { panic!("out of range") });
        assert_eq!(tasks.next().await, Msg::Died(TargetId::HERE, Slot::Look, "out of range".into()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_must_finish_is_named_until_it_has() {
        let mut tasks = Tasks::default();
        tasks.start(
            TargetId::HERE,
            Slot::Revoke,
            |tell| async move { tell.tell(Reply::Revoked(Ok(()))).await },
        );
        assert_eq!(tasks.unfinished(), vec![Slot::Revoke]);
        assert_eq!(tasks.next().await, Msg::Reply(TargetId::HERE, Box::new(Reply::Revoked(Ok(())))));
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(tasks.waiting(), None);
        assert_eq!(tasks.unfinished(), Vec::new());
    }
}
