//! The servers: what they say at the start, and how they behave when they are polled.

use std::time::Duration;

/// How a server is odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Odd {
    /// Not at all.
    No,
    /// It declines.
    Denies,
    /// Nobody approves.
    Never,
    /// `expired_token` after so many polls, whatever it said at the start.
    Early(u32),
    /// `slow_down` at the first so many polls, with this `Retry-After`.
    SlowFirst(u32, Option<u64>),
    /// `slow_down` at each n-th poll.
    SlowEach(u32),
    /// No answer, or none that is usable, at the first so many polls, with this `Retry-After`.
    TroubleFirst(u32, Option<u64>),
    /// The same at each n-th poll.
    TroubleEach(u32),
    /// The same at so many polls of a hundred.
    Flaky(u64),
    /// The same from the one second to the other.
    Outage(u64, u64),
    /// Trouble and `slow_down`, at so many polls of a hundred each.
    Mixed(u64),
}

/// What it says at a poll, where that is not the plain truth.
pub enum Says {
    SlowDown(Option<u64>),
    Trouble(Option<u64>),
    Expired,
}

impl Odd {
    /// What it says at its n-th poll, at `now`; `roll` is a random number.
    pub fn at(self, nth: u32, now: Duration, roll: u64) -> Option<Says> {
        let percent = roll % 100;
        match self {
            Self::No | Self::Denies | Self::Never => None,
            Self::Early(polls) => (nth >= polls).then_some(Says::Expired),
            Self::SlowFirst(polls, wait) => (nth <= polls).then_some(Says::SlowDown(wait)),
            Self::SlowEach(each) => nth.is_multiple_of(each).then_some(Says::SlowDown(None)),
            Self::TroubleFirst(polls, wait) => (nth <= polls).then_some(Says::Trouble(wait)),
            Self::TroubleEach(each) => nth.is_multiple_of(each).then_some(Says::Trouble(None)),
            Self::Flaky(share) => (percent < share).then_some(Says::Trouble(None)),
            Self::Outage(from, to) => (from..to).contains(&now.as_secs()).then_some(Says::Trouble(None)),
            Self::Mixed(share) if percent < share => Some(Says::Trouble(None)),
            Self::Mixed(share) => (percent < 2 * share).then_some(Says::SlowDown(None)),
        }
    }
}

/// One kind of server.
#[derive(Debug)]
pub struct Server {
    pub name: &'static str,
    /// `interval` as it says it, in seconds.
    pub interval: Option<f64>,
    /// What is to be made of that, in milliseconds.
    pub interval_believed: u64,
    /// `expires_in` as it says it, in seconds.
    pub life: Option<f64>,
    /// What is to be made of that, in seconds.
    pub life_believed: u64,
    /// How long an answer takes, in milliseconds: at least, and below.
    pub latency: (u64, u64),
    pub odd: Odd,
}

/// As the RFC's own example: half an hour, every five seconds.
const USUAL: Server = Server {
    name: "by the RFC's example",
    interval: Some(5.0),
    interval_believed: 5000,
    life: Some(1800.0),
    life_believed: 1800,
    latency: (5, 150),
    odd: Odd::No,
};

const fn paced(name: &'static str, interval: Option<f64>, interval_believed: u64) -> Server {
    Server { name, interval, interval_believed, ..USUAL }
}

const fn living(name: &'static str, life: Option<f64>, life_believed: u64) -> Server {
    Server { name, life, life_believed, ..USUAL }
}

const fn odd(name: &'static str, odd: Odd) -> Server {
    Server { name, odd, ..USUAL }
}

const fn late(name: &'static str, least: u64, most: u64) -> Server {
    Server { name, latency: (least, most), odd: Odd::TroubleEach(2), ..USUAL }
}

/// All of them.
pub const SERVERS: [Server; 44] = [
    USUAL,
    paced("no interval (oidc-provider)", None, 5000),
    paced("interval 1 s", Some(1.0), 1000),
    paced("interval 2 s (Glewlwyd)", Some(2.0), 2000),
    paced("interval 2.5 s", Some(2.5), 2500),
    paced("interval 10 s", Some(10.0), 10_000),
    paced("interval 30 s", Some(30.0), 30_000),
    paced("interval 60 s", Some(60.0), 60_000),
    paced("interval 0", Some(0.0), 5000),
    paced("interval negative", Some(-7.0), 5000),
    paced("interval below a second", Some(0.01), 1000),
    paced("interval of a thousand years", Some(3.2e10), 60_000),
    paced("interval not a number", Some(f64::NAN), 5000),
    paced("interval endless", Some(f64::INFINITY), 60_000),
    living("life missing", None, 900),
    living("life 0", Some(0.0), 900),
    living("life negative", Some(-1.0), 900),
    living("life of a thousand years", Some(3.2e10), 3600),
    living("life 30 s", Some(30.0), 30),
    living("life 12 s", Some(12.0), 12),
    living("life 6 s", Some(6.0), 6),
    living("life shorter than the interval", Some(3.0), 3),
    odd("declines", Odd::Denies),
    odd("nobody approves", Odd::Never),
    odd("expires early", Odd::Early(4)),
    odd("expires at the first poll", Odd::Early(1)),
    odd("slow_down once", Odd::SlowFirst(1, None)),
    odd("slow_down three times", Odd::SlowFirst(3, None)),
    odd("slow_down each third poll", Odd::SlowEach(3)),
    odd("slow_down, Retry-After 7", Odd::SlowFirst(2, Some(7))),
    odd("slow_down, Retry-After 40", Odd::SlowFirst(1, Some(40))),
    odd("slow_down, Retry-After of a day", Odd::SlowFirst(1, Some(86_400))),
    odd("one time-out", Odd::TroubleFirst(1, None)),
    odd("four time-outs at first", Odd::TroubleFirst(4, None)),
    odd("every second poll lost", Odd::TroubleEach(2)),
    odd("503, Retry-After 20", Odd::TroubleFirst(2, Some(20))),
    odd("503, Retry-After of a day", Odd::TroubleFirst(1, Some(86_400))),
    odd("three of ten polls lost", Odd::Flaky(30)),
    odd("eight of ten polls lost", Odd::Flaky(80)),
    odd("away for two minutes", Odd::Outage(20, 140)),
    odd("away for ten minutes", Odd::Outage(10, 610)),
    odd("trouble and slow_down", Odd::Mixed(20)),
    late("answers after 9 s", 9000, 9500),
    late("answers after 25 s", 25_000, 29_000),
];
