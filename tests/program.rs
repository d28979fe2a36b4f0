//! The program as a script runs it: the real binary, whole enrollments, killed and run again.

mod canary;
mod enroll;
mod hostile;
mod kill;
mod refusals;
mod rig;
mod session;

pub use rig::{Served, run_in};
