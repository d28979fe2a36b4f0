//! How a profile describes what is installed into a cluster.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::foreign::Text;
use crate::model::{Given, HelmChart};

/// How the release gets into the cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Engine {
    /// The release that comes with this program, object by object.
    #[default]
    Apply,
    /// A chart, by helm.
    Helm,
}

/// The file of rendered objects that a profile names, if they are applied. `beside` resolves a path in the file.
pub(super) fn objects(
    engine: Engine,
    file: Option<PathBuf>,
    beside: impl Fn(PathBuf) -> Result<PathBuf, String>,
) -> Result<Option<PathBuf>, String> {
    match (engine, file) {
        (Engine::Helm, Some(_)) => {
            Err("objects are named, but engine is \"helm\", which renders its own".into())
        }
        (_, file) => file.map(beside).transpose(),
    }
}

/// The table of a chart.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChartEntry {
    chart: String,
    version: Option<String>,
    program: Option<PathBuf>,
    #[serde(default)]
    values: BTreeMap<String, String>,
    #[serde(default)]
    set: Map<String, Value>,
}

/// The chart of a profile, if helm is its engine. `beside` resolves a path in the file.
pub(super) fn chart(
    engine: Engine,
    entry: Option<ChartEntry>,
    beside: impl Fn(PathBuf) -> Result<PathBuf, String>,
) -> Result<Option<HelmChart>, String> {
    let entry = match (engine, entry) {
        (Engine::Apply, None) => return Ok(None),
        (Engine::Apply, Some(_)) => return Err("there is a table helm, but engine is not \"helm\"".into()),
        (Engine::Helm, None) => {
            return Err("engine is \"helm\", but there is no table helm with a chart".into());
        }
        (Engine::Helm, Some(entry)) => entry,
    };
    // It becomes an argument of helm's.
    if entry.chart.is_empty() || entry.chart.starts_with('-') {
        return Err("helm.chart is a folder, an archive or an address".into());
    }
    if entry.version.as_deref().is_some_and(|version| version.is_empty() || version.starts_with('-')) {
        return Err("helm.version is a version".into());
    }
    let chart = if entry.chart.contains("://") {
        entry.chart
    } else {
        beside(PathBuf::from(entry.chart))?.display().to_string()
    };
    let mut values = Vec::new();
    for (name, path) in entry.values {
        let Some((given, _)) = Given::ALL.into_iter().find(|(_, known)| *known == name) else {
            let known = Given::ALL.map(|(_, known)| known).join(", ");
            return Err(format!("helm.values names {}; known are: {known}", Text::within(&name, 40)));
        };
        if path.is_empty() || path.split('.').any(str::is_empty) {
            return Err(format!("helm.values.{name} is a path into the chart's values, as in auth.password"));
        }
        values.push((given, path));
    }
    values.sort();
    if !values.iter().any(|(given, _)| *given == Given::Password) {
        return Err("helm.values does not say where the chart takes the password".into());
    }
    Ok(Some(HelmChart { program: entry.program, chart, version: entry.version, values, set: entry.set }))
}
