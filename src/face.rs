//! Faces: ways of showing the one wizard. A face reads the wizard's state and shows it; it decides nothing.

pub mod tui;
