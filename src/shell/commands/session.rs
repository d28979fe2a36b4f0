//! Who is signed in, and signing out.

use url::Url;

use super::super::environment::Environment;
use super::super::links;
use super::super::out;
use super::super::refusal::refused;
use super::super::renewal::fresh;
use super::super::words;
use super::place::Place;
use crate::cli::At;
use crate::config::Profile;
use crate::error::{Exit, Fault};
use crate::face::session::{SignedOut, Standing};
use crate::http;
use crate::model::ProfileFacts;
use crate::secret::{SecretRef, Vault};
use crate::store::TokenCachePolicy;

/// `landfall whoami`
pub async fn whoami(at: &At, environment: &Environment) -> Exit {
    let again = at.again("whoami");
    match ask(at).await {
        Ok((facts, standing)) => {
            let sign_in = at.again("sign-in");
            let said = out::tell(at.json, &standing.text(&facts, &sign_in), &standing.json(&facts));
            let signed_in = matches!(standing, Standing::SignedIn { .. });
            out::end(said, if signed_in { Exit::Online } else { Exit::SignInFailed })
        }
        Err(fault) => refused(&fault, &again, at.json, environment),
    }
}

async fn ask(at: &At) -> Result<(ProfileFacts, Standing), Fault> {
    let Place { profile, facts, vault, options, sessions } = Place::find(at)?;
    let kept = match &sessions {
        Some(sessions) => sessions.find().await?.map(|kept| (sessions.words(kept.session.place), kept)),
        None => None,
    };
    let Some((place, kept)) = kept else { return Ok((facts, Standing::NotSignedIn)) };
    let (email, mut notes) = (kept.session.email, kept.notes);
    let token = match kept.token {
        Ok(token) => token,
        Err(why) => return Ok((facts, Standing::OutOfReach { email, place, why })),
    };
    let backend = links::backend(&profile, &vault, &options)?;
    let (at_rest, found) = match &sessions {
        Some(sessions) => {
            (Some(sessions), fresh(&*backend, sessions, token, TokenCachePolicy::Default).await)
        }
        None => (None, Ok(token.into())),
    };
    let mut who = match &found {
        Ok(usable) => {
            notes.extend(usable.unkept.as_ref().map(|why| words::session_not_kept(&place, why)));
            backend.who(usable.session).await
        }
        Err(fault) => Err(fault.clone()),
    };
    // By the clock it was good; the server knows better, and may still renew it.
    if let (Err(Fault::SessionRejected), Some(sessions), Ok(usable)) = (&who, at_rest, found)
        && let Ok(renewed) = fresh(&*backend, sessions, usable.session, TokenCachePolicy::Refresh).await
    {
        notes.extend(renewed.unkept.map(|why| words::session_not_kept(&place, &why)));
        who = backend.who(renewed.session).await;
    }
    let standing = match who {
        Ok(account) if account.id == kept.session.account => Standing::SignedIn { account, place, notes },
        Ok(_) | Err(Fault::SessionRejected) => Standing::Rejected { email, place },
        Err(fault) => Standing::NotAsked { email, place, why: fault.sentence().into() },
    };
    Ok((facts, standing))
}

/// `landfall sign-out`
pub async fn sign_out(at: &At, environment: &Environment) -> Exit {
    match leave(at).await {
        Ok((facts, left)) => {
            let said = out::tell(at.json, &left.text(&facts), &left.json(&facts));
            let exit = match left {
                SignedOut::Nobody | SignedOut::Everywhere { .. } => Exit::Online,
                SignedOut::HereOnly { .. } => Exit::Refused,
            };
            out::end(said, exit)
        }
        Err(fault) => refused(&fault, &at.again("sign-out"), at.json, environment),
    }
}

async fn leave(at: &At) -> Result<(ProfileFacts, SignedOut), Fault> {
    let Place { profile, facts, vault, options, sessions } = Place::find(at)?;
    let removed = match &sessions {
        Some(sessions) => sessions.remove(None).await?,
        None => None,
    };
    let Some(kept) = removed else { return Ok((facts, SignedOut::Nobody)) };
    let email = kept.session.email;
    let out = match kept.token {
        Err(why) => SignedOut::HereOnly { email, why },
        Ok(token) => match revoke(&profile, &kept.session.api, &vault, &options, token).await {
            // A session that the server does not accept is ended.
            Ok(()) | Err(Fault::SessionRejected) => SignedOut::Everywhere { email },
            Err(fault) => SignedOut::HereOnly { email, why: fault.sentence().into() },
        },
    };
    Ok((facts, out))
}

/// Ends the session where it was issued: the profile may have moved within its origin since.
async fn revoke(
    profile: &Profile,
    issued_at: &str,
    vault: &Vault,
    options: &http::Options,
    token: SecretRef,
) -> Result<(), Fault> {
    let api: Url = issued_at
        .parse()
        .ok()
        .filter(|api: &Url| api.origin() == profile.api.origin())
        .unwrap_or_else(|| profile.api.clone());
    let there = Profile { api, ..profile.clone() };
    links::backend(&there, vault, options)?.revoke(token).await
}
