//! The simulated control plane: provisioning API and activation pages.
//!
//! One router serves both on one loopback listener. All state is in memory; time that a person sees
//! pass (codes, polling) is real, time that a machine sees pass (heartbeats) is simulated.

mod account;
mod api;
mod audit;
mod client;
mod credential;
mod device_api;
mod fields;
mod grant;
mod guard;
mod html;
mod pages;
mod rate;
mod refusal;
mod registry;
mod request;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::Instant;

use self::account::{Account, SANDBOX};
use self::audit::{Audit, Event};
use self::grant::{Answered, Grants, Policy};
use self::rate::RateLimit;
use self::registry::{Moment, Registry};
use super::scenario::SignIn;
use super::time::SimClock;
use super::tls::{Peer, TlsListener};
use super::{ControlPlane, Login};

/// How this control plane behaves.
#[derive(Clone, Debug)]
pub struct ControlOptions {
    /// The sandbox's clock, for heartbeats and time stamps.
    pub clock: SimClock,
    /// How the sign-in goes.
    pub scenario: SignIn,
    /// A simulated person approves every request this long after it was made, in real time. Not in the
    /// scenarios `denied` and `expires`.
    pub approve_after: Option<Duration>,
    /// The polling interval in seconds; 0 asks for no pace at all.
    pub min_interval: u64,
    /// Whether the person must carry six digits from the page back to the device (`reverse_code`).
    pub reverse_code: bool,
    /// A cluster id that the other account registered first.
    pub foreign_cluster: Option<String>,
    /// A cluster id that a sibling registers a moment before the first POST for it, which is therefore
    /// answered with `cluster_in_use`.
    pub raced_cluster: Option<String>,
    /// The lowest client version that is served; older ones are answered with 426.
    pub min_version: Option<String>,
    /// What goes wrong with writes.
    pub faults: Faults,
    /// How many clients the account has, if more than those it always has.
    pub clients: u32,
    /// What a run that is open to others asks for, on its pages and as the bearer that is valid from the start.
    pub password: Option<String>,
}

/// What goes wrong with writes at the provisioning API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The account may not write: 403.
    pub read_only: bool,
    /// A PATCH of `password` is answered with 200 and ignored.
    pub ignore_password_patch: bool,
    /// The reply to the first mint is lost: the client exists, the connection breaks.
    pub lose_mint_reply: bool,
}

impl Default for ControlOptions {
    fn default() -> Self {
        Self {
            clock: SimClock::new(1.0),
            scenario: SignIn::Normal,
            approve_after: None,
            min_interval: 5,
            reverse_code: false,
            foreign_cluster: None,
            raced_cluster: None,
            min_version: None,
            faults: Faults::default(),
            clients: 0,
            password: None,
        }
    }
}

/// The control plane: a handle that is cheap to clone.
#[derive(Clone)]
pub struct Control {
    shared: Arc<Shared>,
}

struct Shared {
    options: ControlOptions,
    issued_token: String,
    /// Keys the form tokens of the activation page.
    form_key: [u8; 32],
    state: Mutex<State>,
}

struct State {
    grants: Grants,
    registry: Registry,
    /// Bearer to account.
    tokens: HashMap<String, i64>,
    audit: Audit,
    codes_asked: RateLimit,
    codes_tried: RateLimit,
    mint_reply_lost: bool,
}

impl Control {
    /// A control plane with its seeded accounts and clients.
    pub fn new(options: ControlOptions) -> Self {
        let issued_token = options.password.clone().unwrap_or_else(credential::bearer);
        let policy = Policy {
            scenario: options.scenario,
            approve_after: options.approve_after,
            interval: Duration::from_secs(options.min_interval),
            reverse_code: options.reverse_code,
        };
        let state = State {
            grants: Grants::new(policy),
            registry: Registry::new(&options),
            tokens: HashMap::from([(issued_token.clone(), SANDBOX.id)]),
            audit: Audit::default(),
            codes_asked: RateLimit::new(60, 1.0),
            codes_tried: RateLimit::new(60, 1.0),
            mint_reply_lost: false,
        };
        let shared = Shared { options, issued_token, form_key: rand::random(), state: Mutex::new(state) };
        Self { shared: Arc::new(shared) }
    }

    /// The API and the activation pages, for a listener that is reached at `public_base`
    /// (`http://127.0.0.1:PORT`). Any other `Host` than that port on 127.0.0.1 or localhost is refused.
    pub fn router(&self, public_base: &str) -> axum::Router {
        guard::router(self, public_base)
    }

    /// Serves the router on this listener until dropped, with the address of each caller known to it.
    pub async fn serve(&self, listener: TcpListener) -> std::io::Result<()> {
        let base = format!("http://{}", listener.local_addr()?);
        let service = self.router(&base).into_make_service_with_connect_info::<Peer>();
        axum::serve(listener, service).await
    }

    /// The same by TLS, under the address that others reach it at.
    pub async fn serve_others(&self, listener: TlsListener, base: &str) -> std::io::Result<()> {
        let service = self.router(base).into_make_service_with_connect_info::<Peer>();
        axum::serve(listener, service).await
    }

    /// The account that people are signed in to, pinned by the sandbox's profile.
    pub fn account_id(&self) -> i64 {
        SANDBOX.id
    }

    /// A bearer that is valid from the start, for sign-in without a screen.
    pub fn issued_token(&self) -> String {
        self.shared.issued_token.clone()
    }

    /// A person's answer given without the page: true if it was the first for a living code.
    pub fn answer(&self, user_code: &str, approve: bool) -> bool {
        let moment = self.moment();
        matches!(self.state().answer(user_code, approve, &moment), Answered::Now(_))
    }

    /// The same as an approval, with the digits that the page then shows, if it shows any.
    pub fn approve_with_digits(&self, user_code: &str) -> Option<String> {
        let moment = self.moment();
        match self.state().answer(user_code, true, &moment) {
            Answered::Now(digits) => digits,
            Answered::Already(_) | Answered::Unknown => None,
        }
    }

    fn options(&self) -> &ControlOptions {
        &self.shared.options
    }

    fn moment(&self) -> Moment {
        Moment { now: Instant::now(), stamp: self.shared.options.clock.stamp() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves at worst one half-told event; the sandbox goes on.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Lets the simulated person catch up with what is due.
    fn settle(&mut self, moment: &Moment) {
        for _ in 0..self.grants.settle(moment.now) {
            self.audit.note(&moment.stamp, Event::DeviceApprove, SANDBOX.id, None);
        }
    }

    fn answer(&mut self, user_code: &str, approve: bool, moment: &Moment) -> Answered {
        self.settle(moment);
        let answered = self.grants.answer(user_code, approve, moment.now);
        if approve && matches!(answered, Answered::Now(_)) {
            self.audit.note(&moment.stamp, Event::DeviceApprove, SANDBOX.id, None);
        }
        answered
    }

    /// The account behind a bearer.
    fn bearer(&self, token: &str) -> Option<&'static Account> {
        self.tokens.get(token).copied().map(Account::numbered)
    }
}

impl ControlPlane for Control {
    fn login(&self, username: &str, password: &str) -> Login {
        let moment = self.moment();
        let state = &mut *self.state();
        state.registry.login(username, password, &moment, &mut state.audit)
    }

    fn heartbeat(&self, username: &str, namespace: &str) {
        let moment = self.moment();
        self.state().registry.heartbeat(username, namespace, &moment);
    }
}

#[cfg(test)]
mod tests;
