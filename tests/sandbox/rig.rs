//! A simulated cluster with a release to be installed into it.
#![expect(clippy::disallowed_methods, reason = "a test is its own shell: it reads clocks and starts tasks")]

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};
use landfall::cluster::anchor;
use landfall::cluster::connect::Connected;
use landfall::error::Fault;
use landfall::foreign::Text;
use landfall::install::release::ReleaseInstall;
use landfall::install::{Holder, Install, Report, Told};
use landfall::model::{Claimed, How, Location, Slug, Snapshot};
use landfall::sandbox::cluster::{Cluster, ClusterOptions};
use landfall::sandbox::scenario::Rollout;
use landfall::sandbox::time::SimClock;
use landfall::sandbox::{ControlPlane, Login};
use landfall::secret::{Audience, Secret, SecretRef, Vault};
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};

pub const ORIGIN: &str = "https://api.acme.example";
pub const USERNAME: &str = "6f1c2d3e-0000-4a5b-8c9d-0123456789ab";
pub const PASSWORD: &str = "correct-horse-battery-staple";

/// A control plane that takes one password.
#[derive(Default)]
pub struct Plane {
    pub heartbeats: Mutex<usize>,
}

impl ControlPlane for Plane {
    fn login(&self, username: &str, password: &str) -> Login {
        if (username, password) == (USERNAME, PASSWORD) { Login::Accepted } else { Login::Rejected }
    }

    fn heartbeat(&self, _: &str, _: &str) {
        *self.heartbeats.lock().unwrap() += 1;
    }
}

pub struct Rig {
    pub plane: Arc<Plane>,
    pub cluster: Connected,
    pub vault: Vault,
    pub holder: Holder,
    /// When set, the API answers everything new with 503.
    pub down: Arc<AtomicBool>,
    /// A method and path answered with 503 once, after the request was carried out: the answer is lost.
    pub lose: Arc<Mutex<Option<&'static str>>>,
    /// Cuts the connections of all watches.
    pub cut: Arc<Notify>,
    /// What reading is answered with instead; 410 only where it is a watch.
    pub answer: Arc<Mutex<Option<StatusCode>>>,
    /// When set, nothing that is read arrives any more, and no connection ends.
    pub dead: Arc<AtomicBool>,
    /// When set, signing in anew gives a way that is answered whatever `answer` says.
    pub renews: Arc<AtomicBool>,
    /// How often a way to the cluster was made.
    pub connects: Arc<AtomicUsize>,
    fresh: kube::Client,
    /// What stands between the client and the API server: answers some requests itself, by method, path and query.
    pub between: Arc<Mutex<Option<Between>>>,
}

/// Answers a request itself, with a status and words, or lets it pass.
pub type Between = Box<dyn FnMut(&str) -> Option<(u16, String)> + Send>;

impl Rig {
    pub async fn new() -> Self {
        Self::with(Rollout::Normal, &[]).await
    }

    pub async fn with(rollout: Rollout, forbid: &[(&str, &str)]) -> Self {
        START.set(Some((Timestamp::now(), tokio::time::Instant::now())));
        let plane = Arc::new(Plane::default());
        let sandbox = Cluster::new(ClusterOptions {
            clock: SimClock::new(1.0),
            rollout,
            control: plane.clone(),
            node: "box-1".to_owned(),
            uid: None,
            forbid: forbid.iter().map(|(verb, kind)| ((*verb).to_owned(), (*kind).to_owned())).collect(),
        });
        let bearer = HeaderValue::from_str(&format!("Bearer {}", sandbox.token())).unwrap();
        let (down, lose) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(None)));
        let (outage, awaited) = (down.clone(), lose.clone());
        let (cut, answer) = (Arc::new(Notify::new()), Arc::new(Mutex::new(None)));
        let (scissors, instead) = (cut.clone(), answer.clone());
        let dead = Arc::new(AtomicBool::new(false));
        let silence = dead.clone();
        let token = bearer.clone();
        let fresh = sandbox.router().layer(from_fn(move |mut request: Request, next: Next| {
            request.headers_mut().insert(header::AUTHORIZATION, token.clone());
            next.run(request)
        }));
        let fresh = kube::Client::new(fresh, "default");
        let between: Arc<Mutex<Option<Between>>> = Arc::default();
        let meddler = between.clone();
        let router = sandbox.router().layer(from_fn(move |mut request: Request, next: Next| {
            request.headers_mut().insert(header::AUTHORIZATION, bearer.clone());
            let is_down = outage.load(Ordering::Relaxed);
            let asked = format!("{} {}", request.method(), request.uri().path());
            let watches = request.uri().query().is_some_and(|query| query.contains("watch=true"));
            let instead: Option<StatusCode> = *instead.lock().unwrap();
            let reads = request.method() == Method::GET;
            let instead = instead.filter(|code| watches || (reads && *code != StatusCode::GONE));
            let scissors = scissors.clone();
            let silence = silence.clone();
            let whole = format!("{} {}", request.method(), request.uri());
            let refused = meddler.lock().unwrap().as_mut().and_then(|between| between(&whole));
            let is_lost = awaited.lock().unwrap().take_if(|one| *one == asked).is_some();
            async move {
                if is_down {
                    return StatusCode::SERVICE_UNAVAILABLE.into_response();
                }
                if let Some(code) = instead {
                    return status(code).into_response();
                }
                if reads && silence.load(Ordering::Relaxed) {
                    return std::future::pending().await;
                }
                if let Some((code, words)) = refused {
                    return worded(StatusCode::from_u16(code).unwrap(), &words).into_response();
                }
                let answer = next.run(request).await;
                if watches {
                    let (parts, body) = answer.into_parts();
                    let end = futures_util::stream::once(async { Ok(axum::body::Bytes::new()) });
                    let body = body.into_data_stream().chain(end).then(move |bytes| {
                        let is_dead = silence.load(Ordering::Relaxed);
                        async move { if is_dead { std::future::pending().await } else { bytes } }
                    });
                    let body = body.take_until(scissors.notified_owned());
                    return Response::from_parts(parts, Body::from_stream(body));
                }
                if is_lost { StatusCode::SERVICE_UNAVAILABLE.into_response() } else { answer }
            }
        }));
        let vault = Vault::default();
        let cluster = Connected {
            client: kube::Client::new(router, "default"),
            context: Text::new("box"),
            context_name: "box".to_owned(),
            files: Vec::new(),
            server: Text::new("http://127.0.0.1:1"),
            vault: vault.clone(),
        };
        let id = match anchor::cluster_id(&cluster).await {
            Ok(id) => id,
            Err(_) => "unreadable".parse().unwrap(),
        };
        let holder = Holder { origin: ORIGIN.to_owned(), account: 7, cluster: id };
        let (renews, connects) = (Arc::default(), Arc::default());
        Self {
            plane,
            cluster,
            vault,
            holder,
            down,
            lose,
            cut,
            answer,
            dead,
            renews,
            connects,
            fresh,
            between,
        }
    }

    /// A run of the program: another process has another vault, but the same cluster.
    pub fn install(&self) -> ReleaseInstall {
        let (old, renews, connects) = (self.cluster.clone(), self.renews.clone(), self.connects.clone());
        let new = Connected { client: self.fresh.clone(), ..old.clone() };
        let connector = Arc::new(move || {
            connects.fetch_add(1, Ordering::Relaxed);
            let cluster = if renews.load(Ordering::Relaxed) { new.clone() } else { old.clone() };
            let reply: landfall::model::Reply<'static, _> = Box::pin(async move { Ok(cluster) });
            reply
        });
        ReleaseInstall::new(connector, ORIGIN, self.vault.clone(), now)
    }

    pub fn password(&self, value: &str) -> SecretRef {
        let audience = Audience::machine(ORIGIN, self.holder.account, self.holder.cluster.as_str());
        self.vault.keep(Secret::new(value, audience))
    }

    pub fn opened(&self, handle: SecretRef) -> String {
        let audience = Audience::machine(ORIGIN, self.holder.account, self.holder.cluster.as_str());
        self.vault.open(handle, &audience).unwrap().to_string()
    }

    pub fn claimed(&self, password: &str) -> Claimed {
        Claimed {
            id: 17,
            how: How::Minted,
            name: Text::new("GPU Box 02"),
            namespace: slug(),
            username: USERNAME.parse().unwrap(),
            password: self.password(password),
            location: Location::NotSet,
        }
    }

    /// Writes ahead and delivers, as a claim does.
    pub async fn delivered(&self, password: &str) -> Claimed {
        let (install, claimed) = (self.install(), self.claimed(password));
        install.intend(&self.holder, &claimed.name, &claimed.namespace, claimed.password).await.unwrap();
        install.deliver(&self.holder, &claimed).await.unwrap();
        claimed
    }

    /// Runs the installation until a snapshot is as wished (or it ends by a fault); returns all that was told.
    pub async fn run(
        &self,
        claimed: &Claimed,
        wished: impl Fn(&Snapshot) -> bool,
    ) -> Result<Vec<Told>, Fault> {
        self.run_by(&self.install(), claimed, |told| matches!(told, Told::Snapshot(one) if wished(one))).await
    }

    /// The same with an installation of its own, until something is told that is wished.
    pub async fn run_by(
        &self,
        install: &ReleaseInstall,
        claimed: &Claimed,
        wished: impl Fn(&Told) -> bool,
    ) -> Result<Vec<Told>, Fault> {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let report: Report = Arc::new(move |told| {
            let _ = sender.send(told);
        });
        let mut running = install.run(claimed, report);
        let mut all = Vec::new();
        let deadline = tokio::time::sleep(std::time::Duration::from_secs(900));
        tokio::pin!(deadline);
        loop {
            tokio::select! {
                fault = &mut running => return Err(fault),
                Some(told) = receiver.recv() => {
                    let done = wished(&told);
                    all.push(told);
                    if done {
                        return Ok(all);
                    }
                }
                () = &mut deadline => panic!("not within 15 min: {:#?}", all.last()),
            }
        }
    }
}

/// A status as an API server words it.
fn status(code: StatusCode) -> (StatusCode, Json<Value>) {
    let reason = match code {
        StatusCode::GONE => "Expired",
        StatusCode::UNAUTHORIZED => "Unauthorized",
        _ => "ServiceUnavailable",
    };
    worded(code, reason)
}

fn worded(code: StatusCode, words: &str) -> (StatusCode, Json<Value>) {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": words, "message": words,
        "code": code.as_u16(),
    });
    (code, Json(status))
}

pub fn slug() -> Slug {
    "gpu-box-02".parse().unwrap()
}

pub fn last(told: &[Told]) -> &Snapshot {
    match told.last() {
        Some(Told::Snapshot(snapshot)) => snapshot,
        other => panic!("no snapshot: {other:?}"),
    }
}

thread_local! {
    static START: Cell<Option<(Timestamp, tokio::time::Instant)>> = const { Cell::new(None) };
}

/// The present in virtual time: the cluster stamps true time, which stands still beside it.
pub fn now() -> Timestamp {
    let (start, began) = START.get().unwrap();
    start + SignedDuration::try_from(began.elapsed()).unwrap()
}
