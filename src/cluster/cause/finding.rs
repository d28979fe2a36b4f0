//! One thing found in the way, before it is judged by the table.

use jiff::{SignedDuration, Timestamp};

use super::clean::{MESSAGE, QUOTE, SENTENCE, clean};
use super::view::View;
use super::words::span;
use super::{Cause, Class, Evidence, Hopeless, Kind, Timer, TimerKind, rule};

/// Something that stands in the way. Its texts are still as the cluster wrote them.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub kind: Kind,
    pub sentence: String,
    pub object: String,
    pub reason: String,
    pub message: String,
    pub since: Option<Timestamp>,
    /// Only an event or a log says so: then it is never fatal by itself.
    pub told: bool,
    /// How often the container was started again; only for what counts restarts.
    pub restarts: i64,
    /// When the container's last run began; only for what counts restarts.
    pub began: Option<Timestamp>,
    pub log: Vec<String>,
    pub timer: Option<Timer>,
    pub next: String,
}

impl Finding {
    /// A finding on `object` (in words) that has lasted from `since`.
    pub fn new(kind: Kind, sentence: String, object: String, since: Option<Timestamp>) -> Self {
        Self {
            kind,
            sentence,
            object,
            reason: String::new(),
            message: String::new(),
            since,
            told: false,
            restarts: 0,
            began: None,
            log: Vec::new(),
            timer: None,
            next: String::new(),
        }
    }

    /// What the object says.
    pub fn says(mut self, reason: &str, message: &str) -> Self {
        reason.clone_into(&mut self.reason);
        message.clone_into(&mut self.message);
        self
    }

    /// Only an event or a log says so.
    pub fn only_told(mut self) -> Self {
        self.told = true;
        self
    }

    /// What the person can do.
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = next.into();
        self
    }

    /// The clock it waits for.
    pub fn timer(mut self, timer: Option<Timer>) -> Self {
        self.timer = timer.or(self.timer);
        self
    }

    /// Judges by the table, and neutralises every text.
    pub fn judge(self, view: &View) -> Cause {
        let now = view.now();
        let since = view.since(self.since);
        let mut rule = rule(self.kind);
        if self.told {
            rule.hopeless = Hopeless::Never;
        }
        // What it needs may not have been there when it was last started.
        let too_early =
            view.scene.others_ready.is_none_or(|ready| self.began.is_some_and(|began| began < ready));
        if rule.may_wait_for_others && too_early {
            rule.hopeless = Hopeless::Never;
        }
        let age = since.map(|since| now.duration_since(since));
        let deadline_passed = view.deadline_passed();
        let class = rule.class(age, self.restarts, deadline_passed);
        let mut sentence = self.sentence;
        if deadline_passed && class == Class::Hopeless && self.kind != Kind::ProgressDeadline {
            sentence.push_str(" The progress deadline has passed.");
        }
        let timer = self.timer.or_else(|| match (class, rule.hopeless) {
            (Class::Hopeless, _) => None,
            (_, Hopeless::After(seconds)) => since.map(|since| grace(since, seconds)),
            _ if rule.deadline => deadline(view),
            _ => None,
        });
        Cause {
            kind: self.kind,
            class,
            sentence: clean(&sentence, SENTENCE),
            evidence: Evidence {
                object: clean(&self.object, QUOTE),
                reason: clean(&self.reason, QUOTE),
                message: clean(&self.message, MESSAGE),
                since,
                log: self.log.iter().map(|line| clean(line, MESSAGE)).collect(),
            },
            timer: timer.map(|timer| Timer {
                due: timer.due.filter(|due| *due > now),
                says: clean(&timer.says, QUOTE),
                ..timer
            }),
            next: clean(&self.next, SENTENCE),
        }
    }
}

/// How long this trouble may still last before it counts as hopeless.
fn grace(since: Timestamp, seconds: i64) -> Timer {
    let length = SignedDuration::from_secs(seconds);
    let says = format!("{} of grace before this counts as hopeless", span(length));
    Timer { kind: TimerKind::Grace, due: since.checked_add(length).ok(), length: Some(length), says }
}

/// The progress deadline, where there is one and it has not passed.
pub(super) fn deadline(view: &View) -> Option<Timer> {
    let due = view.deadline().filter(|due| *due > view.now())?;
    Some(Timer {
        kind: TimerKind::ProgressDeadline,
        due: Some(due),
        length: None,
        says: "the progress deadline".to_owned(),
    })
}
