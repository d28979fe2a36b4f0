//! `landfall` brings a headless machine into a fleet.

pub mod cluster;
pub mod sandbox;
