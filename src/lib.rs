//! `landfall` brings a headless machine into a fleet.

pub mod backend;
pub mod claim;
pub mod cluster;
pub mod error;
pub mod face;
pub mod foreign;
pub mod install;
pub mod location;
pub mod model;
pub mod sandbox;
pub mod secret;
pub mod shell;
pub mod wizard;
