//! Carries out the wizard's orders: the only caller of back ends, installs and claims.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use url::Url;

use super::commands::say_anew;
use super::look::Looker;
use super::machine::Machine;
use super::opener::Opener;
use super::tasks::{Tasks, Teller};
use super::{clock, preflight, words};
use crate::backend::device_grant::{self, Beside, Granted};
use crate::backend::{Backend, DeviceContext};
use crate::claim;
use crate::cloud;
use crate::config::state::{Place, State, StateFolder};
use crate::error::Fault;
use crate::foreign::Text;
use crate::install::{Fitting, Install, Report, Told};
use crate::model::{Account, Claimed, Intent, Leaving, ReverseCode};
use crate::secret::{SecretRef, Vault};
use crate::store::Sessions;
use crate::wizard::effect::{Effect, Order};
use crate::wizard::msg::Reply;
use crate::wizard::stay::{Rested, Wish};

mod issue;
mod ways;

/// Everything an order may need.
#[derive(Clone)]
pub struct Hands {
    /// The control plane.
    pub backend: Arc<dyn Backend>,
    /// What is put on the machine.
    pub install: Arc<dyn Install>,
    /// The same, where the identity is issued with the sign-in.
    pub fitting: Option<Arc<dyn Fitting>>,
    /// This machine's ways to a cluster.
    pub machine: Machine,
    /// The run's secrets.
    pub vault: Vault,
    /// The API origin, part of every secret's audience.
    pub origin: String,
    /// The API's base address.
    pub api: Url,
    /// Where the pointer to the selected client is kept, if it is kept at all.
    pub state: Option<StateFolder>,
    /// The sessions that rest on this machine, if any may.
    pub sessions: Option<Sessions>,
    /// Where the session of this run will rest, if it is to stay.
    pub place: Option<Place>,
    /// Where a cloud's metadata service would answer.
    pub metadata: SocketAddr,
    /// What opens a browser here, where somebody would see it.
    pub opener: Option<Opener>,
    /// What this device says of itself when it asks for a code.
    pub device: DeviceContext,
    /// The digits that a person typed for the sign-in under way.
    pub typed: watch::Sender<Option<ReverseCode>>,
}

impl Hands {
    /// Starts what an effect asks for. Copying and leaving are the loop's own business.
    pub fn carry_out(&self, tasks: &mut Tasks, effect: Effect) {
        let hands = self.clone();
        let Effect { target, order } = effect;
        let Some(slot) = order.slot() else {
            match order {
                Order::Stop(slot) => tasks.stop(target, slot),
                Order::Take(way) => self.machine.take(way),
                Order::Forget(session) => self.vault.drop(session),
                Order::Reverse(digits) => drop(self.typed.send_replace(Some(digits))),
                _ => {}
            }
            return;
        };
        tasks.start(target, slot, move |tell| async move {
            match order {
                Order::Survey => tell.tell(Reply::Surveyed(Box::new(hands.machine.survey()))).await,
                Order::Locate => tell.tell(Reply::Located(cloud::guess(hands.metadata).await)).await,
                Order::Look => hands.look(&tell).await,
                Order::Register(token) => hands.register(&tell, token).await,
                Order::Fit(issued) => hands.fit(&tell, &issued).await,
                Order::Rescue(issued) => hands.rescue(&tell, &issued).await,
                Order::Stand => hands.stand(&tell).await,
                Order::Part => hands.part(&tell).await,
                Order::Settle(issued, address) => hands.settle(&tell, &issued, address.as_deref()).await,
                Order::SignIn => hands.sign_in(&tell).await,
                Order::Browse => hands.browse(&tell).await,
                Order::Redeem(pasted) => hands.redeem(&tell, pasted).await,
                Order::Open(address) => hands.open(&tell, address.shown()).await,
                Order::Who(session) => {
                    let who = hands.backend.who(session).await;
                    hands.tell_of_server(&tell).await;
                    tell.tell(Reply::Who(who)).await;
                }
                Order::Clients(session, next) => {
                    let page = hands.backend.clients(session, next.as_deref()).await;
                    tell.tell(Reply::Clients(page)).await;
                }
                Order::Enroll(session, intent) => hands.enroll(&tell, session, &intent).await,
                Order::Rollout(claimed) => hands.rollout(&tell, &claimed).await,
                Order::Presence(session, id, wait) => {
                    tokio::time::sleep(wait).await;
                    tell.tell(Reply::Presence(hands.backend.presence(session, id).await)).await;
                }
                Order::Health(session) => {
                    let health = hands.looker().health(session).await;
                    tell.tell(Reply::Health(Box::new(health))).await;
                }
                Order::Edit(session, id, edit) => {
                    let end = say_anew(hands.backend.as_ref(), session, id, &edit).await;
                    tell.tell(Reply::Edited(end.map(Box::new))).await;
                }
                Order::Retire(session, leaving) => hands.retire(&tell, session, &leaving).await,
                Order::Select(selected) => {
                    let end = hands.note(|state, origin| state.select(origin, *selected.clone())).await;
                    tell.tell(Reply::Selected(end)).await;
                }
                Order::Unselect(account) => {
                    let end = hands.note(|state, origin| state.unselect(origin, Some(account))).await;
                    tell.tell(Reply::Selected(end)).await;
                }
                Order::Revoke(session) => {
                    let end = hands.backend.revoke(session).await;
                    hands.vault.drop(session);
                    tell.tell(Reply::Revoked(end)).await;
                }
                Order::Keep(session, account, wish) => {
                    tell.tell(Reply::Kept(hands.keep(session, &account, wish).await)).await;
                }
                Order::Discard(session) => {
                    // What cannot be removed is found dead again by the next run, which says so.
                    if let Some(sessions) = &hands.sessions {
                        let _ = sessions.remove(Some(session)).await;
                    }
                    hands.vault.drop(session);
                }
                Order::Prepare(_)
                | Order::Take(_)
                | Order::Reverse(_)
                | Order::Stop(_)
                | Order::Forget(_)
                | Order::Show(_)
                | Order::Hide
                | Order::CopyCode
                | Order::CopyUrl
                | Order::CopyRequest
                | Order::Leave(_) => {}
            }
        });
    }

    async fn sign_in(&self, tell: &Teller) {
        let begun = self.begin().await;
        self.tell_ways(tell, begun.as_ref().map(|_| ())).await;
        let begun = match begun {
            Ok(begun) => begun,
            Err(fault) => {
                self.tell_of_server(tell).await;
                return tell.tell(Reply::SignedIn(Err(fault))).await;
            }
        };
        self.tell_of_server(tell).await;
        tell.tell(Reply::Code(begun.grant.clone())).await;
        let (heard, mut polls) = mpsc::unbounded_channel();
        let told = move |polled| drop(heard.send(polled));
        let beside = Beside { told: &told, typed: self.typed.subscribe(), suspended: clock::suspended };
        let grant = device_grant::drive(self.backend.as_ref(), &begun, beside);
        tokio::pin!(grant);
        let end = loop {
            tokio::select! {
                biased;
                Some(polled) = polls.recv() => tell.tell(Reply::Polled(polled)).await,
                end = &mut grant => break end,
            }
        };
        self.vault.drop(begun.device_code);
        tell.tell(match end {
            Ok(Granted::Session(session)) => Reply::SignedIn(Ok(session)),
            Ok(Granted::Issued(issued)) => Reply::Issued(issued),
            Err(fault) => Reply::SignedIn(Err(fault)),
        })
        .await;
    }

    /// The server's time, as its latest answer told it; and who else can read along.
    async fn tell_of_server(&self, tell: &Teller) {
        if let Some(server) = self.backend.server_time() {
            tell.tell(Reply::Clock(server)).await;
        }
        if let Some(reader) = self.backend.reader() {
            tell.tell(Reply::Reader(reader)).await;
        }
    }

    /// Puts the session away, then ends the one that was there before.
    async fn keep(&self, session: SecretRef, account: &Account, wish: Option<Wish>) -> Result<Rested, Fault> {
        let nowhere = || Fault::SessionFile { why: "no place was chosen".into() };
        let sessions = self.sessions.as_ref().ok_or_else(nowhere)?;
        let place = match wish {
            Some(Wish::Keyring) => sessions.choose(Some(Place::Keyring)).await?.place,
            Some(Wish::Kernel) => sessions.choose(Some(Place::Kernel)).await?.place,
            Some(Wish::File) => sessions.choose(Some(Place::File)).await?.place,
            None => self.place.ok_or_else(nowhere)?,
        };
        let span = (clock::wall(), self.backend.ends(session));
        let keeping = sessions.keep(place, session, account, &self.api, span).await?;
        let mut notes = keeping.notes;
        if let Some(before) = keeping.replaced {
            let end = self.backend.revoke(before).await;
            let ended = matches!(end, Ok(()) | Err(Fault::SessionRejected));
            self.vault.drop(before);
            notes.push(words::session_replaced(ended));
        }
        Ok(Rested { place: sessions.words(place), notes })
    }

    async fn enroll(&self, tell: &Teller, session: SecretRef, intent: &Intent) {
        let (report, told) = reports();
        // On the heap: it is large, and held across the whole claim.
        let claim = Box::pin(claim::enroll(
            self.backend.as_ref(),
            self.install.as_ref(),
            &self.vault,
            &self.origin,
            session,
            intent,
            &report,
        ));
        let end = forward(claim, told, tell).await;
        tell.tell(Reply::Claimed(end.map(Box::new))).await;
    }

    /// What a look at both sides needs.
    pub fn looker(&self) -> Looker {
        Looker {
            backend: Arc::clone(&self.backend),
            install: Arc::clone(&self.install),
            state: self.state.clone(),
            origin: self.origin.clone(),
            trouble: None,
        }
    }

    /// Changes the state, where one is kept.
    async fn note(&self, change: impl FnOnce(&mut State, &str)) -> Result<(), Fault> {
        let Some(folder) = &self.state else { return Ok(()) };
        let mut locked = folder.lock().await?;
        let before = locked.state.clone();
        change(&mut locked.state, &self.origin);
        if locked.state == before { Ok(()) } else { locked.save() }
    }

    async fn retire(&self, tell: &Teller, session: SecretRef, leaving: &Leaving) {
        let (report, told) = reports();
        let clear = Box::pin(async {
            let end = self.note(|state, origin| state.unselect(origin, None)).await;
            let why = end.err()?.sentence();
            Some(Text::new(&format!("clear the pointer on this machine ({})", why.trim_end_matches('.'))))
        });
        let work = claim::retire::retire(
            self.backend.as_ref(),
            self.install.as_ref(),
            &self.origin,
            session,
            leaving,
            clear,
            &report,
        );
        let end = forward(work, told, tell).await;
        tell.tell(Reply::Retired(end.map(Box::new))).await;
    }

    async fn rollout(&self, tell: &Teller, claimed: &Claimed) {
        let (report, told) = reports();
        let fault: Fault = forward(self.install.run(claimed, report), told, tell).await;
        tell.tell(Reply::RolloutEnded(fault)).await;
    }
}

/// Stages wait their turn; of snapshots only the latest matters, so that a slow face never holds back a watch.
struct Reports {
    stages: mpsc::UnboundedReceiver<crate::model::Progress>,
    latest: watch::Receiver<Option<crate::model::Snapshot>>,
}

fn reports() -> (Report, Reports) {
    let (stage, stages) = mpsc::unbounded_channel();
    let (show, latest) = watch::channel(None);
    let report: Report = Arc::new(move |told| match told {
        Told::Progress(progress) => drop(stage.send(progress)),
        Told::Snapshot(snapshot) => drop(show.send(Some(snapshot))),
    });
    (report, Reports { stages, latest })
}

async fn forward<T>(work: impl Future<Output = T>, mut reports: Reports, tell: &Teller) -> T {
    tokio::pin!(work);
    loop {
        tokio::select! {
            biased;
            Some(stage) = reports.stages.recv() => tell.tell(Reply::Progress(stage)).await,
            Ok(()) = reports.latest.changed() => {
                let snapshot = reports.latest.borrow_and_update().clone();
                if let Some(snapshot) = snapshot {
                    tell.tell(Reply::Snapshot(snapshot)).await;
                }
            }
            end = &mut work => {
                while let Ok(stage) = reports.stages.try_recv() {
                    tell.tell(Reply::Progress(stage)).await;
                }
                let last = reports.latest.has_changed().unwrap_or(false);
                let last = last.then(|| reports.latest.borrow_and_update().clone()).flatten();
                if let Some(snapshot) = last {
                    tell.tell(Reply::Snapshot(snapshot)).await;
                }
                return end;
            }
        }
    }
}
