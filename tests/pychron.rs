//! A workstation through the real binary, against the stand-in of pychronAPI. Each test is named after the
//! rows of the tick list that it proves.

mod happy;
mod later;
mod pane;
mod refused;
pub mod rig;
mod stands;
mod table;
mod wire;
