//! Secrets: values that may reach one sink of one audience, and nothing else.
//!
//! A [`Secret`] has no Debug, Display or Serialize and is wiped on drop. It lives in the [`Vault`]; messages
//! and effects carry a [`SecretRef`], which says nothing. Opening asks for the audience and is refused for
//! any other.

mod forms;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::foreign::Text;

pub use forms::{base64, forms};

/// For whom a secret is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Audience {
    /// The API origin, for example `https://api.acme.example`.
    pub origin: String,
    /// The account id, once it is known. A token is not yet bound to one before it was asked who it is.
    pub account: Option<u64>,
    /// For a machine credential, the cluster id too.
    pub cluster: Option<String>,
}

impl Audience {
    /// The audience of a user's session at that origin.
    pub fn session(origin: impl Into<String>) -> Self {
        Self { origin: origin.into(), account: None, cluster: None }
    }

    /// The audience of a machine credential.
    pub fn machine(origin: impl Into<String>, account: u64, cluster: impl Into<String>) -> Self {
        Self { origin: origin.into(), account: Some(account), cluster: Some(cluster.into()) }
    }
}

/// A secret value with its audience.
pub struct Secret {
    value: Zeroizing<String>,
    audience: Audience,
}

impl Secret {
    /// Takes a value in; the caller's copy should be dropped.
    pub fn new(value: impl Into<String>, audience: Audience) -> Self {
        Self { value: Zeroizing::new(value.into()), audience }
    }
}

/// A handle on a secret in the vault. It may be printed, compared and journalled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SecretRef(u32);

/// A secret was asked for by something it is not meant for, or it is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret is not meant for this audience, or it was dropped")]
pub struct NotForYou;

/// Where a run's secrets rest: in memory, owned by the shell.
#[derive(Clone, Default)]
pub struct Vault(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    next: u32,
    /// Each with its forms, the longest first: they are looked for in every line.
    secrets: HashMap<u32, (Secret, Vec<Zeroizing<String>>)>,
}

impl Vault {
    /// Puts a secret in and hands out its handle.
    pub fn keep(&self, secret: Secret) -> SecretRef {
        let mut held = self.held();
        held.next += 1;
        let handle = held.next;
        let forms = forms(&secret.value);
        held.secrets.insert(handle, (secret, forms));
        SecretRef(handle)
    }

    /// Opens a secret for exactly the audience it was made for.
    pub fn open(&self, handle: SecretRef, audience: &Audience) -> Result<Zeroizing<String>, NotForYou> {
        let held = self.held();
        let (secret, _) = held.secrets.get(&handle.0).ok_or(NotForYou)?;
        if secret.audience == *audience { Ok(secret.value.clone()) } else { Err(NotForYou) }
    }

    /// Wipes a secret.
    pub fn drop(&self, handle: SecretRef) {
        self.held().secrets.remove(&handle.0);
    }

    /// Whether a held value stands in a text.
    pub fn is_in(&self, text: &str) -> bool {
        self.held()
            .secrets
            .values()
            .any(|(secret, _)| secret.value.len() >= 6 && text.contains(secret.value.as_str()))
    }

    /// Takes every held value, in whatever form, out of a text that came back from a call which carried a secret, and
    /// neutralises the rest.
    pub fn scrub(&self, raw: &str) -> Text {
        Text::new(&self.scrubbed(raw))
    }

    /// The same at another length, in characters.
    pub fn scrub_within(&self, raw: &str, limit: usize) -> Text {
        Text::within(&self.scrubbed(raw), limit)
    }

    fn scrubbed(&self, raw: &str) -> Zeroizing<String> {
        let mut out = Zeroizing::new(raw.to_owned());
        for form in longest_first(&self.held()) {
            if out.contains(form.as_str()) {
                out = Zeroizing::new(out.replace(form.as_str(), "[secret]"));
            }
        }
        out
    }

    /// Every held value in every form that is looked for, the longest first.
    pub fn forms(&self) -> Vec<Zeroizing<String>> {
        longest_first(&self.held()).into_iter().cloned().collect()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // A panic elsewhere does not make the map itself wrong.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Of two values one may be a part of the other.
fn longest_first(held: &Held) -> Vec<&Zeroizing<String>> {
    let mut all: Vec<_> = held.secrets.values().flat_map(|(_, forms)| forms).collect();
    all.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_for_its_audience_only() {
        let vault = Vault::default();
        let here = Audience::machine("https://a.example", 7, "c1");
        let handle = vault.keep(Secret::new("hunter2-hunter2", here.clone()));
        assert_eq!(vault.open(handle, &here).unwrap().as_str(), "hunter2-hunter2");
        for other in [
            Audience::machine("https://b.example", 7, "c1"),
            Audience::machine("https://a.example", 8, "c1"),
            Audience::machine("https://a.example", 7, "c2"),
            Audience::session("https://a.example"),
        ] {
            assert_eq!(vault.open(handle, &other).unwrap_err(), NotForYou);
        }
        vault.drop(handle);
        assert_eq!(vault.open(handle, &here).unwrap_err(), NotForYou);
    }

    #[test]
    fn held_values_are_scrubbed_from_errors() {
        let vault = Vault::default();
        vault.keep(Secret::new("hunter2-hunter2", Audience::session("https://a.example")));
        assert_eq!(vault.scrub("bad token hunter2-hunter2\u{1b}!").as_str(), "bad token [secret]!");
    }

    #[test]
    fn a_value_is_scrubbed_in_the_form_in_which_a_cluster_got_it() {
        // One of each length of its last digits.
        for value in ["hunter2-hunter", "hunter2-hunter2", "hunter2-hunter22", "\u{7fff}?>\u{7fff}?>~~~"] {
            let vault = Vault::default();
            vault.keep(Secret::new(value, Audience::session("https://a.example")));
            // What is part of another goes with it, whichever is found first.
            vault.keep(Secret::new(format!("{value}-longer"), Audience::session("https://a.example")));
            for held in [value.to_owned(), format!("{value}-longer")] {
                let said = format!("data: {{\"PASSWORD\": \"{}\"}}", base64(held.as_bytes()).as_str());
                assert_eq!(vault.scrub(&said).as_str(), "data: {\"PASSWORD\": \"[secret]\"}", "{held}");
            }
            // Inside something longer, what it shares with its neighbours may be left.
            let login = base64(format!("user:{value}!").as_bytes());
            let scrubbed = vault.scrub(&format!("Basic {}", login.as_str())).to_string();
            assert!(scrubbed.contains("[secret]") && !scrubbed.contains(login.as_str()), "{scrubbed}");
        }
    }
}
