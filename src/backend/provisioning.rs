//! The provisioning API.
