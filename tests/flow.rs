//! Transitions of the pure wizard: (state, message) to (state, effects), and what the line faces say of them.
//!
//! The scenarios are data: `flow/scenarios/*.toml`. [`scenario`] reads and runs them, [`script`] turns a word
//! such as `looked empty` into a message, [`fixtures`] holds the values behind the words, [`tell`] writes down
//! what happened, [`rules`] are what must be true after every message, [`property`] tries them on chance.
//! [`states`] names every state there is: [`faces`] proves that no face leaves one out, and [`steps`] goes
//! through them by chance a million times, drawing each.

mod faces;
pub mod fixtures;
mod property;
mod rules;
pub mod scenario;
pub mod schema;
mod script;
mod shown;
pub mod states;
mod steps;
mod tell;
