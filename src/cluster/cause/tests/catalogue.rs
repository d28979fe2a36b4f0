//! What real messages are taken for, each read where its author puts it.

use std::collections::BTreeSet;

use super::super::{create, image, schedule, volume};
use super::*;
use messages::{Told, catalogue};

#[path = "../../../../tests/recordings/messages.rs"]
mod messages;

#[test]
fn real_messages_are_told_apart() {
    let all = catalogue();
    let check = |told: &[Told], taken_for: &dyn Fn(&Told) -> Kind| {
        for told in told {
            assert_eq!(taken_for(told), told.kind, "{}: {}", told.source, told.message);
        }
    };
    check(&all.pulls, &|told| image::classify(&told.message));
    check(&all.states, &|told| Stage::waiting(&told.reason, &told.message).judged(10).0);
    check(&all.setups, &|told| {
        let stage = Stage::waiting("ContainerCreating", "");
        stage.event("pod-1", &told.reason, &told.message, 5, 5, 1).judged(10).0
    });
    check(&all.placements, &|told| schedule::classify(&told.message));
    check(&all.claims, &|told| volume::classify(&told.reason, &told.message));
    check(&all.refusals, &|told| create::classify(&told.message));
}

#[test]
fn each_kind_that_a_message_tells_of_has_one_with_its_source() {
    let all = catalogue();
    let lists = [all.pulls, all.states, all.setups, all.placements, all.claims, all.refusals];
    let mut found = BTreeSet::new();
    for told in lists.into_iter().flatten() {
        assert!(!told.source.is_empty(), "{}", told.message);
        found.insert(serde_json::to_value(told.kind).unwrap().as_str().unwrap().to_owned());
    }
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(
        found,
        [
            "access-mode",
            "affinity",
            "claim-missing",
            "container-config",
            "container-create",
            "container-run",
            "create-failed",
            "deleting",
            "host-port",
            "image-name-invalid",
            "image-never-pulled",
            "image-not-found",
            "image-rate-limited",
            "image-refused",
            "image-unauthorised",
            "image-unreadable",
            "image-wrong-platform",
            "limit-range",
            "missing-config-map",
            "missing-config-map-key",
            "missing-priority-class",
            "missing-secret",
            "missing-secret-key",
            "missing-service-account",
            "mount-failed",
            "namespace-terminating",
            "no-node",
            "no-provisioner",
            "no-storage-class",
            "node-cordoned",
            "node-disk-full",
            "node-not-ready",
            "node-pressure",
            "node-selector",
            "not-enough-cpu",
            "not-enough-memory",
            "not-enough-room",
            "pod-sandbox",
            "pod-security",
            "pull-failed",
            "quota",
            "registry-certificate",
            "registry-name",
            "registry-no-route",
            "registry-not-https",
            "registry-proxy",
            "registry-timeout",
            "registry-unavailable",
            "runs-as-root",
            "start-hook",
            "storage-class-missing",
            "taint",
            "unschedulable",
            "volume-failed",
            "volume-in-use",
            "volume-lost",
            "volume-node",
            "volume-pending",
            "waits-for-consumer",
            "webhook-denied",
            "webhook-unreachable",
        ]
    );
}
