//! Whose session it is, and whether that is the right account.

use super::{Phase, SignIn};
use crate::error::Fault;
use crate::model::Account;
use crate::secret::SecretRef;
use crate::wizard::effect::Order;
use crate::wizard::event::{Event, Trust};
use crate::wizard::flow::Go;

impl SignIn {
    /// The server said whose session it is. `may_ask` says whether a code may take the place of a session that
    /// does not count any more.
    pub fn who(&mut self, who: Result<Account, Fault>, expected: Option<u64>, may_ask: bool) -> Go {
        let Phase::Checking(session) = self.phase else { return Go::stay() };
        let kept_for = self.stored.as_ref().map(|stored| stored.account);
        match who {
            Err(Fault::SessionRejected) if kept_for.is_some() => {
                self.kept_in_vain(session, "the server does not accept it any more", may_ask)
            }
            Ok(account) if kept_for.is_some_and(|id| id != account.id) => {
                self.kept_in_vain(session, "the server says that it is another account's", may_ask)
            }
            Err(Fault::SessionRejected) if self.entered => self.give_back(session, Fault::TokenRejected),
            Err(Fault::SessionRejected) if !self.issued => {
                self.phase = Phase::Idle;
                Go { orders: vec![Order::Forget(session)], ..Go::fail(Fault::SessionRejected) }
            }
            // It may pass, and the session is kept for that.
            Err(fault) => Go::fail(fault),
            Ok(account) => match expected {
                Some(id) if id != account.id => {
                    let fault = Fault::WrongAccount { expected: id, got: account.id, email: account.email };
                    if self.entered {
                        return self.give_back(session, fault);
                    }
                    if self.issued {
                        return Go::fail(fault);
                    }
                    self.phase = Phase::Idle;
                    Go { orders: vec![Order::Revoke(session)], ..Go::fail(fault) }
                }
                // An issued token was chosen on purpose by whoever started this run: nobody approved anything.
                None if !self.issued && kept_for.is_none() => {
                    self.phase = Phase::Confirm(session, account);
                    Go::stay()
                }
                pinned => {
                    self.phase = Phase::Done(session, account.clone());
                    let by = match (pinned, kept_for) {
                        (_, Some(_)) => Trust::Kept,
                        (Some(_), None) => Trust::Pinned,
                        (None, None) => Trust::Token,
                    };
                    Go { next: true, ..Go::event(Event::SignedIn { account, by }) }
                }
            },
        }
    }

    /// The server confirmed, or not, that a refused session is dead.
    pub fn revoked(&mut self, confirmed: bool) -> Go {
        if self.phase != Phase::Refusing {
            return Go::stay();
        }
        self.phase = Phase::Idle;
        Go::fail(Fault::NotMe { revoked: confirmed })
    }

    /// The kept session does not count any more: it goes, and a code takes its place where one may be asked for.
    fn kept_in_vain(&mut self, session: SecretRef, why: &str, may_ask: bool) -> Go {
        let place = self.stored.take().map(|stored| stored.place).unwrap_or_default();
        self.phase = Phase::Idle;
        let note = format!("The session kept in {place} is dropped: {why}.");
        let mut go = if may_ask { self.start(None) } else { Go::fail(Fault::SessionRejected) };
        go.orders.insert(0, Order::Discard(session));
        go.events.insert(0, Event::Note { text: note.into() });
        go
    }
}
