//! Which images a node has, by the names that it gives.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::foreign::Text;

/// The whole names of the images that some of these nodes have (a node lists at most fifty).
pub fn on(nodes: &[Value]) -> BTreeSet<String> {
    nodes
        .iter()
        .filter_map(|node| node.pointer("/status/images")?.as_array())
        .flatten()
        .filter_map(|image| image.get("names")?.as_array())
        .flatten()
        .filter_map(Value::as_str)
        .map(whole_name)
        .collect()
}

/// How many of the images some of these nodes have.
pub fn how_many(images: &[Text], nodes: &[Value]) -> usize {
    let here = on(nodes);
    images.iter().filter(|image| here.contains(&whole_name(image))).count()
}

/// An image's name with registry, library and tag spelled out, so that `busybox` is
/// `docker.io/library/busybox:latest`.
pub fn whole_name(name: &str) -> String {
    let (first, rest) = name.split_once('/').unwrap_or(("", name));
    let is_registry = first.contains(['.', ':']) || first == "localhost";
    let path = match (is_registry, first) {
        (true, _) => name.to_owned(),
        (false, "") => format!("docker.io/library/{rest}"),
        (false, _) => format!("docker.io/{name}"),
    };
    let tagged = path.rsplit('/').next().is_some_and(|last| last.contains([':', '@']));
    if tagged { path } else { format!("{path}:latest") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_image_is_the_same_however_it_is_spelled() {
        for (name, whole) in [
            ("busybox", "docker.io/library/busybox:latest"),
            ("busybox:1.36", "docker.io/library/busybox:1.36"),
            ("tracebloc/api:prod", "docker.io/tracebloc/api:prod"),
            ("ghcr.io/a/b", "ghcr.io/a/b:latest"),
            ("localhost:5000/a@sha256:1", "localhost:5000/a@sha256:1"),
        ] {
            assert_eq!(whole_name(name), whole);
        }
    }

    #[test]
    fn images_on_some_node_are_counted_once() {
        let node = json!({"status": {"images": [{"names": ["busybox:1.36", "busybox@sha256:1"]}]}});
        let images = ["docker.io/library/busybox:1.36", "docker.io/library/alpine:3.20"].map(Text::new);
        assert_eq!(how_many(&images, &[node.clone(), node]), 1);
    }
}
