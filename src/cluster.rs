//! The Kubernetes cluster of this machine, as we see it from outside.

pub mod anchor;
pub mod cause;
pub mod connect;
pub mod kstatus;
pub mod release;
pub mod watch;
