//! Finding and reading kubeconfig files.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use kube::config::{Kubeconfig as Parsed, KubeconfigError};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::error::Fault;
use crate::foreign::Text;

/// The most that a kubeconfig, or a file it names, may hold, in bytes.
pub(super) const FILE_LIMIT: u64 = 1024 * 1024;

/// Where to look for a kubeconfig, in this order. The environment is read elsewhere and handed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Where {
    /// `--kubeconfig`.
    pub explicit: Option<PathBuf>,
    /// `$KUBECONFIG`: one or several files, merged as kubectl does.
    pub env: Option<OsString>,
    /// The home directory.
    pub home: Option<PathBuf>,
    /// What the cluster's own installer wrote, such as `/etc/rancher/k3s/k3s.yaml`.
    pub system: PathBuf,
    /// Who ran sudo, and that person's home: offered, never taken unasked.
    pub sudo: Option<(Text, PathBuf)>,
}

/// A kubeconfig that was read: one file, or several merged.
#[derive(Clone)]
pub struct Kubeconfig {
    files: Vec<(PathBuf, Parsed)>,
    merged: Parsed,
}

impl Kubeconfig {
    /// The names of its contexts, in the order of the file.
    pub fn contexts(&self) -> impl Iterator<Item = &str> {
        self.merged.contexts.iter().map(|context| context.name.as_str())
    }

    /// The context that the file says is current.
    pub fn current(&self) -> Option<&str> {
        self.merged.current_context.as_deref().filter(|name| !name.is_empty())
    }

    /// The files it was read from.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.files.iter().map(|(path, _)| path.clone()).collect()
    }

    /// What a context signs in with. Its values are secrets, but for the certificate.
    pub fn login(&self, context: &str) -> Login {
        let named = self.merged.contexts.iter().find(|known| known.name == context);
        let user = named.and_then(|named| named.context.as_ref()?.user.clone()).unwrap_or_default();
        let info = self.merged.auth_infos.iter().find(|known| known.name == user);
        let Some(info) = info.and_then(|named| named.auth_info.as_ref()) else { return Login::default() };
        // Their own type shows itself to nobody but the serializer.
        let written = serde_json::to_value(info).unwrap_or_default();
        let secret = |key: &str| written.get(key).and_then(Value::as_str).map(str::to_owned);
        let mut secrets: Vec<Zeroizing<String>> = ["token", "password", "client-key-data"]
            .into_iter()
            .filter_map(secret)
            .map(Zeroizing::new)
            .collect();
        for path in [&info.token_file, &info.client_key].into_iter().flatten() {
            let text = read_text(Path::new(path)).ok().flatten();
            secrets.extend(text.map(|text| Zeroizing::new(text.trim().to_owned())));
        }
        let file = info.client_certificate.as_deref().map(Path::new);
        let certificate = match (&info.client_certificate_data, file) {
            (Some(data), _) => Some(Certified::Encoded(data.clone())),
            (None, Some(path)) => read_text(path).ok().flatten().map(Certified::Pem),
            (None, None) => None,
        };
        Login { certificate, secrets }
    }

    pub(super) fn merged(&self) -> &Parsed {
        &self.merged
    }

    /// The file that defines a user; of several, kubectl takes the first.
    pub(super) fn file_of_user(&self, user: &str) -> Option<&Path> {
        self.file(|parsed| parsed.auth_infos.iter().any(|info| info.name == user))
    }

    /// The file that defines a cluster.
    pub(super) fn file_of_cluster(&self, cluster: &str) -> Option<&Path> {
        self.file(|parsed| parsed.clusters.iter().any(|known| known.name == cluster))
    }

    /// The file that a fault about a context should name.
    pub(super) fn path_of_context(&self, context: &str) -> Text {
        let path = self.file(|parsed| parsed.contexts.iter().any(|known| known.name == context));
        shown(path.or(self.files.first().map(|(path, _)| path.as_path())).unwrap_or(Path::new("")))
    }

    fn file(&self, holds: impl Fn(&Parsed) -> bool) -> Option<&Path> {
        self.files.iter().find(|(_, parsed)| holds(parsed)).map(|(path, _)| path.as_path())
    }
}

/// A certificate as a kubeconfig holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certified {
    /// PEM in base64.
    Encoded(String),
    /// PEM.
    Pem(String),
}

/// What a context signs in with.
#[derive(Default)]
pub struct Login {
    /// The client certificate.
    pub certificate: Option<Certified>,
    /// Tokens, passwords and keys.
    pub secrets: Vec<Zeroizing<String>>,
}

/// Finds and reads the kubeconfig.
pub fn find(place: &Where) -> Result<Kubeconfig, Fault> {
    if let Some(path) = &place.explicit {
        return match read(path)? {
            Some(parsed) => merge(vec![(path.clone(), parsed)]),
            None => Err(bad(path, "there is no such file")),
        };
    }
    if let Some(list) = place.env.as_deref().filter(|list| !list.is_empty()) {
        return from_list(list);
    }
    let home = place.home.as_ref().map(|home| home.join(".kube").join("config"));
    if let Some(path) = &home
        && let Some(parsed) = read(path)?
        && !parsed.contexts.is_empty()
    {
        return merge(vec![(path.clone(), parsed)]);
    }
    if let Some(parsed) = read(&place.system)? {
        return merge(vec![(place.system.clone(), parsed)]);
    }
    let looked = home.iter().chain([&place.system]).map(|path| shown(path)).collect();
    Err(Fault::NoKubeconfig { looked })
}

/// `$KUBECONFIG` names files of which some may be missing; those that are there are merged, the first wins.
fn from_list(list: &OsStr) -> Result<Kubeconfig, Fault> {
    let paths: Vec<PathBuf> =
        std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect();
    let mut files = Vec::new();
    for path in &paths {
        if let Some(parsed) = read(path)? {
            files.push((path.clone(), parsed));
        }
    }
    if files.is_empty() {
        return Err(Fault::NoKubeconfig { looked: paths.iter().map(|path| shown(path)).collect() });
    }
    merge(files)
}

fn merge(files: Vec<(PathBuf, Parsed)>) -> Result<Kubeconfig, Fault> {
    let mut merged = Parsed::default();
    for (path, parsed) in &files {
        merged = merged.merge(parsed.clone()).map_err(|error| bad(path, &super::guard::plainly(&error)))?;
    }
    if merged.contexts.is_empty() {
        let path = files.first().map(|(path, _)| path.clone()).unwrap_or_default();
        return Err(bad(&path, "it holds no context"));
    }
    Ok(Kubeconfig { files, merged })
}

/// Reads one file; `None` if it is not there.
fn read(path: &Path) -> Result<Option<Parsed>, Fault> {
    let Some(text) = read_text(path)? else { return Ok(None) };
    let mut parsed = Parsed::from_yaml(&text).map_err(|error| bad(path, &plainly(&error)))?;
    absolute(&mut parsed, path.parent().unwrap_or(Path::new(".")));
    Ok(Some(parsed))
}

fn read_text(path: &Path) -> Result<Option<String>, Fault> {
    let missing =
        |error: &io::Error| matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if missing(&error) => return Ok(None),
        Err(error) => return Err(unreadable(path, &error)),
    };
    if !metadata.is_file() {
        return Err(bad(path, "it is not a regular file"));
    }
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(FILE_LIMIT + 1).read_to_string(&mut text))
        .map_err(|error| unreadable(path, &error))?;
    if text.len() as u64 > FILE_LIMIT {
        return Err(bad(path, "it is larger than 1 MiB"));
    }
    Ok(Some(text))
}

fn unreadable(path: &Path, error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::PermissionDenied => Fault::KubeconfigLocked { path: shown(path) },
        io::ErrorKind::InvalidData => bad(path, "it is not text"),
        _ => bad(path, &error.to_string()),
    }
}

/// Why the file cannot be read, without a word of what is in it: it may hold tokens and keys.
fn plainly(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::Parse(error) => match error.location() {
            Some(at) => format!("it is not a kubeconfig (line {})", at.line()),
            None => "it is not a kubeconfig".into(),
        },
        other => super::guard::plainly(other),
    }
}

/// Paths in a kubeconfig count from its own folder.
fn absolute(parsed: &mut Parsed, folder: &Path) {
    let absolute = |path: &mut Option<String>| {
        if let Some(path) = path.as_mut().filter(|path| !path.is_empty()) {
            *path = folder.join(&*path).to_string_lossy().into_owned();
        }
    };
    for cluster in parsed.clusters.iter_mut().filter_map(|named| named.cluster.as_mut()) {
        absolute(&mut cluster.certificate_authority);
    }
    for user in parsed.auth_infos.iter_mut().filter_map(|named| named.auth_info.as_mut()) {
        absolute(&mut user.client_certificate);
        absolute(&mut user.client_key);
        absolute(&mut user.token_file);
    }
}

pub(super) fn bad(path: &Path, why: &str) -> Fault {
    Fault::BadKubeconfig { path: shown(path), why: Text::new(why) }
}

pub(super) fn shown(path: &Path) -> Text {
    Text::new(&path.to_string_lossy())
}

#[cfg(test)]
mod tests;
