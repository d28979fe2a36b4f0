//! Walks a device grant to its end: sleeps, polls, tells.

use tokio::time::Instant;

use super::{Heard, Next, Schedule};
use crate::backend::{Answer, Backend, Begun};
use crate::error::Fault;
use crate::foreign::Text;
use crate::model::{Grant, Issued, Polled};
use crate::secret::SecretRef;

/// What a grant that went well brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Granted {
    /// A session.
    Session(SecretRef),
    /// An identity with its credential.
    Issued(Box<Issued>),
}

/// Polls until the grant is decided or dead, one poll at a time, and hands out the session. `told` hears
/// what each poll told and when the next one comes.
///
/// A poll that began before the expiry may still bring the session after it. Dropping the future ends the
/// polling; the code is then simply left to expire.
pub async fn drive(
    backend: &dyn Backend,
    begun: &Begun,
    told: &(dyn Fn(Polled) + Send + Sync),
) -> Result<Granted, Fault> {
    let start = monotonic();
    let Grant { interval, expires_in, .. } = begun.grant;
    let mut schedule = Schedule::new(interval, expires_in, start.elapsed()).at(backend.pace());
    loop {
        // Asked again after every sleep: it may have lasted longer than it was meant to.
        match schedule.next(start.elapsed()) {
            Next::Poll(at) if start.elapsed() < at => tokio::time::sleep_until(start + at).await,
            Next::Expires(at) => tokio::time::sleep_until(start + at).await,
            Next::Expired | Next::Stop => return Err(Fault::SignInExpired),
            Next::Poll(_) => {
                let (heard, trouble) = match backend.poll(begun.device_code).await {
                    Answer::Granted(session) => return Ok(Granted::Session(session)),
                    Answer::Issued(issued) => return Ok(Granted::Issued(issued)),
                    Answer::Denied => return Err(Fault::SignInDeclined),
                    Answer::Fatal(fault) => return Err(fault),
                    Answer::Expired => (Heard::Expired, None),
                    Answer::Pending => (Heard::Pending, None),
                    Answer::SlowDown { wait } => (Heard::SlowDown(wait), None),
                    Answer::Retry { fault, wait } => (Heard::Nothing(wait), Some(fault)),
                };
                let now = start.elapsed();
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

#[expect(
    clippy::disallowed_methods,
    reason = "a schedule must see how long a poll took; this clock only measures spans and is tokio's, so tests can hold it"
)]
fn monotonic() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::backend::DeviceContext;
    use crate::model::{Reply, Shape, UserCode};
    use crate::secret::{Audience, Secret, Vault};

    /// Answers polls from a list, each after its delay, and notes when it was asked.
    struct Scripted {
        start: Instant,
        answers: Mutex<Vec<(Duration, Answer)>>,
        asked: Mutex<Vec<u64>>,
    }

    impl Scripted {
        fn new(mut answers: Vec<(Duration, Answer)>) -> Self {
            answers.reverse();
            Self { start: monotonic(), answers: Mutex::new(answers), asked: Mutex::default() }
        }
    }

    impl Backend for Scripted {
        fn poll(&self, _: SecretRef) -> Reply<'_, Answer> {
            Box::pin(async {
                self.asked.lock().unwrap().push(self.start.elapsed().as_secs());
                let (delay, answer) =
                    self.answers.lock().unwrap().pop().unwrap_or((Duration::ZERO, Answer::Pending));
                tokio::time::sleep(delay).await;
                answer
            })
        }
        fn shape(&self) -> Shape {
            unreachable!("the schedule only polls")
        }
        fn begin<'a>(&'a self, _: &'a DeviceContext) -> Reply<'a, Result<Begun, Fault>> {
            unreachable!("the schedule only polls")
        }
        fn revoke(&self, _: SecretRef) -> Reply<'_, Result<(), Fault>> {
            unreachable!("the schedule only polls")
        }
        fn server_time(&self) -> Option<Timestamp> {
            None
        }
    }

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn begun(interval: u64, expires_in: u64) -> (Begun, SecretRef) {
        let vault = Vault::default();
        let secret = || vault.keep(Secret::new("something", Audience::session("https://a.example")));
        let grant = Grant {
            user_code: UserCode::new("AAAA-BBBB"),
            verification_uri: "https://a.example/activate".into(),
            complete: None,
            expires_in: secs(expires_in),
            interval: secs(interval),
        };
        (Begun { grant, device_code: secret() }, secret())
    }

    async fn walk(server: &Scripted, begun: &Begun) -> (Result<Granted, Fault>, Vec<Polled>) {
        let told = Mutex::new(Vec::new());
        let end = drive(server, begun, &|polled| told.lock().unwrap().push(polled)).await;
        (end, told.into_inner().unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn it_polls_as_asked_and_stops_at_success() {
        let (begun, session) = begun(5, 900);
        let trouble = Fault::RateLimited { wait: None };
        let server = Scripted::new(vec![
            (Duration::ZERO, Answer::Pending),
            (secs(2), Answer::Pending),
            (Duration::ZERO, Answer::SlowDown { wait: None }),
            (secs(30), Answer::Retry { fault: trouble.clone(), wait: None }),
            (Duration::ZERO, Answer::Granted(session)),
        ]);
        let (end, told) = walk(&server, &begun).await;
        assert_eq!(end, Ok(Granted::Session(session)));
        assert_eq!(*server.asked.lock().unwrap(), [5, 10, 17, 27, 77]);
        assert_eq!(
            told,
            [
                Polled::Pending(secs(5)),
                Polled::Pending(secs(5)),
                Polled::SlowDown(secs(10)),
                Polled::Trouble(secs(20), trouble.sentence().into()),
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_at_the_expiry_without_a_poll_beyond_it() {
        let (begun, _) = begun(5, 12);
        let server = Scripted::new(vec![]);
        let before = monotonic();
        let (end, told) = walk(&server, &begun).await;
        assert_eq!(end, Err(Fault::SignInExpired));
        assert_eq!(before.elapsed().as_secs(), 12);
        assert_eq!(*server.asked.lock().unwrap(), [5, 10]);
        assert_eq!(told, [Polled::Pending(secs(5))]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_poll_under_way_at_the_expiry_may_still_succeed() {
        let (begun, session) = begun(5, 7);
        let server = Scripted::new(vec![(secs(20), Answer::Granted(session))]);
        assert_eq!(walk(&server, &begun).await.0, Ok(Granted::Session(session)));
    }

    #[tokio::test(start_paused = true)]
    async fn final_answers_end_it_at_once() {
        let fatal = Fault::BadReply { why: "x".into() };
        for (answer, end) in [
            (Answer::Denied, Fault::SignInDeclined),
            (Answer::Expired, Fault::SignInExpired),
            (Answer::Fatal(fatal.clone()), fatal),
        ] {
            let (begun, _) = begun(5, 900);
            let server = Scripted::new(vec![(Duration::ZERO, answer)]);
            assert_eq!(walk(&server, &begun).await, (Err(end), vec![]));
            assert_eq!(*server.asked.lock().unwrap(), [5]);
        }
    }
}
