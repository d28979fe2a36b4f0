//! Volumes that come from Secrets and ConfigMaps must exist before containers are made.

use super::PodRef;
use crate::sandbox::cluster::api::Api;
use crate::sandbox::cluster::events::{Source, Tone, record};
use crate::sandbox::cluster::kinds;
use crate::sandbox::cluster::object::{list, text};
use serde_json::Value;
use std::time::Duration;

/// Waits until every such volume can be mounted, telling of each failure.
pub async fn mounted(api: &Api, pod: &PodRef, object: &Value) {
    let mut pause = Duration::from_millis(500);
    while let Some(problem) = list(object, &["spec", "volumes"]).iter().find_map(|v| problem(api, pod, v)) {
        record(api, Source::Kubelet, &kinds::PODS, object, Tone::Warning, "FailedMount", &problem);
        api.clock.sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(122));
    }
}

fn problem(api: &Api, pod: &PodRef, volume: &Value) -> Option<String> {
    let sources = [
        (&kinds::SECRETS, "secret", text(volume, &["secret", "secretName"]), &volume["secret"]["optional"]),
        (
            &kinds::CONFIGMAPS,
            "configmap",
            text(volume, &["configMap", "name"]),
            &volume["configMap"]["optional"],
        ),
    ];
    sources.into_iter().find_map(|(kind, word, name, optional)| {
        let missing = !name.is_empty() && optional != true && api.get(kind, &pod.namespace, name).is_none();
        missing.then(|| {
            format!("MountVolume.SetUp failed for volume {} : {word} \"{name}\" not found", volume["name"])
        })
    })
}
