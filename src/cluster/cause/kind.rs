//! The kinds of trouble, named as a person would name them.

use serde::{Deserialize, Serialize};

/// What stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The image is being pulled.
    Pulling,
    /// The image, or this tag of it, does not exist.
    ImageNotFound,
    /// The registry does not let the node have the image.
    ImageUnauthorised,
    /// The registry has had too many pulls from here.
    ImageRateLimited,
    /// The image does not exist for the node's processor.
    ImageWrongPlatform,
    /// The image's signature or policy does not allow it.
    ImageRefused,
    /// The image reference cannot be read.
    ImageNameInvalid,
    /// The image is not on the node and must not be pulled.
    ImageNeverPulled,
    /// The node cannot inspect an image that it has.
    ImageUnreadable,
    /// The registry's name cannot be resolved.
    RegistryName,
    /// The registry's certificate is not trusted.
    RegistryCertificate,
    /// The registry speaks plain HTTP where HTTPS is expected.
    RegistryNotHttps,
    /// The proxy on the way to the registry fails.
    RegistryProxy,
    /// There is no network route to the registry.
    RegistryNoRoute,
    /// The registry does not answer in time.
    RegistryTimeout,
    /// The registry refuses connections or answers with an error of its own.
    RegistryUnavailable,
    /// A pull failed for a reason not known here.
    PullFailed,

    /// A container is being set up.
    ContainerStarting,
    /// An init container is running.
    InitContainer,
    /// A container ends again and again.
    CrashLoop,
    /// A container is killed for using more memory than it may.
    OutOfMemory,
    /// A container ended and runs again.
    Restarted,
    /// The program inside says that its credential was rejected, and does not come up.
    CredentialRejected,
    /// The program inside refuses the data it finds.
    DataRefused,
    /// A Secret does not exist.
    MissingSecret,
    /// A Secret lacks a key.
    MissingSecretKey,
    /// A ConfigMap does not exist.
    MissingConfigMap,
    /// A ConfigMap lacks a key.
    MissingConfigMapKey,
    /// The container's settings cannot be used.
    ContainerConfig,
    /// The container must not run as root, but would.
    RunsAsRoot,
    /// The container runtime cannot create the container.
    ContainerCreate,
    /// The container runtime cannot start the container's program.
    ContainerRun,
    /// A start hook failed.
    StartHook,
    /// The pod's network or sandbox cannot be made.
    PodSandbox,
    /// A container waits for a reason not known here.
    ContainerWaiting,
    /// The startup probe has not passed yet.
    StartupProbe,
    /// The readiness probe fails.
    ReadinessProbe,
    /// The liveness probe fails, so the container is restarted.
    LivenessProbe,
    /// The pod runs and is not ready.
    NotReady,

    /// Not looked at by the scheduler yet.
    NotScheduledYet,
    /// A scheduling gate holds the pod.
    SchedulingGate,
    /// No node has enough free CPU.
    NotEnoughCpu,
    /// No node has enough free memory.
    NotEnoughMemory,
    /// No node has enough free CPU and memory.
    NotEnoughCpuAndMemory,
    /// No node has enough of something else.
    NotEnoughRoom,
    /// No node carries the labels asked for.
    NodeSelector,
    /// Every node has a taint that the pod does not tolerate.
    Taint,
    /// Every node is closed for new pods.
    NodeCordoned,
    /// Rules on pods beside each other leave no node.
    Affinity,
    /// A port of the node is taken.
    HostPort,
    /// The volume is on a node or in a zone where the pod cannot be.
    VolumeNode,
    /// There is no node.
    NoNode,
    /// More nodes are being added.
    ScalingUp,
    /// No node takes the pod, for a reason not known here.
    Unschedulable,

    /// A volume is being made.
    VolumePending,
    /// The storage class asked for does not exist.
    StorageClassMissing,
    /// No storage class is asked for and there is no default.
    NoStorageClass,
    /// Nobody makes volumes of this class.
    NoProvisioner,
    /// The volume is made once a pod needs it.
    WaitsForConsumer,
    /// The storage cannot be shared the way it is asked for.
    AccessMode,
    /// Making the volume failed.
    VolumeFailed,
    /// The claim's volume has gone.
    VolumeLost,
    /// A claim that the pod names does not exist.
    ClaimMissing,
    /// A volume cannot be mounted.
    MountFailed,
    /// A volume is still attached elsewhere.
    VolumeInUse,

    /// A quota leaves no room.
    Quota,
    /// A limit range forbids the pod.
    LimitRange,
    /// The namespace's Pod Security level forbids the pod.
    PodSecurity,
    /// An admission webhook denied the pod.
    WebhookDenied,
    /// An admission webhook cannot be reached.
    WebhookUnreachable,
    /// The service account does not exist.
    MissingServiceAccount,
    /// The priority class does not exist.
    MissingPriorityClass,
    /// The namespace is being deleted.
    NamespaceTerminating,
    /// The cluster refuses the pod for a reason not known here.
    CreateFailed,
    /// What kept the pod from being created has gone; the next try is due.
    CreateRetried,

    /// The node does not report.
    NodeNotReady,
    /// The node is short of memory, disk or process ids.
    NodePressure,
    /// The node's disk is full.
    NodeDiskFull,
    /// The node threw the pod out.
    Evicted,
    /// The node did not admit the pod.
    NodeRefused,

    /// The progress deadline has passed.
    ProgressDeadline,
    /// The controller has not seen the latest change.
    StaleGeneration,
    /// The Deployment is paused.
    Paused,
    /// The Job is suspended.
    Suspended,
    /// The Job has failed.
    JobFailed,
    /// The Job is running.
    JobRunning,
    /// Old pods are still ending.
    OldPodsTerminating,
    /// The object is being deleted.
    Deleting,
    /// Pods come up one after the other.
    Rolling,
}
