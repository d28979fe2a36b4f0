//! The small commands: they ask or change one thing, say it, and end.

use clap::CommandFactory;

use super::environment::Environment;
use super::out;
use super::refusal::refused;
use crate::cli::{Cli, Profiles};
use crate::config::state::StateFolder;
use crate::config::{self, BackendKind, Listed};
use crate::error::{Exit, Fault};
use crate::face::profiles::{self, Entry};

mod clients;
pub mod doctor;
mod place;
pub mod session;
mod set;
mod status;

pub use clients::clients;
pub use set::{say_anew, set};
pub use status::status;
pub mod workstation;

/// `landfall profiles`
pub fn profiles(flags: &Profiles, environment: &Environment) -> Exit {
    let listed = match listed(flags) {
        Ok(listed) => listed,
        Err(fault) => return refused(&fault, "landfall profiles", flags.json, environment),
    };
    let said =
        if flags.json { out::say_all(&profiles::json(&listed)) } else { out::say(&profiles::text(&listed)) };
    out::end(said, Exit::Online)
}

/// The profiles, each with who is signed in there by what this machine remembers.
fn listed(flags: &Profiles) -> Result<Vec<Entry>, Fault> {
    let listed = config::list(flags.profile_file.as_deref(), config::folder().as_deref())?;
    let kept = StateFolder::of_user().map(|folder| folder.read()).transpose()?.flatten();
    let entry = |Listed { profile, file }: Listed| {
        let origin = profile.api.origin().ascii_serialization();
        let session = kept.as_ref().and_then(|(_, state)| state.session(&origin));
        Entry {
            facts: profile.facts(),
            api: profile.api.as_str().into(),
            backend: profile.backend.name(),
            // What only signs in has an install by name alone.
            install: (profile.backend != BackendKind::Oidc).then(|| profile.install.name()),
            file: file.map(|file| file.display().to_string().into()),
            session_of: session.map(|session| session.email.clone()),
        }
    };
    Ok(listed.into_iter().map(entry).collect())
}

/// `landfall completions SHELL`
pub fn completions(shell: clap_complete::Shell) -> Exit {
    // Written to memory first: the generator panics on a closed pipe.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "landfall", &mut script);
    out::end(out::write(&script), Exit::Online)
}
