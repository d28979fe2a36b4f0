//! What an administrator has to be told, ready to be sent.

use super::Fault;

impl Fault {
    /// The sentence for an administrator, where one can lift what stands in the way.
    pub fn request(&self) -> Option<String> {
        match self {
            Self::CodeForbidden { host, client, .. } => Some(format!(
                "Please allow the client \"{client}\" the OAuth 2.0 device authorization grant (RFC 8628) at {host}, \
                 so that machines without a browser can sign in."
            )),
            _ => None,
        }
    }
}
