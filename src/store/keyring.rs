//! A token in the desktop's keyring, over D-Bus.
//!
//! A bus that accepts and never answers holds a call for ever, and a locked keyring waits for a person at a
//! dialog. So every call runs on a named thread of its own with a limit, and the thread is left behind.

use super::sealed::{Key, Sealed};
use crate::foreign::Text;

/// Why no keyring can be used.
pub struct Silence {
    /// Why not.
    pub why: Text,
    /// Whether there is none at all; one that is there does not do its part: it is locked, perhaps.
    pub missing: bool,
}

#[cfg(not(feature = "keyring"))]
mod place {
    use zeroize::Zeroizing;

    use super::{Key, Sealed, Silence, Text};

    const NOT_BUILT: &str = "this landfall was built without it";

    pub async fn probe() -> Result<(), Silence> {
        Err(Silence { why: NOT_BUILT.into(), missing: true })
    }

    pub async fn put(_: &Key, _: Sealed) -> Result<(), Text> {
        Err(NOT_BUILT.into())
    }

    pub async fn get(_: &Key) -> Result<Option<Sealed>, Text> {
        Err(NOT_BUILT.into())
    }

    pub async fn remove(_: &Key) -> Result<bool, Text> {
        Err(NOT_BUILT.into())
    }

    pub async fn put_item(_: &'static str, _: &str, _: Zeroizing<String>) -> Result<(), Text> {
        Err(NOT_BUILT.into())
    }

    pub async fn get_item(_: &'static str, _: &str) -> Result<Option<Zeroizing<String>>, Text> {
        Err(NOT_BUILT.into())
    }

    pub async fn remove_item(_: &'static str, _: &str) -> Result<bool, Text> {
        Err(NOT_BUILT.into())
    }
}

#[cfg(feature = "keyring")]
mod place {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use keyring::{Entry, Error};
    use zeroize::Zeroizing;

    use super::{Key, Sealed, Silence, Text};

    /// How long one visit may take.
    const LIMIT: Duration = Duration::from_secs(2);
    /// Under which name the desktop lists what is ours.
    const SERVICE: &str = "landfall";

    fn failing(why: Text) -> Silence {
        Silence { why, missing: false }
    }

    /// Writes a word without meaning, reads it back and removes it.
    pub async fn probe() -> Result<(), Silence> {
        let there = visit(|_| Ok(Entry::store_status().as_ref().map(drop).map_err(words)));
        there.await.map_err(failing)?.map_err(|why| Silence { why, missing: true })?;
        let name = format!("a test of run {}", std::process::id());
        let tried = visit(move |_| {
            let entry = entry(&name)?;
            entry.set_password("a test").map_err(|error| words(&error))?;
            let back = entry.get_password();
            let gone = entry.delete_credential();
            match (back, gone) {
                (Ok(back), Ok(())) if back == "a test" => Ok(()),
                (Err(error), _) | (_, Err(error)) => Err(words(&error)),
                _ => Err("what was written does not come back".into()),
            }
        });
        tried.await.map_err(failing)
    }

    /// Writes it, and reads back what was written.
    pub async fn put(key: &Key, sealed: Sealed) -> Result<(), Text> {
        let name = key.text();
        visit(move |given_up| {
            let entry = entry(&name)?;
            let unless_late = || if given_up() { Err(Text::from("it answered too late")) } else { Ok(()) };
            unless_late()?;
            entry.set_password(sealed.text()).map_err(|error| words(&error))?;
            let back = entry.get_password().map(Zeroizing::new).map_err(|error| words(&error))?;
            unless_late().inspect_err(|_| drop(entry.delete_credential()))?;
            if *back == *sealed.text() { Ok(()) } else { Err("what was written does not come back".into()) }
        })
        .await
    }

    /// Reads it, if it is there.
    pub async fn get(key: &Key) -> Result<Option<Sealed>, Text> {
        let name = key.text();
        visit(move |_| match entry(&name)?.get_password() {
            Ok(text) => Ok(Some(Sealed::found(Zeroizing::new(text)))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(words(&error)),
        })
        .await
    }

    /// Removes it; whether it was there.
    pub async fn remove(key: &Key) -> Result<bool, Text> {
        let name = key.text();
        visit(move |_| match entry(&name)?.delete_credential() {
            Ok(()) => Ok(true),
            Err(Error::NoEntry) => Ok(false),
            Err(error) => Err(words(&error)),
        })
        .await
    }

    /// Writes an item that another program reads by service and user name, and reads it back. An item that is
    /// there already, whoever wrote it, is changed; of several, one is left.
    pub async fn put_item(service: &'static str, user: &str, secret: Zeroizing<String>) -> Result<(), Text> {
        let user = user.to_owned();
        visit(move |given_up| {
            let entry = entry_of(service, &user)?;
            if given_up() {
                return Err("it answered too late".into());
            }
            if let Err(Error::Ambiguous(several)) = entry.set_password(&secret) {
                for one in several {
                    one.delete_credential().map_err(|error| words(&error))?;
                }
                entry.set_password(&secret).map_err(|error| words(&error))?;
            }
            let back = entry.get_password().map(Zeroizing::new).map_err(|error| words(&error))?;
            if *back == *secret { Ok(()) } else { Err("what was written does not come back".into()) }
        })
        .await
    }

    /// Reads such an item, if it is there.
    pub async fn get_item(service: &'static str, user: &str) -> Result<Option<Zeroizing<String>>, Text> {
        let user = user.to_owned();
        visit(move |_| match entry_of(service, &user)?.get_password() {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(words(&error)),
        })
        .await
    }

    /// Removes such an item; whether it was there.
    pub async fn remove_item(service: &'static str, user: &str) -> Result<bool, Text> {
        let user = user.to_owned();
        visit(move |_| match entry_of(service, &user)?.delete_credential() {
            Ok(()) => Ok(true),
            Err(Error::NoEntry) => Ok(false),
            Err(Error::Ambiguous(several)) => {
                several.iter().try_for_each(|one| one.delete_credential().map_err(|error| words(&error)))?;
                Ok(true)
            }
            Err(error) => Err(words(&error)),
        })
        .await
    }

    fn entry(name: &str) -> Result<Entry, Text> {
        entry_of(SERVICE, name)
    }

    fn entry_of(service: &str, name: &str) -> Result<Entry, Text> {
        if let Err(error) = Entry::store_status() {
            return Err(words(error));
        }
        Entry::new(service, name).map_err(|error| words(&error))
    }

    /// Works on a thread of its own. The work is told when nobody waits for it any more.
    async fn visit<T: Send + 'static>(
        work: impl FnOnce(&dyn Fn() -> bool) -> Result<T, Text> + Send + 'static,
    ) -> Result<T, Text> {
        let (to, from) = tokio::sync::oneshot::channel();
        let late = Arc::new(AtomicBool::new(false));
        let seen = late.clone();
        let thread = std::thread::Builder::new().name("keyring".into()).spawn(move || {
            // Nobody listens any more once the limit has passed.
            drop(to.send(work(&|| seen.load(Ordering::SeqCst))));
        });
        thread.map_err(|error| Text::from(format!("no thread could be started: {error}")))?;
        match tokio::time::timeout(LIMIT, from).await {
            Ok(Ok(end)) => end,
            Ok(Err(_)) => Err("the visit ended without an answer".into()),
            Err(_) => {
                late.store(true, Ordering::SeqCst);
                Err(format!(
                    "it did not answer within {} s; it may be waiting for somebody to unlock it",
                    LIMIT.as_secs()
                )
                .into())
            }
        }
    }

    fn words(error: &Error) -> Text {
        match error {
            Error::NoStorageAccess(why) => {
                format!("it is locked or cannot be opened, and nobody is there to unlock it ({why})").into()
            }
            Error::PlatformFailure(why) => format!("no keyring answers in this session ({why})").into(),
            Error::NoDefaultStore => "no keyring answers in this session".into(),
            // The others may carry what was read.
            _ => "it holds something else under our name".into(),
        }
    }
}

pub use place::{get, get_item, probe, put, put_item, remove, remove_item};
