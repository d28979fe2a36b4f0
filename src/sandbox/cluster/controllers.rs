//! The controllers: each looks at what is wanted and at what is there, and takes the next step.

use super::api::Api;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

mod cronjob;
mod daemonset;
mod deployment;
mod garbage;
mod job;
mod namespace;
mod quota;
mod replicaset;
mod statefulset;
mod template;
mod volume;

pub use cronjob::schedule::Schedule;

/// How long a controller takes to notice a change.
const LATENCY: Duration = Duration::from_millis(20);

/// Runs all controllers, one after the other, at every change and whenever one of them is due.
pub async fn run(api: Arc<Api>) {
    let mut deployments = deployment::Deployments::default();
    let mut replica_sets = replicaset::ReplicaSets::default();
    let mut jobs = job::Jobs::default();
    let mut stateful_sets = statefulset::StatefulSets::default();
    let mut cron_jobs = cronjob::CronJobs::default();
    let mut claims = volume::Claims::default();
    let mut changes = api.changes();
    loop {
        changes.mark_unchanged();
        namespace::reconcile(&api);
        garbage::reconcile(&api);
        let due = [
            deployments.reconcile(&api),
            replica_sets.reconcile(&api),
            claims.reconcile(&api),
            cron_jobs.reconcile(&api),
            jobs.reconcile(&api),
            stateful_sets.reconcile(&api),
        ];
        daemonset::reconcile(&api);
        quota::reconcile(&api);
        let due = due.into_iter().flatten().min();
        tokio::select! {
            woken = changes.changed() => if woken.is_err() { return },
            () = until(due) => {}
        }
        api.clock.sleep(LATENCY).await;
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
