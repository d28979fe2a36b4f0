//! A bundle: everything that somebody far away needs, and no secret.

pub mod clean;
