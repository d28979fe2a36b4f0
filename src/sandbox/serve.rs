//! A sandbox that serves: its listeners, and the files that a client needs to find them.

use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::cluster::{Cluster, ClusterOptions};
use super::control::{Control, ControlOptions};
use super::scenario::{Scenario, SignIn};
use super::time::SimClock;
use super::tls::{Authority, TlsListener};

/// The cluster's first node.
const NODE: &str = "sandbox-node";

/// A free port that only this machine reaches.
const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const NO_FILE: &str = "a file of the sandbox could not be written";

/// Letters and digits that are not mistaken for one another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// How a sandbox is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// What goes wrong, and what the cluster is made of.
    pub scenario: Scenario,
    /// A simulated person approves after this long.
    pub approve_after: Option<Duration>,
    /// How much faster than life the clusters run.
    pub speed: f64,
    /// How many clusters stand beside the first one, for the same control plane.
    pub more: u16,
    /// Where it listens; on free loopback ports if that is not said. With port 0 any, else the clusters take the
    /// ports after it.
    pub listen: Option<SocketAddr>,
    /// Whether other machines may come in: by TLS, with a password made for the run.
    pub expose: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            scenario: Scenario::default(),
            approve_after: None,
            speed: 1.0,
            more: 0,
            listen: None,
            expose: false,
        }
    }
}

impl Options {
    /// Why this may not be started: others would get in, and nobody said that they may.
    pub fn refusal(&self) -> Option<String> {
        let listen = self.listen.filter(|listen| !listen.ip().is_loopback() && !self.expose)?;
        Some(format!(
            "other machines could reach {}, and the sandbox hands out secrets; --expose allows it, with TLS and a password",
            listen.ip()
        ))
    }
}

/// A sandbox that serves until it is dropped; its files go with it.
pub struct Sandbox {
    api: String,
    dir: PathBuf,
    control: Control,
    clusters: Vec<Cluster>,
    authority: Authority,
    options: Options,
    /// The address that clients are told.
    reached: IpAddr,
    password: Option<String>,
}

impl Sandbox {
    /// Binds its ports, writes the files, and serves. Must be called inside a runtime.
    pub async fn start(options: &Options) -> anyhow::Result<Self> {
        ensure!(options.refusal().is_none(), "{}", options.refusal().unwrap_or_default());
        let clock = SimClock::new(options.speed);
        let password = options.expose.then(password);
        let control = Control::new(ControlOptions {
            clock,
            scenario: options.scenario.sign_in,
            reverse_code: options.scenario.sign_in == SignIn::ReverseCode,
            approve_after: options.approve_after,
            clients: options.scenario.clients,
            password: password.clone(),
            ..ControlOptions::default()
        });
        let pages = bind(options.listen.unwrap_or(LOOPBACK)).await?;
        let at = pages.local_addr()?;
        let reached = if at.ip().is_unspecified() { outward(at.ip()) } else { at.ip() };
        let scheme = if options.expose { "https" } else { "http" };
        let api = format!("{scheme}://{}", SocketAddr::new(reached, at.port()));
        let dir = private_dir().context("no folder of its own could be made in the temporary folder")?;
        let authority = Authority::new()?;
        let options = options.clone();
        let more = options.more;
        let clusters = Vec::new();
        let mut sandbox = Self { api, dir, control, clusters, authority, options, reached, password };
        for number in 0..=more {
            sandbox.start_cluster(clock, number, at.port()).await?;
        }
        write_private(&sandbox.profile(), &sandbox.profile_text()).context(NO_FILE)?;
        write_private(&sandbox.token_file(), &sandbox.control.issued_token()).context(NO_FILE)?;
        write_private(&sandbox.authority(), &sandbox.authority.pem()).context(NO_FILE)?;
        let (serving, base) = (sandbox.control.clone(), sandbox.api.clone());
        if sandbox.options.expose {
            let pages = TlsListener::new(pages, sandbox.authority.server(&sandbox.addresses())?)?;
            tokio::spawn(async move { serving.serve_others(pages, &base).await });
        } else {
            tokio::spawn(async move { serving.serve(pages).await });
        }
        Ok(sandbox)
    }

    /// One more cluster, on a port and with a kubeconfig of its own.
    async fn start_cluster(&mut self, clock: SimClock, number: u16, pages: u16) -> anyhow::Result<()> {
        let mut listen = self.options.listen.unwrap_or(LOOPBACK);
        if listen.port() != 0 {
            let after = pages.checked_add(number).and_then(|port| port.checked_add(1));
            listen.set_port(after.context("there is no port after the last one for the cluster")?);
        }
        let listener = bind(listen).await?;
        let options = ClusterOptions {
            clock,
            rollout: self.options.scenario.rollout,
            control: std::sync::Arc::new(self.control.clone()),
            node: NODE.to_owned(),
            uid: None,
            forbid: self.options.scenario.forbid.clone(),
        };
        let mut cluster = Cluster::shaped(options, self.options.scenario.shape.clone());
        if let Some(password) = &self.password {
            cluster = cluster.exposed(&self.reached.to_string(), password);
        }
        let address = SocketAddr::new(self.reached, listener.local_addr()?.port());
        let listener = TlsListener::new(listener, self.authority.server(&self.addresses())?)?;
        let kubeconfig = cluster.kubeconfig(&format!("https://{address}"), &self.authority.pem());
        write_private(&self.kubeconfig(usize::from(number)), &kubeconfig).context(NO_FILE)?;
        let router = cluster.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        self.clusters.push(cluster);
        Ok(())
    }

    /// The addresses that its certificates are for.
    fn addresses(&self) -> Vec<IpAddr> {
        vec![self.reached, IpAddr::V4(Ipv4Addr::LOCALHOST)]
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

    /// The certificate of its authority, for `--ca-cert`.
    pub fn authority(&self) -> PathBuf {
        self.dir.join("ca.pem")
    }

    /// Whether its pages are reached by TLS, so that clients must trust its authority.
    pub fn is_exposed(&self) -> bool {
        self.options.expose
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
            "ca_cert": self.authority(),
            "pid": std::process::id(),
            "sandbox": true,
        })
    }

    /// How to poke at it, for a person; `serving` if no wizard runs against it. The only place where the password
    /// is told.
    pub fn guide(&self, serving: bool) -> String {
        let trust = if self.is_exposed() {
            format!(" --ca-cert {}", self.authority().display())
        } else {
            String::new()
        };
        let enroll = if serving {
            format!("  enroll     landfall --profile-file {}{trust}\n", self.profile().display())
        } else {
            String::new()
        };
        let password = self.password.as_ref().map_or_else(String::new, |password| {
            format!("  password   {password}  told this once: pages ask for it, with\n             any name; the API and the cluster take it as the bearer\n")
        });
        format!(
            "SANDBOX: nothing behind it is real, and it is gone when this program ends.\n  \
             pages      {}/activate\n  \
             kubectl    export KUBECONFIG={}\n             \
             kubectl get pods -A -w\n\
             {enroll}  scenarios  landfall sandbox --scenario NAME|FILE, see landfall sandbox --help\n\
             {password}",
            self.api,
            self.kubeconfig(0).display(),
        )
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

async fn bind(at: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(at).await.with_context(|| match at.port() {
        0 => format!("no free port on {}", at.ip()),
        _ => format!("{at} cannot be listened on"),
    })
}

/// The address that this machine has towards others. Nothing is sent: the kernel only picks a way.
fn outward(listening: IpAddr) -> IpAddr {
    let (own, far) =
        if listening.is_ipv4() { ("0.0.0.0:0", "192.0.2.1:9") } else { ("[::]:0", "[2001:db8::1]:9") };
    let picked = UdpSocket::bind(own).and_then(|socket| {
        socket.connect(far)?;
        socket.local_addr()
    });
    picked.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip())
}

/// Twenty letters and digits (100 bits), in groups that can be read aloud.
fn password() -> String {
    let bytes: [u8; 20] = rand::random();
    let letter = |byte: &u8| ALPHABET.get(usize::from(byte % 32)).map_or('a', |letter| char::from(*letter));
    let groups: Vec<String> = bytes.chunks(5).map(|group| group.iter().map(letter).collect()).collect();
    groups.join("-")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_get_in_only_where_somebody_said_so() {
        let at = |listen: &str, expose| Options {
            listen: Some(listen.parse().expect("an address")),
            expose,
            ..Options::default()
        };
        assert_eq!(Options::default().refusal(), None);
        for (listen, expose, refused) in [
            ("127.0.0.1:0", false, false),
            ("[::1]:0", false, false),
            ("0.0.0.0:0", false, true),
            ("192.0.2.7:8443", false, true),
            ("0.0.0.0:0", true, false),
        ] {
            assert_eq!(at(listen, expose).refusal().is_some(), refused, "{listen}");
        }
    }

    #[tokio::test]
    async fn a_sandbox_that_is_open_to_others_asks_for_its_password() {
        let listen = Some(LOOPBACK);
        let sandbox =
            Sandbox::start(&Options { listen, expose: true, ..Options::default() }).await.expect("started");
        let password = sandbox.password.clone().expect("a password");
        assert!(sandbox.guide(true).contains(&password) && !sandbox.place().to_string().contains(&password));
        let trust =
            reqwest::Certificate::from_pem(sandbox.authority.pem().as_bytes()).expect("a certificate");
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().tls_certs_only([trust]).no_proxy().build().expect("a client");
        let api = &sandbox.api;
        assert!(api.starts_with("https://127.0.0.1:"));
        for path in ["/activate", "/", "/audit"] {
            let asked = http.get(format!("{api}{path}"));
            let code = async |request: reqwest::RequestBuilder| {
                request.send().await.expect("an answer").status().as_u16()
            };
            assert_eq!(code(asked.try_clone().expect("a copy")).await, 401, "{path}");
            assert_eq!(code(asked.try_clone().expect("a copy").basic_auth("x", Some("wrong"))).await, 401);
            assert_eq!(code(asked.basic_auth("x", Some(&password))).await, 200, "{path}");
        }
        let list =
            http.get(format!("{api}/edge-device/")).bearer_auth(&password).send().await.expect("an answer");
        assert_eq!(list.status(), 200);
        assert_eq!(sandbox.clusters[0].token(), password);
    }

    #[tokio::test]
    async fn an_account_may_have_a_thousand_clients() {
        let scenario = Scenario::named("many-clients").expect("a scenario");
        let sandbox = Sandbox::start(&Options { scenario, ..Options::default() }).await.expect("started");
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let url = format!("{}/edge-device/", sandbox.api);
        let list = http.get(url).bearer_auth(sandbox.control.issued_token()).send().await.expect("an answer");
        let list: Value = serde_json::from_str(&list.text().await.expect("text")).expect("JSON");
        assert_eq!(list["count"], 1_000);
    }
}
