//! This machine: what the kernel and the file system say. On a thread of its own, because a file system that
//! hangs cannot be given up otherwise.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::{Subject, proxy};
use crate::config;
use crate::doctor::facts::{Cgroup, Disk, Look, Machine, OurFile, Terminal};
use crate::foreign::Text;

/// How long the file systems may take together.
const LIMIT: Duration = Duration::from_secs(3);
/// The most of a kernel file that is read, in bytes.
const LONGEST: u64 = 64 * 1024;
/// The most of a bundle of certificates that is read, in bytes.
const BUNDLE: u64 = 4 * 1024 * 1024;
/// The most of our own files that are looked at.
const FILES: usize = 200;
/// Where a cluster on this machine keeps its images and volumes.
const CLUSTER_FOLDERS: [&str; 3] = ["/var/lib/rancher", "/var/lib/kubelet", "/var/lib/containerd"];
/// Where systems keep the certificates they trust.
const BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
];

/// Looks at the machine.
pub async fn machine(subject: &Subject) -> Look<Machine> {
    proxy::hide(subject);
    let (to, from) = oneshot::channel();
    let subject = subject.clone();
    let thread = std::thread::Builder::new().name("machine".into()).spawn(move || {
        // Nobody listens any more once the limit has passed.
        drop(to.send(look(&subject)));
    });
    if let Err(error) = thread {
        return Look::Failed(Text::from(format!("no thread could be started: {error}")));
    }
    match timeout(LIMIT, from).await {
        Ok(Ok(machine)) => Look::Seen(machine),
        Ok(Err(_)) => Look::Failed(Text::from("looking ended without an answer")),
        Err(_) => {
            Look::Failed(Text::from(format!("a file system did not answer within {} s", LIMIT.as_secs())))
        }
    }
}

fn look(subject: &Subject) -> Machine {
    let around = &subject.surroundings;
    let (files, broken_writes) = our_files(subject);
    Machine {
        host: around.host.clone(),
        time_zone: around.time_zone.clone(),
        disks: disks(subject),
        memory: memory(),
        cpus: std::thread::available_parallelism().map_or(1, |n| n.get() as u64),
        load: load(),
        kernel: small("/proc/sys/kernel/osrelease").map(|text| Text::within(&text, 60)),
        cgroup: cgroup(),
        terminal: Terminal {
            term: around.term.clone(),
            locale: around.locale.clone(),
            tty: around.tty,
            why: around.why,
        },
        files,
        broken_writes,
        user: around.user.clone(),
        uid: rustix::process::geteuid().as_raw(),
        home: around.home.as_deref().and_then(owner),
        sudo_from: around.sudo_from.clone(),
        random: small("/proc/sys/kernel/random/entropy_avail")
            .and_then(|text| text.trim().parse::<u64>().ok())
            .map(|bits| bits >= 128),
        proxies: proxy::variables(subject),
        no_proxy: around.no_proxy.clone(),
        authorities: authorities(around.cert_file.as_deref()),
        temporary: rustix::fs::access(&around.temporary, rustix::fs::Access::WRITE_OK)
            .map_err(|error| Text::from(format!("{}: {error}", around.temporary.display()))),
    }
}

fn small(path: &str) -> Option<String> {
    let mut text = String::new();
    File::open(path).ok()?.take(LONGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

fn owner(home: &Path) -> Option<(Text, u32)> {
    let owner = fs::metadata(home).ok()?.uid();
    Some((shown(home), owner))
}

fn shown(path: &Path) -> Text {
    Text::new(&path.to_string_lossy())
}

/// The file systems of our own files and of a cluster on this machine, each once.
fn disks(subject: &Subject) -> Vec<Disk> {
    let state = subject.state.as_ref().map(|state| state.0.clone());
    let ours = state.iter().chain(&subject.surroundings.config).filter_map(|path| there(path));
    let cluster = CLUSTER_FOLDERS.iter().map(PathBuf::from).filter(|path| path.exists());
    let mut seen = Vec::new();
    let mut disks = Vec::new();
    for path in [PathBuf::from("/")].into_iter().chain(cluster).chain(ours) {
        let Ok(device) = fs::metadata(&path).map(|metadata| metadata.dev()) else { continue };
        let Ok(stat) = rustix::fs::statvfs(&path) else { continue };
        // File systems without a size of their own, such as /proc, say nothing.
        if seen.contains(&device) || stat.f_blocks == 0 {
            continue;
        }
        seen.push(device);
        let ours = path != Path::new("/");
        disks.push(Disk {
            path: shown(&path),
            total: stat.f_blocks * stat.f_frsize,
            free: stat.f_bavail * stat.f_frsize,
            inodes: stat.f_files,
            free_inodes: stat.f_favail,
            // A root that is read-only on purpose is no fault; what must be written to is.
            read_only: ours && stat.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY),
        });
    }
    disks
}

/// The folder, or the nearest one above it that is there.
fn there(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|above| above.exists()).map(Path::to_path_buf)
}

fn memory() -> Option<(u64, u64)> {
    let text = small("/proc/meminfo")?;
    let value = |key: &str| -> Option<u64> {
        let line = text.lines().find_map(|line| line.strip_prefix(key))?;
        Some(line.trim_start_matches(':').split_whitespace().next()?.parse::<u64>().ok()? << 10)
    };
    Some((value("MemTotal")?, value("MemAvailable")?))
}

/// The load over five minutes, in hundredths.
fn load() -> Option<u64> {
    let text = small("/proc/loadavg")?;
    let (whole, part) = text.split_whitespace().nth(1)?.split_once('.')?;
    Some(whole.parse::<u64>().ok()? * 100 + part.get(..2)?.parse::<u64>().ok()?)
}

fn cgroup() -> Cgroup {
    match small("/sys/fs/cgroup/cgroup.controllers") {
        Some(names) => Cgroup::Two(names.split_whitespace().map(|name| Text::within(name, 20)).collect()),
        None if Path::new("/sys/fs/cgroup/memory").exists() => Cgroup::One,
        None => Cgroup::Unknown,
    }
}

/// Our own folders and files, and what broken writes left in them.
fn our_files(subject: &Subject) -> (Vec<OurFile>, Vec<Text>) {
    let (mut files, mut broken) = (Vec::new(), Vec::new());
    let mut add = |path: &Path, private: bool| {
        if let Ok(metadata) = fs::symlink_metadata(path) {
            files.push(OurFile {
                path: shown(path),
                mode: metadata.permissions().mode() & 0o7777,
                owner: metadata.uid(),
                is_link: metadata.is_symlink(),
                private,
            });
        }
    };
    if let Some(state) = &subject.state {
        add(&state.0, true);
        let entries = fs::read_dir(&state.0).into_iter().flatten().flatten().take(FILES);
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with('.') && name.rsplit('.').next() == Some("new") {
                broken.push(shown(&path));
            }
            add(&path, true);
        }
    }
    if let Some(folder) = &subject.surroundings.config {
        // A profile is no secret.
        add(&config::profiles_path(folder), false);
    }
    (files, broken)
}

/// How many certificates the system trusts.
fn authorities(named: Option<&Path>) -> Option<usize> {
    let count = |path: &Path| {
        let mut text = Vec::new();
        File::open(path).ok()?.take(BUNDLE).read_to_end(&mut text).ok()?;
        let mark = b"-----BEGIN CERTIFICATE-----";
        Some(text.windows(mark.len()).filter(|window| *window == mark).count())
    };
    if let Some(named) = named {
        return Some(count(named).unwrap_or(0));
    }
    let bundle = BUNDLES.iter().find_map(|path| count(Path::new(path)).filter(|count| *count > 0));
    let single = || fs::read_dir("/etc/ssl/certs").map_or(0, |entries| entries.flatten().count());
    bundle.or_else(|| Some(single()))
}
