//! Kubernetes quantities: read, added up, written as people write them.

use serde_json::Value;

use crate::cluster::kstatus::{items, text};

/// A quantity in thousandths of its unit (CPU: milli-CPU; memory: thousandths of a byte).
/// (apimachinery, `pkg/api/resource/quantity.go`)
pub(super) fn parse(text: &str) -> Option<i128> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() > 18 || fraction.len() > 9 || number.is_empty() {
        return None;
    }
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    let value = format!("{whole}{fraction}").parse::<i128>().ok()?;
    let factor: i128 = match unit {
        "m" => 1,
        "" => 1000,
        "k" => 1_000_000,
        "M" => 1000 * 1000_i128.pow(2),
        "G" => 1000 * 1000_i128.pow(3),
        "T" => 1000 * 1000_i128.pow(4),
        "P" => 1000 * 1000_i128.pow(5),
        "Ki" => 1000 * 1024,
        "Mi" => 1000 * 1024_i128.pow(2),
        "Gi" => 1000 * 1024_i128.pow(3),
        "Ti" => 1000 * 1024_i128.pow(4),
        "Pi" => 1000 * 1024_i128.pow(5),
        _ => return None,
    };
    Some(value * factor / scale)
}

/// `64 CPU`, `0.25 CPU`.
pub(super) fn cpu(milli: i128) -> String {
    let text = format!("{}.{:03}", milli / 1000, milli % 1000);
    format!("{} CPU", text.trim_end_matches('0').trim_end_matches('.'))
}

/// `512Gi`, `1.5Gi`, `300Mi`: the largest unit that leaves a whole number or one decimal.
pub(super) fn memory(milli: i128) -> String {
    let bytes = milli / 1000;
    for (unit, size) in [("Ti", 1_i128 << 40), ("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)] {
        if bytes >= size {
            let tenths = bytes * 10 / size;
            return if tenths % 10 == 0 {
                format!("{}{unit}", tenths / 10)
            } else {
                format!("{}.{}{unit}", tenths / 10, tenths % 10)
            };
        }
    }
    format!("{bytes} bytes")
}

/// What a pod asks of `resource`: its containers together, or its largest init container if that is more.
/// (component-helpers, `resource.PodRequests`; sidecars are counted with the containers)
pub(super) fn asked(pod: &Value, resource: &str) -> Option<i128> {
    let of = |container: &Value| {
        container.pointer(&format!("/resources/requests/{resource}")).and_then(Value::as_str).and_then(parse)
    };
    let side = |container: &&Value| text(container, "/restartPolicy") == "Always";
    let init = items(pod, "/spec/initContainers");
    let running = items(pod, "/spec/containers").iter().chain(init.iter().filter(side)).filter_map(of);
    let together: i128 = running.sum();
    let alone = init.iter().filter(|container| !side(container)).filter_map(of).max().unwrap_or(0);
    Some(together.max(alone)).filter(|asked| *asked > 0)
}

/// The most of `resource` that any of the nodes has for pods.
pub(super) fn largest(nodes: &[&Value], resource: &str) -> Option<i128> {
    nodes.iter().filter_map(|node| parse(text(node, &format!("/status/allocatable/{resource}")))).max()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn quantities_are_read_and_written() {
        assert_eq!(
            ["64", "250m", "1.5", "0.1"].map(|text| parse(text).map(cpu).unwrap()),
            ["64 CPU", "0.25 CPU", "1.5 CPU", "0.1 CPU"]
        );
        assert_eq!(
            ["512Gi", "8124Mi", "1G", "128974848", "1536Mi"].map(|text| parse(text).map(memory).unwrap()),
            ["512Gi", "7.9Gi", "953.6Mi", "123Mi", "1.5Gi"]
        );
        assert_eq!(["", "Gi", "x", "1e3", "9999999999999999999999"].map(parse), [None; 5]);
    }

    #[test]
    fn a_pod_asks_for_its_containers_or_its_largest_init_container() {
        let with = |cpu: &str| json!({"resources": {"requests": {"cpu": cpu}}});
        let sidecar = json!({"restartPolicy": "Always", "resources": {"requests": {"cpu": "1"}}});
        let pod = json!({"spec": {"containers": [with("1"), with("500m"), {}], "initContainers": [with("2"), sidecar]}});
        assert_eq!(asked(&pod, "cpu"), Some(2500));
        let heavy = json!({"spec": {"containers": [with("1")], "initContainers": [with("4")]}});
        assert_eq!(asked(&heavy, "cpu"), Some(4000));
        assert_eq!(asked(&heavy, "memory"), None);
    }
}
