//! A workstation through the real binary, against the stand-in of pychronAPI. Each test is named after the
//! rows of the tick list that it proves.

mod happy;
mod kill;
mod later;
mod pane;
mod refused;
mod rig;
mod table;
mod wire;
