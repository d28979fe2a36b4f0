//! A registration that lies on this machine: how it stands, and what its end came to.

use serde::{Deserialize, Serialize};

use super::check::{Check, CheckState};
use super::health::Verdict;
use super::issued::{Badge, Probe};
use crate::foreign::Text;
use crate::secret::SecretRef;

/// The parts of a registration that are looked at, with what each is called, in the order of the set-up.
pub const PARTS: [(&str, &str); 13] = [
    ("R01", "folder ~/.pychron"),
    ("R02", "folder ~/.pychron/keys"),
    ("R03", "private key"),
    ("R04", "public key"),
    ("R05", "registration"),
    ("R06", "known host"),
    ("R07", "the key's halves"),
    ("R08", "registered key"),
    ("R09", "SSH block"),
    ("R10", "what SSH makes of the alias"),
    ("R11", "preferences"),
    ("R12", "token"),
    ("R13", "the server's word on the token"),
];

/// What a part is called.
pub fn title(id: &str) -> &'static str {
    PARTS.iter().find(|(known, _)| *known == id).map_or("", |(_, title)| title)
}

/// How a registered machine stands: what lies here, part by part, and what the control plane says to its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// This machine's name.
    pub host: Text,
    /// How much of a registration is there.
    pub badge: Badge,
    /// Whose it is, if that is known.
    pub owner: Option<Text>,
    /// The address that is asked.
    pub api: Text,
    /// Every part that lies here, and the control plane's word, in the order of the set-up.
    pub checks: Vec<Check>,
    /// What the control plane says to the token.
    pub probe: Probe,
    /// What its end takes away here.
    pub removes: Text,
    /// What its end leaves here.
    pub stays: Text,
    /// The token, if it could be read.
    #[serde(skip)]
    pub token: Option<SecretRef>,
}

impl Standing {
    /// What it comes to: what is wrong before what was not seen.
    pub fn verdict(&self) -> Verdict {
        let any = |state| self.checks.iter().any(|check| check.state == state);
        if self.badge != Badge::Registered || any(CheckState::Fail) {
            Verdict::Wrong
        } else if any(CheckState::Unknown) {
            Verdict::Unseen
        } else {
            Verdict::Healthy
        }
    }

    /// The checks that say something to be done or to be known.
    pub fn troubles(&self) -> impl Iterator<Item = &Check> {
        let quiet = |state| matches!(state, CheckState::Pass | CheckState::NotApplicable);
        self.checks.iter().filter(move |check| !quiet(check.state))
    }
}

/// How much of a registration is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// The token and what goes with it; the preferences stay for the next registration.
    Token,
    /// Everything that was put here, the preferences too; the person's own projects stay.
    Machine,
    /// The projects as well, for another owner.
    Owner,
}

/// What was taken away here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten {
    /// What is gone.
    pub gone: Vec<Text>,
    /// What could not be taken away, and why.
    pub kept: Vec<Text>,
}

/// Whether a token is dead at the control plane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "token", rename_all = "kebab-case")]
pub enum Ended {
    /// The control plane was asked with it afterwards, and rejects it.
    Proven,
    /// It may still count.
    Unproven {
        /// Why that is not known.
        why: Text,
    },
    /// There was none to end.
    Nothing,
}

/// What the end of a registration came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parted {
    /// Whether the token is dead.
    pub ended: Ended,
    /// What was taken away.
    pub forgotten: Forgotten,
}

impl Parted {
    /// What is left to do; empty if nothing is.
    pub fn left(&self) -> Vec<Text> {
        let token = match &self.ended {
            Ended::Unproven { why } => {
                let what = "ask your administrator to end this machine's token at the server, which did not confirm \
                            its end";
                Some(Text::within(&format!("{what} ({})", why.trim_end_matches('.')), 300))
            }
            Ended::Proven | Ended::Nothing => None,
        };
        let kept = self.forgotten.kept.iter();
        token.into_iter().chain(kept.map(|what| Text::within(&format!("remove {what}"), 300))).collect()
    }
}
