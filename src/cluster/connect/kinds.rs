//! The kinds of objects that we read or write, in the order in which Helm installs them.

use kube::core::{ApiResource, DynamicObject, GroupVersionKind, Resource as _};
use serde_json::Value;

use super::text_at;

/// A kind of Kubernetes object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its API group; empty for the core group.
    pub group: &'static str,
    /// The version of the group that is used.
    pub version: &'static str,
    /// Its name in objects, for example `Deployment`.
    pub name: &'static str,
    /// Its name in addresses and rights, for example `deployments`.
    pub plural: &'static str,
    /// Whether its objects live in a namespace.
    pub namespaced: bool,
}

const fn kind(group: &'static str, name: &'static str, plural: &'static str, namespaced: bool) -> Kind {
    Kind { group, version: "v1", name, plural, namespaced }
}

/// `Namespace`.
pub const NAMESPACE: Kind = kind("", "Namespace", "namespaces", false);
/// `Secret`.
pub const SECRET: Kind = kind("", "Secret", "secrets", true);
/// `ServiceAccount`.
pub const SERVICE_ACCOUNT: Kind = kind("", "ServiceAccount", "serviceaccounts", true);
/// `PersistentVolumeClaim`.
pub const VOLUME_CLAIM: Kind = kind("", "PersistentVolumeClaim", "persistentvolumeclaims", true);
/// `Service`.
pub const SERVICE: Kind = kind("", "Service", "services", true);
/// `DaemonSet`.
pub const DAEMON_SET: Kind = kind("apps", "DaemonSet", "daemonsets", true);
/// `Deployment`.
pub const DEPLOYMENT: Kind = kind("apps", "Deployment", "deployments", true);
/// `ReplicaSet`.
pub const REPLICA_SET: Kind = kind("apps", "ReplicaSet", "replicasets", true);
/// `Pod`.
pub const POD: Kind = kind("", "Pod", "pods", true);
/// `StatefulSet`.
pub const STATEFUL_SET: Kind = kind("apps", "StatefulSet", "statefulsets", true);
/// `Job`.
pub const JOB: Kind = kind("batch", "Job", "jobs", true);
/// `Event`, of the core group.
pub const EVENT: Kind = kind("", "Event", "events", true);
/// `ResourceQuota`.
pub const QUOTA: Kind = kind("", "ResourceQuota", "resourcequotas", true);
/// `Node`.
pub const NODE: Kind = kind("", "Node", "nodes", false);

/// `PersistentVolume`.
pub const VOLUME: Kind = kind("", "PersistentVolume", "persistentvolumes", false);
/// `StorageClass`.
pub const STORAGE_CLASS: Kind = kind("storage.k8s.io", "StorageClass", "storageclasses", false);
/// `PriorityClass`.
pub const PRIORITY_CLASS: Kind = kind("scheduling.k8s.io", "PriorityClass", "priorityclasses", false);
/// `NetworkPolicy`.
pub const NETWORK_POLICY: Kind = kind("networking.k8s.io", "NetworkPolicy", "networkpolicies", true);
/// `LimitRange`.
pub const LIMIT_RANGE: Kind = kind("", "LimitRange", "limitranges", true);
/// `PodDisruptionBudget`.
pub const DISRUPTION_BUDGET: Kind = kind("policy", "PodDisruptionBudget", "poddisruptionbudgets", true);
/// `ConfigMap`.
pub const CONFIG_MAP: Kind = kind("", "ConfigMap", "configmaps", true);
/// `CronJob`.
pub const CRON_JOB: Kind = kind("batch", "CronJob", "cronjobs", true);
/// `Ingress`.
pub const INGRESS: Kind = kind("networking.k8s.io", "Ingress", "ingresses", true);
/// `Lease`.
pub const LEASE: Kind = kind("coordination.k8s.io", "Lease", "leases", true);
/// `Role`.
pub const ROLE: Kind = kind("rbac.authorization.k8s.io", "Role", "roles", true);
/// `ClusterRole`.
pub const CLUSTER_ROLE: Kind = kind("rbac.authorization.k8s.io", "ClusterRole", "clusterroles", false);
/// `RoleBinding`.
pub const ROLE_BINDING: Kind = kind("rbac.authorization.k8s.io", "RoleBinding", "rolebindings", true);
/// `ClusterRoleBinding`.
pub const CLUSTER_ROLE_BINDING: Kind =
    kind("rbac.authorization.k8s.io", "ClusterRoleBinding", "clusterrolebindings", false);
/// `SelfSubjectAccessReview`: only ever created, and never kept.
pub const ACCESS_REVIEW: Kind =
    kind("authorization.k8s.io", "SelfSubjectAccessReview", "selfsubjectaccessreviews", false);

/// `SelfSubjectRulesReview`: likewise.
pub const RULES_REVIEW: Kind =
    kind("authorization.k8s.io", "SelfSubjectRulesReview", "selfsubjectrulesreviews", false);

/// `CustomResourceDefinition`.
pub const RESOURCE_DEFINITION: Kind =
    kind("apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions", false);
/// `HorizontalPodAutoscaler`.
pub const AUTOSCALER: Kind = Kind {
    version: "v2",
    ..kind("autoscaling", "HorizontalPodAutoscaler", "horizontalpodautoscalers", true)
};
/// `IngressClass`.
pub const INGRESS_CLASS: Kind = kind("networking.k8s.io", "IngressClass", "ingressclasses", false);
/// `APIService`.
pub const API_SERVICE: Kind = kind("apiregistration.k8s.io", "APIService", "apiservices", false);
/// `MutatingWebhookConfiguration`.
pub const MUTATING_WEBHOOK: Kind = kind(
    "admissionregistration.k8s.io",
    "MutatingWebhookConfiguration",
    "mutatingwebhookconfigurations",
    false,
);
/// `ValidatingWebhookConfiguration`.
pub const VALIDATING_WEBHOOK: Kind = kind(
    "admissionregistration.k8s.io",
    "ValidatingWebhookConfiguration",
    "validatingwebhookconfigurations",
    false,
);
/// `SecurityContextConstraints`, of OpenShift.
pub const CONSTRAINTS: Kind =
    kind("security.openshift.io", "SecurityContextConstraints", "securitycontextconstraints", false);

/// What a release is made of, in Helm's order (`pkg/release/v1/util/kind_sorter.go`, InstallOrder); what that does not
/// know comes last. Not in it: bare pods and ReplicaSets, which nobody here watches.
const INSTALL_ORDER: [Kind; 30] = [
    PRIORITY_CLASS,
    NAMESPACE,
    NETWORK_POLICY,
    QUOTA,
    LIMIT_RANGE,
    DISRUPTION_BUDGET,
    SERVICE_ACCOUNT,
    SECRET,
    CONFIG_MAP,
    STORAGE_CLASS,
    VOLUME,
    VOLUME_CLAIM,
    RESOURCE_DEFINITION,
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    ROLE,
    ROLE_BINDING,
    SERVICE,
    DAEMON_SET,
    DEPLOYMENT,
    AUTOSCALER,
    STATEFUL_SET,
    JOB,
    CRON_JOB,
    INGRESS_CLASS,
    INGRESS,
    API_SERVICE,
    MUTATING_WEBHOOK,
    VALIDATING_WEBHOOK,
    CONSTRAINTS,
];

/// The kinds that a release may hold, in the order in which they are applied.
pub fn kinds_in_order() -> &'static [Kind] {
    &INSTALL_ORDER
}

/// The kind of an object of a release, if it is one that a release may hold.
pub fn kind_of(object: &Value) -> Option<&'static Kind> {
    let (version, name) = (text_at(object, "/apiVersion"), text_at(object, "/kind"));
    INSTALL_ORDER.iter().find(|kind| kind.name == name && kind.api_version() == version)
}

impl Kind {
    pub(super) const fn plain(name: &'static str, plural: &'static str) -> Self {
        kind("", name, plural, false)
    }

    /// `apiVersion` of its objects.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Where its objects are listed: in a namespace, or everywhere.
    pub(in crate::cluster) fn path(&self, namespace: Option<&str>) -> String {
        DynamicObject::url_path(&self.resource(), namespace)
    }

    pub(super) fn resource(&self) -> ApiResource {
        let kind = GroupVersionKind::gvk(self.group, self.version, self.name);
        ApiResource::from_gvk_with_plural(&kind, self.plural)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_installed_in_helms_order() {
        // `helm` 4.1, `pkg/release/v1/util/kind_sorter.go`, without the kinds that a release here may not hold.
        const HELM: &str = "PriorityClass Namespace NetworkPolicy ResourceQuota LimitRange PodDisruptionBudget \
            ServiceAccount Secret ConfigMap StorageClass PersistentVolume PersistentVolumeClaim \
            CustomResourceDefinition ClusterRole ClusterRoleBinding Role RoleBinding Service DaemonSet Deployment \
            HorizontalPodAutoscaler StatefulSet Job CronJob IngressClass Ingress APIService \
            MutatingWebhookConfiguration ValidatingWebhookConfiguration SecurityContextConstraints";
        let ours: Vec<&str> = kinds_in_order().iter().map(|kind| kind.name).collect();
        assert_eq!(ours, HELM.split_whitespace().collect::<Vec<_>>());
    }
}
