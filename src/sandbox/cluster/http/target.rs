//! What a path of the API names.

use crate::sandbox::cluster::kinds::{self, Kind};

/// A collection, an object or a part of one.
pub struct Target {
    /// The kind.
    pub kind: &'static Kind,
    /// The namespace; empty for the cluster, and for collections across all namespaces.
    pub namespace: String,
    /// The object's name; empty for collections.
    pub name: String,
    /// The subresource, or `""`.
    pub subresource: String,
}

impl Target {
    /// Reads a path such as `/apis/apps/v1/namespaces/x/deployments/y/status`.
    pub fn parse(path: &str) -> Option<Self> {
        let parts: Vec<String> = path.trim_matches('/').split('/').map(decode).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let (group, version, rest) = match parts.as_slice() {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return None,
        };
        let (namespace, rest) = match rest {
            ["namespaces", name, sub @ ("status" | "finalize")] => ("", &["namespaces", *name, *sub][..]),
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (*namespace, rest),
            rest => ("", rest),
        };
        let (plural, name, subresource) = match rest {
            [plural] => (*plural, "", ""),
            [plural, name] => (*plural, *name, ""),
            [plural, name, subresource] => (*plural, *name, *subresource),
            _ => return None,
        };
        let kind = kinds::by_plural(group, version, plural)?;
        let in_a_namespace = !namespace.is_empty();
        let misplaced = in_a_namespace && !kind.is_namespaced()
            || kind.is_namespaced() && !name.is_empty() && !in_a_namespace;
        (!misplaced).then(|| Self {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            subresource: subresource.to_owned(),
        })
    }

    /// Whether it names one place where objects can be created.
    pub fn is_collection(&self) -> bool {
        self.name.is_empty() && self.kind.is_namespaced() != self.namespace.is_empty()
    }

    /// The namespace a list is limited to.
    pub fn scope(&self) -> Option<&str> {
        (!self.namespace.is_empty()).then_some(self.namespace.as_str())
    }

    /// Whether the kind has that subresource; every kind has the object itself (`""`).
    pub fn has_subresource(&self, subresource: &str) -> bool {
        match subresource {
            "" => true,
            "status" => self.kind.status,
            "scale" => self.kind.scale,
            _ => false,
        }
    }
}

/// Undoes percent-encoding; a plus is a plus in a path.
fn decode(segment: &str) -> String {
    let segment = segment.replace('+', "%2B");
    url::form_urlencoded::parse(segment.as_bytes())
        .next()
        .map(|(key, _)| key.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> Option<(&'static str, String, String, String)> {
        Target::parse(path).map(|t| (t.kind.name, t.namespace, t.name, t.subresource))
    }

    #[test]
    fn paths_name_their_targets() {
        let is = |kind, namespace: &str, name: &str, sub: &str| {
            Some((kind, namespace.to_owned(), name.to_owned(), sub.to_owned()))
        };
        for (path, expected) in [
            ("/api/v1/namespaces", is("Namespace", "", "", "")),
            ("/api/v1/namespaces/x", is("Namespace", "", "x", "")),
            ("/api/v1/namespaces/x/status", is("Namespace", "", "x", "status")),
            ("/api/v1/namespaces/x/pods", is("Pod", "x", "", "")),
            ("/api/v1/namespaces/x/pods/p/log", is("Pod", "x", "p", "log")),
            ("/api/v1/pods", is("Pod", "", "", "")),
            ("/apis/apps/v1/namespaces/x/deployments/d/scale", is("Deployment", "x", "d", "scale")),
            (
                "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Aadmin",
                is("ClusterRole", "", "system:admin", ""),
            ),
            ("/api/v1/namespaces/x/nodes/n", None),
            ("/api/v1/pods/p", None),
            ("/apis/apps/v2/deployments", None),
            ("/apis/apps", None),
        ] {
            assert_eq!(read(path), expected, "{path}");
        }
    }
}
