//! `landfall set`: another display name or location for this machine's client. Its identity stays.

use super::super::environment::Environment;
use super::super::given::location;
use super::super::out;
use super::super::refusal::refused;
use super::place::Stand;
use crate::backend::Edit;
use crate::claim;
use crate::cli::{Here, Set};
use crate::config::state::StateFolder;
use crate::error::{Exit, Fault};
use crate::face::set;
use crate::foreign::Text;
use crate::model::{Client, Release, Sameness, Selected};

/// Changes one thing, reads it back, and says what the server says now.
pub async fn set(what: &Set, environment: &Environment) -> Exit {
    let (here, command, edit) = match what {
        Set::Location { location: key, here } => {
            let shown = crate::cli::quoted(key.clone());
            (here, format!("set location {shown}"), location(key).map(Edit::Location))
        }
        Set::Name { name, here } => {
            let shown = crate::cli::quoted(name.clone());
            let name = claim::names::given(name).map(|given| Edit::Name(given.name));
            (here, format!("set name {shown}"), name)
        }
    };
    let done = match edit {
        Ok(edit) => change(here, environment, &edit).await,
        Err(fault) => Err(fault),
    };
    match done {
        Ok((at, before, after)) => {
            let (text, json) = (set::text(&before, &after, &at), set::json(&before, &after, &at));
            out::end(out::tell(here.at.json, &text, &json), Exit::Online)
        }
        Err(fault) => refused(&fault, &here.again(&command), here.at.json, environment),
    }
}

async fn change(
    here: &Here,
    environment: &Environment,
    edit: &Edit,
) -> Result<(crate::model::ProfileFacts, Client, Client), Fault> {
    let stand = Stand::find(here, environment).await?;
    let (session, account) = stand.signed_in().await?;
    let backend = stand.looker.backend.as_ref();
    let before = find(&stand, session, account.id).await?;
    let now = say_anew(backend, session, before.id, edit).await?;
    if let Some(folder) = &stand.looker.state {
        point_at(folder, &stand.looker.origin, &now).await;
    }
    Ok((stand.place.facts.clone(), before, now))
}

/// Changes it, and makes sure that the server says so afterwards.
pub async fn say_anew(
    backend: &dyn crate::backend::Backend,
    session: crate::secret::SecretRef,
    id: u64,
    edit: &Edit,
) -> Result<Client, Fault> {
    backend.edit(session, id, edit).await?;
    // A change may be ignored with a 200: what counts is what is read back.
    let now = backend.client(session, id).await?;
    let now = now.ok_or_else(|| Fault::NothingHere { why: "the client is gone from the account".into() })?;
    let (what, said, taken) = match edit {
        Edit::Name(name) => ("name", now.name.clone(), now.name == *name),
        Edit::Location(location) => {
            let said = now.location.key().unwrap_or("not set").into();
            ("location", said, now.location == *location)
        }
    };
    if taken { Ok(now) } else { Err(Fault::NotTaken { what: what.into(), now: said }) }
}

/// This machine's client: what lives here, else what holds this cluster, else what was selected.
async fn find(stand: &Stand, session: crate::secret::SecretRef, account: u64) -> Result<Client, Fault> {
    let selected = stand.selected().filter(|selected| selected.account == account);
    let facts = match stand.looker.inspect().await {
        Ok(facts) => facts,
        // Without a cluster the pointer is all there is; the server checks that it is the account's.
        Err(fault) => {
            let Some(Selected { id, username, .. }) = selected else { return Err(fault) };
            let client = stand.looker.backend.client(session, id).await?;
            return client.filter(|client| client.username.as_ref() == Some(&username)).ok_or(fault);
        }
    };
    if facts.machine == Sameness::Copy {
        return Err(Fault::LooksCopied { client: "the client in this cluster".into() });
    }
    let rows = claim::whole(stand.looker.backend.as_ref(), session).await?;
    let (found, why) = match &facts.release {
        Release::One { username, namespace } => {
            let foreign = Fault::ForeignRelease { namespace: namespace.as_str().into() };
            (rows.into_iter().find(|row| row.username.as_ref() == Some(username)), foreign)
        }
        Release::Several(namespaces) => {
            return Err(Fault::SeveralReleases { namespaces: namespaces.clone() });
        }
        Release::None | Release::Unclear(_) => {
            let anchor = facts.cluster_id.value();
            let found = rows.into_iter().find(|row| anchor.is_some() && row.cluster_id.as_ref() == anchor);
            (found, Fault::NothingHere { why: "no client of the account holds this cluster".into() })
        }
    };
    found.ok_or(why)
}

/// Keeps what the pointer says of the client true. A pointer that cannot be written is only a comfort less.
pub async fn point_at(folder: &StateFolder, origin: &str, client: &Client) {
    let Ok(mut locked) = folder.lock().await else { return };
    let Some(selected) = locked.state.selected(origin).filter(|selected| selected.id == client.id).cloned()
    else {
        return;
    };
    let name: Text = client.name.clone();
    locked.state.select(origin, Selected { name, location: client.location.clone(), ..selected });
    let _ = locked.save();
}
