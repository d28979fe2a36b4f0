//! Containers that run and are not ready.

use jiff::SignedDuration;
use serde_json::Value;

use super::container::{Part, quote};
use super::finding::Finding;
use super::pod::called;
use super::view::{Event, View};
use super::words::running;
use super::{Kind, Timer, TimerKind, crash};
use crate::cluster::kstatus::{at, flag, items, number, text};

/// What a running container still waits for. The node's `Unhealthy` events begin with the name of the probe.
/// (kubelet, `pkg/kubelet/prober/prober.go`)
pub(super) fn look(view: &View, part: &Part) -> Finding {
    let started = part.running();
    if part.init && !part.is_sidecar() {
        let time = running(view.since(started), view.now());
        let sentence = format!("{} {time}; the main program starts after it.", part.who(view));
        return Finding::new(Kind::InitContainer, sentence, called(part.pod), started)
            .says("Running", "")
            .next(watch(view, part));
    }
    if view.kind() == "Job" {
        let time = running(view.since(started), view.now());
        let sentence = format!("The job {} {time}.", part.who(view));
        return Finding::new(Kind::JobRunning, sentence, called(part.pod), started)
            .says("Running", "")
            .next(watch(view, part));
    }
    let failed = view.latest(part.uid(), &["Unhealthy"], |event| {
        started.is_none_or(|started| event.last >= started) && concerns(part, event)
    });
    let starting = at(part.spec, "/startupProbe").is_some() && !flag(part.status, "/started");
    let (kind, probe, field) = match failed.map(|event| event.message) {
        Some(message) if message.starts_with("Liveness") => {
            (Kind::LivenessProbe, "liveness", "/livenessProbe")
        }
        Some(message) if message.starts_with("Readiness") => {
            (Kind::ReadinessProbe, "readiness", "/readinessProbe")
        }
        _ if starting => (Kind::StartupProbe, "startup", "/startupProbe"),
        _ if at(part.spec, "/readinessProbe").is_some() => {
            (Kind::ReadinessProbe, "readiness", "/readinessProbe")
        }
        _ => (Kind::NotReady, "", ""),
    };
    let who = part.who(view);
    let time = running(view.since(started), view.now());
    let asks = asks(at(part.spec, field));
    let sentence = match failed {
        Some(event) => {
            let answer = event.message.split_once(": ").map_or(event.message, |(_, answer)| answer);
            format!("{who} {time}, but its {probe} probe{asks} fails: {}.", quote(answer))
        }
        None if kind == Kind::NotReady => format!("{who} {time} and is not ready yet."),
        None => format!("{who} {time} and waits for its {probe} probe{asks} to pass."),
    };
    // A status that is not ready, explained by the log: the program runs and is turned away.
    if crash::rejected(view, part) {
        let sentence = format!("{who} {time}, but its credential is rejected.");
        let mut finding = Finding::new(Kind::CredentialRejected, sentence, called(part.pod), started)
            .says(failed.map_or("Running", |event| event.reason), failed.map_or("", |event| event.message))
            .next("The next run proves the credential, and replaces it if you agree.");
        finding.log = crash::lines(view.log(part.pod, part.name()));
        return finding;
    }
    let timer = (kind == Kind::StartupProbe).then(|| budget(part)).flatten();
    Finding::new(kind, sentence, called(part.pod), started)
        .says(failed.map_or("Running", |event| event.reason), failed.map_or("", |event| event.message))
        .timer(timer)
        .next(watch(view, part))
}

/// Whether a probe's event is about this container. One that does not tell which it is about is taken for those
/// containers that have such a probe, or for all if none has.
pub(super) fn concerns(part: &Part, event: &Event) -> bool {
    if !event.field.is_empty() {
        return part.is_meant(event);
    }
    let field = match event.message.split_once(' ').map(|(probe, _)| probe) {
        Some("Readiness") => "/readinessProbe",
        Some("Liveness") => "/livenessProbe",
        Some("Startup") => "/startupProbe",
        _ => return true,
    };
    let has = |spec: &Value| at(spec, field).is_some();
    let containers = items(part.pod, "/spec/containers");
    has(part.spec) || !containers.iter().any(has)
}

/// What the probe asks, in brief.
fn asks(probe: Option<&Value>) -> String {
    let Some(probe) = probe else { return String::new() };
    let port = |field: &str| {
        let port = at(probe, field);
        port.and_then(Value::as_i64)
            .map(|port| port.to_string())
            .or_else(|| port.and_then(Value::as_str).map(quote))
    };
    if let Some(port) = port("/httpGet/port") {
        return format!(" (HTTP port {port}, path {})", quote(text(probe, "/httpGet/path")));
    }
    if let Some(port) = port("/tcpSocket/port") {
        return format!(" (TCP port {port})");
    }
    if let Some(port) = port("/grpc/port") {
        return format!(" (gRPC port {port})");
    }
    if at(probe, "/exec").is_some() { " (a command inside)".to_owned() } else { String::new() }
}

/// What the startup probe allows: initial delay, then `failureThreshold` tries `periodSeconds` apart.
/// (API defaults: 0, 3 and 10)
fn budget(part: &Part) -> Option<Timer> {
    let probe = at(part.spec, "/startupProbe")?;
    let seconds = |field: &str, default| number(probe, field).unwrap_or(default).clamp(0, 1_000_000);
    let allowed =
        seconds("/initialDelaySeconds", 0) + seconds("/failureThreshold", 3) * seconds("/periodSeconds", 10);
    let length = SignedDuration::from_secs(allowed);
    let due = part.running().and_then(|started| started.checked_add(length).ok());
    let says = format!("the startup probe, which allows {}", super::words::span(length));
    Some(Timer { kind: TimerKind::ProbeBudget, due, length: Some(length), says })
}

fn watch(view: &View, part: &Part) -> String {
    let command = part.log_command(view, false);
    command
        .map_or_else(|| "Its log tells more.".to_owned(), |command| format!("Its log tells more: {command}"))
}
