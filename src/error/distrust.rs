//! Why a server is not believed to be the one that was asked for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::foreign::Text;

/// What is wrong with a server's certificate, as facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Distrust {
    /// Nobody that this machine trusts vouches for it.
    UnknownIssuer {
        /// Who does.
        issuer: Text,
    },
    /// It ran out, or the clock here is fast.
    Expired {
        /// Until when it was good.
        until: Option<Timestamp>,
        /// What the clock here said.
        clock: Option<Timestamp>,
        /// What the server's clock said when it last answered.
        server: Option<Timestamp>,
    },
    /// It does not count yet, or the clock here is slow.
    NotYetValid {
        /// From when it is good.
        from: Option<Timestamp>,
        /// What the clock here said.
        clock: Option<Timestamp>,
        /// What the server's clock said when it last answered.
        server: Option<Timestamp>,
    },
    /// It is for other hosts.
    WrongHost {
        /// For which.
        names: Vec<Text>,
    },
    /// Another CA vouches for it than the one that the profile pins.
    OtherCa {
        /// The pinned SHA-256.
        pinned: Text,
        /// The CAs of the chain: name and SHA-256 of the public key.
        seen: Vec<Text>,
    },
    /// It was revoked.
    Revoked,
    /// Something else.
    Other {
        /// What.
        said: Text,
    },
}

impl Distrust {
    /// What is wrong, as the end of a sentence.
    pub fn words(&self) -> String {
        match self {
            Self::UnknownIssuer { issuer } => {
                let issuer = if issuer.is_empty() {
                    "an issuer that this machine does not know"
                } else {
                    &format!("\"{issuer}\", an issuer that this machine does not know")
                };
                format!("its certificate comes from {issuer}; a proxy may be inspecting the traffic")
            }
            Self::Expired { until, clock, server } => format!(
                "its certificate was good until {}, and the clock here says {}{}{}",
                date(*until),
                date(*clock),
                apart(*until, *clock).map_or_else(String::new, |by| format!(", {by} later")),
                heard(*server)
            ),
            Self::NotYetValid { from, clock, server } => format!(
                "its certificate is good from {}, and the clock here says {}{}{}",
                date(*from),
                date(*clock),
                apart(*clock, *from).map_or_else(String::new, |by| format!(
                    ", {by} earlier: the clock may be behind by at least that"
                )),
                heard(*server)
            ),
            Self::WrongHost { names } if names.is_empty() => "its certificate names no host".into(),
            Self::WrongHost { names } => {
                let names: Vec<&str> = names.iter().map(Text::as_str).collect();
                format!("its certificate is for another host: {}", names.join(", "))
            }
            Self::OtherCa { pinned, seen } => {
                let seen: Vec<&str> = seen.iter().map(Text::as_str).collect();
                format!(
                    "its certificate comes from {}, and the profile pins another CA (ca_sha256 {pinned})",
                    seen.join(", from ")
                )
            }
            Self::Revoked => "its certificate was revoked".into(),
            Self::Other { said } => format!("its certificate cannot be trusted ({said})"),
        }
    }

    /// What to do about it.
    pub fn next(&self, resume: &str) -> String {
        match self {
            // Named already, it did not help.
            Self::UnknownIssuer { .. } if resume.contains("--ca-cert") => format!(
                "Compare that issuer with the CA file: another proxy may stand in between. With the right file, \
                 run: {resume}"
            ),
            Self::UnknownIssuer { .. } => format!(
                "If that issuer is your organisation's own, ask whoever runs the network for its CA certificate \
                 as a PEM file, then run: {resume} --ca-cert FILE"
            ),
            Self::Expired { .. } => format!(
                "Compare the clock (date -u); if it is wrong, set it: sudo timedatectl set-ntp true. If it is \
                 right, tell whoever runs the server that its certificate ran out. Then run: {resume}"
            ),
            Self::NotYetValid { .. } => {
                format!("Set the clock: sudo timedatectl set-ntp true. Then run: {resume}")
            }
            Self::WrongHost { .. } => format!(
                "Check the address. If this network asks for a sign-in of its own, do that in a browser first. \
                 Then run: {resume}"
            ),
            Self::OtherCa { .. } => format!(
                "A proxy may be inspecting the traffic: use a network without it. If the server's CA has \
                 changed, get the new ca_sha256 from whoever gave you the profile. Then run: {resume}"
            ),
            Self::Revoked | Self::Other { .. } => {
                format!("Tell whoever runs the server, and then run: {resume}")
            }
        }
    }
}

fn date(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "an unreadable date".into(), |at| at.strftime("%F %R UTC").to_string())
}

fn heard(server: Option<Timestamp>) -> String {
    server.map_or_else(String::new, |at| {
        format!(" (the server's own said {} when it last answered)", date(Some(at)))
    })
}

/// How much later the second is, roughly.
fn apart(earlier: Option<Timestamp>, later: Option<Timestamp>) -> Option<String> {
    let seconds = later?.duration_since(earlier?).as_secs();
    match seconds {
        ..0 => None,
        0..120 => Some(format!("{seconds} s")),
        120..7200 => Some(format!("{} min", seconds / 60)),
        7200..172_800 => Some(format!("{} hours", seconds / 3600)),
        _ => Some(format!("{} days", seconds / 86_400)),
    }
}
