//! Containers that end when they should run.

use jiff::Timestamp;
use serde_json::Value;

use super::clean::{QUOTE, clean};
use super::container::{Part, quote};
use super::finding::Finding;
use super::pod::called;
use super::view::{Event, View};
use super::words::{go_duration, many, span};
use super::{Kind, Timer, TimerKind, probe};
use crate::cluster::kstatus::{at, number, text, time};

/// How many log lines go along as evidence.
const LINES: usize = 5;

/// What the program says of itself when its credential was rejected. A log line only names a crash, it never
/// makes one. (the reference installer looks for the first two)
const REJECTED: &[&str] =
    &["authentication failed", "unable to log in", "invalid credentials", "401 unauthorized"];

/// What the database guard says when the data on disk are of another version.
const DATA: &[&str] = &[
    "data directory was created by",
    "cannot open data of version",
    "format guard",
    "downgrade is not supported",
];

/// The end of a container's last run.
struct End<'a> {
    code: i64,
    reason: &'a str,
    message: &'a str,
    started: Option<Timestamp>,
    finished: Option<Timestamp>,
}

fn end(state: &Value) -> Option<End<'_>> {
    Some(End {
        code: number(state, "/exitCode")?,
        reason: text(state, "/reason"),
        message: text(state, "/message"),
        started: time(state, "/startedAt"),
        finished: time(state, "/finishedAt"),
    })
}

fn last_end<'a>(part: &Part<'a>) -> Option<End<'a>> {
    let state = |pointer| at(part.status, pointer).and_then(end);
    state("/state/terminated").or_else(|| state("/lastState/terminated"))
}

/// The container is down, and the node waits before it starts it again.
pub(super) fn looping(view: &View, part: &Part) -> Finding {
    let end = last_end(part);
    let waiting = text(part.status, "/state/waiting/message");
    let finding = describe(view, part, end.as_ref());
    let pause = waiting.split_once("back-off ").and_then(|(_, rest)| go_duration(rest));
    let finished = end.and_then(|end| end.finished);
    let due = pause.and_then(|pause| finished?.checked_add(pause).ok());
    let says = match pause {
        Some(pause) => format!("the crash back-off, {} between restarts", span(pause)),
        None => "the crash back-off between restarts".to_owned(),
    };
    finding.timer(Some(Timer { kind: TimerKind::CrashBackOff, due, length: pause, says }))
}

/// The container has just ended; nothing where that is its job.
pub(super) fn ended(view: &View, part: &Part) -> Option<Finding> {
    let end = last_end(part)?;
    let once = !part.is_sidecar() && (part.init || text(part.pod, "/spec/restartPolicy") != "Always");
    if end.code == 0 && once {
        return None;
    }
    Some(describe(view, part, Some(&end)))
}

/// The container runs again after it had ended, and has not become ready since.
pub(super) fn again(view: &View, part: &Part) -> Option<Finding> {
    let started = part.running()?;
    if part.restarts() == 0 {
        return None;
    }
    // A probe that fails in this run is the nearer cause.
    let fails = |event: &Event| event.last > started && probe::concerns(part, event);
    if view.latest(part.uid(), &["Unhealthy"], fails).is_some() {
        return None;
    }
    let end = last_end(part);
    let how = end.as_ref().map_or_else(String::new, |end| format!(" with {}", outcome(end)));
    let sentence = format!(
        "{} ended{how} and runs again (restart {}); it is not ready yet.",
        part.who(view),
        part.restarts()
    );
    let since = end.as_ref().and_then(|end| end.finished).or(Some(started));
    let finding = Finding::new(Kind::Restarted, sentence, called(part.pod), since)
        .says(end.as_ref().map_or("", |end| end.reason), end.as_ref().map_or("", |end| end.message))
        .next(
            part.log_command(view, true)
                .map_or_else(String::new, |command| format!("Its last log: {command}")),
        );
    Some(finding)
}

/// The runtime could not start the program. (containerd and runc: `exec: "x": executable file not found in $PATH`,
/// `permission denied`, `exec format error`)
pub(super) fn not_run(view: &View, part: &Part) -> Finding {
    let message = text(part.status, "/state/waiting/message");
    let told = if message.is_empty() { last_end(part).map_or("", |end| end.message) } else { message };
    let why = if told.contains("exec format error") {
        "its image is built for another kind of processor".to_owned()
    } else {
        quote(told)
    };
    let sentence = format!("{} cannot start its program: {why}.", part.who(view));
    let since = part.since(view, |event| !message.is_empty() && event.message.contains(message));
    let mut finding = Finding::new(Kind::ContainerRun, sentence, called(part.pod), since)
        .says(text(part.status, "/state/waiting/reason"), told)
        .next(
            "The image and its command do not fit together: check image and version in the profile's values.",
        );
    finding.restarts = part.restarts();
    finding
}

/// The crash in words, its kind from the status, the log only naming what lies behind.
fn describe(view: &View, part: &Part, end: Option<&End>) -> Finding {
    let who = part.who(view);
    let log = log(view, part, end);
    let began = end.and_then(|end| end.started);
    let probe = view.latest(part.uid(), &["Killing", "Unhealthy"], |event| {
        began.is_none_or(|began| event.last >= began) && is_stopped_by(part, event)
    });
    let how = end.map_or_else(|| "how is not known".to_owned(), outcome);
    let (again, restarts) = match part.restarts() {
        0 => (false, String::new()),
        restarts => (true, format!(", {}", many(restarts, "restart"))),
    };
    let (kind, sentence) = if end.is_some_and(|end| end.reason == "OOMKilled") {
        let code = end.map_or(137, |end| end.code);
        let limit = text(part.spec, "/resources/limits/memory");
        let why = if limit.is_empty() {
            "for want of memory, and has no limit of its own".to_owned()
        } else {
            format!("for using more memory than its limit of {}", clean(limit, QUOTE))
        };
        (Kind::OutOfMemory, format!("{who} is stopped {why} (OOMKilled, exit code {code}{restarts})"))
    } else if end.is_some_and(|end| end.reason == "StartError" || end.reason == "ContainerCannotRun") {
        let why = end.map_or_else(String::new, |end| quote(end.message));
        (Kind::ContainerRun, format!("{who} cannot start its program: {why} ({how}{restarts})"))
    } else if mentions(&log, REJECTED) {
        (
            Kind::CredentialRejected,
            format!("{who} ends because its credential was rejected ({how}{restarts})"),
        )
    } else if mentions(&log, DATA) {
        (Kind::DataRefused, format!("{who} refuses the data it finds on its volume ({how}{restarts})"))
    } else if let Some(probe) = probe {
        let probe = quote(probe.message);
        let stopped = if again { "is stopped again and again" } else { "was stopped" };
        (Kind::LivenessProbe, format!("{who} {stopped} by its probe: {probe} ({how}{restarts})"))
    } else {
        let ends = if again { "keeps ending" } else { "ended" };
        (Kind::CrashLoop, format!("{who} {ends}: {how}{restarts}"))
    };
    let last = log
        .last()
        .map_or_else(|| ".".to_owned(), |line| format!("; its log ends with: {}", clean(line, QUOTE)));
    let waiting = text(part.status, "/state/waiting/message");
    let message = match (waiting.is_empty(), end) {
        (false, _) => waiting,
        (true, Some(end)) => end.message,
        (true, None) => "",
    };
    let reason = match end.map_or("", |end| end.reason) {
        "" | "Error" => text(part.status, "/state/waiting/reason"),
        reason => reason,
    };
    // The age of the loop, not of its last turn.
    let looping = view.span(part.uid(), &["BackOff"], |event| {
        part.is_meant(event) && event.message.contains("restarting failed")
    });
    let since = looping
        .map(|(first, _)| first)
        .or_else(|| end.and_then(|end| end.finished))
        .or_else(|| part.since(view, |_| false));
    let mut finding = Finding::new(kind, format!("{sentence}{last}"), called(part.pod), since)
        .says(if reason.is_empty() { "Error" } else { reason }, message)
        .next(next(view, part, kind));
    finding.log = log;
    finding.began = began;
    finding.restarts = part.restarts();
    finding
}

/// Whether an event tells that a probe stopped this container. (kubelet, `kuberuntime_manager.go`: `Container web
/// failed liveness probe, will be restarted`)
fn is_stopped_by(part: &Part, event: &Event) -> bool {
    let killed =
        |probe: &str| event.message.contains(&format!("Container {} failed {probe} probe", part.name()));
    killed("liveness")
        || killed("startup")
        || (event.message.starts_with("Liveness probe failed") && probe::concerns(part, event))
}

/// Whether the program says in its log that its credential was rejected.
pub(super) fn rejected(view: &View, part: &Part) -> bool {
    mentions(view.log(part.pod, part.name()), REJECTED)
}

/// The last log lines, or what the program left as its termination message.
fn log(view: &View, part: &Part, end: Option<&End>) -> Vec<String> {
    let said = || end.map_or("", |end| end.message).lines().map(str::to_owned).collect::<Vec<_>>();
    match view.log(part.pod, part.name()) {
        [] => lines(&said()),
        log => lines(log),
    }
}

/// The last lines that are not empty.
pub(super) fn lines(log: &[String]) -> Vec<String> {
    let lines: Vec<&String> = log.iter().filter(|line| !line.trim().is_empty()).collect();
    lines.iter().skip(lines.len().saturating_sub(LINES)).map(|line| (*line).clone()).collect()
}

fn mentions(log: &[String], signs: &[&str]) -> bool {
    log.iter().any(|line| {
        let line = line.to_ascii_lowercase();
        signs.iter().any(|sign| line.contains(sign))
    })
}

/// An exit code in words. (POSIX shells: 126, 127 and 128 + signal)
fn outcome(end: &End) -> String {
    let code = end.code;
    let means = match code {
        _ if end.reason == "OOMKilled" => " (out of memory)",
        0 => " (it ends although it should keep running)",
        126 => " (its program may not be executed)",
        127 => " (its program was not found)",
        132 => " (illegal instruction: perhaps built for another processor)",
        134 => " (aborted)",
        137 => " (killed from outside, often for want of memory)",
        139 => " (crashed on memory access)",
        143 => " (asked to end)",
        _ => "",
    };
    format!("exit code {code}{means}")
}

fn next(view: &View, part: &Part, kind: Kind) -> String {
    let command = part.log_command(view, true);
    let log =
        command.map_or_else(|| "Read its log.".to_owned(), |command| format!("Read its log: {command}"));
    match kind {
        Kind::OutOfMemory if text(part.spec, "/resources/limits/memory").is_empty() => {
            "Free memory on the node, or raise the limit of its pod or namespace. What takes it: kubectl describe nodes"
                .to_owned()
        }
        Kind::OutOfMemory => "Give it more memory in the profile's values.".to_owned(),
        Kind::CredentialRejected => {
            "The next run proves the credential, and replaces it if you agree.".to_owned()
        }
        Kind::DataRefused => {
            format!("The volume holds data of another version; do not delete it unread. {log}")
        }
        _ => log,
    }
}
