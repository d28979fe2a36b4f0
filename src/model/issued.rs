//! An identity that the control plane issues together with the sign-in: what it hands over, and what is known
//! of the machine before and after. Every part that ends in a file of this machine has a checked alphabet.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::names::{Malformed, checked};
use crate::error::Fault;
use crate::foreign::Text;
use crate::secret::SecretRef;

checked!(
    /// Who an identity belongs to at the control plane, for example a lab. One line of at most 64 characters
    /// that can be shown as it is; the first is not one that a program takes for an option.
    Owner, "name (one short line, not beginning with a dash)", |raw| {
        (1..=64).contains(&raw.chars().count())
            && !raw.starts_with('-')
            && Text::within(raw, 64).as_str() == raw
    }
);

impl Owner {
    /// The name as part of a file's name: ASCII letters, digits, `-` and `_`; anything else becomes `_`.
    pub fn slug(&self) -> String {
        slug(self.as_str())
    }
}

/// A text as part of a file's name: ASCII letters, digits, `-` and `_` stay, anything else becomes `_`, and
/// nothing becomes `default`.
pub fn slug(raw: &str) -> String {
    let kept = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let slug: String = raw.chars().map(|c| if kept(c) { c } else { '_' }).take(64).collect();
    if slug.is_empty() { "default".to_owned() } else { slug }
}

checked!(
    /// A host alias of an SSH client's configuration: one word without a pattern in it.
    Alias, "SSH alias (letters, digits, dots, dashes and underscores)", |raw| {
        (1..=64).contains(&raw.len())
            && raw.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
            && raw.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
    }
);

checked!(
    /// A host's name or address, as an SSH client's configuration takes it.
    HostName, "host name", |raw| {
        (1..=253).contains(&raw.len())
            && raw.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':'))
            && raw.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b':')
    }
);

/// The kinds of host keys that are believed.
const KEY_KINDS: [&str; 7] = [
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

checked!(
    /// One line of a known-hosts file (sshd(8)): hosts, kind of key, key. No marker such as
    /// `@cert-authority`, and no pattern: it vouches for what it names and for nothing else.
    KnownHost, "known-hosts line (hosts, kind of key, key)", |raw| {
        let parts: Vec<&str> = raw.split(' ').collect();
        let [hosts, kind, key, ..] = parts.as_slice() else { return false };
        let name = |b: u8| b.is_ascii_alphanumeric() || b".,:[]|/+=_-".contains(&b);
        let base64 = |b: u8| b.is_ascii_alphanumeric() || b"+/=".contains(&b);
        raw.len() <= 4096
            && raw.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
            && !hosts.is_empty() && hosts.bytes().all(name) && !hosts.starts_with('-')
            && KEY_KINDS.contains(kind)
            && key.len() >= 16 && key.bytes().all(base64)
    }
);

/// What a control plane handed over with the sign-in. The token is there once and never again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// The machine's token.
    pub token: SecretRef,
    /// Everything else, or why it must not be used. The token is worth keeping all the same.
    pub parts: Result<Parts, Fault>,
    /// More credentials, delivered once: stored as they came.
    pub bundle: Option<SecretRef>,
}

/// What belongs to an issued token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// Whose the machine is now.
    pub owner: Owner,
    /// The address that the server wants to be asked at from now on, if that is another one.
    pub moved: Option<Text>,
    /// The alias by which an SSH client reaches the repositories.
    pub alias: Alias,
    /// The host behind it.
    pub host: HostName,
    /// Its port.
    pub port: u16,
    /// The host's key.
    pub known_host: KnownHost,
    /// The account that the key was registered for.
    pub account: Text,
    /// The key's fingerprint, by the server's word.
    pub fingerprint: Text,
    /// The registration as it came, in JSON, with the alias in it. It holds no secret.
    pub record: String,
}

/// How much of an earlier registration is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Badge {
    /// The registration and the token.
    Registered,
    /// One of them.
    Partial,
    /// Neither.
    Unregistered,
}

/// What is known of a machine before an identity is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// How much is there already.
    pub badge: Badge,
    /// Whose it is, if that is known.
    pub owner: Option<Text>,
    /// What a review says: label and value.
    pub lines: Vec<(Text, Text)>,
    /// What would keep the set-up from being written.
    pub obstacle: Option<Fault>,
}

/// Where an issued token is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resting {
    /// In its sink; the text names it.
    Kept(Text),
    /// Not in its sink but in a file that only this user can read, because nothing here can reveal it.
    Rescued {
        /// Which file.
        file: Text,
        /// Why not in its sink.
        why: Text,
    },
    /// Nowhere but in this run's memory.
    Open {
        /// Why not in its sink.
        why: Text,
    },
}

/// How a set-up went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fitted {
    /// Where the token is; it was put there before anything else was done.
    pub token: Resting,
    /// What is worth knowing.
    pub notes: Vec<Text>,
    /// Whether everything else was written.
    pub end: Result<(), Fault>,
}

/// What the control plane says to an issued token. It never takes an enrollment back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "probe", rename_all = "kebab-case")]
pub enum Probe {
    /// No address to ask at.
    NoAddress,
    /// No token to ask with.
    NoToken,
    /// The token is not accepted.
    Rejected,
    /// Nobody answers.
    Unreachable {
        /// Why.
        why: Text,
    },
    /// The answer makes no sense.
    Invalid {
        /// What is wrong with it.
        why: Text,
    },
    /// The token belongs to somebody else.
    Elsewhere {
        /// To whom.
        owner: Text,
    },
    /// The token may not do what is needed.
    MissingScope {
        /// What it may do.
        has: Vec<Text>,
    },
    /// It works.
    Good {
        /// What kind of token it is.
        kind: Text,
        /// Whose.
        owner: Text,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p13_hostile_text_is_refused() {
        let key = "AAAAC3NzaC1lZDI1NTE5AAAAIFtTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT";
        for bad in
            ["", "-oProxyCommand=x", "a b", "a\nHost *", "*", "a*", "a?", "!a", "a\tb", "ä", "a\u{202e}"]
        {
            assert!(bad.parse::<Alias>().is_err(), "{bad:?}");
        }
        for bad in ["", "-x", "h\nProxyCommand x", "h x", "%h", "h;x", "$(x)", "[::1]", "hä"] {
            assert!(bad.parse::<HostName>().is_err(), "{bad:?}");
        }
        for bad in ["", "-lab", "lab\n[other]", "a\u{1b}[2J", "a\u{202e}b", " lab", &"x".repeat(65)] {
            assert!(bad.parse::<Owner>().is_err(), "{bad:?}");
        }
        let lines = [
            String::new(),
            "git.example ssh-ed25519".into(),
            format!("git.example ssh-ed25519 {key}\n* ssh-ed25519 {key}"),
            format!("@cert-authority * ssh-ed25519 {key}"),
            format!("* ssh-ed25519 {key}"),
            format!("git.example dss {key}"),
            format!("git.example  ssh-ed25519 {key}"),
            format!("git.example ssh-ed25519 {key}\u{1b}"),
        ];
        for bad in lines {
            assert!(bad.parse::<KnownHost>().is_err(), "{bad:?}");
        }
        assert!(format!("[git.example]:2222 ssh-ed25519 {key} comment").parse::<KnownHost>().is_ok());
        assert!("pychron-NMGRL".parse::<Alias>().is_ok() && "fd00::1".parse::<HostName>().is_ok());
        assert!("NMGRL".parse::<Owner>().is_ok() && "Universität Köln, Labor 2".parse::<Owner>().is_ok());
    }

    #[test]
    fn p22_slugs_are_ascii_and_lead_nowhere_else() {
        for (raw, slugged) in [
            ("../../etc/passwd", "______etc_passwd"),
            ("..", "__"),
            ("../../tmp/owned", "______tmp_owned"),
            ("a/b/c", "a_b_c"),
            ("lab.name", "lab_name"),
            ("foo\0bar", "foo_bar"),
            ("NMGRL", "NMGRL"),
            ("lab-2024_NM", "lab-2024_NM"),
            ("Köln", "K_ln"),
            ("лаб", "___"),
            ("", "default"),
        ] {
            assert_eq!(slug(raw), slugged, "{raw:?}");
        }
    }
}
