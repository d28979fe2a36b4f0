//! The sentences of the wizard, except failures, which are in `error/`; labels and titles of the full screen
//! are in `face/tui/words.rs`. Nowhere else is a sentence, so a translation would touch these and no logic.
//!
//! # How they are written
//!
//! - Short: one thought a sentence, a whole one with its full stop. On the status line it fits 76 columns.
//! - Concrete: who does what to which object, by its name, with numbers and units: "every 5 s", "3 of 11 removed".
//! - True at this moment: "Awaiting" what is awaited, "Nothing has been changed yet." only while that is so; what is
//!   not known is said to be not known, and why.
//! - No blame, no praise, no exclamation mark, no joke, no "please", no "oops", no jargon that a technician on site
//!   would have to look up. The reader is "you"; the program does not speak of itself as a person.
//! - What to do next stands at the end: a command ready to copy, whole or not at all, or a key that the footer names.
//! - One word for one thing: client, cluster, machine, account, profile, session, code, location, namespace; to
//!   enroll, to adopt, to retire. A label is a noun, an answer says what it does.
//! - Foreign words stand as they came, in quotation marks where they are a saying, and never carry ours.
//! - A symbol or a colour never says what the words do not.

mod awaited;
mod issue;
mod ways;

pub use awaited::awaited;

use super::event::{Event, Trust};
use super::flow::Question;
use crate::model::{
    Choice, ClientState, Known, Location, Reader, Release, Row, RowState, Sameness, Step, Target, TrustedBy,
};

mod rollout;

pub use rollout::{awaited_image, images, lost_sight, row_state, stage, timer, timer_sentence};

pub use issue::*;
pub use ways::*;

/// Why Enter does nothing yet on the client pane. Neither is left standing once it is not so any more.
pub const STILL_LOOKING: &str = "Still looking at the cluster.";
/// The same, for the list.
pub const STILL_READING: &str = "The list is still being read; only a whole list tells what is free.";

/// What a line face says below a code.
pub fn spell_hint(person: &str, others: &str) -> String {
    format!(
        "Approve only what you started yourself: {person}. {NOT_YOURS}{others} To have the code letter by letter, \
         type: spell"
    )
}

/// What to do about a code that somebody else asked for.
pub const NOT_YOURS: &str = "If you did not start it, do not approve it, and tell your administrator.";

/// That somebody else can read what is sent to the server.
pub fn reads(reader: &Reader) -> String {
    match reader.name.as_str() {
        "" => "A CA without a name can read this session".into(),
        name => format!("\"{name}\" can read this session"),
    }
}

/// Why it can.
fn why_reads(Reader { host, by, .. }: &Reader) -> String {
    let believed = match by {
        TrustedBy::Given => "it is believed because --ca-cert or the profile names it",
        TrustedBy::Machine => "it is believed because it was added to this machine's CA certificates",
    };
    format!("the certificate of {host} comes from it, and {believed}")
}

/// A client elsewhere has this machine's host name.
pub fn same_host(name: &str) -> String {
    format!("\"{name}\" has the name of this host, on another cluster.")
}

/// What a step is called on the rail.
pub fn step(step: Step) -> &'static str {
    match step {
        Step::Profile => "Profile",
        Step::Machine | Step::Home => "This machine",
        Step::SignIn => "Sign in",
        Step::Client => "Client",
        Step::Location => "Location",
        Step::Review => "Review",
        Step::Rollout => "Rollout",
        Step::Live => "Online",
        Step::Change => "Change",
        Step::Retire => "Retire",
    }
}

/// A client's state in a word.
pub fn client_state(state: ClientState) -> &'static str {
    match state {
        ClientState::Offline => "offline",
        ClientState::Online => "online",
        ClientState::Pending => "pending",
        ClientState::Unknown => "unknown",
    }
}

/// A location with its name.
pub fn location(location: &Location) -> String {
    match location.key() {
        None => "not set".into(),
        Some(key) => match crate::location::find(key) {
            Some(zone) => format!("{key} {}", zone.name),
            None => key.to_owned(),
        },
    }
}

/// A length of time, calm and short: `0:41`, `12:05`, `1:02:03`.
pub fn clock(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{rest:02}") } else { format!("{minutes}:{rest:02}") }
}

/// How long ago, in words, by this machine's clock.
pub fn ago(seconds: i64) -> String {
    let (n, unit) = match seconds {
        i64::MIN..60 => return "just now".into(),
        60..3600 => (seconds / 60, "min"),
        3600..86_400 => (seconds / 3600, "hour"),
        86_400..5_184_000 => (seconds / 86_400, "day"),
        _ => (seconds / 2_592_000, "month"),
    };
    let plural = if n == 1 || unit == "min" { "" } else { "s" };
    format!("{n} {unit}{plural} ago")
}

/// A sentence with its full stop.
pub(super) fn whole(words: &str) -> String {
    if words.ends_with(['.', '?', '!', '"']) { words.to_owned() } else { format!("{words}.") }
}

/// Why the review is asked again, with one question more.
pub const UNCLEAR: &str = "it cannot be told any more whether this is the machine of the recorded claim";

/// A claim of an earlier run that did not come to its end.
const BEGUN: &str = "; an earlier run began here and did not finish, so it is continued";

/// An event as one plain line, without colour, box or repaint.
pub fn line(event: &Event, sandbox: bool) -> String {
    if let Some(body) = issue_line(event) {
        return marked(&body, sandbox);
    }
    let body = match event {
        Event::Started { profile, host, version } => {
            format!("landfall {version}, profile {profile} at {host}")
        }
        Event::Machine { facts } => {
            let Target::Cluster { context, server } = &facts.target;
            let version = match &facts.version {
                Known::Yes(version) => version.as_str(),
                Known::Unknown(_) => "unknown version",
            };
            let lives = match &facts.release {
                Release::None => "no client lives there yet".to_owned(),
                Release::One { namespace, .. } => format!("a client lives there, namespace {namespace}"),
                Release::Several(_) => "several clients live there".to_owned(),
                Release::Unclear(why) => format!("what lives there cannot be told: {why}"),
            };
            let begun = facts.record == Known::Yes(true) && facts.machine != Sameness::Copy;
            let begun = if begun { BEGUN } else { "" };
            format!("Cluster: {context} at {server}, Kubernetes {version}; {lives}{begun}.")
        }
        Event::Code { grant, renewed, .. } => {
            let again = if *renewed { "A new code; the old one is dead. " } else { "" };
            let complete =
                grant.complete.as_ref().map_or_else(String::new, |uri| format!(" Or open {}.", uri.shown()));
            format!(
                "{again}To sign in, open {} and enter the code {}.{complete} Good for {}.",
                grant.verification_uri.shown(),
                grant.user_code.shown(),
                clock(grant.expires_in.as_secs())
            )
        }
        Event::Browser { link } => format!(
            "To sign in, open this address in any browser; its return is awaited for {}. One on this machine \
             comes back by itself.\n  {}",
            clock(link.life.as_secs()),
            link.address.shown()
        ),
        Event::Waiting { what, seconds } => format!("Still waiting, {} so far. {what}", clock(*seconds)),
        Event::Trouble { why, again_in } => {
            format!("The server could not be asked: {} Asking again in {again_in} s.", whole(why))
        }
        Event::SignedIn { account, by } => {
            let by = match by {
                Trust::Pinned => "the expected account",
                Trust::Confirmed => "confirmed",
                Trust::Token => "by the token",
                Trust::Kept => "by the session that was kept",
            };
            format!("Signed in: {} ({}, account {}, {by}).", account.email, account.name, account.id)
        }
        Event::Client { choice, name, slug } => match choice {
            Choice::New => format!("Client: {name}, new, namespace {slug}."),
            Choice::Adopt(_) => format!("Client: {name}, this cluster's own, namespace {slug}."),
            Choice::Backfill(_) => format!("Client: {name}, given this cluster, namespace {slug}."),
        },
        Event::Location { location: place, source } => format!("Location: {}, {source}.", location(place)),
        Event::Review { lines } => {
            let lines: Vec<String> =
                lines.iter().map(|(label, value)| format!("  {label}: {value}")).collect();
            format!("Review. Nothing has been changed yet.\n{}", lines.join("\n"))
        }
        Event::Progress { stage: at, seconds } => {
            let (what, how) = stage(at);
            format!("{} {what}: {how}", clock(*seconds))
        }
        Event::Workload { row, left } => {
            let state = row_state(row.state);
            let more = match (row.sentence.as_str(), row.note.as_str()) {
                ("", "") => ".".to_owned(),
                ("", note) if note == state => ".".to_owned(),
                ("", note) => format!(", {note}."),
                (sentence, _) => format!(". {}", whole(sentence)),
            };
            let timer = row.timer.and_then(|timer| timer_sentence(timer, *left));
            let timer = timer.map(|timer| format!(" {timer}")).unwrap_or_default();
            let text =
                format!("{} {}: {state} {}/{}{more}{timer}", row.kind, row.name, row.ready, row.desired);
            match row.state {
                RowState::Failed | RowState::Retrying => format!("{text}{}", traces(row)),
                _ => text,
            }
        }
        Event::Images { images: all } => format!("Images: {}.", images(all)),
        Event::Sight { lost } if lost.is_empty() => "The cluster is in sight again.".into(),
        Event::Sight { lost } => format!("{}.", lost_sight(lost)),
        Event::ControlPlane { presence, heard: true } => {
            format!("Control plane: {}, heard from this client in this run.", client_state(presence.state))
        }
        Event::ControlPlane { presence, heard: false } => {
            format!(
                "Control plane: {}, not heard from this client in this run yet.",
                client_state(presence.state)
            )
        }
        Event::Online { name, slug, location: place, cluster, held, took, .. } => format!(
            "Online: {name}, namespace {slug}, location {}, cluster {cluster}. Both sides agreed for {held} s; {} in all.",
            location(place),
            clock(*took)
        ),
        Event::SessionStore { place, why } => {
            format!("Your session will be kept in {place} ({why}).")
        }
        Event::SessionKept { place, sign_out } => {
            format!("You stay signed in; the session rests in {place}.\n  To sign out: {sign_out}")
        }
        // Said above.
        Event::Found { .. }
        | Event::Token { .. }
        | Event::Probed { .. }
        | Event::Registered { .. }
        | Event::Parted { .. } => String::new(),
        Event::Reader { reader } => format!("{}: {}.", reads(reader), why_reads(reader)),
        Event::Note { text } => text.to_string(),
        Event::Status { sentence, lines, troubles, .. } => {
            let lines = lines.iter().map(|(label, value)| format!("\n  {label}: {value}"));
            let troubles = troubles.iter().map(|trouble| format!("\n  ! {trouble}"));
            format!("{sentence}{}", lines.chain(troubles).collect::<String>())
        }
        Event::Changed { name, namespace, location: place } => {
            format!("Changed: {name}, location {}. Its namespace stays {namespace}.", location(place))
        }
        Event::Leaving { lines } => {
            let lines: Vec<String> =
                lines.iter().map(|(label, value)| format!("  {label}: {value}")).collect();
            format!("To be retired. Nothing has been changed yet.\n{}", lines.join("\n"))
        }
        Event::Retired { name, namespace, revoked, gone, kept, left } => {
            let how = if left.is_empty() { "Retired" } else { "Retired in part" };
            let dead = if *revoked { "its credential is dead" } else { "its credential may still count" };
            let mut text = format!("{how}: {name}, namespace {namespace}; {dead}, {gone} objects are gone.");
            if !kept.is_empty() {
                let names: Vec<&str> = kept.iter().map(crate::foreign::Text::as_str).collect();
                text = format!("{text}\n  Kept: {}", names.join(", "));
            }
            left.iter().fold(text, |text, left| format!("{text}\n  Left to do: {left}"))
        }
        Event::SessionEnded { confirmed: true } => "The session is ended, here and at the server.".into(),
        Event::SessionEnded { confirmed: false } => {
            "The session is dropped here; the server did not confirm its end.".into()
        }
        Event::Failed { sentence, next, fault, log, doctor, .. } => {
            let mut text = format!("Failed: {sentence}");
            if let crate::error::Fault::RolloutFailed { workload, evidence, .. } = fault {
                let seen: Vec<&str> = evidence.iter().map(crate::foreign::Text::as_str).collect();
                text = format!("{text}\n  Workload: {workload}");
                if !seen.is_empty() {
                    text = format!("{text}\n  Seen: {}", seen.join("; "));
                }
            }
            let log = log.as_ref().map_or_else(String::new, |log| format!("\n  Log: {log}"));
            let doctor = doctor.as_ref().map_or_else(String::new, |ask| format!("\n  To look closer: {ask}"));
            format!("{text}\n  Next: {next}{doctor}{log}")
        }
        Event::Left { kept, resume } => format!("Left. {kept}\n  To come back: {resume}"),
    };
    marked(&body, sandbox)
}

/// What happened lately to a row in trouble, the oldest first, and what it said last.
fn traces(row: &Row) -> String {
    let happened = row.happenings.iter().take(3).rev();
    let happened = happened.map(|one| format!("\n  Event: {}: {}", one.object, one.text));
    let from = row.log.len().saturating_sub(3);
    let said = row.log.iter().skip(from).map(|line| format!("\n  Log: {line}"));
    happened.chain(said).collect()
}

/// Lines with the word that a sandbox run carries on each.
pub fn marked(body: &str, sandbox: bool) -> String {
    if !sandbox {
        return body.to_owned();
    }
    body.lines().map(|line| format!("SANDBOX {line}")).collect::<Vec<_>>().join("\n")
}

/// A question with its numbered choices and how to answer it.
pub fn question(question: &Question) -> String {
    if let (true, Some(typed)) = (question.choices.is_empty(), question.typed) {
        return format!("{}\nType {typed}.", question.text);
    }
    if question.choices.is_empty() {
        return question.text.clone();
    }
    let choices = question.choices.iter().enumerate().map(|(at, choice)| format!("\n  {}) {choice}", at + 1));
    let or = question.typed.map_or_else(String::new, |typed| format!(", or {typed}"));
    format!("{}{}\nType a number{or}; Enter alone means 1.", question.text, choices.collect::<String>())
}
