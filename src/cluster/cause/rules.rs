//! How each kind of trouble is taken: at first, and when it becomes hopeless. One table.

use jiff::SignedDuration;

use super::{Class, Kind};

/// When a kind of trouble becomes hopeless by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hopeless {
    /// Once it has lasted this many seconds.
    After(i64),
    /// From this restart of the container on, while it is down.
    Restarts(i64),
    /// Never by itself.
    Never,
}

/// How one kind of trouble is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it is at first.
    pub first: Class,
    /// When it becomes hopeless.
    pub hopeless: Hopeless,
    /// Whether the Deployment's progress deadline makes it hopeless too.
    pub deadline: bool,
    /// Whether it may come from something else of the release that is still on its way: then only a run that began
    /// after all else was ready counts.
    pub may_wait_for_others: bool,
}

impl Rule {
    /// What the trouble is after `age` (unknown: it has only just begun) and so many restarts, when the progress
    /// deadline has (not) passed.
    pub fn class(&self, age: Option<SignedDuration>, restarts: i64, deadline_passed: bool) -> Class {
        let hopeless = match self.hopeless {
            Hopeless::After(0) => true,
            Hopeless::After(seconds) => age.is_some_and(|age| age >= SignedDuration::from_secs(seconds)),
            Hopeless::Restarts(many) => restarts >= many,
            Hopeless::Never => false,
        };
        if hopeless || (deadline_passed && self.deadline) { Class::Hopeless } else { self.first }
    }
}

const fn at(first: Class, hopeless: Hopeless, deadline: bool) -> Rule {
    Rule { first, hopeless, deadline, may_wait_for_others: false }
}

/// From the second restart on, but a program that ends for want of its database (or is stopped by a probe that asks
/// for it) is given the time that the database needs.
const ENDS_AGAIN: Rule =
    Rule { may_wait_for_others: true, ..at(Class::Retrying, Hopeless::Restarts(2), true) };

/// The table of grace and fatal rules.
///
/// Configuration and scheduling get 15 s, so that objects applied in the wrong order can catch up (15 s is also
/// kstatus' window for an unschedulable pod); settings that are refused for a reason not known here get 60 s, since the
/// node's own beginnings are among those (services not read yet, a cache not filled). A pull that cannot come right gets
/// 60 s, one that may gets 120 s: the node's own back-off grows from 10 s to 300 s, so that is three to five tries. What the node's next
/// look may heal by itself never turns hopeless alone, only with the progress deadline; what makes headway does
/// not even then.
#[expect(clippy::match_same_arms, reason = "a table: one row a group of kinds, equal by chance")]
pub const fn rule(kind: Kind) -> Rule {
    use Class::{Hopeless as Lost, Retrying, Slow, Waiting};
    use Hopeless::{After, Never, Restarts};
    match kind {
        // Headway: no deadline makes it hopeless.
        Kind::Pulling | Kind::ScalingUp => at(Slow, Never, false),
        Kind::StaleGeneration | Kind::Deleting | Kind::JobRunning => at(Waiting, Never, false),

        // The ordinary way.
        Kind::ContainerStarting
        | Kind::InitContainer
        | Kind::StartupProbe
        | Kind::ReadinessProbe
        | Kind::NotReady
        | Kind::NotScheduledYet
        | Kind::SchedulingGate
        | Kind::VolumePending
        | Kind::WaitsForConsumer
        | Kind::OldPodsTerminating
        | Kind::Rolling => at(Waiting, Never, true),

        // Images: what cannot come right, and what may.
        Kind::ImageNameInvalid => at(Retrying, After(0), true),
        Kind::ImageNeverPulled => at(Retrying, After(15), true),
        Kind::ImageNotFound
        | Kind::ImageUnauthorised
        | Kind::ImageWrongPlatform
        | Kind::ImageRefused
        | Kind::RegistryCertificate
        | Kind::RegistryNotHttps => at(Retrying, After(60), true),
        Kind::ImageRateLimited
        | Kind::ImageUnreadable
        | Kind::RegistryName
        | Kind::RegistryProxy
        | Kind::RegistryNoRoute
        | Kind::RegistryTimeout
        | Kind::RegistryUnavailable
        | Kind::NodeDiskFull
        | Kind::PullFailed => at(Retrying, After(120), true),

        // Containers.
        Kind::CrashLoop | Kind::LivenessProbe => ENDS_AGAIN,
        Kind::OutOfMemory
        | Kind::CredentialRejected
        | Kind::DataRefused
        | Kind::ContainerRun
        | Kind::StartHook => at(Retrying, Restarts(2), true),
        Kind::MissingSecret
        | Kind::MissingSecretKey
        | Kind::MissingConfigMap
        | Kind::MissingConfigMapKey
        | Kind::RunsAsRoot => at(Retrying, After(15), true),
        Kind::ContainerConfig | Kind::ContainerCreate => at(Retrying, After(60), true),
        Kind::Restarted | Kind::PodSandbox | Kind::ContainerWaiting => at(Retrying, Never, true),

        // Scheduling.
        Kind::NotEnoughCpu
        | Kind::NotEnoughMemory
        | Kind::NotEnoughCpuAndMemory
        | Kind::NotEnoughRoom
        | Kind::NodeSelector
        | Kind::Taint
        | Kind::NodeCordoned
        | Kind::Affinity
        | Kind::HostPort
        | Kind::VolumeNode
        | Kind::Unschedulable => at(Waiting, After(15), true),
        // A node may still be joining.
        Kind::NoNode => at(Waiting, After(120), true),

        // Volumes.
        Kind::StorageClassMissing | Kind::NoStorageClass | Kind::AccessMode | Kind::ClaimMissing => {
            at(Retrying, After(15), true)
        }
        Kind::VolumeLost => at(Retrying, After(15), true),
        Kind::VolumeFailed => at(Retrying, After(60), true),
        Kind::NoProvisioner => at(Waiting, After(120), true),
        // The node tells of mounts in events only, and tries again; detaching from a lost node takes six minutes.
        Kind::MountFailed | Kind::VolumeInUse => at(Retrying, Never, true),

        // No pod at all.
        Kind::Quota
        | Kind::LimitRange
        | Kind::PodSecurity
        | Kind::WebhookDenied
        | Kind::MissingServiceAccount
        | Kind::MissingPriorityClass
        | Kind::NamespaceTerminating => at(Retrying, After(15), true),
        Kind::CreateFailed => at(Retrying, After(60), true),
        // The webhook's own pod may be starting.
        Kind::WebhookUnreachable => at(Retrying, After(120), true),
        Kind::CreateRetried => at(Retrying, Never, true),

        // Nodes come back, and evicted pods are made anew.
        Kind::NodeNotReady | Kind::NodePressure | Kind::Evicted | Kind::NodeRefused => {
            at(Retrying, Never, true)
        }

        // The whole.
        Kind::Paused | Kind::Suspended => at(Waiting, After(15), true),
        Kind::ProgressDeadline | Kind::JobFailed => at(Lost, After(0), true),
    }
}
