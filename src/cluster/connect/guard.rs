//! What a kubeconfig may not ask of us.

use std::path::{Path, PathBuf};

use kube::config::{AuthInfo, Cluster, KubeconfigError};
use url::Url;

use super::is_loopback;
use super::kubeconfig::{FILE_LIMIT, Kubeconfig, bad};
use crate::error::Fault;

/// Checks what the context would make us do; returns the server's address.
pub(super) fn check(kubeconfig: &Kubeconfig, context: &str) -> Result<Url, Fault> {
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
    check_cluster(cluster, &server).map_err(|why| bad(&path, &why))?;
    if let Some(name) = &chosen.user {
        let user = merged.auth_infos.iter().find(|known| known.name == *name);
        let file = kubeconfig.file_of_user(name).unwrap_or(&path);
        if let Some(user) = user.and_then(|named| named.auth_info.as_ref()) {
            check_user(user, file).map_err(|why| bad(file, &why))?;
        }
    }
    Ok(server)
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

fn check_cluster(cluster: &Cluster, server: &Url) -> Result<(), String> {
    // The machine's credential goes over this connection.
    if server.scheme() == "http" && !is_loopback(server) {
        return Err("it would send the machine's credential without encryption (http)".into());
    }
    if cluster.insecure_skip_tls_verify == Some(true) && !is_loopback(server) {
        return Err("it would send the machine's credential to a server that nobody has verified \
                    (insecure-skip-tls-verify)"
            .into());
    }
    modest(cluster.certificate_authority.as_deref(), "certificate authority")
}

fn check_user(user: &AuthInfo, file: &Path) -> Result<(), String> {
    if user.exec.is_some() {
        return Err("it signs in by running a program (exec plugin), which landfall does not do; \
                    use a kubeconfig with a certificate or a token"
            .into());
    }
    if user.auth_provider.is_some() {
        return Err("it signs in through an auth-provider, which landfall does not do; \
                    use a kubeconfig with a certificate or a token"
            .into());
    }
    if let Some(token_file) = user.token_file.as_deref().filter(|path| !path.is_empty()) {
        // What that file holds would be sent to the server: only a neighbour of the kubeconfig is meant for it.
        if !beside(Path::new(token_file), file) {
            return Err("its tokenFile lies outside its own folder".into());
        }
    }
    modest(user.token_file.as_deref(), "token")?;
    modest(user.client_certificate.as_deref(), "client certificate")?;
    modest(user.client_key.as_deref(), "client key")
}

/// Whether `path` lies in the folder of `file`, links and dots resolved.
fn beside(path: &Path, file: &Path) -> bool {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (path.canonicalize(), folder.canonicalize()) {
        (Ok(path), Ok(folder)) => path.starts_with(folder),
        _ => false,
    }
}

/// A file that the kubeconfig names is read whole by kube: it must be a plain file of a sane size.
fn modest(path: Option<&str>, what: &str) -> Result<(), String> {
    let Some(path) = path.filter(|path| !path.is_empty()) else { return Ok(()) };
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
