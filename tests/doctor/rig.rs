//! A machine that was enrolled on a sandbox, and two doors between it and the sandbox in which faults stand.
#![expect(
    clippy::disallowed_methods,
    reason = "a test is its own shell: it serves, reads clocks and runs programs"
)]

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;
use landfall::backend::Backend;
use landfall::backend::provisioning::Provisioning;
use landfall::cluster::connect::{Leave, Where, connect, find};
use landfall::config::state::StateFolder;
use landfall::config::{self, Wanted};
use landfall::doctor::bundle::clean::Cleanser;
use landfall::doctor::facts::{Cgroup, World};
use landfall::doctor::report::Report;
use landfall::doctor::{Subject, Surroundings, examine, table};
use landfall::error::Fault;
use landfall::foreign::Text;
use landfall::http;
use landfall::install::Install;
use landfall::install::release::{Connector, ReleaseInstall};
use landfall::secret::Vault;
use landfall::shell::capabilities::{Signs, why};
use landfall::store::Sessions;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{Served, run_in};

/// Which door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Api,
    Cluster,
}

/// A question and its answer on the way back.
pub struct Exchange {
    pub side: Side,
    pub method: String,
    pub path: String,
    pub signed_in: bool,
    pub status: u16,
    pub body: Value,
    /// A page or a text in place of the body.
    pub page: Option<String>,
    /// How far off the server's clock is, in seconds.
    pub skew: i64,
    /// Whether the answer never comes.
    pub silent: bool,
}

impl Exchange {
    /// A failure in the words of that side.
    pub fn fail(&mut self, status: u16, words: &str) {
        self.status = status;
        self.body = match self.side {
            Side::Api => json!({"detail": words}),
            Side::Cluster => json!({
                "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": words, "reason": "Failed", "code": status,
            }),
        };
    }

    /// The items of a list that was asked for at that path's end.
    pub fn items(&mut self, end: &str) -> Option<&mut Vec<Value>> {
        let wanted = self.side == Side::Cluster && self.method == "GET" && self.path.ends_with(end);
        wanted.then(|| self.body.get_mut("items")?.as_array_mut()).flatten()
    }
}

/// What changes answers.
pub type Change = fn(&mut Exchange);

#[derive(Clone)]
struct Door {
    side: Side,
    to: String,
    http: reqwest::Client,
    changes: Arc<Mutex<Vec<Change>>>,
}

/// A sandbox, an enrolled machine, and the doors.
pub struct Rig {
    /// Ends with the rig.
    _served: Served,
    pub home: TempDir,
    pub changes: Arc<Mutex<Vec<Change>>>,
    pub profile: PathBuf,
    pub kubeconfig: PathBuf,
}

impl Rig {
    /// Enrolls a machine through the doors, and stays signed in.
    pub async fn new() -> Self {
        Self::of(None).await
    }

    /// The same with these objects as its release.
    pub async fn of_objects(text: &str) -> Self {
        Self::of(Some(text)).await
    }

    async fn of(objects: Option<&str>) -> Self {
        let served = Served::start(&["--speed", "50", "--approve", "0"]);
        let home = tempfile::tempdir().unwrap();
        let changes: Arc<Mutex<Vec<Change>>> = Arc::default();
        let text = fs::read_to_string(served.at("kubeconfig")).unwrap();
        let config: Value = serde_saphyr::from_str(&text).unwrap();
        let server = config["clusters"][0]["cluster"]["server"].as_str().unwrap().to_owned();
        let ca = config["clusters"][0]["cluster"].get("certificate-authority-data").cloned();
        let ca: Option<k8s_openapi::ByteString> = ca.map(|encoded| serde_json::from_value(encoded).unwrap());
        let api = open(Side::Api, served.at("api"), None, &changes).await;
        let cluster = open(Side::Cluster, &server, ca.map(|pem| pem.0), &changes).await;
        let kubeconfig = home.path().join("kubeconfig");
        write(&kubeconfig, &text.replace(&server, &cluster));
        let profile = home.path().join("profile.toml");
        let words = fs::read_to_string(served.at("profile")).unwrap();
        let words = words
            .replace(served.at("api"), &api)
            .replace(served.at("kubeconfig"), kubeconfig.to_str().unwrap());
        let more = objects.map(|objects| {
            let path = home.path().join("release.yaml");
            write(&path, objects);
            format!("objects = \"{}\"\n", path.display())
        });
        write(&profile, &format!("{words}{}", more.unwrap_or_default()));
        let flags = ["--profile-file", profile.to_str().unwrap(), "--yes", "--json", "--hold", "0"];
        let flags =
            [&flags[..], &["--stay-signed-in", "--secret-store", "file", "--location", "DE"]].concat();
        let folder = home.path().to_path_buf();
        let owned: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        // The program runs beside the doors, which this runtime serves.
        let ran = tokio::task::spawn_blocking(move || {
            let flags: Vec<&str> = owned.iter().map(String::as_str).collect();
            run_in(&folder, &flags)
        });
        let ran = ran.await.unwrap();
        assert_eq!(ran.code, Some(0), "{ran:?}");
        Self { _served: served, home, changes, profile, kubeconfig }
    }

    /// What a look needs, as the shell would put it together.
    pub fn subject(&self) -> Subject {
        self.subject_at(None, &self.kubeconfig)
    }

    pub fn subject_at(&self, api: Option<String>, kubeconfig: &std::path::Path) -> Subject {
        let wanted = Wanted { api, ..Wanted::default() };
        let profile = config::load(&wanted, Some(&self.profile), None).unwrap();
        let vault = Vault::default();
        let deadlines = http::Deadlines { total: Duration::from_secs(5), ..http::Deadlines::default() };
        let options = http::Options { deadlines, ..http::Options::default() };
        let backend: Arc<dyn Backend> =
            Arc::new(Provisioning::new(profile.api.clone(), vault.clone(), &options).unwrap());
        let state = StateFolder(self.home.path().join(".local/state/landfall"));
        let sessions = Sessions::new(state.clone(), vault.clone(), &profile.api, profile.backend.name());
        let place = Where {
            explicit: Some(kubeconfig.to_path_buf()),
            env: None,
            home: None,
            system: PathBuf::from("/nonexistent"),
            sudo: None,
        };
        Subject {
            install: Some(install(&place, &vault, profile.api.origin().ascii_serialization())),
            surroundings: surroundings(self.home.path()),
            profile: Ok(profile),
            kubeconfig: place,
            context: None,
            allow: false,
            backend: Some(backend),
            fitting: None,
            sessions: Some(sessions),
            state: Some(state),
            vault,
            http: options,
            clock: Timestamp::now,
        }
    }

    /// The report under these changes. What the test's own machine is made of is not judged.
    pub async fn look(&self, subject: &Subject, changes: &[Change]) -> (Report, World) {
        *self.changes.lock().unwrap() = changes.to_vec();
        let (report, mut world) = Box::pin(examine(subject, &[], &|_| ())).await;
        self.changes.lock().unwrap().clear();
        any_machine(&mut world);
        let items = table::judged(&world, &Cleanser::new(&subject.vault), &[]);
        let took = report.took;
        (Report::of(items, report.at, took, report.about), world)
    }
}

/// A usual terminal, and nothing in the way.
pub fn surroundings(home: &std::path::Path) -> Surroundings {
    let signs =
        Signs { stdin_tty: true, stdout_tty: true, term: "xterm", locale: "C.UTF-8", ..Signs::default() };
    Surroundings {
        home: Some(home.to_path_buf()),
        host: "box-1".into(),
        user: "tea".into(),
        sudo_from: None,
        term: "xterm".into(),
        locale: "C.UTF-8".into(),
        tty: true,
        why: why(signs),
        time_zone: Some("Europe/Berlin".into()),
        proxies: Vec::new(),
        no_proxy: Vec::new(),
        programs: Vec::new(),
        cert_file: None,
        temporary: std::env::temp_dir(),
        config: None,
    }
}

/// What the test's own machine is made of is not judged.
pub fn any_machine(world: &mut World) {
    if let Some(machine) = world.machine.seen_mut() {
        machine.disks.clear();
        machine.disks.push(landfall::doctor::facts::Disk {
            path: "/".into(),
            total: 100 << 30,
            free: 50 << 30,
            inodes: 0,
            free_inodes: 0,
            read_only: false,
        });
        machine.memory = Some((16 << 30, 8 << 30));
        machine.load = Some(100);
        machine.kernel = Some("6.8.0".into());
        machine.cgroup = Cgroup::Two(["cpu", "memory", "pids"].map(Text::new).to_vec());
        machine.random = Some(true);
        machine.host = "box-1".into();
    }
}

fn install(place: &Where, vault: &Vault, origin: String) -> Arc<dyn Install> {
    let (place, secrets) = (place.clone(), vault.clone());
    let connector: Connector = Arc::new(move || {
        let (place, vault) = (place.clone(), secrets.clone());
        Box::pin(async move {
            let kubeconfig = find(&place)?;
            let name = kubeconfig.contexts().next().unwrap().to_owned();
            let connected: Result<_, Fault> = connect(&kubeconfig, &name, &Leave::default(), vault).await;
            connected
        })
    });
    Arc::new(ReleaseInstall::new(connector, origin, vault.clone(), Timestamp::now))
}

pub fn write(path: &std::path::Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

async fn open(side: Side, to: &str, ca: Option<Vec<u8>>, changes: &Arc<Mutex<Vec<Change>>>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at: SocketAddr = listener.local_addr().unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let trusted = ca.map_or_else(Vec::new, |pem| reqwest::Certificate::from_pem_bundle(&pem).unwrap());
    let http = reqwest::Client::builder().no_proxy().tls_certs_only(trusted).build().unwrap();
    let door = Door { side, to: to.to_owned(), http, changes: changes.clone() };
    let router = Router::new().fallback(pass).with_state(door);
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{at}")
}

async fn pass(State(door): State<Door>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let url = format!("{}{}", door.to, parts.uri.path_and_query().map_or("", |whole| whole.as_str()));
    let mut headers = HeaderMap::new();
    for name in [header::AUTHORIZATION, header::ACCEPT, header::CONTENT_TYPE, header::USER_AGENT] {
        if let Some(value) = parts.headers.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    let body = to_bytes(body, 8 << 20).await.unwrap();
    let method = parts.method.clone();
    let signed_in = headers.contains_key(header::AUTHORIZATION);
    let sent = door.http.request(method.clone(), url).headers(headers).body(body).send().await.unwrap();
    let (status, media) = (sent.status().as_u16(), sent.headers().get(header::CONTENT_TYPE).cloned());
    if parts.uri.query().is_some_and(|query| query.contains("watch=true")) {
        let mut builder = Response::builder().status(status);
        if let Some(media) = media {
            builder = builder.header(header::CONTENT_TYPE, media);
        }
        return builder.body(Body::from_stream(stream(sent))).unwrap();
    }
    let bytes = sent.bytes().await.unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let parsed = serde_json::from_str::<Value>(&text);
    let page = parsed.is_err().then_some(text).filter(|text| !text.is_empty());
    let mut exchange = Exchange {
        side: door.side,
        method: method.to_string(),
        path,
        signed_in,
        status,
        body: parsed.unwrap_or(Value::Null),
        page,
        skew: 0,
        silent: false,
    };
    for change in door.changes.lock().unwrap().iter() {
        change(&mut exchange);
    }
    if exchange.silent {
        std::future::pending::<()>().await;
    }
    let date = Timestamp::now() + jiff::SignedDuration::from_secs(exchange.skew);
    let builder = Response::builder()
        .status(StatusCode::from_u16(exchange.status).unwrap())
        .header(header::DATE, date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    match exchange.page {
        Some(page) if page.trim_start().starts_with('<') => {
            builder.header(header::CONTENT_TYPE, "text/html").body(Body::from(page)).unwrap()
        }
        Some(page) => builder.header(header::CONTENT_TYPE, "text/plain").body(Body::from(page)).unwrap(),
        None if exchange.body.is_null() => builder.body(Body::empty()).unwrap(),
        None => builder
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(exchange.body.to_string()))
            .unwrap(),
    }
}

fn stream(sent: reqwest::Response) -> impl futures_util::Stream<Item = Result<Vec<u8>, std::io::Error>> {
    futures_util::stream::unfold(sent, |mut sent| async move {
        match sent.chunk().await {
            Ok(Some(chunk)) => Some((Ok(chunk.to_vec()), sent)),
            _ => None,
        }
    })
}
