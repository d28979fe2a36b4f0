//! How the facts of a fault are written, and read back.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Fault;
use crate::foreign::Text;

/// A flag or a tool, by a name of ours, as it stands in a sentence.
pub type Flag = &'static str;

/// The flags and tools that faults name.
const FLAGS: &[Flag] = &[
    "--yes",
    "--replace",
    "--api URL",
    "--allow-exec",
    "--context NAME",
    "--profile NAME",
    "--expect-account ID",
    "--name NAME",
    "--location KEY|later",
    "--same-machine",
    "--stay-signed-in",
    "a new run",
    "helm",
];

/// A length of time as whole seconds: what scripts read.
pub fn seconds<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(time.as_secs())
}

/// The same, where there may be none.
#[expect(clippy::ref_option, reason = "serde hands the field over like this")]
pub fn maybe_seconds<S: Serializer>(time: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.as_secs()).serialize(to)
}

/// Whole seconds, read back.
pub fn from_seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    u32::deserialize(from).map(|seconds| Duration::from_secs(seconds.into()))
}

/// The same, where there may be none.
pub fn maybe_from_seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    let seconds = Option::<u32>::deserialize(from)?;
    Ok(seconds.map(|seconds| Duration::from_secs(seconds.into())))
}

/// A flag that is read back is one of those that this program has, or none is named.
pub fn one_of_ours<'de, D: Deserializer<'de>>(from: D) -> Result<Flag, D::Error> {
    let read = Text::deserialize(from)?;
    Ok(FLAGS.iter().find(|flag| **flag == read.as_str()).copied().unwrap_or("what it names"))
}

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
