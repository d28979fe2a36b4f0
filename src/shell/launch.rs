//! From a command line to a run: profile, face, back end and install are picked here, by tables.

use std::io::{self, IsTerminal, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::time::Duration;

use tokio::sync::watch;

use super::capabilities::{self, Capabilities, FaceKind};
use super::clock::Clock;
use super::effects::Hands;
use super::environment::Environment;
use super::fingerprint::fingerprint;
use super::given::{consent, life, location, namespace};
use super::log::Log;
use super::machine::Machine;
use super::refusal::{died, refuse};
use super::run::{self, Begin, Face};
use super::signals::Signals;
use super::terminal::{self, Screen, Seen, Wishes};
use super::{choose, commands, links, replay, stay};
use crate::backend::DeviceContext;
use crate::cli::{self, Cli, Command};
use crate::config::state::StateFolder;
use crate::config::{self, InstallKind, Wanted};
use crate::error::{Exit, Fault};
use crate::face::ndjson::Ndjson;
use crate::face::plain::Plain;
use crate::face::tui::Look;
use crate::foreign::Text;
use crate::http;
use crate::model::{Credential, Shape, Step, Survey};
use crate::secret::Vault;
use crate::store::TokenCachePolicy;
use crate::wizard::begin::Start;
use crate::wizard::stay::Stay;
use crate::wizard::{Manner, Setup};

mod given;
mod sandbox;
mod workstation;

pub(super) use given::token;
use sandbox::is_sandbox;
pub(super) use sandbox::{at_sandbox, plain_sandbox};

/// Does what the command line says.
pub fn start(cli: &Cli) -> Exit {
    let clock = Clock::start();
    let words = terminal::keep_panics_quiet();
    let environment = Environment::read();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&died("the runtime", error), &cli.enroll, &environment),
    };
    let run = AssertUnwindSafe(|| {
        runtime.block_on(async {
            match &cli.command {
                None => Box::pin(enroll(&environment, &cli.enroll, clock)).await,
                Some(Command::Enroll(enroll)) => Box::pin(self::enroll(&environment, enroll, clock)).await,
                Some(Command::Sandbox(flags)) => Box::pin(sandbox::sandbox(&environment, flags, clock)).await,
                Some(Command::SignIn(flags)) => Box::pin(enroll(&environment, &flags.walk(), clock)).await,
                Some(Command::SignOut(at)) => commands::session::sign_out(at, &environment).await,
                Some(Command::Whoami(at)) => commands::session::whoami(at, &environment).await,
                Some(Command::Workstation { what }) => {
                    workstation::look_after(&environment, what, clock).await
                }
                Some(Command::Doctor(flags)) => commands::doctor::doctor(&environment, flags, clock).await,
                Some(Command::Status(flags)) => commands::status(flags, &environment).await,
                Some(Command::Clients(flags)) => commands::clients(flags, &environment).await,
                Some(Command::Set(what)) => commands::set(what, &environment).await,
                Some(Command::Retire(retire)) => Box::pin(enroll(&environment, &retire.walk(), clock)).await,
                Some(Command::Replay(flags)) => replay::replay(flags, &environment, clock).await,
                Some(Command::Profiles(flags)) => commands::profiles(flags, &environment),
                Some(Command::Completions { shell }) => commands::completions(*shell),
            }
        })
    });
    // A panic of the loop has given the terminal back already; its words are said below.
    let ended = panic::catch_unwind(run).unwrap_or(Exit::Refused);
    // A task that cannot be cancelled must not hold the process.
    runtime.shutdown_background();
    if let Some(last) = words.lock().ok().and_then(|mut words| words.take()) {
        // What it died of may hold foreign words.
        let last = Text::new(&last);
        let _ = writeln!(io::stderr(), "{}", super::words::died(&last));
    }
    ended
}

async fn enroll(environment: &Environment, flags: &cli::Enroll, clock: Clock) -> Exit {
    // It serves as long as this run lasts.
    let mut served = None;
    let mut flags = flags.clone();
    if flags.profile.as_deref() == Some(config::SANDBOX) && flags.api.is_none() {
        match plain_sandbox().await {
            Ok(sandbox) => at_sandbox(&mut flags, served.insert(sandbox)),
            Err(fault) => return refuse(&fault, &flags, environment),
        }
    }
    if served.is_none() && !is_sandbox(&flags) {
        // A flag wins; and a token of the real world is none of a sandbox's business.
        flags.token_file = flags.token_file.or_else(|| environment.token_file.clone());
    }
    let flags = &flags;
    let capabilities = capabilities::tell(environment.signs(flags.plain, flags.json, flags.display.glyphs()));
    let mut begin = match begin(environment, flags, capabilities).await {
        Ok(begin) => begin,
        Err(fault) => return refuse(&fault, flags, environment),
    };
    begin.log = Log::open(environment);
    begin.examine = Some(commands::doctor::over(environment, flags));
    // Listened for before the screen is taken: a signal in between must not end us with the screen still ours.
    let signals = match Signals::listen(capabilities.face == FaceKind::Screen) {
        Ok(signals) => signals,
        Err(error) => return refuse(&died("the signals", error), flags, environment),
    };
    let face = match capabilities.face {
        FaceKind::Json => Face::Json(Ndjson::default()),
        FaceKind::Plain => Face::Plain(Plain::default()),
        FaceKind::Screen => {
            let seen = Seen::default();
            let links = capabilities::links(&environment.term);
            let wishes = Wishes { size: flags.display.size, slow: flags.display.slow, links };
            match Screen::take(wishes, seen.clone()) {
                Ok(screen) => {
                    let glyphs = screen.glyphs(capabilities.glyphs);
                    let look = Look { glyphs, colour: capabilities.colour, ..Look::default() };
                    Face::Screen(Box::new(screen), look, seen)
                }
                Err(error) => return refuse(&died("the terminal", error), flags, environment),
            }
        }
    };
    Box::pin(run::run(begin, face, signals, clock, flags.verbose)).await
}

/// With a profile, all that the run needs; without one, and with somebody to ask, the choice of one.
async fn begin(
    environment: &Environment,
    flags: &cli::Enroll,
    capabilities: Capabilities,
) -> Result<Begin, Fault> {
    let folder = config::folder();
    let somebody = manner(flags, capabilities) != Manner::Nobody && !flags.yes;
    if somebody && config::undecided(&wanted(flags), flags.profile_file.as_deref(), folder.as_deref())? {
        return choose::begin(environment, flags, capabilities);
    }
    let (mut setup, mut hands) = prepare(environment, flags, capabilities)?;
    stay::arrange(flags, &mut setup, &mut hands, true).await?;
    Ok(Begin::with(setup, hands))
}

fn wanted(flags: &cli::Enroll) -> Wanted {
    Wanted {
        profile: flags.profile.clone(),
        api: flags.api.clone(),
        expect_account: flags.expect_account,
        kubeconfig: flags.cluster.kubeconfig.clone(),
        context: flags.cluster.context.clone(),
        helm: flags.helm.clone(),
    }
}

/// Who is there to answer.
pub(super) fn manner(flags: &cli::Enroll, capabilities: Capabilities) -> Manner {
    let answered = io::stdin().is_terminal() && flags.token_file.as_deref() != Some(Path::new("-"));
    match capabilities.face {
        FaceKind::Screen => Manner::Screen,
        // With --yes nothing is asked, so the end of standard input is no answer either.
        FaceKind::Plain if answered && !flags.yes => Manner::Asked,
        FaceKind::Plain | FaceKind::Json => Manner::Nobody,
    }
}

/// Checks the flags and puts together what a run needs. Asks nothing of the network.
pub(super) fn prepare(
    environment: &Environment,
    flags: &cli::Enroll,
    capabilities: Capabilities,
) -> Result<(Setup, Hands), Fault> {
    let wanted = wanted(flags);
    let profile = config::load(&wanted, flags.profile_file.as_deref(), config::folder().as_deref())?;
    let location = flags.location.as_deref().map(location).transpose()?;
    if let Some(name) = &flags.name {
        crate::claim::names::given(name)?;
    }
    let vault = Vault::default();
    let options = http::Options::of(&profile.trust, flags.ca_cert.as_deref());
    let backend = links::backend(&profile, &vault, &options)?;
    if flags.walk != cli::Walk::SignIn && backend.shape().steps == [Step::SignIn] {
        let why =
            format!("it only signs in so far, and enrolls nothing; to sign in: {}", flags.again("sign-in"));
        return Err(Fault::BadInput { what: "This profile".into(), why: why.into() });
    }
    let origin = profile.api.origin().ascii_serialization();
    let token = flags.token_file.as_deref().map(|path| token(path, &vault, &origin)).transpose()?;
    let machine = Machine::new(&profile, environment);
    let install = links::install(&profile, &vault, &origin, environment, &machine);
    let shape = shape(backend.shape(), flags.walk)?;
    let rest = match profile.install {
        InstallKind::Workstation => links::rest(flags.secret_store)?,
        InstallKind::Release => None,
    };
    let manner = manner(flags, capabilities);
    let fitting = links::fitting(&profile, &vault, &origin, environment, (rest, manner == Manner::Screen));
    let survey = match flags.walk {
        _ if fitting.is_some() => Survey::default(),
        cli::Walk::Whole | cli::Walk::Retire { .. } => machine.survey(),
        cli::Walk::SignIn => Survey::default(),
    };
    // A sandbox that ends with this run leaves nothing to come back to.
    let state = if flags.resume_instead.is_some() { None } else { StateFolder::of_user() };
    let setup = Setup {
        profile: profile.facts(),
        shape,
        manner,
        yes: flags.yes,
        name: flags.name.as_deref().map(Text::new),
        location,
        consent: consent(flags)?,
        guess: environment.guess(),
        // A simulated run asks nothing real.
        locate: environment.metadata.is_some() || !profile.facts().sandbox,
        host: environment.host.clone(),
        person: environment.person(),
        token,
        stay: Stay::default(),
        life: life(flags, state.as_ref(), &origin),
        budget: Duration::from_secs(flags.budget),
        hold: Duration::from_secs(flags.hold),
        resume: flags.resume(),
        start: Start {
            profiles: Vec::new(),
            survey,
            allowed: flags.cluster.allow_exec,
            namespace: namespace(flags)?,
            log: None,
        },
    };
    let device = DeviceContext {
        host: environment.host.clone(),
        user: environment.user.clone(),
        os: Text::new(&format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
        fingerprint: fingerprint(&environment.machine_id, &origin),
        key: None,
    };
    let issued = setup.shape.credential == Credential::Issued;
    let sessions = if issued || stay::policy(flags) == TokenCachePolicy::NoCache {
        None
    } else {
        links::sessions(&profile, &vault)
    };
    let (api, metadata, opener) = (profile.api, environment.metadata(), environment.opener());
    let hands = Hands {
        backend,
        install,
        fitting,
        machine,
        vault,
        origin,
        api,
        state,
        sessions,
        place: None,
        metadata,
        opener,
        device,
        typed: watch::Sender::new(None),
    };
    Ok((setup, hands))
}

fn shape(whole: Shape, walk: cli::Walk) -> Result<Shape, Fault> {
    match walk {
        cli::Walk::Whole => Ok(whole),
        cli::Walk::Retire { .. } if whole.credential == Credential::Issued => {
            Ok(Shape { steps: &[Step::Retire], ..whole })
        }
        _ if whole.credential == Credential::Issued => {
            let why = "its sign-in is the enrollment itself, and leaves no session; see landfall workstation \
                       --help";
            Err(Fault::BadInput { what: "This profile".into(), why: why.into() })
        }
        cli::Walk::SignIn => Ok(Shape { steps: &[Step::SignIn], ..whole }),
        cli::Walk::Retire { .. } => Ok(Shape { steps: &[Step::SignIn, Step::Retire], ..whole }),
    }
}
