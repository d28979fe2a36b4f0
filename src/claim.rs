//! Exactly one identity.
pub mod decide;
pub mod names;
