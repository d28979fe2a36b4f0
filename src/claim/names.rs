//! Names: the slug rule, which must equal the server's byte for byte, and what is proposed for a new client.

mod generic;
mod typed;

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;

use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Account, Client, Slug};

pub use generic::is_generic;
pub use typed::sanitise;

/// The length of a DNS label (RFC 1123 §2.1).
const LABEL: usize = 63;

/// A name as it is proposed for a new client: shown, and sent when it is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The display name.
    pub name: Text,
    /// The namespace that goes with it.
    pub slug: Slug,
}

/// What is proposed for a new client. Tab swaps the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposals {
    /// The host's name; where that says nothing, the person's name and a number.
    pub first: Proposal,
    /// The other of the two, unless it would say the same.
    pub second: Option<Proposal>,
}

/// The names of an account, compared in slug space: every client's name and namespace, as they are and as a
/// slug ("Lukas 01" takes `lukas-01`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken(BTreeSet<String>);

impl Taken {
    /// The names that these clients take.
    pub fn by<'a>(clients: impl IntoIterator<Item = &'a Client>) -> Self {
        clients.into_iter().fold(Self::default(), |mut taken, client| {
            taken.add(client);
            taken
        })
    }

    /// Takes the names of one more client.
    pub fn add(&mut self, client: &Client) {
        let names = [&client.name, &client.namespace].into_iter();
        self.0.extend(names.flat_map(|name| [Some(name.to_string()), folded(name)]).flatten());
    }

    /// Whether a slug is taken.
    pub fn has(&self, slug: &Slug) -> bool {
        self.0.contains(slug.as_str())
    }
}

/// The slug of a name: NFKD, non-ASCII dropped, lower case, every other run one dash, trimmed, at most 63.
/// None if nothing is left ("北京医院", "---").
pub fn slug(name: &str) -> Option<Slug> {
    folded(name)?.parse().ok()
}

/// The slug of a name, or `client-<8 hex>` where nothing is left of it; the number should be random.
pub fn slug_or_fallback(name: &str, random: u32) -> Slug {
    let fallback = || format!("client-{random:08x}").parse().ok();
    slug(name).or_else(fallback).unwrap_or_else(Slug::client)
}

/// A name given by flag or typed: cleaned, with its slug. One that slugs to nothing is refused.
pub fn given(name: &str) -> Result<Proposal, Fault> {
    let clean = sanitise(name);
    let slug = slug(&clean).ok_or_else(|| Fault::BadName { name: Text::new(name) })?;
    Ok(Proposal { name: clean, slug })
}

/// The first of `base`, `base-2`, `base-3`, … that is free; the base is cut so that the number fits.
pub fn free(base: &Slug, taken: &Taken) -> Slug {
    (1..).map_while(|n| numbered(base, n)).find(|slug| !taken.has(slug)).unwrap_or_else(|| base.clone())
}

/// `base` for 1, else `base-n`, cut to fit.
pub fn numbered(base: &Slug, n: u32) -> Option<Slug> {
    if n == 1 { Some(base.clone()) } else { suffixed(base.as_str(), &n.to_string()) }
}

/// Whether a namespace is the one asked for, or its `-N` form that a server makes of a taken one.
pub fn is_form_of(namespace: &Slug, asked: &Slug) -> bool {
    let number = namespace.as_str().rsplit_once('-').and_then(|(_, digits)| {
        let plain = !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| digits.parse().ok()).flatten()
    });
    namespace == asked || number.is_some_and(|n| n > 1 && numbered(asked, n).as_ref() == Some(namespace))
}

/// What to propose for a new client on this host, to this person, in this account.
pub fn proposals(host: &str, account: &Account, taken: &Taken) -> Proposals {
    let host = first_label(host);
    let by_host = slug(host).map(|base| free(&base, taken));
    let by_person = personal(account, taken);
    let generic = is_generic(host);
    match by_host {
        Some(host) if !generic => pair(host, Some(by_person)),
        host => pair(by_person, host),
    }
}

/// The slug of a host's name, where that says which machine it is.
pub fn of_host(host: &str) -> Option<String> {
    let host = first_label(host);
    folded(host).filter(|_| !is_generic(host))
}

/// The first label says which machine; the domain says only where.
fn first_label(host: &str) -> &str {
    host.split('.').next().unwrap_or_default()
}

fn pair(first: Slug, second: Option<Slug>) -> Proposals {
    let second = second.filter(|second| *second != first).map(proposal);
    Proposals { first: proposal(first), second }
}

fn proposal(slug: Slug) -> Proposal {
    Proposal { name: Text::new(slug.as_str()), slug }
}

/// The person's first name, else the local part of the e-mail address, else `client`; with the lowest free
/// number, in two digits.
fn personal(account: &Account, taken: &Taken) -> Slug {
    let local = account.email.split('@').next().unwrap_or_default();
    let base = folded(&account.first_name).or_else(|| folded(local)).unwrap_or_else(|| "client".into());
    let mut names = (1..).map_while(|n: u32| suffixed(&base, &format!("{n:02}")));
    names.find(|slug| !taken.has(slug)).unwrap_or_else(Slug::client)
}

/// The slug rule, as text.
fn folded(name: &str) -> Option<String> {
    let mut out = String::new();
    for c in name.nfkd().filter(char::is_ascii).map(|c| c.to_ascii_lowercase()) {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.truncate(LABEL);
    out.truncate(out.trim_end_matches('-').len());
    (!out.is_empty()).then_some(out)
}

fn suffixed(base: &str, suffix: &str) -> Option<Slug> {
    let room = LABEL.checked_sub(suffix.len() + 1)?;
    let base = base.get(..room).unwrap_or(base).trim_end_matches('-');
    format!("{base}-{suffix}").parse().ok()
}

#[cfg(test)]
mod tests;
