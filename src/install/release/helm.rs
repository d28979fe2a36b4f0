//! Installing by `helm`, as a child process.
//!
//! It gets values on its standard input and nowhere else, an environment of our making, and the kubeconfig and
//! context that we use ourselves. It applies and does not wait: whether the release stands is for the watch to
//! say. Dropping the run ends the child; what it left half done is mended by the next run.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::sync::OnceCell;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::manifest::is_hook;
use super::parts::{self, ROWS};
use super::patience::again;
use crate::cluster::connect::{Connected, text_at};
use crate::cluster::watch::Expected;
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::{Report, Told};
use crate::model::{Claimed, HelmChart, Progress, Slug};

use values::Veil;

mod find;
mod pending;
mod values;

pub use find::find as find_helm;

/// How long one call of helm may take: it may have to fetch a chart, and waits for hooks.
const LIMIT: Duration = Duration::from_secs(600);

/// How much of helm's last words is shown, in characters.
const WORDS: usize = 500;

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
        let mut args = vec!["template", name, &self.chart.chart, "--namespace", name, "--values", "-"];
        args.extend(self.version());
        args.extend(version.iter().flat_map(|version| ["--kube-version", version.as_str()]));
        let text = self.call("render the chart", None, &args, Some(&values), &Veil::default()).await?;
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
        self.mend(cluster, place, report).await?;
        report(Told::Progress(Progress::Applying(0, total)));
        let (values, veil) = values::values(&self.chart, claimed, secret)?;
        let mut args = vec!["upgrade", "--install", place, &self.chart.chart, "--namespace", place];
        args.extend(["--values", "-", "--history-max", "3"]);
        args.extend(self.version());
        self.install(cluster, args, (&values, &veil), report).await?;
        let args = ["get", "manifest", place, "--namespace", place];
        let manifest = self.call("read the release back", Some(cluster), &args, None, &veil).await?;
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
        const DOING: &str = "install the release";
        let Err(refused) = self.call(DOING, Some(cluster), &args, Some(values), veil).await else {
            return Ok(());
        };
        let Fault::HelmFailed { said, .. } = &refused else { return Err(refused) };
        let Some(owners) = conflicts(said.as_str()) else { return Err(refused) };
        report(Told::Progress(Progress::TakingOver(Text::new(&owners))));
        args.push("--force-conflicts");
        self.call(DOING, Some(cluster), &args, Some(values), veil).await.map(drop)
    }

    /// Uninstalls the release, if helm knows it. Helm leaves alone what says that it wants to stay.
    pub async fn uninstall(&self, cluster: &Connected, place: &str) -> Result<(), Fault> {
        if pending::newest(cluster, place).await?.is_none() {
            return Ok(());
        }
        let args = ["uninstall", place, "--namespace", place, "--ignore-not-found"];
        self.call("uninstall the release", Some(cluster), &args, None, &Veil::default()).await?;
        Ok(())
    }

    fn version(&self) -> impl Iterator<Item = &str> {
        self.chart.version.as_deref().into_iter().flat_map(|version| ["--version", version])
    }

    async fn program(&self) -> Result<&PathBuf, Fault> {
        let found = async { find::find(self.chart.program.as_deref(), &self.around.path) };
        self.program.get_or_try_init(|| found).await
    }

    /// Runs helm to its end; returns what it wrote. Its words hold nothing of `veil` when it failed.
    async fn call(
        &self,
        doing: &str,
        cluster: Option<&Connected>,
        args: &[&str],
        input: Option<&Zeroizing<String>>,
        veil: &Veil,
    ) -> Result<Zeroizing<String>, Fault> {
        let failed = |said: &str| {
            let said = veil.scrub(said);
            let said = match cluster {
                Some(cluster) => cluster.vault.scrub_within(&said, WORDS),
                None => Text::within(&said, WORDS),
            };
            Fault::HelmFailed { doing: Text::new(doing), said }
        };
        let mut command = Command::new(self.program().await?);
        command.args(args).env_clear().env("HELM_DRIVER", "secret").kill_on_drop(true);
        // A plugin would run with everything that helm may do.
        command.env("HELM_PLUGINS", "/nonexistent");
        // A kubeconfig may sign in by a program, which is as much trusted as helm itself.
        if let Ok(path) = std::env::join_paths(find::safe_folders(&self.around.path)) {
            command.env("PATH", path);
        }
        command.envs(self.around.certificates.iter().map(|file| ("SSL_CERT_FILE", file)));
        command.envs(self.around.home.iter().map(|home| ("HOME", home)));
        command.envs(self.around.proxies.iter().map(|(name, value)| (name, value)));
        match cluster {
            Some(cluster) => {
                let files =
                    std::env::join_paths(&cluster.files).map_err(|error| failed(&error.to_string()))?;
                command.env("KUBECONFIG", files);
                command.arg("--kube-context").arg(cluster.context_name.as_str());
            }
            None => drop(command.env("KUBECONFIG", "/dev/null")),
        }
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| failed(&error.to_string()))?;
        let stdin = child.stdin.take();
        let write = async {
            if let (Some(mut stdin), Some(input)) = (stdin, input) {
                // A helm that ends without reading says why itself.
                let _ = stdin.write_all(input.as_bytes()).await;
            }
        };
        let run = async { tokio::join!(write, child.wait_with_output()).1 };
        let output = match timeout(LIMIT, run).await {
            Ok(Ok(output)) => output,
            Ok(Err(error)) => return Err(failed(&error.to_string())),
            Err(_) => return Err(failed("it did not end in time")),
        };
        let wrote = Zeroizing::new(output.stdout);
        if output.status.success() {
            return Ok(Zeroizing::new(String::from_utf8_lossy(&wrote).into_owned()));
        }
        Err(failed(&last_words(&String::from_utf8_lossy(&output.stderr))))
    }
}

/// Whose fields a server-side apply of helm's would take, from its words: `Apply failed with 1 conflict: conflict with
/// "kubectl-edit" using apps/v1: .spec.replicas`.
fn conflicts(said: &str) -> Option<String> {
    let (before, owners) =
        said.split_once("conflict with ").or_else(|| said.split_once("conflicts with "))?;
    before.contains("Apply failed with").then(|| owners.to_owned())
}

/// What helm said last: its errors come at the end, warnings before.
fn last_words(stderr: &str) -> String {
    let lines: Vec<&str> = stderr.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let from =
        lines.iter().rposition(|line| line.starts_with("Error:")).unwrap_or(lines.len().saturating_sub(3));
    let words = lines.get(from..).unwrap_or_default().join(" ");
    if words.is_empty() { "it said nothing".to_owned() } else { words }
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
    fn the_error_counts_and_not_the_warnings_before_it() {
        let said = "level=WARN msg=\"deprecated\"\nError: UPGRADE FAILED: conflict\nwith another\n";
        assert_eq!(last_words(said), "Error: UPGRADE FAILED: conflict with another");
        assert_eq!(last_words("a\n\nb\nc\nd\n"), "b c d");
        assert_eq!(last_words(""), "it said nothing");
    }

    #[test]
    fn a_conflict_names_its_owner() {
        let said = "Error: UPGRADE FAILED: conflict occurred while applying object lab/web apps/v1, Kind=Deployment: \
                    Apply failed with 1 conflict: conflict with \"kubectl-edit\" using apps/v1: .spec.replicas";
        assert_eq!(conflicts(said).as_deref(), Some("\"kubectl-edit\" using apps/v1: .spec.replicas"));
        assert_eq!(conflicts("Error: UPGRADE FAILED: conflict with a name"), None);
    }

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
