//! A sandbox that serves: both listeners on loopback, and the files that a client needs to find them.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::cluster::{Cluster, ClusterOptions};
use super::control::{Control, ControlOptions};
use super::scenario::{Rollout, Scenario};
use super::time::SimClock;
use super::tls::{Authority, TlsListener};

/// The cluster's one node.
const NODE: &str = "sandbox-node";

/// A free port that only this machine reaches.
const LOOPBACK: (&str, u16) = ("127.0.0.1", 0);
const NO_PORT: &str = "no free port on 127.0.0.1";
const NO_FILE: &str = "a file of the sandbox could not be written";

/// How a sandbox is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// What goes wrong.
    pub scenario: Scenario,
    /// A simulated person approves after this long.
    pub approve_after: Option<Duration>,
    /// How much faster than life the clusters run.
    pub speed: f64,
    /// How many clusters stand beside the first one, for the same control plane.
    pub more: u16,
}

/// A sandbox that serves until it is dropped; its files go with it.
pub struct Sandbox {
    api: String,
    dir: PathBuf,
    control: Control,
    clusters: Vec<Cluster>,
}

impl Sandbox {
    /// Binds two free loopback ports, writes the files, and serves. Must be called inside a runtime.
    pub async fn start(options: &Options) -> anyhow::Result<Self> {
        let clock = SimClock::new(options.speed);
        let control = Control::new(ControlOptions {
            clock,
            scenario: options.scenario.sign_in,
            approve_after: options.approve_after,
            ..ControlOptions::default()
        });
        let pages = TcpListener::bind(LOOPBACK).await.context(NO_PORT)?;
        let api = format!("http://{}", pages.local_addr()?);
        let authority = Authority::new()?;
        let dir = private_dir().context("no folder of its own could be made in the temporary folder")?;
        let mut sandbox = Self { api, dir, control, clusters: Vec::new() };
        for _ in 0..=options.more {
            sandbox.start_cluster(clock, options.scenario.rollout, &authority).await?;
        }
        write_private(&sandbox.profile(), &sandbox.profile_text()).context(NO_FILE)?;
        write_private(&sandbox.token_file(), &sandbox.control.issued_token()).context(NO_FILE)?;
        let serving = sandbox.control.clone();
        tokio::spawn(async move { serving.serve(pages).await });
        Ok(sandbox)
    }

    /// One more cluster, on a port and with a kubeconfig of its own.
    async fn start_cluster(
        &mut self,
        clock: SimClock,
        rollout: Rollout,
        authority: &Authority,
    ) -> anyhow::Result<()> {
        let listener = TcpListener::bind(LOOPBACK).await.context(NO_PORT)?;
        let cluster = Cluster::new(ClusterOptions {
            clock,
            rollout,
            control: std::sync::Arc::new(self.control.clone()),
            node: NODE.to_owned(),
            uid: None,
            forbid: Vec::new(),
        });
        let address = listener.local_addr()?;
        let listener = TlsListener::new(listener, authority.server(&[address.ip()])?)?;
        let kubeconfig = cluster.kubeconfig(&format!("https://{address}"), &authority.pem());
        write_private(&self.kubeconfig(self.clusters.len()), &kubeconfig).context(NO_FILE)?;
        let router = cluster.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        self.clusters.push(cluster);
        Ok(())
    }

    /// The kubeconfig of a cluster; the first one is the profile's.
    fn kubeconfig(&self, cluster: usize) -> PathBuf {
        let name = if cluster == 0 { "kubeconfig".to_owned() } else { format!("kubeconfig-{}", cluster + 1) };
        self.dir.join(name)
    }

    /// The TOML file to pass to `--profile-file`.
    pub fn profile(&self) -> PathBuf {
        self.dir.join("profile.toml")
    }

    /// A file with a bearer that the control plane has already issued, for `--token-file`.
    pub fn token_file(&self) -> PathBuf {
        self.dir.join("token")
    }

    /// Where everything is, as `--serve` prints it.
    pub fn place(&self) -> Value {
        json!({
            "api": self.api,
            "activate": format!("{}/activate", self.api),
            "kubeconfig": self.kubeconfig(0),
            "kubeconfigs": (0..self.clusters.len()).map(|cluster| self.kubeconfig(cluster)).collect::<Vec<_>>(),
            "profile": self.profile(),
            "token_file": self.token_file(),
            "pid": std::process::id(),
            "sandbox": true,
        })
    }

    fn profile_text(&self) -> String {
        format!(
            "# A sandbox: nothing behind it is real, and it is gone when its process ends.\n\
             name = \"sandbox\"\nbackend = \"provisioning\"\napi = \"{}\"\ninstall = \"release\"\n\
             sandbox = true\nexpect_account = {}\nkubeconfig = \"{}\"\ncontext = \"landfall-sandbox\"\n",
            self.api,
            self.control.account_id(),
            self.kubeconfig(0).display(),
        )
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.clusters.iter().for_each(Cluster::stop);
        // The folder was made by this run under a name of its own.
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// A folder that only we can read, under a name that nobody could prepare.
pub(super) fn private_dir() -> io::Result<PathBuf> {
    let name = format!("landfall-sandbox-{}-{:08x}", std::process::id(), rand::random::<u32>());
    let dir = std::env::temp_dir().join(name);
    fs::DirBuilder::new().mode(0o700).create(&dir)?;
    Ok(dir)
}

pub(super) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
