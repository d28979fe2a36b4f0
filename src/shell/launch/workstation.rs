//! What comes after the registration of a workstation.

use super::super::clock::Clock;
use super::super::commands;
use super::super::environment::Environment;
use super::enroll as enroll_it;
use crate::cli::{self, AfterCare};
use crate::error::Exit;

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
