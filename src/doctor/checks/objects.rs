//! What several verdicts read from Kubernetes objects.

use serde_json::Value;

use crate::cluster::kstatus::{condition, items, number, text};
use crate::foreign::Text;

/// An object's own name.
pub fn name(object: &Value) -> Text {
    Text::within(text(object, "/metadata/name"), 80)
}

/// Whether a condition of the object is True.
pub fn is_true(object: &Value, kind: &str) -> bool {
    condition(object, kind).is_some_and(|condition| text(condition, "/status") == "True")
}

/// The status of each container of a pod, init containers first.
pub fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    ["/status/initContainerStatuses", "/status/containerStatuses"]
        .into_iter()
        .flat_map(|pointer| items(pod, pointer))
}

/// How often a container was started again.
pub fn restarts(container: &Value) -> i64 {
    number(container, "/restartCount").unwrap_or(0)
}

/// `pod NAME, container NAME`.
pub fn at(pod: &Value, container: &Value) -> Text {
    Text::from(format!("pod {}, container {}", name(pod), text(container, "/name")))
}

/// Whether the pod is being deleted or has ended.
pub fn is_gone(pod: &Value) -> bool {
    !text(pod, "/metadata/deletionTimestamp").is_empty()
        || matches!(text(pod, "/status/phase"), "Succeeded" | "Failed")
}

/// A quantity of CPU in thousandths of a core.
pub fn milli(raw: &str) -> u64 {
    quantity(raw, 1000)
}

/// A quantity of bytes.
pub fn bytes(raw: &str) -> u64 {
    quantity(raw, 1)
}

/// A Kubernetes quantity times `scale`; 0 where it is none.
fn quantity(raw: &str, scale: u64) -> u64 {
    let end = raw.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(raw.len());
    let (digits, unit) = raw.split_at(end);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let whole: u64 = whole.parse().unwrap_or(0);
    let thousandths: u64 = format!("{part:0<3}").get(..3).and_then(|part| part.parse().ok()).unwrap_or(0);
    let factor: u64 = match unit {
        "" => 1,
        "k" => 1000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        "T" => 1_000_000_000_000,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        "Ti" => 1 << 40,
        "m" => return whole.saturating_mul(scale) / 1000,
        _ => return 0,
    };
    whole
        .saturating_mul(factor)
        .saturating_mul(scale)
        .saturating_add(thousandths.saturating_mul(factor).saturating_mul(scale) / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read() {
        for (raw, cpu) in [("8", 8000), ("250m", 250), ("0.5", 500), ("1.25", 1250), ("x", 0), ("", 0)] {
            assert_eq!(milli(raw), cpu, "{raw}");
        }
        for (raw, size) in
            [("32Gi", 32 << 30), ("512Mi", 512 << 20), ("1.5Gi", 3 << 29), ("1000k", 1_000_000)]
        {
            assert_eq!(bytes(raw), size, "{raw}");
        }
    }
}
