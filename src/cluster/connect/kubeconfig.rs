//! Finding and reading kubeconfig files.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use kube::config::{Kubeconfig as Parsed, KubeconfigError};

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
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.files.iter().map(|(path, _)| path.clone()).collect()
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
