//! RFC 8628 as a pure schedule: when to poll next, from the answers so far. [`drive`] walks it.
//!
//! The rules, in one place:
//! - The first poll comes after one interval, and each later one an interval after the answer before it.
//! - No interval named means 5 s (§3.2). `slow_down` makes it 5 s longer for good (§3.5).
//! - No usable answer doubles the pause for as long as that lasts, up to 60 s (§3.5); an answer ends it.
//!   `Retry-After` is honoured, up to 300 s.
//! - `expired_token` is believed even when the clock says otherwise; no poll starts after the expiry.
//! - Trouble on the way never ends a sign-in before its expiry.

mod drive;
mod shown;

use std::time::Duration;

pub use drive::{Beside, Granted, drive};
pub use shown::Handed;

use super::Pace;

/// A moment: the time since some fixed start, by a clock that never goes back.
pub type Moment = Duration;

/// The interval when the server names none (RFC 8628 §3.2).
const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);
/// The longest interval believed of the server's first word, so that a wild value cannot stall a sign-in.
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);
/// What `slow_down` adds (RFC 8628 §3.5).
const SLOWER: Duration = Duration::from_secs(5);
/// How far doubling goes.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(60);
/// The longest `Retry-After` obeyed: one wild header does not end a sign-in.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// A code's life when the server names none. The field is mandatory (RFC 8628 §3.2), but may be missing.
const DEFAULT_LIFE: Duration = Duration::from_secs(900);
/// The longest life believed.
const LONGEST_LIFE: Duration = Duration::from_secs(3600);

/// The interval to keep, from what the server said in seconds: 1 to 60 s; 5 s for nothing, zero, a negative
/// or an unreadable value.
pub fn interval(said: Option<f64>) -> Duration {
    bounded(said, DEFAULT_INTERVAL, LONGEST_INTERVAL)
}

/// A code's life, from what the server said in seconds: 1 s to an hour, 900 s for nothing, zero, a negative
/// or an unreadable value. A short life is believed, since polling past it would break the rule.
pub fn life(said: Option<f64>) -> Duration {
    bounded(said, DEFAULT_LIFE, LONGEST_LIFE)
}

fn bounded(said: Option<f64>, default: Duration, longest: Duration) -> Duration {
    match said {
        Some(said) if said > 0.0 => Duration::from_secs_f64(said.clamp(1.0, longest.as_secs_f64())),
        // Not a number fails the comparison, too.
        _ => default,
    }
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Poll at this moment, not before.
    Poll(Moment),
    /// No poll any more; the code ends at this moment.
    Expires(Moment),
    /// The code is dead.
    Expired,
    /// A final answer came; never poll again.
    Stop,
}

/// What an answer means for the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// `authorization_pending`, and the wait asked for beside it.
    Pending(Option<Duration>),
    /// `slow_down`, and the wait asked for beside it.
    SlowDown(Option<Duration>),
    /// Nothing usable: no connection, a time-out, a gateway's page; and the wait asked for.
    Nothing(Option<Duration>),
    /// `expired_token`.
    Expired,
    /// Success, or an answer after which no poll can succeed.
    Final,
}

/// The schedule of one device code. It holds no clock: moments come in with the calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    interval: Duration,
    expires: Moment,
    next: Moment,
    in_a_row: u32,
    patience: Option<u32>,
    end: Option<Next>,
}

impl Schedule {
    /// A code handed out at `started`, with the interval and the life that [`interval`] and [`life`] made
    /// of the server's words.
    pub fn new(interval: Duration, expires_in: Duration, started: Moment) -> Self {
        Self {
            interval,
            expires: started.saturating_add(expires_in),
            next: started.saturating_add(interval),
            in_a_row: 0,
            patience: None,
            end: None,
        }
    }

    /// With the pace of a dialect that differs from the RFC.
    #[must_use]
    pub fn at(mut self, pace: Pace) -> Self {
        if pace.at_once {
            self.next = self.next.saturating_sub(self.interval);
        }
        self.patience = pace.patience;
        self
    }

    /// When the code ends, whatever the answers.
    pub fn expires(&self) -> Moment {
        self.expires
    }

    /// How many polls in a row went wrong, and how many may, where that is bounded.
    pub fn wrong_in_a_row(&self) -> Option<(u32, u32)> {
        Some((self.in_a_row, self.patience?))
    }

    /// What to do, seen from `now`.
    pub fn next(&self, now: Moment) -> Next {
        match self.end {
            Some(end) => end,
            None if now >= self.expires => Next::Expired,
            None if self.next >= self.expires => Next::Expires(self.expires),
            None => Next::Poll(self.next),
        }
    }

    /// Takes the answer that came at `now`.
    pub fn heard(&mut self, now: Moment, heard: Heard) {
        let pause = match heard {
            Heard::Pending(wait) => {
                self.in_a_row = 0;
                self.interval.max(obeyed(wait))
            }
            Heard::SlowDown(wait) => {
                self.in_a_row = 0;
                self.interval = self.interval.saturating_add(SLOWER);
                self.interval.max(obeyed(wait))
            }
            Heard::Nothing(wait) => {
                self.in_a_row = self.in_a_row.saturating_add(1);
                if let Some(most) = self.patience {
                    if self.in_a_row > most {
                        return self.finish(Next::Stop);
                    }
                    self.next = now.saturating_add(self.interval);
                    return;
                }
                let doubled = self.interval.saturating_mul(2u32.saturating_pow(self.in_a_row));
                // Never shorter than the interval, which slow_down may have made longer than the bound.
                doubled.min(LONGEST_BACK_OFF).max(self.interval).max(obeyed(wait))
            }
            Heard::Expired => return self.finish(Next::Expired),
            Heard::Final => return self.finish(Next::Stop),
        };
        self.next = now.saturating_add(pause);
    }

    fn finish(&mut self, end: Next) {
        // The first final answer stands.
        self.end.get_or_insert(end);
    }
}

fn obeyed(wait: Option<Duration>) -> Duration {
    wait.unwrap_or_default().min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests;
