//! Faces: ways of showing the wizard. They show its state and decide nothing.

pub mod clients;
pub mod doctor;
pub mod ndjson;
pub mod plain;
pub mod profiles;
pub mod session;
pub mod set;
pub mod status;
pub mod tui;
