//! Orders about an identity that is issued with the sign-in.

use zeroize::Zeroizing;

use super::{Hands, Teller, forward, preflight, reports};
use crate::backend::{Begun, DeviceContext};
use crate::claim;
use crate::error::{Fault, SetUp};
use crate::foreign::Text;
use crate::install::Fitting;
use crate::model::{Fitted, Issued, Probe, Reach, Resting};
use crate::secret::{Audience, SecretRef};
use crate::wizard::msg::Reply;

impl Hands {
    pub(super) async fn look(&self, tell: &Teller) {
        tell.tell(match &self.fitting {
            None => Reply::Looked(preflight::look(self.install.as_ref()).await.map(Box::new)),
            Some(fitting) => Reply::Found(fitting.survey().await.map(Box::new)),
        })
        .await;
    }

    /// What puts an issued identity in place.
    pub fn fitting(&self) -> Result<&dyn Fitting, Fault> {
        let why = "it issues no identity with the sign-in".into();
        self.fitting.as_deref().ok_or(Fault::BadInput { what: "This profile".into(), why })
    }

    /// What this device says of itself; with the key that is to be registered, made now.
    async fn device(&self) -> Result<DeviceContext, Fault> {
        let key = match &self.fitting {
            None => None,
            Some(fitting) => Some(fitting.new_key().await?),
        };
        Ok(DeviceContext { key, ..self.device.clone() })
    }

    pub(super) async fn begin(&self) -> Result<Begun, Fault> {
        self.backend.begin(&self.device().await?).await
    }

    /// Registers a key with a token. A key that is refused is made anew, once: the server may know it already.
    pub(super) async fn register(&self, tell: &Teller, token: SecretRef) {
        let once = || async { self.backend.register(token, &self.device().await?).await };
        let end = match once().await {
            Err(Fault::SetUp(SetUp::KeyRejected { .. })) => once().await,
            end => end,
        };
        tell.tell(match end {
            Ok(issued) => Reply::Issued(Box::new(issued)),
            Err(fault) => Reply::SignedIn(Err(fault)),
        })
        .await;
    }

    pub(super) async fn fit(&self, tell: &Teller, issued: &Issued) {
        let fitted = match self.fitting() {
            Ok(fitting) => {
                let (report, told) = reports();
                forward(fitting.fit(issued, &report), told, tell).await
            }
            Err(fault) => {
                let token = Resting::Open { why: fault.sentence().into() };
                Fitted { token, notes: Vec::new(), end: Err(fault) }
            }
        };
        tell.tell(Reply::Fitted(Box::new(fitted))).await;
    }

    pub(super) async fn settle(&self, tell: &Teller, issued: &Issued, address: Option<&str>) {
        tell.tell(Reply::Settled(self.ask_about(issued, address).await)).await;
    }

    async fn ask_about(&self, issued: &Issued, address: Option<&str>) -> Result<Probe, Fault> {
        let owner = &issued.parts.as_ref().map_err(Clone::clone)?.owner;
        if let Some(address) = address {
            self.fitting()?.settle(owner, address).await?;
        }
        Ok(self.backend.probe(issued.token, owner, address).await)
    }

    pub(super) async fn rescue(&self, tell: &Teller, issued: &Issued) {
        let token = match self.fitting() {
            Ok(fitting) => fitting.rescue(issued).await,
            Err(fault) => Resting::Open { why: fault.sentence().into() },
        };
        tell.tell(Reply::Fitted(Box::new(Fitted { token, notes: Vec::new(), end: Ok(()) }))).await;
    }

    pub(super) async fn stand(&self, tell: &Teller) {
        tell.tell(match self.fitting() {
            Ok(fitting) => {
                Reply::Stood(Box::new(claim::station::standing(self.backend.as_ref(), fitting).await))
            }
            Err(fault) => Reply::Found(Err(fault)),
        })
        .await;
    }

    pub(super) async fn part(&self, tell: &Teller) {
        let end = match self.fitting() {
            Ok(fitting) => claim::station::part(self.backend.as_ref(), fitting, Reach::Machine).await,
            Err(fault) => Err(fault),
        };
        tell.tell(Reply::Parted(end.map(Box::new))).await;
    }

    /// A secret for the eyes of the person at the screen.
    pub fn opened(&self, secret: SecretRef) -> Option<Zeroizing<String>> {
        let gone = |_| Text::from("it is gone");
        self.vault.open(secret, &Audience::session(self.origin.clone())).map_err(gone).ok()
    }
}
