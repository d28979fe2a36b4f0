//! The shell: the only place that acts. It owns the loop, the clock, the tasks and the terminal.

pub mod capabilities;
pub mod clock;
mod commands;
mod doctor;
pub mod effects;
pub mod environment;
pub mod input;
pub mod launch;
mod lines;
mod links;
pub mod run;
pub mod signals;
mod stay;
pub mod tasks;
pub mod terminal;
