//! Where a session rests between runs, if it rests at all: the desktop's keyring, the kernel's, or a file of its
//! owner's. Without any it lives in memory and ends with the run.
//!
//! A place is tried before anybody signs in, and what is written is read back. Nothing falls back silently: the
//! kernel's keyring takes the place of a desktop's that is not there, and that is said before the sign-in; a place
//! that is there and does not work is a fault that names another one.

use jiff::Timestamp;
use url::Url;

use crate::config::state::{Locked, Place, Session, StateFolder};
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::Account;
use crate::secret::{Audience, Secret, SecretRef, Vault};

mod file;
pub mod item;
mod kernel;
mod keyring;
mod renew;
mod sealed;

use keyring::Silence;
pub use renew::Usable;
use sealed::{Key, Sealed};

/// What is done with the sessions that are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenCachePolicy {
    /// The one that is kept is used, and renewed when it ran out.
    #[default]
    Default,
    /// None is read, and none is kept.
    NoCache,
    /// The one that is kept is renewed before it is used.
    Refresh,
}

/// Whether a keyring answers here: a word without meaning is written, read back and removed.
pub async fn keyring_answers() -> Result<(), Text> {
    keyring::probe().await.map_err(|silence| silence.why)
}

/// A place that was tried, and why it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The place.
    pub place: Place,
    /// What it is called in a sentence.
    pub words: Text,
    /// Why this one.
    pub why: Text,
}

/// A session that an earlier run kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What is remembered of it.
    pub session: Session,
    /// Its token, in the vault; or why it cannot be had.
    pub token: Result<SecretRef, Text>,
    /// What was found wrong and mended on the way.
    pub notes: Vec<Text>,
}

/// What keeping a session did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keeping {
    /// The session that was here before and is not any more: to be ended at the server.
    pub replaced: Option<SecretRef>,
    /// What was found wrong and mended on the way.
    pub notes: Vec<Text>,
}

/// The kept sessions of one API origin.
#[derive(Clone)]
pub struct Sessions {
    folder: StateFolder,
    vault: Vault,
    origin: String,
    /// The dialect that issued them: with OAuth, issuer and client id.
    via: String,
    /// Under which name the state notes it: the origin, or an issuer and a client of it.
    entry: String,
}

impl Sessions {
    /// The sessions of that API, spoken to in that dialect. Nothing is read yet.
    pub fn new(folder: StateFolder, vault: Vault, api: &Url, via: &str) -> Self {
        let origin = api.origin().ascii_serialization();
        Self { folder, vault, entry: origin.clone(), origin, via: via.to_owned() }
    }

    /// The sessions of an issuer there; several may share one origin.
    pub fn of_issuer(folder: StateFolder, vault: Vault, api: &Url, key: String) -> Self {
        let origin = api.origin().ascii_serialization();
        Self { folder, vault, origin, entry: key.clone(), via: key }
    }

    /// Tries the place that was asked for; without a wish the desktop's keyring, or the kernel's where there is no
    /// desktop's.
    pub async fn choose(&self, wish: Option<Place>) -> Result<Chosen, Fault> {
        drop(self.folder.lock().await?);
        let tried = "it was tried just now, and gives back what it takes";
        let lasting = format!("{}; {tried}", kernel::UNTIL);
        let (place, why) = match wish {
            Some(Place::File) => (Place::File, "asked for with --secret-store file".into()),
            Some(Place::Kernel) => (
                Place::Kernel,
                kernel::probe()
                    .map(|()| lasting.as_str().into())
                    .map_err(|why| failed(Place::Kernel, why))?,
            ),
            Some(Place::Keyring) => match keyring::probe().await {
                Ok(()) => (Place::Keyring, tried.into()),
                Err(silence) => return Err(failed(Place::Keyring, silence.why)),
            },
            None => match keyring::probe().await {
                Ok(()) => (Place::Keyring, tried.into()),
                Err(Silence { why, missing: false }) => return Err(failed(Place::Keyring, why)),
                Err(Silence { why: none, .. }) => match kernel::probe() {
                    Ok(()) => (Place::Kernel, format!("{}; {none}", kernel::UNTIL).into()),
                    Err(why) => {
                        let both = format!("{none}; nor can the kernel's: {why}");
                        return Err(failed(Place::Keyring, both));
                    }
                },
            },
        };
        Ok(Chosen { place, words: self.words(place), why })
    }

    /// What a place is called in a sentence.
    pub fn words(&self, place: Place) -> Text {
        match place {
            Place::Keyring => "your keyring".into(),
            Place::Kernel => kernel::WORDS.into(),
            Place::File => {
                format!("a file that only you (and root) can read, in {}", self.folder.0.display()).into()
            }
        }
    }

    /// The session of this origin, if one is kept.
    pub async fn find(&self) -> Result<Option<Kept>, Fault> {
        let Some((mut folder, state)) = self.folder.read()? else { return Ok(None) };
        let Some(session) = state.session(&self.entry).cloned() else { return Ok(None) };
        let token = self.load(&mut folder, &session).await;
        let token = match token {
            Ok(Some(token)) => Ok(token),
            Ok(None) => Err(gone(session.place)),
            Err(why) => Err(why),
        };
        Ok(Some(Kept { session, token, notes: folder.notes() }))
    }

    /// Keeps a session. It is noted first and stored second, so that no token ever rests where nothing
    /// points at it.
    pub async fn keep(
        &self,
        place: Place,
        token: SecretRef,
        account: &Account,
        api: &Url,
        (now, until): (Timestamp, Option<Timestamp>),
    ) -> Result<Keeping, Fault> {
        let mut locked = self.folder.lock().await?;
        let before = locked.state.session(&self.entry).cloned();
        let old = match &before {
            Some(session) => self.load(&mut locked.folder, session).await.ok().flatten(),
            None => None,
        };
        let bare = locked.state.clone();
        let session = Session::new(account, place, api.as_str(), now).until(until);
        locked.state.sign_in(&self.entry, session.clone());
        locked.save()?;
        if let Err(why) = self.store(&mut locked, &session, token, now).await {
            locked.state = bare;
            locked.save()?;
            return Err(failed(place, why));
        }
        if let Some(before) = before.filter(|before| (before.account, before.place) != (account.id, place)) {
            let key = self.key(before.account);
            let removed = match before.place {
                Place::File => file::remove(&locked.folder, &key).map(drop),
                Place::Keyring => keyring::remove(&key).await.map(drop),
                Place::Kernel => kernel::remove(&key).map(drop),
            };
            removed.map_err(|why| failed(before.place, why))?;
        }
        let replaced = old.filter(|old| !self.same(*old, token));
        Ok(Keeping { replaced, notes: locked.folder.notes() })
    }

    /// Clears the session of this origin here, token first, and hands the token over for its revocation.
    /// A place that does not answer leaves everything as it is, so that a later run can finish.
    /// With `only`, another token than that one is left alone.
    pub async fn remove(&self, only: Option<SecretRef>) -> Result<Option<Kept>, Fault> {
        // Looking first: signing out where nobody signed in makes no folder.
        if self.folder.read()?.is_none_or(|(_, state)| state.session(&self.entry).is_none()) {
            return Ok(None);
        }
        let mut locked = self.folder.lock().await?;
        let Some(session) = locked.state.session(&self.entry).cloned() else { return Ok(None) };
        let place = session.place;
        let token = match self.load(&mut locked.folder, &session).await {
            Ok(token) => token.ok_or_else(|| gone(place)),
            // A broken file is no reason to stay signed in; a keyring that is locked opens another day.
            Err(why) if place == Place::File => Err(why),
            Err(why) => return Err(failed(place, why)),
        };
        if let Some(only) = only
            && !token.as_ref().is_ok_and(|token| self.same(only, *token))
        {
            return Ok(None);
        }
        let key = self.key(session.account);
        let removed = match place {
            Place::File => file::remove(&locked.folder, &key),
            Place::Keyring => keyring::remove(&key).await,
            Place::Kernel => kernel::remove(&key),
        };
        removed.map_err(|why| failed(place, why))?;
        locked.state.sign_out(&self.entry);
        locked.save()?;
        Ok(Some(Kept { session, token, notes: locked.folder.notes() }))
    }

    fn key(&self, account: u64) -> Key {
        Key { origin: self.origin.clone(), via: self.via.clone(), account }
    }

    async fn load(
        &self,
        folder: &mut crate::config::private::Private,
        session: &Session,
    ) -> Result<Option<SecretRef>, Text> {
        let key = self.key(session.account);
        let sealed = match session.place {
            Place::File => file::get(folder, &key)?,
            Place::Keyring => keyring::get(&key).await?,
            Place::Kernel => kernel::get(&key)?,
        };
        let Some(sealed) = sealed else { return Ok(None) };
        let token = sealed.open(&key)?;
        Ok(Some(self.vault.keep(Secret::new(token.as_str(), Audience::session(&*self.origin)))))
    }

    async fn store(
        &self,
        locked: &mut Locked,
        session: &Session,
        token: SecretRef,
        now: Timestamp,
    ) -> Result<(), Text> {
        let key = self.key(session.account);
        let token = self
            .vault
            .open(token, &Audience::session(&*self.origin))
            .map_err(|_| Text::from("the session was dropped meanwhile"))?;
        let sealed = Sealed::seal(&key, &token)?;
        match session.place {
            Place::File => file::put(&mut locked.folder, &key, &sealed),
            Place::Keyring => keyring::put(&key, sealed).await,
            Place::Kernel => kernel::put(&key, &sealed, session.expires_at, now),
        }
    }

    fn same(&self, one: SecretRef, other: SecretRef) -> bool {
        let audience = Audience::session(&*self.origin);
        matches!((self.vault.open(one, &audience), self.vault.open(other, &audience)), (Ok(a), Ok(b)) if a == b)
    }
}

fn gone(place: Place) -> Text {
    match place {
        Place::Keyring => "it is not in your keyring any more".into(),
        Place::Kernel => {
            "it is not in the kernel's keyring any more: its time was up, or this machine restarted".into()
        }
        Place::File => "its file is gone".into(),
    }
}

fn failed(place: Place, why: impl Into<Text>) -> Fault {
    let why = why.into();
    match place {
        Place::Keyring => Fault::KeyringFailed { why },
        Place::Kernel => Fault::KeyringFailed { why: format!("the kernel's: {why}").into() },
        Place::File => Fault::SessionFile { why },
    }
}

#[cfg(test)]
mod tests;
