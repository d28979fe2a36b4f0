//! How many of the images that the pods need are there, and which one is awaited. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::happenings::when;
use crate::cluster::connect::text_at;
use crate::cluster::kstatus::items;
use crate::model::{Images, Pull};
use crate::secret::Vault;

/// An image counts as there where every container of a node that needs it has it: the kubelet then tells its id.
pub(super) fn images<'a>(
    pods: impl IntoIterator<Item = &'a &'a Value>,
    events: &[&Value],
    since: Timestamp,
    vault: &Vault,
) -> Images {
    let mut needed: BTreeMap<&str, bool> = BTreeMap::new();
    let mut waiting: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut nodes: BTreeMap<&str, &str> = BTreeMap::new();
    for pod in pods {
        nodes.insert(text_at(pod, "/metadata/uid"), text_at(pod, "/spec/nodeName"));
        let lists = [
            ("/spec/initContainers", "/status/initContainerStatuses"),
            ("/spec/containers", "/status/containerStatuses"),
        ];
        for (wanted, told) in lists {
            for container in items(pod, wanted) {
                let name = text_at(container, "/name");
                let told = items(pod, told).iter().find(|status| text_at(status, "/name") == name);
                let here = told.is_some_and(|status| !text_at(status, "/imageID").is_empty());
                let image = text_at(container, "/image");
                let all = needed.entry(image).or_insert(true);
                *all &= here;
                if !here {
                    waiting.insert((text_at(pod, "/metadata/uid"), image));
                }
            }
        }
    }
    let mut pulling: BTreeMap<(&str, &str), Timestamp> = BTreeMap::new();
    let mut failed: BTreeMap<(&str, &str), Timestamp> = BTreeMap::new();
    // An image that several pods of a node waited for was pulled once.
    let mut pulled: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut spans: Vec<(i64, i64)> = Vec::new();
    for event in events {
        let (reason, message) = (text_at(event, "/reason"), text_at(event, "/message"));
        if !matches!(reason, "Pulling" | "Pulled" | "Failed" | "BackOff") {
            continue;
        }
        let (Some(image), Some(at)) = (quoted(message), when(event).filter(|at| *at >= since)) else {
            continue;
        };
        let pod = text_at(event, "/involvedObject/uid");
        if reason == "Pulled" {
            if let Some(size) = size(message) {
                pulled.insert((nodes.get(pod).copied().unwrap_or(pod), image), size);
            }
            if let Some(took) = took(message) {
                let end = at.as_millisecond();
                spans.push((end.saturating_sub_unsigned(took), end));
            }
        } else if waiting.contains(&(pod, image)) {
            let all = if reason == "Pulling" { &mut pulling } else { &mut failed };
            let last = all.entry((pod, image)).or_insert(at);
            *last = at.max(*last);
        }
    }
    // Between two tries nothing is pulled.
    pulling.retain(|pull, at| failed.get(pull).is_none_or(|failed| *failed < *at));
    let longest = pulling.into_iter().min_by_key(|(_, since)| *since);
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Images {
        here: count(needed.values().filter(|here| **here).count()),
        of: count(needed.len()),
        pulling: longest.map(|((_, image), since)| Pull { image: vault.scrub(image), since }),
        bytes: pulled.values().fold(0, |sum, size| sum.saturating_add(*size)),
        pull_ms: covered(spans),
    }
}

/// How long at least one of these spans lasted.
fn covered(mut spans: Vec<(i64, i64)>) -> u64 {
    spans.sort_unstable();
    let (mut sum, mut until) = (0_u64, i64::MIN);
    for (start, end) in spans {
        sum = sum.saturating_add(end.saturating_sub(start.max(until)).try_into().unwrap_or(0));
        until = until.max(end);
    }
    sum
}

/// The image in the kubelet's words: `Pulling image "docker.io/library/nginx:1.27"`.
fn quoted(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once('"')?;
    rest.split_once('"').map(|(image, _)| image)
}

/// The bytes in the kubelet's words: `… Image size: 41234567 bytes.`
/// (kubelet, `images/image_manager.go`, from 1.30 on)
fn size(message: &str) -> Option<u64> {
    let (_, rest) = message.split_once("Image size: ")?;
    rest.split_once(' ')?.0.parse().ok()
}

/// The thousandths of a second in the kubelet's words: `Successfully pulled image "nginx" in 400ms (1m3.2s including
/// waiting)`. The brackets count: the wait may be for the very same image, which another pod had pulled, such as one
/// that does nothing else. (kubelet, `images/image_manager.go`; Go's `time.Duration`)
fn took(message: &str) -> Option<u64> {
    let (_, rest) = message.split_once("\" in ")?;
    let (alone, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let whole = rest.strip_prefix('(').and_then(|rest| rest.split_once(" including waiting"));
    let word = whole.map_or(alone, |(whole, _)| whole);
    let mut rest = word.trim_end_matches('.');
    let mut sum = 0.0;
    while !rest.is_empty() {
        let (number, unit) = rest.split_at(rest.find(|c: char| c.is_ascii_alphabetic() || c == 'µ')?);
        let (length, after) =
            [("h", 3_600_000.0), ("ms", 1.0), ("m", 60_000.0), ("µs", 0.001), ("s", 1000.0)]
                .iter()
                .find_map(|(unit_name, length)| Some((*length, unit.strip_prefix(unit_name)?)))?;
        sum += number.parse::<f64>().ok()? * length;
        rest = after;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of a float saturates"
    )]
    let sum = sum as u64;
    Some(sum)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn images_are_counted_once_and_the_longest_pull_is_named() {
        let pod = |uid: &str, image: &str, id: &str| {
            json!({
                "metadata": {"uid": uid},
                "spec": {"containers": [{"name": "a", "image": image}]},
                "status": {"containerStatuses": [{"name": "a", "imageID": id}]},
            })
        };
        let event = |uid: &str, reason: &str, message: &str, at: &str| json!({"involvedObject": {"uid": uid}, "reason": reason, "message": message, "lastTimestamp": at});
        let pods = [
            pod("1", "web:1", "sha256:1"),
            pod("2", "web:1", "sha256:1"),
            pod("3", "db:1", ""),
            pod("4", "big:1", ""),
            pod("5", "no:1", ""),
        ];
        let events = [
            event("3", "Pulling", "Pulling image \"db:1\"", "2026-03-01T12:00:05Z"),
            event("4", "Pulling", "Pulling image \"big:1\"", "2026-03-01T12:00:02Z"),
            event("1", "Pulling", "Pulling image \"web:1\"", "2026-03-01T12:00:01Z"),
            event("5", "Pulling", "Pulling image \"no:1\"", "2026-03-01T12:00:01Z"),
            event("5", "BackOff", "Back-off pulling image \"no:1\"", "2026-03-01T12:00:01Z"),
            event(
                "1",
                "Pulled",
                "Successfully pulled image \"web:1\" in 2s. Image size: 41234567 bytes.",
                "2026-03-01T12:00:03Z",
            ),
            event(
                "9",
                "Pulled",
                "Successfully pulled image \"old:1\" in 2s. Image size: 7 bytes.",
                "2026-03-01T11:00:03Z",
            ),
        ];
        let since = "2026-03-01T12:00:00Z".parse().unwrap();
        let found = images(
            &pods.iter().collect::<Vec<_>>(),
            &events.iter().collect::<Vec<_>>(),
            since,
            &Vault::default(),
        );
        let pulling = Some(Pull { image: "big:1".into(), since: "2026-03-01T12:00:02Z".parse().unwrap() });
        assert_eq!(found, Images { here: 1, of: 4, pulling, bytes: 41_234_567, pull_ms: 2000 });
    }

    #[test]
    fn an_image_that_one_node_lacks_is_not_there() {
        let pod = |id: &str| {
            json!({
                "spec": {"containers": [{"name": "a", "image": "web:1"}]},
                "status": {"containerStatuses": [{"name": "a", "imageID": id}]},
            })
        };
        let pods = [pod("sha256:1"), pod("")];
        let found = images(&pods.iter().collect::<Vec<_>>(), &[], Timestamp::UNIX_EPOCH, &Vault::default());
        assert_eq!((found.here, found.of), (0, 1));
    }

    #[test]
    fn what_pods_waited_for_together_was_pulled_once_and_took_its_time_once() {
        let pod = |uid: &str, node: &str| json!({"metadata": {"uid": uid}, "spec": {"nodeName": node}});
        let pods = [pod("1", "a"), pod("2", "a"), pod("3", "b")];
        let event = |uid: &str, image: &str, took: &str, at: &str| json!({"involvedObject": {"uid": uid}, "reason": "Pulled", "message": format!("Successfully pulled image \"{image}\" in 400ms ({took} including waiting). Image size: 1000 bytes."), "lastTimestamp": at});
        let events = [
            event("1", "web:1", "20s", "2026-03-01T12:00:20Z"),
            event("2", "web:1", "18s", "2026-03-01T12:00:21Z"),
            event("3", "web:1", "5s", "2026-03-01T12:00:10Z"),
            event("1", "db:1", "30s", "2026-03-01T12:00:50Z"),
            event("1", "log:1", "2s", "2026-03-01T12:01:00Z"),
        ];
        let since = "2026-03-01T12:00:00Z".parse().unwrap();
        let (pods, events): (Vec<_>, Vec<_>) = (pods.iter().collect(), events.iter().collect());
        let found = images(&pods, &events, since, &Vault::default());
        assert_eq!((found.bytes, found.pull_ms), (4000, 52_000));
    }

    #[test]
    fn a_pull_took_as_long_as_the_kubelet_says() {
        for (message, told) in [
            ("Successfully pulled image \"web:1\" in 2s. Image size: 7 bytes.", Some(2000)),
            (
                "Successfully pulled image \"web:1\" in 3.25s (1m4s including waiting). Image size: 7 bytes.",
                Some(64_000),
            ),
            ("Successfully pulled image \"web:1\" in 812ms (812ms including waiting)", Some(812)),
            ("Successfully pulled image \"web:1\" in 1h2m3.5s (1h2m3.5s including waiting)", Some(3_723_500)),
            ("Container image \"web:1\" already present on machine", None),
            ("Successfully pulled image \"web:1\" in a while", None),
            ("Successfully pulled image \"web:1\" in -1s", Some(0)),
        ] {
            assert_eq!(took(message), told, "{message}");
        }
    }
}
