//! Defaults of Jobs and CronJobs.

use super::pod;
use crate::sandbox::cluster::object::{at, entry, name, set, set_default, uid};
use serde_json::{Value, json};

const JOB: &[&str] = &["spec", "jobTemplate", "spec", "template"];

/// Fills in a Job, and ties its pods to it by its UID.
pub fn job(new: bool, object: &mut Value) {
    if at(object, &["spec", "completions"]).is_null() && at(object, &["spec", "parallelism"]).is_null() {
        set(object, &["spec", "completions"], 1);
    }
    for (field, value) in [
        ("parallelism", json!(1)),
        ("backoffLimit", json!(6)),
        ("completionMode", json!("NonIndexed")),
        ("suspend", json!(false)),
        ("podReplacementPolicy", json!("TerminatingOrFailed")),
    ] {
        set_default(object, &["spec", field], value);
    }
    pod::of_template(object);
    if !new {
        return;
    }
    set(object, &["status"], json!({}));
    if object["spec"]["manualSelector"] == true {
        return;
    }
    let (own, id) = (name(object).to_owned(), uid(object).to_owned());
    let labels = entry(object, &["spec", "template", "metadata", "labels"]);
    for prefix in ["", "batch.kubernetes.io/"] {
        labels.insert(format!("{prefix}job-name"), json!(own));
        labels.insert(format!("{prefix}controller-uid"), json!(id));
    }
    set(object, &["spec", "selector"], json!({"matchLabels": {"batch.kubernetes.io/controller-uid": id}}));
}

/// Fills in a CronJob.
pub fn cron_job(new: bool, object: &mut Value) {
    for (field, value) in [
        ("concurrencyPolicy", json!("Allow")),
        ("suspend", json!(false)),
        ("successfulJobsHistoryLimit", json!(3)),
        ("failedJobsHistoryLimit", json!(1)),
    ] {
        set_default(object, &["spec", field], value);
    }
    pod::of_template_at(object, JOB);
    if new {
        set(object, &["status"], json!({}));
    }
}
