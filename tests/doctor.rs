//! The doctor on a whole sandbox: its real HTTP APIs, with faults put in on the wire between.

mod canaries;
mod faults;
mod figures;
mod healthy;
mod rig;
mod station;
