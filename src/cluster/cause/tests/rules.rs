//! The table of grace and fatal rules against what was asked for, and at its edges.

use super::*;
use Class::{Hopeless as Lost, Retrying, Slow, Waiting};
use Hopeless::{After, Never, Restarts};

/// Which kinds are given how long; each kind stands here once.
const GIVEN: &[(Hopeless, Class, &[Kind])] = &[
    // Fatal at once: nothing can make these right.
    (After(0), Retrying, &[Kind::ImageNameInvalid]),
    (After(0), Lost, &[Kind::ProgressDeadline, Kind::JobFailed]),
    // Configuration errors get 15 s, so that what was applied in the wrong order can catch up.
    (
        After(15),
        Retrying,
        &[
            Kind::ImageNeverPulled,
            Kind::MissingSecret,
            Kind::MissingSecretKey,
            Kind::MissingConfigMap,
            Kind::MissingConfigMapKey,
            Kind::RunsAsRoot,
            Kind::StorageClassMissing,
            Kind::NoStorageClass,
            Kind::AccessMode,
            Kind::ClaimMissing,
            Kind::VolumeLost,
            Kind::Quota,
            Kind::LimitRange,
            Kind::PodSecurity,
            Kind::WebhookDenied,
            Kind::MissingServiceAccount,
            Kind::MissingPriorityClass,
            Kind::NamespaceTerminating,
        ],
    ),
    // kstatus' window for a pod that no node takes; what somebody holds back.
    (
        After(15),
        Waiting,
        &[
            Kind::NotEnoughCpu,
            Kind::NotEnoughMemory,
            Kind::NotEnoughCpuAndMemory,
            Kind::NotEnoughRoom,
            Kind::NodeSelector,
            Kind::Taint,
            Kind::NodeCordoned,
            Kind::Affinity,
            Kind::HostPort,
            Kind::VolumeNode,
            Kind::Unschedulable,
            Kind::Paused,
            Kind::Suspended,
        ],
    ),
    // Pulls that cannot come right; settings, volumes and refusals whose reason is not known.
    (
        After(60),
        Retrying,
        &[
            Kind::ImageNotFound,
            Kind::ImageUnauthorised,
            Kind::ImageWrongPlatform,
            Kind::ImageRefused,
            Kind::RegistryCertificate,
            Kind::RegistryNotHttps,
            Kind::ContainerConfig,
            Kind::ContainerCreate,
            Kind::VolumeFailed,
            Kind::CreateFailed,
        ],
    ),
    // Pulls that may come right, and what may be starting itself.
    (
        After(120),
        Retrying,
        &[
            Kind::ImageRateLimited,
            Kind::ImageUnreadable,
            Kind::RegistryName,
            Kind::RegistryProxy,
            Kind::RegistryNoRoute,
            Kind::RegistryTimeout,
            Kind::RegistryUnavailable,
            Kind::NodeDiskFull,
            Kind::PullFailed,
            Kind::WebhookUnreachable,
        ],
    ),
    (After(120), Waiting, &[Kind::NoNode, Kind::NoProvisioner]),
    // A program that ended twice.
    (
        Restarts(2),
        Retrying,
        &[
            Kind::CrashLoop,
            Kind::LivenessProbe,
            Kind::OutOfMemory,
            Kind::CredentialRejected,
            Kind::DataRefused,
            Kind::ContainerRun,
            Kind::StartHook,
        ],
    ),
    // What the cluster's next look may heal.
    (
        Never,
        Retrying,
        &[
            Kind::Restarted,
            Kind::PodSandbox,
            Kind::ContainerWaiting,
            Kind::MountFailed,
            Kind::VolumeInUse,
            Kind::CreateRetried,
            Kind::NodeNotReady,
            Kind::NodePressure,
            Kind::Evicted,
            Kind::NodeRefused,
        ],
    ),
    // The ordinary way.
    (
        Never,
        Waiting,
        &[
            Kind::StaleGeneration,
            Kind::Deleting,
            Kind::JobRunning,
            Kind::ContainerStarting,
            Kind::InitContainer,
            Kind::StartupProbe,
            Kind::ReadinessProbe,
            Kind::NotReady,
            Kind::NotScheduledYet,
            Kind::SchedulingGate,
            Kind::VolumePending,
            Kind::WaitsForConsumer,
            Kind::OldPodsTerminating,
            Kind::Rolling,
        ],
    ),
    (Never, Slow, &[Kind::Pulling, Kind::ScalingUp]),
];

/// What makes headway is not hopeless even when the progress deadline has passed.
const HEADWAY: &[Kind] =
    &[Kind::Pulling, Kind::ScalingUp, Kind::StaleGeneration, Kind::Deleting, Kind::JobRunning];

#[test]
fn every_kind_is_given_the_time_that_it_should_get() {
    let mut seen = std::collections::HashSet::new();
    for (hopeless, first, kinds) in GIVEN {
        for kind in *kinds {
            let rule = rule(*kind);
            assert_eq!((rule.hopeless, rule.first), (*hopeless, *first), "{kind:?}");
            assert_eq!(rule.deadline, !HEADWAY.contains(kind), "{kind:?}");
            let for_others = [Kind::CrashLoop, Kind::LivenessProbe].contains(kind);
            assert_eq!(rule.may_wait_for_others, for_others, "{kind:?}");
            assert!(seen.insert(*kind), "{kind:?} stands here twice");
        }
    }
    assert_eq!(seen.len(), 89, "every kind stands here");
}

#[test]
fn grace_ends_to_the_second_and_a_restart_to_the_count() {
    let lasts = |seconds| Some(SignedDuration::from_millis(seconds));
    let missing = rule(Kind::MissingSecret);
    assert_eq!(missing.class(lasts(14_999), 9, false), Retrying);
    assert_eq!(missing.class(lasts(15_000), 0, false), Lost);
    assert_eq!(missing.class(None, 9, false), Retrying, "nobody knows since when");
    assert_eq!(missing.class(None, 0, true), Lost);
    let crash = rule(Kind::CrashLoop);
    assert_eq!(crash.class(lasts(999_000), 1, false), Retrying);
    assert_eq!(crash.class(None, 2, false), Lost);
    let pulling = rule(Kind::Pulling);
    assert_eq!(pulling.class(lasts(9_999_000), 9, true), Slow);
    assert_eq!(rule(Kind::ImageNameInvalid).class(None, 0, false), Lost);
    assert_eq!(rule(Kind::MountFailed).class(lasts(9_999_000), 9, false), Retrying);
}
