//! The session and the account.

use jiff::SignedDuration;

use crate::doctor::facts::{AccountSide, KeptSession};
use crate::doctor::table::{Entry, Finding, Judge};
use crate::error::Fault;
use crate::model::Account;

/// How long before its end a session is worth a word.
const SOON: SignedDuration = SignedDuration::from_hours(24);

/// The way to the server, the nearest layer first.
const WAY: &[&str] = &["N06", "N08", "N05", "N07", "N04", "N03", "N02", "N01", "A01"];

/// The checks.
pub const CHECKS: &[Entry] = &[
    Entry { id: "A01", title: "profile", after: &[], judge: Judge::Account(profile) },
    Entry { id: "A02", title: "session", after: &["A01", "S01"], judge: Judge::Account(session) },
    Entry {
        id: "A03",
        title: "session accepted",
        after: &["A06", "A02", "S04", "A01", "N06", "N08", "N05", "N07", "N04", "N03", "N02", "N01"],
        judge: Judge::Account(accepted),
    },
    Entry { id: "A04", title: "session's end", after: &["A02", "A01"], judge: Judge::Account(ends) },
    Entry {
        id: "A05",
        title: "rights in the account",
        after: &["A03", "A06", "A02", "N06", "N05", "N07", "N04", "N03", "A01"],
        judge: Judge::Account(rights),
    },
    Entry { id: "A06", title: "version the server takes", after: WAY, judge: Judge::Account(version) },
    Entry { id: "A07", title: "session's server", after: &["A02", "A01"], judge: Judge::Account(server) },
    Entry {
        id: "A08",
        title: "client last worked with",
        after: &["A10", "A05", "A03", "A01"],
        judge: Judge::Account(selected),
    },
    Entry {
        id: "A09",
        title: "who is signed in",
        after: &["A03", "A06", "N06", "A01"],
        judge: Judge::Account(person),
    },
    Entry {
        id: "A10",
        title: "list of clients",
        after: &["A05", "A03", "A06", "N06", "N05", "N07", "N04", "A01"],
        judge: Judge::Account(list),
    },
];

/// The question was not asked, because nobody is signed in.
pub fn nobody() -> Finding {
    Finding::nothing("not asked: nobody is signed in here").fix("to include it: landfall sign-in")
}

fn profile(account: &AccountSide) -> Finding {
    let told = format!("{} at {}", account.profile, account.api);
    let here = ["http://127.", "http://localhost", "http://[::1]"];
    if account.api.starts_with("http://") && !here.iter().any(|start| account.api.starts_with(start)) {
        return Finding::fail("the profile's address is not encrypted: tokens could be read on the way")
            .because([told])
            .fix("write it with https:// in profiles.toml");
    }
    Finding::pass(if account.sandbox { format!("{told}, a sandbox") } else { told })
}

fn session(account: &AccountSide) -> Finding {
    match &account.session {
        None => Finding::nothing("nobody is signed in here; a run signs in by itself"),
        Some(KeptSession { token: Ok(()), email, place, .. }) => {
            Finding::pass(format!("of {email}, in {place}"))
        }
        Some(KeptSession { token: Err(why), email, .. }) => {
            Finding::fail(format!("the session of {email} cannot be had"))
                .because([why.clone()])
                .fix("sign in again: landfall sign-in")
        }
    }
}

fn asked(account: &AccountSide) -> Result<&Account, Finding> {
    match (&account.session, &account.who) {
        (None, _) => Err(nobody()),
        (Some(_), None) => Err(Finding::unknown("the session could not be had, so nothing was asked")),
        (Some(_), Some(Ok(who))) => Ok(who),
        (Some(_), Some(Err(fault))) => Err(Finding::unknown(fault.sentence())),
    }
}

fn accepted(account: &AccountSide) -> Finding {
    match (asked(account), &account.who) {
        (Ok(who), _) => Finding::pass(format!("the server says: {}", who.email)),
        (Err(_), Some(Err(Fault::SessionRejected))) => {
            Finding::fail("the server does not accept the session any more")
                .fix("sign in again: landfall sign-in")
        }
        (Err(finding), _) => finding,
    }
}

fn ends(account: &AccountSide) -> Finding {
    let Some(session) = &account.session else { return nobody() };
    let Some(end) = session.expires_at else {
        return Finding::nothing("the server does not say when the session ends");
    };
    let day = end.strftime("%F %R UTC");
    if account.now > end {
        Finding::fail(format!("the session ended at {day}")).fix("sign in again: landfall sign-in")
    } else if account.now.checked_add(SOON).is_ok_and(|soon| soon > end) {
        Finding::warn(format!("the session ends at {day}")).fix("sign in again: landfall sign-in")
    } else {
        Finding::pass(format!("until {day}"))
    }
}

fn rights(account: &AccountSide) -> Finding {
    if let Err(finding) = asked(account) {
        return finding;
    }
    match &account.list {
        Some(Ok(_)) => Finding::pass("may read the account's clients"),
        Some(Err(Fault::NoWriteRight { .. })) => Finding::fail("this account may not read its clients")
            .fix("ask an admin of the account for the right"),
        Some(Err(Fault::Server { status: 403, said, .. })) => {
            Finding::fail("this person may not read the account's clients")
                .because([said.clone()])
                .fix("ask an admin of the account for the right")
        }
        Some(Err(fault)) => Finding::unknown(fault.sentence()),
        None => Finding::unknown("it was not asked"),
    }
}

fn version(account: &AccountSide) -> Finding {
    let faults = [account.refused.as_ref(), account.who.as_ref().and_then(|who| who.as_ref().err())];
    for fault in faults.into_iter().flatten() {
        match fault {
            Fault::UpgradeRequired { min_version } => {
                return Finding::fail(format!(
                    "this landfall {} is too old for the server",
                    env!("CARGO_PKG_VERSION")
                ))
                .because([format!("the oldest it takes: {min_version}")])
                .fix("install the present version, then run this again");
            }
            Fault::Unreachable { .. } | Fault::NotTheApi { .. } => {
                return Finding::unknown("the server does not answer");
            }
            _ => {}
        }
    }
    Finding::pass(format!("it takes {}", env!("CARGO_PKG_VERSION")))
}

fn server(account: &AccountSide) -> Finding {
    let Some(session) = &account.session else { return nobody() };
    if session.api == account.api {
        Finding::pass("it was issued at the profile's own address")
    } else {
        Finding::warn("the session was issued at another address of the same server")
            .because([format!("issued at {}, the profile says {}", session.api, account.api)])
            .fix("if that is not meant, sign in again: landfall sign-in")
    }
}

fn selected(account: &AccountSide) -> Finding {
    let Some(id) = account.selected else { return Finding::nothing("no client is remembered here") };
    if account.session.is_none() {
        return nobody();
    }
    match &account.list {
        Some(Ok(list)) => match list.rows.iter().find(|row| row.id == id) {
            Some(row) if row.decommissioned => {
                Finding::warn(format!("the client remembered here, {}, was retired", row.name))
                    .fix("enroll this machine anew: landfall")
            }
            Some(row) => Finding::pass(row.name.clone()),
            None if list.whole => Finding::fail("the client remembered here is not in the account any more")
                .because([format!("number {id}")])
                .fix("enroll this machine anew: landfall"),
            None => Finding::unknown("the list could not be read to its end"),
        },
        _ => Finding::unknown("the account's list could not be read"),
    }
}

fn person(account: &AccountSide) -> Finding {
    let who = match asked(account) {
        Ok(who) => who,
        Err(finding) => return finding,
    };
    let kept = account.session.as_ref().map(|session| session.account);
    if account.pinned.is_some_and(|pinned| pinned != who.id) {
        return Finding::fail(format!(
            "signed in as account {}, and the profile takes account {} only",
            who.id,
            account.pinned.unwrap_or(0)
        ))
        .because([who.email.clone()])
        .fix("sign in as the right person: landfall sign-out, then landfall sign-in");
    }
    if kept.is_some_and(|kept| kept != who.id) {
        return Finding::fail("the session belongs to another account than the one that was remembered")
            .because([format!("now {} ({})", who.email, who.id)])
            .fix("sign in again: landfall sign-out, then landfall sign-in");
    }
    Finding::pass(format!("{} of {}", who.email, who.name))
}

fn list(account: &AccountSide) -> Finding {
    if account.session.is_none() {
        return nobody();
    }
    match &account.list {
        Some(Ok(list)) if list.whole => Finding::pass(format!("{} clients", list.rows.len())),
        Some(Ok(list)) => Finding::warn(format!(
            "only {} clients could be read; the list is longer or changes",
            list.rows.len()
        ))
        .fix("run this again in a minute"),
        Some(Err(fault)) => Finding::unknown(fault.sentence()),
        None => Finding::unknown("it was not asked"),
    }
}
