//! The way to a cluster. A kubeconfig is hostile input: it may name programs to run, files to send and servers
//! to trust, so it is read with limits, and what it asks for beyond a connection happens only after a person agreed.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use kube::config::KubeConfigOptions;
use kube::{Client, Config};
use url::Url;

use crate::error::Fault;
use crate::foreign::Text;
use crate::model::Demand;
use crate::secret::Vault;

mod call;
mod everywhere;
#[cfg(test)]
mod fixture;
mod guard;
mod kinds;
mod kubeconfig;
mod plugin;
mod survey;
mod verbs;

pub use crate::cluster::kstatus::text as text_at;
pub use call::Failed;
pub(in crate::cluster) use call::said as reason;
pub use kinds::{Kind, kind_of, kinds_in_order};
pub use kubeconfig::{Certified, Kubeconfig, Login, Where, find};
pub use survey::{Lead, survey};

pub mod kind {
    //! The kinds of objects that we read or write.
    pub use super::kinds::{
        ACCESS_REVIEW, CLUSTER_ROLE, CLUSTER_ROLE_BINDING, DAEMON_SET, DEPLOYMENT, EVENT, JOB, LEASE,
        NAMESPACE, NODE, POD, QUOTA, REPLICA_SET, RESOURCE_DEFINITION, ROLE, ROLE_BINDING, RULES_REVIEW,
        SECRET, SERVICE, SERVICE_ACCOUNT, STATEFUL_SET, STORAGE_CLASS, VOLUME, VOLUME_CLAIM,
    };
}

/// How long opening a connection may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long one call may take; kube has no limit of its own for reading an answer.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// A way to one cluster. Making it asks nothing of the cluster yet.
#[derive(Clone)]
pub struct Connected {
    /// The client.
    pub client: Client,
    /// The kubeconfig context it came from.
    pub context: Text,
    /// The same as it stands there, for a program that is told to use it.
    pub context_name: String,
    /// The kubeconfig files, in kubectl's order.
    pub files: Vec<PathBuf>,
    /// The API server's address, without anything secret in it.
    pub server: Text,
    /// What must never stand in a text that comes from here.
    pub vault: Vault,
}

/// What connecting may use beside the kubeconfig.
#[derive(Clone, Debug, Default)]
pub struct Leave {
    /// What a person or a flag agreed to.
    pub allowed: Vec<Demand>,
    /// What a program that signs in may see of our environment.
    pub environment: Vec<(OsString, OsString)>,
}

/// Makes the client for a context of the kubeconfig. Needs a tokio runtime. What the kubeconfig demands and
/// nobody agreed to is refused before anything it names is touched.
pub async fn connect(
    kubeconfig: &Kubeconfig,
    context: &str,
    leave: &Leave,
    vault: Vault,
) -> Result<Connected, Fault> {
    let path = kubeconfig.path_of_context(context);
    let bad = |why: &str| Fault::BadKubeconfig { path: path.clone(), why: Text::new(why) };
    let checked = guard::check(kubeconfig, context)?;
    if let Some(new) = checked.demands.iter().find(|demand| !leave.allowed.contains(demand)) {
        let question = format!("the kubeconfig {path} {}; may it?", new.words());
        return Err(Fault::NeedsPerson { question: Text::new(&question), flag: "--allow-exec" });
    }
    checked.check_files()?;
    let server = checked.server.clone();
    let mut merged = kubeconfig.merged().clone();
    plugin::sign_in(&mut merged, &checked, kubeconfig, &leave.environment, &vault).await?;
    let options = KubeConfigOptions { context: Some(context.to_owned()), ..KubeConfigOptions::default() };
    let mut config = Config::from_custom_kubeconfig(merged, &options)
        .await
        .map_err(|error| bad(&guard::plainly(&error)))?;
    if server.scheme() == "https" && config.root_cert.as_ref().is_some_and(Vec::is_empty) {
        return Err(bad("its certificate authority holds no certificate"));
    }
    tune(&mut config, &server);
    let client = Client::try_from(config).map_err(|error| bad(&call::deepest(&error)))?;
    Ok(Connected {
        client,
        context: Text::new(context),
        context_name: context.to_owned(),
        files: kubeconfig.paths(),
        server: address(&server),
        vault,
    })
}

/// The address that a context of the kubeconfig leads to and what it asks for beside a connection, or why it is
/// not used at all.
pub fn leads_to(kubeconfig: &Kubeconfig, context: &str) -> Result<(Url, Vec<Demand>), Fault> {
    guard::check(kubeconfig, context).map(|checked| (checked.server, checked.demands))
}

/// What kube's defaults get wrong for a program that a person waits for.
fn tune(config: &mut Config, server: &Url) {
    // kube would try up to fifteen times inside one call, for minutes and unseen.
    config.default_retry = false;
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    if server.scheme() == "http" {
        // Without TLS there is nothing to verify; asking for the system's certificates would fail on a machine
        // that has none.
        config.root_cert = Some(Vec::new());
    }
    if is_loopback(server) {
        // A proxy cannot reach this machine's own loopback, whatever HTTPS_PROXY says.
        config.proxy_url = None;
    }
}

/// Whether the address is on this machine itself.
pub fn is_loopback(server: &Url) -> bool {
    match server.host_str().unwrap_or_default() {
        "localhost" => true,
        host => host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()),
    }
}

/// The address as it may be shown.
fn address(server: &Url) -> Text {
    Text::new(&server.origin().ascii_serialization())
}
