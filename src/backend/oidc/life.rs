//! How a session is renewed (RFC 6749 §6) and how it ends (RFC 7009).

use std::time::Duration;

use super::tokens::Said;
use super::{Oidc, refusal};
use crate::error::Fault;
use crate::model::Renewal;
use crate::secret::SecretRef;

/// How long a renewal may take: others wait for it.
const WITHIN: Duration = Duration::from_secs(15);

impl Oidc {
    /// The session without its refresh token, if it is to be renewed: it ran out, or it is to be `anyway`.
    pub(super) fn worn(&self, handle: SecretRef, anyway: bool) -> Option<SecretRef> {
        let session = self.open(handle).ok()?;
        let renews = session.refresh.is_some() && (anyway || session.stale((self.clock)()));
        renews.then(|| {
            let mut spent = session.clone();
            spent.refresh = None;
            self.keep(&spent)
        })
    }

    pub(super) async fn refresh(&self, handle: SecretRef) -> Renewal {
        match tokio::time::timeout(WITHIN, self.exchange(handle)).await {
            Ok(end) => end,
            Err(_) => Renewal::Lost,
        }
    }

    async fn exchange(&self, handle: SecretRef) -> Renewal {
        let session = match self.open(handle) {
            Ok(session) => session,
            Err(fault) => return Renewal::NotSent(fault),
        };
        let place = match self.places().await {
            Ok(places) => &places.token,
            Err(fault) => return Renewal::NotSent(fault),
        };
        let Some(refresh) = &session.refresh else { return Renewal::Rejected };
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.as_str()),
            ("client_id", self.client.client_id.as_str()),
        ];
        let (_, answered) = match self.post(place, &form).await {
            Ok(answered) => answered,
            Err(trouble) if trouble.unsent => return Renewal::NotSent(trouble.fault),
            // It may have been used: sent again, it could end the whole session (RFC 9700 §4.14.2).
            Err(_) => return Renewal::Lost,
        };
        if answered.is_success() {
            let taken = answered.object::<Said>().map(|said| self.take(said, Some(&session)));
            return match taken {
                Some(Ok(new)) => Renewal::Fresh(new),
                _ => Renewal::Lost,
            };
        }
        match refusal::error(&answered) {
            // The server's own word that it was not used.
            Some(word) if answered.status == 429 || word == "temporarily_unavailable" => Renewal::Lost,
            Some(_) if (400..500).contains(&answered.status) => Renewal::Rejected,
            _ => Renewal::Lost,
        }
    }

    /// Ends both tokens at the server, the refresh token first: with it the rest mostly ends as well.
    pub(super) async fn end_session(&self, handle: SecretRef) -> Result<(), Fault> {
        let session = self.open(handle)?;
        let place = self.places().await?.revocation.as_ref();
        let place = place.ok_or_else(|| Fault::BadReply {
            why: "it names no revocation_endpoint, so a session cannot be ended there".into(),
        })?;
        if let Some(refresh) = &session.refresh {
            self.end(place, refresh, "refresh_token").await?;
        }
        self.end(place, &session.access, "access_token").await
    }

    async fn end(&self, place: &url::Url, token: &str, hint: &str) -> Result<(), Fault> {
        let client_id = self.client.client_id.as_str();
        let form = [("token", token), ("token_type_hint", hint), ("client_id", client_id)];
        let (http, answered) = self.post(place, &form).await.map_err(|trouble| trouble.fault)?;
        // Only 200 says that it is ended, also for a token that was none (RFC 7009 §2.2).
        match answered.status {
            // An empty body is no page, whatever type it claims (django-oauth-toolkit: text/html).
            200 | 204 if answered.body.is_empty() || !answered.is_page() => Ok(()),
            // A server that cannot end this kind of token lets it run out.
            400 if hint == "access_token"
                && refusal::error(&answered).as_deref() == Some("unsupported_token_type") =>
            {
                Ok(())
            }
            _ => Err(refusal::refusal(&http, &answered)),
        }
    }
}
