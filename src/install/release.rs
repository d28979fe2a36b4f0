//! A Kubernetes release as an installation: the demo client, applied server-side and watched.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::cluster::anchor;
use crate::cluster::connect::{Connected, kind, text_at};
use crate::cluster::release::{Found, discover, field, is_in_use, secret_name};
use crate::cluster::watch::{Again, watch};
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::{Candidate, Holder, Install, Report, Told};
use crate::model::{Check, Claimed, Facts, HelmChart, Removed, Reply, Slug, Username};
use crate::secret::{Audience, Secret, SecretRef, Vault};

use engine::Engine;
use patience::again;
use source::Source;
use turn::Turn;

pub use helm::{Surroundings, find_helm};
pub use manifest::workloads;
pub use parts::elsewhere;
pub use process::Process;
pub use record::record_name;

mod ahead;
mod apply;
mod deliver;
mod engine;
mod facts;
mod helm;
mod images;
mod keys;
mod machine;
mod manifest;
mod namespace;
mod nodes;
mod observe;
mod owners;
mod parts;
mod patience;
mod preflight;
mod process;
mod quantity;
mod record;
mod remove;
mod rights;
mod source;
mod turn;

/// Where records and the Lease lie.
pub const RECORDS: &str = record::NAMESPACE;
/// The name of the Lease that says whose turn it is.
pub const LEASE: &str = turn::NAME;
/// How many generations a record may have.
pub const GENERATIONS: usize = record::GENERATIONS;

/// Makes the way to the cluster; called when it is first needed, and again only after it failed.
pub type Connector = Arc<dyn Fn() -> Reply<'static, Result<Connected, Fault>> + Send + Sync>;

/// The installation of a release into one cluster.
pub struct ReleaseInstall {
    connector: Connector,
    connected: OnceCell<Connected>,
    origin: String,
    vault: Vault,
    clock: fn() -> Timestamp,
    turn: Turn,
    engine: Engine,
    /// The Jobs that would pull what was missing at the last inspection.
    pulls: Mutex<Vec<Value>>,
}

impl ReleaseInstall {
    /// `origin` is the API origin that write-ahead records are looked up for; `clock` tells the present time.
    pub fn new(
        connector: Connector,
        origin: impl Into<String>,
        vault: Vault,
        clock: fn() -> Timestamp,
    ) -> Self {
        let turn = Turn::new(Process::this(), Text::default(), clock);
        Self {
            connector,
            connected: OnceCell::new(),
            origin: origin.into(),
            vault,
            clock,
            turn,
            engine: Engine::Apply(Source::default()),
            pulls: Mutex::default(),
        }
    }

    /// Applies the objects of this file instead of the release that comes with this program. It is what
    /// `helm template release-goes-here CHART --namespace namespace-goes-here` prints.
    #[must_use]
    pub fn of_file(mut self, path: PathBuf) -> Self {
        self.engine = Engine::Apply(Source::file(path));
        self
    }

    /// Installs a chart by helm instead of the release that comes with this program.
    #[must_use]
    pub fn by_helm(mut self, chart: HelmChart, around: Surroundings) -> Self {
        self.engine = Engine::Helm(Box::new(helm::Helm::new(chart, around)));
        self
    }

    /// Says by which process, and by whom, it is run; told to another run that has to wait.
    #[must_use]
    pub fn run_by(mut self, process: Process, who: Text) -> Self {
        self.turn = Turn::new(process, who, self.clock);
        self
    }

    async fn cluster(&self) -> Result<&Connected, Fault> {
        self.connected.get_or_try_init(|| (self.connector)()).await
    }

    /// Makes sure that it is still this run's turn, and still the cluster that was reviewed: behind an address
    /// another one may answer since.
    async fn check(&self, cluster: &Connected, holder: &Holder) -> Result<(), Fault> {
        self.turn.check(cluster).await?;
        let anchor = again(|| cluster.get(&kind::NAMESPACE, None, anchor::NAMESPACE)).await?;
        let now = anchor.as_ref().map_or("none", |namespace| text_at(namespace, "/metadata/uid"));
        if now == holder.cluster.as_str() {
            return Ok(());
        }
        let what = format!("this is another cluster now ({now}, it was {})", holder.cluster);
        Err(Fault::Changed { what: Text::new(&what) })
    }
}

impl Holder {
    fn audience(&self) -> Audience {
        Audience::machine(self.origin.clone(), self.account, self.cluster.as_str())
    }
}

impl Install for ReleaseInstall {
    fn inspect(&self) -> Reply<'_, Result<Facts, Fault>> {
        Box::pin(async move {
            let cluster = self.cluster().await?;
            let (title, objects) = self.engine.objects(cluster, &Slug::client()).await?;
            let (facts, pulls) = Box::pin(facts::inspect(cluster, &self.origin, (title, &objects))).await?;
            *self.pulls.lock().unwrap_or_else(PoisonError::into_inner) = pulls;
            Ok(facts)
        })
    }

    fn preflight(&self) -> Reply<'_, Vec<Check>> {
        Box::pin(async move {
            // What cannot be reached or rendered is told by the inspection.
            let Ok(cluster) = self.cluster().await else { return Vec::new() };
            Box::pin(preflight::checks(cluster, &self.engine)).await
        })
    }

    fn intend<'a>(
        &'a self,
        holder: &'a Holder,
        name: &'a Text,
        slug: &'a Slug,
        password: SecretRef,
    ) -> Reply<'a, Result<Vec<Candidate>, Fault>> {
        Box::pin(async move {
            let cluster = self.cluster().await?;
            let secret = cluster.get(&kind::SECRET, Some(slug.as_str()), &secret_name(slug.as_str())).await?;
            namespace::foresee(cluster, holder, name, slug, secret.as_ref()).await?;
            let machines = machine::read(cluster).await;
            let intent = record::Intent { machines: &machines, name: Some(name), slug: Some(slug) };
            record::begin(cluster, &self.vault, holder, intent, password).await
        })
    }

    fn intend_again<'a>(&'a self, holder: &'a Holder, password: SecretRef) -> Reply<'a, Result<(), Fault>> {
        Box::pin(async move {
            let cluster = self.cluster().await?;
            let machines = machine::read(cluster).await;
            record::add(cluster, &self.vault, holder, &machines, password).await
        })
    }

    fn recorded<'a>(&'a self, holder: &'a Holder) -> Reply<'a, Result<Vec<Candidate>, Fault>> {
        Box::pin(async move { record::read(self.cluster().await?, &self.vault, holder).await })
    }

    fn living<'a>(&'a self, holder: &'a Holder) -> Reply<'a, Result<Option<(Username, SecretRef)>, Fault>> {
        Box::pin(async move {
            match discover(self.cluster().await?).await {
                Found::None => Ok(None),
                Found::One(living) => Ok(field(&living.secret, "CLIENT_PASSWORD").map(|password| {
                    (living.username, self.vault.keep(Secret::new(password, holder.audience())))
                })),
                Found::Several(namespaces) => Err(Fault::SeveralReleases { namespaces }),
                Found::Unclear(why) => {
                    Err(Fault::CannotTell { what: Text::new("what lives in the cluster"), why })
                }
            }
        })
    }

    fn pull_ahead(&self) -> Reply<'_, ()> {
        Box::pin(async move {
            let pulls = self.pulls.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let (false, Ok(cluster)) = (pulls.is_empty(), self.cluster().await) {
                ahead::begin(cluster, &pulls).await;
            }
        })
    }

    fn pull_no_more(&self) -> Reply<'_, ()> {
        Box::pin(async move {
            if let Ok(cluster) = self.cluster().await {
                ahead::end(cluster).await;
            }
        })
    }

    fn deliver<'a>(&'a self, holder: &'a Holder, claimed: &'a Claimed) -> Reply<'a, Result<(), Fault>> {
        Box::pin(async move {
            let cluster = self.cluster().await?;
            let machines = machine::read(cluster).await;
            let turn = || self.check(cluster, holder);
            deliver::deliver(cluster, &self.vault, holder, &machines, claimed, turn).await?;
            record::end(cluster, holder).await
        })
    }

    fn answered<'a>(
        &'a self,
        holder: &'a Holder,
        password: SecretRef,
        client: u64,
    ) -> Reply<'a, Result<(), Fault>> {
        Box::pin(async move {
            let cluster = self.cluster().await?;
            // Whoever took over may have finished and removed the record: it is not to come back.
            self.check(cluster, holder).await?;
            let machines = machine::read(cluster).await;
            if let Some(record) = record::keep(cluster, &self.vault, holder, &machines, password).await? {
                record::note_client(cluster, &record, client).await;
            }
            Ok(())
        })
    }

    fn in_use(&self) -> Reply<'_, Result<bool, Fault>> {
        Box::pin(async move { Ok(is_in_use(self.cluster().await?).await?) })
    }

    fn queue<'a>(&'a self, take_over: bool, report: &'a Report) -> Reply<'a, Result<(), Fault>> {
        Box::pin(async move { self.turn.queue(self.cluster().await?, take_over, report).await })
    }

    fn alive(&self) -> Reply<'_, Fault> {
        Box::pin(async move {
            match self.cluster().await {
                Ok(cluster) => self.turn.alive(cluster).await,
                Err(fault) => fault,
            }
        })
    }

    fn guard<'a>(&'a self, holder: &'a Holder, password: Option<SecretRef>) -> Reply<'a, Result<(), Fault>> {
        Box::pin(async move {
            let cluster = self.cluster().await?;
            self.check(cluster, holder).await?;
            if let Some(password) = password {
                let machines = machine::read(cluster).await;
                record::keep(cluster, &self.vault, holder, &machines, password).await?;
            }
            Ok(())
        })
    }

    fn make_way(&self) -> Reply<'_, ()> {
        Box::pin(async move {
            if let Ok(cluster) = self.cluster().await {
                self.turn.make_way(cluster).await;
            }
        })
    }

    fn observe<'a>(&'a self, namespace: &'a Slug, report: Report) -> Reply<'a, Fault> {
        Box::pin(async move {
            let cluster = match self.cluster().await {
                Ok(cluster) => cluster,
                Err(fault) => return fault,
            };
            let expected = match observe::expected(cluster, &self.engine, namespace).await {
                Ok(expected) => expected,
                Err(fault) => return fault,
            };
            let tell = |snapshot| report(Told::Snapshot(snapshot));
            let way = (cluster, &*self.connector as Again<'_>);
            match watch(way, namespace.as_str(), &expected, self.clock, &tell).await {}
        })
    }

    fn run<'a>(&'a self, claimed: &'a Claimed, report: Report) -> Reply<'a, Fault> {
        Box::pin(async move {
            let applied = async {
                let cluster = self.cluster().await?;
                // The claim has ended its turn. Of two runs that install at once, each would mend what the other has
                // under way.
                self.turn.queue(cluster, false, &report).await?;
                let end = tokio::select! {
                    biased;
                    end = self.engine.apply(cluster, claimed, &report) => end,
                    overtaken = self.turn.alive(cluster) => Err(overtaken),
                };
                self.turn.make_way(cluster).await;
                Ok((cluster, end?))
            };
            let (cluster, expected) = match applied.await {
                Ok(applied) => applied,
                Err(fault) => return fault,
            };
            let gate = ahead::Gate::default();
            let tell = |snapshot| report(Told::Snapshot(snapshot));
            let pass = |snapshot| gate.pass(snapshot, tell);
            let way = (cluster, &*self.connector as Again<'_>);
            let watched = watch(way, claimed.namespace.as_str(), &expected, self.clock, &pass);
            match join(watched, gate.keep(cluster, tell)).await.0 {}
        })
    }

    fn remove<'a>(
        &'a self,
        holder: &'a Holder,
        keep: bool,
        report: &'a Report,
    ) -> Reply<'a, Result<Removed, Fault>> {
        Box::pin(async move {
            let cluster = self.cluster().await?;
            ahead::end(cluster).await;
            let removed = remove::remove(cluster, &self.engine, holder, keep, report).await?;
            record::end(cluster, holder).await?;
            Ok(removed)
        })
    }
}
