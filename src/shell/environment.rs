//! The process environment and this machine's own words, read once.
#![expect(clippy::disallowed_methods, reason = "this is where the environment is read")]

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal, Read};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use super::capabilities::{Glyphs, Signs};
use super::opener::Opener;
use crate::foreign::Text;
use crate::install::release::Surroundings;
use crate::location::{self, Guess};

/// Where every cloud's metadata service answers: a link-local address (RFC 3927), never routed.
const METADATA: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)), 80);

/// What the environment says, as it came.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `$HOME`.
    pub home: Option<PathBuf>,
    /// `$KUBECONFIG`.
    pub kubeconfig: Option<OsString>,
    /// `$TERM`.
    pub term: String,
    /// The locale by `LC_ALL`, `LC_CTYPE`, `LANG`, the first that is set.
    pub locale: String,
    /// Whether `NO_COLOR` is set to something.
    pub no_color: bool,
    /// Whether `ACCESSIBLE` or `CI` is set to something.
    pub lines: bool,
    /// This machine's name.
    pub host: Text,
    /// Who runs this program.
    pub user: Text,
    /// Where the SSH session comes from.
    pub ssh_from: Option<Text>,
    /// `$TZ`.
    pub tz: Option<String>,
    /// Who ran sudo, and that person's home, where this is not it.
    pub sudo: Option<(Text, PathBuf)>,
    /// `$PATH`.
    pub path: Vec<PathBuf>,
    /// This machine's id, empty where it has none: never shown, sent or written.
    pub machine_id: String,
    /// The proxy variables that are set.
    pub proxies: Vec<(&'static str, OsString)>,
    /// What a browser needs, where somebody sits before the display of this machine.
    pub desktop: Option<Vec<(OsString, OsString)>>,
    /// `$SSL_CERT_FILE`.
    pub cert_file: Option<PathBuf>,
    /// A file with an issued token: `$LANDFALL_TOKEN_FILE`.
    pub token_file: Option<PathBuf>,
    /// Another address of the metadata service, for tests: `$LANDFALL_METADATA`, on loopback only.
    pub metadata: Option<SocketAddr>,
}

/// What programs that fetch something look at.
const PROXIES: [&str; 8] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
];

/// What of the environment a browser is opened with.
const BROWSER: [&str; 19] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "BROWSER",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
    "XDG_CURRENT_DESKTOP",
    "XDG_SESSION_TYPE",
    "XDG_CONFIG_HOME",
    "XDG_CONFIG_DIRS",
    "XDG_DATA_HOME",
    "XDG_DATA_DIRS",
    "DBUS_SESSION_BUS_ADDRESS",
    "DESKTOP_SESSION",
];

impl Environment {
    /// Reads it.
    pub fn read() -> Self {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let text = |name: &str| set(name).map(|value| value.to_string_lossy().into_owned());
        let host =
            fs_text(Path::new("/proc/sys/kernel/hostname")).or_else(|| text("HOSTNAME")).unwrap_or_default();
        let home = set("HOME").map(PathBuf::from);
        let sudo = text("SUDO_USER").and_then(|user| {
            let home_of = home_of(&user)?;
            (home.as_deref() != Some(home_of.as_path())).then(|| (Text::within(&user, 32), home_of))
        });
        let any = |names: &[&str]| names.iter().any(|name| set(name).is_some());
        let display = any(&["DISPLAY", "WAYLAND_DISPLAY"]);
        let remote = any(&["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"]);
        let root = rustix::process::geteuid().is_root();
        Self {
            sudo,
            home,
            kubeconfig: set("KUBECONFIG"),
            term: text("TERM").unwrap_or_default(),
            locale: ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(text).unwrap_or_default(),
            no_color: set("NO_COLOR").is_some(),
            lines: set("ACCESSIBLE").is_some() || set("CI").is_some(),
            host: Text::within(&host, 64),
            user: Text::within(&text("USER").or_else(|| text("LOGNAME")).unwrap_or_else(by_number), 32),
            ssh_from: text("SSH_CLIENT")
                .and_then(|value| value.split(' ').next().map(|from| Text::within(from, 45))),
            machine_id: fs_text(Path::new("/etc/machine-id")).unwrap_or_default(),
            tz: text("TZ"),
            path: set("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default(),
            proxies: PROXIES.into_iter().filter_map(|name| Some((name, set(name)?))).collect(),
            desktop: (display && !remote && !root)
                .then(|| BROWSER.into_iter().filter_map(|name| Some((name.into(), set(name)?))).collect()),
            cert_file: set("SSL_CERT_FILE").map(PathBuf::from),
            token_file: set("LANDFALL_TOKEN_FILE").map(PathBuf::from),
            metadata: text("LANDFALL_METADATA")
                .and_then(|at| at.parse().ok())
                .filter(|at: &SocketAddr| at.ip().is_loopback()),
        }
    }

    /// What the way to show things is told by, with what the flags say.
    pub fn signs(&self, plain: bool, json: bool, glyphs: Option<Glyphs>) -> Signs<'_> {
        Signs {
            stdin_tty: io::stdin().is_terminal(),
            stdout_tty: io::stdout().is_terminal(),
            term: &self.term,
            locale: &self.locale,
            no_color: self.no_color,
            lines: self.lines,
            plain,
            json,
            glyphs,
        }
    }

    /// What a child process may know.
    pub fn for_children(&self) -> Surroundings {
        Surroundings {
            path: self.path.clone(),
            home: self.home.clone(),
            certificates: self.cert_file.clone(),
            proxies: self.proxies.clone(),
        }
    }

    /// The same as variables, for a program that signs in for a kubeconfig: enough to be found, to find its own
    /// files, and to reach its server.
    pub fn for_programs(&self) -> Vec<(OsString, OsString)> {
        // Without one, a shell has a path of its own; with an empty one it has none.
        let path = env::join_paths(&self.path).ok().filter(|path| !path.is_empty());
        let path = path.map(|path| ("PATH".into(), path));
        let home = self.home.clone().map(|home| ("HOME".into(), home.into_os_string()));
        let proxies = self.proxies.iter().map(|(name, value)| ((*name).into(), value.clone()));
        path.into_iter().chain(home).chain(proxies).collect()
    }

    /// What opens a browser here, where somebody would see it.
    pub fn opener(&self) -> Option<Opener> {
        Opener::find(&self.path, self.desktop.as_deref())
    }

    /// Who runs this program, and from where.
    pub fn person(&self) -> Text {
        Text::new(&match &self.ssh_from {
            Some(from) => format!("{} on {}, from {from}", self.user, self.host),
            None => format!("{} on {}", self.user, self.host),
        })
    }

    /// The name of this machine's time zone.
    pub fn time_zone(&self) -> Option<Text> {
        let link = fs::read_link("/etc/localtime").ok();
        let link = link.as_deref().and_then(Path::to_str).and_then(|link| link.split_once("zoneinfo/"));
        let named = self.tz.as_deref().map(|tz| tz.trim_start_matches(':').to_owned());
        let etc = || fs_text(Path::new("/etc/timezone"));
        named
            .or_else(|| link.map(|(_, name)| name.to_owned()))
            .or_else(etc)
            .map(|name| Text::within(&name, 60))
    }

    /// Where a cloud's metadata service answers.
    pub fn metadata(&self) -> SocketAddr {
        self.metadata.unwrap_or(METADATA)
    }

    /// Where this machine may stand, by its time zone.
    pub fn guess(&self) -> Option<Guess> {
        let link = fs::read_link("/etc/localtime").ok();
        let etc = fs_text(Path::new("/etc/timezone"));
        let tab = fs_text(Path::new("/usr/share/zoneinfo/zone.tab"));
        location::guess(self.tz.as_deref(), link.as_deref(), etc.as_deref(), tab.as_deref())
    }
}

/// The home folder of a person of this machine (passwd(5)).
fn home_of(user: &str) -> Option<PathBuf> {
    let passwd = fs_text(Path::new("/etc/passwd"))?;
    let line = passwd.lines().find(|line| line.split(':').next() == Some(user))?;
    let home = line.split(':').nth(5).filter(|home| home.starts_with('/'))?;
    Some(PathBuf::from(home))
}

/// Who runs this program where no variable says it, as in a bare service or container.
fn by_number() -> String {
    let user = rustix::process::geteuid();
    if user.is_root() { "root".to_owned() } else { format!("user {}", user.as_raw()) }
}

/// A small text file, or nothing.
fn fs_text(path: &Path) -> Option<String> {
    let mut text = String::new();
    fs::File::open(path).ok()?.take(200_000).read_to_string(&mut text).ok()?;
    let trimmed = text.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}
