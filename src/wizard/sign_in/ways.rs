//! The other ways to sign in: a token that was issued elsewhere, entered without being shown, and a browser.

use std::time::Duration;

use super::{Phase, SignIn};
use crate::error::Fault;
use crate::model::{Link, Route, Unfit};
use crate::secret::SecretRef;
use crate::wizard::effect::{Order, Slot};
use crate::wizard::event::Event;
use crate::wizard::field::moved;
use crate::wizard::flow::Go;
use crate::wizard::msg::{Action, Entered};
use crate::wizard::words;

/// The most dots that stand for what is entered: how long a secret is, is nobody's business either.
pub const DOTS: usize = 32;

/// What is entered without being shown. The letters themselves stay with the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// A token that was issued elsewhere.
    Token,
    /// The address at which a browser ended.
    Address,
}

/// A field whose letters are not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Masked {
    /// What belongs into it.
    pub what: Hidden,
    /// How many letters there are, up to [`DOTS`].
    pub count: usize,
    /// What was wrong with the entry before.
    pub trouble: Option<Unfit>,
    /// Whether the server is asked about it now.
    pub sent: bool,
}

impl Masked {
    fn of(what: Hidden) -> Self {
        Self { what, count: 0, trouble: None, sent: false }
    }
}

impl SignIn {
    /// The ways that are open besides waiting for a code.
    pub fn others(&self) -> Vec<Route> {
        let Self { ways, .. } = self;
        let open = [(Route::Browser, ways.browser), (Route::Token, ways.token)];
        open.into_iter().filter(|(_, open)| *open).map(|(way, _)| way).collect()
    }

    /// The rows where a way is to be chosen.
    pub fn rows(&self) -> Vec<Route> {
        let mut rows = self.others();
        rows.push(Route::Device);
        rows
    }

    /// Whether Esc leads back to where this way was chosen.
    pub fn goes_back(&self) -> bool {
        self.field.is_some() || self.browses()
    }

    /// The sentence that an administrator needs, where a policy forbids the code.
    pub fn request(&self) -> Option<String> {
        match &self.phase {
            Phase::Ways(fault) => fault.request(),
            _ => None,
        }
    }

    /// Goes on in another way. A field alone leaves what is under way as it is, for whoever comes back from it.
    pub(in crate::wizard) fn go_by(&mut self, way: Route) -> Go {
        self.selected = 0;
        match (way, &self.phase) {
            (Route::Token, Phase::Code { .. } | Phase::Expired(_) | Phase::Ways(_)) if self.ways.token => {
                self.field = Some(Masked::of(Hidden::Token));
                Go::stay()
            }
            (Route::Browser, Phase::Code { .. } | Phase::Expired(_) | Phase::Ways(_))
                if self.ways.browser =>
            {
                self.phase = Phase::Starting;
                Go { orders: vec![Order::Stop(Slot::SignIn), Order::Browse], ..Go::stay() }
            }
            (Route::Browser, Phase::Browser { link, .. }) if self.ways.opens => {
                Go::order(Order::Open(link.address.clone()))
            }
            (Route::Device, Phase::Browser { .. } | Phase::Expired(_) | Phase::Ways(_)) => {
                self.renewals = 0;
                let mut go = self.start(None);
                go.orders.insert(0, Order::Stop(Slot::SignIn));
                go
            }
            _ => Go::stay(),
        }
    }

    /// A browser is awaited. A line face takes the address at once: nothing else is to be done there.
    pub(in crate::wizard) fn link(&mut self, link: Link, now: Duration, asked: bool) -> Go {
        if self.phase != Phase::Starting {
            return Go::stay();
        }
        let open = self.ways.opens.then(|| Order::Open(link.address.clone()));
        self.phase = Phase::Browser { link: link.clone(), begun: now };
        self.field = asked.then_some(Masked::of(Hidden::Address));
        Go { orders: open.into_iter().collect(), ..Go::event(Event::Browser { link }) }
    }

    /// Whether the end of one way leads to the choice of another.
    pub(super) fn offers_others(&self, fault: &Fault) -> bool {
        let barred = matches!(fault, Fault::CodeForbidden { .. } | Fault::NoDeviceGrant);
        !self.others().is_empty() && (barred || self.browses())
    }

    /// To the choice of a way, and why.
    pub(super) fn choose_way(&mut self, fault: Fault) -> Go {
        let mut go = Go::event(Event::Note { text: fault.sentence().into() });
        go.events.extend(fault.request().map(|request| Event::Note { text: words::to_send(&request) }));
        self.field = None;
        self.selected = 0;
        if matches!(fault, Fault::CodeForbidden { .. } | Fault::NoDeviceGrant) {
            self.barred = Some(fault.clone());
        }
        self.phase = Phase::Ways(fault);
        go
    }

    /// A token that was entered here does not do; the person may enter another.
    pub(super) fn give_back(&mut self, session: SecretRef, fault: Fault) -> Go {
        (self.issued, self.entered) = (false, false);
        let mut go = self.choose_way(fault);
        go.orders.push(Order::Forget(session));
        go
    }

    /// Something was entered without being shown. `issues` says whether the control plane registers a key with a
    /// token, instead of saying whose it is.
    pub(in crate::wizard) fn entered(&mut self, entered: &Entered, issues: bool) -> Go {
        if self.field.is_none() && self.browses() {
            // A paste goes where it must be meant for.
            self.field = Some(Masked::of(Hidden::Address));
        }
        let Some(field) = &mut self.field else {
            return match entered {
                Entered::Secret(secret) => Go::order(Order::Forget(*secret)),
                _ => Go::stay(),
            };
        };
        match (entered, field.what) {
            (Entered::Count(count), what) => {
                *field = Masked { count: (*count).min(DOTS), ..Masked::of(what) };
                Go::stay()
            }
            (Entered::Unfit(unfit), _) => self.unfit(*unfit),
            (Entered::Secret(token), Hidden::Token) => self.hand_in(*token, issues),
            (Entered::Secret(address), Hidden::Address) => {
                *field = Masked { sent: true, ..Masked::of(Hidden::Address) };
                Go::order(Order::Redeem(*address))
            }
        }
    }

    /// What was entered cannot be used.
    pub(in crate::wizard) fn unfit(&mut self, unfit: Unfit) -> Go {
        if let Some(field) = &mut self.field {
            *field = Masked { trouble: Some(unfit), ..Masked::of(field.what) };
        }
        Go::stay()
    }

    fn hand_in(&mut self, token: SecretRef, issues: bool) -> Go {
        self.field = None;
        (self.issued, self.entered) = (true, true);
        let (phase, order) = if issues {
            (Phase::Starting, Order::Register(token))
        } else {
            (Phase::Checking(token), Order::Who(token))
        };
        self.phase = phase;
        Go { orders: vec![Order::Stop(Slot::SignIn), order], ..Go::stay() }
    }

    /// What a person did in one of these ways.
    pub(super) fn act_on_ways(&mut self, action: &Action) -> Go {
        match (&self.phase, action) {
            (_, Action::Back) if self.field.is_some() => {
                self.field = None;
                // A line face has nothing but the field there.
                Go::stay()
            }
            (Phase::Browser { .. }, Action::Back) => match self.barred.clone() {
                Some(fault) => {
                    let mut go = self.choose_way(fault);
                    go.orders.push(Order::Stop(Slot::SignIn));
                    go
                }
                None => self.go_by(Route::Device),
            },
            (_, _) if self.field.is_some() => Go::stay(),
            (_, Action::Token) => self.go_by(Route::Token),
            (_, Action::Browser) => self.go_by(Route::Browser),
            (Phase::Browser { .. }, Action::PasteBack) => {
                self.field = Some(Masked::of(Hidden::Address));
                Go::stay()
            }
            (Phase::Ways(_), Action::Enter) => match self.rows().get(self.selected) {
                Some(way) => self.go_by(*way),
                None => Go::stay(),
            },
            (Phase::Ways(_), moving) => {
                self.selected = moved(self.selected, self.rows().len(), 1, moving);
                Go::stay()
            }
            _ => Go::stay(),
        }
    }
}
