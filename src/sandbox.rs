//! An embedded control plane and cluster on loopback: the playground, and the ground of the tests.
//!
//! It stands apart: it imports nothing from `backend/`, `claim/`, `install/` or `cluster/`, so that a
//! mistake in the client cannot hide behind the same mistake in its peer.
#![expect(
    clippy::disallowed_methods,
    reason = "the sandbox plays other machines: it has its own tasks and its own clock"
)]

mod base64;
pub mod cluster;
pub mod control;
pub mod pychron;
pub mod scenario;
pub mod serve;
pub mod time;
pub mod tls;

use std::sync::Arc;

/// What a simulated jobs manager, running inside the simulated cluster, can ask of the control plane.
/// It stands for the two HTTPS calls that the real workload makes.
pub trait ControlPlane: Send + Sync {
    /// POST `/api-token-auth/` with the credential found in the release's Secret.
    fn login(&self, username: &str, password: &str) -> Login;
    /// The periodic heartbeat: moves `last_info_update` and sets the client online.
    fn heartbeat(&self, username: &str, namespace: &str);
}

/// What `/api-token-auth/` said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// 200.
    Accepted,
    /// 400: unknown user or wrong password.
    Rejected,
    /// 401: revoked or retired.
    Inactive,
}

/// The control plane as a shared handle.
pub type SharedControlPlane = Arc<dyn ControlPlane>;
