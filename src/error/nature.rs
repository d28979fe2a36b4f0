//! What kind of failure it is.

use std::fmt;

use super::Fault;

impl Fault {
    /// Whether the same again would fail again, and only another choice can help.
    pub fn wants_another_choice(&self) -> bool {
        matches!(
            self,
            Self::NotClaimable { .. }
                | Self::ClusterInUse { .. }
                | Self::Changed { .. }
                | Self::FieldRefused { .. }
                | Self::BadName { .. }
                | Self::BadLocation { .. }
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())
    }
}

impl std::error::Error for Fault {}
