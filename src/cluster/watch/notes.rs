//! A cause in a few words, for the narrow column beside a workload's name.

use crate::cluster::cause::Kind;

/// The words for a kind of trouble.
pub(super) fn note(kind: Kind) -> &'static str {
    match kind {
        Kind::Pulling => "pulling image",
        Kind::ImageNotFound => "image not found",
        Kind::ImageUnauthorised | Kind::ImageRefused => "image not allowed",
        Kind::ImageRateLimited => "registry limits pulls",
        Kind::ImageWrongPlatform => "image for another processor",
        Kind::ImageNameInvalid => "image name invalid",
        Kind::ImageNeverPulled => "image not on the node",
        Kind::ImageUnreadable | Kind::PullFailed => "image cannot be pulled",
        Kind::RegistryName
        | Kind::RegistryProxy
        | Kind::RegistryNoRoute
        | Kind::RegistryTimeout
        | Kind::RegistryUnavailable => "registry not reached",
        Kind::RegistryCertificate | Kind::RegistryNotHttps => "registry not trusted",
        Kind::ContainerStarting | Kind::InitContainer => "container starting",
        Kind::CrashLoop | Kind::Restarted | Kind::DataRefused | Kind::ContainerRun | Kind::StartHook => {
            "keeps ending"
        }
        Kind::OutOfMemory => "out of memory",
        Kind::CredentialRejected => "credential rejected",
        Kind::MissingSecret | Kind::MissingSecretKey => "a Secret is missing",
        Kind::MissingConfigMap | Kind::MissingConfigMapKey => "a ConfigMap is missing",
        Kind::ContainerConfig | Kind::RunsAsRoot | Kind::ContainerCreate => "container refused",
        Kind::PodSandbox => "network not ready",
        Kind::ContainerWaiting => "container waiting",
        Kind::StartupProbe | Kind::ReadinessProbe | Kind::NotReady => "starting, not ready yet",
        Kind::LivenessProbe => "restarted as unhealthy",
        Kind::NotScheduledYet | Kind::ScalingUp => "waiting for a node",
        Kind::SchedulingGate => "held back",
        Kind::NotEnoughCpu | Kind::NotEnoughMemory | Kind::NotEnoughCpuAndMemory | Kind::NotEnoughRoom => {
            "no room on any node"
        }
        Kind::NodeSelector
        | Kind::Taint
        | Kind::NodeCordoned
        | Kind::Affinity
        | Kind::HostPort
        | Kind::NoNode
        | Kind::Unschedulable => "no node takes it",
        Kind::VolumeNode | Kind::MountFailed | Kind::VolumeInUse => "volume not usable",
        Kind::VolumePending | Kind::NoProvisioner => "volume being made",
        Kind::WaitsForConsumer => "made when it is needed",
        Kind::StorageClassMissing | Kind::NoStorageClass => "no storage class",
        Kind::AccessMode | Kind::VolumeFailed => "volume cannot be made",
        Kind::VolumeLost | Kind::ClaimMissing => "volume is gone",
        Kind::Quota | Kind::LimitRange => "a limit forbids it",
        Kind::PodSecurity
        | Kind::WebhookDenied
        | Kind::MissingServiceAccount
        | Kind::MissingPriorityClass
        | Kind::CreateFailed => "the cluster refuses it",
        Kind::WebhookUnreachable | Kind::CreateRetried => "being created",
        Kind::NamespaceTerminating | Kind::Deleting => "being deleted",
        Kind::NodeNotReady | Kind::NodePressure | Kind::NodeDiskFull => "node in trouble",
        Kind::Evicted | Kind::NodeRefused => "thrown out by the node",
        Kind::ProgressDeadline => "no progress",
        Kind::StaleGeneration => "change not seen yet",
        Kind::Paused | Kind::Suspended => "paused",
        Kind::JobFailed => "failed",
        Kind::JobRunning => "running",
        Kind::OldPodsTerminating => "old pods ending",
        Kind::Rolling => "coming up",
    }
}
