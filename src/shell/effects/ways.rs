//! Orders about the ways to sign in beside the device grant.

use super::{Hands, Teller};
use crate::backend::Returned;
use crate::error::Fault;
use crate::model::{Route, Ways};
use crate::secret::SecretRef;
use crate::wizard::msg::Reply;

impl Hands {
    /// Which other ways are open. The server is asked only where it answered before.
    pub(super) async fn tell_ways(&self, tell: &Teller, begun: Result<(), &Fault>) {
        let routes = self.backend.shape().routes;
        let answered = matches!(begun, Ok(()) | Err(Fault::CodeForbidden { .. } | Fault::NoDeviceGrant));
        let browser = answered && routes.contains(&Route::Browser) && self.backend.browses().await;
        let ways =
            Ways { token: routes.contains(&Route::Token), browser, opens: browser && self.opener.is_some() };
        tell.tell(Reply::Ways(ways)).await;
    }

    /// Begins a sign-in by a browser, and waits for one on this machine to come back.
    pub(super) async fn browse(&self, tell: &Teller) {
        let link = match self.backend.browse().await {
            Ok(link) => link,
            Err(fault) => return tell.tell(Reply::SignedIn(Err(fault))).await,
        };
        self.tell_of_server(tell).await;
        tell.tell(Reply::Link(link)).await;
        tell.tell(Reply::SignedIn(self.backend.comes_back().await)).await;
    }

    /// Takes the address that a browser elsewhere ended at.
    pub(super) async fn redeem(&self, tell: &Teller, pasted: SecretRef) {
        tell.tell(match self.backend.redeem(pasted).await {
            Returned::Session(session) => Reply::SignedIn(Ok(session)),
            Returned::Unfit(unfit) => Reply::Unfit(unfit),
            Returned::Failed(fault) => Reply::SignedIn(Err(fault)),
        })
        .await;
    }

    pub(super) async fn open(&self, tell: &Teller, address: &str) {
        if let Some(opener) = &self.opener {
            tell.tell(Reply::Opened(opener.open(address).await)).await;
        }
    }
}
