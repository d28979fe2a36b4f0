//! Codes, tokens and keys of the stand-in.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// How long a code is good for.
const LIFE: Duration = Duration::from_secs(15 * 60);
/// The same, where nobody approves it.
const SHORT_LIFE: Duration = Duration::from_secs(4);
/// The scope without which a token registers no key.
pub(super) const SCOPE: &str = "workstations:register_ssh_key";
/// Letters of a code that cannot be mistaken for one another.
const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ2345679";

/// What an administrator said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Waiting,
    Approved { lab: String, scopes: Vec<String> },
    Denied,
    Spent,
}

/// A request for a code.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) user_code: String,
    pub(super) key: String,
    pub(super) host: String,
    pub(super) asked: Instant,
    pub(super) expires: Instant,
    pub(super) until: Timestamp,
    pub(super) verdict: Verdict,
    /// Proves that an answer comes from our own page.
    pub(super) form: String,
    pub(super) failures: u32,
}

/// A token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) lab: String,
    pub(super) scopes: Vec<String>,
    pub(super) keys_refused: u32,
}

/// All of it.
#[derive(Default)]
pub(super) struct Held {
    grants: HashMap<String, Grant>,
    tokens: HashMap<String, Token>,
    keys: HashSet<String>,
    /// What happened: a word each.
    pub(super) audit: Vec<String>,
}

impl Held {
    /// A new code for a machine; the device code and what belongs to it.
    pub(super) fn begin(&mut self, key: &str, host: &str, short: bool) -> (String, Grant) {
        let letter = |_: u8| {
            let at = usize::from(rand::random::<u8>()) % LETTERS.len();
            char::from(*LETTERS.get(at).unwrap_or(&b'B'))
        };
        let mut user_code: String = (0..8).map(letter).collect();
        user_code.insert(4, '-');
        let life = if short { SHORT_LIFE } else { LIFE };
        let now = Instant::now();
        let grant = Grant {
            user_code,
            key: key.to_owned(),
            host: host.to_owned(),
            asked: now,
            expires: now + life,
            until: Timestamp::now() + life,
            verdict: Verdict::Waiting,
            form: random(),
            failures: 0,
        };
        let device_code = random();
        self.audit.push("code".into());
        self.grants.insert(device_code.clone(), grant.clone());
        (device_code, grant)
    }

    /// The grant of a device code.
    pub(super) fn grant(&mut self, device_code: &str) -> Option<&mut Grant> {
        self.grants.get_mut(device_code)
    }

    /// The grant of a user code.
    pub(super) fn by_code(&mut self, user_code: &str) -> Option<&mut Grant> {
        let wanted = user_code.trim();
        self.grants.values_mut().find(|grant| grant.user_code.eq_ignore_ascii_case(wanted))
    }

    /// Everything that waits for an answer.
    pub(super) fn waiting(&self) -> impl Iterator<Item = &Grant> {
        self.grants.values().filter(|grant| grant.verdict == Verdict::Waiting && grant.is_alive())
    }

    /// Makes a token.
    pub(super) fn mint(&mut self, lab: &str, scopes: &[String]) -> String {
        let slug: String = lab.chars().filter(char::is_ascii_alphanumeric).collect();
        let token = format!("pcy_{slug}_{}", random());
        self.audit.push(format!("mint {slug}"));
        let held = Token { lab: lab.to_owned(), scopes: scopes.to_vec(), keys_refused: 0 };
        self.tokens.insert(token.clone(), held);
        token
    }

    /// A token that somebody was given by hand.
    pub(super) fn issue_by_hand(&mut self) -> String {
        self.mint("NMGRL", &[SCOPE.to_owned()])
    }

    /// What is known of a token.
    pub(super) fn token(&mut self, token: &str) -> Option<&mut Token> {
        self.tokens.get_mut(token)
    }

    /// Forgets a token; whether it was known.
    pub(super) fn end(&mut self, token: &str) -> bool {
        self.audit.push("end".into());
        self.tokens.remove(token).is_some()
    }

    /// Registers a key; false if it was known.
    pub(super) fn register(&mut self, key: &str) -> bool {
        self.audit.push("key".into());
        self.keys.insert(key.to_owned())
    }
}

impl Grant {
    pub(super) fn is_alive(&self) -> bool {
        Instant::now() < self.expires
    }
}

fn random() -> String {
    let bytes: [u8; 20] = rand::random();
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|n| char::from_digit(n.into(), 16))
        .collect()
}
