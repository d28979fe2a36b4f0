//! What a profile says of an OpenID provider.

use super::BackendKind;
use super::file::Entry;
use crate::model::OidcClient;

/// What is asked for where a profile names no scopes: who it is, and a session that can be renewed.
const SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// The client, and the number of the subject that must approve.
pub(super) fn client(entry: &Entry) -> Result<(Option<OidcClient>, Option<u64>), &'static str> {
    let said = entry.client_id.is_some()
        || entry.scopes.is_some()
        || entry.device_authorization_endpoint.is_some()
        || entry.expect_subject.is_some();
    if entry.backend != BackendKind::Oidc {
        let alone = "client_id, scopes, device_authorization_endpoint and expect_subject go with \
                     backend = \"oidc\" only";
        return if said { Err(alone) } else { Ok((None, None)) };
    }
    let client_id = entry.client_id.clone().filter(|id| !id.is_empty());
    let client_id = client_id.ok_or("client_id is missing; it is what the provider calls this program")?;
    let scopes = entry.scopes.clone().unwrap_or_else(|| SCOPES.map(str::to_owned).to_vec());
    // RFC 6749 §3.3.
    let plain = |scope: &String| {
        !scope.is_empty() && scope.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
    };
    if !scopes.iter().all(plain) {
        return Err("a scope is one word of visible characters");
    }
    let device = entry.device_authorization_endpoint.clone();
    let client = OidcClient { issuer: entry.api.clone(), client_id, scopes, device };
    let subject = entry.expect_subject.as_deref().map(|subject| client.account(subject));
    Ok((Some(client), subject))
}
