//! Where things rest, the session, the account, and what the control plane says of this machine.

use tokio::time::timeout;

use super::cluster::Reach;
use super::{QUESTION, Subject};
use crate::backend::{Backend, Proof};
use crate::cluster::connect::kind;
use crate::cluster::release::{field, secret_name};
use crate::config::Profile;
use crate::config::state::Place;
use crate::doctor::facts::{AccountSide, KeptSession, Listing, Look, Plane, Store};
use crate::error::Fault;
use crate::foreign::Text;
use crate::http::{Call, Http};
use crate::model::{Account, Client, Known, Release, Slug, Username};
use crate::secret::{Audience, Secret, SecretRef};
use crate::store::{Kept, keyring_answers};

/// The most pages of the account's list that are read.
const PAGES: usize = 20;

/// Looks at where things rest here. Nothing is made and nothing is written.
pub async fn store(subject: &Subject) -> Look<Store> {
    let Some(folder) = &subject.state else {
        return Look::Failed(Text::from("this user has no home folder, so nothing can rest here"));
    };
    let state = folder.read();
    let kept = kept(subject).await;
    let keyring = keyring_answers().await;
    let session = kept.as_ref().ok().and_then(Option::as_ref);
    Look::Seen(Store {
        state: state.map(|found| found.is_some()),
        writable: writable(&folder.0),
        keyring,
        rests_in_keyring: session.is_some_and(|kept| kept.session.place == Place::Keyring),
        token: session.map(|kept| kept.token.clone().map(drop)),
    })
}

/// Whether the folder, or the nearest one above it that is there, takes a write.
fn writable(folder: &std::path::Path) -> Result<(), Text> {
    let Some(there) = folder.ancestors().find(|above| above.exists()) else {
        return Err(Text::from(format!("{} cannot be reached", folder.display())));
    };
    rustix::fs::access(there, rustix::fs::Access::WRITE_OK)
        .map_err(|error| Text::from(format!("{}: {error}", there.display())))
}

async fn kept(subject: &Subject) -> Result<Option<Kept>, Fault> {
    match &subject.sessions {
        Some(sessions) => sessions.find().await,
        None => Ok(None),
    }
}

/// A session that works, and what the account's list told.
pub struct SignedIn {
    session: SecretRef,
    account: Account,
    rows: Vec<Client>,
    whole: bool,
}

/// Looks at session and account.
pub async fn account(subject: &Subject) -> (Look<AccountSide>, Option<SignedIn>) {
    let (Ok(profile), Some(backend)) = (&subject.profile, &subject.backend) else {
        return (Look::Failed(subject.no_profile().unwrap_or_default()), None);
    };
    if subject.issues() {
        return (Look::Seen(side(subject, profile)), None);
    }
    // A state that cannot be read is told by another check.
    let kept = kept(subject).await.ok().flatten();
    let mut side = side(subject, profile);
    let Some(kept) = kept else {
        side.refused = refused(subject).await;
        return (Look::Seen(side), None);
    };
    let place =
        subject.sessions.as_ref().map(|sessions| sessions.words(kept.session.place)).unwrap_or_default();
    side.session = Some(KeptSession {
        account: kept.session.account,
        email: kept.session.email.clone(),
        place,
        api: Text::new(&kept.session.api),
        since: kept.session.since,
        expires_at: kept.session.expires_at,
        token: kept.token.clone().map(drop),
    });
    let Ok(session) = kept.token else { return (Look::Seen(side), None) };
    let late = || silent(subject);
    let (who, list) = tokio::join!(
        timeout(QUESTION, backend.who(session)),
        timeout(QUESTION, list(backend.as_ref(), session)),
    );
    let (who, list) = (who.unwrap_or_else(|_| Err(late())), list.unwrap_or_else(|_| Err(late())));
    let signed_in = match (&who, &list) {
        (Ok(account), Ok(list)) => {
            Some(SignedIn { session, account: account.clone(), rows: list.rows.clone(), whole: list.whole })
        }
        _ => None,
    };
    (side.who, side.list) = (Some(who), Some(list));
    (Look::Seen(side), signed_in)
}

/// What is known before anybody is asked.
fn side(subject: &Subject, profile: &Profile) -> AccountSide {
    AccountSide {
        profile: profile.name.clone(),
        api: Text::new(profile.api.as_str()),
        pinned: profile.expect_account,
        sandbox: profile.sandbox,
        now: (subject.clock)(),
        session: None,
        who: None,
        list: None,
        selected: None,
        refused: None,
    }
}

fn silent(subject: &Subject) -> Fault {
    let host = subject.about().host.unwrap_or_default();
    Fault::Unreachable { host, why: Text::from(format!("no answer within {} s", QUESTION.as_secs())) }
}

/// What the API says to a question without a login, if that is a refusal of this program itself.
async fn refused(subject: &Subject) -> Option<Fault> {
    let profile = subject.profile.as_ref().ok()?;
    let http = Http::new(profile.api.clone(), subject.vault.clone(), &subject.http).ok()?;
    match timeout(QUESTION, http.send_once(Call::get("userinfo/"))).await {
        Ok(Ok(_)) => None,
        Ok(Err(trouble)) => Some(trouble.fault),
        Err(_) => Some(silent(subject)),
    }
}

async fn list(backend: &dyn Backend, session: SecretRef) -> Result<Listing, Fault> {
    let (mut rows, mut next, mut count) = (Vec::new(), None, None);
    for _ in 0..PAGES {
        let page = backend.clients(session, next.as_deref()).await?;
        rows.extend(page.rows);
        count = page.count.or(count);
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    let all = count.is_none_or(|count| count == rows.len() as u64);
    Ok(Listing { whole: next.is_none() && all, rows })
}

/// Looks at what the control plane says of the release that lives here.
pub async fn plane(subject: &Subject, reach: Option<&Reach>, signed_in: Option<SignedIn>) -> Look<Plane> {
    if let Some(why) = subject.no_profile() {
        return Look::Failed(why);
    }
    if subject.issues() {
        return Look::Absent;
    }
    let (namespace, username, reach) = match reach.map(|reach| (&reach.release, reach)) {
        None => {
            return Look::Failed(Text::from(
                "the cluster was not reached, so it is not known which client this is",
            ));
        }
        Some((Release::None, _)) => return Look::Nothing(Text::from("nothing is installed yet")),
        Some((Release::One { namespace, username }, reach)) => (namespace, username, reach),
        Some((Release::Several(_), _)) => return Look::Failed(Text::from("several releases live here")),
        Some((Release::Unclear(why), _)) => return Look::Failed(why.clone()),
    };
    let Some(signed_in) = signed_in else {
        // Whether somebody is signed in and is not answered, or nobody is, makes the difference.
        return match kept(subject).await {
            Ok(None) => Look::Nothing(Text::from("not asked: nobody is signed in here (landfall sign-in)")),
            _ => Look::Failed(Text::from("the account could not be asked")),
        };
    };
    let row = signed_in.rows.iter().find(|row| row.username.as_ref() == Some(username)).cloned();
    let siblings = reach.id.value().map_or_else(Vec::new, |id| {
        let others = signed_in.rows.iter().filter(|other| {
            other.cluster_id.as_ref() == Some(id)
                && !other.decommissioned
                && row.as_ref().is_none_or(|row| row.id != other.id)
        });
        others.map(|other| other.name.clone()).collect()
    });
    let (mut presence, mut proof) = (None, None);
    if let (Some(row), Some(backend)) = (&row, &subject.backend) {
        // The credential is sent only to an account that knows this very machine id as its own.
        let asked = tokio::join!(
            timeout(QUESTION, backend.presence(signed_in.session, row.id)),
            timeout(
                QUESTION,
                prove(subject, backend.as_ref(), reach, &signed_in.account, namespace, username)
            ),
        );
        presence = Some(asked.0.unwrap_or_else(|_| Err(silent(subject))));
        proof = asked.1.unwrap_or_else(|_| Some(Proof::Unknown(silent(subject))));
    }
    Look::Seen(Plane {
        namespace: namespace.clone(),
        cluster_id: reach.id.clone(),
        row,
        whole: signed_in.whole,
        siblings,
        presence,
        proof,
        ready_here: None,
    })
}

async fn prove(
    subject: &Subject,
    backend: &dyn Backend,
    reach: &Reach,
    account: &Account,
    namespace: &Slug,
    username: &Username,
) -> Option<Proof> {
    let Known::Yes(cluster) = &reach.id else { return None };
    let name = secret_name(namespace.as_str());
    let secret = reach.connected.get(&kind::SECRET, Some(namespace.as_str()), &name).await.ok()??;
    let password = field(&secret, "CLIENT_PASSWORD")?;
    let audience = Audience::machine(subject.origin(), account.id, cluster.as_str());
    let password = subject.vault.keep(Secret::new(password, audience));
    Some(backend.prove(account.id, cluster, username, password).await)
}
