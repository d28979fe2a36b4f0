//! The shell: the only place that acts. It owns the loop, the clock, the tasks and the terminal.

pub mod capabilities;
pub mod clock;
pub mod effects;
pub mod environment;
pub mod input;
mod lines;
pub mod run;
pub mod signals;
pub mod tasks;
pub mod terminal;
