//! The Kubernetes cluster of this machine, as we see it from outside.

pub mod cause;
pub mod kstatus;
