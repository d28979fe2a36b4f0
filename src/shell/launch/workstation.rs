//! Runs about a workstation: the sandbox that plays its control plane, and what comes after the registration.

use super::super::clock::Clock;
use super::super::commands;
use super::super::environment::Environment;
use super::super::out;
use super::super::signals::Signals;
use super::{died, enroll as enroll_it, refuse};
use crate::cli::{self, AfterCare};
use crate::error::Exit;
use crate::sandbox::pychron::{self, Stand};
use crate::sandbox::serve::Options;

/// A sandbox that plays pychronAPI.
pub(super) async fn sandbox(
    environment: &Environment,
    flags: &cli::Sandbox,
    options: &Options,
    mut enroll: cli::Enroll,
    clock: Clock,
) -> Exit {
    let options =
        pychron::Options { trouble: options.scenario.trouble, approve_after: options.approve_after };
    let stand = match Stand::start(&options).await {
        Ok(stand) => stand,
        Err(error) => return refuse(&died("the sandbox", error), &enroll, environment),
    };
    if flags.serve {
        return match (out::say(&stand.place().to_string()), Signals::listen(false)) {
            (Ok(()), Ok(mut signals)) => Exit::Signal(signals.end().await),
            (Ok(()), Err(error)) => refuse(&died("the sandbox", error), &enroll, environment),
            (unheard, _) => out::end(unheard, Exit::Online),
        };
    }
    enroll.profile = None;
    enroll.profile_file.get_or_insert_with(|| stand.profile());
    // This sandbox is gone when the run ends: nothing can come back to it.
    enroll.resume_instead = Some("landfall sandbox --backend pychron");
    enroll_it(environment, &enroll, clock).await
}

/// After the registration.
pub(super) async fn look_after(environment: &Environment, what: &AfterCare, clock: Clock) -> Exit {
    match what {
        AfterCare::Status(care) => commands::workstation::status(care, environment).await,
        AfterCare::ReEnroll(flags) => {
            let flags = cli::Enroll { replace: true, kept_token: true, ..(**flags).clone() };
            enroll_it(environment, &flags, clock).await
        }
        AfterCare::Revoke(care) => commands::workstation::take_away(care, environment, false).await,
        AfterCare::SwitchLab(care) => commands::workstation::take_away(care, environment, true).await,
    }
}
