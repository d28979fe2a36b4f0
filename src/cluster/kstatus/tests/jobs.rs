//! Jobs, where Helm and Flux differ.

use super::*;

#[test]
fn jobs_by_upstream_helm_and_flux() {
    use Status::{Current, Failed, InProgress};
    let started = json!({"startTime": "2026-01-01T00:00:00Z", "active": 1});
    let ended = |kind: &str| json!({"conditions": conditions(&[(kind, "True", "")]), "startTime": "2026-01-01T00:00:00Z"});
    let halted = json!({"conditions": conditions(&[("Suspended", "True", "")])});
    for (object, upstream, helm, flux) in [
        (job(json!({}), json!({})), InProgress, InProgress, InProgress),
        (job(json!({}), started.clone()), Current, InProgress, InProgress),
        (job(json!({}), ended("Complete")), Current, Current, Current),
        (job(json!({}), ended("Failed")), Failed, Failed, Failed),
        (job(json!({"suspend": true}), halted.clone()), Current, InProgress, Current),
        (job(json!({"suspend": true}), json!({})), InProgress, InProgress, Current),
        (job(json!({"suspend": true}), started), Current, InProgress, Current),
        // A suspension that was lifted leaves its condition behind until the controller has looked.
        (job(json!({}), halted), InProgress, InProgress, InProgress),
        (job(json!({"suspend": true}), ended("Failed")), Failed, Failed, Current),
        (
            job(json!({}), json!({"conditions": conditions(&[("Failed", "False", "")])})),
            InProgress,
            InProgress,
            InProgress,
        ),
        (json!({"apiVersion": "batch/v1", "kind": "CronJob"}), Current, Current, Current),
    ] {
        let judged = [Jobs::Started, Jobs::Completed, Jobs::CompletedOrSuspended]
            .map(|jobs| status_with(&object, now(), jobs).status);
        assert_eq!(judged, [upstream, helm, flux], "{object:#}");
    }
    let brief = job(json!({"ttlSecondsAfterFinished": 60}), json!({}));
    assert_eq!(vanished(&brief, Jobs::CompletedOrSuspended).status, Current);
    assert_eq!(vanished(&brief, Jobs::Completed).status, Status::NotFound);
    assert_eq!(vanished(&job(json!({}), json!({})), Jobs::CompletedOrSuspended).status, Status::NotFound);
}
