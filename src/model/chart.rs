//! A Helm chart as an installation, as a profile describes it.

use std::path::PathBuf;

use serde_json::{Map, Value};

/// What an enrollment knows and a chart may want.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Given {
    /// The machine's login name.
    Username,
    /// The machine's password.
    Password,
    /// The secret that pod tokens are signed with: generated once, then the one in the cluster.
    SigningSecret,
    /// The client's display name.
    Name,
    /// The zone key of its location; left out where none is set.
    Location,
}

impl Given {
    /// Every one, with its name in a profile.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Username, "username"),
        (Self::Password, "password"),
        (Self::SigningSecret, "signing_secret"),
        (Self::Name, "name"),
        (Self::Location, "location"),
    ];
}

/// A chart, and where the enrollment's values go in it.
#[derive(Clone, Debug, PartialEq)]
pub struct HelmChart {
    /// The helm to run; looked for on PATH where none is given.
    pub program: Option<PathBuf>,
    /// A folder, an archive, or an address (`oci://…`, `https://…`).
    pub chart: String,
    /// Its version, where the chart is an address.
    pub version: Option<String>,
    /// Where each value goes: a path into the chart's values, for example `credential.clientId`.
    pub values: Vec<(Given, String)>,
    /// Values that are always the same.
    pub set: Map<String, Value>,
}

impl Eq for HelmChart {}
