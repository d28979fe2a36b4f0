//! A workstation as an installation: an SSH key pair, the registration, a known host, one block of the SSH
//! client's configuration, the token in the keyring, and preferences; all of them where pychron looks.
//!
//! The order is what makes it safe: the token is there once, so it goes to its sink before anything else; the
//! new key takes the place of the old one only when the control plane has registered it; and every file is
//! whole on the disk before it gets its name.

mod facts;
mod fit;
mod forget;
mod hosts;
mod key;
mod preferences;
mod ssh;
mod survey;
mod token;
mod view;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::config::private::Private;
use crate::error::{Fault, SetUp};
use crate::foreign::Text;
use crate::install::{Fitting, Kept, Report};
use crate::model::{
    Findings, Fitted, Forgotten, Issued, Owner, Probe, Reach, Reply, Resting, Standing, slug,
};
use crate::secret::{Audience, Vault};

pub use fit::Boundary;
use key::Pair;
pub use token::Rest;

/// The longest file of ours or of the person's that is read, in bytes.
const LONGEST: usize = 1024 * 1024;
/// The file of the registration.
const REGISTRATION: &str = "registration.json";
/// The file of known hosts that the alias alone uses.
const KNOWN_HOSTS: &str = "known_hosts";
/// The file of preferences.
const PREFERENCES: &str = "preferences.ini";
/// What pychron remembers of the project opened last.
const LAST: &str = "last_repo.json";

/// The set-up of the machine this program runs on.
pub struct Workstation {
    /// The home folder; none if this user has none.
    home: Option<PathBuf>,
    /// This machine's name.
    host: Text,
    /// The base address that was given.
    api: Text,
    /// The API origin: the audience of the token.
    origin: String,
    /// Where the token rests.
    rest: Rest,
    /// Whether a face of this run can reveal a token that found no place.
    reveals: bool,
    vault: Vault,
    /// The new pair, until it is swapped in.
    pair: Mutex<Option<Pair>>,
    /// Hears of every boundary that was crossed.
    watch: Option<fn(Boundary)>,
}

impl Workstation {
    /// `api` is the base address that was given, and `origin` its origin.
    pub fn new(
        home: Option<PathBuf>,
        host: Text,
        api: Text,
        origin: impl Into<String>,
        rest: Rest,
        vault: Vault,
    ) -> Self {
        let origin = origin.into();
        Self { home, host, api, origin, rest, reveals: false, vault, pair: Mutex::default(), watch: None }
    }

    /// Says that a token without a place can be revealed to the person.
    #[must_use]
    pub fn revealing(mut self, reveals: bool) -> Self {
        self.reveals = reveals;
        self
    }

    /// Tells of every boundary as soon as it is crossed.
    #[must_use]
    pub fn watched(mut self, watch: fn(Boundary)) -> Self {
        self.watch = Some(watch);
        self
    }

    fn crossed(&self, boundary: Boundary) {
        if let Some(watch) = self.watch {
            watch(boundary);
        }
    }

    fn home(&self) -> Result<&Path, Fault> {
        let none = || Fault::BadInput { what: "This user".into(), why: "has no home folder".into() };
        self.home.as_deref().filter(|home| home.is_absolute()).ok_or_else(none)
    }

    fn root(&self) -> Result<PathBuf, Fault> {
        Ok(self.home()?.join(".pychron"))
    }

    /// The name of the private key's file.
    fn key_name(&self) -> String {
        format!("pychron_{}", slug(&self.host))
    }

    fn audience(&self) -> Audience {
        Audience::session(self.origin.clone())
    }

    /// Makes a pair, and hands out the line to be registered. The one made before is gone.
    fn make_key(&self) -> Text {
        let pair = Pair::new(format!("pychron-{}", slug(&self.host)));
        let line = Text::within(&pair.public_line(), 400);
        *self.pair.lock().unwrap_or_else(PoisonError::into_inner) = Some(pair);
        line
    }
}

impl Fitting for Workstation {
    fn survey(&self) -> Reply<'_, Result<Findings, Fault>> {
        Box::pin(self.look())
    }

    fn new_key(&self) -> Reply<'_, Result<Text, Fault>> {
        Box::pin(async { Ok(self.make_key()) })
    }

    fn fit<'a>(&'a self, issued: &'a Issued, report: &'a Report) -> Reply<'a, Fitted> {
        Box::pin(self.set_up(issued, report))
    }

    fn rescue<'a>(&'a self, issued: &'a Issued) -> Reply<'a, Resting> {
        let owner = issued.parts.as_ref().ok().map(|parts| &parts.owner);
        Box::pin(async move { self.save(issued.token, owner) })
    }

    fn settle<'a>(&'a self, owner: &'a Owner, api: &'a str) -> Reply<'a, Result<(), Fault>> {
        Box::pin(async move {
            let root = make(&self.root()?)?;
            preferences::write(root, api, owner).map_err(|why| failed("The preferences", why))
        })
    }

    fn token(&self) -> Reply<'_, Result<Option<Kept>, Fault>> {
        Box::pin(self.kept())
    }

    fn standing(&self, probe: Probe) -> Reply<'_, Standing> {
        Box::pin(self.stand(probe))
    }

    fn remove(&self, reach: Reach) -> Reply<'_, Result<Forgotten, Fault>> {
        Box::pin(self.forget(reach))
    }
}

/// A folder of ours, made if it is not there.
fn make(path: &Path) -> Result<Private, Fault> {
    Private::make(path).map_err(|why| failed(&format!("The folder {}", path.display()), why))
}

fn failed(part: &str, why: Text) -> Fault {
    Fault::SetUp(SetUp::SetUpFailed { part: part.into(), why })
}

#[cfg(test)]
mod tests;
