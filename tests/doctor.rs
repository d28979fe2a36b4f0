//! The doctor on a whole sandbox: its real HTTP APIs, with faults put in on the wire between.

mod canaries;
mod elsewhere;
mod faults;
mod figures;
mod healthy;
mod rig;
mod station;
