//! The table of kinds this API serves. Everything that depends on a kind's shape reads it from here.

/// Where the objects of a kind live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// In the cluster as a whole.
    Cluster,
    /// In a namespace.
    Namespaced,
}

/// One kind of object and how it is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// API version within the group.
    pub version: &'static str,
    /// Name in URLs.
    pub plural: &'static str,
    /// Name in objects.
    pub name: &'static str,
    /// Abbreviations that kubectl takes.
    pub short: &'static [&'static str],
    /// Where its objects live.
    pub scope: Scope,
    /// Whether it has a `status` subresource.
    pub status: bool,
    /// Whether it has a `scale` subresource.
    pub scale: bool,
    /// Whether `metadata.generation` counts changes of its `spec`.
    pub generation: bool,
}

impl Kind {
    const fn new(
        group: &'static str,
        version: &'static str,
        plural: &'static str,
        name: &'static str,
    ) -> Self {
        Self {
            group,
            version,
            plural,
            name,
            short: &[],
            scope: Scope::Namespaced,
            status: false,
            scale: false,
            generation: false,
        }
    }

    const fn short(self, short: &'static [&'static str]) -> Self {
        Self { short, ..self }
    }

    const fn of_cluster(self) -> Self {
        Self { scope: Scope::Cluster, ..self }
    }

    const fn with_status(self) -> Self {
        Self { status: true, ..self }
    }

    const fn with_scale(self) -> Self {
        Self { scale: true, ..self }
    }

    const fn with_generation(self) -> Self {
        Self { generation: true, ..self }
    }

    /// Whether its objects live in a namespace.
    pub fn is_namespaced(&self) -> bool {
        self.scope == Scope::Namespaced
    }

    /// `apiVersion` of its objects.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The resource as the API server's error messages name it, such as `deployments.apps`.
    pub fn resource(&self) -> String {
        qualified(self.plural, self.group)
    }

    /// The kind as the API server's error messages name it, such as `Deployment.apps`.
    pub fn qualified_kind(&self) -> String {
        qualified(self.name, self.group)
    }
}

fn qualified(name: &str, group: &str) -> String {
    if group.is_empty() { name.to_owned() } else { format!("{name}.{group}") }
}

/// The kind of that name in the group, if it is served.
pub fn by_plural(group: &str, version: &str, plural: &str) -> Option<&'static Kind> {
    ALL.iter().copied().find(|k| k.group == group && k.version == version && k.plural == plural)
}

macro_rules! kinds {
    ($($name:ident = $kind:expr;)*) => {
        $(#[doc = stringify!($kind)] pub static $name: Kind = $kind;)*
        /// Every kind, in the order of discovery.
        pub static ALL: &[&Kind] = &[$(&$name),*];
    };
}

const APPS: &str = "apps";
const RBAC: &str = "rbac.authorization.k8s.io";
const NETWORKING: &str = "networking.k8s.io";

kinds! {
    CONFIGMAPS = Kind::new("", "v1", "configmaps", "ConfigMap").short(&["cm"]);
    EVENTS = Kind::new("", "v1", "events", "Event").short(&["ev"]);
    LIMITRANGES = Kind::new("", "v1", "limitranges", "LimitRange").short(&["limits"]);
    NAMESPACES = Kind::new("", "v1", "namespaces", "Namespace").short(&["ns"]).of_cluster().with_status();
    NODES = Kind::new("", "v1", "nodes", "Node").short(&["no"]).of_cluster().with_status();
    PERSISTENTVOLUMECLAIMS =
        Kind::new("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim").short(&["pvc"]).with_status();
    PERSISTENTVOLUMES =
        Kind::new("", "v1", "persistentvolumes", "PersistentVolume").short(&["pv"]).of_cluster().with_status();
    PODS = Kind::new("", "v1", "pods", "Pod").short(&["po"]).with_status().with_generation();
    RESOURCEQUOTAS = Kind::new("", "v1", "resourcequotas", "ResourceQuota").short(&["quota"]).with_status();
    SECRETS = Kind::new("", "v1", "secrets", "Secret");
    SERVICEACCOUNTS = Kind::new("", "v1", "serviceaccounts", "ServiceAccount").short(&["sa"]);
    SERVICES = Kind::new("", "v1", "services", "Service").short(&["svc"]).with_status();
    CONTROLLERREVISIONS = Kind::new(APPS, "v1", "controllerrevisions", "ControllerRevision");
    DAEMONSETS = Kind::new(APPS, "v1", "daemonsets", "DaemonSet").short(&["ds"]).with_status().with_generation();
    DEPLOYMENTS =
        Kind::new(APPS, "v1", "deployments", "Deployment").short(&["deploy"]).with_status().with_scale().with_generation();
    REPLICASETS =
        Kind::new(APPS, "v1", "replicasets", "ReplicaSet").short(&["rs"]).with_status().with_scale().with_generation();
    STATEFULSETS =
        Kind::new(APPS, "v1", "statefulsets", "StatefulSet").short(&["sts"]).with_status().with_scale().with_generation();
    CRONJOBS = Kind::new("batch", "v1", "cronjobs", "CronJob").short(&["cj"]).with_status().with_generation();
    JOBS = Kind::new("batch", "v1", "jobs", "Job").with_status().with_generation();
    LEASES = Kind::new("coordination.k8s.io", "v1", "leases", "Lease");
    INGRESSES = Kind::new(NETWORKING, "v1", "ingresses", "Ingress").short(&["ing"]).with_status().with_generation();
    NETWORKPOLICIES = Kind::new(NETWORKING, "v1", "networkpolicies", "NetworkPolicy").short(&["netpol"]).with_generation();
    PODDISRUPTIONBUDGETS = Kind::new("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget")
        .short(&["pdb"]).with_status().with_generation();
    CLUSTERROLEBINDINGS = Kind::new(RBAC, "v1", "clusterrolebindings", "ClusterRoleBinding").of_cluster();
    CLUSTERROLES = Kind::new(RBAC, "v1", "clusterroles", "ClusterRole").of_cluster();
    ROLEBINDINGS = Kind::new(RBAC, "v1", "rolebindings", "RoleBinding");
    ROLES = Kind::new(RBAC, "v1", "roles", "Role");
    PRIORITYCLASSES = Kind::new("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass")
        .short(&["pc"]).of_cluster().with_generation();
    STORAGECLASSES = Kind::new("storage.k8s.io", "v1", "storageclasses", "StorageClass").short(&["sc"]).of_cluster();
}
