//! Walks a device grant to its end: sleeps, polls, tells.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::{Heard, Moment, Next, Schedule};
use crate::backend::{Answer, Backend, Begun};
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Grant, Issued, Polled, ReverseCode};
use crate::secret::SecretRef;

/// What a grant that went well brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Granted {
    /// A session.
    Session(SecretRef),
    /// An identity with its credential.
    Issued(Box<Issued>),
}

/// How long to sleep at a stretch: a clock that slept with the machine is looked at anew that often.
const STRETCH: Duration = Duration::from_secs(5);

/// What a walk needs of the person and the machine beside it.
pub struct Beside<'a> {
    /// Hears what each poll told, and when the next one comes.
    pub told: &'a (dyn Fn(Polled) + Send + Sync),
    /// The digits that a person types, each time they are asked for.
    pub typed: watch::Receiver<Option<ReverseCode>>,
    /// How long the machine was suspended so far: a code goes on ageing meanwhile, and the clock that measures
    /// spans stands still.
    pub suspended: fn() -> Duration,
}

impl<'a> Beside<'a> {
    /// Nobody types, and the machine never sleeps.
    pub fn alone(told: &'a (dyn Fn(Polled) + Send + Sync)) -> Self {
        Self { told, typed: watch::channel(None).1, suspended: || Duration::ZERO }
    }
}

/// Polls until the grant is decided or dead, one poll at a time, and hands out the session.
///
/// A poll that began before the expiry may still bring the session after it. Dropping the future ends the
/// polling; the code is then simply left to expire.
pub async fn drive(backend: &dyn Backend, begun: &Begun, beside: Beside<'_>) -> Result<Granted, Fault> {
    let Beside { told, mut typed, suspended } = beside;
    let mut clock = Spans { start: monotonic(), earlier: suspended(), noticed: Duration::ZERO, suspended };
    let Grant { interval, expires_in, .. } = begun.grant;
    let mut schedule = Schedule::new(interval, expires_in, clock.now()).at(backend.pace());
    let mut digits = None;
    loop {
        if let Some(slept) = clock.slept() {
            told(Polled::Slept(slept));
        }
        // Asked again after every sleep: it may have lasted longer than it was meant to.
        match schedule.next(clock.now()) {
            Next::Poll(at) if clock.now() < at => clock.sleep_towards(at).await,
            Next::Expires(at) => clock.sleep_towards(at).await,
            Next::Expired | Next::Stop => return Err(Fault::SignInExpired),
            Next::Poll(_) => {
                let sent = digits.take();
                let answer = match &sent {
                    Some(digits) => backend.poll_with(begun.device_code, digits).await,
                    None => backend.poll(begun.device_code).await,
                };
                let (heard, trouble) = match answer {
                    Answer::Granted(session) => return Ok(Granted::Session(session)),
                    Answer::Issued(issued) => return Ok(Granted::Issued(issued)),
                    Answer::Denied if sent.is_some() => return Err(Fault::ReverseCodeRefused),
                    Answer::Denied => return Err(Fault::SignInDeclined),
                    Answer::Fatal(fault) => return Err(fault),
                    Answer::Expired => (Heard::Expired, None),
                    Answer::Pending { wait } => (Heard::Pending(wait), None),
                    Answer::ReverseCode => {
                        schedule.heard(clock.now(), Heard::Pending(None));
                        // What was typed for an earlier question is no answer to this one.
                        typed.mark_unchanged();
                        told(Polled::ReverseCode { wrong: sent.is_some() });
                        digits = Some(clock.before(schedule.expires(), &mut typed, told).await?);
                        continue;
                    }
                    Answer::SlowDown { wait } => {
                        // It did not look at them yet. After any other trouble nobody can tell, and digits that
                        // are sent twice would cost two tries.
                        digits = sent;
                        (Heard::SlowDown(wait), None)
                    }
                    Answer::Retry { fault, wait } => (Heard::Nothing(wait), Some(fault)),
                };
                let now = clock.now();
                schedule.heard(now, heard);
                if let (Next::Stop, Some(fault)) = (schedule.next(now), &trouble) {
                    return Err(fault.clone());
                }
                if let Next::Poll(at) = schedule.next(now) {
                    let pause = at.saturating_sub(now);
                    told(match (heard, trouble) {
                        (_, Some(fault)) => {
                            let count = schedule.wrong_in_a_row();
                            let count =
                                count.map_or_else(String::new, |(n, of)| format!(" ({n} of {of} in a row)"));
                            let why = format!("{}{count}", fault.sentence());
                            Polled::Trouble(pause, Text::new(&why))
                        }
                        (Heard::SlowDown(_), _) => Polled::SlowDown(pause),
                        _ => Polled::Pending(pause),
                    });
                }
            }
        }
    }
}

/// Spans since the code was handed out, the time that the machine slept included.
struct Spans {
    start: Instant,
    /// How long the machine had been suspended at the start.
    earlier: Duration,
    /// How much of what came after was told.
    noticed: Duration,
    suspended: fn() -> Duration,
}

impl Spans {
    fn now(&self) -> Moment {
        self.start.elapsed() + self.suspended_since()
    }

    fn suspended_since(&self) -> Duration {
        (self.suspended)().saturating_sub(self.earlier)
    }

    /// How long the machine slept since this was asked last, if it did.
    fn slept(&mut self) -> Option<Duration> {
        let since = self.suspended_since();
        // Two clocks cannot be read at one time: a moment of difference is no sleep.
        let slept = since.checked_sub(self.noticed).filter(|slept| slept.as_secs() > 0)?;
        self.noticed = since;
        Some(slept)
    }

    /// Sleeps until that moment at the latest, and never long without a look at the clock.
    async fn sleep_towards(&self, at: Moment) {
        tokio::time::sleep(at.saturating_sub(self.now()).min(STRETCH)).await;
    }

    /// The next digits that are typed; none are worth anything after the expiry.
    async fn before(
        &mut self,
        expires: Moment,
        typed: &mut watch::Receiver<Option<ReverseCode>>,
        told: &(dyn Fn(Polled) + Send + Sync),
    ) -> Result<ReverseCode, Fault> {
        loop {
            if let Some(slept) = self.slept() {
                told(Polled::Slept(slept));
            }
            if self.now() >= expires {
                return Err(Fault::SignInExpired);
            }
            tokio::select! {
                biased;
                Ok(()) = typed.changed() => {
                    if let Some(digits) = typed.borrow_and_update().clone() {
                        return Ok(digits);
                    }
                }
                () = self.sleep_towards(expires) => {}
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a schedule must see how long a poll took; this clock only measures spans and is tokio's, so tests can hold it"
)]
fn monotonic() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests;
