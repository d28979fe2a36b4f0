//! The device grants (RFC 8628): from the code on the terminal to the token, and all that can come between.

use std::time::Duration;

use tokio::time::Instant;

use super::credential::random_hex;
use crate::sandbox::scenario::SignIn;

/// How long a code lives, unless the scenario shortens it.
const LIVES: Duration = Duration::from_secs(900);
/// How long it lives in the scenario `expires`.
const LIVES_SHORT: Duration = Duration::from_secs(6);
/// A poll may come this much early: clocks and networks jitter.
const TOLERANCE: Duration = Duration::from_millis(300);
/// What `slow_down` adds to the interval, for good (RFC 8628 3.5).
const SLOWER: Duration = Duration::from_secs(5);
/// The longest interval this server asks for.
const SLOWEST: Duration = Duration::from_secs(60);
/// Polls after which the scenarios `denied` and `slow-down` have played their part.
const SCRIPTED_POLLS: u32 = 2;
/// How long a code is remembered after its end, so that a late poll still hears why it failed.
const REMEMBERED: Duration = Duration::from_secs(3600);
/// Grants kept at most; the oldest go first.
const KEPT: usize = 1000;
/// Wrong reverse codes until the device code dies.
const REVERSE_TRIES: u8 = 3;
/// The letters of a user code: no vowels, so no words, and nothing that looks like a digit (RFC 8628 6.1).
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// What shapes every grant of this server.
#[derive(Clone, Copy)]
pub(super) struct Policy {
    /// What goes wrong.
    pub(super) scenario: SignIn,
    /// When the simulated person approves, counted from the request.
    pub(super) approve_after: Option<Duration>,
    /// The polling interval; zero asks for no pace at all.
    pub(super) interval: Duration,
    /// Whether the person must carry six digits back to the device.
    pub(super) reverse_code: bool,
}

/// What the server itself knows about the asking program.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// Its address.
    pub(super) address: String,
    /// Its `User-Agent`.
    pub(super) agent: String,
    /// When it asked.
    pub(super) asked: String,
}

/// Where a grant stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nobody has answered yet.
    Waiting,
    /// Approved, and the token not yet fetched. Holds the digits to carry back, if they are asked for.
    Approved(Option<String>),
    /// Declined by the person, by the script, or by too many wrong reverse codes.
    Declined,
    /// The token was handed out.
    Spent,
}

/// The codes of a new grant.
pub(super) struct Issued {
    /// The device's secret.
    pub(super) device_code: String,
    /// What the person compares.
    pub(super) user_code: String,
    /// How long both live.
    pub(super) lives: Duration,
}

/// One device code and its story.
pub(super) struct Grant {
    /// What the person compares, as `XXXX-XXXX`.
    pub(super) user_code: String,
    /// What the server saw.
    pub(super) seen: Seen,
    /// What the device says about itself: pairs of a label and an unverified text.
    pub(super) says: Vec<(&'static str, String)>,
    /// Where it stands.
    pub(super) verdict: Verdict,
    device_code: String,
    lives: Duration,
    issued: Instant,
    interval: Duration,
    last_poll: Option<Instant>,
    polls: u32,
    tries_left: u8,
}

/// What a poll is answered with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Polled {
    /// A 400 with this `error`.
    Error(&'static str),
    /// The token, once.
    Granted,
}

/// What became of a person's answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// It counts. With an approval come the digits to carry back, if they are asked for.
    Now(Option<String>),
    /// The code was answered before.
    Already(Verdict),
    /// There is no such code, or it has expired.
    Unknown,
}

/// All grants of this server.
pub(super) struct Grants {
    policy: Policy,
    all: Vec<Grant>,
}

impl Grants {
    /// None yet.
    pub(super) fn new(policy: Policy) -> Self {
        Self { policy, all: Vec::new() }
    }

    /// A new device code and user code.
    pub(super) fn issue(&mut self, seen: Seen, says: Vec<(&'static str, String)>, now: Instant) -> Issued {
        self.all.retain(|grant| now < grant.issued + grant.lives + REMEMBERED);
        if self.all.len() >= KEPT {
            self.all.remove(0);
        }
        let user_code = loop {
            let code = user_code();
            if self.all.iter().all(|grant| grant.user_code != code) {
                break code;
            }
        };
        let lives = if self.policy.scenario == SignIn::Expires { LIVES_SHORT } else { LIVES };
        let issued = Issued { device_code: random_hex(), user_code, lives };
        self.all.push(Grant {
            device_code: issued.device_code.clone(),
            user_code: issued.user_code.clone(),
            seen,
            says,
            lives,
            verdict: Verdict::Waiting,
            issued: now,
            interval: self.policy.interval,
            last_poll: None,
            polls: 0,
            tries_left: REVERSE_TRIES,
        });
        issued
    }

    /// Lets the simulated person approve what is due; returns how many approvals that were.
    pub(super) fn settle(&mut self, now: Instant) -> usize {
        let Policy { scenario, approve_after: Some(after), reverse_code, .. } = self.policy else { return 0 };
        if matches!(scenario, SignIn::Denied | SignIn::Expires) {
            return 0;
        }
        let due = self.all.iter_mut().filter(|grant| {
            grant.verdict == Verdict::Waiting && !grant.expired(now) && now >= grant.issued + after
        });
        due.map(|grant| grant.verdict = Verdict::Approved(reverse_code.then(six_digits))).count()
    }

    /// The device asks whether it may sign in. `reverse_code` is what the person carried back.
    pub(super) fn poll(&mut self, device_code: &str, reverse_code: Option<&str>, now: Instant) -> Polled {
        let policy = self.policy;
        match self.all.iter_mut().find(|grant| grant.device_code == device_code) {
            Some(grant) => grant.poll(policy, reverse_code, now),
            None => Polled::Error("invalid_grant"),
        }
    }

    /// The living grant of that user code, as typed by a person.
    pub(super) fn find(&self, typed: &str, now: Instant) -> Option<&Grant> {
        let code = normalise(typed)?;
        self.all.iter().find(|grant| grant.user_code == code && !grant.expired(now))
    }

    /// A person approves or declines.
    pub(super) fn answer(&mut self, typed: &str, approve: bool, now: Instant) -> Answered {
        let Some(code) = normalise(typed) else { return Answered::Unknown };
        let living = self.all.iter_mut().find(|grant| grant.user_code == code && !grant.expired(now));
        let Some(grant) = living else { return Answered::Unknown };
        if grant.verdict != Verdict::Waiting {
            return Answered::Already(grant.verdict.clone());
        }
        let digits = (approve && self.policy.reverse_code).then(six_digits);
        grant.verdict = if approve { Verdict::Approved(digits.clone()) } else { Verdict::Declined };
        Answered::Now(digits)
    }
}

impl Grant {
    fn expired(&self, now: Instant) -> bool {
        now >= self.issued + self.lives
    }

    fn poll(&mut self, policy: Policy, reverse_code: Option<&str>, now: Instant) -> Polled {
        let early = self.last_poll.is_some_and(|last| now + TOLERANCE < last + self.interval);
        self.last_poll = Some(now);
        self.polls += 1;
        match &self.verdict {
            Verdict::Spent => return Polled::Error("invalid_grant"),
            _ if self.expired(now) => return Polled::Error("expired_token"),
            Verdict::Declined => return Polled::Error("access_denied"),
            Verdict::Approved(Some(digits)) if reverse_code.is_some() => {
                return if Some(digits.as_str()) == reverse_code {
                    self.grant()
                } else {
                    self.wrong_reverse_code()
                };
            }
            Verdict::Approved(_) | Verdict::Waiting => {}
        }
        let paced = !policy.interval.is_zero();
        let scripted = policy.scenario == SignIn::SlowDown && self.polls <= SCRIPTED_POLLS;
        if scripted || (paced && early) {
            if paced {
                self.interval = (self.interval + SLOWER).min(SLOWEST);
            }
            return Polled::Error("slow_down");
        }
        match &self.verdict {
            Verdict::Approved(None) => self.grant(),
            Verdict::Approved(Some(_)) => Polled::Error("reverse_code_required"),
            _ => {
                if policy.scenario == SignIn::Denied && self.polls >= SCRIPTED_POLLS {
                    self.verdict = Verdict::Declined;
                }
                Polled::Error("authorization_pending")
            }
        }
    }

    fn grant(&mut self) -> Polled {
        self.verdict = Verdict::Spent;
        Polled::Granted
    }

    fn wrong_reverse_code(&mut self) -> Polled {
        self.tries_left = self.tries_left.saturating_sub(1);
        if self.tries_left == 0 {
            self.verdict = Verdict::Declined;
            return Polled::Error("access_denied");
        }
        Polled::Error("reverse_code_required")
    }
}

/// Eight letters as `XXXX-XXXX`.
fn user_code() -> String {
    let letter = |_| char::from(ALPHABET[rand::random_range(0..ALPHABET.len())]);
    let letters: String = (0..8).map(letter).collect();
    format!("{}-{}", &letters[..4], &letters[4..])
}

fn six_digits() -> String {
    format!("{:06}", rand::random_range(0..1_000_000_u32))
}

/// What a person typed, as the server writes it: lower case, blanks and a missing dash are all right.
fn normalise(typed: &str) -> Option<String> {
    let mut code: String = typed.chars().filter(char::is_ascii_alphanumeric).take(9).collect();
    if code.len() != 8 {
        return None;
    }
    code.make_ascii_uppercase();
    code.insert(4, '-');
    Some(code)
}

#[cfg(test)]
mod tests;
