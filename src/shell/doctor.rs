//! The doctor's own screen, and what becomes of a bundle.

pub mod bundling;
pub mod screen;
pub mod visit;
