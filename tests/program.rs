//! The program as a script runs it: the real binary, whole enrollments, killed and run again.

mod ahead;
mod audience;
mod canary;
mod doctor;
mod enroll;
mod entry;
mod heard;
mod hostile;
mod kill;
mod life;
mod lost;
mod machine;
mod refusals;
mod resume;
mod rig;
mod rights;
mod session;
mod traces;
mod wiretap;

pub use rig::{Ran, Served, landfall, run_in};
