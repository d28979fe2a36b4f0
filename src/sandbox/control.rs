//! The simulated control plane: provisioning API and activation pages.
