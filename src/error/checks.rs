//! Which checks of the doctor a failure asks for.

use super::Fault;

impl Fault {
    /// The checks of the doctor that this failure asks for: they stand first among equals. None where the doctor has
    /// nothing to look at.
    pub fn checks(&self) -> &'static [&'static str] {
        match self {
            Self::Unreachable { .. }
            | Self::Distrusted { .. }
            | Self::NotTheApi { .. }
            | Self::Server { .. } => &["N03", "N04", "N05", "N06", "N07", "M01"],
            Self::UpgradeRequired { .. } => &["A06"],
            Self::SessionRejected | Self::WrongAccount { .. } => &["A03", "A09", "S04"],
            Self::BadState { .. } | Self::SessionFile { .. } => &["S01", "S02", "M11", "M12"],
            Self::KeyringFailed { .. } => &["S03"],
            Self::NoKubeconfig { .. } | Self::BadKubeconfig { .. } | Self::SeveralContexts { .. } => {
                &["C01", "C02", "C03", "C04"]
            }
            Self::ClusterUnreachable { .. } => &["C05", "C06", "C07", "M17"],
            Self::ClusterForbids { .. } => &["C09"],
            Self::NoClusterId { .. } => &["C10", "C09"],
            Self::SeveralReleases { .. } | Self::ForeignRelease { .. } => &["C11", "C12"],
            Self::LooksCopied { .. } => &["C21"],
            Self::CredentialDead { .. } | Self::CredentialLost { .. } => &["W12", "W08", "V02"],
            Self::RolloutFailed { .. } | Self::NotInTime { .. } => {
                &["W02", "W05", "W04", "W07", "W15", "C17", "C18"]
            }
            _ => &[],
        }
    }

    /// The command that asks the doctor about this failure; `ask` is the one without a question. None where it has
    /// nothing to look at, or where there is nothing to ask any more.
    pub fn doctor(&self, ask: &str) -> Option<String> {
        let checks = self.checks();
        (!checks.is_empty() && !ask.is_empty()).then(|| format!("{ask} --only {}", checks.join(",")))
    }
}
