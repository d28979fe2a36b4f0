//! A registered workstation: how it stands, its token revoked, or all of it taken away.

use std::io::{self, BufRead, IsTerminal, Write};
use std::time::Duration;

use serde_json::json;

use super::super::environment::Environment;
use super::super::links;
use super::super::out;
use super::super::refusal::refused;
use crate::backend::Backend;
use crate::claim::station as way;
use crate::cli::{At, Care};
use crate::config::{self, InstallKind, Profile, Wanted};
use crate::error::{Exit, Fault};
use crate::face::status;
use crate::http;
use crate::install::Fitting;
use crate::install::workstation::Rest;
use crate::model::{Parted, Probe, Reach, Verdict};
use crate::secret::Vault;
use crate::wizard::words::ending;

/// How often a machine is looked at that is waited for.
const AGAIN: Duration = Duration::from_secs(3);

/// What these commands need.
struct Place {
    profile: Profile,
    backend: std::sync::Arc<dyn Backend>,
    fitting: std::sync::Arc<dyn Fitting>,
}

/// A profile of another kind has no workstation: none.
fn find(at: &At, rest: Option<Rest>, environment: &Environment) -> Result<Option<Place>, Fault> {
    let wanted = Wanted { profile: at.profile.clone(), api: at.api.clone(), ..Wanted::default() };
    let profile = config::load(&wanted, at.profile_file.as_deref(), config::folder().as_deref())?;
    if profile.install != InstallKind::Workstation {
        return Ok(None);
    }
    let vault = Vault::default();
    let options = http::Options::of(&profile.trust, at.ca_cert.as_deref());
    let origin = profile.api.origin().ascii_serialization();
    let backend = links::backend(&profile, &vault, &options)?;
    let fitting = links::fitting(&profile, &vault, &origin, environment, (rest, false));
    Ok(fitting.map(|fitting| Place { profile, backend, fitting }))
}

fn place(care: &Care, environment: &Environment) -> Result<Place, Fault> {
    let other = || {
        let why = "it installs no workstation".into();
        Fault::BadInput { what: "This profile".into(), why }
    };
    find(&care.at, links::rest(care.secret_store)?, environment)?.ok_or_else(other)
}

/// How a status is asked for.
pub struct Asked<'a> {
    /// Where.
    pub at: &'a At,
    /// How long it may take until all is well.
    pub wait: Duration,
    /// The command that asks again.
    pub again: String,
}

/// `landfall workstation status`
pub async fn status(care: &Care, environment: &Environment) -> Exit {
    let again = care.again("status");
    match place(care, environment) {
        // Where the token rests, the place knows already.
        Ok(place) => {
            let asked = Asked { at: &care.at, wait: Duration::ZERO, again };
            stand(&asked, &place).await
        }
        Err(fault) => refused(&fault, &again, care.at.json, environment),
    }
}

/// How a registered machine stands, if the profile is about one.
pub async fn station(asked: &Asked<'_>, environment: &Environment) -> Result<Option<Exit>, Fault> {
    let Some(place) = find(asked.at, None, environment)? else { return Ok(None) };
    Ok(Some(stand(asked, &place).await))
}

/// Ends with 0 where all is well, 2 for a problem, 3 for what could not be looked at.
async fn stand(asked: &Asked<'_>, place: &Place) -> Exit {
    let facts = place.profile.facts();
    let mut left = asked.wait;
    let standing = loop {
        let standing = way::standing(place.backend.as_ref(), place.fitting.as_ref()).await;
        // Only a server that does not answer is worth waiting for; the rest a person has to mend.
        let waits = matches!(standing.probe, Probe::Unreachable { .. } | Probe::Invalid { .. });
        if !waits || left < AGAIN {
            break standing;
        }
        if left == asked.wait {
            let _ = writeln!(io::stderr(), "Waiting for the server: {}.", standing.probe.sentence());
        }
        left -= AGAIN;
        tokio::time::sleep(AGAIN).await;
    };
    let enroll = asked.at.again("enroll").replacen("landfall enroll", "landfall", 1);
    let next = standing.probe.next(&enroll, &asked.again);
    let next = Some(next).filter(|next| !next.is_empty());
    let said = out::tell(
        asked.at.json,
        &status::station_text(&standing, &facts, next.as_deref()),
        &status::station_json(&standing, &facts, next.as_deref()),
    );
    let exit = match standing.verdict() {
        Verdict::Healthy => Exit::Online,
        Verdict::NotYet | Verdict::Wrong => Exit::Problem,
        Verdict::Unseen => Exit::Unseen,
    };
    out::end(said, exit)
}

/// `landfall workstation revoke` and `landfall workstation switch-lab`. What is here goes even if the server
/// fails; that is told then.
pub async fn take_away(care: &Care, environment: &Environment, whole: bool) -> Exit {
    let again = care.again(if whole { "switch-lab" } else { "revoke" });
    let reach = if whole { Reach::Owner } else { Reach::Token };
    match end(care, environment, reach).await {
        Ok(said) => out::end(said, Exit::Online),
        Err(fault) => refused(&fault, &again, care.at.json, environment),
    }
}

async fn end(care: &Care, environment: &Environment, reach: Reach) -> Result<io::Result<()>, Fault> {
    let place = place(care, environment)?;
    let question = if reach == Reach::Owner {
        "Leave this lab? Its token is ended; key, registration, token and preferences go, and every project in \
         ~/Pychron/projects with all that is in it."
    } else {
        "Revoke this machine's token? Key, registration and token go; the projects stay."
    };
    confirm(care, question)?;
    let client = place.fitting.standing(Probe::NoToken).await.host;
    let parted = way::part(place.backend.as_ref(), place.fitting.as_ref(), reach).await?;
    let left = parted.left();
    let Parted { ended, forgotten } = parted;
    let gone: Vec<&str> = forgotten.gone.iter().map(crate::foreign::Text::as_str).collect();
    let text = if gone.is_empty() {
        format!("Nothing was there; {}.", ending(&ended))
    } else {
        format!("Gone: {}; {}.", gone.join(", "), ending(&ended))
    };
    let line = json!({"v": 1, "event": "parted", "host": client, "ended": ended, "gone": gone, "left": left});
    let said = out::tell(care.at.json, &text, &line);
    if left.is_empty() { Ok(said) } else { Err(Fault::PartlyRetired { client, left }) }
}

/// Asks, where somebody is there; fails where nobody is.
fn confirm(care: &Care, question: &str) -> Result<(), Fault> {
    let needs = || Fault::NeedsPerson { question: question.into(), flag: "--yes" };
    if care.yes {
        return Ok(());
    }
    if care.at.json || !io::stdin().is_terminal() {
        return Err(needs());
    }
    let _ = writeln!(io::stderr(), "{question}\nType yes to go on.");
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    if read.is_ok() && answer.trim().eq_ignore_ascii_case("yes") { Ok(()) } else { Err(needs()) }
}
