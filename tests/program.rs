//! The program as a script runs it: the real binary, whole enrollments, killed and run again.

mod enroll;
mod kill;
mod refusals;
mod rig;

pub use rig::Served;
