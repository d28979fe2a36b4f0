//! Identifiers with a checked alphabet. Values of these types may stand in a command that we print.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A value is not of the alphabet or length that its type asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a well-formed {0}")]
pub struct Malformed(pub &'static str);

macro_rules! checked {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl TryFrom<String> for $name {
            type Error = Malformed;
            fn try_from(raw: String) -> Result<Self, Malformed> {
                raw.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl $name {
            /// The value as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Malformed;
            fn from_str(raw: &str) -> Result<Self, Malformed> {
                let check: fn(&str) -> bool = $check;
                if check(raw) { Ok(Self(raw.to_owned())) } else { Err(Malformed($what)) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

pub(super) use checked;

checked!(
    /// A client's handle and Kubernetes namespace: a DNS-1123 label (RFC 1123 §2.1; at most 63 characters).
    Slug, "name (lower-case letters, digits and dashes, at most 63)", |raw| {
        (1..=63).contains(&raw.len())
            && raw.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !raw.starts_with('-')
            && !raw.ends_with('-')
    }
);

impl Slug {
    /// The word every name falls back on.
    pub fn client() -> Self {
        Self("client".to_owned())
    }
}

checked!(
    /// The anchor of a client: the UID of the cluster's `kube-system` namespace. The provisioning service
    /// treats it as opaque, so only its alphabet and length are checked.
    ClusterId, "cluster id", |raw| {
        (1..=64).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    }
);

checked!(
    /// A machine's login name at the control plane: a UUID in its text form (RFC 9562 §4).
    Username, "UUID", |raw| {
        raw.len() == 36
            && raw.bytes().enumerate().all(|(at, b)| match at {
                8 | 13 | 18 | 23 => b == b'-',
                _ => b.is_ascii_hexdigit(),
            })
    }
);

checked!(
    /// A zone key of the location vocabulary, for example `DE` or `US-CAL-CISO`.
    ZoneKey, "zone key, such as DE or US-CAL-CISO", |raw| {
        (2..=20).contains(&raw.len())
            && raw.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-')
            && raw.bytes().next().is_some_and(|b| b.is_ascii_uppercase())
    }
);

/// Where a machine stands, for carbon accounting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Location {
    /// An explicit state, never a silent zero.
    #[default]
    NotSet,
    /// A zone of the vocabulary.
    Zone(ZoneKey),
}

impl Location {
    /// The zone key, if one is set.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::NotSet => None,
            Self::Zone(key) => Some(key.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_a_dns_label() {
        for good in ["a", "gpu-box-02", "0-0", &"x".repeat(63)] {
            assert!(good.parse::<Slug>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a.b", "a b", "a\n", &"x".repeat(64)] {
            assert!(bad.parse::<Slug>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_username_is_a_uuid() {
        assert!("6f1c2d3e-0000-4a5b-8c9d-0123456789ab".parse::<Username>().is_ok());
        for bad in
            ["17", "6f1c2d3e-0000-4a5b-8c9d-0123456789a", "6f1c2d3e_0000_4a5b_8c9d_0123456789ab", "$(id)"]
        {
            assert!(bad.parse::<Username>().is_err(), "{bad}");
        }
    }
}
