//! The process environment and this machine's own words, read once.
#![expect(clippy::disallowed_methods, reason = "this is where the environment is read")]

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::foreign::Text;
use crate::location::{self, Guess};

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
    /// `$SUDO_USER`.
    pub sudo_from: Option<Text>,
    /// Proxy variables as they came: a value may hold a password.
    pub proxies: Proxies,
    /// `$NO_PROXY`, or `$no_proxy`.
    pub no_proxy: Vec<Text>,
    /// `$SSL_CERT_FILE`.
    pub cert_file: Option<PathBuf>,
}

/// Proxy variables, which show themselves to nobody.
#[derive(Clone, Default)]
pub struct Proxies(pub Vec<(&'static str, Zeroizing<String>)>);

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// The variables that name a proxy.
const PROXIES: [&str; 6] =
    ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];

impl Environment {
    /// Reads it.
    pub fn read() -> Self {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let text = |name: &str| set(name).map(|value| value.to_string_lossy().into_owned());
        let host =
            fs_text(Path::new("/proc/sys/kernel/hostname")).or_else(|| text("HOSTNAME")).unwrap_or_default();
        Self {
            home: set("HOME").map(PathBuf::from),
            kubeconfig: set("KUBECONFIG"),
            term: text("TERM").unwrap_or_default(),
            locale: ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(text).unwrap_or_default(),
            no_color: set("NO_COLOR").is_some(),
            lines: set("ACCESSIBLE").is_some() || set("CI").is_some(),
            host: Text::within(&host, 64),
            user: Text::within(&text("USER").or_else(|| text("LOGNAME")).unwrap_or_else(by_number), 32),
            ssh_from: text("SSH_CLIENT")
                .and_then(|value| value.split(' ').next().map(|from| Text::within(from, 45))),
            tz: text("TZ"),
            sudo_from: text("SUDO_USER").map(|user| Text::within(&user, 32)),
            proxies: Proxies(
                PROXIES.into_iter().filter_map(|name| Some((name, Zeroizing::new(text(name)?)))).collect(),
            ),
            no_proxy: text("NO_PROXY")
                .or_else(|| text("no_proxy"))
                .map(|list| list.split(',').take(100).map(|name| Text::within(name, 120)).collect())
                .unwrap_or_default(),
            cert_file: set("SSL_CERT_FILE").map(PathBuf::from),
        }
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

    /// Where this machine may stand, by its time zone.
    pub fn guess(&self) -> Option<Guess> {
        let link = fs::read_link("/etc/localtime").ok();
        let etc = fs_text(Path::new("/etc/timezone"));
        let tab = fs_text(Path::new("/usr/share/zoneinfo/zone.tab"));
        location::guess(self.tz.as_deref(), link.as_deref(), etc.as_deref(), tab.as_deref())
    }
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
