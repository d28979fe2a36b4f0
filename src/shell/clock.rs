//! The one clock: monotonic since the run began, and the wall.
#![expect(clippy::disallowed_methods, reason = "this is where time is read")]

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::wizard::msg::Moment;

/// The clock of a run.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began: Instant,
    /// How long the machine had been suspended by then.
    slept: Duration,
}

impl Clock {
    /// Starts a run.
    pub fn start() -> Self {
        Self { began: Instant::now(), slept: suspended() }
    }

    /// Now. What counts for a code that runs out counts here: the time that the machine slept is part of the run.
    pub fn now(self) -> Moment {
        let run = self.began.elapsed() + suspended().saturating_sub(self.slept);
        Moment { run, wall: Timestamp::now() }
    }
}

/// How long the machine was suspended since it was started. The clock that measures spans stands still meanwhile;
/// where the system does not tell the two apart, this is nothing.
pub fn suspended() -> Duration {
    #[cfg(target_os = "linux")]
    {
        use rustix::time::{ClockId, clock_gettime};
        let span = |clock| Duration::try_from(clock_gettime(clock)).unwrap_or_default();
        // In this order the difference is never too small.
        let awake = span(ClockId::Monotonic);
        span(ClockId::Boottime).saturating_sub(awake)
    }
    #[cfg(not(target_os = "linux"))]
    Duration::ZERO
}

/// The wall clock, for code that is handed a clock.
pub fn wall() -> Timestamp {
    Timestamp::now()
}
