//! Profiles.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use url::Url;

use crate::error::Fault;
use crate::foreign::Text;

/// A profile.
#[derive(Clone, Debug, Deserialize)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// The API.
    #[serde(deserialize_with = "url_of")]
    pub api: Url,
    /// Whether a sandbox.
    #[serde(default)]
    pub sandbox: bool,
    /// The pinned account.
    pub expect_account: Option<u64>,
    /// The kubeconfig.
    pub kubeconfig: Option<PathBuf>,
    /// The context.
    pub context: Option<String>,
}

/// Which profile is wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// By file.
    pub file: Option<PathBuf>,
}

/// Finds it.
pub fn resolve(_home: Option<&Path>, wanted: &Wanted) -> Result<Profile, Fault> {
    let bad = |why: &str| Fault::BadInput { what: "profile".into(), why: Text::new(why) };
    let path = wanted.file.as_ref().ok_or_else(|| bad("none"))?;
    let text = std::fs::read_to_string(path).map_err(|e| bad(&e.to_string()))?;
    toml::from_str(&text).map_err(|e| bad(&e.to_string()))
}

fn url_of<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Url, D::Error> {
    Url::parse(&String::deserialize(d)?).map_err(serde::de::Error::custom)
}
