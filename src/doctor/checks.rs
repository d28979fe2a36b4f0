//! The verdicts, layer by layer: pure functions from facts.

pub mod account;
pub mod cluster;
mod cluster_inside;
pub mod machine;
pub mod network;
mod objects;
pub mod plane;
pub mod station;
pub mod store;
#[cfg(test)]
mod tests;
pub mod workload;
mod workload_pods;
mod workload_secret;
