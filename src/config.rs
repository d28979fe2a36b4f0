//! Profiles: where you sign in, and what is installed on the machine.
//!
//! A profile comes from `--profile-file`, from the person's own `profiles.toml`, or is built in. Flags win over
//! it. Nothing here asks the network; [`load`] is the one that reads files.
//!
//! ```toml
//! [acme]
//! api = "https://api.acme.example"
//! backend = "provisioning"            # the default; or "pychron"
//! install = "release"                 # the default; with pychron, "workstation"
//! expect_account = 17                 # only this account may approve
//! kubeconfig = "acme.kubeconfig"      # beside this file, or a whole path
//! context = "edge"
//! verification_hosts = ["app.acme.example"]   # whose pages approve a sign-in, beside the API's own host;
//!                                     # "*.acme.example" is every host below
//! ca_cert = "acme-ca.pem"             # trusted beside the system's; --ca-cert comes before it
//! ca_sha256 = "9f86…"                 # the CA that must vouch for every server of this profile: SHA-256 of its
//!                                     # public key (as of kubeadm's --discovery-token-ca-cert-hash) or of its certificate
//! plain_http = true                   # only where everybody on the way may read everything
//! engine = "helm"                     # "apply" is the default: object by object, by this program itself
//! objects = "release.yaml"            # with "apply": rendered objects, instead of the release that comes with it
//!
//! [acme.helm]
//! chart = "charts/client"             # beside this file, a whole path, or oci://… or https://…
//! version = "1.9.62"                  # where the chart is an address
//! program = "/usr/local/bin/helm"     # otherwise the first on PATH that only root or you can have put there
//! [acme.helm.values]                  # where the chart takes what the enrollment knows
//! username = "clientId"
//! password = "clientPassword"
//! signing_secret = "podTokenSigningSecret"
//! [acme.helm.set]                     # values that are always the same
//! singleNode = true
//! ```
//!
//! An OpenID provider is named with its client; `api` is the issuer then, byte for byte:
//!
//! ```toml
//! [corp]
//! backend = "oidc"
//! api = "https://login.corp.example/realms/fleet"
//! client_id = "landfall"
//! scopes = ["openid", "profile", "email", "offline_access"]   # the default
//! expect_subject = "8c1f"                                     # only this subject may approve
//! ```
//!
//! A file may also hold one profile without a table; then `name` names it.

mod built_in;
mod file;
mod helm;
mod oidc;
mod resolve;
mod trust;

pub mod private;
pub mod state;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use url::{Host, Url};

use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{HelmChart, OidcClient, ProfileFacts, Trust};

pub use built_in::{SANDBOX, stage};
pub use file::ProfileFile;
pub use resolve::resolve;

/// Which back end a profile speaks to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BackendKind {
    /// The provisioning API.
    #[default]
    Provisioning,
    /// OpenID Connect: it signs in, and says who one is.
    Oidc,
    /// pychronAPI.
    Pychron,
}

impl BackendKind {
    /// Its name, as a file of profiles says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Provisioning => "provisioning",
            Self::Oidc => "oidc",
            Self::Pychron => "pychron",
        }
    }

    /// What goes with it: the one install that its identities are good for.
    pub fn install(self) -> InstallKind {
        match self {
            Self::Provisioning | Self::Oidc => InstallKind::Release,
            Self::Pychron => InstallKind::Workstation,
        }
    }
}

/// What a profile installs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InstallKind {
    /// A Kubernetes release.
    #[default]
    Release,
    /// Keys, registration and settings in a person's home folder.
    Workstation,
}

impl InstallKind {
    /// Its name, as a file of profiles says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Workstation => "workstation",
        }
    }
}

/// A profile, with the flags that override it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name; where only `--api` was given, the host.
    pub name: Text,
    /// Which back end.
    pub backend: BackendKind,
    /// The base address of its API. Whether it is fit to be spoken to is for the HTTP client to say.
    pub api: Url,
    /// As which client, at an OpenID provider.
    pub oidc: Option<OidcClient>,
    /// Whom it trusts on the way there.
    pub trust: Trust,
    /// What is installed.
    pub install: InstallKind,
    /// The chart, where helm installs it.
    pub chart: Option<HelmChart>,
    /// The file of rendered objects that is applied; without chart and file, the release that comes with this program.
    pub objects: Option<PathBuf>,
    /// The account id that must approve.
    pub expect_account: Option<u64>,
    /// Whether everything behind it is simulated; never true of an API that is not on this machine.
    pub sandbox: bool,
    /// Which kubeconfig.
    pub kubeconfig: Option<PathBuf>,
    /// Which context of it.
    pub context: Option<String>,
    /// Another home folder to set up than this user's own.
    pub home: Option<PathBuf>,
}

impl Profile {
    /// What the faces show of it.
    pub fn facts(&self) -> ProfileFacts {
        ProfileFacts {
            name: self.name.clone(),
            host: host(&self.api),
            sandbox: self.sandbox,
            expect_account: self.expect_account,
        }
    }
}

/// What the command line says of the profile. Everything given here wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// `--profile`
    pub profile: Option<String>,
    /// `--api`
    pub api: Option<String>,
    /// `--expect-account`
    pub expect_account: Option<u64>,
    /// `--kubeconfig`
    pub kubeconfig: Option<PathBuf>,
    /// `--context`
    pub context: Option<String>,
    /// `--helm`
    pub helm: Option<PathBuf>,
}

/// The folder of this program's configuration, for example `~/.config/landfall`.
pub fn folder() -> Option<PathBuf> {
    let dirs = directories::ProjectDirs::from("", "", "landfall")?;
    Some(dirs.config_dir().to_path_buf())
}

/// The person's own profiles in that folder.
pub fn profiles_path(folder: &Path) -> PathBuf {
    folder.join("profiles.toml")
}

/// Reads the file that counts (`--profile-file`, which must be there, or else `profiles.toml` in `folder`,
/// which may be missing), and resolves the profile.
pub fn load(wanted: &Wanted, profile_file: Option<&Path>, folder: Option<&Path>) -> Result<Profile, Fault> {
    resolve(wanted, read(profile_file, folder)?.as_ref())
}

/// Whether nothing says which profile is meant: no flag, and not exactly one profile in the person's own file.
pub fn undecided(wanted: &Wanted, profile_file: Option<&Path>, folder: Option<&Path>) -> Result<bool, Fault> {
    if wanted.profile.is_some() || wanted.api.is_some() || profile_file.is_some() {
        return Ok(false);
    }
    let own = read(None, folder)?.as_ref().map(ProfileFile::profiles).transpose()?.unwrap_or_default();
    Ok(own.len() != 1)
}

/// A profile as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The profile, without flags.
    pub profile: Profile,
    /// The file it stands in; none if it is built in.
    pub file: Option<PathBuf>,
}

/// Every profile there is: those of the file that counts, then those that are built in.
pub fn list(profile_file: Option<&Path>, folder: Option<&Path>) -> Result<Vec<Listed>, Fault> {
    let file = read(profile_file, folder)?;
    let own = file.as_ref().map(ProfileFile::profiles).transpose()?.unwrap_or_default();
    let path = file.map(|file| file.path);
    let own = own.into_iter().map(|profile| Listed { profile, file: path.clone() });
    Ok(own.chain(resolve::all_built_in().map(|profile| Listed { profile, file: None })).collect())
}

fn read(profile_file: Option<&Path>, folder: Option<&Path>) -> Result<Option<ProfileFile>, Fault> {
    match (profile_file, folder) {
        (Some(path), _) => ProfileFile::read(path).map(Some),
        (None, Some(folder)) => ProfileFile::read_if_there(&profiles_path(folder)),
        (None, None) => Ok(None),
    }
}

/// Host, and the port if it is not the usual one.
fn host(api: &Url) -> Text {
    let host = api.host_str().unwrap_or_default();
    match api.port() {
        Some(port) => format!("{host}:{port}").into(),
        None => host.into(),
    }
}

/// Whether the address is this machine, by its letters alone.
fn is_loopback(api: &Url) -> bool {
    match api.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn bad(what: impl Into<Text>, why: impl Into<Text>) -> Fault {
    Fault::BadInput { what: what.into(), why: why.into() }
}

#[cfg(test)]
mod tests;
