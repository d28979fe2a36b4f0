//! What a registration put on this machine. The install judges its own parts; here they get their place.

use crate::doctor::table::{Entry, Finding, Judge};
use crate::model::{PARTS, Standing};

/// The way to the server, the nearest layer first.
const WAY: &[&str] = &["R12", "R11", "N06", "N08", "N05", "N07", "N04", "N03", "N02", "N01", "A01"];

const fn entry(at: usize, after: &'static [&'static str]) -> Entry {
    let (id, title) = PARTS[at];
    Entry { id, title, after, judge: Judge::Station }
}

/// The checks.
pub const CHECKS: &[Entry] = &[
    // Without a profile nobody knows whether anything was put here.
    entry(0, &["M16", "A01"]),
    entry(1, &["R01"]),
    entry(2, &["R02", "R01"]),
    entry(3, &["R02", "R01"]),
    entry(4, &["R01"]),
    entry(5, &["R05", "R01"]),
    entry(6, &["R03", "R04"]),
    entry(7, &["R07", "R05", "R04"]),
    entry(8, &["R05"]),
    entry(9, &["R09", "R05"]),
    entry(10, &["R01"]),
    entry(11, &["R11"]),
    entry(12, WAY),
];

/// The part of that id, as it was judged where it lies.
pub fn found(standing: &Standing, id: &str) -> Finding {
    match standing.checks.iter().find(|check| check.id == id) {
        Some(check) => Finding::as_judged(check),
        None => Finding::unknown("it was not looked at"),
    }
}
