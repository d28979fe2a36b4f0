//! Looking at an enrolled machine from both sides, without changing anything.
#![expect(clippy::disallowed_methods, reason = "a look has a deadline, and the shell reads the clock")]

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use crate::backend::{Backend, Proof};
use crate::claim;
use crate::config::state::StateFolder;
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::{Holder, Install, Report, Told};
use crate::model::{
    Client, Facts, Health, Images, Known, Release, Reporter, RowState, Selected, Sight, Slug, Snapshot,
    Verdict, View,
};
use crate::secret::SecretRef;

/// How long a look at the workloads may take.
const LOOK: Duration = Duration::from_secs(6);
/// How long the control plane may take, a whole list included.
const ANSWER: Duration = Duration::from_secs(20);
/// How long causes of what is not ready are gathered, once everything is in sight.
const CAUSES: Duration = Duration::from_millis(700);
/// How often the control plane is asked while its view is awaited.
const ASK_EVERY: Duration = Duration::from_secs(3);

/// What a look needs.
#[derive(Clone)]
pub struct Looker {
    /// The control plane.
    pub backend: Arc<dyn Backend>,
    /// What is put on the machine.
    pub install: Arc<dyn Install>,
    /// Where the pointer to the selected client is, if anywhere.
    pub state: Option<StateFolder>,
    /// The API origin.
    pub origin: String,
    /// Why no way leads to a cluster, if none does.
    pub trouble: Option<Fault>,
}

impl Looker {
    /// The client that this user's runs selected here. A state that cannot be read selects none.
    pub fn selected(&self) -> Option<Selected> {
        let (_, state) = self.state.as_ref()?.read().ok()??;
        state.selected(&self.origin).cloned()
    }

    /// What is known of the cluster.
    pub async fn inspect(&self) -> Result<Facts, Fault> {
        match &self.trouble {
            Some(fault) => Err(fault.clone()),
            None => self.install.inspect().await,
        }
    }

    /// Both sides at this moment.
    pub async fn health(&self, session: Option<SecretRef>) -> Health {
        self.follow(session, Duration::ZERO, &mut |_| ()).await
    }

    /// Both sides, watched until they are well, until something is wrong that waiting does not cure, or until
    /// `patience` has passed. `told` hears of every change.
    pub async fn follow(
        &self,
        session: Option<SecretRef>,
        patience: Duration,
        told: &mut (dyn FnMut(&Health) + Send),
    ) -> Health {
        let end = Instant::now() + patience;
        loop {
            let facts = self.inspect().await.map(Box::new);
            let view = View::NotAsked("nobody asked yet".into());
            let mut health = Health { selected: self.selected(), facts, snapshot: None, view };
            health.view = self.view_in_time(session, &health).await;
            let lives = health.release().map(|(namespace, _)| namespace.clone());
            if let Some(namespace) = lives {
                return self.watch(health, &namespace, session, end, told).await;
            }
            told(&health);
            let cure = matches!(&health.facts, Err(fault) if may_pass(fault))
                || matches!(&health.facts, Ok(facts) if matches!(facts.release, Release::Unclear(_)));
            if !cure || Instant::now() + ASK_EVERY >= end {
                return health;
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
    }

    async fn watch(
        &self,
        mut health: Health,
        namespace: &Slug,
        session: Option<SecretRef>,
        end: Instant,
        told: &mut (dyn FnMut(&Health) + Send),
    ) -> Health {
        let (show, mut latest) = watch::channel(None);
        let report: Report = Arc::new(move |told| {
            if let Told::Snapshot(snapshot) = told {
                drop(show.send(Some(snapshot)));
            }
        });
        let observing = self.install.observe(namespace, report);
        tokio::pin!(observing);
        let waits = end > Instant::now();
        let last = if waits { end } else { Instant::now() + LOOK };
        let mut settled: Option<Instant> = None;
        let mut ask = Instant::now() + ASK_EVERY;
        loop {
            if in_sight(health.snapshot.as_ref()) && settled.is_none() {
                settled = Some(Instant::now() + CAUSES);
            }
            let gathered = settled.is_some_and(|at| at <= Instant::now());
            let done = match health.verdict() {
                Verdict::Healthy => settled.is_some(),
                Verdict::Wrong => gathered,
                Verdict::NotYet | Verdict::Unseen => {
                    (gathered && !waits) || matches!(&health.view, View::Unknown(fault) if !may_pass(fault))
                }
            };
            // Ready is ready, whatever the causes of something else would be.
            if done || gathered && !waits || Instant::now() >= last {
                return health;
            }
            let next = settled.filter(|at| *at > Instant::now()).unwrap_or(ask).min(ask).min(last);
            tokio::select! {
                fault = &mut observing => {
                    let lost = Text::new(&fault.sentence());
                    let rows = health.snapshot.take().map(|before| before.rows).unwrap_or_default();
                    let (images, happenings) = (Images::default(), Vec::new());
                    let (sight, reporter) = (Sight::Lost(lost), Reporter::Unknown);
                    health.snapshot = Some(Snapshot { sight, rows, images, happenings, reporter });
                    return health;
                }
                Ok(()) = latest.changed() => {
                    health.snapshot.clone_from(&latest.borrow_and_update());
                    told(&health);
                }
                () = sleep_until(next) => {
                    if waits && ask <= Instant::now() {
                        health.view = self.view_in_time(session, &health).await;
                        ask = Instant::now() + ASK_EVERY;
                        told(&health);
                    }
                }
            }
        }
    }

    async fn view_in_time(&self, session: Option<SecretRef>, health: &Health) -> View {
        let late = || View::NotAsked("the control plane did not answer in time".into());
        timeout(ANSWER, self.view(session, health)).await.unwrap_or_else(|_| late())
    }

    /// What the control plane says: by the session, or without one by the machine's own credential.
    async fn view(&self, session: Option<SecretRef>, health: &Health) -> View {
        if let Some(session) = session {
            match self.row(session, health).await {
                Ok(Some(client)) => return View::Row(Box::new(client), self.backend.server_time()),
                Ok(None) if health.release().is_some() => return View::NotInAccount,
                Ok(None) => return View::NotAsked("no client lives here that could be asked about".into()),
                // A session of a person's that ran out says nothing about this machine.
                Err(Fault::SessionRejected) => {}
                Err(fault) => return View::Unknown(fault),
            }
        }
        match &health.facts {
            Ok(facts) => self.proven(facts).await,
            Err(_) => {
                View::NotAsked("nobody is signed in, and the cluster holds the machine's credential".into())
            }
        }
    }

    /// The row of what lives here; where nothing does, of what holds this cluster.
    async fn row(&self, session: SecretRef, health: &Health) -> Result<Option<Client>, Fault> {
        let living = health.release().map(|(_, username)| username);
        let anchor = health.facts.as_ref().ok().and_then(|facts| facts.cluster_id.value());
        let fits = |client: &Client| match living {
            Some(username) => client.username.as_ref() == Some(username),
            None => anchor.is_some() && client.cluster_id.as_ref() == anchor,
        };
        // The pointer spares reading the whole account, where it points at what is here.
        if let Some(selected) = &health.selected
            && let Some(client) = self.backend.client(session, selected.id).await?
            && fits(&client)
        {
            return Ok(Some(client));
        }
        Ok(claim::whole(self.backend.as_ref(), session).await?.into_iter().find(fits))
    }

    /// Whether the machine's credential is accepted. It is sent only to the control plane that it was installed
    /// for, by what this program noted then.
    async fn proven(&self, facts: &Facts) -> View {
        let not = |why: &str| View::NotAsked(why.into());
        let Release::One { .. } = &facts.release else { return not("nobody is signed in") };
        let (Some(account), Known::Yes(cluster)) = (facts.owner, &facts.cluster_id) else {
            return not(
                "nobody is signed in, and nothing says that the credential here is meant for this server",
            );
        };
        let holder = Holder { origin: self.origin.clone(), account, cluster: cluster.clone() };
        let (username, password) = match self.install.living(&holder).await {
            Ok(Some(living)) => living,
            Ok(None) => return not("nobody is signed in, and the machine's credential cannot be read"),
            Err(fault) => return View::Unknown(fault),
        };
        match timeout(LOOK, self.backend.prove(account, cluster, &username, password)).await {
            Ok(Proof::Works) => View::Accepted,
            Ok(Proof::Rejected) => View::Rejected,
            Ok(Proof::Inactive) => View::Inactive,
            Ok(Proof::Unknown(fault)) => View::Unknown(fault),
            Err(_) => not("the control plane did not answer in time"),
        }
    }
}

/// Whether every row is what the cluster says, and not only what is expected.
fn in_sight(snapshot: Option<&Snapshot>) -> bool {
    snapshot.is_some_and(|snapshot| {
        snapshot.sight == Sight::Clear
            && !snapshot
                .rows
                .iter()
                .any(|row| row.state == RowState::Waiting && row.note.as_str() == "applied")
    })
}

/// Whether waiting may cure it.
fn may_pass(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::Unreachable { .. }
            | Fault::NotTheApi { .. }
            | Fault::Server { .. }
            | Fault::RateLimited { .. }
            | Fault::BadReply { .. }
            | Fault::CannotTell { .. }
            | Fault::ClusterUnreachable { .. }
    )
}
