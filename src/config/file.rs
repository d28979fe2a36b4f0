//! A file of profiles.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};
use url::Url;

use super::helm::{self, ChartEntry, Engine};
use super::oidc;
use super::{BackendKind, InstallKind, Profile, bad, built_in, is_loopback, trust};
use crate::error::Fault;
use crate::foreign::Text;

/// The longest file that is read, in bytes.
const LONGEST: u64 = 64 * 1024;

/// The longest reason, in characters: it may name all that a profile can say.
const WHY: usize = 400;

/// What a profile may say.
const KEYS: [&str; 19] = [
    "api",
    "backend",
    "install",
    "engine",
    "objects",
    "helm",
    "expect_account",
    "sandbox",
    "kubeconfig",
    "context",
    "home",
    "client_id",
    "scopes",
    "verification_hosts",
    "device_authorization_endpoint",
    "expect_subject",
    "ca_cert",
    "ca_sha256",
    "plain_http",
];

/// A file of profiles as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileFile {
    /// Where it lies; paths in it are beside it.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

#[derive(Deserialize)]
pub(super) struct Entry {
    pub(super) api: String,
    #[serde(default)]
    pub(super) backend: BackendKind,
    install: Option<InstallKind>,
    #[serde(default)]
    engine: Engine,
    objects: Option<PathBuf>,
    helm: Option<ChartEntry>,
    expect_account: Option<u64>,
    pub(super) client_id: Option<String>,
    pub(super) scopes: Option<Vec<String>>,
    pub(super) verification_hosts: Option<Vec<String>>,
    pub(super) device_authorization_endpoint: Option<String>,
    pub(super) expect_subject: Option<String>,
    pub(super) ca_cert: Option<PathBuf>,
    pub(super) ca_sha256: Option<String>,
    #[serde(default)]
    pub(super) plain_http: bool,
    #[serde(default)]
    sandbox: bool,
    kubeconfig: Option<PathBuf>,
    context: Option<String>,
    home: Option<PathBuf>,
}

impl ProfileFile {
    /// Reads a file that must be there.
    pub fn read(path: &Path) -> Result<Self, Fault> {
        Self::read_if_there(path)?.ok_or_else(|| bad(called(path), "there is no such file"))
    }

    /// Reads a file that may be missing.
    pub fn read_if_there(path: &Path) -> Result<Option<Self>, Fault> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(bad(called(path), error.to_string())),
        };
        let mut text = String::new();
        let read = file.take(LONGEST + 1).read_to_string(&mut text);
        read.map_err(|error| bad(called(path), error.to_string()))?;
        if text.len() as u64 > LONGEST {
            return Err(bad(called(path), "it is longer than a file of profiles can be"));
        }
        Ok(Some(Self { path: path.to_owned(), text }))
    }

    /// Its profiles, in the order of their names.
    pub(super) fn profiles(&self) -> Result<Vec<Profile>, Fault> {
        let mut table: Table = toml::from_str(&self.text).map_err(|error| self.not_toml(&error))?;
        if table.get("api").is_some_and(|api| !api.is_table()) {
            let name = match table.remove("name") {
                Some(Value::String(name)) => name,
                Some(_) => return Err(self.wrong("its name is not a text")),
                None => self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            };
            // The sandbox writes such a file for each of its runs; only it may call itself that.
            let its_own = table.get("sandbox").and_then(Value::as_bool) == Some(true);
            return Ok(vec![self.profile(&name, table, its_own)?]);
        }
        let one = |(name, value)| match value {
            Value::Table(entry) => self.profile(name, entry, false),
            _ => Err(self.wrong(&format!(
                "the key {} stands outside of a profile; a profile begins with its name, as in [acme]",
                Text::within(name, 40)
            ))),
        };
        table.iter().map(|(name, value)| one((name.as_str(), value.clone()))).collect()
    }

    fn profile(&self, name: &str, entry: Table, sandbox: bool) -> Result<Profile, Fault> {
        let shown = Text::within(name, 40);
        let wrong = |why: &str| self.wrong(&format!("in the profile {shown}, {why}"));
        if built_in::api_of(name).is_some() || name == built_in::SANDBOX && !sandbox {
            return Err(self.wrong(&format!("the profile {shown} is built in; give yours another name")));
        }
        if name.is_empty() || shown.as_str() != name {
            return Err(self.wrong("a profile's name is one short line of plain text"));
        }
        if let Some(key) = entry.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let known = KEYS.join(", ");
            return Err(wrong(&format!(
                "the key {} is not known; known are: {known}",
                Text::within(key, 40)
            )));
        }
        if !entry.contains_key("api") {
            return Err(wrong("the key api is missing; it is the address to sign in at"));
        }
        let entry: Entry = entry.try_into().map_err(|error: toml::de::Error| wrong(plain(&error)))?;
        let api = address(&entry.api).map_err(|why| wrong(&format!("api {why}")))?;
        if entry.sandbox && !is_loopback(&api) {
            return Err(wrong("sandbox is true, but its API is not on this machine"));
        }
        let https = api.scheme() == "https";
        let trust =
            trust::trust(&entry, https, |path| self.beside("ca_cert", path)).map_err(|why| wrong(&why))?;
        let (oidc, subject) = oidc::client(&entry).map_err(&wrong)?;
        let install = entry.backend.install();
        if entry.install.is_some_and(|given| given != install) {
            let (backend, install) = (entry.backend.name(), install.name());
            return Err(wrong(&format!("backend {backend} goes with install {install} only")));
        }
        let kubeconfig = entry.kubeconfig.map(|path| self.beside("kubeconfig", path)).transpose();
        let objects = helm::objects(entry.engine, entry.objects, |path| self.beside("objects", path));
        let home = entry.home.map(|path| self.beside("home", path)).transpose();
        Ok(Profile {
            name: shown.clone(),
            backend: entry.backend,
            api,
            install,
            chart: helm::chart(entry.engine, entry.helm, |path| self.beside("helm.chart", path))
                .map_err(|why| wrong(&why))?,
            objects: objects.map_err(|why| wrong(&why))?,
            expect_account: entry.expect_account.or(subject),
            oidc,
            trust,
            sandbox: entry.sandbox,
            kubeconfig: kubeconfig.map_err(|why| wrong(&why))?,
            context: entry.context,
            home: home.map_err(|why| wrong(&why))?,
        })
    }

    fn beside(&self, key: &str, path: PathBuf) -> Result<PathBuf, String> {
        if path.starts_with("~") {
            return Err(format!("{key} begins with ~, which only a shell understands; write the whole path"));
        }
        Ok(self.path.parent().map_or(path.clone(), |folder| folder.join(path)))
    }

    fn not_toml(&self, error: &toml::de::Error) -> Fault {
        let before = error.span().and_then(|span| self.text.get(..span.start));
        let line = before.map_or(1, |before| before.split('\n').count());
        self.wrong(&format!("line {line}: {}", plain(error)))
    }

    fn wrong(&self, why: &str) -> Fault {
        bad(called(&self.path), Text::within(why, WHY))
    }
}

/// An address as a person writes it.
pub(super) fn address(raw: &str) -> Result<Url, String> {
    match Url::parse(raw) {
        Ok(url) if url.has_host() => Ok(url),
        _ => Err(format!("is \"{}\"; an address looks like https://api.acme.example", Text::within(raw, 60))),
    }
}

fn called(path: &Path) -> String {
    format!("The profile file {}", path.display())
}

/// The parser's sentence without its full stop, and in one line.
fn plain(error: &toml::de::Error) -> &str {
    error.message().lines().next().unwrap_or_default().trim_end_matches('.')
}
