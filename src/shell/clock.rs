//! The one clock: monotonic since the run began, and the wall.
#![expect(clippy::disallowed_methods, reason = "this is where time is read")]

use std::time::Instant;

use jiff::Timestamp;

use crate::wizard::msg::Moment;

/// The clock of a run.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Instant);

impl Clock {
    /// Starts a run.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Now.
    pub fn now(self) -> Moment {
        Moment { run: self.0.elapsed(), wall: Timestamp::now() }
    }
}

/// The wall clock, for code that is handed a clock.
pub fn wall() -> Timestamp {
    Timestamp::now()
}
