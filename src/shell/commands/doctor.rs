//! `landfall doctor`: looks at everything, and says it in the form that was asked for.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::super::capabilities::{self, FaceKind, Signs};
use super::super::clock::{self, Clock};
use super::super::doctor::{bundling, screen};
use super::super::environment::Environment;
use super::super::links;
use super::super::machine::{self, Machine};
use super::super::out;
use super::super::refusal::refused;
use super::super::run::Examine;
use super::super::terminal::Wishes;
use zeroize::Zeroizing;

use crate::cli;
use crate::config::state::StateFolder;
use crate::config::{self, Wanted};
use crate::doctor::bundle::{self, Bundle, archive};
use crate::doctor::report::Report;
use crate::doctor::{self, Subject, Surroundings, table};
use crate::error::{Exit, Fault};
use crate::face::doctor as face;
use crate::face::tui::Look;
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
pub fn doctor<'a>(
    environment: &'a Environment,
    flags: &'a cli::Doctor,
    clock: Clock,
) -> Pin<Box<dyn Future<Output = Exit> + 'a>> {
    Box::pin(look(environment, flags, clock))
}

async fn look(environment: &Environment, flags: &cli::Doctor, clock: Clock) -> Exit {
    let again = flags.again();
    if let Some(path) = &flags.from {
        return match packed(path) {
            Ok(report) => out::end(told(&report, flags), exit(&report)),
            Err(fault) => refused(&fault, &again, flags.at.json, environment),
        };
    }
    let only = match ids(flags) {
        Ok(only) => only,
        Err(fault) => return refused(&fault, &again, flags.at.json, environment),
    };
    let signs = environment.signs(flags.plain, flags.at.json, flags.display.glyphs());
    let full = capabilities::tell(signs);
    let subject = subject(environment, flags, signs);
    if full.face == FaceKind::Screen && flags.bundle.is_none() && only.is_empty() {
        let look = Look { glyphs: full.glyphs, colour: full.colour, ..Look::default() };
        let wishes = Wishes { size: flags.display.size, slow: flags.display.slow, links: false };
        let end = Box::pin(screen::run(subject, look, wishes, clock)).await;
        return end.unwrap_or_else(|fault| refused(&fault, &again, false, environment));
    }
    let json = flags.at.json;
    let sandbox = subject.about().sandbox;
    let heard = Mutex::new(Ok(()));
    let tell = |item| {
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        if json && heard.is_ok() {
            *heard = out::say(&face::check(&item, sandbox).to_string());
        }
    };
    let to_stdout = flags.bundle.as_deref() == Some(Path::new("-"));
    let tell: doctor::Tell<'_> = if to_stdout { &|_| () } else { &tell };
    let (report, world) = Box::pin(doctor::examine(&subject, &only, tell)).await;
    let heard = heard.into_inner().unwrap_or_else(PoisonError::into_inner);
    let Some(path) = &flags.bundle else {
        return out::end(heard.and_then(|()| told(&report, flags)), exit(&report));
    };
    let bundle = Bundle::of(&report, &world, &subject, &bundling::journal(subject.state.as_ref()));
    let packed = bundling::agreed(&bundle, &subject, path, flags.yes);
    match packed.and_then(|bytes| {
        if to_stdout { Ok(out::write(&bytes)) } else { bundling::put(path, &bytes).map(Ok) }
    }) {
        Ok(said) => out::end(heard.and(said), exit(&report)),
        Err(fault) => refused(&fault, &again, json, environment),
    }
}

/// Says a report in the form that was asked for.
fn told(report: &Report, flags: &cli::Doctor) -> io::Result<()> {
    if !flags.at.json {
        return out::say(&face::text(report, flags.all || !flags.only.is_empty()));
    }
    if flags.from.is_some() {
        let check = |item| face::check(item, report.about.sandbox);
        out::say_all(&report.items.iter().map(check).collect::<Vec<_>>())?;
    }
    out::say(&face::json(report).to_string())
}

/// The report of a bundle that was made elsewhere.
fn packed(path: &Path) -> Result<Report, Fault> {
    let wrong =
        |why: Text| Fault::BadInput { what: Text::from(format!("The bundle {}", path.display())), why };
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(archive::LARGEST as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| wrong(Text::from(error.to_string())))?;
    bundle::read(&bytes).map_err(wrong)
}

/// What the doctor looks at when it is called from a wizard with these flags.
pub fn over(environment: &Environment, flags: &cli::Enroll) -> Examine {
    let environment = environment.clone();
    let at = cli::At {
        profile: flags.profile.clone(),
        profile_file: flags.profile_file.clone(),
        api: flags.api.clone(),
        ca_cert: flags.ca_cert.clone(),
        json: false,
    };
    let (cluster, display) = (flags.cluster.clone(), flags.display);
    let flags = cli::Doctor { at, cluster, display, ..cli::Doctor::default() };
    Box::new(move || subject(&environment, &flags, environment.signs(false, false, flags.display.glyphs())))
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

/// Puts together what is looked at. Nothing is asked yet, and nothing that is missing stops it.
fn subject(environment: &Environment, flags: &cli::Doctor, signs: Signs<'_>) -> Subject {
    let wanted = Wanted {
        profile: flags.at.profile.clone(),
        api: flags.at.api.clone(),
        kubeconfig: flags.cluster.kubeconfig.clone(),
        context: flags.cluster.context.clone(),
        ..Wanted::default()
    };
    let folder = config::folder();
    let loaded = config::load(&wanted, flags.at.profile_file.as_deref(), folder.as_deref());
    let vault = Vault::default();
    let trust = loaded.as_ref().map(|profile| profile.trust.clone()).unwrap_or_default();
    let http =
        http::Options { deadlines: DEADLINES, ..http::Options::of(&trust, flags.at.ca_cert.as_deref()) };
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
    let (names, proxies): (Vec<_>, Vec<_>) = environment
        .proxies
        .iter()
        .map(|(name, value)| (*name, Zeroizing::new(value.to_string_lossy().into_owned())))
        .partition(|(name, _)| name.eq_ignore_ascii_case("NO_PROXY"));
    let no_proxy = names
        .iter()
        .flat_map(|(_, list)| list.split(',').take(100))
        .map(|name| Text::within(name, 120))
        .collect();
    // What would be chosen without any flag is what a person wonders about.
    let why = capabilities::why(Signs { plain: false, json: false, ..signs });
    Subject {
        surroundings: Surroundings {
            home: environment.home.clone(),
            host: environment.host.clone(),
            user: environment.user.clone(),
            sudo_from: environment.sudo.as_ref().map(|(user, _)| user.clone()),
            term: Text::within(&environment.term, 40),
            locale: Text::within(&environment.locale, 40),
            tty: signs.stdin_tty && signs.stdout_tty,
            why,
            time_zone: environment.time_zone(),
            proxies,
            no_proxy,
            programs: environment.for_programs(),
            cert_file: environment.cert_file.clone(),
            temporary: std::env::temp_dir(),
            config: folder,
        },
        kubeconfig: machine::place(
            known.and_then(|profile| profile.kubeconfig.clone()).or_else(|| flags.cluster.kubeconfig.clone()),
            environment,
        ),
        allow: flags.cluster.allow_exec,
        context: known.and_then(|profile| profile.context.clone()).or_else(|| flags.cluster.context.clone()),
        install: known.map(|profile| {
            let machine = Machine::new(profile, environment).unattended(flags.cluster.allow_exec);
            links::install(profile, &vault, &origin, environment, &machine)
        }),
        fitting: known
            .and_then(|profile| links::fitting(profile, &vault, &origin, environment, (None, false))),
        sessions: known.and_then(|profile| links::sessions(profile, &vault)),
        state: StateFolder::of_user(),
        profile,
        backend,
        vault,
        http,
        clock: clock::wall,
    }
}
