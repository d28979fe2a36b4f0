//! Where the token rests: in the keyring, where pychron's own Python finds it, or in a file where a person
//! chose that.

use std::path::Path;

use zeroize::Zeroizing;

use super::survey::read;
use super::{PREFERENCES, Workstation, preferences};
use crate::config::private::Private;
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::Kept;
use crate::model::{Owner, Resting, slug};
use crate::secret::{Secret, SecretRef};
use crate::store::item;

/// The service under which pychron keeps its tokens; the user name is the lab.
const SERVICE: &str = "pychron.cloud";
/// The longest token that is read, in bytes.
const LONGEST: usize = 16 * 1024;

/// Where a token is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// The desktop's keyring.
    Keyring,
    /// A file that only this user can read; pychron itself does not look there.
    File,
}

impl Rest {
    /// What it is called in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Keyring => "the keyring (service pychron.cloud)",
            Self::File => "a file that only you can read",
        }
    }
}

/// A token that was found.
pub struct Found {
    /// The token.
    pub secret: Zeroizing<String>,
    /// The file that took it when its sink did not; none if it is in its sink.
    pub rescued: Option<Text>,
}

impl Rest {
    /// Where the tokens of this home rest by what lies there: in files, if one does. Else in the keyring.
    pub fn of(home: Option<&Path>) -> Self {
        let files = home.and_then(|home| std::fs::read_dir(folder(&home.join(".pychron"))).ok());
        let token = |name: &str| !name.starts_with(RESCUED) && !name.starts_with('.');
        let any =
            files.into_iter().flatten().flatten().any(|file| file.file_name().to_str().is_some_and(token));
        if any { Self::File } else { Self::Keyring }
    }
}

/// What the name of a file begins with that took a token when its sink did not.
const RESCUED: &str = "recovered-";

/// The folder of tokens that rest in files.
fn folder(root: &Path) -> std::path::PathBuf {
    root.join("tokens")
}

impl Workstation {
    /// Puts the token into its sink. Where nothing could reveal it later, a file takes what the sink refused.
    pub(super) async fn secure(&self, token: SecretRef, owner: Option<&Owner>) -> Resting {
        let Ok(secret) = self.vault.open(token, &self.audience()) else {
            return Resting::Open { why: "it is not this run's".into() };
        };
        let why = match owner {
            None => Text::from("nothing says whose it is"),
            Some(owner) => match self.put(owner, secret.clone()).await {
                Ok(()) => return Resting::Kept(self.rest.words().into()),
                Err(why) => why,
            },
        };
        if self.reveals { Resting::Open { why } } else { self.shelter(&secret, owner, why) }
    }

    /// Puts a token into a file that only this user can read: its sink refused it, and nobody can be shown it any more.
    pub(super) fn save(&self, token: SecretRef, owner: Option<&Owner>) -> Resting {
        match self.vault.open(token, &self.audience()) {
            Ok(secret) => self.shelter(&secret, owner, "the run ended before anybody took it".into()),
            Err(_) => Resting::Open { why: "it is not this run's".into() },
        }
    }

    fn shelter(&self, secret: &Zeroizing<String>, owner: Option<&Owner>, why: Text) -> Resting {
        let name = format!("{RESCUED}{}", owner.map_or_else(|| slug(""), Owner::slug));
        let root = match self.root() {
            Ok(root) => folder(&root),
            Err(_) => return Resting::Open { why },
        };
        match Private::make(&root).and_then(|private| private.write(&name, secret)) {
            Ok(()) => Resting::Rescued { file: root.join(name).display().to_string().into(), why },
            Err(and) => Resting::Open { why: format!("{why}; {and}").into() },
        }
    }

    async fn put(&self, owner: &Owner, secret: Zeroizing<String>) -> Result<(), Text> {
        match self.rest {
            Rest::Keyring => item::put(SERVICE, owner.as_str(), secret).await,
            Rest::File => {
                let root = self.root().map_err(|fault| Text::from(fault.sentence()))?;
                Private::make(&folder(&root))?.write(&owner.slug(), &secret)
            }
        }
    }

    pub(super) async fn get(&self, owner: &Owner) -> Result<Option<Zeroizing<String>>, Text> {
        match self.rest {
            Rest::Keyring => item::get(SERVICE, owner.as_str()).await,
            Rest::File => {
                let root = self.root().map_err(|fault| Text::from(fault.sentence()))?;
                match Private::open(&folder(&root))? {
                    Some(mut private) => private.read(&owner.slug(), LONGEST),
                    None => Ok(None),
                }
            }
        }
    }

    /// The token, in its sink or where it was rescued to.
    pub(super) async fn find(&self, owner: &Owner) -> Result<Option<Found>, Text> {
        let kept = self.get(owner).await;
        if let Ok(Some(secret)) = kept {
            return Ok(Some(Found { secret, rescued: None }));
        }
        let root = folder(&self.root().map_err(|fault| Text::from(fault.sentence()))?);
        let name = format!("{RESCUED}{}", owner.slug());
        let rescued = match Private::open(&root)? {
            Some(mut private) => private.read(&name, LONGEST)?,
            None => None,
        };
        match rescued {
            Some(secret) => {
                Ok(Some(Found { secret, rescued: Some(root.join(name).display().to_string().into()) }))
            }
            None => kept.map(|_| None),
        }
    }

    /// Removes it, and the file that rescued it; whether one was there.
    pub(super) async fn forget_token(&self, owner: &Owner) -> Result<bool, Text> {
        let gone = self.forget_kept(owner).await?;
        let root = self.root().map_err(|fault| Text::from(fault.sentence()))?;
        let rescued = match Private::open(&folder(&root))? {
            Some(private) => private.remove(&format!("{RESCUED}{}", owner.slug()))?,
            None => false,
        };
        Ok(gone || rescued)
    }

    async fn forget_kept(&self, owner: &Owner) -> Result<bool, Text> {
        match self.rest {
            Rest::Keyring => item::remove(SERVICE, owner.as_str()).await,
            Rest::File => {
                let root = self.root().map_err(|fault| Text::from(fault.sentence()))?;
                match Private::open(&folder(&root))? {
                    Some(private) => private.remove(&owner.slug()),
                    None => Ok(false),
                }
            }
        }
    }

    /// Whether the sink answers; nothing of ours is in it afterwards.
    pub(super) async fn sink_answers(&self) -> Result<(), Text> {
        match self.rest {
            Rest::Keyring => item::probe().await,
            Rest::File => Ok(()),
        }
    }

    /// The token of an earlier run, with whose it is.
    pub(super) async fn kept(&self) -> Result<Option<Kept>, Fault> {
        // Read as it lies: whoever only looks mends no mode.
        let text = read(&self.root()?.join(PREFERENCES)).ok().flatten().unwrap_or_default();
        let Some(owner) = preferences::lab(&text).and_then(|lab| lab.parse::<Owner>().ok()) else {
            return Ok(None);
        };
        let found = self.find(&owner).await.map_err(|why| Fault::KeyringFailed { why })?;
        let addressed = preferences::address(&text).is_some();
        Ok(found.map(|found| {
            let secret = Secret::new(found.secret.trim(), self.audience());
            Kept { owner, token: self.vault.keep(secret), addressed }
        }))
    }
}
