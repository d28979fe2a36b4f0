//! The exit codes: one table, from which README and `--help` are checked.

use super::Fault;

/// What the process ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Online, or already enrolled.
    Online,
    /// The command line or an input file cannot be used.
    Usage,
    /// Nobody signed in.
    SignInFailed,
    /// The server, the cluster or a rule of ours refused.
    Refused,
    /// No cluster, or it cannot be reached.
    NoCluster,
    /// The budget ran out; nothing says that it failed.
    NotInTime,
    /// A workload cannot get ready.
    RolloutFailed,
    /// A question came up that nobody could answer.
    NeedsPerson,
    /// A person left before the end.
    Cancelled,
    /// Of a look at the machine: something is wrong.
    Problem,
    /// Of a look at the machine: what matters could not be looked at.
    Unseen,
    /// A signal ended it.
    Signal(u8),
}

/// The exit codes and their meaning, as the README prints them.
pub const EXIT_TABLE: &[(u8, &str)] = &[
    (0, "done: online, already enrolled, signed in or out, retired; of status and doctor: healthy"),
    (2, "usage; of status and doctor: a problem was found"),
    (3, "sign-in failed; of status and doctor: it could not be looked at"),
    (4, "refused"),
    (5, "no cluster, or unreachable"),
    (6, "not finished in time"),
    (7, "rollout failed"),
    (8, "needs a person"),
    (130, "cancelled"),
];

impl Exit {
    /// The process exit code. A signal n gives 128+n, as shells do.
    pub fn code(self) -> u8 {
        match self {
            Self::Online => 0,
            Self::Usage | Self::Problem => 2,
            Self::SignInFailed | Self::Unseen => 3,
            Self::Refused => 4,
            Self::NoCluster => 5,
            Self::NotInTime => 6,
            Self::RolloutFailed => 7,
            Self::NeedsPerson => 8,
            Self::Cancelled => 130,
            Self::Signal(n) => 128u8.saturating_add(n),
        }
    }
}

impl Fault {
    /// What the process ends with when this fault ends it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::SessionRejected
            | Self::TokenRejected
            | Self::SignInDeclined
            | Self::ReverseCodeRefused
            | Self::SignInExpired
            | Self::NoDeviceGrant
            | Self::CodeForbidden { .. }
            | Self::BadGrant { .. }
            | Self::WrongAccount { .. }
            | Self::NotSignedIn { .. }
            | Self::NotMe { .. } => Exit::SignInFailed,
            Self::TokenFile { .. }
            | Self::BadState { .. }
            | Self::BadName { .. }
            | Self::BadLocation { .. }
            | Self::BadRecording { .. }
            | Self::BadInput { .. } => Exit::Usage,
            Self::Unreachable { .. }
            | Self::Distrusted { .. }
            | Self::NotTheApi { .. }
            | Self::NoKubeconfig { .. }
            | Self::BadKubeconfig { .. }
            | Self::KubeconfigLocked { .. }
            | Self::OthersKubeconfig { .. }
            | Self::PluginFailed { .. }
            | Self::ToolMissing { .. }
            | Self::ClusterUnreachable { .. }
            | Self::NoClusterId { .. } => Exit::NoCluster,
            Self::SeveralContexts { .. } | Self::NeedsPerson { .. } | Self::CredentialLost { .. } => {
                Exit::NeedsPerson
            }
            Self::RolloutFailed { .. } => Exit::RolloutFailed,
            Self::NotInTime { .. } => Exit::NotInTime,
            Self::Server { .. }
            | Self::UpgradeRequired { .. }
            | Self::RateLimited { .. }
            | Self::KeyringFailed { .. }
            | Self::SessionFile { .. }
            | Self::ClusterConflict { .. }
            | Self::ClusterInUse { .. }
            | Self::NoWriteRight { .. }
            | Self::ForeignRelease { .. }
            | Self::SeveralReleases { .. }
            | Self::CannotTell { .. }
            | Self::NotClaimable { .. }
            | Self::Changed { .. }
            | Self::CredentialDead { .. }
            | Self::LooksCopied { .. }
            | Self::FieldRefused { .. }
            | Self::BadReply { .. }
            | Self::SetUp(_)
            | Self::ClusterForbids { .. }
            | Self::ClusterRefuses { .. }
            | Self::NotReadyFor { .. }
            | Self::HelmFailed { .. }
            | Self::NothingHere { .. }
            | Self::WorkRuns { .. }
            | Self::NotTaken { .. }
            | Self::PartlyRetired { .. }
            | Self::Died { .. } => Exit::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_every_code() {
        for exit in [
            Exit::Online,
            Exit::Usage,
            Exit::SignInFailed,
            Exit::Refused,
            Exit::NoCluster,
            Exit::NotInTime,
            Exit::RolloutFailed,
            Exit::NeedsPerson,
            Exit::Problem,
            Exit::Unseen,
            Exit::Cancelled,
        ] {
            assert!(EXIT_TABLE.iter().any(|(code, _)| *code == exit.code()), "{exit:?}");
        }
        assert_eq!(Exit::Signal(15).code(), 143);
    }
}
