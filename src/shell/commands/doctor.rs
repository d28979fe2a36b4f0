//! `landfall doctor`: looks at everything, and says it in the form that was asked for.

use std::io::{self, IsTerminal};
use std::time::Duration;

use super::super::capabilities::{self, Signs};
use super::super::clock::{self, Clock};
use super::super::environment::Environment;
use super::super::launch::refused;
use super::super::links;
use super::say;
use crate::cli;
use crate::config::state::StateFolder;
use crate::config::{self, Wanted};
use crate::doctor::report::Report;
use crate::doctor::{self, Subject, Surroundings, table};
use crate::error::{Exit, Fault};
use crate::face::doctor as face;
use crate::foreign::Text;
use crate::http;
use crate::secret::Vault;

/// How long parts of a call may take here: a person waits, and the whole has its own end.
const DEADLINES: http::Deadlines = http::Deadlines {
    connect: Duration::from_secs(4),
    read: Duration::from_secs(5),
    total: Duration::from_secs(6),
    pause: Duration::from_millis(300),
};

/// `landfall doctor`
pub async fn doctor(environment: &Environment, flags: &cli::Doctor, _clock: Clock) -> Exit {
    let again = flags.again();
    let only = match ids(flags) {
        Ok(only) => only,
        Err(fault) => return refused(&fault, &again, flags.at.json),
    };
    let signs = signs(environment, flags);
    let subject = subject(environment, flags, signs);
    let json = flags.at.json;
    let sandbox = subject.about().sandbox;
    let tell = |item| {
        if json {
            say(&face::check(&item, sandbox).to_string());
        }
    };
    let (report, _) = doctor::examine(&subject, &only, &tell).await;
    if json {
        say(&face::json(&report).to_string());
    } else {
        say(&face::text(&report, flags.all || !only.is_empty()));
    }
    exit(&report)
}

/// What the process ends with: a problem, or what could not be looked at, or neither.
pub fn exit(report: &Report) -> Exit {
    match (report.counts.fail, report.counts.unknown) {
        (0, 0) => Exit::Online,
        (0, _) => Exit::Unseen,
        _ => Exit::Problem,
    }
}

/// The ids that were named, in our own words.
fn ids(flags: &cli::Doctor) -> Result<Vec<&'static str>, Fault> {
    let known = |given: &String| {
        table::entry(&given.trim().to_ascii_uppercase()).map(|entry| entry.id).ok_or_else(|| {
            Fault::BadInput {
                what: "--only".into(),
                why: Text::from(format!(
                    "there is no check {}; they are told by: landfall doctor --all",
                    Text::within(given, 20)
                )),
            }
        })
    };
    flags.only.iter().map(known).collect()
}

fn signs<'a>(environment: &'a Environment, flags: &cli::Doctor) -> Signs<'a> {
    Signs {
        stdin_tty: io::stdin().is_terminal(),
        stdout_tty: io::stdout().is_terminal(),
        term: &environment.term,
        locale: &environment.locale,
        no_color: environment.no_color,
        lines: environment.lines,
        plain: flags.plain,
        json: flags.at.json,
        glyphs: flags.display.glyphs(),
    }
}

/// Puts together what is looked at. Nothing is asked yet, and nothing that is missing stops it.
fn subject(environment: &Environment, flags: &cli::Doctor, signs: Signs<'_>) -> Subject {
    let wanted = Wanted {
        profile: flags.at.profile.clone(),
        api: flags.at.api.clone(),
        kubeconfig: flags.kubeconfig.clone(),
        context: flags.context.clone(),
        ..Wanted::default()
    };
    let folder = config::folder();
    let loaded = config::load(&wanted, flags.at.profile_file.as_deref(), folder.as_deref());
    let vault = Vault::default();
    let http =
        http::Options { ca_cert: flags.at.ca_cert.clone(), deadlines: DEADLINES, ..http::Options::default() };
    let ready = loaded.and_then(|profile| {
        let backend = links::backend(&profile, &vault, &http)?;
        Ok((profile, backend))
    });
    let (profile, backend) = match ready {
        Ok((profile, backend)) => (Ok(profile), Some(backend)),
        Err(fault) => (Err(fault), None),
    };
    let known = profile.as_ref().ok();
    let origin = known.map(|profile| profile.api.origin().ascii_serialization()).unwrap_or_default();
    // What would be chosen without any flag is what a person wonders about.
    let why = capabilities::why(Signs { plain: false, json: false, ..signs });
    Subject {
        surroundings: Surroundings {
            home: environment.home.clone(),
            host: environment.host.clone(),
            user: environment.user.clone(),
            sudo_from: environment.sudo_from.clone(),
            term: Text::within(&environment.term, 40),
            locale: Text::within(&environment.locale, 40),
            tty: signs.stdin_tty && signs.stdout_tty,
            why,
            time_zone: environment.time_zone(),
            proxies: environment.proxies.0.clone(),
            no_proxy: environment.no_proxy.clone(),
            cert_file: environment.cert_file.clone(),
            temporary: std::env::temp_dir(),
            config: folder,
        },
        kubeconfig: links::kubeconfig(
            known.and_then(|profile| profile.kubeconfig.clone()).or_else(|| flags.kubeconfig.clone()),
            environment,
        ),
        context: known.and_then(|profile| profile.context.clone()).or_else(|| flags.context.clone()),
        install: known.map(|profile| links::install(profile, &vault, &origin, environment, false)),
        sessions: known.and_then(|profile| links::sessions(profile, &vault)),
        state: StateFolder::of_user(),
        profile,
        backend,
        vault,
        http,
        clock: clock::wall,
    }
}
