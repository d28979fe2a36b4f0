//! A Kubernetes release as an installation: the demo client, applied server-side and watched.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::OnceCell;

use crate::backend::Reply;
use crate::cluster::connect::{Connected, kind};
use crate::cluster::release::{Found, discover, field, secret_name};
use crate::cluster::watch::watch;
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::{Candidate, Holder, Install, Report, Told};
use crate::model::{Claimed, Facts, Slug, Username};
use crate::secret::{Audience, Secret, SecretRef, Vault};

mod apply;
mod deliver;
mod facts;
mod manifest;
mod namespace;
mod patience;
mod quantity;
mod record;

/// Makes the way to the cluster; called when it is first needed, and again only after it failed.
pub type Connector = Arc<dyn Fn() -> Reply<'static, Result<Connected, Fault>> + Send + Sync>;

/// The installation of a release into one cluster.
pub struct ReleaseInstall {
    connector: Connector,
    connected: OnceCell<Connected>,
    origin: String,
    vault: Vault,
    clock: fn() -> Timestamp,
}

impl ReleaseInstall {
    /// `origin` is the API origin that write-ahead records are looked up for; `clock` tells the present time.
    pub fn new(
        connector: Connector,
        origin: impl Into<String>,
        vault: Vault,
        clock: fn() -> Timestamp,
    ) -> Self {
        Self { connector, connected: OnceCell::new(), origin: origin.into(), vault, clock }
    }

    async fn cluster(&self) -> Result<&Connected, Fault> {
        self.connected.get_or_try_init(|| (self.connector)()).await
    }
}

impl Holder {
    fn audience(&self) -> Audience {
        Audience::machine(self.origin.clone(), self.account, self.cluster.as_str())
    }
}

impl Install for ReleaseInstall {
    fn inspect(&self) -> Reply<'_, Result<Facts, Fault>> {
        Box::pin(async move { facts::inspect(self.cluster().await?, &self.origin).await })
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
            let intent = record::Intent { name: Some(name), slug: Some(slug) };
            record::begin(cluster, &self.vault, holder, intent, password).await
        })
    }

    fn intend_again<'a>(&'a self, holder: &'a Holder, password: SecretRef) -> Reply<'a, Result<(), Fault>> {
        Box::pin(async move { record::add(self.cluster().await?, &self.vault, holder, password).await })
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

    fn deliver<'a>(&'a self, holder: &'a Holder, claimed: &'a Claimed) -> Reply<'a, Result<(), Fault>> {
        Box::pin(async move {
            let cluster = self.cluster().await?;
            deliver::deliver(cluster, &self.vault, holder, claimed).await?;
            record::end(cluster, holder).await
        })
    }

    fn run<'a>(&'a self, claimed: &'a Claimed, report: Report) -> Reply<'a, Fault> {
        Box::pin(async move {
            let applied = async {
                let cluster = self.cluster().await?;
                Ok((cluster, apply::apply(cluster, claimed, &report).await?))
            };
            let (cluster, expected) = match applied.await {
                Ok(applied) => applied,
                Err(fault) => return fault,
            };
            let tell = |snapshot| report(Told::Snapshot(snapshot));
            match watch(cluster, claimed.namespace.as_str(), &expected, self.clock, &tell).await {}
        })
    }
}
