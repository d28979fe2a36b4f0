//! Whose turn it is at a cluster: a Lease in `kube-system` (coordination.k8s.io/v1).
//!
//! It is advice, not a fence; what makes runs safe beside each other is that the control plane holds a cluster
//! id once, and that the record is created once. The Lease keeps them from stepping on each other's feet, and
//! tells a person who is at it. Its time stamps are shown and never compared: a holder counts as gone only
//! after it was watched for its whole duration without a sign of life, or when it is known to have ended on
//! this very host. Where Leases are forbidden, a run goes on without.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::process::Process;
use crate::cluster::connect::{Connected, Failed, kind, text_at};
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::{Report, Told};
use crate::model::Progress;

const NAMESPACE: &str = "kube-system";
pub(super) const NAME: &str = "landfall-enroll";

/// How long a holder may be silent, in seconds; by the Lease's own word, within these bounds.
const DURATION: u64 = 15;
const LONGEST: u64 = 60;

/// How often it gives a sign of life.
const RENEW: Duration = Duration::from_secs(4);

/// How often somebody else's is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// How often a call without an answer is made again.
const TRIES: usize = 3;

/// How many calls in a row may go without a good answer while its turn is awaited, a second apart: half a minute where
/// they are refused at once, longer where each runs into its own time limit.
const UNHEARD: usize = 30;

/// This run's place in the queue.
pub struct Turn {
    process: Process,
    who: Text,
    clock: fn() -> Timestamp,
    /// The Lease as we wrote it last, while we hold it.
    held: Mutex<Option<Value>>,
}

impl Turn {
    pub fn new(process: Process, who: Text, clock: fn() -> Timestamp) -> Self {
        Self { process, who, clock, held: Mutex::new(None) }
    }

    /// Waits for this run's turn and takes it.
    pub async fn queue(&self, cluster: &Connected, take_over: bool, report: &Report) -> Result<(), Fault> {
        let (mut watched, mut silent, mut told, mut tries, mut unheard) = (Value::Null, 0, false, 0, 0);
        loop {
            let taken = match cluster.get(&kind::LEASE, Some(NAMESPACE), NAME).await {
                Ok(None) => cluster.create(&kind::LEASE, Some(NAMESPACE), &self.lease(None)).await,
                Ok(Some(lease)) if take_over || self.is_free(&lease) || silent >= patience(&lease) => {
                    cluster.replace(&kind::LEASE, Some(NAMESPACE), &self.lease(Some(&lease))).await
                }
                Ok(Some(lease)) => {
                    if !told {
                        report(Told::Progress(Progress::Queued(words(&lease))));
                        told = true;
                    }
                    let same = sign_of_life(&watched) == sign_of_life(&lease);
                    silent = if same { silent + LOOK.as_secs() } else { 0 };
                    watched = lease;
                    unheard = 0;
                    sleep(LOOK).await;
                    continue;
                }
                Err(failed) => Err(failed),
            };
            match taken {
                Ok(lease) => {
                    *self.held() = Some(lease);
                    return Ok(());
                }
                Err(failed) if failed.is_forbidden() => return Ok(()),
                // Somebody was faster: it is looked at anew.
                Err(failed) if failed.is_conflict() => silent = 0,
                Err(failed) if failed.is_transient() && unheard < UNHEARD => {
                    unheard += 1;
                    sleep(LOOK).await;
                    continue;
                }
                Err(failed) => return Err(failed.into()),
            }
            tries += 1;
            if tries > TRIES {
                sleep(LOOK).await;
            }
        }
    }

    /// Gives signs of life; ends only when another run has taken over.
    pub async fn alive(&self, cluster: &Connected) -> Fault {
        loop {
            sleep(RENEW).await;
            let Some(lease) = self.held().clone() else { continue };
            match cluster.replace(&kind::LEASE, Some(NAMESPACE), &self.lease(Some(&lease))).await {
                Ok(lease) => *self.held() = Some(lease),
                Err(failed) if failed.is_conflict() || failed.code == Some(404) => {
                    if let Err(fault) = self.check(cluster).await {
                        return fault;
                    }
                }
                // No answer now; what is taken meanwhile shows before the next write.
                Err(_) => {}
            }
        }
    }

    /// Makes sure that it is still this run's turn. A Lease that is gone is not made again: whoever took over
    /// while this process was stopped may have finished since, and what this run knows is old.
    pub async fn check(&self, cluster: &Connected) -> Result<(), Fault> {
        if self.held().is_none() {
            return Ok(());
        }
        let Some(lease) = self.look(cluster).await? else {
            *self.held() = None;
            let what = "this run's Lease is gone from the cluster; another run may have come and finished";
            return Err(Fault::Changed { what: Text::new(what) });
        };
        if !self.is_mine(&lease) {
            *self.held() = None;
            let what = format!("another run has taken over this cluster: {}", words(&lease));
            return Err(Fault::Changed { what: Text::new(&what) });
        }
        *self.held() = Some(lease);
        Ok(())
    }

    /// Ends this run's turn. What is left behind tells the next one that its holder has ended.
    pub async fn make_way(&self, cluster: &Connected) {
        let Some(held) = self.held().take() else { return };
        // A sign of life of ours may have changed it since; somebody else's is not ours to delete.
        let lease = match cluster.get(&kind::LEASE, Some(NAMESPACE), NAME).await {
            Ok(Some(lease)) if self.is_mine(&lease) => lease,
            Ok(_) => return,
            Err(_) => held,
        };
        let (uid, version) = (text_at(&lease, "/metadata/uid"), text_at(&lease, "/metadata/resourceVersion"));
        let _ = cluster.delete_unchanged(&kind::LEASE, Some(NAMESPACE), NAME, uid, version).await;
    }

    async fn look(&self, cluster: &Connected) -> Result<Option<Value>, Failed> {
        let mut tries = 1;
        loop {
            match cluster.get(&kind::LEASE, Some(NAMESPACE), NAME).await {
                Err(failed) if failed.is_transient() && tries < TRIES => sleep(LOOK).await,
                told => return told,
            }
            tries += 1;
        }
    }

    fn is_mine(&self, lease: &Value) -> bool {
        holder(lease) == self.process.to_string()
    }

    /// Whether nobody is at it any more: no holder, ourselves, or one that ended on this host.
    fn is_free(&self, lease: &Value) -> bool {
        holder(lease).is_empty()
            || self.is_mine(lease)
            || Process::parse(holder(lease)).is_some_and(|process| process.has_ended(&self.process))
    }

    /// The Lease as we write it: a new one, or the next state of `old`, which must not have changed.
    fn lease(&self, old: Option<&Value>) -> Value {
        let now = json!(format!("{:.6}", (self.clock)()));
        let mine = old.filter(|old| self.is_mine(old));
        let since = mine.map_or(&now, |old| &old["spec"]["acquireTime"]);
        let mut lease = json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {
                "name": NAME,
                "namespace": NAMESPACE,
                "annotations": { "landfall/who": self.who.as_str() },
            },
            "spec": {
                "holderIdentity": self.process.to_string(),
                "leaseDurationSeconds": DURATION,
                "acquireTime": since,
                "renewTime": now,
            },
        });
        for key in ["uid", "resourceVersion"] {
            if let Some(old) = old {
                lease["metadata"][key] = old["metadata"][key].clone();
            }
        }
        lease
    }

    fn held(&self) -> MutexGuard<'_, Option<Value>> {
        // A panic elsewhere does not make the Lease another one.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn holder(lease: &Value) -> &str {
    text_at(lease, "/spec/holderIdentity")
}

/// What changes with every sign of life.
fn sign_of_life(lease: &Value) -> (&str, &str) {
    (text_at(lease, "/metadata/uid"), text_at(lease, "/metadata/resourceVersion"))
}

/// How long its holder may be silent, in seconds.
fn patience(lease: &Value) -> u64 {
    let said = lease.pointer("/spec/leaseDurationSeconds").and_then(Value::as_u64);
    said.unwrap_or(DURATION).clamp(DURATION, LONGEST)
}

/// Who is at it, since when.
fn words(lease: &Value) -> Text {
    let who = lease.pointer("/metadata/annotations").and_then(|notes| notes.get("landfall/who"));
    let who = Text::within(who.and_then(Value::as_str).unwrap_or("somebody who is not named"), 120);
    Text::new(&format!("{who}, since {}", text_at(lease, "/spec/acquireTime")))
}
