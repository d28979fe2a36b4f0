//! The CAs that this machine trusts, and which of them somebody added. Read once a process: a handshake waits for
//! no file.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio::sync::OnceCell;

use super::Anchors;

/// Where administrators put CA certificates of their own: Debian and Alpine, Fedora, SUSE, Arch.
const ADDED: [&str; 4] = [
    "/usr/local/share/ca-certificates",
    "/etc/pki/ca-trust/source/anchors",
    "/etc/pki/trust/anchors",
    "/etc/ca-certificates/trust-source/anchors",
];
/// The CA certificates that a system comes with, the added ones among them.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
/// How many folders below one of those are looked into.
const DEPTH: u8 = 3;

/// The CAs of the system.
#[derive(Debug, Default)]
pub struct System {
    /// All that it trusts.
    pub(super) anchors: Anchors,
    /// Those of them that did not come with it.
    added: HashSet<Vec<u8>>,
}

impl System {
    /// As they are on this machine. The first to ask has them read, beside the threads that must not wait.
    pub async fn of_this_machine() -> &'static Self {
        static SYSTEM: OnceCell<System> = OnceCell::const_new();
        #[expect(clippy::disallowed_methods, reason = "a few small files, once: it ends by itself")]
        let read = || async { tokio::task::spawn_blocking(Self::read).await.unwrap_or_default() };
        SYSTEM.get_or_init(read).await
    }

    /// Whether somebody added that CA to what this system comes with.
    pub(super) fn was_added(&self, root: &CertificateDer<'_>) -> bool {
        self.added.contains(root.as_ref())
    }

    fn read() -> Self {
        let trusted = rustls_native_certs::load_native_certs().certs;
        Self::of(trusted, &ADDED.map(Path::new), &BUNDLES.map(Path::new))
    }

    /// By where they lie, and by not being in the first bundle that holds any.
    fn of(trusted: Vec<CertificateDer<'static>>, folders: &[&Path], bundles: &[&Path]) -> Self {
        let mut put_there = HashSet::new();
        for folder in folders {
            lying_in(folder, DEPTH, &mut put_there);
        }
        // Another place than the system's own is trusted where the environment says so.
        let bundle = bundles.iter().map(|path| certificates(path)).find(|found| !found.is_empty());
        let came_with_it = |der: &[u8]| bundle.as_ref().is_none_or(|bundle| bundle.contains(der));
        let added = trusted
            .iter()
            .map(AsRef::as_ref)
            .filter(|der| put_there.contains(*der) || !came_with_it(der))
            .map(<[u8]>::to_vec)
            .collect();
        Self { anchors: Anchors::of(trusted), added }
    }
}

fn lying_in(folder: &Path, deep: u8, found: &mut HashSet<Vec<u8>>) {
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if !path.is_dir() {
            found.extend(certificates(&path));
        } else if deep > 0 {
            lying_in(&path, deep - 1, found);
        }
    }
}

/// The certificates of a file, in PEM or DER.
fn certificates(path: &Path) -> HashSet<Vec<u8>> {
    let Ok(bytes) = fs::read(path) else { return HashSet::new() };
    let found: HashSet<Vec<u8>> =
        CertificateDer::pem_slice_iter(&bytes).flatten().map(|der| der.to_vec()).collect();
    if found.is_empty() && !bytes.is_empty() { HashSet::from([bytes]) } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &[u8] = include_bytes!("../../../tests/wire/fixtures/tls/ca.pem");
    const OTHER: &[u8] = include_bytes!("../../../tests/wire/fixtures/tls/good.pem");

    fn der(pem: &[u8]) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(pem).unwrap()
    }

    #[test]
    fn what_lies_with_the_administrator_or_not_in_the_bundle_was_added() {
        let home = tempfile::tempdir().unwrap();
        let (folder, bundle) = (home.path().join("added"), home.path().join("bundle.pem"));
        fs::create_dir_all(folder.join("acme/own")).unwrap();
        let none = home.path().join("none.pem");
        let added = |pem| {
            let bundles = [none.as_path(), bundle.as_path()];
            System::of(vec![der(OWN), der(OTHER)], &[folder.as_path()], &bundles).was_added(&der(pem))
        };
        // Without a bundle nothing is known of what it comes with.
        assert_eq!((added(OWN), added(OTHER)), (false, false));
        fs::write(&bundle, OTHER).unwrap();
        assert_eq!((added(OWN), added(OTHER)), (true, false));
        fs::write(&bundle, [OWN, OTHER].concat()).unwrap();
        assert_eq!((added(OWN), added(OTHER)), (false, false));
        fs::write(folder.join("acme/own/ca.der"), der(OWN)).unwrap();
        assert_eq!((added(OWN), added(OTHER)), (true, false));
    }

    #[tokio::test]
    async fn it_is_read_once() {
        assert!(std::ptr::eq(System::of_this_machine().await, System::of_this_machine().await));
    }
}
