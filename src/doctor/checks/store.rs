//! Where things rest on this machine.

use crate::doctor::facts::{Machine, Store};
use crate::doctor::table::{Entry, Finding, Judge};

/// The checks.
pub const CHECKS: &[Entry] = &[
    Entry {
        id: "S01",
        title: "state of earlier runs",
        after: &["M12", "M16", "M11"],
        judge: Judge::Store(state),
    },
    Entry {
        id: "S02",
        title: "folder of the state",
        after: &["M12", "M16", "M03", "M04"],
        judge: Judge::Store(folder),
    },
    Entry { id: "S03", title: "keyring", after: &[], judge: Judge::Store(keyring) },
    Entry { id: "S04", title: "kept session", after: &["S03", "S01", "M12"], judge: Judge::Store(token) },
    Entry { id: "S05", title: "broken writes", after: &[], judge: Judge::Machine(broken) },
];

fn state(store: &Store) -> Finding {
    match &store.state {
        Ok(true) => Finding::pass("it can be read"),
        Ok(false) => Finding::nothing("nothing was ever kept here"),
        Err(fault) => Finding::fail("the state of earlier runs cannot be used")
            .because([fault.sentence()])
            .fix(fault.next("landfall doctor")),
    }
}

fn folder(store: &Store) -> Finding {
    match &store.writable {
        Ok(()) => Finding::pass("something could be kept there"),
        Err(why) => Finding::fail("nothing can be kept on this machine")
            .because([why.clone()])
            .fix("give this user a home that can be written to, or set XDG_STATE_HOME to such a folder"),
    }
}

fn keyring(store: &Store) -> Finding {
    match (&store.keyring, store.rests_in_keyring) {
        (Ok(()), _) => Finding::pass("it answers"),
        (Err(why), true) => Finding::fail("the session rests in a keyring that does not answer")
            .because([why.clone()])
            .fix("unlock the keyring, or sign in again: landfall sign-in --secret-store file"),
        (Err(why), false) => {
            Finding::nothing("no keyring answers here; a session can rest in the kernel's, or in a file")
                .because([why.clone()])
        }
    }
}

fn token(store: &Store) -> Finding {
    match &store.token {
        None => Finding::nothing("no session is kept"),
        Some(Ok(())) => Finding::pass("it can be read"),
        Some(Err(why)) => Finding::fail("the kept session cannot be read")
            .because([why.clone()])
            .fix("sign in again: landfall sign-in"),
    }
}

fn broken(machine: &Machine) -> Finding {
    match machine.broken_writes.first() {
        None => Finding::pass("none"),
        Some(path) => Finding::warn(format!("a write was cut short and left {path}"))
            .because(machine.broken_writes.iter().skip(1).cloned())
            .fix("the next write clears it; a full disk is the usual reason"),
    }
}
