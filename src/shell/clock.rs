//! The one clock: monotonic since the run began, and the wall.
#![expect(clippy::disallowed_methods, reason = "this is where time is read")]

use std::time::{Duration, Instant};

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
