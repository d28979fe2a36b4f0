//! CronJobs: a Job whenever the schedule says so. Schedules are in UTC, and their waits run at the sandbox's speed.

use super::template;
use crate::sandbox::cluster::api::Api;
use crate::sandbox::cluster::events::{Source, Tone, record};
use crate::sandbox::cluster::kinds;
use crate::sandbox::cluster::object::{
    at, controller_uid, count, entry, has_condition, is_deleting, name, namespace, set, text, uid,
};
use jiff::Timestamp;
use schedule::Schedule;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

pub mod schedule;

const NAME: &str = "cronjob-controller";

/// The CronJob controller. It remembers which run of each comes next, and when.
#[derive(Default)]
pub struct CronJobs {
    next: HashMap<String, Next>,
}

/// The next run of a CronJob.
struct Next {
    schedule: String,
    scheduled: Timestamp,
    due: Instant,
}

impl CronJobs {
    /// Takes the next step for every CronJob. Says when the next run is due.
    pub fn reconcile(&mut self, api: &Api) -> Option<Instant> {
        let all = api.list(&kinds::CRONJOBS, None);
        self.next.retain(|known, _| all.iter().any(|cron| uid(cron) == known));
        all.iter().filter(|cron| !is_deleting(cron)).filter_map(|cron| self.one(api, cron)).min()
    }

    fn one(&mut self, api: &Api, cron: &Value) -> Option<Instant> {
        let jobs = owned(api, cron);
        clean_up(api, cron, &jobs);
        let text = text(cron, &["spec", "schedule"]);
        let is_current = self.next.get(uid(cron)).is_some_and(|next| next.schedule == text);
        if cron["spec"]["suspend"] == true {
            self.next.remove(uid(cron));
            write_status(api, cron, false);
            return None;
        }
        // A schedule that cannot be read is not let in.
        let schedule = Schedule::parse(text).ok()?;
        let (now, clock) = (Timestamp::now(), Instant::now());
        if !is_current {
            let next = plan(api, &schedule, text, now, clock)?;
            self.next.insert(uid(cron).to_owned(), next);
        }
        let next = self.next.get_mut(uid(cron))?;
        let mut ran = false;
        if next.due <= clock {
            ran = run(api, cron, &jobs, next.scheduled);
            *next = plan(api, &schedule, text, next.scheduled, next.due)?;
        }
        let due = next.due;
        write_status(api, cron, ran);
        Some(due)
    }
}

/// The run after that moment, which the clock of the simulation places there.
fn plan(api: &Api, schedule: &Schedule, text: &str, after: Timestamp, from: Instant) -> Option<Next> {
    let scheduled = schedule.after(after)?;
    let wait = Duration::try_from(scheduled.duration_since(after)).ok()?;
    Some(Next { schedule: text.to_owned(), scheduled, due: from + api.clock.scaled(wait) })
}

fn owned(api: &Api, cron: &Value) -> Vec<Arc<Value>> {
    let mut jobs = api.list(&kinds::JOBS, Some(namespace(cron)));
    jobs.retain(|job| controller_uid(job) == uid(cron));
    jobs
}

fn is_over(job: &Value) -> bool {
    has_condition(job, "Complete") || has_condition(job, "Failed")
}

fn tell(api: &Api, cron: &Value, reason: &str, message: &str) {
    record(api, Source::Controller(NAME), &kinds::CRONJOBS, cron, Tone::Normal, reason, message);
}

/// Makes the Job of a run, unless the policy is against it.
fn run(api: &Api, cron: &Value, jobs: &[Arc<Value>], scheduled: Timestamp) -> bool {
    let active = jobs.iter().filter(|job| !is_over(job));
    match text(cron, &["spec", "concurrencyPolicy"]) {
        "Forbid" if active.clone().next().is_some() => {
            tell(
                api,
                cron,
                "JobAlreadyActive",
                "Not starting job because prior execution is running and concurrency policy is Forbid",
            );
            return false;
        }
        "Replace" => active.for_each(|job| api.delete(&kinds::JOBS, namespace(job), name(job))),
        _ => {}
    }
    let wanted = at(cron, &["spec", "jobTemplate"]);
    let mut job = json!({"metadata": wanted["metadata"], "spec": wanted["spec"]});
    set(&mut job, &["metadata", "name"], format!("{}-{}", name(cron), scheduled.as_second() / 60));
    entry(&mut job, &["metadata"]).insert("ownerReferences".to_owned(), template::owners("CronJob", cron));
    let stamp = scheduled.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    set(&mut job, &["metadata", "annotations", "batch.kubernetes.io/cronjob-scheduled-timestamp"], stamp);
    match api.create(&kinds::JOBS, namespace(cron), job, NAME) {
        Ok(made) => {
            tell(api, cron, "SuccessfulCreate", &format!("Created job {}", name(&made)));
            true
        }
        Err(error) => {
            tell(api, cron, "FailedCreate", &format!("Error creating job: {}", error.message()));
            false
        }
    }
}

/// Keeps as many of the Jobs that are over as the CronJob wants to look back on.
fn clean_up(api: &Api, cron: &Value, jobs: &[Arc<Value>]) {
    for (condition, limit) in
        [("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")]
    {
        let mut over: Vec<_> = jobs.iter().filter(|job| has_condition(job, condition)).collect();
        over.sort_by_key(|job| text(job, &["metadata", "name"]).to_owned());
        let keep = usize::try_from(count(cron, &["spec", limit])).unwrap_or(0);
        for job in over.iter().take(over.len().saturating_sub(keep)) {
            api.delete(&kinds::JOBS, namespace(job), name(job));
            tell(api, cron, "SuccessfulDelete", &format!("Deleted job {}", name(job)));
        }
    }
}

fn write_status(api: &Api, cron: &Value, ran: bool) {
    let jobs = owned(api, cron);
    let active: Vec<_> = jobs
        .iter()
        .filter(|job| !is_over(job) && !is_deleting(job))
        .map(|job| {
            json!({"apiVersion": "batch/v1", "kind": "Job", "namespace": namespace(job), "name": name(job),
                "uid": uid(job), "resourceVersion": job["metadata"]["resourceVersion"]})
        })
        .collect();
    let done = jobs.iter().map(|job| text(job, &["status", "completionTime"])).max().unwrap_or("").to_owned();
    let stamp = api.clock.stamp();
    api.mutate(&kinds::CRONJOBS, namespace(cron), name(cron), |object| {
        let status = entry(object, &["status"]);
        // What only names a newer version of an active Job is no change worth a write.
        let names = |list: &[Value]| list.iter().map(|job| job["uid"].clone()).collect::<Vec<_>>();
        let known = status.get("active").and_then(Value::as_array).map_or_else(Vec::new, |list| names(list));
        if active.is_empty() {
            status.remove("active");
        } else if known != names(&active) {
            status.insert("active".to_owned(), json!(active));
        }
        if ran {
            status.insert("lastScheduleTime".to_owned(), json!(stamp));
        }
        if !done.is_empty() {
            status.insert("lastSuccessfulTime".to_owned(), json!(done));
        }
    });
}
