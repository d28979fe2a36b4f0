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
    /// The digits that came, and when.
    digits: Mutex<Vec<(u64, String)>>,
}

impl Scripted {
    fn new(mut answers: Vec<(Duration, Answer)>) -> Self {
        answers.reverse();
        Self {
            start: monotonic(),
            answers: Mutex::new(answers),
            asked: Mutex::default(),
            digits: Mutex::default(),
        }
    }
}

impl Backend for Scripted {
    fn poll(&self, _: SecretRef) -> Reply<'_, Answer> {
        Box::pin(async {
            self.asked.lock().unwrap().push(self.start.elapsed().as_secs());
            let (delay, answer) = self
                .answers
                .lock()
                .unwrap()
                .pop()
                .unwrap_or((Duration::ZERO, Answer::Pending { wait: None }));
            tokio::time::sleep(delay).await;
            answer
        })
    }
    fn poll_with<'a>(&'a self, device_code: SecretRef, digits: &'a ReverseCode) -> Reply<'a, Answer> {
        self.digits.lock().unwrap().push((self.start.elapsed().as_secs(), digits.digits().to_owned()));
        self.poll(device_code)
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
    let end = drive(server, begun, Beside::alone(&|polled| told.lock().unwrap().push(polled))).await;
    (end, told.into_inner().unwrap())
}

#[tokio::test(start_paused = true)]
async fn it_polls_as_asked_and_stops_at_success() {
    let (begun, session) = begun(5, 900);
    let trouble = Fault::RateLimited { wait: None };
    let server = Scripted::new(vec![
        (Duration::ZERO, Answer::Pending { wait: None }),
        (secs(2), Answer::Pending { wait: None }),
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

/// Walks with a person who types each of these digits when they are asked for, after so many seconds.
async fn walk_typing(
    server: &Scripted,
    begun: &Begun,
    typed: &[(u64, &str)],
) -> (Result<Granted, Fault>, Vec<Polled>) {
    let (hand, eye) = watch::channel(None);
    let (asks, mut asked) = tokio::sync::mpsc::unbounded_channel();
    let told = Mutex::new(Vec::new());
    let tell = |polled| {
        if matches!(polled, Polled::ReverseCode { .. }) {
            asks.send(()).unwrap();
        }
        told.lock().unwrap().push(polled);
    };
    let beside = Beside { typed: eye, ..Beside::alone(&tell) };
    let person = async {
        for (after, digits) in typed {
            asked.recv().await;
            tokio::time::sleep(secs(*after)).await;
            hand.send_replace(digits.parse().ok());
        }
        std::future::pending::<()>().await;
    };
    let end = tokio::select! {
        end = drive(server, begun, beside) => end,
        () = person => unreachable!("the person waits"),
    };
    (end, told.into_inner().unwrap())
}

#[tokio::test(start_paused = true)]
async fn digits_are_asked_for_and_sent_once_and_no_poll_comes_before_them() {
    let (begun, session) = begun(5, 900);
    let trouble = Fault::RateLimited { wait: None };
    let server = Scripted::new(vec![
        (Duration::ZERO, Answer::ReverseCode),
        (Duration::ZERO, Answer::ReverseCode),
        (Duration::ZERO, Answer::Retry { fault: trouble.clone(), wait: None }),
        (Duration::ZERO, Answer::ReverseCode),
        (Duration::ZERO, Answer::SlowDown { wait: None }),
        (Duration::ZERO, Answer::Granted(session)),
    ]);
    let typed = [(60, "111111"), (1, "222222"), (30, "333333")];
    let (end, told) = walk_typing(&server, &begun, &typed).await;
    assert_eq!(end, Ok(Granted::Session(session)));
    // The second ones wait for the interval; after a lost answer it is asked without any; slow_down keeps them.
    assert_eq!(*server.asked.lock().unwrap(), [5, 65, 70, 80, 110, 120]);
    let sent: Vec<_> = server.digits.lock().unwrap().clone();
    let sent: Vec<_> = sent.iter().map(|(at, digits)| (*at, digits.as_str())).collect();
    assert_eq!(sent, [(65, "111111"), (70, "222222"), (110, "333333"), (120, "333333")]);
    assert_eq!(
        told,
        [
            Polled::ReverseCode { wrong: false },
            Polled::ReverseCode { wrong: true },
            Polled::Trouble(secs(10), trouble.sentence().into()),
            Polled::ReverseCode { wrong: false },
            Polled::SlowDown(secs(10)),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_end_over_digits_is_told_apart() {
    let (begun, _) = begun(5, 900);
    let server = Scripted::new(vec![(Duration::ZERO, Answer::ReverseCode), (Duration::ZERO, Answer::Denied)]);
    let (end, _) = walk_typing(&server, &begun, &[(9, "111111")]).await;
    assert_eq!(end, Err(Fault::ReverseCodeRefused));
}

#[tokio::test(start_paused = true)]
async fn digits_that_nobody_types_end_with_the_code() {
    let (begun, _) = begun(5, 60);
    let server = Scripted::new(vec![(Duration::ZERO, Answer::ReverseCode)]);
    let before = monotonic();
    assert_eq!(walk_typing(&server, &begun, &[]).await.0, Err(Fault::SignInExpired));
    assert_eq!((before.elapsed().as_secs(), server.asked.lock().unwrap().clone()), (60, vec![5]));
}

/// A machine that was suspended for ten minutes, once the first poll was answered.
fn ten_minutes() -> Duration {
    SLEPT.with(|slept| if slept.get() { secs(600) } else { Duration::ZERO })
}

thread_local! {
    static SLEPT: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

#[tokio::test(start_paused = true)]
async fn a_code_ages_while_the_machine_sleeps() {
    for (expires_in, end, asked) in [(300, Fault::SignInExpired, 1), (900, Fault::SignInDeclined, 2)] {
        SLEPT.with(|slept| slept.set(false));
        let (begun, _) = begun(5, expires_in);
        let server = Scripted::new(vec![
            (Duration::ZERO, Answer::Pending { wait: None }),
            (Duration::ZERO, Answer::Denied),
        ]);
        let heard = Mutex::new(Vec::new());
        let told = |polled| {
            heard.lock().unwrap().push(polled);
            SLEPT.with(|slept| slept.set(true));
        };
        let beside = Beside { suspended: ten_minutes, ..Beside::alone(&told) };
        assert_eq!(drive(&server, &begun, beside).await, Err(end));
        assert_eq!(*heard.lock().unwrap(), [Polled::Pending(secs(5)), Polled::Slept(secs(600))]);
        // Not one poll after the expiry; and one at once where the code outlived the sleep.
        assert_eq!(server.asked.lock().unwrap().len(), asked, "{expires_in}");
    }
}
