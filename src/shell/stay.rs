//! Before a run: is a session kept already, and where would this one rest.

use std::io::{self, Write};
use std::time::Duration;

use super::effects::Hands;
use super::{renewal, words};
use crate::cli::{Enroll, SecretStore, Walk};
use crate::config::state::Place;
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::Kept;
use crate::store::{self, Chosen, Sessions, TokenCachePolicy};
use crate::wizard::Setup;
use crate::wizard::stay::{Rest, Stored};

/// After this long a person is told what is waited for.
const PATIENCE: Duration = Duration::from_millis(300);

/// Looks for a kept session and tries the place for a new one, as the flags say. `aloud` says on standard error
/// what takes long.
pub async fn arrange(flags: &Enroll, setup: &mut Setup, hands: &mut Hands, aloud: bool) -> Result<(), Fault> {
    setup.stay.sign_out = flags.again("sign-out");
    setup.stay.retire = flags.again("retire");
    if flags.kept_token {
        let kept = patiently(hands.fitting()?.token(), aloud).await?;
        let Some(Kept { token, .. }) = kept else {
            let why = "there is no token of an earlier registration; register it with: landfall".into();
            return Err(Fault::BadInput { what: "This machine".into(), why });
        };
        setup.token = Some(token);
    }
    let Some(sessions) = &hands.sessions else {
        return if flags.stay_signed_in { Err(nowhere(flags)) } else { Ok(()) };
    };
    // A token in hand, and a wish to sign in anew, come before what is kept.
    if flags.walk == Walk::Whole
        && setup.token.is_none()
        && let Some(mut kept) = patiently(sessions.find(), aloud).await?
    {
        let mut unkept = None;
        if let Ok(token) = kept.token {
            let fresh = renewal::fresh(&*hands.backend, sessions, token, policy(flags)).await;
            kept.token = match fresh {
                Ok(fresh) => {
                    unkept = fresh.unkept;
                    Ok(fresh.session)
                }
                Err(fault) => Err(Text::new(fault.sentence().trim_end_matches('.'))),
            };
        }
        look_at(kept, unkept, sessions, setup);
    }
    setup.stay.offer = flags.walk == Walk::Whole && !flags.stay_signed_in;
    let rests = setup.stay.stored.as_ref().is_some_and(|stored| stored.rests);
    if flags.stay_signed_in && !rests {
        let wish = match flags.secret_store {
            Some(SecretStore::File) => Some(Place::File),
            Some(SecretStore::Keyring) => Some(Place::Keyring),
            Some(SecretStore::Kernel) => Some(Place::Kernel),
            Some(SecretStore::None) | None => None,
        };
        let Chosen { place, words, why } = patiently(sessions.choose(wish), aloud).await?;
        setup.stay.keep = Some(Rest { place: words, why });
        hands.place = Some(place);
    }
    Ok(())
}

/// What the flags say of kept sessions.
pub fn policy(flags: &Enroll) -> TokenCachePolicy {
    if flags.no_token_cache || flags.secret_store == Some(SecretStore::None) {
        TokenCachePolicy::NoCache
    } else {
        TokenCachePolicy::Default
    }
}

/// Takes a kept session, or says why not; and why its renewal is not kept, if so.
fn look_at(kept: store::Kept, unkept: Option<Text>, sessions: &Sessions, setup: &mut Setup) {
    let store::Kept { session, token, notes } = kept;
    let place = sessions.words(session.place);
    setup.stay.notes.extend(notes);
    let pinned = setup.profile.expect_account;
    let why = match token {
        Ok(_) if pinned.is_some_and(|id| id != session.account) => {
            Text::from("it is another account's than the expected one")
        }
        Ok(token) => {
            let rests = unkept.is_none();
            setup.stay.notes.extend(unkept.map(|why| words::session_not_kept(&place, &why)));
            setup.stay.stored = Some(Stored { session: token, account: session.account, place, rests });
            return;
        }
        Err(why) => why,
    };
    setup.stay.notes.push(words::session_not_used(&session.email, &place, &why));
}

/// Waits, and says so when it takes long: a keyring may ask somebody to unlock it.
async fn patiently<T>(work: impl Future<Output = T>, aloud: bool) -> T {
    tokio::pin!(work);
    tokio::select! {
        biased;
        end = &mut work => return end,
        () = tokio::time::sleep(PATIENCE) => {}
    }
    if aloud {
        let _ = writeln!(io::stderr(), "{}", words::WAITING_FOR_PLACE);
    }
    work.await
}

fn nowhere(flags: &Enroll) -> Fault {
    let why = if flags.secret_store == Some(SecretStore::None) {
        "--secret-store none keeps no session, so nobody can stay signed in"
    } else {
        "this user has no home folder to keep anything in"
    };
    Fault::BadInput { what: "The session cannot be kept".into(), why: why.into() }
}
