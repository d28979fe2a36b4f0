//! Signing in: a code to approve elsewhere, or another way; then who approved it.

mod ask;
pub mod ways;
mod who;

use std::time::Duration;

use super::effect::{Order, Slot};
use super::event::{Event, Trust};
use super::flow::Go;
use super::msg::Action;
use super::reverse::Reverse;
use super::stay::Stored;
use crate::error::Fault;
use crate::model::{Account, Address, Grant, Issued, Link, Polled, Ways};
use crate::secret::SecretRef;

use ways::Masked;

/// How many codes in a row are replaced without anybody asking for it.
const RENEWALS: u32 = 2;

/// The state of the pane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignIn {
    /// How far it is.
    pub phase: Phase,
    /// How many codes were handed out so far.
    pub codes: u32,
    /// How many of them came in place of one that ran out, since a person last asked for one.
    pub renewals: u32,
    /// Whether the session was issued elsewhere and handed to this run.
    pub issued: bool,
    /// The session of an earlier run that is tried or used, while it is.
    pub stored: Option<Stored>,
    /// The focused row: on the "who approved" question, 0 is yes; else one of the ways.
    pub selected: usize,
    /// Which other ways are open, once that is known.
    pub ways: Ways,
    /// What is being entered without being shown, while it is.
    pub field: Option<Masked>,
    /// Whether the session in hand was entered here, by whoever can enter another one.
    pub entered: bool,
    /// Why no code can be had, once the server said so.
    pub barred: Option<Fault>,
}

/// How far a sign-in is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Nothing was asked yet.
    #[default]
    Idle,
    /// A code was asked for.
    Starting,
    /// A code waits for approval.
    Code {
        /// The code and its addresses.
        grant: Grant,
        /// When it was handed out, since the run began.
        begun: Duration,
        /// What the last poll told.
        polled: Option<Polled>,
    },
    /// Approved; the server waits for the digits that its page shows. The code is off the screen.
    Reverse(Reverse),
    /// The code ran out; a new one is one key away. Whether it was approved, and only its digits were missing.
    Expired(bool),
    /// A browser is awaited.
    Browser {
        /// The address that it opens.
        link: Link,
        /// When it was handed out, since the run began.
        begun: Duration,
    },
    /// A way ended for this reason; another one is to be chosen.
    Ways(Fault),
    /// Approved; asking whose session it is.
    Checking(SecretRef),
    /// Waiting for a person to say that the approver is right.
    Confirm(SecretRef, Account),
    /// The person said no; the session is being ended.
    Refusing,
    /// Signed in.
    Done(SecretRef, Account),
    /// Signed in, with identity and credential.
    Issued(Box<Issued>),
}

impl SignIn {
    /// The session and who it belongs to, once that is settled.
    pub fn session(&self) -> Option<(SecretRef, &Account)> {
        match &self.phase {
            Phase::Done(session, account) => Some((*session, account)),
            _ => None,
        }
    }

    /// What was issued, once it was.
    pub fn issued(&self) -> Option<&Issued> {
        match &self.phase {
            Phase::Issued(issued) => Some(issued),
            _ => None,
        }
    }

    /// Any session this pane holds, settled or not.
    pub fn held(&self) -> Option<SecretRef> {
        match &self.phase {
            Phase::Checking(session) | Phase::Confirm(session, _) | Phase::Done(session, _) => Some(*session),
            _ => None,
        }
    }

    /// Whether the session in hand rests on this machine since an earlier run.
    pub fn rests(&self) -> bool {
        self.stored.as_ref().is_some_and(|stored| stored.rests)
    }

    /// How a session of this run ends: one that was issued elsewhere or kept by an earlier run does not belong
    /// to this one, and is only dropped here.
    pub fn ending(&self, session: SecretRef) -> Order {
        if self.issued || self.rests() { Order::Forget(session) } else { Order::Revoke(session) }
    }

    /// Whether nobody has signed in yet, so that a sign-in may be dropped without a loss.
    pub fn waits(&self) -> bool {
        let settled = matches!(self.phase, Phase::Idle | Phase::Expired(_) | Phase::Ways(_));
        settled || self.under_way() || self.browses()
    }

    /// Whether a device grant is being polled.
    pub fn under_way(&self) -> bool {
        matches!(self.phase, Phase::Starting | Phase::Code { .. } | Phase::Reverse(_))
    }

    /// Whether a browser is awaited.
    pub fn browses(&self) -> bool {
        matches!(self.phase, Phase::Browser { .. })
    }

    /// The question for the digits of the approval page, while it stands.
    pub fn reverse(&self) -> Option<&Reverse> {
        match &self.phase {
            Phase::Reverse(reverse) => Some(reverse),
            _ => None,
        }
    }

    /// What waits for approval, while it does.
    pub fn grant(&self) -> Option<&Grant> {
        match &self.phase {
            Phase::Code { grant, .. } => Some(grant),
            _ => None,
        }
    }

    /// The address on the screen that a person opens, if there is one.
    pub fn address(&self) -> Option<&Address> {
        match &self.phase {
            Phase::Code { grant, .. } => Some(&grant.verification_uri),
            Phase::Browser { link, .. } => Some(&link.address),
            _ => None,
        }
    }

    /// Seconds that the code or the address on the screen is still good for.
    pub fn seconds_left(&self, now: Duration) -> Option<u64> {
        match &self.phase {
            Phase::Code { grant, begun, .. } => {
                Some(grant.expires_in.saturating_sub(now.saturating_sub(*begun)).as_secs())
            }
            Phase::Browser { link, begun } => {
                Some(link.life.saturating_sub(now.saturating_sub(*begun)).as_secs())
            }
            Phase::Reverse(reverse) => Some(reverse.expires.saturating_sub(now).as_secs()),
            _ => None,
        }
    }

    /// Starts with an issued session, or by asking for a code.
    pub fn start(&mut self, issued: Option<SecretRef>) -> Go {
        self.selected = 0;
        if let Some(session) = issued {
            self.issued = true;
            self.phase = Phase::Checking(session);
            return Go::order(Order::Who(session));
        }
        (self.issued, self.entered, self.field) = (false, false, None);
        self.phase = Phase::Starting;
        Go::order(Order::SignIn)
    }

    /// Starts with a session that an earlier run kept: the server is asked whether it still counts.
    pub fn stored(&mut self, stored: Stored) -> Go {
        self.selected = 0;
        let session = stored.session;
        self.stored = Some(stored);
        self.phase = Phase::Checking(session);
        Go::order(Order::Who(session))
    }

    /// Goes on after a failure: a session in hand is asked about again, and nobody has to approve twice.
    pub fn again(&mut self, issued: Option<SecretRef>) -> Go {
        match self.phase {
            Phase::Idle => self.start(issued),
            Phase::Checking(session) => Go::order(Order::Who(session)),
            _ => Go::stay(),
        }
    }

    /// A code came.
    pub fn code(&mut self, grant: Grant, now: Duration) -> Go {
        if !matches!(self.phase, Phase::Starting | Phase::Code { .. }) {
            return Go::stay();
        }
        self.codes += 1;
        self.phase = Phase::Code { grant: grant.clone(), begun: now, polled: None };
        Go::event(Event::Code { grant, renewed: self.codes > 1, machine: None })
    }

    /// A poll told something.
    pub fn polled(&mut self, told: Polled) -> Go {
        if let Polled::Slept(slept) = told {
            match &mut self.phase {
                Phase::Code { grant, .. } => grant.expires_in = grant.expires_in.saturating_sub(slept),
                Phase::Reverse(reverse) => reverse.expires = reverse.expires.saturating_sub(slept),
                _ => {}
            }
            return Go::stay();
        }
        if let Polled::ReverseCode { wrong } = told {
            // Somebody approved: what was being entered instead is not needed.
            self.field = None;
            match &mut self.phase {
                Phase::Code { grant, begun, .. } => {
                    let expires = begun.saturating_add(grant.expires_in);
                    self.phase = Phase::Reverse(Reverse::new(expires));
                }
                Phase::Reverse(reverse) => reverse.again(wrong),
                _ => {}
            }
            return Go::stay();
        }
        if let Phase::Reverse(reverse) = &mut self.phase {
            let news = reverse.polled(told);
            return Go { events: news.into_iter().collect(), ..Go::stay() };
        }
        let Phase::Code { polled, .. } = &mut self.phase else { return Go::stay() };
        let news = match (&told, &polled) {
            // The same trouble again is no news; the status line and the heartbeat still say it.
            (Polled::Trouble(_, why), Some(Polled::Trouble(_, before))) if why == before => None,
            (Polled::Trouble(wait, why), _) => {
                Some(Event::Trouble { why: why.clone(), again_in: wait.as_secs() })
            }
            _ => None,
        };
        *polled = Some(told);
        Go { events: news.into_iter().collect(), ..Go::stay() }
    }

    /// The grant ended. `attended` says whether a person is there who can ask for a new code.
    pub fn ended(&mut self, end: Result<SecretRef, Fault>, attended: bool) -> Go {
        let browses = self.browses();
        if !browses && !self.under_way() {
            return match end {
                // Two ways brought a session each; one is enough.
                Ok(late) => Go::order(Order::Revoke(late)),
                Err(_) => Go::stay(),
            };
        }
        match end {
            Ok(session) => {
                self.field = None;
                self.phase = Phase::Checking(session);
                let stop = browses.then_some(Order::Stop(Slot::SignIn));
                let orders = stop.into_iter().chain([Order::Who(session)]).collect();
                Go { orders, ..Go::stay() }
            }
            Err(fault) if attended && self.offers_others(&fault) => {
                let mut go = self.choose_way(fault);
                go.orders.extend(browses.then_some(Order::Stop(Slot::SignIn)));
                go
            }
            // In place, as long as somebody may still be on the way to a browser; a screen that was forgotten must
            // not offer codes for ever.
            Err(Fault::SignInExpired) if attended && self.renewals < RENEWALS && self.reverse().is_none() => {
                self.renewals += 1;
                self.phase = Phase::Starting;
                Go::order(Order::SignIn)
            }
            Err(Fault::SignInExpired) if attended => {
                self.phase = Phase::Expired(self.reverse().is_some());
                Go::stay()
            }
            Err(fault) => {
                self.field = None;
                self.phase = Phase::Idle;
                Go::fail(fault)
            }
        }
    }

    /// A person did something.
    pub fn act(&mut self, action: &Action) -> Go {
        if self.field.is_some() || matches!(self.phase, Phase::Ways(_)) && *action != Action::CopyRequest {
            return self.act_on_ways(action);
        }
        if let (Phase::Reverse(reverse), true) = (&mut self.phase, *action != Action::Renew) {
            return reverse.act(action);
        }
        match (&self.phase, action) {
            (_, Action::Token | Action::Browser | Action::PasteBack)
            | (Phase::Browser { .. }, Action::Back) => self.act_on_ways(action),
            (Phase::Expired(_), Action::Enter)
            | (Phase::Expired(_) | Phase::Code { .. } | Phase::Reverse(_), Action::Renew) => {
                self.renewals = 0;
                let mut go = self.start(None);
                go.orders.insert(0, Order::Stop(Slot::SignIn));
                go
            }
            (Phase::Code { .. }, Action::CopyCode) => Go {
                orders: vec![Order::CopyCode],
                ..Go::note("The code was sent to your terminal's clipboard.")
            },
            (Phase::Code { .. } | Phase::Browser { .. }, Action::CopyUrl) => Go {
                orders: vec![Order::CopyUrl],
                ..Go::note("The address was sent to your terminal's clipboard.")
            },
            (Phase::Code { .. } | Phase::Ways(_), Action::CopyRequest) => Go {
                orders: vec![Order::CopyRequest],
                ..Go::note("The sentence for your administrator was sent to your terminal's clipboard.")
            },
            (Phase::Confirm(..), Action::Up | Action::First) => {
                self.selected = 0;
                Go::stay()
            }
            (Phase::Confirm(..), Action::Down | Action::Last) => {
                self.selected = 1;
                Go::stay()
            }
            (Phase::Confirm(session, account), Action::Enter) if self.selected == 0 => {
                let (session, account) = (*session, account.clone());
                self.phase = Phase::Done(session, account.clone());
                Go { next: true, ..Go::event(Event::SignedIn { account, by: Trust::Confirmed }) }
            }
            (Phase::Confirm(session, _), Action::Enter) => {
                let session = *session;
                self.phase = Phase::Refusing;
                Go::order(Order::Revoke(session))
            }
            _ => Go::stay(),
        }
    }
}

/// How a code came to its end.
pub fn ran_out(approved: bool) -> &'static str {
    if approved {
        "The code ran out before the digits of its page were typed."
    } else {
        "The code ran out before anybody approved it."
    }
}
