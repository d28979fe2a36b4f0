//! Transitions of the pure wizard: (state, message) to (state, effects), and what the line faces say of them.
//!
//! The scenarios are data: `flow/scenarios/*.toml`. [`scenario`] reads and runs them, [`script`] turns a word
//! such as `looked empty` into a message, [`fixtures`] holds the values behind the words, [`tell`] writes down
//! what happened, [`rules`] are what must be true after every message, [`property`] tries them on chance, and
//! [`steps`] does so a million times, drawing each.

pub mod fixtures;
mod property;
mod rules;
mod scenario;
pub mod schema;
mod script;
mod shown;
mod steps;
mod tell;
