//! The shell.
pub mod capabilities;
pub mod clock;
pub mod environment;
pub mod tasks;
