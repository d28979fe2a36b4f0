//! What flags say beforehand, checked before anything begins.

use crate::cli;
use crate::config::state::StateFolder;
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Consent, Location, Malformed, Slug, ZoneKey};
use crate::wizard::life::Life;
use crate::wizard::retire;

/// What is known of this machine's life. A state that cannot be read selects nothing; what needs it says so.
pub fn life(flags: &cli::Enroll, state: Option<&StateFolder>, origin: &str) -> Life {
    let (keep_data, force) = match flags.walk {
        cli::Walk::Retire { keep_data, force } => (keep_data, force),
        _ => (false, false),
    };
    let read = state.and_then(|folder| folder.read().ok().flatten());
    Life {
        selected: read.and_then(|(_, state)| state.selected(origin).cloned()),
        home: flags.walk == cli::Walk::Whole,
        retire: flags.retire(),
        // Of a sandbox that is gone by then, nothing can be asked.
        doctor: if flags.resume_instead.is_some() { String::new() } else { flags.doctor() },
        status: flags.again("status"),
        wanted: retire::Wanted { keep_data, force },
        replay: None,
    }
}

pub fn consent(flags: &cli::Enroll) -> Result<Consent, Fault> {
    let slug = |given: &String| {
        given.parse().map_err(|error: Malformed| Fault::BadInput {
            what: "--reset-credential".into(),
            why: Text::new(&error.to_string()),
        })
    };
    Ok(Consent {
        same_machine: flags.same_machine,
        reset: flags.reset_credential.as_ref().map(slug).transpose()?,
        take_over: flags.take_over,
        replace: flags.replace,
    })
}

/// A namespace by flag: a DNS label (RFC 1123), and none of the cluster's own.
pub fn namespace(flags: &cli::Enroll) -> Result<Option<Slug>, Fault> {
    let bad = |why: String| Fault::BadInput { what: "--namespace".into(), why: why.into() };
    let Some(given) = &flags.namespace else { return Ok(None) };
    let slug: Slug = given.parse().map_err(|error: Malformed| bad(error.to_string()))?;
    if slug.as_str() == "default" || slug.as_str().starts_with("kube-") {
        return Err(bad(format!("{slug} belongs to the cluster itself")));
    }
    Ok(Some(slug))
}

pub fn location(given: &str) -> Result<Location, Fault> {
    if given.eq_ignore_ascii_case("later") {
        return Ok(Location::NotSet);
    }
    let key = given.to_ascii_uppercase();
    match (crate::location::find(&key), key.parse::<ZoneKey>()) {
        (Some(_), Ok(key)) => Ok(Location::Zone(key)),
        _ => Err(Fault::BadLocation { location: Text::new(given) }),
    }
}
