//! The real binary in a pseudo-terminal: what it does to the terminal, and whether it gives it back.

mod figures;
mod hostile;
mod input;
mod leave;
mod line;
mod model;
pub mod rig;
mod sizes;
mod suspend;

pub use rig::{Left, Term, XTERM};
