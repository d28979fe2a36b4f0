//! Real messages of container runtimes, registries, kubelet, scheduler, controllers and admission, with their
//! sources, and what each is taken for. Names and addresses are as their authors posted them.

use serde::Deserialize;

use super::Kind;

/// All of them, by who says it.
#[derive(Deserialize)]
pub struct Catalogue {
    /// Why an image cannot be pulled: in a container's status.
    pub pulls: Vec<Told>,
    /// Why a container waits otherwise: in its status.
    pub states: Vec<Told>,
    /// Why a volume cannot be mounted, or a network made: events of a pod.
    pub setups: Vec<Told>,
    /// Why no node takes a pod: in its status.
    pub placements: Vec<Told>,
    /// Why a volume is not there: events of a claim.
    pub claims: Vec<Told>,
    /// Why there is no pod: in the status of what makes it.
    pub refusals: Vec<Told>,
}

/// One message.
#[derive(Clone, Deserialize)]
pub struct Told {
    /// The reason it comes with, where its text alone does not tell.
    #[serde(default)]
    pub reason: String,
    /// The text.
    pub message: String,
    /// What it is taken for.
    pub kind: Kind,
    /// Where it comes from.
    pub source: String,
}

pub fn catalogue() -> Catalogue {
    serde_json::from_str(include_str!("messages.json")).unwrap()
}
