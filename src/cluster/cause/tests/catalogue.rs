//! Real messages of container runtimes, registries, kubelet, scheduler, controllers and admission, with their
//! sources, and what each is taken for. Names and addresses are as their authors posted them.

use super::super::{Kind, create, image, schedule, volume};

/// (message, kind, source)
const PULLS: &[(&str, Kind, &str)] = &[
    (
        r#"rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/nope:1": failed to resolve reference "docker.io/library/nope:1": docker.io/library/nope:1: not found"#,
        Kind::ImageNotFound,
        "containerd, core/remotes/docker/resolver.go, ErrNotFound",
    ),
    (
        "rpc error: code = Unknown desc = Error reading manifest latest in registry.mydomain/image: manifest unknown: manifest unknown",
        Kind::ImageNotFound,
        "CRI-O, cri-o/cri-o#4388",
    ),
    (
        "rpc error: code = Unknown desc = Error response from daemon: manifest for lachlanevenson/k8s-kubectl:v1.18.20 not found: manifest unknown: manifest unknown",
        Kind::ImageNotFound,
        "cri-dockerd, lachie83/k8s-kubectl#157",
    ),
    (
        r#"rpc error: code = NotFound desc = failed to pull and unpack image "nginx:1.14.2": no match for platform in manifest: not found"#,
        Kind::ImageWrongPlatform,
        "containerd, core/images/image.go",
    ),
    (
        r#"choosing image instance: no image found in manifest list for architecture arm64, variant "v8", OS linux"#,
        Kind::ImageWrongPlatform,
        "CRI-O, containers/image manifest list",
    ),
    (
        r#"failed to pull and unpack image "docker.io/library/agentx:latest": failed to resolve reference "docker.io/library/agentx:latest": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"#,
        Kind::ImageUnauthorised,
        "containerd, core/remotes/docker/authorizer.go",
    ),
    (
        "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://ghcr.io/token: 401 Unauthorized",
        Kind::ImageUnauthorised,
        "containerd, core/remotes/docker/auth/fetch.go",
    ),
    (
        "unexpected status from HEAD request to https://ghcr.io/v2/x/manifests/1: 403 Forbidden",
        Kind::ImageUnauthorised,
        "containerd, core/remotes/docker/errdefs",
    ),
    (
        "initializing source docker://quay.io/x/y:1: reading manifest 1 in quay.io/x/y: unauthorized: access to the requested resource is not authorized",
        Kind::ImageUnauthorised,
        "CRI-O, containers/image docker client",
    ),
    (
        "failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/library/rust/manifests/sha256:de6e: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit",
        Kind::ImageRateLimited,
        "containerd and Docker Hub, ScribeMD/docker-cache#829",
    ),
    (
        "toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit",
        Kind::ImageRateLimited,
        "Docker Hub since 2025, docker/hub-feedback#2505",
    ),
    (
        r#"failed to resolve reference "registry.k8s.io/kube-apiserver:v1.27.0": failed to do request: Head "https://172.20.1.1:5000/v2/kube-apiserver/manifests/v1.27.0?ns=registry.k8s.io": tls: failed to verify certificate: x509: certificate signed by unknown authority"#,
        Kind::RegistryCertificate,
        "containerd and Go crypto/x509, siderolabs/talos#13013",
    ),
    (
        r#"failed to do request: Head "https://r.example/v2/": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2021-01-01T00:00:00Z is before 2025-01-01T00:00:00Z"#,
        Kind::RegistryCertificate,
        "Go crypto/x509, verify.go",
    ),
    (
        r#"failed to do request: Head "https://10.0.0.5:5000/v2/x/manifests/1": http: server gave HTTP response to HTTPS client"#,
        Kind::RegistryNotHttps,
        "Go net/http, transport.go",
    ),
    (
        r#"failed to do request: Head "https://registry-1.docker.io/v2/library/x/manifests/1": proxyconnect tcp: dial tcp 127.0.0.1:1082: connect: connection refused"#,
        Kind::RegistryProxy,
        "containerd and Go net/http, ray-project/ray#46813",
    ),
    (
        r#"failed to do request: Head "https://registry-1.docker.io/v2/library/x/manifests/1": Proxy Authentication Required"#,
        Kind::RegistryProxy,
        "Go net/http, CONNECT answered with 407",
    ),
    (
        r#"failed to do request: Head "https://registry-1.docker.io/v2/x/manifests/1": dial tcp: lookup registry-1.docker.io on 127.0.0.53:53: no such host"#,
        Kind::RegistryName,
        "Go net, errNoSuchHost",
    ),
    (
        "failed to do request: Head https://registry-1.docker.io/v2/rancher/pause/manifests/3.1: dial tcp: lookup registry-1.docker.io: Try again",
        Kind::RegistryName,
        "k3s, k3s-io/k3s#1629",
    ),
    (
        "Get https://registry-1.docker.io/v2/: dial tcp: lookup registry-1.docker.io on 10.0.2.3:53: read udp 10.0.2.15:49031->10.0.2.3:53: i/o timeout",
        Kind::RegistryName,
        "Docker, docker.kitematic#4315",
    ),
    (
        "Get https://registry-1.docker.io/v2/: dial tcp: lookup registry-1.docker.io on 10.0.2.3:53: server misbehaving",
        Kind::RegistryName,
        "Docker, docker.kitematic#4406",
    ),
    (
        r#"failed to do request: Head "https://r.example/v2/x": dial tcp 10.9.9.9:443: connect: no route to host"#,
        Kind::RegistryNoRoute,
        "Go net, EHOSTUNREACH",
    ),
    (
        r#"failed to do request: Head "https://r.example/v2/x": dial tcp 10.9.9.9:443: connect: network is unreachable"#,
        Kind::RegistryNoRoute,
        "Go net, ENETUNREACH",
    ),
    (
        r#"failed to resolve reference "registry.k8s.io/pause:3.9": failed to do request: Head "https://registry.k8s.io/v2/pause/manifests/3.9": dial tcp 34.96.108.209:443: connect: connection timed out"#,
        Kind::RegistryTimeout,
        "containerd, kubernetes/kubeadm#2936",
    ),
    (
        "Get https://k8s.gcr.io/v1/_ping: net/http: TLS handshake timeout",
        Kind::RegistryTimeout,
        "Docker, kubernetes/kubeadm#1201",
    ),
    (
        "Get https://k8s.gcr.io:5000/v2/: net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
        Kind::RegistryTimeout,
        "Docker, kubernetes/kubeadm#1201",
    ),
    (
        "httpReaderSeeker: failed open: failed to do request: Get https://cdn.example/layer: read tcp 192.168.1.112:49380->204.79.197.219:443: read: connection reset by peer",
        Kind::RegistryUnavailable,
        "containerd, kubernetes-sigs/cri-tools#421",
    ),
    (
        "unexpected status from HEAD request to https://r.example/v2/x/manifests/1: 503 Service Unavailable",
        Kind::RegistryUnavailable,
        "containerd, core/remotes/docker/errdefs",
    ),
    (
        "failed to extract layer sha256:ab: write /var/lib/containerd/x: no space left on device",
        Kind::NodeDiskFull,
        "containerd and Linux, ENOSPC",
    ),
    (
        "failed to pull and unpack image: unexpected status code https://docker.example/v2/x/blobs/sha256:56: 400 Bad Request",
        Kind::PullFailed,
        "containerd, ciiiii/cloudflare-docker-proxy#98",
    ),
    // A name chosen to mislead changes nothing.
    (
        r#"failed to resolve reference "r.example/x509: toomanyrequests:1": r.example: not found"#,
        Kind::ImageNotFound,
        "made up",
    ),
];

const PLACEMENTS: &[(&str, Kind, &str)] = &[
    (
        "0/5 nodes are available: 2 Insufficient cpu, 3 node(s) had untolerated taint {node-role.kubernetes.io/master: }. preemption: 0/5 nodes are available: 2 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling..",
        Kind::NotEnoughCpu,
        "kube-scheduler 1.24, OpenShift notes",
    ),
    (
        "0/3 nodes are available: 3 Insufficient memory.",
        Kind::NotEnoughMemory,
        "kube-scheduler, noderesources/fit.go",
    ),
    (
        "0/2 nodes are available: 2 Insufficient nvidia.com/gpu.",
        Kind::NotEnoughRoom,
        "kube-scheduler, noderesources/fit.go",
    ),
    (
        "0/1 nodes are available: 1 Too many pods.",
        Kind::NotEnoughRoom,
        "kube-scheduler, noderesources/fit.go",
    ),
    (
        "0/3 nodes are available: 1 node(s) had untolerated taint {test-unschedulable: true}, 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling..",
        Kind::NodeSelector,
        "kube-scheduler 1.2x, a pod's status",
    ),
    (
        "0/1 nodes are available: 1 node(s) had taint {dedicated: gpu}, that the pod didn't tolerate.",
        Kind::Taint,
        "kube-scheduler until 1.23, tainttoleration.go",
    ),
    (
        "0/3 nodes are available: 3 node(s) had taints that the pod didn't tolerate.",
        Kind::Taint,
        "kube-scheduler until 1.17, dcos-kubernetes-quickstart#108",
    ),
    ("0/1 nodes are available: 1 node(s) had untolerated taint(s).", Kind::Taint, "kube-scheduler 1.35"),
    (
        "0/1 nodes are available: 1 node(s) had taint {node.kubernetes.io/disk-pressure: }, that the pod didn't tolerate.",
        Kind::NodePressure,
        "snowdrop/k8s-infra#249",
    ),
    (
        "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
        Kind::NodeNotReady,
        "kube-scheduler, tainttoleration.go",
    ),
    (
        "0/1 nodes are available: 1 node(s) were unschedulable.",
        Kind::NodeCordoned,
        "kube-scheduler, nodeunschedulable.go",
    ),
    (
        "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
        Kind::HostPort,
        "kube-scheduler, nodeports.go",
    ),
    (
        "0/3 nodes are available: 1 node(s) had taint {node-role.kubernetes.io/master: }, that the pod didn't tolerate, 2 node(s) had volume node affinity conflict.",
        Kind::VolumeNode,
        "radondb/radondb-mysql-kubernetes#395",
    ),
    (
        "0/2 nodes are available: 1 node(s) didn't match node selector,1 node(s) had volume node affinity conflict.",
        Kind::VolumeNode,
        "MicrosoftDocs/azure-docs#66843",
    ),
    (
        "0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules.",
        Kind::Affinity,
        "kube-scheduler, interpodaffinity",
    ),
    (
        "0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints.",
        Kind::Affinity,
        "kube-scheduler, podtopologyspread",
    ),
    (
        "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
        Kind::VolumePending,
        "kube-scheduler, volumebinding",
    ),
    (
        r#"0/1 nodes are available: persistentvolumeclaim "data" not found."#,
        Kind::ClaimMissing,
        "kube-scheduler, volumebinding",
    ),
    (
        "no nodes available to schedule pods",
        Kind::NoNode,
        "kube-scheduler, schedule_one.go, ErrNoNodesAvailable",
    ),
    ("0/1 nodes are available: a plugin of your own says no.", Kind::Unschedulable, "made up"),
];

/// (reason, message, kind, source)
const CLAIMS: &[(&str, &str, Kind, &str)] = &[
    (
        "ProvisioningFailed",
        r#"storageclass.storage.k8s.io "nowhere" not found"#,
        Kind::StorageClassMissing,
        "pv_controller.go",
    ),
    (
        "FailedBinding",
        "no persistent volumes available for this claim and no storage class is set",
        Kind::NoStorageClass,
        "pv_controller.go",
    ),
    (
        "WaitForFirstConsumer",
        "waiting for first consumer to be created before binding",
        Kind::WaitsForConsumer,
        "pv_controller.go",
    ),
    (
        "WaitForPodScheduled",
        "waiting for pod web-0 to be scheduled",
        Kind::WaitsForConsumer,
        "pv_controller.go",
    ),
    (
        "ExternalProvisioning",
        r#"waiting for a volume to be created, either by external provisioner "local.csi.openebs.io" or manually created by system administrator"#,
        Kind::NoProvisioner,
        "openebs/lvm-localpv#79",
    ),
    (
        "ProvisioningFailed",
        "no volume plugin matched name: example.com/nfs",
        Kind::NoProvisioner,
        "volume/plugins.go",
    ),
    (
        "ProvisioningFailed",
        r#"failed to provision volume with StorageClass "standard": Only support ReadWriteOnce access mode"#,
        Kind::AccessMode,
        "kubernetes-sigs/kind#2371",
    ),
    (
        "ProvisioningFailed",
        r#"failed to provision volume with StorageClass "local-path": NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes"#,
        Kind::AccessMode,
        "rancher/local-path-provisioner, provisioner.go",
    ),
    (
        "VolumeMismatch",
        r#"Cannot bind to requested volume "pv1": incompatible accessMode"#,
        Kind::AccessMode,
        "pv_controller.go",
    ),
    (
        "ProvisioningFailed",
        r#"failed to provision volume with StorageClass "local": claim.Spec.Selector is not supported"#,
        Kind::VolumeFailed,
        "data-infra/cube-studio#21",
    ),
];

const REFUSALS: &[(&str, Kind, &str)] = &[
    (
        r#"pods "web-2-x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0"#,
        Kind::Quota,
        "admission resourcequota",
    ),
    (
        r#"pods "web-2-x" is forbidden: failed quota: q: must specify limits.memory for: main"#,
        Kind::Quota,
        "admission resourcequota",
    ),
    (
        r#"pods "web-2-x" is forbidden: maximum memory usage per Container is 512Mi, but limit is 1Gi"#,
        Kind::LimitRange,
        "admission limitranger",
    ),
    (
        r#"pods "nodejs-app-8665bd77fb-2dd4n" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "runtime" must set securityContext.allowPrivilegeEscalation=false)"#,
        Kind::PodSecurity,
        "redhat-developer/odo#6847",
    ),
    (
        r#"pods "x" is forbidden: unable to validate against any security context constraint: []"#,
        Kind::PodSecurity,
        "OpenShift SCC admission",
    ),
    (
        r#"create Pod mytest-mysql-0 in StatefulSet mytest-mysql failed error: pods "mytest-mysql-0" is forbidden: error looking up service account default/kb-release: serviceaccount "kb-release" not found"#,
        Kind::MissingServiceAccount,
        "apecloud/kubeblocks#4599",
    ),
    (
        r#"Internal error occurred: failed calling webhook "gcp-auth-mutate.k8s.io": Post https://gcp-auth.gcp-auth.svc:443/mutate?timeout=10s: dial tcp 10.99.244.159:443: connect: connection refused"#,
        Kind::WebhookUnreachable,
        "kubernetes/minikube#9208",
    ),
    (
        r#"admission webhook "validate.kyverno.svc-fail" denied the request: resource Pod/demo/web was blocked"#,
        Kind::WebhookDenied,
        "apiserver webhook errors.go",
    ),
    (
        r#"pods "x" is forbidden: no PriorityClass with name high was found"#,
        Kind::MissingPriorityClass,
        "admission priority",
    ),
    (
        r#"pods "x" is forbidden: unable to create new content in namespace demo because it is being terminated"#,
        Kind::NamespaceTerminating,
        "admission namespace lifecycle",
    ),
    (r#"Pod "x" is invalid: spec.containers[0].image: Required value"#, Kind::CreateFailed, "API validation"),
];

#[test]
fn real_messages_are_told_apart() {
    for (message, kind, source) in PULLS {
        assert_eq!(image::classify(message), *kind, "{source}: {message}");
    }
    for (message, kind, source) in PLACEMENTS {
        assert_eq!(schedule::classify(message), *kind, "{source}: {message}");
    }
    for (reason, message, kind, source) in CLAIMS {
        assert_eq!(volume::classify(reason, message), *kind, "{source}: {message}");
    }
    for (message, kind, source) in REFUSALS {
        assert_eq!(create::classify(message), *kind, "{source}: {message}");
    }
}
