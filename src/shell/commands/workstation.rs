//! After the registration: how a workstation stands, its token revoked, or all of it taken away.

use std::io::{self, BufRead, IsTerminal, Write};

use serde_json::json;

use super::super::environment::Environment;
use super::super::links;
use super::super::refusal::refused;
use super::tell;
use crate::backend::Backend;
use crate::cli::{self, Care};
use crate::config::{self, InstallKind, Profile, Wanted};
use crate::error::{Exit, Fault, SetUp};
use crate::foreign::Text;
use crate::http;
use crate::install::Fitting;
use crate::install::workstation::{Forgotten, Rest, Workstation};
use crate::model::{Badge, CheckState, Probe};
use crate::secret::Vault;
use crate::wizard::words;

/// What these commands need.
struct Place {
    profile: Profile,
    vault: Vault,
    options: http::Options,
    station: Workstation,
}

impl Place {
    fn find(care: &Care, environment: &Environment) -> Result<Self, Fault> {
        let at = &care.at;
        let wanted = Wanted { profile: at.profile.clone(), api: at.api.clone(), ..Wanted::default() };
        let profile = config::load(&wanted, at.profile_file.as_deref(), config::folder().as_deref())?;
        if profile.install != InstallKind::Workstation {
            let why = "it installs no workstation".into();
            return Err(Fault::BadInput { what: "This profile".into(), why });
        }
        let vault = Vault::default();
        let options = http::Options::of(&profile.trust, at.ca_cert.as_deref());
        let rest = match care.secret_store {
            Some(cli::SecretStore::File) => Rest::File,
            _ => Rest::Keyring,
        };
        let origin = profile.api.origin().ascii_serialization();
        let station = links::workstation(&profile, &vault, &origin, environment, rest);
        Ok(Self { profile, vault, options, station })
    }

    fn backend(&self) -> Result<std::sync::Arc<dyn Backend>, Fault> {
        links::backend(&self.profile, &self.vault, &self.options)
    }
}

/// `landfall workstation status`
pub async fn status(care: &Care, environment: &Environment) -> Exit {
    match look(care, environment).await {
        Ok(good) => {
            if good {
                Exit::Online
            } else {
                Exit::Refused
            }
        }
        Err(fault) => refused(&fault, &care.again("status"), care.at.json),
    }
}

async fn look(care: &Care, environment: &Environment) -> Result<bool, Fault> {
    let place = Place::find(care, environment)?;
    let json = care.at.json;
    let survey = place.station.survey().await?;
    let (badge, word) = match (survey.badge, &survey.owner) {
        (Badge::Registered, Some(owner)) => ("registered", format!("registered for lab {owner}")),
        (Badge::Registered, None) => ("registered", "registered".to_owned()),
        (Badge::Partial, _) => ("partial", "partly registered".to_owned()),
        (Badge::Unregistered, _) => ("unregistered", "not registered".to_owned()),
    };
    let owner = survey.owner.as_ref();
    tell(json, &format!("This machine is {word}."), &json!({"v": 1, "badge": badge, "owner": owner}));
    if survey.badge == Badge::Unregistered {
        return Ok(false);
    }
    let mut good = survey.badge == Badge::Registered;
    for check in place.station.facts().await {
        let (mark, well) = match check.state {
            CheckState::Pass => ("ok ", true),
            CheckState::NotApplicable => ("-- ", true),
            CheckState::Warn | CheckState::Unknown | CheckState::Fail => ("NO ", false),
        };
        good &= well;
        tell(json, &format!("{mark} {} {}", check.id, check.words), &json!({"v": 1, "check": check}));
    }
    if let Some((owner, token)) = place.station.token().await? {
        let probe = place.backend()?.probe(token, &owner, None).await;
        good &= matches!(probe, Probe::Good { .. });
        let mark = if matches!(probe, Probe::Good { .. }) { "ok " } else { "NO " };
        let text = format!("{mark} W11 the server: {}", words::probe(&probe));
        tell(json, &text, &json!({"v": 1, "probe": probe}));
    }
    Ok(good)
}

/// `landfall workstation revoke` and `landfall workstation switch-lab`. What is here goes even if the server
/// fails; that is told then.
pub async fn take_away(care: &Care, environment: &Environment, whole: bool) -> Exit {
    let again = care.again(if whole { "switch-lab" } else { "revoke" });
    match end(care, environment, whole).await {
        Ok(()) => Exit::Online,
        Err(fault) => refused(&fault, &again, care.at.json),
    }
}

async fn end(care: &Care, environment: &Environment, whole: bool) -> Result<(), Fault> {
    let place = Place::find(care, environment)?;
    let question = if whole {
        "Leave this lab? Key, registration, token and preferences go, and every project in ~/Pychron/projects \
         with all that is in it."
    } else {
        "Revoke this machine's token? Key, registration and token go; the projects stay."
    };
    confirm(care, question)?;
    // A token that cannot be read is none that could be ended; the rest goes all the same.
    let token = place.station.token().await;
    let ended = match &token {
        Ok(Some((_, token))) if !whole => place.backend()?.revoke(*token).await,
        Ok(_) => Ok(()),
        Err(fault) => Err(fault.clone()),
    };
    let Forgotten { gone, kept } = place.station.forget(whole).await?;
    let words = |texts: &[Text]| texts.iter().map(Text::as_str).collect::<Vec<_>>().join(", ");
    let text =
        if gone.is_empty() { "Nothing was there.".to_owned() } else { format!("Gone: {}.", words(&gone)) };
    tell(care.at.json, &text, &json!({"v": 1, "gone": gone, "kept": kept}));
    if !kept.is_empty() {
        let why = words(&kept).into();
        return Err(Fault::SetUp(SetUp::SetUpFailed { part: "The end of the set-up".into(), why }));
    }
    ended
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
