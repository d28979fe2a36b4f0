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

    /// The way past a sign-in by code, and the sentence to have it allowed.
    pub(super) fn instead_of_a_code(&self) -> String {
        let request = self.request().map(|request| format!(" Or send this to an administrator: {request}"));
        format!("{TOKEN_INSTEAD}{}", request.unwrap_or_default())
    }
}

const TOKEN_INSTEAD: &str = "Ask for an issued token, and give it with --token-file FILE (- is standard input) or in \
                             LANDFALL_TOKEN_FILE.";
