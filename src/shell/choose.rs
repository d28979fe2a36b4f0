//! Nothing is configured, and somebody is there to ask: the profiles to choose from, and making the chosen one
//! ready.

use std::sync::Arc;
use std::time::Duration;

use super::capabilities::Capabilities;
use super::environment::Environment;
use super::run::{Begin, Ready};
use super::{commands, launch, stay};
use crate::cli::{Enroll, Walk};
use crate::config::{self, Listed};
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Approver, Consent, Credential, Nouns, ProfileFacts, Shape, Step, Survey};
use crate::wizard::Setup;
use crate::wizard::begin::Start;
use crate::wizard::life::Life;
use crate::wizard::profile::ProfileRow;
use crate::wizard::stay::Stay;

/// A run that begins with the choice of a profile.
pub fn begin(environment: &Environment, flags: &Enroll, capabilities: Capabilities) -> Result<Begin, Fault> {
    let rows = rows(config::list(None, config::folder().as_deref())?, flags.walk);
    let names: Vec<Text> = rows.iter().map(|row| row.name.clone()).collect();
    let setup = Setup {
        profile: ProfileFacts {
            name: Text::default(),
            host: Text::default(),
            sandbox: false,
            expect_account: None,
        },
        shape: Shape {
            steps: &[Step::Profile],
            nouns: Nouns { client: "client", place: "cluster", end: "Online" },
            routes: &[],
            approver: Approver::Person,
            credential: Credential::Chosen,
        },
        manner: launch::manner(flags, capabilities),
        yes: flags.yes,
        name: None,
        location: None,
        consent: Consent::default(),
        guess: None,
        locate: false,
        host: environment.host.clone(),
        person: environment.person(),
        token: None,
        stay: Stay::default(),
        life: Life::default(),
        budget: Duration::ZERO,
        hold: Duration::ZERO,
        resume: flags.resume(),
        start: Start {
            profiles: rows,
            survey: Survey::default(),
            allowed: false,
            namespace: None,
            log: None,
        },
    };
    let shared = Arc::new((environment.clone(), flags.clone()));
    let prepare = move |row: usize| {
        let (shared, name) = (Arc::clone(&shared), names.get(row).cloned().unwrap_or_default());
        Box::pin(async move { prepare(&shared.0, &shared.1, &name, capabilities).await }) as _
    };
    Ok(Begin { setup, hands: None, prepare: Some(Box::new(prepare)), log: None, examine: None })
}

/// Production first, then the person's own, then what is for trying; the sandbox stands apart at the end.
fn rows(listed: Vec<Listed>, walk: Walk) -> Vec<ProfileRow> {
    let rank = |listed: &Listed| match (listed.file.is_some(), config::stage(&listed.profile.name)) {
        (false, Some("production")) => 0,
        (true, _) => 1,
        _ => 2,
    };
    let mut listed = listed;
    listed.sort_by_key(rank);
    let row = |Listed { profile, file }: Listed| {
        let facts = profile.facts();
        let about = config::stage(&facts.name).filter(|_| file.is_none()).unwrap_or("yours");
        ProfileRow { name: facts.name, host: facts.host, sandbox: facts.sandbox, about: about.into() }
    };
    let sandbox = ProfileRow {
        name: config::SANDBOX.into(),
        host: Text::default(),
        sandbox: true,
        about: "to try it; nothing real is touched".into(),
    };
    // A session of the sandbox would end with it.
    let sandbox = Some(sandbox).filter(|_| walk == Walk::Whole);
    listed.into_iter().map(row).chain(sandbox).collect()
}

/// The run as if the profile had been named on the command line.
async fn prepare(
    environment: &Environment,
    flags: &Enroll,
    name: &str,
    capabilities: Capabilities,
) -> Result<Ready, Fault> {
    let mut flags = flags.clone();
    let mut sandbox = None;
    if name == config::SANDBOX {
        let started = launch::plain_sandbox().await?;
        launch::at_sandbox(&mut flags, sandbox.insert(started));
    } else {
        flags.profile = Some(name.to_owned());
    }
    let (mut setup, mut hands) = launch::prepare(environment, &flags, capabilities)?;
    // The screen is taken: whoever waits reads it there.
    stay::arrange(&flags, &mut setup, &mut hands, false).await?;
    let examine = commands::doctor::over(environment, &flags);
    Ok(Ready { setup, hands, examine, sandbox })
}
