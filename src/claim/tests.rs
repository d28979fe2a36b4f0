//! The claim against a small world in memory: a server keyed by cluster id, a cluster with a record.

mod cases;
mod fakes;
mod lists;
mod lost;
mod schedules;
pub(super) mod world;
