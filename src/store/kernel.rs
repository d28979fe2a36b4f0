//! A token in the Linux kernel's keyring of the user (`@u`, user-keyring(7)): memory that no disk ever sees. It
//! is gone when its time is up, and when the machine restarts.
//!
//! Every process of the same user can read it. Where this user is root and a container runtime runs, that is every
//! container of root's too, since keyrings know users and no containers: it is not used there.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use crate::foreign::Text;

/// How long a session rests here where the server does not say when it ends.
pub const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);
/// What it is called in a sentence.
pub const WORDS: &str = "the kernel's keyring of this user (@u)";
/// Until when it is there.
pub const UNTIL: &str = "it is gone when this machine restarts, and after 7 days";
/// The doors of container runtimes.
const RUNTIMES: [&str; 6] = [
    "run/containerd/containerd.sock",
    "run/k3s/containerd/containerd.sock",
    "run/docker.sock",
    "run/crio/crio.sock",
    "run/podman/podman.sock",
    "var/run/docker.sock",
];

/// How long a session may rest here that ends then.
fn life(until: Option<Timestamp>, now: Timestamp) -> Duration {
    let left = until.map(|until| Duration::try_from(until.duration_since(now)).unwrap_or_default());
    left.unwrap_or(LONGEST).clamp(Duration::from_secs(1), LONGEST)
}

/// Why root's keyring is no place on this machine, if it is none.
fn open_to_containers(root: &Path, is_root: bool) -> Result<(), Text> {
    let found = RUNTIMES.iter().map(|door| root.join(door)).find(|door| is_root && door.exists());
    found.map_or(Ok(()), |door| {
        Err(format!(
            "a container runtime runs here ({}), and a container of root's could read it",
            door.display()
        )
        .into())
    })
}

#[cfg(not(target_os = "linux"))]
mod place {
    use jiff::Timestamp;

    use super::super::sealed::{Key, Sealed};
    use super::Text;

    const NONE: &str = "only Linux has it";

    pub fn probe() -> Result<(), Text> {
        Err(NONE.into())
    }

    pub fn put(_: &Key, _: &Sealed, _: Option<Timestamp>, _: Timestamp) -> Result<(), Text> {
        Err(NONE.into())
    }

    pub fn get(_: &Key) -> Result<Option<Sealed>, Text> {
        Err(NONE.into())
    }

    pub fn remove(_: &Key) -> Result<bool, Text> {
        Err(NONE.into())
    }
}

#[cfg(target_os = "linux")]
mod place {
    use std::path::Path;

    use jiff::Timestamp;
    use linux_keyutils::{Key as Item, KeyError, KeyRing, KeyRingIdentifier};
    use zeroize::Zeroizing;

    use super::super::sealed::{Key, LONGEST, Sealed};
    use super::Text;

    /// Writes a word without meaning, reads it back and removes it.
    pub fn probe() -> Result<(), Text> {
        super::open_to_containers(Path::new("/"), rustix::process::geteuid().is_root())?;
        let ring = ring()?;
        let name = format!("landfall: a test of run {}", std::process::id());
        let item = ring.add_key(&name, "a test").map_err(words)?;
        let back = read(item);
        drop_item(ring, item)?;
        if back?.as_str() == "a test" { Ok(()) } else { Err("what was written does not come back".into()) }
    }

    /// Writes it with its end, and reads back what was written.
    pub fn put(key: &Key, sealed: &Sealed, until: Option<Timestamp>, now: Timestamp) -> Result<(), Text> {
        super::open_to_containers(Path::new("/"), rustix::process::geteuid().is_root())?;
        let ring = ring()?;
        let item = ring.add_key(&name(key), sealed.text()).map_err(words)?;
        let seconds = usize::try_from(super::life(until, now).as_secs()).unwrap_or(1);
        let kept = item.set_timeout(seconds).map_err(words).and_then(|()| read(item));
        match kept {
            Ok(back) if back.as_str() == sealed.text() => Ok(()),
            Ok(_) => drop_item(ring, item).and(Err("what was written does not come back".into())),
            // Without its end it must not stay.
            Err(why) => drop_item(ring, item).and(Err(why)),
        }
    }

    /// Reads it, if it is there.
    pub fn get(key: &Key) -> Result<Option<Sealed>, Text> {
        let found = search(ring()?, key)?;
        found.map(|item| read(item).map(Sealed::found)).transpose()
    }

    /// Removes it; whether it was there.
    pub fn remove(key: &Key) -> Result<bool, Text> {
        let ring = ring()?;
        let Some(item) = search(ring, key)? else { return Ok(false) };
        drop_item(ring, item).map(|()| true)
    }

    /// The user's keyring, held by this process while it runs: a session that was not begun by a login does not
    /// hold it by itself, and could not read what is in it.
    fn ring() -> Result<KeyRing, Text> {
        let ring = KeyRing::from_special_id(KeyRingIdentifier::User, true).map_err(words)?;
        let own = KeyRing::from_special_id(KeyRingIdentifier::Process, true).map_err(words)?;
        own.link_keyring_id(KeyRingIdentifier::User).map_err(words)?;
        Ok(ring)
    }

    fn name(key: &Key) -> String {
        format!("landfall: {}", key.text())
    }

    fn search(ring: KeyRing, key: &Key) -> Result<Option<Item>, Text> {
        match ring.search(&name(key)) {
            Ok(item) => Ok(Some(item)),
            Err(KeyError::KeyDoesNotExist | KeyError::KeyExpired | KeyError::KeyRevoked) => Ok(None),
            Err(error) => Err(words(error)),
        }
    }

    fn read(item: Item) -> Result<Zeroizing<String>, Text> {
        let mut bytes = Zeroizing::new(vec![0; LONGEST]);
        let length = item.read(&mut *bytes).map_err(words)?;
        let text = bytes.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok());
        text.map(|text| Zeroizing::new(text.to_owned())).ok_or_else(|| "what is kept makes no sense".into())
    }

    fn drop_item(ring: KeyRing, item: Item) -> Result<(), Text> {
        // Its memory is wiped by the kernel once nothing holds it any more.
        item.revoke().map_err(words)?;
        ring.unlink_key(item).map_err(words)
    }

    fn words(error: KeyError) -> Text {
        match error {
            KeyError::QuotaExceeded => {
                "this user's share of the kernel's keyrings is full (/proc/key-users)".into()
            }
            KeyError::AccessDenied | KeyError::PermissionDenied => "the kernel does not allow it here".into(),
            KeyError::OperationNotSupported => "this kernel has no keyrings".into(),
            other => format!("the kernel's keyring does not work here ({other})").into(),
        }
    }
}

pub use place::{get, probe, put, remove};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_does_not_keep_a_session_where_containers_can_read_it() {
        let machine = tempfile::tempdir().unwrap();
        assert_eq!(open_to_containers(machine.path(), true), Ok(()));
        std::fs::create_dir_all(machine.path().join("run/k3s/containerd")).unwrap();
        std::fs::write(machine.path().join("run/k3s/containerd/containerd.sock"), "").unwrap();
        let why = open_to_containers(machine.path(), true).unwrap_err();
        assert!(
            why.starts_with("a container runtime runs here (") && why.contains("containerd.sock"),
            "{why}"
        );
        assert_eq!(open_to_containers(machine.path(), false), Ok(()), "containers of root's read root's");
    }

    #[test]
    fn a_session_rests_until_it_ends_and_never_for_ever() {
        let now = Timestamp::UNIX_EPOCH;
        let after = |seconds| Some(now + Duration::from_secs(seconds));
        for (until, rests) in [
            (None, LONGEST),
            (after(600), Duration::from_secs(600)),
            (after(365 * 86_400), LONGEST),
            (Some(now - Duration::from_secs(5)), Duration::from_secs(1)),
        ] {
            assert_eq!(life(until, now), rests, "{until:?}");
        }
    }
}
