//! A stand-in for pychronAPI: codes that an administrator approves on a page, tokens, SSH keys. It plays the
//! reference's statuses and fields, and by name the things that go wrong there.

mod api;
mod page;
mod state;
pub mod trouble;

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::serve::{private_dir, write_private};
use state::Held;
use trouble::Trouble;

/// The largest body that is read.
const LARGEST_BODY: usize = 64 * 1024;

/// How it is started.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// What goes wrong.
    pub trouble: Trouble,
    /// A simulated administrator approves after this long.
    pub approve_after: Option<Duration>,
}

/// A stand-in that serves until it is dropped; its files go with it, and so does the home folder in which
/// machines are set up.
pub struct Stand {
    api: String,
    dir: PathBuf,
    site: Arc<Site>,
}

/// What every handler sees.
struct Site {
    base: String,
    options: Options,
    held: Mutex<Held>,
}

impl Site {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stand {
    /// Binds a free loopback port, writes the files, and serves. Must be called inside a runtime.
    pub async fn start(options: &Options) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no free port on 127.0.0.1")?;
        let api = format!("http://{}", listener.local_addr()?);
        let dir = private_dir().context("no folder of its own could be made in the temporary folder")?;
        let site = Arc::new(Site { base: api.clone(), options: *options, held: Mutex::default() });
        let stand = Self { api, dir, site };
        stand.write().context("a file of the sandbox could not be written")?;
        let router = router(&stand.site);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(stand)
    }

    fn write(&self) -> io::Result<()> {
        fs::DirBuilder::new().mode(0o700).create(self.home())?;
        let profile = format!(
            "# A sandbox: nothing behind it is real, and it is gone when its process ends.\n\
             name = \"sandbox\"\nbackend = \"pychron\"\napi = \"{}\"\ninstall = \"workstation\"\n\
             sandbox = true\nhome = \"{}\"\n",
            self.api,
            self.home().display(),
        );
        write_private(&self.profile(), &profile)?;
        write_private(&self.token_file(), &self.site.held().issue_by_hand())
    }

    /// The home folder in which machines are set up.
    pub fn home(&self) -> PathBuf {
        self.dir.join("home")
    }

    /// The TOML file to pass to `--profile-file`.
    pub fn profile(&self) -> PathBuf {
        self.dir.join("profile.toml")
    }

    /// A file with a token that was issued by hand, for `--token-file`.
    pub fn token_file(&self) -> PathBuf {
        self.dir.join("token")
    }

    /// Where everything is, as `--serve` prints it.
    pub fn place(&self) -> Value {
        json!({
            "api": self.api,
            "admin": format!("{}/admin", self.api),
            "home": self.home(),
            "profile": self.profile(),
            "token_file": self.token_file(),
            "pid": std::process::id(),
            "sandbox": true,
        })
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        // The folder was made by this run under a name of its own.
        let _ = fs::remove_dir_all(&self.dir);
    }
}

fn router(site: &Arc<Site>) -> Router {
    Router::new()
        .route("/api/v1/forgejo/device-codes", post(api::code))
        .route("/api/v1/forgejo/device-codes/poll", post(api::poll))
        .route("/api/v1/forgejo/whoami", get(api::whoami))
        .route("/api/v1/forgejo/workstations/ssh-keys", post(api::register))
        .route("/api/v1/forgejo/tokens/self", delete(api::end))
        .route("/audit", get(api::audit))
        .route("/", get(page::show))
        .route("/admin", get(page::show).post(page::answer))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(from_fn_with_state(Arc::clone(site), loopback))
        .with_state(Arc::clone(site))
}

/// Refuses other host names and requests made by foreign pages.
async fn loopback(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    if !site.takes(request.headers()) {
        return (StatusCode::FORBIDDEN, "SANDBOX: only this machine is served here.\n").into_response();
    }
    next.run(request).await
}

impl Site {
    fn takes(&self, headers: &HeaderMap) -> bool {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let port = self.base.rsplit(':').next().unwrap_or_default();
        let here = |host: &str| host == format!("127.0.0.1:{port}") || host == format!("localhost:{port}");
        let own = |origin: &str| origin == "null" || origin.strip_prefix("http://").is_some_and(here);
        header(HOST).is_some_and(here) && header(ORIGIN).is_none_or(own)
    }
}
