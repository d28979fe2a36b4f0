//! Pulling images: how long it takes, what is already there, and what goes wrong.

use super::container::Container;
use crate::sandbox::cluster::api::Api;
use crate::sandbox::cluster::events::Tone;
use crate::sandbox::cluster::kinds;
use crate::sandbox::cluster::object::{digest, fnv32, list, list_mut, text};
use crate::sandbox::cluster::program;
use crate::sandbox::scenario::Rollout;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a pull takes under `slow-pull`.
const SLOW: Duration = Duration::from_secs(20);
/// How long the registry takes to say no.
const REFUSAL: Duration = Duration::from_secs(1);
/// How long the failure itself shows before the back-off does.
const ERROR_SHOWS: Duration = Duration::from_secs(2);
/// The first and the longest pause between two pulls of an image.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(300));

/// The pulls under way: an image is pulled once, however many containers want it.
#[derive(Default)]
pub struct Pulls(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl Pulls {
    fn of(&self, image: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut pulls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(pulls.entry(image.to_owned()).or_default())
    }
}

/// The full name of an image, as the container runtime has it.
pub fn full_name(image: &str) -> String {
    let (first, rest) = image.split_once('/').unwrap_or(("", image));
    let has_registry = first.contains(['.', ':']) || first == "localhost";
    let name = match (has_registry, first.is_empty()) {
        (true, _) => image.to_owned(),
        (false, true) => format!("docker.io/library/{rest}"),
        (false, false) => format!("docker.io/{image}"),
    };
    let last = name.rsplit('/').next().unwrap_or("");
    if last.contains([':', '@']) { name } else { format!("{name}:latest") }
}

/// The name of an image without tag and digest.
fn repository(name: &str) -> &str {
    let name = name.split('@').next().unwrap_or(name);
    let slash = name.rfind('/').unwrap_or(0);
    let colon = name.rfind(':').filter(|colon| *colon > slash).unwrap_or(name.len());
    name.get(..colon).unwrap_or(name)
}

/// The id of an image.
pub fn id(image: &str) -> String {
    let name = full_name(image);
    match name.split_once('@') {
        Some((_, given)) => format!("{}@{given}", repository(&name)),
        None => format!("{}@sha256:{}", repository(&name), digest(&name)),
    }
}

/// The size of an image, bytes: 20 to 420 MB, the same for the same name.
pub fn size(image: &str) -> u64 {
    20_000_000 + u64::from(fnv32(image.as_bytes())) % 400_000_000
}

/// An image as a node lists it.
pub fn listed(image: &str) -> Value {
    json!({"names": [id(image), full_name(image)], "sizeBytes": size(image)})
}

fn is_present(api: &Api, node: &str, image: &str) -> bool {
    let name = full_name(image);
    api.get(&kinds::NODES, "", node).is_some_and(|node| {
        list(&node, &["status", "images"]).iter().any(|i| list(i, &["names"]).iter().any(|n| *n == name))
    })
}

fn add_to_node(api: &Api, node: &str, image: &str) {
    if !is_present(api, node, image) {
        api.mutate(&kinds::NODES, "", node, |node| {
            list_mut(node, &["status", "images"]).push(listed(image));
        });
    }
}

/// Whether the image is that of the jobs manager, which fault scripts hit: a container of that name asks for it, or
/// one beside it in its own pod.
fn is_the_jobs_managers(container: &Container<'_>, image: &str) -> bool {
    let pod = container.pod_object();
    container.name() == program::JOBS_MANAGER_CONTAINER
        || program::is_jobs_manager(&pod) && program::jobs_manager_image(&pod) == image
}

/// Whether some jobs manager here runs that image, or is to.
fn is_of_a_jobs_manager(container: &Container<'_>, image: &str) -> bool {
    let pods = container.api.list(&kinds::PODS, None);
    is_the_jobs_managers(container, image)
        || pods.iter().any(|pod| program::is_jobs_manager(pod) && program::jobs_manager_image(pod) == image)
}

/// Waits until the container's image is on the node.
pub async fn pull(container: &Container<'_>) {
    let api = container.api;
    let image = text(&container.spec, &["image"]).to_owned();
    let policy = text(&container.spec, &["imagePullPolicy"]).to_owned();
    let node = text(&container.pod_object(), &["spec", "nodeName"]).to_owned();
    let mut backoff = BACKOFF.0;
    loop {
        let refused = api.rollout == Rollout::ImagePullFails && is_the_jobs_managers(container, &image);
        if policy != "Always" && !refused && is_present(api, &node, &image) {
            container.tell(
                Tone::Normal,
                "Pulled",
                &format!("Container image \"{image}\" already present on machine"),
            );
            return;
        }
        let Some((reason, error)) = attempt(container, &node, &image, &policy).await else { return };
        container.wait_because(&reason, &error);
        container.tell(Tone::Warning, "Failed", &format!("Error: {reason}"));
        if reason != "ErrImagePull" {
            // Nothing that waiting changes: the kubelet only looks again.
            api.clock.sleep(BACKOFF.0).await;
            continue;
        }
        api.clock.sleep(ERROR_SHOWS).await;
        let why = format!("Back-off pulling image \"{image}\"");
        container.tell(Tone::Normal, "BackOff", &why);
        container.tell(Tone::Warning, "Failed", "Error: ImagePullBackOff");
        container.wait_because("ImagePullBackOff", &format!("{why}: ErrImagePull: {error}"));
        api.clock.sleep(backoff).await;
        backoff = (backoff * 2).min(BACKOFF.1);
    }
}

/// One pull: nothing if it went well, else the waiting reason and the error.
async fn attempt(
    container: &Container<'_>,
    node: &str,
    image: &str,
    policy: &str,
) -> Option<(String, String)> {
    let api = container.api;
    if repository(image).chars().any(|c| c.is_whitespace() || c.is_ascii_uppercase()) {
        let error = format!(
            "Failed to apply default image tag \"{image}\": couldn't parse image name \"{image}\": invalid reference format"
        );
        container.tell(Tone::Warning, "InspectFailed", &error);
        return Some(("InvalidImageName".to_owned(), error));
    }
    if policy == "Never" {
        let error = format!("Container image \"{image}\" is not present with pull policy of Never");
        container.tell(Tone::Warning, "ErrImageNeverPull", &error);
        return Some(("ErrImageNeverPull".to_owned(), error));
    }
    container.tell(Tone::Normal, "Pulling", &format!("Pulling image \"{image}\""));
    // Said before it waits for another pull of the same image. (kubelet, `images/image_manager.go`)
    let asked = Instant::now();
    let lock = api.pulls.of(&format!("{node}/{image}"));
    let _held = lock.lock().await;
    let waited = u64::try_from(api.clock.simulated(asked.elapsed()).as_millis()).unwrap_or(u64::MAX);
    if api.rollout == Rollout::ImagePullFails && is_the_jobs_managers(container, image) {
        api.clock.sleep(REFUSAL).await;
        let full = full_name(image);
        let error = format!(
            "rpc error: code = NotFound desc = failed to pull and unpack image \"{full}\": failed to resolve reference \"{full}\": {full}: not found"
        );
        container.tell(Tone::Warning, "Failed", &format!("Failed to pull image \"{image}\": {error}"));
        return Some(("ErrImagePull".to_owned(), error));
    }
    let present = is_present(api, node, image);
    let slow = api.rollout == Rollout::SlowPull && is_of_a_jobs_manager(container, image);
    let millis = match (present, slow) {
        (true, _) => 400,
        (false, true) => u64::try_from(SLOW.as_millis()).unwrap_or(20_000),
        (false, false) => 1_000 + u64::from(fnv32(image.as_bytes())) % 31 * 100,
    };
    api.clock.sleep(Duration::from_millis(millis)).await;
    add_to_node(api, node, image);
    container.tell(
        Tone::Normal,
        "Pulled",
        &format!(
            "Successfully pulled image \"{image}\" in {} ({} including waiting). Image size: {} bytes.",
            go_duration(millis),
            go_duration(millis.saturating_add(waited)),
            size(image)
        ),
    );
    None
}

/// A duration as Go prints it.
fn go_duration(millis: u64) -> String {
    if millis < 1_000 {
        return format!("{millis}ms");
    }
    let fraction = format!("{:03}", millis % 1_000);
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    format!("{}{dot}{fraction}s", millis / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn image_names_are_completed_as_the_runtime_does() {
        for (short, full) in [
            ("busybox", "docker.io/library/busybox:latest"),
            ("busybox:1.35", "docker.io/library/busybox:1.35"),
            ("a/b:1", "docker.io/a/b:1"),
            ("ghcr.io/a/b", "ghcr.io/a/b:latest"),
            ("localhost:5000/a", "localhost:5000/a:latest"),
            ("a/b@sha256:12", "docker.io/a/b@sha256:12"),
        ] {
            assert_eq!(full_name(short), full);
        }
        assert!(id("localhost:5000/a").starts_with("localhost:5000/a@sha256:"));
        assert_eq!(id("a/b@sha256:12"), "docker.io/a/b@sha256:12");
    }

    #[test]
    fn durations_are_go_durations() {
        assert_eq!(
            [400, 1_000, 2_100, 20_000, 1_050].map(go_duration),
            ["400ms", "1s", "2.1s", "20s", "1.05s"]
        );
    }
}
