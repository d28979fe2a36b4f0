//! The figure `sign-in`: device grants in virtual time, against servers of many kinds. Each server checks by itself
//! that it is asked as RFC 8628 says, with rules that are written down here once more.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use landfall::backend::device_grant::{self, Beside, Granted, drive};
use landfall::backend::{Answer, Backend, Begun, DeviceContext};
use landfall::error::Fault;
use landfall::model::{Account, Grant, Reply, Shape, UserCode};
use landfall::secret::{Audience, Secret, SecretRef, Vault};
use tokio::time::Instant;

mod servers;

use servers::{Odd, SERVERS, Server};

/// How many sign-ins are simulated.
const RUNS: u64 = 10_000;

/// Numbers that look random and are the same in every run (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A span below this one, to the millisecond.
    fn below(&mut self, span: Duration) -> Duration {
        Duration::from_millis(self.next() % u64::try_from(span.as_millis()).unwrap().max(1))
    }
}

/// What the server knows of one grant.
struct Seen {
    dice: Dice,
    polls: u32,
    /// Troubles in a row.
    troubles: u32,
    interval: Duration,
    /// When it may be asked next, at the earliest and at the latest.
    due: Duration,
    busy: bool,
    ended: bool,
    /// When it last answered, other than with the end.
    answered: Duration,
    /// Whether the pause after that was the plain interval.
    plain: bool,
    violations: Vec<String>,
}

struct Sim {
    server: &'static Server,
    start: Instant,
    life: Duration,
    /// When the person approves, if ever.
    approved: Option<Duration>,
    session: SecretRef,
    seen: Mutex<Seen>,
}

impl Sim {
    fn new(server: &'static Server, mut dice: Dice, session: SecretRef) -> Self {
        let life = Duration::from_secs(server.life_believed);
        let at = dice.below(life.min(Duration::from_secs(300)));
        let interval = Duration::from_millis(server.interval_believed);
        let seen = Seen {
            dice,
            polls: 0,
            troubles: 0,
            interval,
            due: interval,
            busy: false,
            ended: false,
            answered: Duration::ZERO,
            plain: true,
            violations: Vec::new(),
        };
        let approved = (!matches!(server.odd, Odd::Never | Odd::Early(_))).then_some(at);
        Self { server, start: clock(), life, approved, session, seen: Mutex::new(seen) }
    }

    fn grant(&self, device_code: SecretRef) -> Begun {
        let grant = Grant {
            user_code: UserCode::new("AAAA-BBBB"),
            verification_uri: "https://a.example/activate".into(),
            complete: None,
            expires_in: device_grant::life(self.server.life),
            interval: device_grant::interval(self.server.interval),
        };
        Begun { grant, device_code }
    }

    /// A poll comes in: is it one that may come now?
    fn asked(&self) -> Duration {
        let now = self.start.elapsed();
        let mut seen = self.seen.lock().unwrap();
        let slack = Duration::from_millis(2);
        let mut wrong = Vec::new();
        if seen.busy {
            wrong.push("two polls at once");
        }
        if seen.ended {
            wrong.push("a poll after the end");
        }
        if now >= self.life {
            wrong.push("a poll after the expiry");
        }
        if now + slack < seen.due {
            wrong.push("a poll too soon");
        }
        if now > seen.due + slack {
            wrong.push("a poll too late");
        }
        let due = seen.due;
        seen.violations.extend(wrong.into_iter().map(|what| format!("{what}: at {now:?}, due {due:?}")));
        seen.busy = true;
        seen.polls += 1;
        let (low, high) = self.server.latency;
        Duration::from_millis(low) + seen.dice.below(Duration::from_millis(high - low))
    }

    /// The answer, as of now; and when the next poll is due after it (RFC 8628 §3.5).
    fn answer(&self) -> Answer {
        let now = self.start.elapsed();
        let mut seen = self.seen.lock().unwrap();
        seen.busy = false;
        let over = |seen: &mut Seen, answer| {
            seen.ended = true;
            answer
        };
        let roll = seen.dice.next();
        let trouble = |wait: Option<u64>| Answer::Retry {
            fault: Fault::RateLimited { wait: None },
            wait: wait.map(Duration::from_secs),
        };
        let answer = match self.server.odd.at(seen.polls, now, roll) {
            Some(servers::Says::SlowDown(wait)) => Answer::SlowDown { wait: wait.map(Duration::from_secs) },
            Some(servers::Says::Trouble(wait)) => trouble(wait),
            Some(servers::Says::Expired) => return over(&mut seen, Answer::Expired),
            None if now >= self.life => return over(&mut seen, Answer::Expired),
            None => match self.approved {
                Some(at) if at <= now => {
                    let denied = matches!(self.server.odd, Odd::Denies);
                    let last = if denied { Answer::Denied } else { Answer::Granted(self.session) };
                    return over(&mut seen, last);
                }
                _ => Answer::Pending { wait: None },
            },
        };
        let wait = |wait: Option<Duration>| wait.unwrap_or_default().min(Duration::from_secs(300));
        let pause = match &answer {
            Answer::SlowDown { wait: asked } => {
                seen.troubles = 0;
                seen.interval += Duration::from_secs(5);
                seen.interval.max(wait(*asked))
            }
            Answer::Retry { wait: asked, .. } => {
                seen.troubles += 1;
                let doubled = seen.interval * 2u32.pow(seen.troubles.min(8));
                doubled.min(Duration::from_secs(60)).max(seen.interval).max(wait(*asked))
            }
            _ => {
                seen.troubles = 0;
                seen.interval
            }
        };
        seen.answered = now;
        seen.plain = pause == seen.interval;
        seen.due = now + pause;
        answer
    }
}

impl Backend for Sim {
    fn poll(&self, _: SecretRef) -> Reply<'_, Answer> {
        Box::pin(async {
            tokio::time::sleep(self.asked()).await;
            self.answer()
        })
    }
    fn shape(&self) -> Shape {
        unreachable!()
    }
    fn begin<'a>(&'a self, _: &'a DeviceContext) -> Reply<'a, Result<Begun, Fault>> {
        unreachable!()
    }
    fn who(&self, _: SecretRef) -> Reply<'_, Result<Account, Fault>> {
        unreachable!()
    }
    fn revoke(&self, _: SecretRef) -> Reply<'_, Result<(), Fault>> {
        unreachable!()
    }
    fn server_time(&self) -> Option<Timestamp> {
        None
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock of a simulation, held by the test")]
fn clock() -> Instant {
    Instant::now()
}

/// What came of the sign-ins at one server.
#[derive(Default)]
struct Row {
    runs: u64,
    signed_in: u64,
    aborted: u64,
    violations: u64,
    /// How much later than half an interval after the approval it was noticed, in seconds: over every sign-in that
    /// went well, and over those that are measured.
    all: Late,
    measured: Late,
}

/// A mean that is being made.
#[derive(Clone, Copy, Default)]
struct Late {
    count: u32,
    seconds: f64,
}

impl Late {
    fn note(&mut self, seconds: f64) {
        self.count += 1;
        self.seconds += seconds;
    }

    /// In milliseconds; nothing was late where nothing was measured.
    fn mean(self) -> f64 {
        if self.count == 0 { 0.0 } else { self.seconds / f64::from(self.count) * 1000.0 }
    }
}

#[tokio::test(start_paused = true)]
async fn sign_in_figure() {
    let vault = Vault::default();
    let secret = || vault.keep(Secret::new("something", Audience::session("https://a.example")));
    let (code, session) = (secret(), secret());
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    let mut wrong = Vec::new();
    for run in 0..RUNS {
        let server = &SERVERS[usize::try_from(run).unwrap() % SERVERS.len()];
        let sim = Sim::new(server, Dice(run), session);
        let end = drive(&sim, &sim.grant(code), Beside::alone(&|_| {})).await;
        let took = sim.start.elapsed();
        let seen = sim.seen.into_inner().unwrap();
        let row = rows.entry(server.name).or_default();
        row.runs += 1;
        row.violations += u64::try_from(seen.violations.len()).unwrap();
        wrong.extend(seen.violations.iter().map(|what| format!("{}: {what}", server.name)));
        let signed_in = end == Ok(Granted::Session(session));
        row.signed_in += u64::from(signed_in);
        // It could succeed as long as a poll may still begin, once it was approved.
        let denied = matches!(server.odd, Odd::Denies);
        let could = sim.approved.is_some() && !denied && (signed_in || !seen.ended && seen.due < sim.life);
        if could && !signed_in {
            row.aborted += 1;
            wrong.push(format!("{}: aborted", server.name));
        }
        // How long a server takes for an answer, and what it says instead of the truth, is its own doing.
        let prompt = seen.plain && server.latency.1 <= 1000;
        if let (true, Some(at)) = (signed_in, sim.approved) {
            let late = took.saturating_sub(at).as_secs_f64() - seen.interval.as_secs_f64() / 2.0;
            row.all.note(late);
            if prompt && at >= seen.answered {
                row.measured.note(late);
            }
        }
    }
    let sum = |of: fn(&Row) -> u64| rows.values().map(of).sum::<u64>();
    let (aborted, violations) = (sum(|row| row.aborted), sum(|row| row.violations));
    let whole = |of: fn(&Row) -> Late| {
        rows.values().map(of).fold(Late::default(), |sum, one| Late {
            count: sum.count + one.count,
            seconds: sum.seconds + one.seconds,
        })
    };
    let (all, measured) = (whole(|row| row.all), whole(|row| row.measured));
    let mean = measured.mean();
    let mut out = std::io::stdout();
    let head =
        "server                              runs signed_in aborted violations  all_ms measured mean_ms";
    writeln!(out, "sign-in-server: {head}").unwrap();
    for (name, Row { runs, signed_in, aborted, violations, all, measured }) in &rows {
        let late = format!("{:>9.0} {:>8} {:>9.0}", all.mean(), measured.count, measured.mean());
        let row = format!("{name:<34} {runs:>5} {signed_in:>9} {aborted:>7} {violations:>10} {late}");
        writeln!(out, "sign-in-server: {row}").unwrap();
    }
    writeln!(
        out,
        "sign-in: runs={RUNS} servers={} aborted={aborted} violations={violations} mean_over_half_interval_ms={mean:.0} \
         measured={} mean_of_all_ms={:.0} signed_in={}",
        rows.len(),
        measured.count,
        all.mean(),
        all.count
    )
    .unwrap();
    assert_eq!(wrong.first(), None);
    assert!(mean <= 200.0, "{mean}");
    assert!(rows.len() >= 40);
}
