//! The shell: the only place that acts. It owns the loop, the clock, the tasks and the terminal.

pub mod capabilities;
mod choose;
pub mod clock;
mod commands;
mod doctor;
pub mod effects;
mod entry;
pub mod environment;
mod given;
pub mod input;
mod journal;
pub mod launch;
mod lines;
mod links;
mod log;
mod look;
mod machine;
mod opener;
mod preflight;
mod refusal;
mod renewal;
mod replay;
pub mod run;
pub mod signals;
mod stay;
pub mod tasks;
pub mod terminal;
