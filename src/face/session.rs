//! What whoami and sign-out say, as lines and as JSON.

use serde_json::{Value, json};

use super::ndjson::VERSION;
use crate::foreign::Text;
use crate::model::{Account, ProfileFacts};
use crate::wizard::words::marked;

/// Who is signed in, by the server's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The server says who.
    SignedIn {
        /// Whose session it is.
        account: Account,
        /// Where it rests.
        place: Text,
        /// What was found wrong and mended on the way.
        notes: Vec<Text>,
    },
    /// No session is kept for this server.
    NotSignedIn,
    /// The server does not accept the session that is kept.
    Rejected {
        /// Who signed in.
        email: Text,
        /// Where it rests.
        place: Text,
    },
    /// The place where it rests does not give it out.
    OutOfReach {
        /// Who signed in.
        email: Text,
        /// Which place.
        place: Text,
        /// Why.
        why: Text,
    },
    /// The server could not be asked.
    NotAsked {
        /// Who signed in.
        email: Text,
        /// Where it rests.
        place: Text,
        /// Why, as a sentence.
        why: Text,
    },
}

impl Standing {
    /// In plain words; `sign_in` is the command that signs in there.
    pub fn text(&self, at: &ProfileFacts, sign_in: &str) -> String {
        let host = &at.host;
        let text = match self {
            Self::SignedIn { account: Account { id, name, email, .. }, place, notes } => {
                let notes = notes.iter().fold(String::new(), |all, note| all + note + "\n");
                format!(
                    "{notes}Signed in at {host} as {email} ({name}, account {id}). The session rests in {place}."
                )
            }
            Self::NotSignedIn => format!("Not signed in at {host}.\n  To sign in: {sign_in}"),
            Self::Rejected { email, place } => format!(
                "{host} does not accept the session of {email} any more; it rests in {place}.\n  To sign in again: {sign_in}"
            ),
            Self::OutOfReach { email, place, why } => format!(
                "Whether {email} is signed in at {host} cannot be told: {place} does not give the session out ({why}).\n  To sign in again: {sign_in}"
            ),
            Self::NotAsked { email, place, why } => {
                format!("Whether {email} is signed in cannot be told; a session rests in {place}. {why}")
            }
        };
        marked(&text, at.sandbox)
    }

    /// As one JSON line.
    pub fn json(&self, at: &ProfileFacts) -> Value {
        let mut line = match self {
            Self::SignedIn { account, place, notes } => {
                json!({"state": "signed-in", "account": account, "place": place, "notes": notes})
            }
            Self::NotSignedIn => json!({"state": "not-signed-in"}),
            Self::Rejected { email, place } => json!({"state": "rejected", "email": email, "place": place}),
            Self::OutOfReach { email, place, why } => {
                json!({"state": "unknown", "email": email, "place": place, "why": why})
            }
            Self::NotAsked { email, place, why } => {
                json!({"state": "unreachable", "email": email, "place": place, "why": why})
            }
        };
        heading(&mut line, "whoami", at);
        line
    }
}

/// What signing out came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedOut {
    /// Nobody was signed in.
    Nobody,
    /// The session is gone here, and the server says that it is ended.
    Everywhere {
        /// Whose it was.
        email: Text,
    },
    /// The session is gone here; its end at the server is not proven.
    HereOnly {
        /// Whose it was.
        email: Text,
        /// Why not.
        why: Text,
    },
}

impl SignedOut {
    /// In plain words.
    pub fn text(&self, at: &ProfileFacts) -> String {
        let host = &at.host;
        let text = match self {
            Self::Nobody => format!("Nobody was signed in at {host}."),
            Self::Everywhere { email } => {
                format!("Signed out: {email}. The session is ended, here and at {host}.")
            }
            Self::HereOnly { email, why } => format!(
                "The session of {email} is gone from this machine, but {host} did not confirm its end: {}.\n  It may count until it runs out. Who runs the server can end it.",
                why.trim_end_matches('.')
            ),
        };
        marked(&text, at.sandbox)
    }

    /// As one JSON line.
    pub fn json(&self, at: &ProfileFacts) -> Value {
        let mut line = match self {
            Self::Nobody => json!({"was": null, "revoked": null}),
            Self::Everywhere { email } => json!({"was": email, "revoked": true}),
            Self::HereOnly { email, why } => json!({"was": email, "revoked": false, "why": why}),
        };
        heading(&mut line, "signed-out", at);
        line
    }
}

fn heading(line: &mut Value, event: &str, at: &ProfileFacts) {
    line["v"] = VERSION.into();
    line["event"] = event.into();
    line["profile"] = json!(at.name);
    line["host"] = json!(at.host);
    if at.sandbox {
        line["sandbox"] = true.into();
    }
}
