//! Installing by `helm`, as a child process.
//!
//! It gets values on its standard input and nowhere else, an environment of our making, and the kubeconfig and
//! context that we use ourselves. It applies and does not wait: whether the release stands is for the watch to
//! say. Dropping the run asks the child to end; what that leaves half done is mended by the next run.

use std::ffi::OsString;
use std::path::PathBuf;

use serde_json::Value;
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use super::manifest::is_hook;
use super::owners;
use super::parts::{self, ROWS};
use super::patience::again;
use crate::cluster::connect::{Connected, text_at};
use crate::cluster::watch::Expected;
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::{Report, Told};
use crate::model::{Claimed, HelmChart, Progress, Slug};

use call::Call;
use values::Veil;

mod call;
mod child;
mod find;
mod pending;
mod values;

pub use find::find as find_helm;

/// What a child process may know of this one.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The folders of `$PATH`, where helm is looked for.
    pub path: Vec<PathBuf>,
    /// `$HOME`: helm keeps fetched charts and registry sign-ins there.
    pub home: Option<PathBuf>,
    /// `$SSL_CERT_FILE`: the certificates to trust instead of the system's.
    pub certificates: Option<PathBuf>,
    /// The proxy variables, for fetching charts.
    pub proxies: Vec<(&'static str, OsString)>,
}

/// A chart with the helm that installs it.
pub struct Helm {
    chart: HelmChart,
    around: Surroundings,
    program: OnceCell<PathBuf>,
    rendered: OnceCell<Vec<Value>>,
}

impl Helm {
    /// Runs nothing yet.
    pub fn new(chart: HelmChart, around: Surroundings) -> Self {
        Self { chart, around, program: OnceCell::new(), rendered: OnceCell::new() }
    }

    /// The objects of the release of that name, as `helm template` renders them with stand-ins for the credential.
    pub async fn objects(&self, cluster: &Connected, slug: &Slug) -> Result<Vec<Value>, Fault> {
        if *slug == Slug::client() {
            // Asked for by several, of a release that has no name yet.
            return self.rendered.get_or_try_init(|| self.render(cluster, slug)).await.cloned();
        }
        self.render(cluster, slug).await
    }

    async fn render(&self, cluster: &Connected, slug: &Slug) -> Result<Vec<Value>, Fault> {
        // A chart that does not run on this Kubernetes is refused here, while nothing is changed.
        let version = cluster.version().await.ok();
        let (values, name) = (values::stand_ins(&self.chart), slug.as_str());
        let mut args =
            vec!["template", name, &self.chart.chart, "--namespace", name, "--values", "-", "--include-crds"];
        args.extend(self.version());
        args.extend(version.iter().flat_map(|version| ["--kube-version", version.as_str()]));
        let text = self.call(&Call::RENDER, None, &args, Some(&values), &Veil::default()).await?;
        documents(&text)
    }

    /// Installs or upgrades; returns what a watch should expect. `secret` is the one with the credential.
    pub async fn apply(
        &self,
        cluster: &Connected,
        claimed: &Claimed,
        secret: &Value,
        report: &Report,
    ) -> Result<Vec<Expected>, Fault> {
        let place = claimed.namespace.as_str();
        let total = self.objects(cluster, &Slug::client()).await?.len();
        self.mend(cluster, place, secret, report).await?;
        report(Told::Progress(Progress::Applying(0, total)));
        let (values, veil) = values::values(&self.chart, claimed, secret)?;
        let mut args = vec!["upgrade", "--install", place, &self.chart.chart, "--namespace", place];
        args.extend(["--values", "-", "--history-max", "3"]);
        args.extend(self.version());
        self.install(cluster, args, (&values, &veil), report).await?;
        let args = ["get", "manifest", place, "--namespace", place];
        let manifest = self.call(&Call::READ, Some(cluster), &args, None, &veil).await?;
        let documents = documents(&manifest)?;
        let mut expected = Vec::new();
        for object in &documents {
            let Some(kind) = ROWS.iter().find(|kind| kind.name == text_at(object, "/kind")) else { continue };
            let name = text_at(object, "/metadata/name");
            // A chart may put objects into other namespaces than the release's.
            let space = Some(parts::space(object).unwrap_or(place));
            if let Some(applied) = again(|| cluster.get(kind, space, name)).await? {
                expected.push(Expected::of(kind.name, &applied));
            }
        }
        report(Told::Progress(Progress::Applied(documents.len())));
        Ok(expected)
    }

    /// Runs the installation. Fields that somebody else manages are told, and then this release's values count.
    async fn install(
        &self,
        cluster: &Connected,
        mut args: Vec<&str>,
        (values, veil): (&Zeroizing<String>, &Veil),
        report: &Report,
    ) -> Result<(), Fault> {
        let Err(refused) = self.call(&Call::INSTALL, Some(cluster), &args, Some(values), veil).await else {
            return Ok(());
        };
        let Fault::HelmFailed { said, .. } = &refused else { return Err(refused) };
        if !owners::is_conflict(said) {
            return Err(refused);
        }
        if let Some(owners) = owners::foreign(said) {
            report(Told::Progress(Progress::TakingOver(Text::new(&owners))));
        }
        args.push("--force-conflicts");
        self.call(&Call::INSTALL, Some(cluster), &args, Some(values), veil).await.map(drop)
    }

    /// Uninstalls the release, if helm knows it. Helm leaves alone what says that it wants to stay.
    pub async fn uninstall(&self, cluster: &Connected, place: &str) -> Result<(), Fault> {
        if pending::newest(cluster, place).await?.is_none() {
            return Ok(());
        }
        let args = ["uninstall", place, "--namespace", place, "--ignore-not-found"];
        self.call(&Call::UNINSTALL, Some(cluster), &args, None, &Veil::default()).await?;
        Ok(())
    }

    fn version(&self) -> impl Iterator<Item = &str> {
        self.chart.version.as_deref().into_iter().flat_map(|version| ["--version", version])
    }
}

/// The objects of a manifest, without hooks: those run and go.
fn documents(manifest: &str) -> Result<Vec<Value>, Fault> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(manifest).map_err(|_| Fault::HelmFailed {
        doing: Text::new("render the chart"),
        said: Text::new("what it rendered is no YAML"),
    })?;
    Ok(documents.into_iter().filter(|object| object.is_object() && !is_hook(object)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hooks_are_not_expected() {
        let text = "---\nkind: Job\nmetadata: {name: a, annotations: {helm.sh/hook: test}}\n---\nkind: Job\nmetadata: {name: b}\n";
        let names: Vec<String> = documents(text)
            .unwrap()
            .iter()
            .map(|object| text_at(object, "/metadata/name").to_owned())
            .collect();
        assert_eq!(names, ["b"]);
    }
}
