//! What is known of a machine and its cluster before anything is changed. Each fact may be unknown.

use serde::{Deserialize, Serialize};

use super::check::Check;
use super::names::{ClusterId, Slug, Username};
use crate::error::Fault;
use crate::foreign::Text;

/// Which machine an effect, a slot or a message is about. One run may work on several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TargetId(pub u16);

impl TargetId {
    /// The machine this program runs on.
    pub const HERE: Self = Self(0);
}

/// Where something is installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// The cluster behind a kubeconfig context.
    Cluster {
        /// The context's name.
        context: Text,
        /// The API server's address.
        server: Text,
    },
}

/// A fact that may not be knowable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known<T> {
    /// It was read.
    Yes(T),
    /// It could not be told; the text says why.
    Unknown(Text),
}

impl<T> Known<T> {
    /// The value, if it was read.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Yes(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }
}

/// Whether a client of this kind already lives in the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Release {
    /// Read, and nothing is there.
    None,
    /// One, with the machine id its Secret holds.
    One {
        /// Where it lives.
        namespace: Slug,
        /// Its `CLIENT_ID`.
        username: Username,
    },
    /// More than one; a person must sort that out.
    Several(Vec<Text>),
    /// It could not be told.
    Unclear(Text),
}

/// Whether this is the machine on which the claim that is recorded in the cluster was made: a copied disk
/// carries cluster, record and credential along, and is still not that machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sameness {
    /// Nothing of a claim is recorded there.
    #[default]
    Unrecorded,
    /// It is.
    Same,
    /// It is another one.
    Copy,
    /// It cannot be told; the text says why.
    Unclear(Text),
}

/// A node's room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRoom {
    /// The node's name.
    pub name: Text,
    /// Allocatable CPU, in thousandths of a core.
    pub milli_cpu: u64,
    /// Allocatable memory, in bytes.
    pub memory: u64,
    /// Whether it is Ready.
    pub ready: bool,
    /// How many of the images needed it has, as far as it tells: a node lists fifty at most.
    #[serde(default)]
    pub images_here: usize,
}

/// What would be installed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// What it is, with its version, for example "demo client 0.1.0".
    pub title: Text,
    /// Objects by kind, in the order they are applied, for example ("Deployment", 3).
    pub kinds: Vec<(Text, usize)>,
    /// CPU asked for in all, in thousandths of a core.
    pub milli_cpu: u64,
    /// Memory asked for in all, in bytes.
    pub memory: u64,
    /// What its volumes ask for in all, in bytes.
    pub storage: u64,
    /// The images it needs.
    pub images: Vec<Text>,
}

/// Whether images that a node lacks are pulled from the yes on, before the release is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ahead {
    /// No: none is missing, or none is known to be.
    #[default]
    Nothing,
    /// So many Jobs pull them.
    Jobs(usize),
    /// No: whoever runs this may not make Jobs.
    Forbidden,
    /// No: it could not be told whether they may be made.
    Untold,
}

/// What is known of the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Where it is.
    pub target: Target,
    /// The Kubernetes version.
    pub version: Known<Text>,
    /// The anchor.
    pub cluster_id: Known<ClusterId>,
    /// What lives there.
    pub release: Release,
    /// Whether an earlier run left a write-ahead record of this origin.
    pub record: Known<bool>,
    /// Whether this is the machine that record and release were made on.
    pub machine: Sameness,
    /// The account that this program installed the release here for, at this API; none where somebody else
    /// installed it, or for another API.
    pub owner: Option<u64>,
    /// What would keep a credential from being written ahead, if it is known to; told as a failure where it
    /// matters.
    #[serde(skip)]
    pub obstacle: Option<Fault>,
    /// The nodes.
    pub nodes: Known<Vec<NodeRoom>>,
    /// What would be installed.
    pub planned: Planned,
    /// Of the images needed, how many some node already has.
    pub images_here: Known<usize>,
    /// What is done about the others before the release is there.
    #[serde(default)]
    pub ahead: Ahead,
    /// What was checked before anything is changed. One that failed keeps the yes from being said.
    pub checks: Vec<Check>,
}
