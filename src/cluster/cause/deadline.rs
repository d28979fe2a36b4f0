//! The workload as a whole: what holds before its pods are looked at, and what is left when they are fine.

use serde_json::Value;

use super::clean::{SENTENCE, clean, safe};
use super::finding::{Finding, deadline};
use super::view::{View, born};
use super::words::many;
use super::{Cause, Kind};
use crate::cluster::kstatus::{Jobs, condition, flag, number, status_with, text, time};

fn whole(view: &View) -> String {
    format!("{} {}", view.kind(), view.name())
}

fn count(object: &Value, pointer: &str) -> i64 {
    number(object, pointer).unwrap_or(0)
}

/// What makes a look at the pods pointless.
pub(super) fn before_pods(view: &View) -> Option<Finding> {
    let object = view.scene.workload;
    let name = view.name();
    let deleted = time(object, "/metadata/deletionTimestamp");
    let found = |kind, sentence: String, since| Some(Finding::new(kind, sentence, whole(view), since));
    if let Some(deleted) = deleted {
        if view.kind() == "Namespace" {
            let content =
                condition(object, "NamespaceContentRemaining").map_or("", |found| text(found, "/message"));
            let sentence = format!("The namespace {name} is being deleted.");
            return found(Kind::NamespaceTerminating, sentence, Some(deleted))
                .map(|finding| finding.says("Terminating", content).next("Wait until it has gone."));
        }
        return found(Kind::Deleting, format!("{name} is being deleted."), Some(deleted))
            .map(|finding| finding.says("Terminating", "").next("Wait until it has gone."));
    }
    let seen = number(object, "/status/observedGeneration");
    let generation = count(object, "/metadata/generation");
    if seen.is_some_and(|seen| seen < generation) {
        let sentence = format!("{name} waits for the cluster to take up its latest change.");
        return found(Kind::StaleGeneration, sentence, None).map(|finding| {
            let message = format!("generation {generation}, seen {}", seen.unwrap_or(0));
            finding
                .says("LatestGenerationNotObserved", &message)
                .next("If it lasts, the cluster's controller manager does not run.")
        });
    }
    job(view).or_else(|| paused(view))
}

/// Whether somebody holds a Deployment's rollout.
pub(super) fn is_paused(workload: &Value) -> bool {
    text(workload, "/kind") == "Deployment" && flag(workload, "/spec/paused")
}

fn paused(view: &View) -> Option<Finding> {
    let object = view.scene.workload;
    if !is_paused(object) {
        return None;
    }
    let progressing = condition(object, "Progressing");
    let since = progressing.and_then(|found| time(found, "/lastUpdateTime")).or_else(|| born(object));
    let command = safe(text(object, "/metadata/name"))
        .map(|name| format!("Let it go on: kubectl{} rollout resume deployment {name}", view.in_namespace()));
    let sentence = format!("{} is paused, so nothing changes until somebody resumes it.", view.name());
    let finding = Finding::new(Kind::Paused, sentence, whole(view), since);
    Some(finding.says("DeploymentPaused", "").next(command.unwrap_or_default()))
}

fn job(view: &View) -> Option<Finding> {
    let object = view.scene.workload;
    if view.kind() != "Job" {
        return None;
    }
    let name = view.name();
    if let Some(failed) = condition(object, "Failed").filter(|found| text(found, "/status") == "True") {
        let message = text(failed, "/message");
        let tries = many(count(object, "/status/failed"), "try").replace("trys", "tries");
        let ended = view
            .pods
            .iter()
            .filter(|pod| text(pod, "/status/phase") == "Failed")
            .find_map(|pod| super::node::ended(view, pod));
        let (how, log) =
            ended.map_or_else(Default::default, |finding| (format!(" {}", finding.sentence), finding.log));
        let sentence =
            format!("The job {name} has failed after {tries}: {}.{how}", super::container::quote(message));
        let since = time(failed, "/lastTransitionTime");
        let finding = Finding { log, ..Finding::new(Kind::JobFailed, sentence, whole(view), since) };
        let command = safe(text(object, "/metadata/name"))
            .map(|name| format!("Read its log: kubectl{} logs job/{name}", view.in_namespace()));
        return Some(finding.says(text(failed, "/reason"), message).next(command.unwrap_or_default()));
    }
    if flag(object, "/spec/suspend") {
        let since = condition(object, "Suspended").and_then(|found| time(found, "/lastTransitionTime"));
        let sentence = format!("The job {name} is suspended, so it does not run until somebody resumes it.");
        let finding = Finding::new(Kind::Suspended, sentence, whole(view), since.or_else(|| born(object)));
        let command = safe(text(object, "/metadata/name")).map(|name| {
            let space = view.in_namespace();
            format!("Let it run: kubectl{space} patch job {name} -p '{{\"spec\":{{\"suspend\":false}}}}'")
        });
        return Some(finding.says("JobSuspended", "").next(command.unwrap_or_default()));
    }
    None
}

/// What is left when no pod has anything to say.
pub(super) fn fallback(view: &View) -> Finding {
    let object = view.scene.workload;
    let name = view.name();
    let since = condition(object, "Progressing").and_then(|found| time(found, "/lastUpdateTime"));
    let since = since.or_else(|| born(object));
    let found = |kind, sentence: String| Finding::new(kind, sentence, whole(view), since);
    if view.deadline_passed() {
        let message = condition(object, "Progressing").map_or("", |found| text(found, "/message"));
        let sentence = format!("{name} did not finish within its progress deadline.");
        let command = safe(text(object, "/metadata/name")).map(|name| {
            format!("See what is left: kubectl{} describe deployment {name}", view.in_namespace())
        });
        return found(Kind::ProgressDeadline, sentence)
            .says("ProgressDeadlineExceeded", message)
            .next(command.unwrap_or_default());
    }
    if view.kind() == "Job" {
        let done = count(object, "/status/succeeded");
        let sentence = format!("The job {name} is running ({done} done).");
        return found(Kind::JobRunning, sentence).next("Nothing to do yet.");
    }
    let wanted = number(object, "/spec/replicas").unwrap_or(1);
    let going =
        view.old_pods.iter().filter(|pod| !text(pod, "/metadata/deletionTimestamp").is_empty()).count();
    let updated = count(object, "/status/updatedReplicas");
    let over = count(object, "/status/replicas") > updated && updated >= wanted;
    if going > 0 || over {
        let left = i64::try_from(going).unwrap_or(i64::MAX).max(count(object, "/status/replicas") - updated);
        let sentence = format!("{name} waits for {} of the earlier version to end.", many(left, "pod"));
        return found(Kind::OldPodsTerminating, sentence).timer(deadline(view)).next("Nothing to do yet.");
    }
    let wanted = match view.kind() {
        "DaemonSet" => number(object, "/status/desiredNumberScheduled").filter(|wanted| *wanted > 0),
        "Deployment" | "StatefulSet" | "ReplicaSet" => Some(wanted),
        _ => None,
    };
    // Counted from the pods of this revision: the workload's own counters include older ones.
    let ready = i64::try_from(view.pods.iter().filter(|pod| serves(pod)).count()).unwrap_or(i64::MAX);
    let sentence = match (wanted, count(object, "/spec/minReadySeconds")) {
        (Some(wanted), seconds) if seconds > 0 && ready >= wanted => {
            format!("{name} is ready and has to stay so for {seconds} s.")
        }
        (Some(wanted), _) => format!("{name} is coming up: {ready} of {} ready.", many(wanted, "pod")),
        (None, _) => format!("{name} is not ready yet."),
    };
    let verdict = status_with(object, view.now(), Jobs::Completed);
    found(Kind::Rolling, sentence)
        .says(&verdict.reason, &verdict.message)
        .timer(deadline(view))
        .next("Nothing to do yet.")
}

fn serves(pod: &Value) -> bool {
    text(pod, "/metadata/deletionTimestamp").is_empty()
        && condition(pod, "Ready").is_some_and(|found| text(found, "/status") == "True")
}

/// Adds how many pods of an earlier revision still do the work.
pub(super) fn serve_note(view: &View, mut cause: Cause) -> Cause {
    if matches!(cause.kind, Kind::OldPodsTerminating | Kind::Deleting) {
        return cause;
    }
    let old = view.old_pods.iter().filter(|pod| serves(pod)).count();
    if old > 0 {
        let old = i64::try_from(old).unwrap_or(i64::MAX);
        let verb = if old == 1 { "serves" } else { "serve" };
        cause.sentence = clean(
            &format!("{} {} of the earlier version still {verb}.", cause.sentence, many(old, "pod")),
            SENTENCE + 80,
        );
    }
    cause
}
