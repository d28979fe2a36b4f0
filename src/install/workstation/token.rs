//! Where the token rests: in the keyring, where pychron's own Python finds it, or in a file where a person
//! chose that.

use std::path::Path;

use zeroize::Zeroizing;

use super::Workstation;
use super::survey::owner_of;
use crate::config::private::Private;
use crate::error::Fault;
use crate::foreign::Text;
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
        if self.reveals {
            return Resting::Open { why };
        }
        let name = format!("recovered-{}", owner.map_or_else(|| slug(""), Owner::slug));
        let root = match self.root() {
            Ok(root) => folder(&root),
            Err(_) => return Resting::Open { why },
        };
        match Private::make(&root).and_then(|private| private.write(&name, &secret)) {
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

    /// Removes it; whether it was there.
    pub(super) async fn forget_token(&self, owner: &Owner) -> Result<bool, Text> {
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
    pub(super) async fn kept(&self) -> Result<Option<(Owner, SecretRef)>, Fault> {
        let path = self.root()?;
        let root = Private::open(&path)
            .map_err(|why| Fault::BadState { path: path.display().to_string().into(), why })?;
        let Some(owner) = root.and_then(owner_of) else { return Ok(None) };
        let found = self.get(&owner).await.map_err(|why| Fault::KeyringFailed { why })?;
        Ok(found.map(|secret| {
            let secret = Secret::new(secret.trim(), self.audience());
            (owner, self.vault.keep(secret))
        }))
    }
}
