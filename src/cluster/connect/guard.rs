//! What a kubeconfig asks of us: what it may not, and what only a person may agree to.

use std::path::{Component, Path, PathBuf};

use kube::config::{Cluster, KubeconfigError};
use url::Url;

use super::kubeconfig::{FILE_LIMIT, Kubeconfig, bad};
use super::{is_loopback, plugin};
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::Demand;

/// What a context comes to.
pub(super) struct Checked {
    /// The server's address.
    pub(super) server: Url,
    /// What it asks for beyond a connection.
    pub(super) demands: Vec<Demand>,
    /// Its user, by name.
    pub(super) user: Option<String>,
    /// The files that it names, and what for.
    files: Vec<(&'static str, String)>,
    /// The file that a fault should name.
    path: PathBuf,
}

/// Tells what the context would make us do, and refuses what it may not. Nothing it names is touched.
pub(super) fn check(kubeconfig: &Kubeconfig, context: &str) -> Result<Checked, Fault> {
    let merged = kubeconfig.merged();
    let path = PathBuf::from(kubeconfig.path_of_context(context).as_str());
    let named = merged.contexts.iter().find(|known| known.name == context);
    let Some(chosen) = named.and_then(|named| named.context.as_ref()) else {
        return Err(bad(&path, "it does not hold that context"));
    };
    let cluster = merged.clusters.iter().find(|known| known.name == chosen.cluster);
    let Some(cluster) = cluster.and_then(|named| named.cluster.as_ref()) else {
        return Err(bad(&path, "the context names a cluster that is not in it"));
    };
    let server = server(cluster).map_err(|why| bad(&path, why))?;
    let mut demands = Vec::new();
    // The machine's credential goes over this connection.
    if server.scheme() == "http" && !is_loopback(&server) {
        return Err(bad(&path, "it would send the machine's credential without encryption (http)"));
    }
    if cluster.insecure_skip_tls_verify == Some(true) && !is_loopback(&server) {
        demands.push(Demand::Unverified(super::address(&server)));
    }
    let mut files = named_files([("certificate authority", &cluster.certificate_authority)]);
    demands.extend(outside(&files, kubeconfig.file_of_cluster(&chosen.cluster).unwrap_or(&path)));
    let user = chosen.user.as_deref().filter(|name| !name.is_empty());
    let info = user.and_then(|name| merged.auth_infos.iter().find(|known| known.name == name));
    if let (Some(name), Some(info)) = (user, info.and_then(|named| named.auth_info.as_ref())) {
        let file = kubeconfig.file_of_user(name).unwrap_or(&path);
        if info.auth_provider.is_some() {
            return Err(bad(
                file,
                "it signs in through an auth-provider, which landfall does not do; use a kubeconfig with a \
                 certificate or a token",
            ));
        }
        if let Some(exec) = &info.exec {
            demands.push(Demand::Runs(plugin::command_line(exec, file).map_err(|why| bad(file, why))?));
        }
        let theirs = named_files([
            ("token", &info.token_file),
            ("client certificate", &info.client_certificate),
            ("client key", &info.client_key),
        ]);
        demands.extend(outside(&theirs, file));
        files.extend(theirs);
    }
    Ok(Checked { server, demands, user: user.map(str::to_owned), files, path })
}

impl Checked {
    /// Whether the files that it names can be read; only to be asked after what it demands was agreed to.
    pub(super) fn check_files(&self) -> Result<(), Fault> {
        self.files.iter().try_for_each(|(what, path)| modest(path, what).map_err(|why| bad(&self.path, &why)))
    }
}

fn named_files<const N: usize>(of: [(&'static str, &Option<String>); N]) -> Vec<(&'static str, String)> {
    let named = of.into_iter().filter_map(|(what, path)| Some((what, path.clone()?)));
    named.filter(|(_, path)| !path.is_empty()).collect()
}

/// The files that do not lie in the kubeconfig's own folder. What they hold would be sent to the server: only a
/// neighbour of the kubeconfig is meant for it without a word.
fn outside(files: &[(&'static str, String)], kubeconfig: &Path) -> Vec<Demand> {
    let far = files.iter().filter(|(_, path)| !beside(Path::new(path), kubeconfig));
    far.map(|(what, path)| Demand::Reads { what: (*what).into(), path: Text::new(path) }).collect()
}

fn server(cluster: &Cluster) -> Result<Url, &'static str> {
    let raw = cluster.server.as_deref().unwrap_or_default();
    let server = Url::parse(raw).map_err(|_| "the cluster's address is not a web address")?;
    if !matches!(server.scheme(), "http" | "https") || server.host_str().is_none() {
        return Err("the cluster's address is neither http nor https");
    }
    if !server.username().is_empty() || server.password().is_some() {
        return Err("the cluster's address carries a login");
    }
    Ok(server)
}

/// Whether `path` lies in the folder of `file`. What does not by its letters alone is not even looked at; of
/// what does, links are followed.
fn beside(path: &Path, file: &Path) -> bool {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let climbs = path.components().any(|part| part == Component::ParentDir);
    if climbs || !path.starts_with(folder) {
        return false;
    }
    match (path.canonicalize(), folder.canonicalize()) {
        (Ok(path), Ok(folder)) => path.starts_with(folder),
        // It is not there: nothing can be sent.
        _ => true,
    }
}

/// A file that the kubeconfig names is read whole by kube: it must be a plain file of a sane size.
fn modest(path: &str, what: &str) -> Result<(), String> {
    match Path::new(path).metadata() {
        Err(error) => Err(format!("its {what} file cannot be read: {}", error.kind())),
        Ok(metadata) if !metadata.is_file() => Err(format!("its {what} file is not a regular file")),
        Ok(metadata) if metadata.len() > FILE_LIMIT => Err(format!("its {what} file is larger than 1 MiB")),
        Ok(_) => Ok(()),
    }
}

/// kube's reasons in our words, without anything out of the file: it may hold tokens and keys.
pub(super) fn plainly(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::LoadCertificateAuthority(_) | KubeconfigError::ParseCertificates(_) => {
            "its certificate authority is not a certificate".into()
        }
        KubeconfigError::LoadClientCertificate(_) => "its client certificate cannot be read".into(),
        KubeconfigError::LoadClientKey(_) => "its client key cannot be read".into(),
        KubeconfigError::ParseProxyUrl(_) => "its proxy, or the one in HTTPS_PROXY, is not an address".into(),
        KubeconfigError::ParseNoProxy(_) => "NO_PROXY cannot be understood".into(),
        KubeconfigError::KindMismatch | KubeconfigError::ApiVersionMismatch => {
            "it is of another kind than the files before it".into()
        }
        _ => "it is not complete".into(),
    }
}
