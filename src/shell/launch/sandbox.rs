//! Runs at an embedded control plane: served for others, or for the run that follows.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use serde_json::Value;

use super::{died, refuse};
use crate::cli::{self, Played};
use crate::error::{Exit, Fault};
use crate::foreign::Text;
use crate::sandbox::pychron::{self as played, Stand};
use crate::sandbox::serve::{Options, Sandbox};
use crate::shell::clock::Clock;
use crate::shell::environment::Environment;
use crate::shell::out;
use crate::shell::signals::Signals;

pub(super) async fn sandbox(environment: &Environment, flags: &cli::Sandbox, clock: Clock) -> Exit {
    let mut enroll = match cli::Enroll::of(&flags.args) {
        Ok(enroll) => enroll,
        Err(said) => return out::usage(&said),
    };
    let options = Options {
        scenario: flags.scenario.clone().unwrap_or_default(),
        approve_after: flags.approve.map(Duration::from_secs),
        speed: flags.speed,
        more: flags.clusters.saturating_sub(1),
        listen: flags.listen,
        expose: flags.expose,
    };
    if let Some(why) = options.refusal() {
        return refuse(
            &Fault::BadInput { what: "--listen".into(), why: Text::new(&why) },
            &enroll,
            environment,
        );
    }
    if flags.backend == Played::Pychron {
        return pychron(environment, flags, &options, enroll, clock).await;
    }
    let sandbox = match Sandbox::start(&options).await {
        Ok(sandbox) => sandbox,
        Err(error) => return refuse(&died("the sandbox", error), &enroll, environment),
    };
    if flags.serve {
        return served(&sandbox.place(), &sandbox.guide(true), &enroll, environment).await;
    }
    // Said before the screen is taken, so that it stands above it when it is given back; a script that reads
    // errors there is spared it.
    if io::stderr().is_terminal() || flags.expose {
        let _ = write!(io::stderr(), "{}", sandbox.guide(false));
    }
    at_sandbox(&mut enroll, &sandbox);
    super::enroll(environment, &enroll, clock).await
}

/// Says where it is, and serves until a signal ends it.
async fn served(place: &Value, guide: &str, enroll: &cli::Enroll, environment: &Environment) -> Exit {
    if let Err(unheard) = out::say(&place.to_string()) {
        return out::end(Err(unheard), Exit::Refused);
    }
    let _ = write!(io::stderr(), "{guide}");
    match Signals::listen(false) {
        Ok(mut signals) => Exit::Signal(signals.end().await),
        Err(error) => refuse(&died("the sandbox", error), enroll, environment),
    }
}

/// A sandbox that plays pychronAPI.
async fn pychron(
    environment: &Environment,
    flags: &cli::Sandbox,
    options: &Options,
    mut enroll: cli::Enroll,
    clock: Clock,
) -> Exit {
    let options = played::Options { trouble: options.scenario.trouble, approve_after: options.approve_after };
    let stand = match Stand::start(&options).await {
        Ok(stand) => stand,
        Err(error) => return refuse(&died("the sandbox", error), &enroll, environment),
    };
    if flags.serve {
        return served(&stand.place(), "", &enroll, environment).await;
    }
    enroll.profile = None;
    enroll.profile_file.get_or_insert_with(|| stand.profile());
    // This sandbox is gone when the run ends: nothing can come back to it.
    enroll.resume_instead = Some("landfall sandbox --backend pychron");
    super::enroll(environment, &enroll, clock).await
}

/// The flags of a run at a sandbox.
pub(in crate::shell) fn at_sandbox(enroll: &mut cli::Enroll, sandbox: &Sandbox) {
    enroll.profile = None;
    enroll.profile_file.get_or_insert_with(|| sandbox.profile());
    if sandbox.is_exposed() {
        enroll.ca_cert.get_or_insert_with(|| sandbox.authority());
    }
    // This sandbox is gone when the run ends: nothing can come back to it.
    enroll.resume_instead = Some("landfall sandbox");
    if !enroll.stay_signed_in {
        // Its sessions end with it; what is kept of real ones is none of its business.
        enroll.secret_store.get_or_insert(cli::SecretStore::None);
    }
}

/// Whether these are the flags of a run at a sandbox of this process.
pub(super) fn is_sandbox(flags: &cli::Enroll) -> bool {
    flags.resume_instead.is_some()
}

/// The sandbox as it is started without a word about it.
pub(in crate::shell) async fn plain_sandbox() -> Result<Sandbox, Fault> {
    let options = Options::default();
    Sandbox::start(&options).await.map_err(|error| died("the sandbox", error))
}
