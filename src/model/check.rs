//! What one look at something found: the checks before an installation, and the doctor's.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, Serialize};

use crate::foreign::Text;

/// The part of the world that a check looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// The machine this program runs on, and its terminal.
    Machine,
    /// The way to servers.
    Network,
    /// The session and the account.
    Account,
    /// Where secrets rest.
    Store,
    /// What a registration put on this machine.
    Registration,
    /// The cluster, before anything of ours is in it.
    Cluster,
    /// What is installed there.
    Workload,
    /// What the control plane says.
    ControlPlane,
}

/// How a check ended. Whatever could not be looked at is unknown, and unknown is never shown as good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckState {
    /// It is wrong, and what is wanted cannot work.
    Fail,
    /// It may go wrong.
    Warn,
    /// It could not be looked at.
    Unknown,
    /// It is right.
    Pass,
    /// There is nothing here to look at.
    NotApplicable,
}

/// The short stable name of a check.
pub type CheckId = &'static str;

/// What one look at something found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// A short stable name that can be read aloud, for example `C04`.
    #[serde(deserialize_with = "id")]
    pub id: CheckId,
    /// What it looks at.
    pub layer: Layer,
    /// How it ended.
    pub state: CheckState,
    /// One sentence without a full stop: what was found, or why it could not be told.
    pub words: Text,
    /// What the sentence rests on: an object, a value, the words of a server.
    pub evidence: Vec<Text>,
    /// What to do or whom to ask for what; empty where nothing is to be done.
    pub fix: Text,
}

/// An id that is read back is a letter and two digits; anything else is none.
fn id<'de, D: Deserializer<'de>>(from: D) -> Result<CheckId, D::Error> {
    static ALL: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        ('A'..='Z').flat_map(|letter| (0..100).map(move |n| format!("{letter}{n:02}"))).collect()
    });
    let read = String::deserialize(from)?;
    Ok(ALL.get(&read).map_or("?", String::as_str))
}

impl Check {
    /// A check without evidence and without anything to do.
    pub fn new(id: &'static str, layer: Layer, state: CheckState, words: impl Into<Text>) -> Self {
        Self { id, layer, state, words: words.into(), evidence: Vec::new(), fix: Text::default() }
    }

    /// With what the sentence rests on.
    #[must_use]
    pub fn because(mut self, evidence: impl IntoIterator<Item = impl Into<Text>>) -> Self {
        self.evidence.extend(evidence.into_iter().map(Into::into));
        self
    }

    /// With what to do.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<Text>) -> Self {
        self.fix = fix.into();
        self
    }
}
